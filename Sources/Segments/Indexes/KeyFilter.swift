/// A blocked Bloom filter over key hashes: says "no" for certain, "perhaps" with an error of about
/// one percent, in one cache line.
///
/// ```
///  0  u32  count of buckets      4  28 zero bytes
/// 32       buckets of eight 32-bit words
/// ```
///
/// A key sets one bit in each word of one bucket: the bucket from the hash's upper half, the bits
/// from its lower half times eight odd constants. Ten bits a key at most, plus one bucket. After
/// Putze, Sanders and Singler, "Cache-, hash- and space-efficient Bloom filters" (2007).
enum KeyFilter {
    static let bitsPerKey = 10
    static let headerByteCount = 32
    static let bucketByteCount = 32

    private static let factors = SIMD8<UInt32>(
        0x9e37_79b1, 0x85eb_ca6b, 0xc2b2_ae35, 0x27d4_eb2f,
        0x1656_67b1, 0xd6e8_feb9, 0xa5a3_564d, 0x6c8e_9cf5)

    /// The payload for `hashes`, of which `distinctCount` differ.
    static func build(_ hashes: [UInt64], distinctCount: Int) -> [UInt8] {
        let bucketCount = max(1, distinctCount * bitsPerKey / (8 * bucketByteCount))
        var words = [UInt32](repeating: 0, count: bucketCount * 8)
        for hash in hashes {
            let first = bucket(of: hash, bucketCount) * 8
            let bits = bits(of: hash)
            for word in 0..<8 { words[first + word] |= 1 << bits[word] }
        }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(headerByteCount + words.count * 4)
        bytes.append(littleEndian: [UInt32(bucketCount)].span)
        bytes.append(contentsOf: repeatElement(0, count: headerByteCount - 4))
        bytes.append(littleEndian: words.span)
        return bytes
    }

    @inline(__always)
    private static func bucket(of hash: UInt64, _ bucketCount: Int) -> Int {
        Int(truncatingIfNeeded: ((hash >> 32) &* UInt64(bucketCount)) >> 32)
    }

    @inline(__always)
    private static func bits(of hash: UInt64) -> SIMD8<UInt32> {
        (SIMD8(repeating: UInt32(truncatingIfNeeded: hash)) &* factors) &>> 27
    }

    /// How many buckets a payload has; throws unless the payload is as long as they need.
    static func bucketCount(_ payload: Span<UInt8>) throws(ByteError) -> Int {
        guard payload.count >= headerByteCount + bucketByteCount else {
            throw .invalid("filter", byteOffset: 0)
        }
        let count = Int(Hashing.load32(payload, 0))
        guard payload.count == headerByteCount + count * bucketByteCount else {
            throw .invalid("filter length", byteOffset: 0)
        }
        return count
    }

    /// Whether a key of that hash may be among the filter's keys.
    ///
    /// - Precondition: `bucketCount` is what `bucketCount(_:)` said of this payload.
    static func mayContain(_ hash: UInt64, _ payload: Span<UInt8>, bucketCount: Int) -> Bool {
        let first = headerByteCount + bucket(of: hash, bucketCount) * bucketByteCount
        let bits = bits(of: hash)
        var missing: UInt64 = 0
        for word in 0..<8 {
            let stored = Hashing.load32(payload, first + word * 4)
            missing |= ~(stored >> UInt64(bits[word])) & 1
        }
        return missing == 0
    }
}
