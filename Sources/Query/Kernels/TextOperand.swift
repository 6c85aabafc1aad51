import Segments

/// The strings of one side of a kernel, wherever they lie: one for all rows, one per row, or in a
/// dictionary behind codes.
struct TextOperand {
    private let strings: StringVector
    private let codes: [UInt32]
    private let form: Form

    private enum Form { case constant, rows, codes }

    /// One text for all rows.
    init(constant: Text) {
        strings = StringVector(CollectionOfOne(constant))
        codes = []
        form = .constant
    }

    /// The strings of a column of strings in any layout; packed texts are unpacked.
    init(_ column: Column) {
        switch column.withoutPackedTexts.values {
        case .strings(let values):
            strings = values
            codes = []
            form = .rows
        case .codes(let values, let dictionary):
            // Where all rows are NULL the dictionary may be empty, and the codes are zeros.
            strings =
                dictionary.count > 0 ? dictionary.values : StringVector(CollectionOfOne(""))
            codes = values
            form = .codes
        default: preconditionFailure("\(column.type) holds no strings")
        }
    }

    /// Bytes held.
    var memoryBytes: Int { strings.bytes.count + strings.count * 4 + codes.count * 4 }

    /// The bytes of one row, in place.
    @inline(__always) @_lifetime(borrow self)
    func span(at row: Int) -> Span<UInt8> {
        let index =
            switch form {
            case .constant: 0
            case .rows: row
            case .codes: Int(codes[row])
            }
        return strings.span(at: index)
    }
}

/// Order and search over runs of bytes, which for UTF-8 is order and search over code points.
enum ByteStrings {
    /// -1, 0 or 1 by bytes; a prefix comes first.
    @inline(__always)
    static func compare(_ one: Span<UInt8>, _ other: Span<UInt8>) -> Int {
        let common = min(one.count, other.count)
        for index in 0..<common where one[index] != other[index] {
            return one[index] < other[index] ? -1 : 1
        }
        return one.count == other.count ? 0 : (one.count < other.count ? -1 : 1)
    }

    /// Whether the bytes are the same.
    @inline(__always)
    static func equal(_ one: Span<UInt8>, _ other: Span<UInt8>) -> Bool {
        guard one.count == other.count else { return false }
        for index in 0..<one.count where one[index] != other[index] { return false }
        return true
    }

    /// Whether `part` lies in `text` at `byteOffset`.
    @inline(__always)
    static func matches(
        _ part: Span<UInt8>, in text: Span<UInt8>, at byteOffset: Int, foldsCase: Bool = false
    ) -> Bool {
        guard byteOffset >= 0, byteOffset &+ part.count <= text.count else { return false }
        for index in 0..<part.count {
            let (one, other) = (part[index], text[byteOffset &+ index])
            if one == other { continue }
            guard foldsCase, lowered(one) == lowered(other) else { return false }
        }
        return true
    }

    /// The byte offset of the first occurrence of `part` at or after `start`.
    static func firstIndex(
        of part: Span<UInt8>, in text: Span<UInt8>, from start: Int, foldsCase: Bool = false
    ) -> Int? {
        guard !part.isEmpty else { return start }
        guard text.count - start >= part.count else { return nil }
        let first = part[0]
        let folded = foldsCase ? swappedCase(first) : first
        for offset in start...(text.count - part.count)
        where (text[offset] == first || text[offset] == folded)
            && matches(part, in: text, at: offset, foldsCase: foldsCase)
        {
            return offset
        }
        return nil
    }

    /// The ASCII letter in lower case; any other byte as it is.
    @inline(__always)
    static func lowered(_ byte: UInt8) -> UInt8 {
        byte &- UInt8(ascii: "A") < 26 ? byte | 0x20 : byte
    }

    private static func swappedCase(_ byte: UInt8) -> UInt8 {
        (byte | 0x20) &- UInt8(ascii: "a") < 26 ? byte ^ 0x20 : byte
    }

    /// Whether a byte begins a character (is no continuation byte).
    @inline(__always)
    static func beginsCharacter(_ byte: UInt8) -> Bool { byte & 0xc0 != 0x80 }

    /// How many code points.
    @inline(__always)
    static func characterCount(_ text: Span<UInt8>) -> Int {
        var count = 0
        for index in 0..<text.count { count &+= beginsCharacter(text[index]) ? 1 : 0 }
        return count
    }

    /// The byte offset of the character with that index, or the end where there are fewer.
    static func byteOffset(ofCharacter character: Int, in text: Span<UInt8>) -> Int {
        guard character > 0 else { return 0 }
        var seen = 0
        for index in 0..<text.count where beginsCharacter(text[index]) {
            if seen == character { return index }
            seen += 1
        }
        return text.count
    }
}
