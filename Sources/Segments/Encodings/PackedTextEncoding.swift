/// Texts of one pattern as a section of their codes: header (`packedText`, width in bits, base: the
/// low half of the smallest code), then the distances from the smallest code.
///
/// ```
/// pattern of 0 to 64 bits      distances, bit-packed
/// pattern of 65 to 128 bits    u64 high half of the smallest code
///                              low halves of the distances, bit-packed in at most 64 bits
///                              high halves, bit-packed in the width's bits beyond 64, if any
/// ```
///
/// A NULL row's distance is zero. The pattern stands in the footer, one for the column.
enum PackedTextEncoding {
    /// Appends the section of rows `range` of `strings`, where each fits the pattern.
    ///
    /// - Parameter validity: Of the range; `nil` where every row has a value.
    /// - Returns: Its encoding, `packedText` or `repeatedText`; `nil` where it was not written.
    static func encode(
        _ strings: StringVector, _ range: Range<Int>, _ validity: Bitmap?,
        _ pattern: TextPattern, into bytes: inout [UInt8]
    ) -> BlockEncoding? {
        if pattern.isWide {
            return pattern.pack(strings, range, validity, as: UInt128.self)
                .map { encode($0, validity, into: &bytes) }
        }
        return pattern.pack(strings, range, validity, as: UInt64.self)
            .map { encode($0, validity, into: &bytes) }
    }

    /// Appends the section of the codes of a narrow pattern.
    static func encode(
        _ codes: [UInt64], _ validity: Bitmap?, into bytes: inout [UInt8]
    ) -> BlockEncoding {
        let start = bytes.count
        encode(narrow: codes.span, validity, into: &bytes)
        let isRepeated = repeated(codes, validity, from: start, into: &bytes) { distinct, bytes in
            encode(narrow: distinct.span, nil, into: &bytes)
        }
        return isRepeated ? .repeatedText : .packedText
    }

    /// Appends the section of the codes of a wide pattern.
    static func encode(
        _ codes: [UInt128], _ validity: Bitmap?, into bytes: inout [UInt8]
    ) -> BlockEncoding {
        let start = bytes.count
        encode(wide: codes.span, validity, into: &bytes)
        let isRepeated = repeated(codes, validity, from: start, into: &bytes) { distinct, bytes in
            encode(wide: distinct.span, nil, into: &bytes)
        }
        return isRepeated ? .repeatedText : .packedText
    }

    /// Replaces the section that begins at `start` by repeated texts where these are smaller.
    private static func repeated<Code: FixedWidthInteger & UnsignedInteger>(
        _ codes: [Code], _ validity: Bitmap?, from start: Int, into bytes: inout [UInt8],
        _ encode: ([Code], inout [UInt8]) -> Void
    ) -> Bool {
        var section: [UInt8] = []
        let size = bytes.count - start
        guard
            RepeatedTextEncoding.encode(
                codes, validity, unlessWithin: size, into: &section, encode)
        else { return false }
        bytes.removeLast(size)
        bytes.append(contentsOf: section)
        return true
    }

    private static func encode(
        narrow codes: Span<UInt64>, _ validity: Bitmap?, into bytes: inout [UInt8]
    ) {
        let (smallest, largest) = bounds(codes, validity)
        let width = BitPacking.width(of: largest - smallest)
        var words: [Int64] = []
        words.reserveCapacity(codes.count)
        for row in codes.indices {
            let isValid = validity?[row] ?? true
            words.append(isValid ? Int64(bitPattern: codes[row] &- smallest) : 0)
        }
        bytes.appendSectionHeader(
            .packedText, width: UInt8(width),
            bodyByteCount: BitPacking.byteCount(count: codes.count, width: width), base: smallest)
        if width > 0 { BitPacking.pack(words.span, base: 0, width: width, into: &bytes) }
    }

    private static func encode(
        wide codes: Span<UInt128>, _ validity: Bitmap?, into bytes: inout [UInt8]
    ) {
        let (smallest, largest) = bounds(codes, validity)
        let spread = largest - smallest
        let width = 128 - spread.leadingZeroBitCount
        var low: [Int64] = []
        var high: [Int64] = []
        low.reserveCapacity(codes.count)
        high.reserveCapacity(codes.count)
        for row in codes.indices {
            let distance = validity?[row] ?? true ? codes[row] &- smallest : 0
            low.append(Int64(truncatingIfNeeded: distance))
            high.append(Int64(truncatingIfNeeded: distance >> 64))
        }
        let (lowWidth, highWidth) = (min(width, 64), max(width - 64, 0))
        bytes.appendSectionHeader(
            .packedText, width: UInt8(width),
            bodyByteCount: wideByteCount(count: codes.count, width: width),
            base: UInt64(truncatingIfNeeded: smallest))
        bytes.append(littleEndian: [UInt64(truncatingIfNeeded: smallest >> 64)].span)
        if lowWidth > 0 { BitPacking.pack(low.span, base: 0, width: lowWidth, into: &bytes) }
        if highWidth > 0 { BitPacking.pack(high.span, base: 0, width: highWidth, into: &bytes) }
    }

