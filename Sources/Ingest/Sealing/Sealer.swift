import Segments
import Synchronization

/// Turns live rows into segments, off the path of acknowledgements.
///
/// Freeze, sort, write, sync, publish, forget. Rows are visible all the time: as live rows up to
/// the publication, in segments from it on, in one swap. A crash before it leaves orphan files and
/// the log; a crash after it leaves nothing to do.
public final class Sealer: Sendable {
    /// Attempts at a segment before the table's sealing is put off.
    static let attemptCount = 3
    /// How often the thread looks whether something is due.
    private static let lookNanoseconds: UInt64 = 100_000_000
    /// How long a table rests after its sealing failed.
    private static let restNanoseconds: UInt64 = 5_000_000_000

    let catalog: Catalog
    let committer: Committer
    private let checkpoints: Checkpoints
    private let clock: any Clock
    private let settings: IngestSettings
    private let policy: SealPolicy
    /// Keeps the runs of published ids.
    let upkeep: IDIndexUpkeep
    private let control = Monitor(Control())
    /// One seal at a time; also what `sealNow` waits for.
    private let sealing = Mutex<[TableID: UInt64]>([:])
    /// One table is created with rows at a time.
    let creating = Mutex<Void>(())
    private let thread = Mutex<EngineThread?>(nil)

    private struct Control {
        var isStopping = false
    }

    init(
        catalog: Catalog, committer: Committer, checkpoints: Checkpoints, clock: any Clock,
        settings: IngestSettings
    ) {
        self.catalog = catalog
        self.committer = committer
        self.checkpoints = checkpoints
        self.clock = clock
        self.settings = settings
        policy = SealPolicy(settings)
        upkeep = IDIndexUpkeep(catalog: catalog, onEvent: settings.onEvent)
    }

    /// Starts the thread.
    func start() {
        thread.withLock { $0 = EngineThread { [self] in run() } }
    }

    private func run() {
        while control.wait(
            timeoutNanoseconds: Self.lookNanoseconds, until: { $0.isStopping ? true : nil }) == nil
        {
            sealDue()
        }
    }

    /// Ends the thread after the seal it is at.
    func stop() {
        control.update { $0.isStopping = true }
        let thread = thread.withLock { thread in
            defer { thread = nil }
            return thread
        }
        thread?.join()
    }

    /// Seals every table that is due and not resting after a failure.
    func sealDue() {
        let now = clock.steadyNanoseconds()
        for table in policy.due(committer.core.withLock { $0.waiting }, now: now) {
            sealing.withLock { resting in
                if let until = resting[table], now < until { return }
                do throws(IngestError) {
                    try seal(table)
                    resting[table] = nil
                } catch {
                    resting[table] = now + Self.restNanoseconds
                    let name = catalog.snapshot.table(table)?.schema.name
                    settings.onEvent(
                        .sealingFailed(
                            table: name ?? "number \(table.rawValue)", reason: "\(error)"))
                }
            }
        }
    }

    /// Seals all live rows of a table now, or of every table; for a stop in good order, for tests
    /// and for operators.
    public func sealNow(_ table: TableID? = nil) throws(IngestError) {
        let tables = table.map { [$0] } ?? committer.core.withLock { $0.waiting }.map(\.table)
        for table in tables { try sealing.withLock { _ throws(IngestError) in try seal(table) } }
    }

    /// Seals what is live, the tables with the most bytes last, beginning none after the time is
    /// up.
    ///
    /// A failure is an event, and ends it: the rows stay in the log.
    func sealRest(within nanoseconds: UInt64) {
        let start = clock.steadyNanoseconds()
        let waiting = committer.core.withLock { $0.waiting }
        for table in waiting.sorted(by: { $0.memoryBytes < $1.memoryBytes })
        where clock.steadyNanoseconds() - start < nanoseconds {
            do throws(IngestError) {
                try sealNow(table.table)
            } catch {
                let name = catalog.snapshot.table(table.table)?.schema.name
                settings.onEvent(
                    .sealingFailed(
                        table: name ?? "number \(table.table.rawValue)", reason: "\(error)"))
                return
            }
        }
    }

    // MARK: One seal

    private func seal(_ table: TableID) throws(IngestError) {
        guard let frozen = committer.core.withLock({ $0.freeze(table) }) else { return }
        let entries = try write(frozen) { (entries, moves) throws(IngestError) in
            try publish(entries, moves, frozen)
        }
        finish(frozen, entries)
    }

