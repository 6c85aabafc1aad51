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

    /// What the blocks of a column are packed by, and the column itself: packed texts as they are
    /// where that pays, else as texts.
    static func form(
        of column: Column, _ compressor: ZstdCompressor
    ) -> (column: Column, pattern: TextPattern?) {
        guard let pattern = column.textPattern else {
            return (column, self.pattern(of: column, compressor))
        }
        for start in stride(from: 0, to: column.count, by: SegmentFormat.blockRowCount) {
            let range = start..<min(start + SegmentFormat.blockRowCount, column.count)
            let block = column.slice(range)
            if let validity = block.validity, validity.setCount == 0 { continue }
            let sample = block.slice(0..<min(block.count, sampleRowCount))
            guard case .strings(let strings) = sample.withoutPackedTexts.values,
                pays(pattern, strings, 0..<sample.count, sample.validity, compressor)
            else { break }
            return (column, pattern)
        }
        return (column.withoutPackedTexts, nil)
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

// MARK: - Before rows are in order

extension TextPacking {
    /// Rows of each part from which a pattern is guessed.
    private static let guessRowCount = 64

    /// All rows of `parts` as packed texts by their narrowest pattern, with the hash of each text;
    /// `nil` where they do not fit one, or where a dictionary joins them.
    ///
    /// A pattern that holds all texts and is the narrowest of some of them is the narrowest of all:
    /// nearly always a few rows of each part tell it.
    static func packed(_ parts: [Column]) -> (column: Column, hashes: [UInt64])? {
        guard parts.contains(where: { hasTexts($0) }),
            parts.allSatisfy({ $0.type == .varchar && $0.textPattern == nil }),
            let guess = pattern(of: parts, rowLimit: guessRowCount)
        else { return nil }
        let texts = parts.map { DictionaryEncoding.withoutCodes($0) }
        guard let column = packed(texts, guess) ?? packedByAll(texts) else { return nil }
        return (column, hashes(texts))
    }

    private static func hasTexts(_ column: Column) -> Bool {
        if case .strings = column.values { true } else { false }
    }

    private static func packedByAll(_ texts: [Column]) -> Column? {
        pattern(of: texts, rowLimit: .max).flatMap { packed(texts, $0) }
    }

    /// The narrowest pattern of the first rows of every part; `nil` where there is none, or no
    /// text.
    private static func pattern(of parts: [Column], rowLimit: Int) -> TextPattern? {
        var pattern: TextPattern?
        for part in parts {
            let rows = 0..<min(part.count, rowLimit)
            let first = DictionaryEncoding.withoutCodes(part.slice(rows))
            guard case .strings(let strings) = first.values else { return nil }
            if first.nullCount == rows.count { continue }
            guard let found = TextPattern.covering(strings, rows, first.validity),
                let union = pattern.map({ $0.union(found) }) ?? found
            else { return nil }
            pattern = union
        }
        return pattern
    }

    private static func packed(_ texts: [Column], _ pattern: TextPattern) -> Column? {
        let values: Column.Values? =
            pattern.isWide
            ? codes(texts, pattern, as: UInt128.self).map { .widePackedTexts($0, pattern) }
            : codes(texts, pattern, as: UInt64.self).map { .packedTexts($0, pattern) }
        return values.map {
            Column(type: .varchar, values: $0, validity: Column.validity(of: texts))
        }
    }

    private static func codes<Code: FixedWidthInteger & UnsignedInteger>(
        _ texts: [Column], _ pattern: TextPattern, as: Code.Type
    ) -> [Code]? {
        var codes: [Code] = []
        codes.reserveCapacity(texts.reduce(0) { $0 + $1.count })
        for part in texts {
            guard case .strings(let strings) = part.values,
                let packed = pattern.pack(
                    strings, 0..<strings.count, part.validity, as: Code.self)
            else { return nil }
            codes.append(contentsOf: packed)
        }
        return codes
    }

    private static func hashes(_ texts: [Column]) -> [UInt64] {
        var hashes: [UInt64] = []
        hashes.reserveCapacity(texts.reduce(0) { $0 + $1.count })
        for part in texts {
            guard case .strings(let strings) = part.values else { continue }
            for row in 0..<strings.count {
                hashes.append(Hashing.hash(strings.span(at: row)))
            }
        }
        return hashes
    }
}
