import Segments

/// Decides, writes and applies groups of requests: everything about committing but the thread.
///
/// One caller at a time. A group is decided request by request in order, so that a later request
/// sees the ids of an earlier one; written as one record each with one sync; then made visible in
/// one step. What is acknowledged is durable and visible; what is not may have left no trace.
final class CommitCore {
    let catalog: Catalog
    let clock: any Clock
    private let seed: UInt64
    let log: LogWriter
    var tables: [TableID: LiveTable] = [:]
    /// What is known of published ids, of tables that have some; `nil` where nobody keeps it up.
    var indexes: [TableID: IDIndex]?
    /// Of state tables with live rows, the keys of these.
    var states: [TableID: StateTable]
    /// The table of dead letters.
    var rejects: TableSchema
    let limits: CommitState.Limits
    let stateClock: StateClock
    var window = LogWindow()
    /// What is known of requests. Ahead of the log only within `commit`.
    var state: CommitState

    /// A core that goes on behind what recovery has replayed.
    init(
        catalog: Catalog, log: LogWriter, clock: any Clock, rejects: TableSchema, seed: UInt64,
        replay: LogRecovery.Replay, limits: CommitState.Limits
    ) {
        self.catalog = catalog
        self.log = log
        self.clock = clock
        self.rejects = rejects
        self.seed = seed
        self.limits = limits
        tables = replay.tables
        states = replay.states
        state = replay.state
        stateClock = StateClock(clock, notBefore: replay.state.time)
        let snapshot = catalog.snapshot
        state.keep { snapshot.table($0) != nil }
    }

    /// The last position that is durable and visible.
    var version: UInt64 { log.lastLSN }

    /// Whether the log takes nothing any more.
    var isClosed: Bool { log.isClosed }

    /// Bytes of all live rows.
    var liveByteCount: Int { tables.values.reduce(0) { $0 + $1.memoryBytes } }

    /// Bytes of the tables that hold live ids.
    var liveIDByteCount: Int { tables.values.reduce(0) { $0 + $1.idMemoryBytes } }

    // MARK: Committing

    /// A request that has been decided and waits for the group's sync.
    struct Decided {
        let index: Int
        let schema: TableSchema
        let kept: RowBatch
        let rejected: RowBatch?
        let counts: IngestCounts
        let refused: [Rejection]
        /// Which of the group's records is this request's; `nil` for one that leaves nothing.
        let record: Int?
        /// Takes back what `state` learned of it.
        let undo: CommitState.Undo?
        var standing = RequestStanding.first
        /// Where the first of repeated requests is.
        var firstVersion: UInt64?
        /// Of a state table: what its rows replace, and which of them are tombstones.
        var replaced: [KeyHolder.Place] = []
        var tombstones: [UInt32] = []
        /// See `CommitOutcome.tag`.
        var tag: String?
    }

    /// Commits a group; the outcomes are in the order of the requests.
    func commit(_ requests: [CommitRequest]) -> [Result<CommitOutcome, IngestError>] {
        // Rows that are found to be replaced must still be there when they are let go.
        catalog.keepingRowsInPlace { commitInPlace(requests) }
    }

    private func commitInPlace(
        _ requests: [CommitRequest]
    ) -> [Result<CommitOutcome, IngestError>] {
        var outcomes: [Result<CommitOutcome, IngestError>] = requests.map { _ in
            .failure(.closed("the request was not reached"))
        }
        let snapshot = catalog.snapshot
        let before = tables.mapValues { $0.open.batches.count }
        for table in snapshot.tables {
            states[table.schema.id]?.forget(flushedTo: table.flushedLSN)
        }
        let statesBefore = states.mapValues(\.openBatchCount)
        var entries: [LogWriter.Entry] = []
        var decided: [Decided] = []
        for (index, request) in requests.enumerated() {
            do throws(IngestError) {
                decided.append(try decide(request, index, snapshot, &entries))
            } catch {
                outcomes[index] = .failure(error)
            }
        }
        do throws(LogError) {
            let first = entries.isEmpty ? log.lastLSN + 1 : try log.append(entries)
            apply(decided, firstLSN: first)
            // Where nothing is left to read, the version of what came before: versions of a group
            // ascend as its requests do.
            var version = first - 1
            for request in decided {
                if let record = request.record { version = first + UInt64(record) }
                outcomes[request.index] = .success(
                    CommitOutcome(
                        counts: request.counts, version: request.firstVersion ?? version,
                        refused: request.refused, standing: request.standing, tag: request.tag))
            }
        } catch {
            for request in decided.reversed() {
                if let undo = request.undo { state.revert(undo) }
            }
            for id in tables.keys { tables[id]?.truncate(batchCount: before[id] ?? 0) }
            for id in states.keys { states[id]?.truncate(batchCount: statesBefore[id] ?? 0) }
            for request in decided { outcomes[request.index] = .failure(IngestError(error)) }
        }
        return outcomes
    }

