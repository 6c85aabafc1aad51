import Segments

/// Brings the catalog up to the log at a start (RELIABILITY 2.6, steps 6 to 8).
///
/// Decisions are in the records and are not made again: replaying twice gives the same rows. A
/// record's rows of a table count where the table still exists and its segments do not reach that
/// position.
struct LogRecovery {
    let catalog: Catalog
    let clock: any Clock
    let settings: IngestSettings

    /// What is live after the log.
    struct Replay {
        var tables: [TableID: LiveTable] = [:]
        /// What is known of requests, and through which position.
        var state = CommitState()
        var stateLSN: UInt64 = 0
        var states: [TableID: StateTable] = [:]
        /// A segment that has to be read for the rows that replayed ones replace, and cannot be.
        var failure: SegmentError?
        var recordCount = 0
        var rowCount = 0
    }

    /// Replays the log, continues it in a fresh file, and makes the table of dead letters if this
    /// is a new database.
    func run() throws(IngestError) -> (core: CommitCore, checkpoints: Checkpoints) {
        let seed = IDHash.seed(of: catalog.databaseID)
        var replay = Replay()
        let checkpoints: Checkpoints
        let contents: LogReader.Contents
        do throws(LogError) {
            let found = try Checkpoints.load(
                catalog.fileSystem, databaseID: catalog.databaseID)
            checkpoints = found.checkpoints
            replay.begin(with: found.start)
            for (path, reason) in found.start.passedOver {
                settings.onEvent(.checkpointPassedOver(path: path, reason: reason))
            }
            contents = try reader(stateLSN: found.start.lsn).read { record throws(LogError) in
                try apply(record, to: &replay, seed: seed)
            }
        } catch {
            throw .log(error)
        }
        if let failure = replay.failure { throw .segment(failure) }
        if let torn = contents.tornTail { settings.onEvent(.tornTail(torn)) }
        let log: LogWriter
        do throws(LogError) {
            log = try LogWriter(
                catalog.fileSystem, databaseID: catalog.databaseID, after: contents,
                settings: settings.log)
        } catch {
            throw .log(error)
        }
        if log.lastLSN > catalog.snapshot.version {
            catalog.appendLive(version: log.lastLSN, [])
        }
        settings.onEvent(
            .replayed(
                records: replay.recordCount, rows: replay.rowCount, through: log.lastLSN))
        let core = CommitCore(
            catalog: catalog, log: log, clock: clock, rejects: try rejectsTable(), seed: seed,
            replay: replay, limits: settings.stateLimits)
        core.indexes = indexes()
        return (core, checkpoints)
    }

    /// What is known of published ids; nothing where this start should change nothing.
    private func indexes() -> [TableID: IDIndex]? {
        guard !catalog.shouldBeSafe else { return nil }
        return IDIndexUpkeep(catalog: catalog, onEvent: settings.onEvent).load()
    }

    /// A reader of what neither segments nor a checkpoint through `stateLSN` have.
    func reader(stateLSN: UInt64) -> LogReader {
        let flushed = catalog.manifest.tables.map(\.flushedLSN)
        return LogReader(
            fileSystem: catalog.fileSystem, databaseID: catalog.databaseID,
            flushedLSN: min(flushed.min() ?? 0, stateLSN),
            provenLSN: max(flushed.max() ?? 0, stateLSN))
    }

    /// The table of dead letters, made if this is a new database.
    func rejectsTable() throws(IngestError) -> TableSchema {
        if let table = catalog.snapshot.table(named: RejectsTable.name) { return table.schema }
        do throws(CatalogError) { return try catalog.createTable(RejectsTable.schema) } catch {
            throw .catalog(error)
        }
    }

    /// Makes a record's rows live, and learns what it says of its request.
    func apply(
        _ record: LogRecord, to replay: inout Replay, seed: UInt64
    ) throws(LogError) {
        guard replay.failure == nil, case .events(let events)? = try LogPayload.read(record)
        else { return }
        replay.recordCount += 1
        if record.lsn > replay.stateLSN {
            replay.state.apply(events.facts, counts: events.counts, lsn: record.lsn)
        }
        var batches: [(table: TableID, rows: LiveBatch)] = []
        var deaths: [TableID: TableDeaths] = [:]
        for part in events.parts where part.rows.rowCount > 0 {
            guard let table = catalog.snapshot.table(part.tableID),
                record.lsn > table.flushedLSN
            else { continue }
            try check(part, table.schema, record)
            replay.rowCount += part.rows.rowCount
            if table.schema.isStateTable {
                var state =
                    replay.states.removeValue(forKey: part.tableID)
                    ?? StateTable(table.schema)
                do throws(SegmentError) {
                    deaths[part.tableID] = try state.replay(part.rows, lsn: record.lsn, in: table)
                } catch {
                    replay.failure = error
                    return
                }
                replay.states[part.tableID] = state
            }
            replay.tables[part.tableID, default: LiveTable(table.schema, seed: seed)]
                .replay(part.rows, at: clock.steadyNanoseconds())
            batches.append(
                (
                    part.tableID,
                    LiveBatch(
                        part.rows, schema: table.schema, firstLSN: record.lsn,
                        lastLSN: record.lsn)
                ))
        }
        if record.lsn > catalog.snapshot.version || !batches.isEmpty {
            catalog.appendLive(
                version: max(record.lsn, catalog.snapshot.version), batches, deaths: deaths)
        }
    }

    private func check(
        _ part: EventsRecord.Part, _ schema: TableSchema, _ record: LogRecord
    ) throws(LogError) {
        guard part.schemaVersion == schema.version,
            part.rows.columns.map(\.type) == schema.columns.map(\.type)
        else {
            throw .unreadableRecord(
                path: record.path, lsn: record.lsn,
                reason: "its rows do not have the columns of table '\(schema.name)'")
        }
    }
}

extension LogRecovery.Replay {
    /// Begins with what a checkpoint has.
    mutating func begin(with start: Checkpoints.Start) {
        state = start.state
        stateLSN = start.lsn
    }
}
