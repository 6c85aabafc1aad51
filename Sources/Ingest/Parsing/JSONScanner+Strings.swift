/// Strings: escapes, surrogate pairs and UTF-8, all checked.
extension JSONScanner {
    /// Passes a string; `position` stands on its opening quote.
    ///
    /// - Parameter limit: The most bytes between its quotes.
    mutating func scanString(
        limit: Int = ParseLimit.stringByteCount
    ) throws(JSONFault) -> StringToken {
        let text = self.text
        let start = position &+ 1
        var at = start
        var hasEscapes = false
        while true {
            while at &+ 8 <= text.count {
                let stops = Words.stringStops(Words.load(text, at))
                if stops != 0 {
                    at &+= stops.trailingZeroBitCount &>> 3
                    break
                }
                at &+= 8
            }
            guard at < text.count else {
                throw JSONFault(.invalidJSON, at: text.count, "the text ends inside a string")
            }
            let byte = text[at]
            if byte == UInt8(ascii: "\"") { break }
            if byte >= 0x80 {
                at = try scanMultiByte(at)
            } else if byte == UInt8(ascii: "\\") {
                hasEscapes = true
                at = try scanEscape(at)
            } else if byte < 0x20 {
                throw JSONFault(
                    .invalidJSON, at: at, "a control character stands unescaped in a string")
            } else {
                at &+= 1
            }
        }
        guard at &- start <= limit else {
            throw JSONFault(.stringTooLong, at: start, "is longer than 256 KiB")
        }
        position = at &+ 1
        return StringToken(range: start..<at, hasEscapes: hasEscapes)
    }

    /// Where the escape that begins at `at` ends.
    private func scanEscape(_ at: Int) throws(JSONFault) -> Int {
        guard at &+ 1 < text.count else {
            throw JSONFault(.invalidJSON, at: at, "the text ends inside a string")
        }
        switch text[at &+ 1] {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"),
            UInt8(ascii: "f"), UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
            return at &+ 2
        case UInt8(ascii: "u"):
            return try scanUnicodeEscape(at)
        default:
            throw JSONFault(.invalidJSON, at: at, "no such escape")
        }
    }

    private func scanUnicodeEscape(_ at: Int) throws(JSONFault) -> Int {
        guard let unit = JSONEscapes.codeUnit(text, at: at) else {
            throw JSONFault(.invalidJSON, at: at, "'\\u' takes four hexadecimal digits")
        }
        guard unit & 0xf800 == 0xd800 else { return at &+ 6 }
        guard unit < 0xdc00, let low = JSONEscapes.codeUnit(text, at: at &+ 6),
            low & 0xfc00 == 0xdc00
        else { throw JSONFault(.invalidJSON, at: at, "a surrogate without its other half") }
        return at &+ 12
    }

    /// Where the run of multi-byte characters that begins at `at` ends.
    private func scanMultiByte(_ start: Int) throws(JSONFault) -> Int {
        let text = self.text
        var at = start
        while at < text.count, text[at] >= 0x80 {
            let count = UTF8Rules.characterByteCount(text, at: at)
            guard count > 0 else {
                throw JSONFault(.invalidUTF8, at: at, "holds bytes that are not UTF-8")
            }
            at &+= count
        }
        return at
    }
}

/// The well-formed multi-byte sequences of UTF-8 (Unicode 15, table 3-7).
enum UTF8Rules {
    /// How many bytes the character at `at`, which is not ASCII, takes; 0 where it is ill-formed.
    @inline(__always)
    static func characterByteCount(_ text: Span<UInt8>, at: Int) -> Int {
        let lead = text[at]
        let left = text.count &- at
        switch lead {
        case 0xc2...0xdf:
            return left >= 2 && isTrail(text[at &+ 1]) ? 2 : 0
        case 0xe0...0xef:
            guard left >= 3, isTrail(text[at &+ 1]), isTrail(text[at &+ 2]) else { return 0 }
            // No overlong forms, no surrogates.
            if lead == 0xe0 { return text[at &+ 1] >= 0xa0 ? 3 : 0 }
            if lead == 0xed { return text[at &+ 1] < 0xa0 ? 3 : 0 }
            return 3
        case 0xf0...0xf4:
            guard left >= 4, isTrail(text[at &+ 1]), isTrail(text[at &+ 2]),
                isTrail(text[at &+ 3])
            else { return 0 }
            // No overlong forms, nothing above U+10FFFF.
            if lead == 0xf0 { return text[at &+ 1] >= 0x90 ? 4 : 0 }
            if lead == 0xf4 { return text[at &+ 1] < 0x90 ? 4 : 0 }
            return 4
        default: return 0
        }
    }

    @inline(__always)
    private static func isTrail(_ byte: UInt8) -> Bool { byte & 0xc0 == 0x80 }
}
