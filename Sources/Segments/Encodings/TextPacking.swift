/// Decides from the data whether a column's strings become packed texts.
///
/// A column gets a pattern where at least half of its blocks fit one, and where it takes at most a
/// third more than pages would: a packed text is found, compared and unpacked without its
/// neighbours.
enum TextPacking {
    /// The pattern for the blocks of a column of strings; `nil` where packing does not pay.
    ///
    /// Blocks are taken in order; one whose texts would break the pattern stays plain.
    static func pattern(of column: Column, _ compressor: ZstdCompressor) -> TextPattern? {
        guard column.type == .varchar, case .strings(let strings) = column.values else {
            return nil
        }
        var pattern: TextPattern?
        var (fitting, others) = (0, 0)
        var sample: Range<Int>?
        for start in stride(from: 0, to: column.count, by: SegmentFormat.blockRowCount) {
            let range = start..<min(start + SegmentFormat.blockRowCount, column.count)
            let validity = column.validity?.slice(range)
            if let validity, validity.setCount == 0 { continue }
            guard let found = TextPattern.covering(strings, range, validity),
                let union = pattern.map({ $0.union(found) }) ?? found
            else {
                others += 1
                continue
            }
            fitting += 1
            pattern = union
            if sample == nil { sample = range }
        }
        guard let pattern, let sample, fitting >= others,
            pays(pattern, strings, sample, column.validity?.slice(sample), compressor)
        else { return nil }
        return pattern
    }

    /// Rows of the first block that are packed and compressed to see which is smaller.
    private static let sampleRowCount = 2_048

    /// Whether packed texts are at most a third larger than their pages, judged by a sample.
    private static func pays(
        _ pattern: TextPattern, _ strings: StringVector, _ block: Range<Int>,
        _ blockValidity: Bitmap?, _ compressor: ZstdCompressor
    ) -> Bool {
        let range = block.prefix(sampleRowCount)
        let validity = blockValidity?.slice(0..<range.count)
        var packed: [UInt8] = []
        guard
            PackedTextEncoding.encode(strings, range, validity, pattern, into: &packed) != nil
        else { return false }
        var plain: [UInt8] = []
        _ = TextEncoding.encode(strings, range, compressor: compressor, into: &plain)
        return packed.count * 3 <= plain.count * 4
    }
}