    /// Writes frozen rows as segments, with their rollups, and hands them to `publish`; where that
    /// fails for sure, their files go.
    func write(
        _ frozen: CommitCore.Frozen,
        publish: ([SegmentEntry], [RowMove]) throws(IngestError) -> Void
    ) throws(IngestError) -> [SegmentEntry] {
        var entries: [SegmentEntry] = []
        do throws(IngestError) {
            let outcome = write(Self.chunks(frozen), frozen.schema)
            entries = outcome.sealed.map(\.entry)
            if let failure = outcome.failure { throw failure }
            entries += rollups(of: entries, frozen.schema)
            try publish(entries, outcome.sealed.map(\.move))
            return entries
        } catch {
            switch error {
            case .catalog(.unknownOutcome): break
            default: for entry in entries { discard(entry.path) }
            }
            throw error
        }
    }

    // MARK: Changes of a table

    /// Gives a table another schema. Its live rows become segments of the old one in the same
    /// manifest, so that no live row and no row that a start replays is of another schema than the
    /// table: a crash finds the old schema or the new one, with all rows.
    ///
    /// Most rows are sealed while others are committed; nothing is while the rest is.
    ///
    /// - Returns: The version from which on it is so.
    func change(_ change: TableChange) throws(IngestError) -> UInt64 {
        try sealing.withLock { _ throws(IngestError) in
            try seal(change.before.id)
            return try committer.core.withLock { core throws(IngestError) in
                guard !core.isClosed else { throw .closed("the log is closed") }
                try self.change(change, core)
                committer.noteLive(core.liveByteCount)
                return try core.version(ofChangeTo: change.before.id)
            }
        }
    }

    private func change(_ change: TableChange, _ core: CommitCore) throws(IngestError) {
        func publish(
            _ entries: [SegmentEntry], _ moves: [RowMove]
        ) throws(IngestError) {
            do throws(CatalogError) {
                _ = try catalog.changeTable(
                    change, adding: entries, moves, flushedTo: core.version)
            } catch {
                // Nobody knows which schema a start will find: no row may follow under either.
                if case .unknownOutcome = error { core.close() }
                throw .catalog(error)
            }
        }
        if let frozen = core.freeze(change.before.id) {
            _ = try write(frozen, publish: publish)
        } else {
            try publish([], [])
        }
        core.forget(table: change.before.id)
    }

    private func finish(_ frozen: CommitCore.Frozen, _ published: [SegmentEntry]) {
        let entries = published.filter { $0.sourceID == nil }
        let rows = entries.reduce(0) { $0 + $1.rowCount }
        settings.onEvent(
            .sealed(
                table: frozen.schema.name, rows: rows, segments: entries.count,
                flushLSN: frozen.flushLSN))
        let extended = extendedIndex(by: frozen, published: entries)
        let (flushed, needsCheckpoint) = committer.core.withLock { core in
            if let extended { core.install(extended, of: frozen.schema.id) }
            let flushed = core.forget(frozen)
            committer.noteLive(core.liveByteCount)
            return (
                flushed,
                core.needsCheckpoint(through: flushed, coveredLSN: checkpoints.coveredLSN)
            )
        }
        if needsCheckpoint {
            do throws(FileError) { try writeCheckpoint() } catch {
                settings.onEvent(.checkpointFailed(error))
            }
        }
        removeLogFiles(through: min(flushed, checkpoints.coveredLSN))
        if extended != nil { tidyIDs(of: frozen.schema.id) }
    }

    /// Writes what is known of requests beside the log. The file is made while others are
    /// committed.
    func writeCheckpoint() throws(FileError) {
        let (state, lsn) = committer.core.withLock { ($0.state, $0.version) }
        try checkpoints.write(state, lsn: lsn)
    }

    private func removeLogFiles(through lsn: UInt64) {
        committer.core.withLock { core in
            do throws(LogError) {
                let count = try core.removeLogFiles(through: lsn)
                if count > 0 { settings.onEvent(.logFilesRemoved(count: count)) }
            } catch {
                settings.onEvent(.logFilesKept(error))
            }
        }
    }

    /// The rows of the frozen batches by chunk, in order of arrival, chunks by time.
    static func chunks(_ frozen: CommitCore.Frozen) -> [SealChunk] {
        var chunks: [Int64: SealChunk] = [:]
        for batch in frozen.batches {
            for (range, rows) in rowsByChunk(batch, frozen.schema) {
                let isWhole = rows.count == batch.rows.rowCount
                var chunk =
                    chunks[range.start]
                    ?? SealChunk(range: range, firstLSN: batch.firstLSN, lastLSN: batch.lastLSN)
                chunk.parts.append(RowSelection(batch: batch.stored, rows: isWhole ? nil : rows))
                chunk.origins.append(
                    RowMove.Part(
                        .live(firstLSN: batch.firstLSN), rows: isWhole ? nil : rows,
                        rowCount: rows.count))
                chunk.lastLSN = batch.lastLSN
                chunks[range.start] = chunk
            }
        }
        return chunks.values.sorted { $0.range.start < $1.range.start }
    }

