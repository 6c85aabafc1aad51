/// Packed texts of which many occur several times in a block (the events of one order lie
/// together): header (`repeatedText`, base: count of distinct texts), a direct section, for
/// each row the place of its text among the distinct ones, then these as a section of packed texts,
/// in the order of their first rows.
///
/// A NULL row's place is zero.
enum RepeatedTextEncoding {
    /// Appends the section of `codes` where it saves an eighth over `byteCount`, which packed texts
    /// would take.
    ///
    /// - Parameter encode: Appends packed texts.
    static func encode<Code: FixedWidthInteger & UnsignedInteger>(
        _ codes: [Code], _ validity: Bitmap?, unlessWithin byteCount: Int,
        into bytes: inout [UInt8], _ encode: ([Code], inout [UInt8]) -> Void
    ) -> Bool {
        // Fewer repetitions never pay for the places.
        guard let (places, distinct) = distinct(codes, validity, limit: codes.count * 3 / 4),
            !distinct.isEmpty
        else { return false }
        var section: [UInt8] = []
        section.appendSectionHeader(
            .repeatedText, bodyByteCount: 0, base: UInt64(distinct.count))
        _ = IntegerEncoding.encode(places.span, forms: .direct, into: &section)
        encode(distinct, &section)
        guard section.count * 8 <= byteCount * 7 else { return false }
        bytes.append(contentsOf: section)
        return true
    }

    /// The distinct codes by first row, and each row's place among them; `nil` where there are
    /// more than `limit`.
    static func distinct<Code: FixedWidthInteger & UnsignedInteger>(
        _ codes: [Code], _ validity: Bitmap?, limit: Int
    ) -> (places: [Int64], distinct: [Code])? {
        var width = 6
        while 1 << width < (limit + 1) * 2 { width += 1 }
        // A place plus one; zero where free.
        var slots = [UInt32](repeating: 0, count: 1 << width)
        let mask = slots.count - 1
        let shift = UInt64(64 - width)
        var places: [Int64] = []
        var distinct: [Code] = []
        places.reserveCapacity(codes.count)
        for row in codes.indices {
            if let validity, !validity[row] {
                places.append(0)
                continue
            }
            let code = codes[row]
            var word = UInt64(truncatingIfNeeded: code)
            if Code.bitWidth > 64 { word ^= UInt64(truncatingIfNeeded: code &>> 64) }
            var slot = Int(truncatingIfNeeded: (word &* 0x9e37_79b9_7f4a_7c15) &>> shift)
            while slots[slot] != 0, distinct[Int(slots[slot]) &- 1] != code {
                slot = (slot &+ 1) & mask
            }
            if slots[slot] == 0 {
                guard distinct.count < limit else { return nil }
                distinct.append(code)
                slots[slot] = UInt32(truncatingIfNeeded: distinct.count)
            }
            places.append(Int64(slots[slot]) &- 1)
        }
        return (places, distinct)
    }
}

/// A section of repeated texts found in a payload, its shape checked, not yet unpacked.
struct RepeatedTextSection: ~Escapable {
    private let pattern: TextPattern
    private let distinctCount: Int
    private let places: DirectSection
    private let distinct: PackedTextSection

    /// Takes the rest of a section whose header has been read.
    @_lifetime(copy reader)
    init(
        from reader: inout PayloadReader, header: SectionHeader, pattern: TextPattern, count: Int
    ) throws(ByteError) {
        guard header.encoding == .repeatedText, header.width == 0, header.bodyByteCount == 0,
            header.base >= 1, header.base <= UInt64(count)
        else { throw reader.invalid("header of repeated texts") }
        self.pattern = pattern
        distinctCount = Int(header.base)
        places = try DirectSection(from: &reader, count: count)
        let inner = try SectionHeader(from: &reader)
        distinct = try PackedTextSection(
            from: &reader, header: inner, pattern: pattern, count: distinctCount)
    }

    /// All rows, each a code of the pattern; zero where `validity` has no bit.
    func values(_ validity: Bitmap?) throws(ByteError) -> Column.Values {
        let places = try places.values(below: distinctCount, "place of a repeated text")
        switch try distinct.values(nil) {
        case .packedTexts(let codes, _):
            return .packedTexts(Self.gather(codes, places, validity), pattern)
        case .widePackedTexts(let codes, _):
            return .widePackedTexts(Self.gather(codes, places, validity), pattern)
        default: preconditionFailure("packed texts are in another layout")
        }
    }

    private static func gather<Code: FixedWidthInteger & UnsignedInteger>(
        _ codes: [Code], _ places: [UInt32], _ validity: Bitmap?
    ) -> [Code] {
        let (codes, from) = (codes.span, places.span)
        var gathered = [Code](capacity: places.count) { gathered in
            for row in 0..<from.count { gathered.append(codes[Int(from[row])]) }
        }
        if let validity {
            for row in gathered.indices where !validity[row] { gathered[row] = 0 }
        }
        return gathered
    }

    /// The code of one row, not checked against the pattern. O(1).
    ///
    /// - Precondition: `row` is below the block's count.
    func code(at row: Int) throws(ByteError) -> UInt128 {
        let place = places.value(at: row)
        guard place >= 0, place < Int64(distinctCount) else {
            throw .invalid("place of a repeated text", byteOffset: 0)
        }
        return distinct.code(at: Int(place))
    }
}
