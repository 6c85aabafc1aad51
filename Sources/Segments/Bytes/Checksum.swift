import CChecksum

/// CRC-32C (Castagnoli), the checksum of every block, record and file part.
///
/// Reflected polynomial 0x82F63B78, initial value and final XOR all ones: the iSCSI CRC
/// (RFC 3720, B.4). By the processor's instruction where it has one, else by eight tables of 256
/// words that take eight bytes a step.
public enum Checksum {
    private static let hasInstruction = daybook_has_crc32c() != 0

    /// The CRC-32C of `bytes`. O(count), no allocation.
    public static func crc32c(_ bytes: Span<UInt8>) -> UInt32 {
        ~update(~0, with: bytes)
    }

    /// The CRC-32C of an array.
    public static func crc32c(_ bytes: [UInt8]) -> UInt32 { crc32c(bytes.span) }

    /// Continues a running CRC, inverted on the way in and out by the caller.
    static func update(_ running: UInt32, with bytes: Span<UInt8>) -> UInt32 {
        guard hasInstruction else { return updateByTable(running, with: bytes) }
        // SAFETY: the processor was asked; the buffer is read during the call only, by its count.
        return unsafe bytes.withUnsafeBufferPointer { buffer in
            unsafe daybook_crc32c(running, buffer.baseAddress, buffer.count)
        }
    }

    /// The same by tables, on every processor.
    static func updateByTable(_ running: UInt32, with bytes: Span<UInt8>) -> UInt32 {
        let table = tables.span
        var crc = running
        var offset = 0
        let count = bytes.count
        while offset &+ 8 <= count {
            let word = Hashing.load64(bytes, offset) ^ UInt64(crc)
            var next = table[7 &* 256 &+ Int(word & 0xff)]
            next ^= table[6 &* 256 &+ Int(word >> 8 & 0xff)]
            next ^= table[5 &* 256 &+ Int(word >> 16 & 0xff)]
            next ^= table[4 &* 256 &+ Int(word >> 24 & 0xff)]
            next ^= table[3 &* 256 &+ Int(word >> 32 & 0xff)]
            next ^= table[2 &* 256 &+ Int(word >> 40 & 0xff)]
            next ^= table[1 &* 256 &+ Int(word >> 48 & 0xff)]
            next ^= table[Int(word >> 56)]
            crc = next
            offset &+= 8
        }
        while offset < count {
            crc = crc >> 8 ^ table[Int(UInt8(truncatingIfNeeded: crc) ^ bytes[offset])]
            offset &+= 1
        }
        return crc
    }

    /// Table `k` at `256 * k`: the effect of a byte that is followed by `k` zero bytes.
    private static let tables: [UInt32] = {
        var tables = [UInt32](repeating: 0, count: 8 * 256)
        for byte in 0..<256 {
            var crc = UInt32(byte)
            for _ in 0..<8 { crc = crc & 1 == 1 ? crc >> 1 ^ 0x82f6_3b78 : crc >> 1 }
            tables[byte] = crc
        }
        for byte in 0..<256 {
            for table in 1..<8 {
                let before = tables[(table - 1) * 256 + byte]
                tables[table * 256 + byte] = before >> 8 ^ tables[Int(before & 0xff)]
            }
        }
        return tables
    }()
}

/// 128 bits that name a file's content.
public struct Hash128: Hashable, Sendable {
    /// The two halves.
    public var low: UInt64
    /// The second half, from another seed.
    public var high: UInt64

    /// Takes both halves.
    public init(low: UInt64, high: UInt64) {
        self.low = low
        self.high = high
    }

    /// The hash of `bytes` under the stable seed.
    public init(of bytes: Span<UInt8>) {
        low = Hashing.hash(bytes)
        high = Hashing.hash(bytes, seed: ~Hashing.stableSeed)
    }
}

extension Hash128: CustomStringConvertible {
    /// 32 hexadecimal digits, high half first.
    public var description: String {
        [high, low].map { word in
            let digits = String(word, radix: 16)
            return String(repeating: "0", count: 16 - digits.count) + digits
        }.joined()
    }
}
