import Segments

/// Writes JSON (RFC 8259) into one growing byte array, without a string per value.
///
/// The writer places the commas; the caller opens, closes and names things in the right order. It
/// does not check that order: a result format is a fixed program, not data.
///
///     var json = JSONWriter()
///     json.beginObject()
///     json.key("rows"); json.value(Int64(3))
///     json.endObject()                      // {"rows":3}
public struct JSONWriter: Sendable {
    /// What has been written. A stream may take it and set it to empty between rows.
    public var bytes: [UInt8]
    private var needsComma = false

    /// An empty text with room for `reservedByteCount` bytes.
    public init(reservedByteCount: Int = 0) {
        bytes = []
        bytes.reserveCapacity(reservedByteCount)
    }

    // MARK: Structure

    /// Writes `{`.
    public mutating func beginObject() { open(UInt8(ascii: "{")) }
    /// Writes `}`.
    public mutating func endObject() { close(UInt8(ascii: "}")) }
    /// Writes `[`.
    public mutating func beginArray() { open(UInt8(ascii: "[")) }
    /// Writes `]`.
    public mutating func endArray() { close(UInt8(ascii: "]")) }

    /// Writes a member's name and the colon; a value must follow.
    public mutating func key(_ name: String) {
        separate()
        quote(name.utf8.span)
        bytes.append(UInt8(ascii: ":"))
        needsComma = false
    }

    // MARK: Values

    /// Writes `null`.
    public mutating func null() { literal("null") }

    /// Writes `true` or `false`.
    public mutating func value(_ value: Bool) { literal(value ? "true" : "false") }

    /// Writes a string.
    public mutating func value(_ text: String) { value(utf8: text.utf8.span) }

    /// Writes a string from its bytes.
    ///
    /// - Parameter text: Valid UTF-8; it is escaped, not checked.
    /// - Complexity: O(`text.count`), one copy.
    public mutating func value(utf8 text: Span<UInt8>) {
        separate()
        quote(text)
    }

    /// Writes an integer, exactly.
    public mutating func value(_ value: Int64) {
        separate()
        appendInteger(value)
    }

    /// Writes a number, or `"NaN"`, `"Infinity"`, `"-Infinity"`, which JSON numbers cannot say.
    /// Whole numbers keep their `.0`; every number reads back as the same double.
    public mutating func value(_ value: Double) {
        separate()
        if value.isNaN {
            append("\"NaN\"")
        } else if value.isInfinite {
            append(value < 0 ? "\"-Infinity\"" : "\"Infinity\"")
        } else if value.magnitude < 1e15, value == value.rounded(.towardZero), !isMinusZero(value) {
            appendInteger(Int64(value))
            append(".0")
        } else {
            append(value.description)
        }
    }

    /// Writes digits that are already a JSON number, such as an exact decimal.
    public mutating func number(digits: Span<UInt8>) {
        separate()
        copy(digits, 0, digits.count)
    }

    /// Writes one whole JSON value as it stands.
    public mutating func raw(_ value: Span<UInt8>) {
        separate()
        copy(value, 0, value.count)
    }

    /// Writes bytes between values, such as a row's line feed, and starts a new sequence.
    public mutating func newline() {
        bytes.append(UInt8(ascii: "\n"))
        needsComma = false
    }

    // MARK: Pieces

    private mutating func separate() {
        if needsComma { bytes.append(UInt8(ascii: ",")) }
        needsComma = true
    }

    private mutating func open(_ bracket: UInt8) {
        separate()
        bytes.append(bracket)
        needsComma = false
    }

    private mutating func close(_ bracket: UInt8) {
        bytes.append(bracket)
        needsComma = true
    }

    private mutating func literal(_ text: StaticString) {
        separate()
        append(text)
    }

    private mutating func append(_ text: StaticString) { append(text.description) }

    private mutating func append(_ text: String) {
        let span = text.utf8.span
        copy(span, 0, span.count)
    }

    private func isMinusZero(_ value: Double) -> Bool { value == 0 && value.sign == .minus }

    private mutating func copy(_ source: Span<UInt8>, _ start: Int, _ end: Int) {
        if start < end { bytes.append(copying: source.extracting(start..<end)) }
    }

    /// Appends the text in quotes: runs without escapes are copied whole.
    private mutating func quote(_ text: Span<UInt8>) {
        bytes.append(UInt8(ascii: "\""))
        var runStart = 0
        for index in text.indices {
            let byte = text[index]
            if byte >= 0x20 && byte != UInt8(ascii: "\"") && byte != UInt8(ascii: "\\") { continue }
            copy(text, runStart, index)
            appendEscape(byte)
            runStart = index + 1
        }
        copy(text, runStart, text.count)
        bytes.append(UInt8(ascii: "\""))
    }

    private mutating func appendEscape(_ byte: UInt8) {
        bytes.append(UInt8(ascii: "\\"))
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"): bytes.append(byte)
        case 0x08: bytes.append(UInt8(ascii: "b"))
        case 0x09: bytes.append(UInt8(ascii: "t"))
        case 0x0A: bytes.append(UInt8(ascii: "n"))
        case 0x0C: bytes.append(UInt8(ascii: "f"))
        case 0x0D: bytes.append(UInt8(ascii: "r"))
        default:
            append("u00")
            bytes.append(hexDigit(byte >> 4))
            bytes.append(hexDigit(byte & 15))
        }
    }

    private func hexDigit(_ nibble: UInt8) -> UInt8 {
        nibble < 10 ? UInt8(ascii: "0") + nibble : UInt8(ascii: "A") + nibble - 10
    }

    /// Appends the decimal digits, most significant first, in place.
    private mutating func appendInteger(_ value: Int64) {
        if value < 0 { bytes.append(UInt8(ascii: "-")) }
        var rest = value.magnitude
        var digitCount = 1
        var power: UInt64 = 10
        while digitCount < 19 && rest >= power {
            digitCount += 1
            power = power &* 10
        }
        if digitCount == 19 && rest >= 10_000_000_000_000_000_000 { digitCount = 20 }
        let start = bytes.count
        bytes.append(addingCapacity: digitCount) { output in
            for _ in 0..<digitCount { output.append(0) }
        }
        for index in stride(from: start + digitCount - 1, through: start, by: -1) {
            bytes[index] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
            rest /= 10
        }
    }
}
