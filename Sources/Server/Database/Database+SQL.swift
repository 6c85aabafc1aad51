import Ingest
import Query
import Segments

/// What a statement answered.
public struct StatementResult: Sendable {
    /// The version that was read, or from which on a change can be read.
    public var version: UInt64
    /// Columns and rows; none for DDL and INSERT.
    public var result: QueryResult?
    /// How to write them: as the request says, or the statement's own `SET`.
    public var style = ResultStyle()
    /// The id under which it ran.
    public var queryID = ""
    /// How complete the tables were that it read, by name, where that was asked for.
    public var completeness: [NamedCompleteness]?
}

/// Why a statement failed.
public enum StatementError: Error, Sendable {
    case query(QueryError)
    case ingest(IngestError)
    case tableExists(String)
    case unknownTable(String)
    case source(SourceChangeError)
    /// No slot became free in time.
    case overloaded
    /// Nothing may be changed, for this reason.
    case safeMode(String)
    /// An event of the table before the time that was asked for may be missing.
    case incomplete(NamedCompleteness)
}

extension Database {
    /// Reads, binds and runs one statement.
    ///
    /// - Parameters:
    ///   - isReadOnly: Refuse everything but queries, as dashboards do.
    ///   - cancellation: Ends the query when it is raised.
    public func run(
        _ request: SQLRequest, cancellation: Cancellation, isReadOnly: Bool = false
    ) throws(StatementError) -> StatementResult {
        try run(
            request, on: catalog.snapshot, cancellation: cancellation, isReadOnly: isReadOnly)
    }

    /// Runs a statement on a snapshot that the caller chose, when a slot is free.
    ///
    /// The text is read before, so that the query is listed under the name it gives itself.
    func run(
        _ request: SQLRequest, on snapshot: Snapshot, cancellation: Cancellation,
        isReadOnly: Bool
    ) throws(StatementError) -> StatementResult {
        metrics.queries.add()
        do throws(StatementError) {
            return try attempt(
                request, on: snapshot, cancellation: cancellation, isReadOnly: isReadOnly)
        } catch {
            if case .overloaded = error {
                metrics.overloads.add()
            } else {
                metrics.queryFailures.add()
            }
            throw error
        }
    }

    /// Runs a statement that is quick (`isQuick`), for at most so long.
    ///
    /// - Returns: `nil` where it is not quick, or failed this time: whoever runs it then counts the
    ///   failure, which is a failure of one statement and not of two.
    func runQuickly(
        _ request: SQLRequest, milliseconds: Int, cancellation: Cancellation
    ) -> StatementResult? {
        guard isQuick(request) else { return nil }
        var request = request
        request.timeoutMilliseconds = min(request.timeoutMilliseconds ?? .max, milliseconds)
        do throws(StatementError) {
            let outcome = try attempt(
                request, on: catalog.snapshot, cancellation: cancellation, isReadOnly: false)
            metrics.queries.add()
            return outcome
        } catch {
            return nil
        }
    }

    private func attempt(
        _ request: SQLRequest, on snapshot: Snapshot, cancellation: Cancellation, isReadOnly: Bool
    ) throws(StatementError) -> StatementResult {
        var request = request
        let statement = try parse(&request)
        request.style.timeZone = try timeZone(of: request)
        let known = request.asksForCompleteness && !isReadOnly ? completeness() : nil
        // A snapshot of after what is known: a dashboard's panels, which share one, cannot ask.
        let snapshot = known == nil ? snapshot : catalog.snapshot
        let id = request.queryID ?? "q-" + String(clock.steadyNanoseconds(), radix: 36)
        let outcome = try running.run(
            id: id, sql: request.sql, startedMicroseconds: clock.wallMicroseconds(),
            cancellation: cancellation
        ) { () throws(StatementError) in
            try run(
                statement, request, on: snapshot, known, cancellation: cancellation,
                isReadOnly: isReadOnly)
        }
        guard var outcome else { throw .overloaded }
        outcome.queryID = id
        return outcome
    }

