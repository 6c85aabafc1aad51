/// Columns that are stored as runs of rows with the same value.
extension SegmentReader {
    /// A block's rows of a column with a dictionary, where they are stored as runs and none is
    /// NULL; else `nil`.
    ///
    /// - Throws: Where the block is damaged, or the column has another type here.
    /// - Complexity: O(runs).
    public func runs(
        of definition: ColumnDefinition, block: Int
    ) throws(SegmentError) -> CodeRuns? {
        guard definition.type.layout == .strings, let position = try position(of: definition),
            let dictionary = try dictionary(at: position)
        else { return nil }
        let count = rowRange(ofBlock: block).count
        return try withPayload(footer.columns[position].blocks[block], .column) {
            payload throws(ByteError) in
            var reader = PayloadReader(payload)
            guard try ValidityEncoding.decode(&reader, count: count) == nil else { return nil }
            let header = try SectionHeader(from: &reader)
            guard header.encoding == .runs || header.encoding == .constant else { return nil }
            let section = try IntegerSection(from: &reader, header: header, count: count)
            try reader.finish()
            let codes = try section.runValues(below: dictionary.count, "dictionary code")
            return CodeRuns(codes: codes, ends: section.runEnds(), dictionary: dictionary)
        }
    }
}

extension IntegerSection {
    /// The value of each run, below `bound`; of a constant section there is one.
    ///
    /// - Precondition: the encoding is `runs` or `constant`, and there are rows.
    fileprivate func runValues(below bound: Int, _ what: String) throws(ByteError) -> [UInt32] {
        guard encoding == .constant else { return try direct.values(below: bound, what) }
        return try DirectSection.narrowed([base], below: bound, what)
    }

    /// Where each run ends.
    fileprivate func runEnds() -> [Int32] {
        let last = Int32(truncatingIfNeeded: count)
        guard encoding == .runs else { return [last] }
        var ends: [Int32] = []
        ends.reserveCapacity(direct.count)
        for word in marks.indices {
            // The first run's beginning ends none.
            var bits = word == 0 ? marks[0] & ~1 : marks[word]
            while bits != 0 {
                ends.append(
                    Int32(truncatingIfNeeded: word &* 64 &+ bits.trailingZeroBitCount))
                bits &= bits &- 1
            }
        }
        ends.append(last)
        return ends
    }
}
