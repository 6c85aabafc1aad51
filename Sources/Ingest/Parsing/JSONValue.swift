import Segments

/// A JSON text as a tree, for small documents: requests, definitions, answers in tests.
///
/// Read by the same strict scanner as events. Numbers stay texts, so nothing is rounded.
public indirect enum JSONValue: Hashable, Sendable {
    case null
    case boolean(Bool)
    /// As written.
    case number(Text)
    case string(Text)
    case array([JSONValue])
    /// In the order written; no name twice.
    case object([Member])

    /// A member of an object.
    public struct Member: Hashable, Sendable {
        /// Without quotes and escapes.
        public var name: String
        /// What it is.
        public var value: JSONValue

        /// A member.
        public init(name: String, value: JSONValue) {
            self.name = name
            self.value = value
        }
    }

    /// Why a text is no JSON that we take.
    public struct SyntaxError: Error, Hashable, Sendable {
        /// What is wrong there.
        public let reason: String
        /// Where, from the start of the text.
        public let byteOffset: Int
    }

    /// Reads one whole text; nothing but white space may follow the value.
    ///
    /// - Complexity: O(bytes). Depth and sizes are bounded by `ParseLimit`.
    public init(parsing bytes: [UInt8]) throws(SyntaxError) {
        var scanner = JSONScanner(bytes.span, crossesLines: true)
        do throws(JSONFault) {
            scanner.skipBlanks()
            self = try Self.value(&scanner, depth: 0)
            scanner.skipBlanks()
            guard scanner.isAtEnd else { throw scanner.fault("nothing may follow the value") }
        } catch {
            throw SyntaxError(reason: error.reason.description, byteOffset: error.byteOffset)
        }
    }

    private static func value(
        _ scanner: inout JSONScanner, depth: Int
    ) throws(JSONFault) -> JSONValue {
        switch scanner.peek {
        case UInt8(ascii: "\""):
            let token = try scanner.scanString()
            return .string(Text(bytes: scanner.plainBytes(of: token)))
        case UInt8(ascii: "{"): return try object(&scanner, depth: depth + 1)
        case UInt8(ascii: "["): return try array(&scanner, depth: depth + 1)
        case UInt8(ascii: "t"):
            try scanner.scanTrue()
            return .boolean(true)
        case UInt8(ascii: "f"):
            try scanner.scanFalse()
            return .boolean(false)
        case UInt8(ascii: "n"):
            try scanner.scanNull()
            return .null
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"):
            let number = try scanner.scanNumber()
            return .number(Text(bytes: Array(copying: scanner.text.extracting(number.range))))
        default: throw scanner.fault("a value was expected")
        }
    }

    private static func array(
        _ scanner: inout JSONScanner, depth: Int
    ) throws(JSONFault) -> JSONValue {
        try scanner.checkDepth(depth)
        try scanner.expect(UInt8(ascii: "["), "'[' was expected")
        scanner.skipBlanks()
        var elements: [JSONValue] = []
        while scanner.peek != UInt8(ascii: "]") {
            if !elements.isEmpty {
                try scanner.expect(UInt8(ascii: ","), "',' or ']' was expected")
                scanner.skipBlanks()
            }
            elements.append(try value(&scanner, depth: depth))
            scanner.skipBlanks()
        }
        try scanner.expect(UInt8(ascii: "]"), "']' was expected")
        return .array(elements)
    }

    private static func object(
        _ scanner: inout JSONScanner, depth: Int
    ) throws(JSONFault) -> JSONValue {
        try scanner.checkDepth(depth)
        try scanner.expect(UInt8(ascii: "{"), "'{' was expected")
        scanner.skipBlanks()
        let outerKeys = scanner.openKeys.count
        // The limit is on the objects that are open, not on the whole document: a result has many.
        let outerKeyCount = scanner.keyCount
        var members: [Member] = []
        while scanner.peek != UInt8(ascii: "}") {
            if !members.isEmpty {
                try scanner.expect(UInt8(ascii: ","), "',' or '}' was expected")
                scanner.skipBlanks()
            }
            let key = try scanner.scanKey()
            try scanner.noteKey(key, since: outerKeys)
            let name = String(decoding: scanner.plainBytes(of: key), as: UTF8.self)
            members.append(Member(name: name, value: try value(&scanner, depth: depth)))
            scanner.skipBlanks()
        }
        try scanner.expect(UInt8(ascii: "}"), "'}' was expected")
        scanner.openKeys.removeLast(scanner.openKeys.count - outerKeys)
        scanner.keyCount = outerKeyCount
        return .object(members)
    }
}

extension JSONValue {
    /// The member of that name, if this is an object that has it.
    public subscript(_ name: String) -> JSONValue? {
        guard case .object(let members) = self else { return nil }
        return members.first { $0.name == name }?.value
    }

    /// The text of a string.
    public var string: String? {
        guard case .string(let text) = self else { return nil }
        return text.string
    }

    /// A number that is a whole one of 64 bits.
    public var integer: Int64? {
        guard case .number(let text) = self else { return nil }
        return Int64(text.string)
    }

    /// `true` or `false`.
    public var boolean: Bool? {
        guard case .boolean(let value) = self else { return nil }
        return value
    }

    /// An array's elements.
    public var elements: [JSONValue]? {
        guard case .array(let elements) = self else { return nil }
        return elements
    }
}