    /// Decides one request, and adds its record to the group.
    private func decide(
        _ request: CommitRequest, _ index: Int, _ snapshot: Snapshot,
        _ entries: inout [LogWriter.Entry]
    ) throws(IngestError) -> Decided {
        let id = request.schema.id
        guard let table = snapshot.table(id) else { throw .tableChanged(request.schema.name) }
        let now = stateClock.now
        if let repeated = try repeated(request, index, now) { return repeated }
        guard table.schema == request.schema else { throw .tableChanged(request.schema.name) }
        if let closed = request.letters.first(where: { !state.letters.isOpen($0, of: id) }) {
            throw .origin(.letterClosed(closed))
        }
        let events = request.events
        if request.onError == .abort, !events.rejections.isEmpty {
            throw .aborted(events.rejections)
        }
        if table.schema.isStateTable {
            return try decideState(request, index, table, now, &entries)
        }
        var live = tables.removeValue(forKey: id) ?? LiveTable(table.schema, seed: seed)
        defer { tables[id] = live }
        let hashes = live.hashes(of: events.batch)
        var standings = [LiveTable.Standing](repeating: .new, count: events.batch.rowCount)
        do throws(SegmentError) {
            try SegmentProbe.decide(
                events.batch, hashes: hashes, in: table, index: indexes?[id] ?? IDIndex(),
                standings: &standings)
        } catch {
            throw .segment(error)
        }
        let addition = live.decide(events.batch, hashes: hashes, standings: &standings)

        let conflicts = Self.conflicts(events, standings, table.schema)
        if request.onError == .abort, !conflicts.isEmpty {
            live.revert(addition)
            throw .aborted(conflicts)
        }
        let kept = Self.kept(events.batch, standings)
        live.narrow(addition, to: kept)
        let refused = (events.rejections + conflicts).sorted { $0.line < $1.line }
        let counts = IngestCounts(
            accepted: kept.rowCount,
            duplicate: standings.count { $0 == .duplicate }, conflict: conflicts.count,
            rejected: events.rejections.count)
        var facts = RequestFacts(
            origin: request.origin, table: id, time: now,
            lateRowCount: lateRowCount(kept, table.schema))
        let rejected: RowBatch?
        do throws(IngestError) {
            rejected = try letters(of: request, refused: refused, position: entries.count, &facts)
        } catch {
            live.revert(addition)
            throw error
        }
        let record = Self.record(request, kept, rejected, rejects, counts, facts)
        if let record, record.payload.count > log.maximumPayloadByteCount {
            live.revert(addition)
            throw .limitExceeded(
                limit: "bytes of a log record", value: log.maximumPayloadByteCount)
        }
        var undo: CommitState.Undo?
        if let record {
            entries.append(record)
            let lsn = log.lastLSN + UInt64(entries.count)
            undo = state.apply(facts, counts: counts, lsn: lsn)
        }
        return Decided(
            index: index, schema: table.schema, kept: kept, rejected: rejected, counts: counts,
            refused: refused, record: record == nil ? nil : entries.count - 1, undo: undo)
    }

    /// What becomes of a request that was here before: nothing is done, and the answer is the first
    /// one's. One that is in the same group waits for it, since both get their answers together.
    ///
    /// - Returns: `nil` for a request that comes first.
    private func repeated(
        _ request: CommitRequest, _ index: Int, _ now: Int64
    ) throws(IngestError) -> Decided? {
        guard let first = try answer(to: request.origin, table: request.schema.id, now: now) else {
            return nil
        }
        return Decided(
            index: index, schema: request.schema, kept: RowBatch(rowCount: 0, columns: []),
            rejected: nil, counts: first.counts, refused: [], record: nil, undo: nil,
            standing: first.standing,
            firstVersion: first.standing == .repeated ? first.version : nil)
    }

    /// What `commit` would say of a request by its origin alone, without its rows.
    ///
    /// - Returns: The first one's answer, as far as it is kept; `nil` for a request that comes
    ///   first.
    func answer(to origin: RequestOrigin, table: TableID) throws(IngestError) -> CommitOutcome? {
        try answer(to: origin, table: table, now: stateClock.now)
    }

    private func answer(
        to origin: RequestOrigin, table: TableID, now: Int64
    ) throws(IngestError) -> CommitOutcome? {
        let recognition: Recognition
        do throws(OriginRefusal) {
            recognition = try state.standing(of: origin, table: table, now: now, limits: limits)
        } catch {
            throw .origin(error)
        }
        switch recognition {
        case .first: return nil
        case .repeated(let answer):
            return CommitOutcome(
                counts: answer.counts, version: answer.version, refused: [], standing: .repeated)
        case .repeatedLongAgo:
            return CommitOutcome(
                counts: IngestCounts(), version: version, refused: [], standing: .repeatedLongAgo)
        }
    }

    /// Rows whose time had been declared complete.
    func lateRowCount(_ rows: RowBatch, _ schema: TableSchema) -> Int {
        guard let complete = state.tables[schema.id]?.completeThrough, rows.rowCount > 0,
            let column = schema.timestampColumn,
            case .integers(let times) = rows.columns[column].values
        else { return 0 }
        var count = 0
        let span = times.span
        for row in span.indices { count &+= span[row] < complete ? 1 : 0 }
        return count
    }

