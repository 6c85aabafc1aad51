/// Why bytes could not be read as what they should be.
public enum ByteError: Error, Hashable, Sendable {
    /// `needed` bytes were wanted at `byteOffset`, but only `available` are left.
    case truncated(byteOffset: Int, needed: Int, available: Int)
    /// The bytes at `byteOffset` are no valid `what`.
    case invalid(_ what: String, byteOffset: Int)
}

/// Reads the little-endian byte form of a file part, front to back, never past its end.
///
/// Bytes from disk and network are the world: everything is checked, everything throws.
public struct ByteReader: Sendable {
    private let bytes: [UInt8]
    private let end: Int
    /// The offset, in the array given, of the next byte to read.
    public private(set) var byteOffset: Int

    /// A reader over all of `bytes`.
    public init(_ bytes: [UInt8]) { self.init(bytes, range: 0..<bytes.count) }

    /// A reader over a part of `bytes`.
    ///
    /// - Precondition: `range` lies within the array.
    public init(_ bytes: [UInt8], range: Range<Int>) {
        precondition(range.lowerBound >= 0 && range.upperBound <= bytes.count)
        self.bytes = bytes
        byteOffset = range.lowerBound
        end = range.upperBound
    }

    /// Bytes left.
    public var remaining: Int { end - byteOffset }

    /// Whether every byte has been read.
    public var isAtEnd: Bool { byteOffset == end }

    private mutating func take(_ count: Int) throws(ByteError) -> Range<Int> {
        guard count >= 0, count <= remaining else {
            throw .truncated(byteOffset: byteOffset, needed: count, available: remaining)
        }
        let range = byteOffset..<byteOffset + count
        byteOffset += count
        return range
    }

    private mutating func readInteger<Integer: FixedWidthInteger>(
        _: Integer.Type
    ) throws(ByteError) -> Integer {
        let range = try take(Integer.bitWidth / 8)
        var value: Integer = 0
        for index in range.reversed() {
            value = value << 8 | Integer(truncatingIfNeeded: bytes[index])
        }
        return value
    }

    /// The next byte.
    public mutating func readUInt8() throws(ByteError) -> UInt8 { bytes[try take(1).lowerBound] }
    /// The next two bytes.
    public mutating func readUInt16() throws(ByteError) -> UInt16 { try readInteger(UInt16.self) }
    /// The next four bytes.
    public mutating func readUInt32() throws(ByteError) -> UInt32 { try readInteger(UInt32.self) }
    /// The next eight bytes.
    public mutating func readUInt64() throws(ByteError) -> UInt64 { try readInteger(UInt64.self) }
    /// The next eight bytes, signed.
    public mutating func readInt64() throws(ByteError) -> Int64 {
        Int64(bitPattern: try readInteger(UInt64.self))
    }
    /// The next sixteen bytes, signed.
    public mutating func readInt128() throws(ByteError) -> Int128 {
        Int128(truncatingIfNeeded: try readInteger(UInt128.self))
    }

    /// A 32-bit count that must not pass `limit`, so that a damaged length allocates nothing.
    public mutating func readCount(limit: Int) throws(ByteError) -> Int {
        let at = byteOffset
        let count = Int(try readUInt32())
        guard count <= limit else { throw .invalid("count (limit \(limit))", byteOffset: at) }
        return count
    }

    /// The next `count` bytes.
    public mutating func readBytes(_ count: Int) throws(ByteError) -> [UInt8] {
        Array(bytes[try take(count)])
    }

    /// A 32-bit length and that many bytes.
    public mutating func readLengthPrefixed() throws(ByteError) -> [UInt8] {
        try readBytes(Int(try readUInt32()))
    }

    /// A 32-bit length and that much UTF-8.
    public mutating func readString() throws(ByteError) -> String {
        let at = byteOffset
        let bytes = try readLengthPrefixed()
        guard let string = String(validating: bytes, as: UTF8.self) else {
            throw .invalid("UTF-8 text", byteOffset: at)
        }
        return string
    }
}
