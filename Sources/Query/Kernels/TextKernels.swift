import Segments

/// String functions of one row: bytes in, bytes appended to the result.
///
/// Positions and lengths count code points from 1.
enum TextKernels {
    /// Appends the lower or upper case of `text` by Unicode's full mappings.
    static func appendCase(_ text: Span<UInt8>, upper: Bool, to result: inout StringVector) {
        var isASCII = true
        for index in 0..<text.count where text[index] >= 0x80 { isASCII = false }
        guard isASCII else {
            for scalar in String(decoding: [UInt8](copying: text), as: UTF8.self).unicodeScalars {
                let mapped =
                    upper ? scalar.properties.uppercaseMapping : scalar.properties.lowercaseMapping
                for byte in mapped.utf8 { result.append(byte: byte) }
            }
            return
        }
        let first = upper ? UInt8(ascii: "a") : UInt8(ascii: "A")
        for index in 0..<text.count {
            let byte = text[index]
            result.append(byte: byte &- first < 26 ? byte ^ 0x20 : byte)
        }
    }

    /// Appends bytes without ending the string.
    @inline(__always)
    static func append(_ text: Span<UInt8>, _ range: Range<Int>, to result: inout StringVector) {
        for index in range { result.append(byte: text[index]) }
    }

    /// Appends `text` with every occurrence of `part` replaced; an empty part occurs nowhere.
    static func appendReplacing(
        _ text: Span<UInt8>, _ part: Span<UInt8>, with replacement: Span<UInt8>,
        to result: inout StringVector
    ) {
        var offset = 0
        while !part.isEmpty,
            let found = ByteStrings.firstIndex(of: part, in: text, from: offset)
        {
            append(text, offset..<found, to: &result)
            append(replacement, 0..<replacement.count, to: &result)
            offset = found + part.count
        }
        append(text, offset..<text.count, to: &result)
    }

    /// Appends the characters of `text` in reverse.
    static func appendReversed(_ text: Span<UInt8>, to result: inout StringVector) {
        var end = text.count
        while end > 0 {
            var start = end - 1
            while start > 0, !ByteStrings.beginsCharacter(text[start]) { start -= 1 }
            append(text, start..<end, to: &result)
            end = start
        }
    }

    /// The bytes of `count` characters from position `start`; positions before 1 count, but hold
    /// nothing.
    static func substring(_ text: Span<UInt8>, start: Int64, count: Int64?) -> Range<Int> {
        let first = max(1, start)
        var past = Int64.max
        if let count {
            let end = start.addingReportingOverflow(max(0, count))
            past = end.overflow ? .max : end.partialValue
        }
        guard past > first else { return 0..<0 }
        let lower = ByteStrings.byteOffset(ofCharacter: clamped(first - 1), in: text)
        if past == .max { return lower..<text.count }
        let rest = text.extracting(lower..<text.count)
        return lower..<lower
            + ByteStrings.byteOffset(ofCharacter: clamped(past - first), in: rest)
    }

    /// The bytes of the last `count` characters.
    static func suffix(_ text: Span<UInt8>, count: Int64) -> Range<Int> {
        var start = text.count
        var left = count
        while start > 0, left > 0 {
            start -= 1
            if ByteStrings.beginsCharacter(text[start]) { left -= 1 }
        }
        return start..<text.count
    }

    /// What is left of `text` without the characters of `set` at its ends.
    static func trimmed(
        _ text: Span<UInt8>, of set: Span<UInt8>, leading: Bool, trailing: Bool
    ) -> Range<Int> {
        var (start, end) = (0, text.count)
        while leading, start < end {
            var next = start + 1
            while next < end, !ByteStrings.beginsCharacter(text[next]) { next += 1 }
            guard holds(set, text.extracting(start..<next)) else { break }
            start = next
        }
        while trailing, end > start {
            var last = end - 1
            while last > start, !ByteStrings.beginsCharacter(text[last]) { last -= 1 }
            guard holds(set, text.extracting(last..<end)) else { break }
            end = last
        }
        return start..<end
    }

    private static func holds(_ set: Span<UInt8>, _ character: Span<UInt8>) -> Bool {
        // A character's bytes can only be found where a character begins.
        ByteStrings.firstIndex(of: character, in: set, from: 0) != nil
    }

    /// Appends `text` filled up to `count` characters with repetitions of `fill`, or cut to it.
    static func appendPadded(
        _ text: Span<UInt8>, count: Int, fill: Span<UInt8>, left: Bool,
        to result: inout StringVector
    ) {
        let missing = count - ByteStrings.characterCount(text)
        guard missing > 0, !fill.isEmpty else {
            let end = ByteStrings.byteOffset(ofCharacter: max(0, count), in: text)
            return append(text, 0..<end, to: &result)
        }
        if !left { append(text, 0..<text.count, to: &result) }
        let fillCount = ByteStrings.characterCount(fill)
        for _ in 0..<missing / fillCount { append(fill, 0..<fill.count, to: &result) }
        let rest = ByteStrings.byteOffset(ofCharacter: missing % fillCount, in: fill)
        append(fill, 0..<rest, to: &result)
        if left { append(text, 0..<text.count, to: &result) }
    }

    /// The position of the first occurrence of `part`, counted in characters from 1; 0 for none.
    static func position(of part: Span<UInt8>, in text: Span<UInt8>) -> Int64 {
        guard let found = ByteStrings.firstIndex(of: part, in: text, from: 0) else { return 0 }
        return Int64(ByteStrings.characterCount(text.extracting(0..<found)) + 1)
    }

    /// A count that fits; nothing has more characters than this.
    static func clamped(_ count: Int64) -> Int {
        Int(truncatingIfNeeded: min(max(count, -1), Int64(StringVector.maximumByteCount)))
    }
}
