/// Finds the scalars of a JSON text: the one at a path of member names, or all of them.
///
/// Expects the texts that ingestion let in; anything malformed ends the search with `nil`. Depth is
/// counted, not recursed.
public struct JSONPath: ~Escapable {
    private let text: Span<UInt8>
    private var position = 0

    @_lifetime(copy text)
    init(_ text: Span<UInt8>) { self.text = text }

    /// Appends the scalar as text: strings unescaped, numbers and booleans as written.
    ///
    /// - Returns: whether there is one; JSON's null, objects and arrays are none.
    public static func appendScalar(
        _ text: Span<UInt8>, _ path: [Text], to result: inout StringVector
    ) -> Bool {
        var reader = JSONPath(text)
        for name in path where !reader.enter(name) { return false }
        return reader.appendScalar(to: &result)
    }

    /// Appends the value at the path as it is written.
    ///
    /// - Returns: whether there is one; JSON's null is none.
    public static func appendValue(
        _ text: Span<UInt8>, _ path: [Text], to result: inout StringVector
    ) -> Bool {
        var reader = JSONPath(text)
        for name in path where !reader.enter(name) { return false }
        reader.skipBlanks()
        let start = reader.position
        guard !reader.at("n"), reader.skipValue() else { return false }
        for index in start..<reader.position { result.append(byte: text[index]) }
        return true
    }

    /// Hands over every member of the object that the text is, and of the objects in it, to
    /// `visitor`; arrays are passed over. The first of two members of one name is the member.
    ///
    /// - Returns: whether the text is an object, and within the limits all through.
    static func visit(_ text: Span<UInt8>, _ visitor: inout some JSONVisitor) -> Bool {
        var reader = JSONPath(text)
        return reader.visitObject(0, &visitor)
    }

    /// Depth is bounded by the visitor's.
    private mutating func visitObject(_ depth: Int, _ visitor: inout some JSONVisitor) -> Bool {
        guard skip("{") else { return false }
        visitor.beginObject()
        defer { visitor.endObject() }
        if skip("}") { return true }
        repeat {
            if let plain = plainString() {
                guard skip(":") else { return false }
                let name = text.extracting(plain)
                guard visitMember(name, depth, &visitor) else { return false }
            } else {
                var name = StringVector()
                guard appendString(to: &name), skip(":") else { return false }
                name.finishString()
                guard visitMember(name.span(at: 0), depth, &visitor) else { return false }
            }
        } while skip(",")
        return skip("}")
    }

    private mutating func visitMember(
        _ name: Span<UInt8>, _ depth: Int, _ visitor: inout some JSONVisitor
    ) -> Bool {
        skipBlanks()
        switch visitor.member(name, isObject: at("{"), depth: depth) {
        case .skip: return skipValue()
        case .enter: return visitObject(depth + 1, &visitor)
        case .take:
            if let plain = plainString() {
                visitor.scalar(text.extracting(plain))
                return true
            }
            let start = position
            var scalar = StringVector()
            guard appendScalar(to: &scalar) else {
                position = start
                return skipValue()
            }
            scalar.finishString()
            visitor.scalar(scalar.span(at: 0))
            return true
        }
    }

    /// Reads a string literal without escapes, in place; reads nothing where there is another.
    private mutating func plainString() -> Range<Int>? {
        skipBlanks()
        guard at("\"") else { return nil }
        var end = position + 1
        while end < text.count, text[end] != UInt8(ascii: "\"") {
            if text[end] == UInt8(ascii: "\\") { return nil }
            end += 1
        }
        guard end < text.count else { return nil }
        let plain = position + 1..<end
        position = end + 1
        return plain
    }

    @inline(__always)
    private func at(_ byte: Unicode.Scalar) -> Bool {
        position < text.count && text[position] == UInt8(truncatingIfNeeded: byte.value)
    }

    private mutating func skipBlanks() {
        while position < text.count,
            text[position] == 0x20 || text[position] == 0x0a || text[position] == 0x0d
                || text[position] == 0x09
        {
            position += 1
        }
    }

    @inline(__always)
    private mutating func skip(_ byte: Unicode.Scalar) -> Bool {
        skipBlanks()
        guard at(byte) else { return false }
        position += 1
        return true
    }

    /// Moves to the value of the member of that name.
    private mutating func enter(_ name: Text) -> Bool {
        guard skip("{"), !skip("}") else { return false }
        repeat {
            let isWanted: Bool
            if let plain = plainString() {
                isWanted = ByteOrder.equal(text.extracting(plain), name.bytes.span)
            } else {
                var member = StringVector()
                guard appendString(to: &member) else { return false }
                member.finishString()
                isWanted = ByteOrder.equal(member.span(at: 0), name.bytes.span)
            }
            guard skip(":") else { return false }
            if isWanted { return true }
            guard skipValue() else { return false }
        } while skip(",")
        return false
    }