    /// Binds and runs a statement that has a slot.
    private func run(
        _ statement: StatementCache.Entry, _ request: SQLRequest, on snapshot: Snapshot,
        _ known: [TableCompleteness]?, cancellation: Cancellation, isReadOnly: Bool
    ) throws(StatementError) -> StatementResult {
        let started = clock.steadyNanoseconds()
        defer { metrics.queryDurations.record(nanoseconds: clock.steadyNanoseconds() - started) }
        let options = options(of: request)
        switch try bind(statement, options, to: snapshot) {
        case .query(let query):
            var concerned: [NamedCompleteness]?
            if let known { concerned = try completeness(known, of: query, request, snapshot) }
            let result = try execute(query, request, snapshot, cancellation)
            statement.note(
                nanoseconds: clock.steadyNanoseconds() - started, options: options)
            var outcome = StatementResult(
                version: snapshot.version, result: result, style: request.style)
            outcome.completeness = concerned
            return outcome
        case .explain(let query, let analyze):
            let result = try explain(query, analyze: analyze, request, snapshot, cancellation)
            return StatementResult(
                version: snapshot.version, result: result, style: request.style)
        case .explainRollup(let rollup):
            return StatementResult(
                version: snapshot.version,
                result: try estimate(rollup, request, snapshot), style: request.style)
        case let change:
            guard !isReadOnly else {
                throw .query(QueryError(.unsupported, "only queries are allowed here"))
            }
            try checkWritable()
            switch change {
            case .insertQuery(let schema, let query):
                let result = try execute(query, request, snapshot, cancellation)
                return try insert(result, into: schema, request.style)
            case .createTableAs(let schema, let query, let ifNotExists):
                if ifNotExists, snapshot.table(named: schema.name) != nil {
                    return StatementResult(version: snapshot.version)
                }
                try checkIsFree(schema.name, in: snapshot)
                let result = try execute(query, request, snapshot, cancellation)
                return try create(schema, with: result, request.style)
            default: return StatementResult(version: try carryOut(change, in: snapshot))
            }
        }
    }

    /// Whether a request will most likely be answered within `quickNanoseconds` and without
    /// waiting for a slot: it was the last time, nothing it depends on has changed, and no other
    /// query runs.
    func isQuick(_ request: SQLRequest) -> Bool {
        guard !request.asksForCompleteness, let statement = statements.known(request.sql),
            statement.parsed.settings.isEmpty,
            let last = statement.lastNanoseconds(
                on: catalog.snapshot, options: options(of: request))
        else { return false }
        return last <= Self.quickNanoseconds && running.entries.isEmpty
    }

    /// Handing a request to another thread and its answer back costs a tenth of this.
    private static let quickNanoseconds: UInt64 = 2_000_000

    /// Reads the statement; its `SET`s change the request.
    private func parse(
        _ request: inout SQLRequest
    ) throws(StatementError) -> StatementCache.Entry {
        do throws(QueryError) {
            let statement = try statements.statement(request.sql)
            for setting in statement.parsed.settings { try request.apply(setting) }
            return statement
        } catch {
            throw .query(error)
        }
    }

    /// The clock of the session.
    private func timeZone(of request: SQLRequest) throws(StatementError) -> TimeZone {
        guard let name = request.timeZoneName else { return .utc }
        do throws(TimeZoneError) {
            return try timeZones?.zone(named: name) ?? TimeZoneDatabase.builtIn(name) ?? .utc
        } catch {
            throw .query(
                QueryError(.invalidArgument, "sqlTimeZone: \(error)", hint: error.hint))
        }
    }

    /// What a request says of its statement's meaning.
    func options(of request: SQLRequest) -> BindOptions {
        var options = BindOptions(
            now: request.currentTimestamp ?? clock.wallMicroseconds(),
            timeZone: request.style.timeZone, timeZones: timeZones)
        options.dialect = request.dialect
        options.outerLimit = request.outerLimit
        for parameter in request.parameters {
            if let name = parameter.name {
                options.namedParameters[name] = parameter.value
            } else {
                options.parameters.append(parameter.value)
            }
        }
        return options
    }

    private func bind(
        _ statement: StatementCache.Entry, _ options: BindOptions, to snapshot: Snapshot
    ) throws(StatementError) -> BoundStatement {
        do throws(QueryError) {
            return try statement.bound(to: snapshot, options: options) { view(of: snapshot) }
        } catch {
            throw .query(error)
        }
    }

    private func executor(_ request: SQLRequest, _ snapshot: Snapshot) -> QueryExecutor {
        var limits = QueryLimits()
        limits.memoryBytes = configuration.queryMemoryByteCount
        limits.resultRowCount = configuration.maximumResultRowCount
        let seconds = UInt64(configuration.queryTimeoutSeconds) * 1_000_000_000
        let asked = request.timeoutMilliseconds.map { UInt64(min($0, 86_400_000)) * 1_000_000 }
        limits.nanoseconds = min(seconds, asked ?? seconds)
        return QueryExecutor(snapshot: snapshot, limits: limits, workers: workers, clock: clock)
    }

