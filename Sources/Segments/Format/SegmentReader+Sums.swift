/// Figures of whole blocks, without an array of their values.
extension SegmentReader {
    /// The sum of a block's values and how many there are, NULL left out.
    public struct BlockSum: Hashable, Sendable {
        /// Exact, in the column's own unit (a decimal's is unscaled).
        public var sum: Int128
        /// Rows that have a value.
        public var valueCount: Int
    }

    /// The sum of a block of BIGINT or of DECIMAL up to 18 digits; `nil` for other types, and where
    /// the segment does not have the column.
    ///
    /// Smallest and largest value and the count stand in `zoneMap(of:block:)`, exact for
    /// numbers.
    ///
    /// - Throws: Where the block is damaged, or the column has another type here.
    /// - Complexity: a pass over the packed bits at most; O(runs) and O(1) where values repeat.
    public func sum(
        of definition: ColumnDefinition, block: Int
    ) throws(SegmentError) -> BlockSum? {
        guard definition.type.isExactNumeric, definition.type.layout == .integers,
            let position = try position(of: definition)
        else { return nil }
        let zone = footer.columns[position].zones[block]
        let count = rowRange(ofBlock: block).count
        var filler: Int64 = 0
        if case .integers(let minimum, _)? = zone.bounds { filler = minimum }
        return try withPayload(footer.columns[position].blocks[block], .column) {
            payload throws(ByteError) in
            var reader = PayloadReader(payload)
            let validity = try ValidityEncoding.decode(&reader, count: count)
            let sum = try IntegerSection(from: &reader, count: count).sum()
            // A NULL row's slot holds the smallest value of the block.
            let nullCount = validity.map { $0.count - $0.setCount } ?? 0
            return BlockSum(
                sum: sum - Int128(filler) * Int128(nullCount), valueCount: count - nullCount)
        }
    }
}
