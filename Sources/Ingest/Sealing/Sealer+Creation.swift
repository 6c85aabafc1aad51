import Segments
import Synchronization

/// Tables that are born with rows.
extension Sealer {
    /// Creates a table with rows: its segments are written first, as if of a table that is there,
    /// then one manifest has the table and all of them. A crash before it leaves files that the
    /// next start sweeps; a failure leaves nothing.
    ///
    /// Others commit meanwhile. Where another table, rollup or view takes the number that the files
    /// carry, they are written again.
    ///
    /// - Parameter rows: At least one row, in the schema's order of columns.
    /// - Returns: The version from which on it is there.
    func create(_ schema: TableSchema, with rows: RowBatch) throws(IngestError) -> UInt64 {
        precondition(schema.uniqueColumns.isEmpty, "nobody has looked for ids that occur twice")
        return try creating.withLock { _ throws(IngestError) in
            var attempt = 1
            while true {
                do throws(IngestError) { return try write(schema, with: rows) } catch {
                    guard case .catalog(.tableNumberTaken) = error, attempt < Self.attemptCount
                    else { throw error }
                    attempt += 1
                }
            }
        }
    }

    private func write(_ schema: TableSchema, with rows: RowBatch) throws(IngestError) -> UInt64 {
        var numbered = schema
        numbered.id = TableID(catalog.manifest.nextTableID)
        let position = max(1, committer.core.withLock { $0.version })
        let batch = LiveBatch(rows, schema: numbered, firstLSN: position, lastLSN: position)
        let frozen = CommitCore.Frozen(
            schema: numbered, batches: [batch], flushLSN: position, idleTables: [], generation: 0,
            ids: [])
        // Files of a table that is published must stay, so only the publication may fail in here.
        _ = try write(frozen) { entries, _ throws(IngestError) in
            try committer.core.withLock { core throws(IngestError) in
                guard !core.isClosed else { throw .closed("the log is closed") }
                do throws(CatalogError) {
                    try catalog.createTable(numbered, adding: entries)
                } catch {
                    throw .catalog(error)
                }
            }
        }
        return try committer.core.withLock { core throws(IngestError) in
            try core.version(ofChangeTo: numbered.id)
        }
    }
}