    /// Writes a record of its own for what an operator says about a source.
    ///
    /// - Returns: Its position.
    func note(_ origin: RequestOrigin, requestID: String) throws(IngestError) -> UInt64 {
        let facts = RequestFacts(origin: origin, table: TableID(0), time: stateClock.now)
        let record = EventsRecord(
            requestID: requestID, counts: IngestCounts(), facts: facts, parts: [])
        do throws(LogError) {
            let lsn = try log.append([LogPayload.events(record).entry()])
            state.apply(facts, counts: IngestCounts(), lsn: lsn)
            catalog.appendLive(version: lsn, [])
            return lsn
        } catch {
            throw IngestError(error)
        }
    }

    private static func kept(_ batch: RowBatch, _ standings: [LiveTable.Standing]) -> RowBatch {
        var rows: [Int32] = []
        for row in standings.indices where standings[row] == .new {
            rows.append(Int32(truncatingIfNeeded: row))
        }
        return rows.count == batch.rowCount ? batch : batch.gather(rows)
    }

    private static func conflicts(
        _ events: ParsedEvents, _ standings: [LiveTable.Standing], _ schema: TableSchema
    ) -> [Rejection] {
        guard let idColumn = schema.uniqueColumns.first else { return [] }
        var conflicts: [Rejection] = []
        for row in standings.indices where standings[row] == .conflict {
            let id = events.batch.columns[idColumn].value(at: row)
            let name = schema.columns[idColumn].name
            conflicts.append(
                Rejection(
                    code: .conflict, line: Int(events.lines[row]),
                    byteOffset: Int(events.ranges[row].lowerBound), column: 1, field: name,
                    message: "\(name) '\(id)' is taken by a row of other content",
                    raw: events.raw(at: row)))
        }
        return conflicts
    }

    static func record(
        _ request: CommitRequest, _ kept: RowBatch, _ rejected: RowBatch?,
        _ rejects: TableSchema, _ counts: IngestCounts, _ facts: RequestFacts
    ) -> LogWriter.Entry? {
        var parts: [EventsRecord.Part] = []
        if kept.rowCount > 0 {
            parts.append(
                EventsRecord.Part(
                    tableID: request.schema.id, schemaVersion: request.schema.version,
                    rows: kept))
        }
        if let rejected {
            parts.append(
                EventsRecord.Part(
                    tableID: rejects.id, schemaVersion: rejects.version, rows: rejected))
        }
        guard !parts.isEmpty || !facts.isEmpty else { return nil }
        let record = EventsRecord(
            requestID: request.requestID, counts: counts, facts: facts, parts: parts)
        return LogPayload.events(record).entry()
    }

    /// Makes a durable group visible.
    private func apply(_ decided: [Decided], firstLSN: UInt64) {
        let now = clock.steadyNanoseconds()
        var batches: [(table: TableID, rows: LiveBatch)] = []
        var deaths: [TableID: TableDeaths] = [:]
        for request in decided {
            guard let record = request.record else { continue }
            let lsn = firstLSN + UInt64(record)
            if request.kept.rowCount > 0 {
                tables[request.schema.id, default: LiveTable(request.schema, seed: seed)]
                    .count(request.kept, at: now)
                batches.append(
                    (
                        request.schema.id,
                        LiveBatch(
                            request.kept, schema: request.schema, firstLSN: lsn, lastLSN: lsn)
                    ))
                deaths[request.schema.id, default: TableDeaths()]
                    .add(request.replaced, request.tombstones, at: lsn)
            }
            if let rejected = request.rejected {
                tables[rejects.id, default: LiveTable(rejects, seed: seed)]
                    .count(rejected, at: now)
                batches.append(
                    (
                        rejects.id,
                        LiveBatch(rejected, schema: rejects, firstLSN: lsn, lastLSN: lsn)
                    ))
            }
        }
        if log.lastLSN > catalog.snapshot.version {
            catalog.appendLive(
                version: log.lastLSN, batches, deaths: deaths.filter { !$0.value.isEmpty })
        }
    }

    /// Gives a change of the catalogue, which is durable by itself, a position of its own.
    private func mark(_ table: TableID) throws(IngestError) -> UInt64 {
        do throws(LogError) {
            let lsn = try log.append([LogPayload.marker(table).entry()])
            catalog.appendLive(version: lsn, [])
            return lsn
        } catch {
            throw IngestError(error)
        }
    }

    /// Gives a change of tables its position. It is durable and visible already, so a log that has
    /// no room for the position does not make a failure of it: every later snapshot has it.
    func version(ofChangeTo table: TableID) throws(IngestError) -> UInt64 {
        do throws(IngestError) { return try mark(table) } catch {
            switch error {
            case .diskFull, .notAppended: return catalog.snapshot.version
            default: throw error
            }
        }
    }

    /// Takes nothing more.
    func close() { log.close() }
}
