import Segments

/// Reads a JSON text strictly (RFC 8259): whether it is one, without its blanks, the names of its
/// members, and the paths to its leaves.
struct JSONReading: ~Escapable {
    /// What is written down on the way.
    enum Purpose { case text, keys, paths }

    /// Deeper texts are refused, as ingestion refuses them.
    static let maximumDepth = 64

    private let text: Span<UInt8>
    private let purpose: Purpose
    private var position = 0
    private var path: [UInt8] = [UInt8(ascii: "$")]

    @_lifetime(copy text)
    private init(_ text: Span<UInt8>, _ purpose: Purpose) {
        self.text = text
        self.purpose = purpose
    }

    /// Appends the text without blanks, unfinished, or finished strings of keys or paths.
    ///
    /// - Returns: Whether it is a JSON text; for keys, whether it is an object.
    static func append(
        _ purpose: Purpose, of text: Span<UInt8>, to result: inout StringVector
    ) -> Bool {
        var reading = JSONReading(text, purpose)
        reading.skipBlanks()
        if purpose == .keys, !reading.at("{") { return false }
        guard reading.value(1, &result) else { return false }
        reading.skipBlanks()
        return reading.position == text.count
    }

    private func at(_ character: Unicode.Scalar) -> Bool {
        position < text.count && text[position] == UInt8(ascii: character)
    }

    private mutating func skipBlanks() {
        while position < text.count, [0x20, 0x09, 0x0a, 0x0d].contains(text[position]) {
            position += 1
        }
    }

    private func copy(_ range: Range<Int>, _ result: inout StringVector) {
        if purpose == .text { TextKernels.append(text, range, to: &result) }
    }

    /// A sign of the grammar, with the blanks around it.
    private mutating func skip(_ sign: Unicode.Scalar, _ result: inout StringVector) -> Bool {
        skipBlanks()
        guard at(sign) else { return false }
        copy(position..<position + 1, &result)
        position += 1
        skipBlanks()
        return true
    }

    private mutating func value(_ depth: Int, _ result: inout StringVector) -> Bool {
        guard depth <= Self.maximumDepth, position < text.count else { return false }
        switch text[position] {
        case UInt8(ascii: "{"): return object(depth, &result)
        case UInt8(ascii: "["): return array(depth, &result)
        default: break
        }
        let start = position
        let isRead: Bool =
            switch text[position] {
            case UInt8(ascii: "\""): string()
            case UInt8(ascii: "t"): word("true")
            case UInt8(ascii: "f"): word("false")
            case UInt8(ascii: "n"): word("null")
            default: number()
            }
        guard isRead else { return false }
        copy(start..<position, &result)
        if purpose == .paths { result.append(path.span) }
        return true
    }

    private mutating func object(_ depth: Int, _ result: inout StringVector) -> Bool {
        guard skip("{", &result) else { return false }
        if skip("}", &result) { return true }
        repeat {
            let start = position
            guard string() else { return false }
            copy(start..<position, &result)
            let length = path.count
            if purpose == .paths || (purpose == .keys && depth == 1) {
                name(start..<position, &result)
            }
            guard skip(":", &result), value(depth + 1, &result) else { return false }
            path.removeLast(path.count - length)
        } while skip(",", &result)
        return skip("}", &result)
    }

    /// The unescaped name of a member, as a key or behind the path.
    private mutating func name(_ range: Range<Int>, _ result: inout StringVector) {
        var plain = StringVector()
        _ = JSONPath.appendScalar(text.extracting(range), [], to: &plain)
        plain.finishString()
        if purpose == .keys { return result.append(plain.span(at: 0)) }
        let bytes = plain.bytes
        let isWord =
            !bytes.isEmpty
            && bytes.allSatisfy { byte in
                (byte | 0x20) &- UInt8(ascii: "a") < 26 || byte &- UInt8(ascii: "0") < 10
                    || byte == UInt8(ascii: "_") || byte >= 0x80
            }
        if isWord {
            path.append(UInt8(ascii: "."))
            path += bytes
        } else {
            path += Array("['".utf8) + bytes + Array("']".utf8)
        }
    }

