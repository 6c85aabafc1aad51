import Segments

extension RandomTable {
    /// The rows in segment files of a simulated disk, `partCount` of them at most, each in the
    /// order that sealing gives them.
    public func segments(
        of part: Range<Int>, partCount: Int, firstID: UInt64 = 1
    ) throws -> [SegmentHandle] {
        let files = SimulatedFileSystem()
        try files.createDirectory("seg")
        let size = max(1, (part.count + partCount - 1) / partCount)
        var handles: [SegmentHandle] = []
        for start in stride(from: part.lowerBound, to: part.upperBound, by: size) {
            let rows = Array(rows[start..<min(part.upperBound, start + size)])
            let batch = RowOrder.sorted([RowBatch(schema, rows: rows)], schema: schema)
            let id = SegmentID(firstID + UInt64(handles.count))
            let entry = try SegmentWriter(fileSystem: files).write(
                batch, schema: schema,
                as: SegmentDescription(
                    id: id, chunk: .everything, level: 0, firstLSN: 1, lastLSN: 1))
            handles.append(SegmentHandle(try SegmentReader(fileSystem: files, entry: entry)))
        }
        return handles
    }
}
