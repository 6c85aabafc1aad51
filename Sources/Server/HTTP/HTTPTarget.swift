/// A request target taken apart: decoded path segments and query items.
///
/// Percent escapes are decoded once, after the split, so `%2F` inside a segment is data and can
/// never become a separator; what is routed is what was checked. Refused: anything that some other
/// parser between the client and us might read differently (`//`, `.` and `..` segments, `;`, `\`,
/// control characters, `%00`, bytes that are not UTF-8, fragments, bad escapes).
public struct HTTPTarget: Equatable, Sendable {
    /// One `name=value` of the query; a missing `=` gives an empty value.
    public struct QueryItem: Equatable, Sendable {
        /// Decoded name.
        public var name: String
        /// Decoded value; `+` is a space.
        public var value: String
    }

    /// Why a target is refused.
    public enum Failure: Error, Equatable, Sendable {
        /// Longer than `maximumByteCount`.
        case tooLong
        /// `reason` says which rule.
        case malformed(reason: String)
    }

    /// The longest target accepted.
    public static let maximumByteCount = 8 << 10

    /// Decoded segments; `/` has none. A trailing slash is not a segment.
    public private(set) var segments: [String]
    /// Whether the path ended with a slash (and was not just `/`).
    public private(set) var hasTrailingSlash: Bool
    /// Query items in order, repeated names included.
    public private(set) var query: [QueryItem]

    /// Takes `target` apart.
    ///
    /// - Parameter target: The bytes between the method and the version, undecoded.
    public init(_ target: [UInt8]) throws(Failure) {
        guard target.count <= HTTPTarget.maximumByteCount else { throw .tooLong }
        guard target.first == UInt8(ascii: "/") else {
            throw .malformed(reason: "the target must be a path that starts with '/'")
        }
        for byte in target where byte <= 0x20 || byte == 0x7F || byte == UInt8(ascii: "#") {
            throw .malformed(reason: "the target holds a control character, a space or '#'")
        }
        let mark = target.firstIndex(of: UInt8(ascii: "?")) ?? target.count
        segments = []
        hasTrailingSlash = false
        query = []
        try splitPath(target[1..<mark])
        if mark < target.count { try splitQuery(target[(mark + 1)...]) }
    }

    /// The first value of a query item.
    public func value(_ name: String) -> String? {
        query.first { $0.name == name }?.value
    }

    private mutating func splitPath(_ path: ArraySlice<UInt8>) throws(Failure) {
        guard !path.isEmpty else { return }
        let parts = path.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        for (index, part) in parts.enumerated() {
            if part.isEmpty {
                guard index == parts.count - 1 else {
                    throw .malformed(reason: "the path holds an empty segment ('//')")
                }
                hasTrailingSlash = true
                return
            }
            let segment = try HTTPTarget.decode(part, plusIsSpace: false)
            if segment == "." || segment == ".." {
                throw .malformed(reason: "the path holds a '.' or '..' segment")
            }
            for byte in segment.utf8 where byte == UInt8(ascii: ";") || byte == UInt8(ascii: "\\") {
                throw .malformed(reason: "the path holds ';' or '\\'")
            }
            segments.append(segment)
        }
    }

    private mutating func splitQuery(_ text: ArraySlice<UInt8>) throws(Failure) {
        for part in text.split(separator: UInt8(ascii: "&")) {
            let equals = part.firstIndex(of: UInt8(ascii: "=")) ?? part.endIndex
            let name = try HTTPTarget.decode(part[..<equals], plusIsSpace: true)
            let value =
                equals == part.endIndex
                ? "" : try HTTPTarget.decode(part[(equals + 1)...], plusIsSpace: true)
            query.append(QueryItem(name: name, value: value))
        }
    }

    /// A whole body in the form encoding: percent escapes, `+` for a space.
    static func formDecoded(_ body: [UInt8]) throws(Failure) -> String {
        try decode(body[...], plusIsSpace: true)
    }

    /// Decodes percent escapes once. Control characters other than tab and line ends in a query are
    /// refused, in a path all of them.
    private static func decode(
        _ part: ArraySlice<UInt8>, plusIsSpace: Bool
    ) throws(Failure) -> String {
        var decoded: [UInt8] = []
        decoded.reserveCapacity(part.count)
        var index = part.startIndex
        while index < part.endIndex {
            var byte = part[index]
            if byte == UInt8(ascii: "%") {
                guard part.endIndex - index > 2, let high = hexValue(part[index + 1]),
                    let low = hexValue(part[index + 2])
                else { throw .malformed(reason: "'%' must be followed by two hexadecimal digits") }
                byte = high << 4 | low
                index += 2
                let isLineSpace = byte == 0x09 || byte == 0x0A || byte == 0x0D
                if (byte < 0x20 && !(plusIsSpace && isLineSpace)) || byte == 0x7F {
                    throw .malformed(reason: "the target holds an escaped control character")
                }
            } else if plusIsSpace && byte == UInt8(ascii: "+") {
                byte = 0x20
            }
            decoded.append(byte)
            index += 1
        }
        guard let text = String(validating: decoded, as: UTF8.self) else {
            throw .malformed(reason: "the target is not UTF-8 after decoding")
        }
        return text
    }

    private static func hexValue(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
