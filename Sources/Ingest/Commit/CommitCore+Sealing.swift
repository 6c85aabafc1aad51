import Segments

/// What sealing asks of the committer.
extension CommitCore {
    /// How much of a table is waiting to be sealed.
    struct Waiting {
        let table: TableID
        let rowCount: Int
        let memoryBytes: Int
        /// Nanoseconds on the steady clock.
        let openedAt: UInt64?
    }

    /// Rows that go into segments together.
    struct Frozen {
        let schema: TableSchema
        let batches: [LiveBatch]
        /// Every row of the table up to here is in `batches` or in segments already.
        let flushLSN: UInt64
        /// Tables without any live row at that position.
        let idleTables: [TableID]
        /// For `forget`.
        let generation: Int
        /// The ids of the rows.
        let ids: [IDTable]
    }

    /// All tables with live rows.
    var waiting: [Waiting] {
        tables.compactMap { id, table in
            guard table.rowCount > 0 else { return nil }
            return Waiting(
                table: id, rowCount: table.rowCount, memoryBytes: table.memoryBytes,
                openedAt: table.generations.compactMap(\.openedAt).min())
        }.sorted { $0.table < $1.table }
    }

    /// Closes a table's live rows to further ones; they stay visible and their ids known.
    ///
    /// - Returns: `nil` where the table is gone or has no live rows.
    func freeze(_ id: TableID) -> Frozen? {
        guard let table = catalog.snapshot.table(id) else {
            tables[id] = nil
            states[id] = nil
            return nil
        }
        let batches = catalog.freezeLive(id)
        guard !batches.isEmpty, let generation = tables[id]?.freeze() else { return nil }
        let ids = tables[id]?.ids(through: generation) ?? []
        states[id]?.freeze()
        let idle = catalog.snapshot.tables.filter { other in
            other.live.isEmpty && other.flushedLSN < version && other.schema.id != id
        }
        return Frozen(
            schema: table.schema, batches: batches, flushLSN: version,
            idleTables: idle.map(\.schema.id), generation: generation, ids: ids)
    }

    /// Forgets rows whose segments are published.
    ///
    /// - Returns: How far the log may be removed as far as rows are concerned.
    func forget(_ frozen: Frozen) -> UInt64 {
        tables[frozen.schema.id]?.forget(through: frozen.generation)
        states[frozen.schema.id]?.forget(flushedTo: frozen.flushLSN)
        let flushed = catalog.manifest.tables.map(\.flushedLSN).min() ?? 0
        return window.advance(to: flushed)
    }

    /// Whether log files are left that could go if a checkpoint had their requests.
    func needsCheckpoint(through lsn: UInt64, coveredLSN: UInt64) -> Bool {
        guard let oldest = log.oldestLastLSN, oldest <= lsn else { return false }
        return oldest > coveredLSN
    }

    /// Removes log files of which every position is at most `lsn`.
    ///
    /// - Returns: How many files were removed.
    func removeLogFiles(through lsn: UInt64) throws(LogError) -> Int {
        try log.removeFiles(through: lsn)
    }

    /// Forgets the live rows of a table.
    func forget(table id: TableID) {
        tables[id] = nil
        states[id] = nil
    }

    /// Forgets what is known of a dropped table.
    func drop(table id: TableID) {
        forget(table: id)
        indexes?[id] = nil
        state.keep { $0 != id }
    }
}

/// How far the log may be removed: as far as the manifest before the newest one is flushed, so that
/// the log still covers what the newest adds if that one is lost (R-MAN-4, R-WAL-7).
struct LogWindow {
    private var newest: UInt64 = 0

    /// Notes what a new manifest is flushed to, and gives what the one before it was.
    mutating func advance(to flushedLSN: UInt64) -> UInt64 {
        defer { newest = max(newest, flushedLSN) }
        return newest
    }
}
