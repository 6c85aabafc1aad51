/// JSON values that are written as nearly all of them are: without blanks and escapes, objects of a
/// few short keys. Anything else is left to `JSONScanner.skipValue`.
extension RowScanner {
    /// Objects and arrays that may be open around a value here.
    private static var depthLimit: Int { 8 }
    /// Keys that an object may have here.
    private static var keyLimit: Int { 8 }

    /// Passes a value, all of it checked.
    ///
    /// - Parameter keyCount: Grows by the keys in it.
    /// - Returns: Where it ends; `start` where it is not as expected.
    static func plainValue(
        _ text: Span<UInt8>, _ start: Int, depth: Int, keyCount: inout Int
    ) -> Int {
        guard start < text.count, depth < depthLimit else { return start }
        var slot = Slot.absent
        switch text[start] {
        case UInt8(ascii: "\""): return plainString(text, start, &slot)
        case UInt8(ascii: "{"):
            return plainObject(text, start, depth: depth + 1, keyCount: &keyCount)
        case UInt8(ascii: "["):
            return plainArray(text, start, depth: depth + 1, keyCount: &keyCount)
        case UInt8(ascii: "t"), UInt8(ascii: "f"): return boolean(text, start, &slot)
        case UInt8(ascii: "n"): return isNull(text, start) ? start &+ 4 : start
        default: return double(text, start, &slot)
        }
    }

    private static func plainArray(
        _ text: Span<UInt8>, _ start: Int, depth: Int, keyCount: inout Int
    ) -> Int {
        var at = start &+ 1
        while true {
            let end = plainValue(text, at, depth: depth, keyCount: &keyCount)
            guard end > at, end < text.count else { return start }
            if text[end] == UInt8(ascii: "]") { return end &+ 1 }
            guard text[end] == UInt8(ascii: ",") else { return start }
            at = end &+ 1
        }
    }

    /// Keys are compared as words: shorter than eight bytes, with zeros behind, which none holds.
    private static func plainObject(
        _ text: Span<UInt8>, _ start: Int, depth: Int, keyCount: inout Int
    ) -> Int {
        var keys = InlineArray<8, UInt64>(repeating: 0)
        var count = 0
        var at = start &+ 1
        while count < keyLimit, at &+ 11 <= text.count, text[at] == UInt8(ascii: "\"") {
            let word = Words.load(text, at &+ 1)
            let stops = Words.stringStops(word)
            guard stops != 0 else { return start }
            let length = stops.trailingZeroBitCount &>> 3
            guard text[at &+ 1 &+ length] == UInt8(ascii: "\""),
                text[at &+ 2 &+ length] == UInt8(ascii: ":")
            else { return start }
            let key = word & (1 &<< UInt64(length &* 8) &- 1)
            for index in 0..<count where keys[index] == key { return start }
            keys[count] = key
            count &+= 1
            let value = at &+ 3 &+ length
            let end = plainValue(text, value, depth: depth, keyCount: &keyCount)
            guard end > value, end < text.count else { return start }
            if text[end] == UInt8(ascii: "}") {
                keyCount &+= count
                return end &+ 1
            }
            guard text[end] == UInt8(ascii: ",") else { return start }
            at = end &+ 1
        }
        return start
    }
}