    /// Passes over one value of any kind.
    private mutating func skipValue() -> Bool {
        var depth = 0
        repeat {
            skipBlanks()
            guard position < text.count else { return false }
            switch text[position] {
            case UInt8(ascii: "\""):
                guard skipString() else { return false }
            case UInt8(ascii: "{"), UInt8(ascii: "["):
                depth += 1
                position += 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                depth -= 1
                position += 1
            case UInt8(ascii: ","), UInt8(ascii: ":"): position += 1
            default: skipWord()
            }
        } while depth > 0
        return true
    }

    private mutating func skipWord() {
        let start = position
        while position < text.count, !Self.endsWord(text[position]) { position += 1 }
        if position == start { position += 1 }
    }

    private static func endsWord(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x20, 0x09, 0x0a, 0x0d, UInt8(ascii: ","), UInt8(ascii: ":"), UInt8(ascii: "}"),
            UInt8(ascii: "]"):
            true
        default: false
        }
    }

    private mutating func skipString() -> Bool {
        position += 1
        while position < text.count {
            if at("\"") {
                position += 1
                return true
            }
            position += at("\\") ? 2 : 1
        }
        return false
    }

    private mutating func appendScalar(to result: inout StringVector) -> Bool {
        skipBlanks()
        guard position < text.count else { return false }
        if at("\"") { return appendString(to: &result) }
        guard !at("{"), !at("["), !at("n") else { return false }
        let start = position
        skipWord()
        for index in start..<position { result.append(byte: text[index]) }
        return true
    }

    /// Reads a string literal with its escapes.
    private mutating func appendString(to result: inout StringVector) -> Bool {
        guard skip("\"") else { return false }
        while position < text.count {
            let byte = text[position]
            position += 1
            if byte == UInt8(ascii: "\"") { return true }
            guard byte == UInt8(ascii: "\\") else {
                result.append(byte: byte)
                continue
            }
            guard position < text.count else { return false }
            let escape = text[position]
            position += 1
            switch escape {
            case UInt8(ascii: "n"): result.append(byte: 0x0a)
            case UInt8(ascii: "t"): result.append(byte: 0x09)
            case UInt8(ascii: "r"): result.append(byte: 0x0d)
            case UInt8(ascii: "b"): result.append(byte: 0x08)
            case UInt8(ascii: "f"): result.append(byte: 0x0c)
            case UInt8(ascii: "u"):
                guard let scalar = escapedScalar() else { return false }
                for byte in String(scalar).utf8 { result.append(byte: byte) }
            default: result.append(byte: escape)
            }
        }
        return false
    }

    /// The scalar of `\uXXXX`, surrogate pairs joined, a lone surrogate replaced.
    private mutating func escapedScalar() -> Unicode.Scalar? {
        guard let high = hexadecimal() else { return nil }
        if let scalar = Unicode.Scalar(high) { return scalar }
        let isHigh = (0xd800..<0xdc00).contains(high)
        guard isHigh, at("\\"), position + 1 < text.count,
            text[position + 1] == UInt8(ascii: "u")
        else { return "\u{fffd}" }
        let mark = position
        position += 2
        guard let low = hexadecimal() else { return nil }
        guard (0xdc00..<0xe000).contains(low) else {
            position = mark
            return "\u{fffd}"
        }
        return Unicode.Scalar(0x10000 + (high - 0xd800) << 10 + (low - 0xdc00))
    }

    private mutating func hexadecimal() -> UInt32? {
        guard position + 4 <= text.count else { return nil }
        var value: UInt32 = 0
        for _ in 0..<4 {
            let byte = text[position]
            position += 1
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): value = value << 4 | UInt32(byte - 0x30)
            case UInt8(ascii: "a")...UInt8(ascii: "f"): value = value << 4 | UInt32(byte - 0x57)
            case UInt8(ascii: "A")...UInt8(ascii: "F"): value = value << 4 | UInt32(byte - 0x37)
            default: return nil
            }
        }
        return value
    }
}

/// What to do with a member of an object.
enum JSONVisit {
    case skip, enter, take
}

/// Takes the members of a JSON text as they come.
protocol JSONVisitor {
    mutating func beginObject()
    mutating func endObject()
    /// A member of the object begun last. `enter` is only for objects, `take` only for others.
    mutating func member(_ name: Span<UInt8>, isObject: Bool, depth: Int) -> JSONVisit
    /// The scalar of the member taken, as text; not called for null and arrays.
    mutating func scalar(_ text: Span<UInt8>)
}
