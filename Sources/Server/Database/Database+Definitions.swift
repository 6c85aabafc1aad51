import Ingest
import Query
import Segments

/// Views, endpoints and sources: definitions that concern no rows.
extension Database {
    /// Makes, changes or forgets a definition.
    ///
    /// - Returns: The version from which on that can be read.
    func define(
        _ statement: BoundStatement, in snapshot: Snapshot
    ) throws(StatementError) -> UInt64 {
        switch statement {
        case .createView(let view, let isReplacing, let ifNotExists):
            return try create(
                view.name, isThere: snapshot.views.contains { $0.name == view.name },
                isReplacing: isReplacing, ifNotExists: ifNotExists, snapshot
            ) { () throws(IngestError) in
                try ingestion.createView(view, isReplacing: isReplacing)
            }
        case .dropView(let name, let ifExists):
            let isThere = snapshot.views.contains { $0.name == name }
            return try drop(isThere: isThere || !ifExists, snapshot) { () throws(IngestError) in
                try ingestion.dropView(named: name)
            }
        case .createEndpoint(let endpoint, let isReplacing, let ifNotExists):
            return try create(
                endpoint.name, isThere: snapshot.endpoints.contains { $0.name == endpoint.name },
                isReplacing: isReplacing, ifNotExists: ifNotExists, snapshot
            ) { () throws(IngestError) in
                try ingestion.createEndpoint(endpoint, isReplacing: isReplacing)
            }
        case .dropEndpoint(let name, let ifExists):
            let isThere = snapshot.endpoints.contains { $0.name == name }
            return try drop(isThere: isThere || !ifExists, snapshot) { () throws(IngestError) in
                try ingestion.dropEndpoint(named: name)
            }
        case .createSource(let definition, let ifNotExists):
            try createSource(definition, ifNotExists: ifNotExists)
            return catalog.snapshot.version
        case .dropSource(let name, let ifExists):
            try dropSource(named: name, ifExists: ifExists)
            return catalog.snapshot.version
        case .changeSource(let name, let change):
            try changeSource(named: name, change)
            return catalog.snapshot.version
        default: preconditionFailure("no statement about a definition")
        }
    }

    /// Makes a definition, unless it is there and may be.
    ///
    /// - Returns: The version from which on it is there.
    private func create(
        _ name: String, isThere: Bool, isReplacing: Bool, ifNotExists: Bool, _ snapshot: Snapshot,
        _ make: () throws(IngestError) -> UInt64
    ) throws(StatementError) -> UInt64 {
        if isThere, !isReplacing {
            if ifNotExists { return snapshot.version }
            throw .tableExists(name)
        }
        do throws(IngestError) { return try make() } catch {
            if case .catalog(.tableExists) = error { throw .tableExists(name) }
            throw .ingest(error)
        }
    }

    /// Forgets a definition, if there is something to forget.
    private func drop(
        isThere: Bool, _ snapshot: Snapshot, _ forget: () throws(IngestError) -> UInt64
    ) throws(StatementError) -> UInt64 {
        guard isThere else { return snapshot.version }
        do throws(IngestError) { return try forget() } catch { throw .ingest(error) }
    }

    /// A text that changes with what an endpoint would answer: equal ones mean equal answers. `nil`
    /// where the answer depends on more than rows: the clock, or the process's own state.
    ///
    /// It is made of the tables that the query reads: their definitions, the last position that
    /// each has rows of, and how many there are. Merging segments changes none of these.
    func entityTag(
        of endpoint: Endpoint, _ request: SQLRequest, on snapshot: Snapshot
    ) throws(StatementError) -> String? {
        do throws(QueryError) {
            let options = options(of: request)
            let statement = try statements.statement(request.sql).bound(
                to: snapshot, options: options
            ) { view(of: snapshot) }
            guard case .query(let query) = statement, !options.wasVolatile else { return nil }
            var bytes = ByteWriter()
            bytes.append(endpoint.id.rawValue)
            for parameter in request.parameters {
                bytes.append(string: parameter.value.value.description)
            }
            for view in snapshot.views { bytes.append(view.id.rawValue) }
            for table in snapshot.tables where query.tables.contains(table.schema.id) {
                bytes.append(table.schema.id.rawValue)
                bytes.append(table.schema.version)
                bytes.append(table.lastLSN)
                bytes.append(UInt64(table.rowCount))
            }
            return String(Hashing.hash(bytes.bytes.span), radix: 16)
        } catch {
            throw .query(error)
        }
    }
}

extension TableSnapshot {
    /// The last log position that a row of the table has; 0 without rows.
    fileprivate var lastLSN: UInt64 {
        max(live.last?.lastLSN ?? 0, segments.map(\.entry.lastLSN).max() ?? 0)
    }
}