    /// Bytes of a wide section's body.
    static func wideByteCount(count: Int, width: Int) -> Int {
        8 + BitPacking.byteCount(count: count, width: min(width, 64))
            + BitPacking.byteCount(count: count, width: max(width - 64, 0))
    }

    /// The smallest and largest code of valid rows; zeros where there are none.
    private static func bounds<Code: FixedWidthInteger & UnsignedInteger>(
        _ codes: Span<Code>, _ validity: Bitmap?
    ) -> (smallest: Code, largest: Code) {
        var smallest = Code.max
        var largest = Code.min
        for row in codes.indices {
            if let validity, !validity[row] { continue }
            smallest = min(smallest, codes[row])
            largest = max(largest, codes[row])
        }
        return smallest <= largest ? (smallest, largest) : (0, 0)
    }
}

/// A section of packed texts found in a payload, its shape checked, not yet unpacked.
struct PackedTextSection: ~Escapable {
    private let pattern: TextPattern
    private let count: Int
    private let width: Int
    private let base: UInt128
    private let low: Span<UInt8>
    private let high: Span<UInt8>

    /// Takes the rest of a section whose header has been read.
    @_lifetime(copy reader)
    init(
        from reader: inout PayloadReader, header: SectionHeader, pattern: TextPattern, count: Int
    ) throws(ByteError) {
        let width = Int(header.width)
        guard header.encoding == .packedText, width <= pattern.bitCount else {
            throw reader.invalid("header of packed texts")
        }
        let expected =
            pattern.isWide
            ? PackedTextEncoding.wideByteCount(count: count, width: width)
            : BitPacking.byteCount(count: count, width: width)
        guard header.bodyByteCount == expected else {
            throw reader.invalid("length of packed texts")
        }
        self.pattern = pattern
        self.count = count
        self.width = width
        let top: UInt64 = pattern.isWide ? try reader.readUInt64() : 0
        base = UInt128(top) << 64 | UInt128(header.base)
        let lowWidth = min(width, 64)
        low = try reader.readBytes(BitPacking.byteCount(count: count, width: lowWidth))
        high = try reader.readBytes(BitPacking.byteCount(count: count, width: width - lowWidth))
    }

    /// All rows, each a code of the pattern; zero where `validity` has no bit.
    func values(_ validity: Bitmap?) throws(ByteError) -> Column.Values {
        if pattern.isWide {
            var codes = wide()
            try Self.check(&codes, pattern, validity)
            return .widePackedTexts(codes, pattern)
        }
        var codes = narrow()
        try Self.check(&codes, pattern, validity)
        return .packedTexts(codes, pattern)
    }

    private static func check<Code: FixedWidthInteger & UnsignedInteger>(
        _ codes: inout [Code], _ pattern: TextPattern, _ validity: Bitmap?
    ) throws(ByteError) {
        if let validity {
            for row in codes.indices where !validity[row] { codes[row] = 0 }
        }
        guard pattern.areCodes(codes) else {
            throw .invalid("code of a packed text", byteOffset: 0)
        }
    }

    private func narrow() -> [UInt64] {
        let base = UInt64(truncatingIfNeeded: base)
        guard width > 0 else { return [UInt64](repeating: base, count: count) }
        return BitPacking.unpackUnsigned(low, count: count, width: width, base: base)
    }

    private func wide() -> [UInt128] {
        guard width > 0 else { return [UInt128](repeating: base, count: count) }
        let lows = BitPacking.unpackUnsigned(low, count: count, width: min(width, 64), base: 0)
        var codes: [UInt128] = []
        codes.reserveCapacity(count)
        if width > 64 {
            let highs = BitPacking.unpackUnsigned(
                high, count: count, width: width &- 64, base: 0)
            for row in 0..<count {
                codes.append(base &+ (UInt128(highs[row]) << 64 | UInt128(lows[row])))
            }
        } else {
            for row in 0..<count { codes.append(base &+ UInt128(lows[row])) }
        }
        return codes
    }

    /// The code of one row, not checked against the pattern. O(1).
    ///
    /// - Precondition: `row < count`.
    func code(at row: Int) -> UInt128 {
        precondition(row >= 0 && row < count)
        let low = BitPacking.distance(at: row, in: low, width: min(width, 64))
        let high = BitPacking.distance(at: row, in: high, width: max(width &- 64, 0))
        return base &+ (UInt128(high) << 64 | UInt128(low))
    }
}