    private mutating func array(_ depth: Int, _ result: inout StringVector) -> Bool {
        guard skip("[", &result) else { return false }
        if skip("]", &result) { return true }
        var index = 0
        repeat {
            let length = path.count
            if purpose == .paths { path += Array("[\(index)]".utf8) }
            guard value(depth + 1, &result) else { return false }
            path.removeLast(path.count - length)
            index += 1
        } while skip(",", &result)
        return skip("]", &result)
    }

    private mutating func word(_ word: StaticString) -> Bool {
        let bytes = Array("\(word)".utf8)
        guard ByteStrings.matches(bytes.span, in: text, at: position) else { return false }
        position += bytes.count
        return true
    }

    private mutating func string() -> Bool {
        guard at("\"") else { return false }
        position += 1
        while position < text.count {
            let byte = text[position]
            position += 1
            if byte == UInt8(ascii: "\"") { return true }
            guard byte >= 0x20 else { return false }
            guard byte == UInt8(ascii: "\\") else { continue }
            guard position < text.count else { return false }
            let escape = text[position]
            position += 1
            if escape == UInt8(ascii: "u") {
                guard position + 4 <= text.count else { return false }
                for index in position..<position + 4 {
                    let isDigit = text[index] &- 0x30 < 10 || (text[index] | 0x20) &- 0x61 < 6
                    guard isDigit else { return false }
                }
                position += 4
            } else if !Array("\"\\/bfnrt".utf8).contains(escape) {
                return false
            }
        }
        return false
    }

    private mutating func digits() -> Bool {
        let start = position
        while position < text.count, text[position] &- 0x30 < 10 { position += 1 }
        return position > start
    }

    private mutating func number() -> Bool {
        if at("-") { position += 1 }
        if at("0") { position += 1 } else if !digits() { return false }
        if at(".") {
            position += 1
            guard digits() else { return false }
        }
        if at("e") || at("E") {
            position += 1
            if at("+") || at("-") { position += 1 }
            guard digits() else { return false }
        }
        return true
    }
}

/// Writes values as JSON.
enum JSONWriting {
    /// Appends the JSON of one row of a column; NULL is `null`.
    static func append(_ column: Column, row: Int, to result: inout StringVector) {
        append(column.value(at: row), to: &result)
    }

    private static func append(_ value: Value, to result: inout StringVector) {
        switch value {
        case .null: append("null", to: &result)
        case .varchar(let text): append(quoted: text.bytes.span, to: &result)
        case .json(let text): TextKernels.append(text.bytes.span, 0..<text.bytes.count, to: &result)
        case .boolean, .bigint, .decimal: append("\(value)", to: &result)
        case .double(let number): append(number.isFinite ? "\(number)" : "null", to: &result)
        case .timestamp, .date: append("\"\(value)\"", to: &result)
        case .array(let elements):
            append("[", to: &result)
            for (index, element) in elements.enumerated() {
                if index > 0 { append(",", to: &result) }
                append(element, to: &result)
            }
            append("]", to: &result)
        }
    }

    private static func append(_ text: String, to result: inout StringVector) {
        for byte in text.utf8 { result.append(byte: byte) }
    }

    /// Appends a string with its quotes and escapes.
    static func append(quoted text: Span<UInt8>, to result: inout StringVector) {
        let digits = Array("0123456789abcdef".utf8)
        result.append(byte: UInt8(ascii: "\""))
        for index in 0..<text.count {
            let byte = text[index]
            if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") {
                result.append(byte: UInt8(ascii: "\\"))
                result.append(byte: byte)
            } else if byte < 0x20 {
                append("\\u00", to: &result)
                result.append(byte: digits[Int(byte >> 4)])
                result.append(byte: digits[Int(byte & 15)])
            } else {
                result.append(byte: byte)
            }
        }
        result.append(byte: UInt8(ascii: "\""))
    }
}