    private func execute(
        _ query: BoundQuery, _ request: SQLRequest, _ snapshot: Snapshot,
        _ cancellation: Cancellation
    ) throws(StatementError) -> QueryResult {
        do throws(QueryError) {
            let result = try executor(request, snapshot).run(query, cancellation: cancellation)
            metrics.queryRowsRead.add(result.statistics.rowsRead)
            return result
        } catch {
            throw .query(error)
        }
    }

    private func explain(
        _ query: BoundQuery, analyze: Bool, _ request: SQLRequest, _ snapshot: Snapshot,
        _ cancellation: Cancellation
    ) throws(StatementError) -> QueryResult {
        do throws(QueryError) {
            return try executor(request, snapshot)
                .explain(query, analyze: analyze, cancellation: cancellation)
        } catch {
            throw .query(error)
        }
    }

    private func estimate(
        _ rollup: Rollup, _ request: SQLRequest, _ snapshot: Snapshot
    ) throws(StatementError) -> QueryResult {
        do throws(QueryError) { return try executor(request, snapshot).estimate(rollup) } catch {
            throw .query(error)
        }
    }

    // MARK: Changes

    /// Carries out DDL or INSERT.
    ///
    /// - Returns: The version from which on the change can be read.
    private func carryOut(
        _ statement: BoundStatement, in snapshot: Snapshot
    ) throws(StatementError) -> UInt64 {
        switch statement {
        case .createTable(let schema, let ifNotExists):
            return try createTable(schema, ifNotExists: ifNotExists, snapshot)
        case .dropTable(let name, let ifExists):
            guard snapshot.table(named: name) != nil else {
                if ifExists { return snapshot.version }
                throw .unknownTable(name)
            }
            do throws(IngestError) {
                let version = try ingestion.dropTable(named: name)
                sources.forgetDropped()
                return version
            } catch {
                throw .ingest(error)
            }
        case .alterTable(let change):
            if change.before == change.after { return snapshot.version }
            do throws(IngestError) { return try ingestion.changeTable(change) } catch {
                if case .catalog(.tableExists(let name)) = error { throw .tableExists(name) }
                throw .ingest(error)
            }
        case .createRollup(let rollup, let ifNotExists):
            return try createRollup(rollup, ifNotExists: ifNotExists, snapshot)
        case .dropRollup(let name, let ifExists):
            guard snapshot.rollups.contains(where: { $0.rollup.name == name }) || !ifExists else {
                return snapshot.version
            }
            do throws(IngestError) { return try ingestion.dropRollup(named: name) } catch {
                throw .ingest(error)
            }
        case .createView, .dropView, .createEndpoint, .dropEndpoint, .createSource, .dropSource,
            .changeSource:
            return try define(statement, in: snapshot)
        case .insert(let schema, let rows):
            do throws(IngestError) {
                return try ingestion.submit(
                    schema: schema, events: ParsedEvents(RowBatch(schema, rows: rows)),
                    onError: .abort, requestID: "sql"
                ).version
            } catch {
                throw .ingest(error)
            }
        case .query, .explain, .explainRollup, .insertQuery, .createTableAs:
            preconditionFailure("queries are run before")
        }
    }

    private func createTable(
        _ schema: TableSchema, ifNotExists: Bool, _ snapshot: Snapshot
    ) throws(StatementError) -> UInt64 {
        guard snapshot.table(named: schema.name) == nil else {
            if ifNotExists { return snapshot.version }
            throw .tableExists(schema.name)
        }
        do throws(IngestError) {
            return try ingestion.createTable(schema).version
        } catch {
            if case .catalog(.tableExists) = error { throw .tableExists(schema.name) }
            throw .ingest(error)
        }
    }

    /// The rollup is there at once for new segments; the detector makes it of older ones.
    private func createRollup(
        _ rollup: Rollup, ifNotExists: Bool, _ snapshot: Snapshot
    ) throws(StatementError) -> UInt64 {
        guard !snapshot.rollups.contains(where: { $0.rollup.name == rollup.name }) else {
            if ifNotExists { return snapshot.version }
            throw .tableExists(rollup.name)
        }
        do throws(IngestError) {
            let version = try ingestion.createRollup(rollup)
            wakeCompaction()
            return version
        } catch {
            if case .catalog(.tableExists) = error { throw .tableExists(rollup.name) }
            throw .ingest(error)
        }
    }
}
