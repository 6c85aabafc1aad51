/// Gives equal strings equal numbers, counting from 0 in order of first appearance.
///
/// Open addressing with linear probing at a load of at most a half; the strings' bytes lie one
/// after the other, and nothing is allocated per string.
struct StringInterner {
    /// String `n` is the one with number `n`.
    private(set) var strings = StringVector()
    private var hashes: [UInt64] = []
    /// A string's number plus one; 0 where free. The count is a power of two.
    private var slots: [UInt32]

    init(minimumCapacity: Int = 512) {
        var capacity = 1_024
        while capacity < 2 * minimumCapacity { capacity *= 2 }
        slots = [UInt32](repeating: 0, count: capacity)
    }

    /// How many distinct strings there are.
    var count: Int { hashes.count }

    /// The number of `string`.
    mutating func intern(_ string: Span<UInt8>) -> UInt32 {
        let hash = Hashing.hash(string)
        let mask = slots.count &- 1
        var slot = Int(truncatingIfNeeded: hash) & mask
        while slots[slot] != 0 {
            let number = Int(slots[slot]) &- 1
            if hashes[number] == hash, ByteOrder.equal(strings.span(at: number), string) {
                return UInt32(truncatingIfNeeded: number)
            }
            slot = (slot &+ 1) & mask
        }
        strings.append(string)
        hashes.append(hash)
        slots[slot] = UInt32(truncatingIfNeeded: hashes.count)
        if hashes.count * 2 > slots.count { grow() }
        return UInt32(truncatingIfNeeded: hashes.count &- 1)
    }

    private mutating func grow() {
        slots = [UInt32](repeating: 0, count: slots.count * 2)
        let mask = slots.count - 1
        for number in hashes.indices {
            var slot = Int(truncatingIfNeeded: hashes[number]) & mask
            while slots[slot] != 0 { slot = (slot &+ 1) & mask }
            slots[slot] = UInt32(truncatingIfNeeded: number &+ 1)
        }
    }
}
