/// 128-bit integers as a section: as 64-bit ones where they are, else from the smallest one on.
///
/// *Wide*: u8 width is 1 or 2; body: i128 base, the smallest value; then a section of the lower 62
/// bits of every distance from it, and where the width is 2 another one of the upper bits.
/// *Plain*, width 16, is for distances of more than 125 bits.
enum WideEncoding {
    private static let lowBits: UInt128 = 62

    /// Appends the section of `values`, whatever stands in the slots of NULL.
    static func encode(
        _ values: Span<Int128>, _ validity: Bitmap?, into bytes: inout [UInt8]
    ) -> BlockEncoding {
        let filled = ValidityEncoding.filled(values, validity)
        var minimum = filled.first ?? 0
        var maximum = minimum
        for value in filled {
            minimum = min(minimum, value)
            maximum = max(maximum, value)
        }
        if Int64(exactly: minimum) != nil, Int64(exactly: maximum) != nil {
            let narrow = filled.map { Int64(truncatingIfNeeded: $0) }
            return IntegerEncoding.encode(narrow.span, into: &bytes)
        }
        let spread = UInt128(truncatingIfNeeded: maximum &- minimum)
        guard spread >> (2 * lowBits) == 0 else {
            bytes.appendSectionHeader(.plain, width: 16, bodyByteCount: filled.count * 16)
            bytes.append(littleEndian: filled.span)
            return .plain
        }
        let isNarrow = spread >> lowBits == 0
        bytes.appendSectionHeader(.wide, width: isNarrow ? 1 : 2, bodyByteCount: 16)
        bytes.append(littleEndian: [minimum].span)
        let mask = UInt128(1) << lowBits - 1
        let low = filled.map {
            Int64(truncatingIfNeeded: UInt128(truncatingIfNeeded: $0 &- minimum) & mask)
        }
        _ = IntegerEncoding.encode(low.span, into: &bytes)
        guard !isNarrow else { return .wide }
        let high = filled.map {
            Int64(truncatingIfNeeded: UInt128(truncatingIfNeeded: $0 &- minimum) >> lowBits)
        }
        _ = IntegerEncoding.encode(high.span, into: &bytes)
        return .wide
    }

    /// Takes the rest of a section whose header has been read.
    static func decode(
        _ reader: inout PayloadReader, _ header: SectionHeader, count: Int
    ) throws(ByteError) -> [Int128] {
        switch (header.encoding, header.width) {
        case (.plain, 16):
            guard header.bodyByteCount == count * 16 else {
                throw reader.invalid("length of wide integers")
            }
            return [Int128](littleEndian: try reader.readBytes(count * 16))
        case (.wide, 1), (.wide, 2):
            guard header.bodyByteCount == 16 else { throw reader.invalid("base of wide integers") }
            let base = [Int128](littleEndian: try reader.readBytes(16))[0]
            var values = try IntegerSection(from: &reader, count: count).values()
                .map { base &+ Int128($0) }
            if header.width == 2 {
                let high = try IntegerSection(from: &reader, count: count).values()
                for index in values.indices {
                    values[index] &+= Int128(high[index]) << Int128(lowBits)
                }
            }
            return values
        default:
            return try IntegerSection(from: &reader, header: header, count: count).values()
                .map { Int128($0) }
        }
    }
}
