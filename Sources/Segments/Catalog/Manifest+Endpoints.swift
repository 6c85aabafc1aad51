/// Endpoints in a manifest, and what an edit makes of them; pure.
extension Manifest {
    mutating func dropEndpoints(_ dropped: [TableID]) throws(CatalogError) {
        for id in dropped {
            guard let index = endpoints.firstIndex(where: { $0.id == id }) else {
                throw .unknownTableID(id)
            }
            endpoints.remove(at: index)
        }
    }

    mutating func addEndpoints(_ added: [Endpoint]) throws(CatalogError) {
        for endpoint in added {
            do throws(SchemaError) {
                try endpoint.validate()
                guard endpoints.count < Endpoint.maximumCount else {
                    throw SchemaError("a database has at most \(Endpoint.maximumCount) endpoints")
                }
            } catch {
                throw .schema(error)
            }
            guard !endpoints.contains(where: { $0.name == endpoint.name }) else {
                throw .tableExists(endpoint.name)
            }
            precondition(endpoint.id.rawValue >= nextTableID, "numbers are never reused")
            endpoints.append(endpoint)
            nextTableID = endpoint.id.rawValue + 1
        }
    }

    /// Whether endpoints ascend, stay below the next number, and have names and numbers of their
    /// own.
    var hasValidEndpoints: Bool {
        var last: UInt32 = 0
        var names: Set<String> = []
        let others = Set(tables.map(\.schema.id) + rollups.map(\.id) + views.map(\.id))
        for endpoint in endpoints {
            guard endpoint.id.rawValue > last, endpoint.id.rawValue < nextTableID,
                names.insert(endpoint.name).inserted, !others.contains(endpoint.id)
            else { return false }
            last = endpoint.id.rawValue
        }
        return true
    }
}
