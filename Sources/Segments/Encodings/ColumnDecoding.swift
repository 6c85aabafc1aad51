/// Turns a block's payload back into rows of a column; see `ColumnEncoding` for the layout.
///
/// Total: whatever the bytes are, the result is a column whose codes, offsets and counts are in
/// range, or an error. Allocations are bounded by the row count, which the caller has checked, by
/// the payload's size, and by `SegmentFormat.maximumBlockElementCount`.
struct ColumnDecoding {
    let dictionary: StringDictionary?
    /// What the column's packed texts are codes of.
    var pattern: TextPattern?
    let decoders: PageDecoders

    /// All `count` rows of the payload.
    func column(
        _ payload: Span<UInt8>, type: LogicalType, count: Int
    ) throws(ByteError) -> Column {
        var reader = PayloadReader(payload)
        let column = try column(&reader, type: type, count: count)
        try reader.finish()
        return column
    }

    private func column(
        _ reader: inout PayloadReader, type: LogicalType, count: Int
    ) throws(ByteError) -> Column {
        let validity = try ValidityEncoding.decode(&reader, count: count)
        let header = try SectionHeader(from: &reader)
        let values: Column.Values
        switch type.layout {
        case .integers:
            var integers = try IntegerSection(from: &reader, header: header, count: count).values()
            ValidityEncoding.clear(&integers, validity)
            values = .integers(integers)
        case .wideIntegers:
            var integers = try WideEncoding.decode(&reader, header, count: count)
            ValidityEncoding.clear(&integers, validity)
            values = .wideIntegers(integers)
        case .doubles:
            values = .doubles(
                try DoubleEncoding.decode(from: &reader, header: header, count: count))
        case .booleans:
            values = .booleans(try Self.booleans(&reader, header, count: count))
        case .strings where header.encoding == .text:
            let section = try TextSection(from: &reader, header: header, count: count)
            values = .strings(try section.strings(decoders))
        case .strings where header.encoding == .frontCoded:
            values = .strings(
                try FrontCoding.decode(from: &reader, header: header, count: count, decoders))
        case .strings where header.encoding == .packedText:
            guard let pattern else { throw reader.invalid("column without a pattern") }
            let section = try PackedTextSection(
                from: &reader, header: header, pattern: pattern, count: count)
            values = try section.values(validity)
        case .strings where header.encoding == .repeatedText:
            guard let pattern else { throw reader.invalid("column without a pattern") }
            let section = try RepeatedTextSection(
                from: &reader, header: header, pattern: pattern, count: count)
            values = try section.values(validity)
        case .strings:
            guard let dictionary else { throw reader.invalid("column without a dictionary") }
            let section = try IntegerSection(from: &reader, header: header, count: count)
            values = .codes(
                try section.values(below: dictionary.count, "dictionary code"), dictionary)
        case .arrays:
            values = try arrays(&reader, header, type: type, count: count)
        }
        return Column(type: type, values: values, validity: validity)
    }

    private func arrays(
        _ reader: inout PayloadReader, _ header: SectionHeader, type: LogicalType, count: Int
    ) throws(ByteError) -> Column.Values {
        guard header.encoding == .arrays, header.bodyByteCount == 0,
            header.base <= UInt64(SegmentFormat.maximumBlockElementCount)
        else { throw reader.invalid("header of arrays") }
        let elementCount = Int(header.base)
        let lengths = try DirectSection(from: &reader, count: count)
            .values(below: SegmentFormat.maximumBlockElementCount + 1, "array length")
        var offsets = [UInt32](repeating: 0, count: count + 1)
        var ends = offsets.mutableSpan
        let source = lengths.span
        // Below 2^14 rows times 2^25 elements, so that nothing wraps.
        var total: UInt64 = 0
        for row in source.indices {
            total &+= UInt64(source[row])
            ends[row &+ 1] = UInt32(truncatingIfNeeded: total)
        }
        guard total == UInt64(elementCount) else { throw reader.invalid("array lengths") }
        let element: LogicalType = type == .array(.bigint) ? .bigint : .varchar
        return .arrays(
            offsets: offsets, elements: try column(&reader, type: element, count: elementCount))
    }

    static func booleans(
        _ reader: inout PayloadReader, _ header: SectionHeader, count: Int
    ) throws(ByteError) -> [UInt8] {
        switch header.encoding {
        case .constant where header.bodyByteCount == 0 && header.base <= 1:
            return [UInt8](repeating: UInt8(header.base), count: count)
        case .bits where header.bodyByteCount == (count + 63) / 64 * 8:
            let words = [UInt64](littleEndian: try reader.readBytes(header.bodyByteCount))
            return booleans(words.span, count: count)
        default: throw reader.invalid("section of booleans")
        }
    }

    /// A byte, 0 or 1, for each of the first `count` bits; a word at a time.
    private static func booleans(_ words: Span<UInt64>, count: Int) -> [UInt8] {
        var values = [UInt8](repeating: 0, count: count)
        var output = values.mutableSpan
        for index in 0..<count >> 6 {
            let word = words[index]
            let start = index &* 64
            precondition(start >= 0 && start <= output.count &- 64)
            for bit in 0..<64 {
                output[start &+ bit] =
                    UInt8(truncatingIfNeeded: word &>> UInt64(truncatingIfNeeded: bit)) & 1
            }
        }
        for row in count & ~63..<count {
            output[row] = UInt8(truncatingIfNeeded: words[row >> 6] &>> UInt64(row & 63)) & 1
        }
        return values
    }
}
