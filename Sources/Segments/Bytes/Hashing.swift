/// The engine's own 64-bit hash: stable on disk, seeded in memory.
///
/// Two multiplications of 64 × 64 → 128 bits per 16 bytes with the halves folded together
/// (the construction known from wyhash, by Wang Yi). Not cryptographic: an index compares the full
/// value after it. Tables filled from user input take a random seed, the file format the fixed one.
public enum Hashing {
    /// The seed of everything that is stored in files. Part of the format: never changes.
    public static let stableSeed: UInt64 = 0x6461_7962_6f6f_6b31

    @usableFromInline static let prime1: UInt64 = 0xa076_1d64_78bd_642f
    @usableFromInline static let prime2: UInt64 = 0xe703_7ed1_a0b4_28db
    @usableFromInline static let prime3: UInt64 = 0x8ebc_6af0_9c88_c6e3

    /// Folds the 128-bit product of two words into 64 bits.
    @inlinable @inline(__always)
    public static func fold(_ one: UInt64, _ other: UInt64) -> UInt64 {
        let product = one.multipliedFullWidth(by: other)
        return product.high ^ product.low
    }

    /// Spreads a word over all 64 bits; a bijection is not promised.
    @inlinable @inline(__always)
    public static func mix(_ word: UInt64, seed: UInt64 = stableSeed) -> UInt64 {
        fold(word ^ seed ^ prime1, word &+ prime2 ^ seed)
    }

    /// The hash of a 128-bit word.
    @inlinable
    public static func hash(_ word: UInt128, seed: UInt64 = stableSeed) -> UInt64 {
        fold(
            UInt64(truncatingIfNeeded: word) ^ prime1 ^ seed,
            UInt64(truncatingIfNeeded: word >> 64) ^ prime2)
    }

    /// The hash of a run of bytes. O(count), no allocation.
    @inlinable
    public static func hash(_ bytes: Span<UInt8>, seed: UInt64 = stableSeed) -> UInt64 {
        let count = bytes.count
        var state = seed ^ prime1
        var offset = 0
        while offset &+ 16 <= count {
            let low = load64(bytes, offset)
            let high = load64(bytes, offset &+ 8)
            state = fold(low ^ prime2, high ^ state)
            offset &+= 16
        }
        var low: UInt64 = 0
        var high: UInt64 = 0
        let rest = count &- offset
        if rest >= 8 {
            low = load64(bytes, offset)
            high = load64(bytes, count &- 8)
        } else if rest >= 4 {
            low = load32(bytes, offset)
            high = load32(bytes, count &- 4)
        } else if rest > 0 {
            low =
                UInt64(bytes[offset]) << 16 | UInt64(bytes[offset &+ rest >> 1]) << 8
                | UInt64(bytes[count &- 1])
        }
        return fold(prime3 ^ UInt64(truncatingIfNeeded: count), fold(low ^ prime2, high ^ state))
    }

    @inlinable @inline(__always)
    static func load64(_ bytes: Span<UInt8>, _ offset: Int) -> UInt64 {
        precondition(offset >= 0 && offset &+ 8 <= bytes.count)
        // SAFETY: the eight bytes lie within the span, as just checked.
        return unsafe bytes.bytes.unsafeLoadUnaligned(
            fromUncheckedByteOffset: offset, as: UInt64.self)
    }

    @inlinable @inline(__always)
    static func load32(_ bytes: Span<UInt8>, _ offset: Int) -> UInt64 {
        precondition(offset >= 0 && offset &+ 4 <= bytes.count)
        // SAFETY: the four bytes lie within the span, as just checked.
        return UInt64(
            unsafe bytes.bytes.unsafeLoadUnaligned(
                fromUncheckedByteOffset: offset, as: UInt32.self))
    }
}
