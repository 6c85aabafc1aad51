/// Builds the little-endian byte form of a file part, front to back.
public struct ByteWriter: Sendable {
    /// What has been written.
    public private(set) var bytes: [UInt8] = []

    /// An empty writer with room for `capacity` bytes.
    public init(capacity: Int = 0) { bytes.reserveCapacity(capacity) }

    /// Bytes written so far.
    public var byteCount: Int { bytes.count }

    /// Appends an integer, least significant byte first.
    @inlinable
    public mutating func append(_ value: some FixedWidthInteger) {
        var rest = value
        for _ in 0..<(type(of: value).bitWidth / 8) {
            appendByte(UInt8(truncatingIfNeeded: rest))
            rest >>= 8
        }
    }

    /// Appends a code byte and a 64-bit value.
    public mutating func append(_ code: UInt8, _ value: Int64) {
        bytes.append(code)
        append(value)
    }

    /// Appends raw bytes.
    public mutating func append(bytes more: [UInt8]) { bytes.append(contentsOf: more) }

    /// Appends a 32-bit length and the bytes.
    ///
    /// - Precondition: fewer than 2^32 bytes.
    public mutating func append(lengthPrefixed more: [UInt8]) {
        append(UInt32(more.count))
        bytes.append(contentsOf: more)
    }

    /// Appends a 32-bit length and the string's UTF-8.
    public mutating func append(string: String) { append(lengthPrefixed: Array(string.utf8)) }

    /// Appends zeros up to a multiple of `alignment`.
    public mutating func align(to alignment: Int) {
        let missing = (alignment - bytes.count % alignment) % alignment
        bytes.append(contentsOf: repeatElement(0, count: missing))
    }

    /// Overwrites four bytes written before, for lengths and checksums known only at the end.
    public mutating func replace(at byteOffset: Int, with value: UInt32) {
        var rest = value
        for index in byteOffset..<byteOffset + 4 {
            bytes[index] = UInt8(truncatingIfNeeded: rest)
            rest >>= 8
        }
    }

    @usableFromInline
    mutating func appendByte(_ byte: UInt8) { bytes.append(byte) }
}
