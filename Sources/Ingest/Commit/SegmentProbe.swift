import Segments

/// Looks for ids in the published segments of a row's own chunk.
///
/// The segment's filter says "no" to nearly every new id; what remains is found through the key
/// index and compared in full, first the id, then the whole row. Readers stay open as long as the
/// snapshot lists their segments.
struct SegmentProbe {
    private let fileSystem: any FileSystem
    private var readers: [SegmentID: SegmentReader] = [:]

    init(fileSystem: any FileSystem) { self.fileSystem = fileSystem }

    /// Rows of a batch that may be in one segment, and where.
    private struct Candidates {
        var batchRows: [Int] = []
        var segmentRows: [Int32] = []
    }

    /// Marks the rows of `batch` whose ids are in segments.
    ///
    /// - Complexity: O(rows × segments of their chunks) filter look-ups, each one cache line.
    mutating func decide(
        _ batch: RowBatch, in table: TableSnapshot, standings: inout [LiveTable.Standing]
    ) throws(SegmentError) {
        guard let idColumn = table.schema.uniqueColumns.first, !table.segments.isEmpty else {
            return
        }
        let column = batch.columns[idColumn]
        let columnID = table.schema.columns[idColumn].id
        var found: [SegmentID: Candidates] = [:]
        var chunk: TimeRange?
        var segments: [SegmentReader] = []
        for row in 0..<batch.rowCount where standings[row] == .new {
            let time = Self.time(of: row, batch, table.schema)
            if !(chunk?.contains(time) ?? false) {
                chunk = table.schema.chunk(containing: time)
                segments = try open(table.segments.filter { $0.entry.chunk.contains(time) })
            }
            guard !segments.isEmpty else { continue }
            let hash = Self.keyHash(column, row)
            for segment in segments
            where try segment.mayContain(keyHash: hash, columnID: columnID) {
                let rows = try segment.rowIndices(
                    matching: column.value(at: row), columnID: columnID)
                guard let first = rows.first else { continue }
                found[segment.entry.id, default: Candidates()].batchRows.append(row)
                found[segment.entry.id]?.segmentRows.append(Int32(truncatingIfNeeded: first))
                break
            }
        }
        for (id, candidates) in found {
            try compare(candidates, in: id, batch, table.schema, &standings)
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
        case .strings(let strings): KeyHash.hash(string: strings.span(at: row))
        case .integers(let values): KeyHash.hash(integer: values[row])
        default: preconditionFailure("an id is a VARCHAR or a BIGINT")
        }
    }

    private mutating func open(
        _ handles: [SegmentHandle]
    ) throws(SegmentError) -> [SegmentReader] {
        var opened: [SegmentReader] = []
        for handle in handles {
            let id = handle.entry.id
            if let reader = readers[id] {
                opened.append(reader)
            } else {
                let reader = try SegmentReader(fileSystem: fileSystem, entry: handle.entry)
                readers[id] = reader
                opened.append(reader)
            }
        }
        return opened
    }

    private func compare(
        _ candidates: Candidates, in id: SegmentID, _ batch: RowBatch, _ schema: TableSchema,
        _ standings: inout [LiveTable.Standing]
    ) throws(SegmentError) {
        guard let reader = readers[id] else { return }
        // In the segment's order, so that blocks are decoded once.
        let order = candidates.segmentRows.indices.sorted {
            candidates.segmentRows[$0] < candidates.segmentRows[$1]
        }
        let published = try reader.rows(
            at: order.map { candidates.segmentRows[$0] }, columns: schema.columns)
        for (position, index) in order.enumerated() {
            let row = candidates.batchRows[index]
            let isSame = RowEquality.areEqual(published, position, batch, row)
            standings[row] = isSame ? .duplicate : .conflict
        }
    }

    /// Closes the readers of segments that are not published any more.
    mutating func keepOnly(_ snapshot: Snapshot) {
        guard !readers.isEmpty else { return }
        var kept: [SegmentID: SegmentReader] = [:]
        for table in snapshot.tables {
            for handle in table.segments {
                if let reader = readers[handle.entry.id] { kept[handle.entry.id] = reader }
            }
        }
        readers = kept
    }
}
