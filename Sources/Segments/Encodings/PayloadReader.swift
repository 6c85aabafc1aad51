/// Reads a block's payload in place, front to back, never past its end.
///
/// The checksum has been verified before, but checksums are no proof of sense: every length is
/// checked here, every step throws rather than traps. Offsets in errors count from the payload.
struct PayloadReader: ~Escapable {
    private let bytes: Span<UInt8>
    /// The next byte to read.
    private(set) var byteOffset = 0

    @_lifetime(copy bytes)
    init(_ bytes: Span<UInt8>) { self.bytes = bytes }

    /// Bytes left.
    var remaining: Int { bytes.count - byteOffset }

    private mutating func take(_ count: Int) throws(ByteError) -> Int {
        guard count >= 0, count <= remaining else {
            throw .truncated(byteOffset: byteOffset, needed: count, available: remaining)
        }
        let start = byteOffset
        byteOffset += count
        return start
    }

    mutating func readUInt8() throws(ByteError) -> UInt8 { bytes[try take(1)] }

    mutating func readUInt32() throws(ByteError) -> UInt32 {
        UInt32(truncatingIfNeeded: Hashing.load32(bytes, try take(4)))
    }

    mutating func readUInt64() throws(ByteError) -> UInt64 {
        Hashing.load64(bytes, try take(8))
    }

    mutating func readInt64() throws(ByteError) -> Int64 { Int64(bitPattern: try readUInt64()) }

    /// The next `count` bytes, in place.
    @_lifetime(copy self)
    mutating func readBytes(_ count: Int) throws(ByteError) -> Span<UInt8> {
        let start = try take(count)
        return bytes.extracting(start..<start + count)
    }

    /// Skips zeros up to the next multiple of eight.
    mutating func skipPadding() throws(ByteError) {
        let count = (8 - byteOffset % 8) % 8
        let start = try take(count)
        for offset in start..<start + count where bytes[offset] != 0 {
            throw .invalid("padding", byteOffset: offset)
        }
    }

    /// Makes sure that nothing is left.
    func finish() throws(ByteError) {
        guard remaining == 0 else { throw .invalid("end of payload", byteOffset: byteOffset) }
    }

    /// An error at the byte read next.
    func invalid(_ what: String) -> ByteError { .invalid(what, byteOffset: byteOffset) }
}
