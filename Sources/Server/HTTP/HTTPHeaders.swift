/// Header or trailer fields in the order they came, names compared without case.
public struct HTTPHeaders: Equatable, Sendable {
    /// One field line.
    public struct Field: Equatable, Sendable {
        /// As it was sent; a token.
        public var name: String
        /// Without the white space around it.
        public var value: String
    }

    /// All fields, repeated ones included.
    public private(set) var fields: [Field] = []

    /// No fields.
    public init() {}

    /// The fields of `pairs`, in order.
    public init(_ pairs: [(String, String)]) {
        fields = pairs.map { Field(name: $0.0, value: $0.1) }
    }

    /// How many field lines there are.
    public var count: Int { fields.count }

    /// The value of the first field with this name.
    ///
    /// - Complexity: O(fields); a request has few.
    public subscript(_ name: String) -> String? {
        for field in fields where HTTPHeaders.equal(field.name, name) { return field.value }
        return nil
    }

    /// The values of all fields with this name.
    public func values(_ name: String) -> [String] {
        fields.filter { HTTPHeaders.equal($0.name, name) }.map(\.value)
    }

    /// How many fields have this name.
    public func count(of name: String) -> Int {
        var count = 0
        for field in fields where HTTPHeaders.equal(field.name, name) { count += 1 }
        return count
    }

    /// Appends a field, whether or not the name is there already.
    public mutating func add(_ name: String, _ value: String) {
        fields.append(Field(name: name, value: value))
    }

    /// Whether two names are the same field: ASCII letters without case, everything else exactly.
    static func equal(_ left: String, _ right: String) -> Bool {
        let a = left.utf8.span
        let b = right.utf8.span
        guard a.count == b.count else { return false }
        for index in a.indices where lower(a[index]) != lower(b[index]) { return false }
        return true
    }

    /// The byte with an ASCII capital made small.
    static func lower(_ byte: UInt8) -> UInt8 {
        byte >= UInt8(ascii: "A") && byte <= UInt8(ascii: "Z") ? byte | 0x20 : byte
    }

    /// Whether `text` is a token (RFC 9110 section 5.6.2), which is what a field name must be.
    static func isToken(_ text: String) -> Bool {
        let span = text.utf8.span
        guard span.count > 0 else { return false }
        for index in span.indices where !isTokenByte(span[index]) { return false }
        return true
    }

    private static func isTokenByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "!"), UInt8(ascii: "#"),
            UInt8(ascii: "$"), UInt8(ascii: "%"), UInt8(ascii: "&"), UInt8(ascii: "'"),
            UInt8(ascii: "*"), UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "."),
            UInt8(ascii: "^"), UInt8(ascii: "_"), UInt8(ascii: "`"), UInt8(ascii: "|"),
            UInt8(ascii: "~"):
            return true
        default:
            return false
        }
    }

    /// Whether `text` may stand as a field value: no control character but the tab.
    static func isValue(_ text: String) -> Bool {
        let span = text.utf8.span
        for index in span.indices {
            let byte = span[index]
            if (byte < 0x20 && byte != 0x09) || byte == 0x7F { return false }
        }
        return true
    }
}
