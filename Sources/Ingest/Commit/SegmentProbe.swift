import Segments

/// Looks for ids in the published segments of a row's own chunk.
///
/// The segment's key table says "no" to nearly every new id; what remains is found through the same
/// table and compared in full, first the id, then the whole row.
enum SegmentProbe {
    /// Rows of a batch that may be in one segment, and where.
    private struct Candidates {
        let segment: SegmentReader
        var batchRows: [Int] = []
        var segmentRows: [Int32] = []

        init(_ segment: SegmentReader) { self.segment = segment }
    }

    /// Marks the rows of `batch` whose ids are in segments.
    ///
    /// - Complexity: O(rows × segments of their chunks) filter look-ups, each one cache line.
    static func decide(
        _ batch: RowBatch, in table: TableSnapshot, standings: inout [LiveTable.Standing]
    ) throws(SegmentError) {
        guard let idColumn = table.schema.uniqueColumns.first, !table.segments.isEmpty else {
            return
        }
        let column = batch.columns[idColumn]
        let columnID = table.schema.columns[idColumn].id
        var found: [SegmentID: Candidates] = [:]
        // The snapshot's handles are held by `table` for as long as this reads.
        var chunk: TimeRange?
        var segments: [SegmentReader] = []
        for row in 0..<batch.rowCount where standings[row] == .new {
            let time = Self.time(of: row, batch, table.schema)
            if !(chunk?.contains(time) ?? false) {
                chunk = table.schema.chunk(containing: time)
                segments = try readers(of: table, at: time)
            }
            guard !segments.isEmpty else { continue }
            let hash = Self.keyHash(column, row)
            for segment in segments
            where try segment.mayContain(keyHash: hash, columnID: columnID) {
                let rows = try segment.rowIndices(
                    matching: column.value(at: row), columnID: columnID)
                guard let first = rows.first else { continue }
                found[segment.entry.id, default: Candidates(segment)].batchRows.append(row)
                found[segment.entry.id]?.segmentRows.append(Int32(truncatingIfNeeded: first))
                break
            }
        }
        for candidates in found.values {
            try compare(candidates, batch, table.schema, &standings)
        }
    }

    private static func time(of row: Int, _ batch: RowBatch, _ schema: TableSchema) -> Int64 {
        guard let index = schema.timestampColumn,
            case .integers(let times) = batch.columns[index].values
        else { return 0 }
        return times[row]
    }

    private static func keyHash(_ column: Column, _ row: Int) -> UInt64 {
        switch column.values {
        case .strings(let strings): return KeyHash.hash(string: strings.span(at: row))
        case .integers(let values): return KeyHash.hash(integer: values[row])
        case .codes(let codes, let dictionary):
            let words = dictionary.values
            return KeyHash.hash(string: words.span(at: Int(codes[row])))
        case .booleans, .wideIntegers, .doubles, .packedTexts, .widePackedTexts, .arrays:
            preconditionFailure("an id is a VARCHAR or a BIGINT")
        }
    }

    private static func readers(
        of table: TableSnapshot, at time: Int64
    ) throws(SegmentError) -> [SegmentReader] {
        var readers: [SegmentReader] = []
        for handle in table.segments where handle.entry.chunk.contains(time) {
            readers.append(try handle.reader())
        }
        return readers
    }

    private static func compare(
        _ candidates: Candidates, _ batch: RowBatch, _ schema: TableSchema,
        _ standings: inout [LiveTable.Standing]
    ) throws(SegmentError) {
        // In the segment's order, so that blocks are decoded once.
        let order = candidates.segmentRows.indices.sorted {
            candidates.segmentRows[$0] < candidates.segmentRows[$1]
        }
        let published = try candidates.segment.rows(
            at: order.map { candidates.segmentRows[$0] }, columns: schema.columns)
        for (position, index) in order.enumerated() {
            let row = candidates.batchRows[index]
            let isSame = RowEquality.areEqual(published, position, batch, row)
            standings[row] = isSame ? .duplicate : .conflict
        }
    }
}
