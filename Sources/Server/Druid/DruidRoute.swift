/// What a request asks for under the paths of Druid's own servers.
///
/// Clients written for Druid know one address; broker, coordinator and router are all here.
enum DruidRoute: Equatable {
    case sql
    /// Ends the queries of an id.
    case cancel(id: String)
    case engines, queries
    case status, health, selfDiscovered, properties
    case datasources
    /// The columns of a table.
    case datasource(String)
    /// The same list as the coordinator gives it.
    case coordinatorDatasources
    case intervals(String)
    case coordinatorLoad, brokerLoad

    /// The route of a decoded path, with the method it takes; nil where Druid has none, or Daybook
    /// has nothing to say.
    static func match(_ path: [String]) -> (methods: [HTTPMethod], route: DruidRoute)? {
        let rest = path.dropFirst(3)
        switch path.prefix(3) {
        case ["status"]: return ([.get], .status)
        case ["status", "health"]: return ([.get], .health)
        case ["status", "selfDiscovered"]: return ([.get], .selfDiscovered)
        case ["status", "properties"]: return ([.get], .properties)
        case ["druid", "v2", "sql"]: return matchSQL(Array(rest))
        case ["druid", "v2", "datasources"]:
            if rest.isEmpty { return ([.get], .datasources) }
            return rest.count == 1 ? ([.get], .datasource(path[3])) : nil
        case ["druid", "coordinator", "v1"]: return matchCoordinator(Array(rest))
        case ["druid", "broker", "v1"]:
            return Array(rest) == ["loadstatus"] ? ([.get], .brokerLoad) : nil
        default: return nil
        }
    }

    private static func matchSQL(
        _ path: [String]
    ) -> (methods: [HTTPMethod], route: DruidRoute)? {
        switch path {
        case []: ([.post], .sql)
        case ["engines"]: ([.get], .engines)
        case ["queries"]: ([.get], .queries)
        case _ where path.count == 1: ([.delete], .cancel(id: path[0]))
        default: nil
        }
    }

    private static func matchCoordinator(
        _ path: [String]
    ) -> (methods: [HTTPMethod], route: DruidRoute)? {
        switch path {
        case ["datasources"], ["metadata", "datasources"]: ([.get], .coordinatorDatasources)
        case ["loadstatus"]: ([.get], .coordinatorLoad)
        case _ where path.count == 3 && path[0] == "datasources" && path[2] == "intervals":
            ([.get], .intervals(path[1]))
        default: nil
        }
    }
}
