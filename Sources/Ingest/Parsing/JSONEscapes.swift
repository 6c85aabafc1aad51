import Segments

/// Turns the text between a string's quotes into its bytes, once it has been checked.
enum JSONEscapes {
    /// The code unit of `\uXXXX` at `at`; `nil` where no such escape stands there.
    static func codeUnit(_ text: Span<UInt8>, at: Int) -> UInt32? {
        guard at &+ 6 <= text.count, text[at] == UInt8(ascii: "\\"),
            text[at &+ 1] == UInt8(ascii: "u")
        else { return nil }
        var unit: UInt32 = 0
        for index in at &+ 2..<at &+ 6 {
            let digit: UInt8
            switch text[index] {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): digit = text[index] &- UInt8(ascii: "0")
            case UInt8(ascii: "a")...UInt8(ascii: "f"):
                digit = text[index] &- UInt8(ascii: "a") &+ 10
            case UInt8(ascii: "A")...UInt8(ascii: "F"):
                digit = text[index] &- UInt8(ascii: "A") &+ 10
            default: return nil
            }
            unit = unit << 4 | UInt32(digit)
        }
        return unit
    }

    /// Appends what `string`, the checked text between two quotes, means.
    static func appendUnescaped(_ string: Span<UInt8>, to bytes: inout [UInt8]) {
        var at = 0
        while at < string.count {
            guard string[at] == UInt8(ascii: "\\") else {
                bytes.append(string[at])
                at &+= 1
                continue
            }
            guard let unit = codeUnit(string, at: at) else {
                bytes.append(plain(string[at &+ 1]))
                at &+= 2
                continue
            }
            at &+= 6
            if unit & 0xfc00 == 0xd800, let low = codeUnit(string, at: at) {
                append(0x10000 &+ (unit & 0x3ff) << 10 &+ (low & 0x3ff), to: &bytes)
                at &+= 6
            } else {
                append(unit, to: &bytes)
            }
        }
    }

    private static func plain(_ letter: UInt8) -> UInt8 {
        switch letter {
        case UInt8(ascii: "b"): 0x08
        case UInt8(ascii: "f"): 0x0c
        case UInt8(ascii: "n"): 0x0a
        case UInt8(ascii: "r"): 0x0d
        case UInt8(ascii: "t"): 0x09
        default: letter
        }
    }

    /// Appends the UTF-8 of a code point that is no surrogate.
    private static func append(_ point: UInt32, to bytes: inout [UInt8]) {
        func trail(_ shift: UInt32) -> UInt8 {
            0x80 | UInt8(truncatingIfNeeded: point >> shift & 0x3f)
        }
        switch point {
        case ..<0x80: bytes.append(UInt8(truncatingIfNeeded: point))
        case ..<0x800:
            bytes.append(0xc0 | UInt8(truncatingIfNeeded: point >> 6))
            bytes.append(trail(0))
        case ..<0x10000:
            bytes.append(0xe0 | UInt8(truncatingIfNeeded: point >> 12))
            bytes.append(trail(6))
            bytes.append(trail(0))
        default:
            bytes.append(0xf0 | UInt8(truncatingIfNeeded: point >> 18))
            bytes.append(trail(12))
            bytes.append(trail(6))
            bytes.append(trail(0))
        }
    }

    /// Whether a byte of a JSON text is a space or a control character, in strings or between them.
    private static func holdsBlank(_ json: Span<UInt8>) -> Bool {
        var at = 0
        while at &+ 8 <= json.count {
            if Words.holdsBlank(Words.load(json, at)) { return true }
            at &+= 8
        }
        while at < json.count {
            if json[at] <= 0x20 { return true }
            at &+= 1
        }
        return false
    }

    /// Whether a checked JSON text surely has no white space between its parts.
    static func isCompact(_ json: Span<UInt8>) -> Bool { !holdsBlank(json) }

    /// Appends a checked JSON text without the white space between its parts.
    static func appendCompact(_ json: Span<UInt8>, to bytes: inout [UInt8]) {
        // Most producers send none: then the text is copied as it is.
        guard holdsBlank(json) else {
            bytes.append(copying: json)
            return
        }
        var isInString = false
        var at = 0
        while at < json.count {
            let byte = json[at]
            if isInString {
                bytes.append(byte)
                if byte == UInt8(ascii: "\\"), at &+ 1 < json.count {
                    at &+= 1
                    bytes.append(json[at])
                } else if byte == UInt8(ascii: "\"") {
                    isInString = false
                }
            } else if byte > 0x20 {
                bytes.append(byte)
                isInString = byte == UInt8(ascii: "\"")
            }
            at &+= 1
        }
    }
}
