/// Rows by the column that orders them.
extension SegmentReader {
    /// Whether rows are ordered by this column of strings before any other, so that the rows of
    /// one of its codes lie side by side. Arrays have a dictionary, too, but order by length.
    public func isOrdered(byColumnID columnID: UInt32) -> Bool {
        guard let position = position(of: columnID) else { return false }
        return footer.schema.clusterColumns.first == position
            && footer.schema.columns[position].type == .varchar
            && footer.columns[position].dictionary != nil
    }

    /// The rows that have `code`, by halving: zone maps leave one block or two neighbours, of which
    /// a few values are read.
    ///
    /// - Precondition: `isOrdered(byColumnID:)`.
    /// - Complexity: O(blocks) comparisons of the code's text; O(log rows) reads of a code.
    func orderedRows(withCode code: UInt32, columnID: UInt32) throws(SegmentError) -> Range<Int> {
        guard let position = position(of: columnID), let dictionary = try dictionary(at: position)
        else { preconditionFailure("rows are ordered by a column with a dictionary") }
        guard Int(code) < dictionary.count else { return 0..<0 }
        let texts = dictionary.values
        let column = footer.columns[position]
        var found = 0..<0
        for block in column.zones.indices
        where column.zones[block].bounds?.mayContain(texts.span(at: Int(code))) != false {
            let rows = rowRange(ofBlock: block)
            let nullCount = column.zones[block].nullCount
            let places = try withPayload(column.blocks[block], .column) {
                payload throws(ByteError) in
                var reader = PayloadReader(payload)
                _ = try ValidityEncoding.decode(&reader, count: rows.count)
                return try IntegerSection(from: &reader, count: rows.count).places(of: Int64(code))
            }
            // NULL comes first, and its slots hold some code.
            let first = max(places.lowerBound, min(nullCount, places.upperBound))
            if first == places.upperBound { continue }
            let start = found.isEmpty ? rows.lowerBound + first : found.lowerBound
            found = start..<rows.lowerBound + places.upperBound
        }
        return found
    }
}

extension ZoneBounds {
    /// Whether a string may lie between the bounds.
    fileprivate func mayContain(_ text: Span<UInt8>) -> Bool {
        guard case .strings(let lower, let upper) = self else { return true }
        guard ByteOrder.compare(lower.span, text) <= 0 else { return false }
        return upper.map { ByteOrder.compare(text, $0.span) <= 0 } ?? true
    }
}
