/// A string as SQL compares it: by its UTF-8 bytes, never by Unicode equivalence.
///
/// Swift's `String` calls "é" and "e + accent" equal; two ids that differ in their bytes are not.
public struct Text: Hashable, Comparable, Sendable, ExpressibleByStringLiteral {
    /// Valid UTF-8.
    public var bytes: [UInt8]

    /// Takes bytes that are valid UTF-8 by the caller's word (checked at the door).
    public init(bytes: [UInt8]) { self.bytes = bytes }

    /// The bytes of `string`.
    public init(_ string: String) { bytes = Array(string.utf8) }

    /// For literals in code and tests.
    public init(stringLiteral value: String) { self.init(value) }

    /// The text as a Swift string; bytes that are not UTF-8 show as U+FFFD.
    public var string: String { String(decoding: bytes, as: UTF8.self) }

    /// Orders by bytes, which for UTF-8 is the order of code points.
    public static func < (one: Text, other: Text) -> Bool {
        one.bytes.lexicographicallyPrecedes(other.bytes)
    }
}

extension Text: CustomStringConvertible {
    /// The text itself.
    public var description: String { string }
}
