import Segments

/// Finds which rows of a batch have ids that published rows have, in the whole table.
///
/// The id runs say "no" to nearly every new id. What remains is found exactly, through the key
/// tables of the segments: those of the row's own chunk first, then all others; the id is compared
/// in full, then the whole row. An id that comes again with another time is a conflict like any
/// other.
enum SegmentProbe {
    /// Marks the rows of `batch` whose ids are in segments.
    ///
    /// - Parameters:
    ///   - hashes: Of the rows' ids, as `IDHash` makes them.
    ///   - index: The table's runs; segments that they do not cover are asked themselves.
    /// - Complexity: O(rows); two or three cache lines for each row and run in whose bounds it is.
    static func decide(
        _ batch: RowBatch, hashes: [UInt64], in table: TableSnapshot, index: IDIndex,
        standings: inout [LiveTable.Standing]
    ) throws(SegmentError) {
        guard let idColumn = table.schema.uniqueColumns.first, !table.segments.isEmpty else {
            return
        }
        if table.segments.contains(where: { $0.entry.lastLSN > index.coveredLSN }) {
            let rows = standings.indices.filter { standings[$0] == .new }
            try resolve(
                rows.map { Int32(truncatingIfNeeded: $0) }, of: batch, in: table,
                behind: index.coveredLSN, &standings)
        }
        let known = standings
        let rows = try index.rows(of: batch.columns[idColumn], hashes: hashes) { row in
            known[row] == .new
        }
        try resolve(rows, of: batch, in: table, behind: 0, &standings)
    }

    /// Decides rows by the segments with rows behind a log position.
    private static func resolve(
        _ rows: [Int32], of batch: RowBatch, in table: TableSnapshot, behind lsn: UInt64,
        _ standings: inout [LiveTable.Standing]
    ) throws(SegmentError) {
        guard !rows.isEmpty, let idColumn = table.schema.uniqueColumns.first else { return }
        let definition = table.schema.columns[idColumn]
        let keys = SoughtKeys(
            [batch.columns[idColumn]], [definition], rows: rows,
            chunkStarts: chunkStarts(of: rows, batch, table.schema))
        let directory = try table.keys.column(definition.id)
        let places = try directory.places(
            of: keys, isUnique: true, passingOver: table.dead, behind: lsn)
        for part in places {
            let published = try part.reader.rows(at: part.rows, columns: table.schema.columns)
            let own = part.keys.map { rows[Int($0)] }
            let isSame = RowEquality.areEqual(published, batch, own)
            for (position, row) in own.enumerated() {
                standings[Int(row)] = isSame[position] ? .duplicate : .conflict
            }
        }
    }

    private static func chunkStarts(
        of rows: [Int32], _ batch: RowBatch, _ schema: TableSchema
    ) -> [Int64] {
        guard let index = schema.timestampColumn,
            case .integers(let times) = batch.columns[index].values
        else { return Array(repeating: TimeRange.everything.start, count: rows.count) }
        var chunk = schema.chunk(containing: 0)
        return rows.map { row in
            let time = times[Int(row)]
            if !chunk.contains(time) { chunk = schema.chunk(containing: time) }
            return chunk.start
        }
    }
}
