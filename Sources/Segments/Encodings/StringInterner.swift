/// Gives equal strings equal numbers, counting from 0 in order of first appearance.
///
/// Open addressing with linear probing at a load of at most a half; the strings' bytes lie one
/// after the other, and nothing is allocated per string. A slot holds a short string whole, as two
/// words, so that finding it again touches one cache line and compares no bytes.
public struct StringInterner: Sendable {
    /// String `n` is the one with number `n`.
    public private(set) var strings = StringVector()
    /// As many as a power of two.
    private var slots: [Slot]

    /// A string in as many words as tell it apart, and its number.
    private struct Slot: BitwiseCopyable {
        /// Up to 16 bytes: the first and the last eight of them, which may overlap; below eight,
        /// packed into `low`. Of a longer string its hash in `low`, and the first eight bytes.
        var low: UInt64 = 0
        var high: UInt64 = 0
        var byteCount: UInt32 = 0
        /// The string's number plus one; 0 where free.
        var tag: UInt32 = 0

        /// The longest string that the words hold whole.
        static let wholeByteCount = 16

        init() {}

        @inline(__always)
        init(_ string: Span<UInt8>) {
            let count = string.count
            byteCount = UInt32(truncatingIfNeeded: count)
            if count > Self.wholeByteCount {
                low = Hashing.hash(string)
                high = Hashing.load64(string, 0)
            } else if count >= 8 {
                low = Hashing.load64(string, 0)
                high = Hashing.load64(string, count &- 8)
            } else if count >= 4 {
                low = Hashing.load32(string, 0) | Hashing.load32(string, count &- 4) &<< 32
            } else {
                for index in string.indices { low = low &<< 8 | UInt64(string[index]) }
            }
        }

        /// Whether the two are the same string; a long one may yet differ.
        @inline(__always)
        func mayEqual(_ other: Slot) -> Bool {
            low == other.low && high == other.high && byteCount == other.byteCount
        }

        /// Where to begin looking.
        var hash: Int {
            @inline(__always) get {
                Int(
                    truncatingIfNeeded: Hashing.fold(
                        low ^ Hashing.prime1 ^ UInt64(byteCount), high ^ Hashing.prime2))
            }
        }
    }

    /// An interner with room for so many strings.
    public init(minimumCapacity: Int = 512) {
        var capacity = 64
        while capacity < 2 * minimumCapacity { capacity *= 2 }
        slots = [Slot](repeating: Slot(), count: capacity)
    }

    /// How many distinct strings there are.
    public var count: Int { strings.count }

    /// The number of `string`. O(bytes) on average.
    public mutating func intern(_ string: Span<UInt8>) -> UInt32 {
        var wanted = Slot(string)
        let mask = slots.count &- 1
        var index = wanted.hash & mask
        while slots[index].tag != 0 {
            if slots[index].mayEqual(wanted) {
                let number = slots[index].tag &- 1
                if string.count <= Slot.wholeByteCount
                    || ByteOrder.equal(strings.span(at: Int(number)), string)
                {
                    return number
                }
            }
            index = (index &+ 1) & mask
        }
        let number = UInt32(truncatingIfNeeded: strings.count)
        strings.append(string)
        wanted.tag = number &+ 1
        slots[index] = wanted
        if strings.count * 2 > slots.count { grow() }
        return number
    }

    private mutating func grow() {
        let old = slots
        slots = [Slot](repeating: Slot(), count: old.count * 2)
        let mask = slots.count &- 1
        for slot in old where slot.tag != 0 {
            var index = slot.hash & mask
            while slots[index].tag != 0 { index = (index &+ 1) & mask }
            slots[index] = slot
        }
    }
}
