/// What the rollup of a segment takes, told without writing it.
public struct RollupEstimate: Hashable, Sendable {
    /// Rows of the segment.
    public let sourceRowCount: Int
    /// Bytes of the segment's file.
    public let sourceByteCount: Int
    /// Rows of the rollup.
    public let rowCount: Int
    /// Bytes of the rollup's blocks.
    public let byteCount: Int

    /// Makes the rollup's rows of a segment and encodes them.
    ///
    /// - Precondition: the rollup is valid for the table.
    /// - Complexity: as `RollupWriter.write`, without the file.
    public init(
        _ rollup: Rollup, of source: SegmentReader, table: TableSchema
    ) throws(SegmentError) {
        let rows = try RollupWriter.rows(rollup, of: source, table: table)
        let encoding = ColumnEncoding(compressor: ZstdCompressor())
        var byteCount = 0
        func add(_ column: Column, _ range: Range<Int>) {
            let payload = encoding.encode(column, range).bytes.count
            byteCount += SegmentFormat.aligned(SegmentFormat.blockHeaderByteCount + payload)
        }
        for column in rows.columns {
            let prepared = DictionaryEncoding.prepare(column)
            if let dictionary = DictionaryEncoding.dictionary(of: prepared) {
                let strings = Column(type: .varchar, values: .strings(dictionary.values))
                add(strings, 0..<dictionary.count)
            }
            for start in stride(from: 0, to: rows.rowCount, by: SegmentFormat.blockRowCount) {
                add(prepared, start..<min(start + SegmentFormat.blockRowCount, rows.rowCount))
            }
        }
        sourceRowCount = source.rowCount
        sourceByteCount = source.entry.byteCount
        rowCount = rows.rowCount
        self.byteCount = byteCount
    }

    /// How many rows of the segment become one, on average.
    public var ratio: Double { Double(sourceRowCount) / Double(rowCount) }
}