    private static func rowsByChunk(
        _ batch: LiveBatch, _ schema: TableSchema
    ) -> [(range: TimeRange, rows: [Int32])] {
        let first = schema.chunk(containing: batch.minimumTime)
        guard let index = schema.timestampColumn,
            case .integers(let times) = batch.rows.columns[index].values,
            !first.contains(batch.maximumTime)
        else { return [(first, (0..<batch.rows.rowCount).map { Int32(truncatingIfNeeded: $0) })] }
        var rows: [Int64: (range: TimeRange, rows: [Int32])] = [:]
        var range = first
        for row in times.indices {
            if !range.contains(times[row]) { range = schema.chunk(containing: times[row]) }
            rows[range.start, default: (range, [])].rows.append(Int32(truncatingIfNeeded: row))
        }
        return rows.values.sorted { $0.range.start < $1.range.start }
    }

    /// Writes all chunks: alone, so that queries and parsing have the other cores, but with a
    /// second thread from when live rows take half of their limit, before senders have to wait. A
    /// seal of one chunk has nothing to share.
    ///
    /// Before `start` and after `stop` all is done in the caller's thread.
    private func write(
        _ chunks: [SealChunk], _ schema: TableSchema
    ) -> (sealed: [SealedChunk], failure: IngestError?) {
        let queue = SealQueue(chunks)
        let mayHaveHelp = thread.withLock { $0 != nil }
        var helper: EngineThread?
        queue.drain { chunk throws(IngestError) in
            try write(chunk, schema)
        } willLeave: {
            guard mayHaveHelp, helper == nil,
                committer.load.liveBytes > settings.liveByteLimit / 2
            else { return }
            helper = EngineThread { [self] in
                queue.drain { chunk throws(IngestError) in try write(chunk, schema) }
            }
        }
        helper?.join()
        return queue.outcome
    }

    /// Writes a chunk's segment, under a new number after each failure.
    private func write(_ chunk: SealChunk, _ schema: TableSchema) throws(IngestError)
        -> SealedChunk
    {
        let schema = schema.stored
        let rows = RowOrder.ordered(chunk.parts, schema: schema)
        let writer = SegmentWriter(fileSystem: catalog.fileSystem)
        var attempt = 1
        while true {
            let description = SegmentDescription(
                id: catalog.reserveSegmentID(), chunk: chunk.range, level: 0,
                firstLSN: chunk.firstLSN, lastLSN: chunk.lastLSN)
            do throws(SegmentError) {
                let entry = try writer.write(rows, schema: schema, as: description)
                return SealedChunk(
                    entry: entry,
                    move: RowMove(
                        chunk.origins, order: rows.order, outputs: [(entry.id, entry.rowCount)]))
            } catch {
                discard(SegmentEntry.path(of: description.id))
                guard attempt < Self.attemptCount else { throw .segment(error) }
                attempt += 1
            }
        }
    }

    /// The rollups of new segments. One that cannot be written is left to compaction.
    private func rollups(of entries: [SegmentEntry], _ schema: TableSchema) -> [SegmentEntry] {
        var written: [SegmentEntry] = []
        for rollup in catalog.snapshot.table(schema.id)?.rollups ?? [] {
            for entry in entries {
                let id = catalog.reserveSegmentID()
                do throws(SegmentError) {
                    let source = try SegmentReader(fileSystem: catalog.fileSystem, entry: entry)
                    written.append(
                        try RollupWriter(fileSystem: catalog.fileSystem)
                            .write(rollup.rollup, of: source, table: schema, as: id))
                } catch {
                    discard(SegmentEntry.path(of: id))
                    settings.onEvent(
                        .rollupFailed(rollup: rollup.rollup.name, reason: error.description))
                }
            }
        }
        return written
    }

    /// One edit: the segments with their rollups, the table's flush position, and that of tables
    /// with nothing to flush, so that no idle table holds the log back.
    private func publish(
        _ entries: [SegmentEntry], _ moves: [RowMove], _ frozen: CommitCore.Frozen
    ) throws(IngestError) {
        var edit = ManifestEdit()
        edit.addedSegments = entries
        edit.moves[frozen.schema.id] = moves
        edit.flushedLSN[frozen.schema.id] = frozen.flushLSN
        for table in frozen.idleTables { edit.flushedLSN[table] = frozen.flushLSN }
        while true {
            do throws(CatalogError) {
                try catalog.publish(edit)
                return
            } catch {
                // An idle table may have been dropped meanwhile.
                guard case .unknownTableID(let gone) = error, gone != frozen.schema.id,
                    edit.flushedLSN.removeValue(forKey: gone) != nil
                else { throw .catalog(error) }
            }
        }
    }

    /// Removes the file of a segment that will not be published.
    private func discard(_ path: String) {
        do throws(FileError) {
            let fileSystem = catalog.fileSystem
            if try fileSystem.byteCount(of: path) != nil { try fileSystem.remove(path) }
        } catch {
            settings.onEvent(.notRemoved(error))
        }
    }
}
