import Query
import Segments

/// Reads a whole JSON text into a tree to take one scalar out of it.
struct ReferenceJSON {
    private enum Node {
        case scalar(String)
        case null
        case object([(name: String, node: Node, text: Range<Int>)])
        case array
    }

    private let text: [Unicode.Scalar]
    private var position = 0

    private init(_ text: String) { self.text = Array(text.unicodeScalars) }

    static func scalar(_ text: Text, _ path: [Text]) -> Value {
        if case .scalar(let text)? = find(text, path)?.node { return .varchar(Text(text)) }
        return .null
    }

    /// What lies at the path, as it is written.
    static func query(_ text: Text, _ path: [Text]) -> Value {
        guard let found = find(text, path) else { return .null }
        if case .null = found.node { return .null }
        return .json(Text(found.text))
    }

    private static func find(_ text: Text, _ path: [Text]) -> (node: Node, text: String)? {
        var reader = ReferenceJSON(text.string)
        reader.skipBlanks()
        let start = reader.position
        guard var node = reader.node() else { return nil }
        var range = start..<reader.position
        for name in path {
            guard case .object(let members) = node,
                let member = members.first(where: { $0.name == name.string })
            else { return nil }
            (node, range) = (member.node, member.text)
        }
        return (node, String(String.UnicodeScalarView(reader.text[range])))
    }

    private mutating func skipBlanks() {
        while position < text.count, text[position].properties.isWhitespace { position += 1 }
    }

    private mutating func take(_ scalar: Unicode.Scalar) -> Bool {
        skipBlanks()
        guard position < text.count, text[position] == scalar else { return false }
        position += 1
        return true
    }

    private mutating func node() -> Node? {
        skipBlanks()
        guard position < text.count else { return nil }
        if take("{") { return object() }
        if take("[") {
            if take("]") { return .array }
            repeat { guard node() != nil else { return nil } } while take(",")
            return take("]") ? .array : nil
        }
        if text[position] == "\"" { return string().map { .scalar($0) } }
        var word = ""
        while position < text.count, !",]} \n\t\r".unicodeScalars.contains(text[position]) {
            word.unicodeScalars.append(text[position])
            position += 1
        }
        return word == "null" ? .null : .scalar(word)
    }

    private mutating func object() -> Node? {
        var members: [(name: String, node: Node, text: Range<Int>)] = []
        if take("}") { return .object([]) }
        repeat {
            skipBlanks()
            guard let name = string(), take(":") else { return nil }
            skipBlanks()
            let start = position
            guard let value = node() else { return nil }
            members.append((name, value, start..<position))
        } while take(",")
        return take("}") ? .object(members) : nil
    }

    private mutating func string() -> String? {
        guard take("\"") else { return nil }
        var result: [UInt16] = []
        while position < text.count, text[position] != "\"" {
            let scalar = text[position]
            position += 1
            guard scalar == "\\" else {
                result += Array(String(scalar).utf16)
                continue
            }
            let escape = text[position]
            position += 1
            switch escape {
            case "n": result.append(10)
            case "t": result.append(9)
            case "r": result.append(13)
            case "b": result.append(8)
            case "f": result.append(12)
            case "u":
                let digits = String(String.UnicodeScalarView(text[position..<position + 4]))
                result.append(UInt16(digits, radix: 16) ?? 0xfffd)
                position += 4
            default: result += Array(String(escape).utf16)
            }
        }
        position += 1
        return String(decoding: result, as: UTF16.self)
    }
}
