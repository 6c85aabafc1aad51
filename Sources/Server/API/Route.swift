import Segments

/// What a request asks for, by its method and path.
enum Route: Equatable {
    case sql
    case tables
    case table(String)
    case events(table: String)
    case rows(table: String)
    /// A row by the values of its key, in the key's order.
    case row(table: String, key: [String])
    case putRow(table: String, key: [String])
    case deleteRow(table: String, key: [String])
    case lookUpRows(table: String)
    case segments(table: String)
    case segment(table: String, id: String)
    case rejects(table: String)
    case replayRejects(table: String)
    case discardRejects(table: String)
    case compactTable(String)
    case sealTable(String)
    case sources
    case source(String)
    case changeSource(String, SourceVerb)
    case compaction
    case releaseGarbage
    case queries
    case query(id: String)
    case endpoints
    case endpoint(String)
    case dashboards
    case dashboard(String)
    case dashboardData(String)
    case alive, ready, metrics
    case completeness
    case druid(DruidRoute)

    /// What is done to a source.
    enum SourceVerb: String, CaseIterable {
        case pause, resume, reset
    }

    /// Why there is no route.
    enum Miss: Error, Equatable {
        /// Nothing is there.
        case unknownPath
        /// Something is there, for these methods.
        case wrongMethod(allowed: [String])
    }

    /// The route of a method and a decoded path; every path is matched whole.
    init(_ method: HTTPMethod, _ path: [String]) throws(Miss) {
        guard let (allowed, route) = Self.match(path) else { throw .unknownPath }
        guard allowed.contains(method) else {
            throw .wrongMethod(allowed: allowed.map(\.rawValue))
        }
        self = route.asked(by: method)
    }

    /// The route of a path on which methods do different things.
    private func asked(by method: HTTPMethod) -> Route {
        guard case .row(let table, let key) = self else { return self }
        switch method {
        case .put: return .putRow(table: table, key: key)
        case .delete: return .deleteRow(table: table, key: key)
        default: return self
        }
    }

    /// The query parameters it takes, each at most once.
    enum Parameters: Equatable {
        /// These and no others.
        case named([String])
        /// Whatever the thing in the path declares; it looks at them itself.
        case declared
        /// Any: Druid passes over those it does not know.
        case any
    }

    /// Which query parameters the route takes.
    var parameters: Parameters {
        switch self {
        case .events: .named(["on_error"])
        case .row: .named(["columns"])
        case .deleteRow: .named(["version"])
        case .rows: .named(["by", "value", "columns", "limit", "cursor"])
        case .rejects: .named(["limit", "state", "code"])
        case .changeSource(_, .resume): .named(["accept_gap"])
        case .changeSource(_, .reset): .named(["to"])
        case .dashboardData, .endpoint: .declared
        case .druid: .any
        case .sources, .source, .changeSource(_, .pause), .sql, .tables, .table, .putRow,
            .lookUpRows, .segments, .segment, .compactTable, .sealTable, .compaction,
            .releaseGarbage, .queries, .query, .endpoints, .dashboards, .dashboard, .alive,
            .ready, .metrics, .completeness, .replayRejects, .discardRejects:
            .named([])
        }
    }

    /// Refuses a parameter that the route does not take, or that is given twice: a misspelt one
    /// would silently mean its default.
    func check(_ query: [HTTPTarget.QueryItem]) throws(ProblemDetails) {
        if parameters == .any { return }
        for (index, item) in query.enumerated()
        where query[..<index].contains(where: { $0.name == item.name }) {
            throw .badRequest(
                "repeated_parameter", "the parameter '\(item.name)' is given more than once")
        }
        guard case .named(let names) = parameters else { return }
        for item in query where !names.contains(item.name) {
            throw .unknownParameter(item.name, known: names)
        }
    }

    private static func match(_ path: [String]) -> (methods: [HTTPMethod], route: Route)? {
        switch path.first {
        case "livez" where path.count == 1: return ([.get], .alive)
        case "readyz" where path.count == 1: return ([.get], .ready)
        case "metrics" where path.count == 1: return ([.get], .metrics)
        case "v1": return matchVersion1(Array(path.dropFirst()))
        default: return DruidRoute.match(path).map { ($0.methods, .druid($0.route)) }
        }
    }

    private static func matchVersion1(_ path: [String]) -> (methods: [HTTPMethod], route: Route)? {
        guard let first = path.first else { return nil }
        let rest = Array(path.dropFirst())
        switch (first, rest.count) {
        case ("sql", 0): return ([.post], .sql)
        case ("compaction", 0): return ([.get], .compaction)
        case ("completeness", 0): return ([.get], .completeness)
        case ("garbage:release", 0): return ([.post], .releaseGarbage)
        case ("sources", 0): return ([.get], .sources)
        case ("sources", 1): return matchSource(rest[0])
        case ("queries", 0): return ([.get], .queries)
        case ("queries", 1): return ([.delete], .query(id: rest[0]))
        case ("endpoints", 0): return ([.get], .endpoints)
        case ("endpoints", 1): return ([.get], .endpoint(rest[0]))
        case ("dashboards", 0): return ([.get], .dashboards)
        case ("dashboards", 1): return ([.get], .dashboard(rest[0]))
        case ("dashboards", 2) where rest[1] == "data": return ([.get], .dashboardData(rest[0]))
        case ("tables", 0): return ([.get], .tables)
        case ("tables", _): return matchTable(rest)
        default: return nil
        }
    }

    private static func matchSource(_ name: String) -> (methods: [HTTPMethod], route: Route) {
        for verb in SourceVerb.allCases {
            if let source = name.removing(suffix: ":" + verb.rawValue) {
                return ([.post], .changeSource(source, verb))
            }
        }
        return ([.get], .source(name))
    }

    private static func matchTable(_ path: [String]) -> (methods: [HTTPMethod], route: Route)? {
        let name = path[0]
        if path.count == 1 {
            if let table = name.removing(suffix: ":compact") {
                return ([.post], .compactTable(table))
            }
            if let table = name.removing(suffix: ":seal") { return ([.post], .sealTable(table)) }
            return ([.get], .table(name))
        }
        if path[1] == "rows", path.count > 2, path.count <= 2 + TableSchema.maximumKeyColumnCount {
            return ([.get, .put, .delete], .row(table: name, key: Array(path.dropFirst(2))))
        }
        switch (path[1], path.count) {
        case ("events", 2): return ([.post], .events(table: name))
        case ("segments", 2): return ([.get], .segments(table: name))
        case ("segments", 3): return ([.get], .segment(table: name, id: path[2]))
        case ("rejects", 2): return ([.get], .rejects(table: name))
        case ("rejects:replay", 2): return ([.post], .replayRejects(table: name))
        case ("rejects:discard", 2): return ([.post], .discardRejects(table: name))
        case ("rows", 2): return ([.get], .rows(table: name))
        case ("rows:lookup", 2): return ([.post], .lookUpRows(table: name))
        default: return nil
        }
    }
}

extension String {
    /// The text before `suffix`; `nil` where it does not end so, or nothing stands before it.
    func removing(suffix: String) -> String? {
        guard hasSuffix(suffix), count > suffix.count else { return nil }
        return String(dropLast(suffix.count))
    }
}
