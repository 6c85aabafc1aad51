import Segments

/// Numbers distinct 64-bit keys in order of first appearance: an open-addressing hash table with
/// linear probing, at most half full, seeded so that nobody can choose colliding keys.
struct IntegerTable {
    /// The key of each number.
    private(set) var keys: [UInt64] = []
    private var slots: [Slot]
    private let seed: UInt64

    private struct Slot {
        var key: UInt64 = 0
        /// The number plus one; 0 is an empty slot.
        var mark: UInt32 = 0
    }

    init() {
        slots = Array(repeating: Slot(), count: 64)
        seed = .random(in: .min ... .max)
    }

    /// How many keys there are.
    var count: Int { keys.count }

    /// Bytes held.
    var memoryBytes: Int { slots.count * MemoryLayout<Slot>.stride + keys.count * 8 }

    /// The key's number; a new key gets the next. Expected O(1).
    @inline(__always)
    mutating func number(of key: UInt64) -> UInt32 {
        let mask = slots.count &- 1
        var index = Int(truncatingIfNeeded: Hashing.mix(key, seed: seed)) & mask
        while true {
            let slot = slots[index]
            if slot.mark == 0 { return insert(key, at: index) }
            if slot.key == key { return slot.mark &- 1 }
            index = (index &+ 1) & mask
        }
    }

    @inline(never)
    private mutating func insert(_ key: UInt64, at index: Int) -> UInt32 {
        let number = UInt32(keys.count)
        keys.append(key)
        slots[index] = Slot(key: key, mark: number + 1)
        if keys.count * 2 > slots.count { grow() }
        return number
    }

    private mutating func grow() {
        var larger = [Slot](repeating: Slot(), count: slots.count * 4)
        let mask = larger.count - 1
        for slot in slots where slot.mark != 0 {
            var index = Int(truncatingIfNeeded: Hashing.mix(slot.key, seed: seed)) & mask
            while larger[index].mark != 0 { index = (index &+ 1) & mask }
            larger[index] = slot
        }
        slots = larger
    }
}

/// Numbers distinct strings in order of first appearance.
struct TextTable {
    /// The string of each number.
    private(set) var texts = StringVector()
    private var slots: [Slot]
    private let seed: UInt64

    private struct Slot {
        var hash: UInt32 = 0
        /// The number plus one; 0 is an empty slot.
        var mark: UInt32 = 0
    }

    init() {
        slots = Array(repeating: Slot(), count: 64)
        seed = .random(in: .min ... .max)
    }

    /// How many strings there are.
    var count: Int { texts.count }

    /// Bytes held.
    var memoryBytes: Int { slots.count * 8 + texts.bytes.count + texts.count * 4 }

    /// The string's number; a new string gets the next. Expected O(length).
    mutating func number(of text: Span<UInt8>) -> UInt32 {
        let hash = UInt32(truncatingIfNeeded: Hashing.hash(text, seed: seed))
        let mask = slots.count &- 1
        var index = Int(hash) & mask
        while true {
            let slot = slots[index]
            if slot.mark == 0 { break }
            if slot.hash == hash,
                ByteStrings.equal(texts.span(at: Int(slot.mark &- 1)), text)
            {
                return slot.mark &- 1
            }
            index = (index &+ 1) & mask
        }
        let number = UInt32(texts.count)
        texts.append(text)
        slots[index] = Slot(hash: hash, mark: number + 1)
        if texts.count * 2 > slots.count { grow() }
        return number
    }

    private mutating func grow() {
        var larger = [Slot](repeating: Slot(), count: slots.count * 4)
        let mask = larger.count - 1
        for slot in slots where slot.mark != 0 {
            var index = Int(slot.hash) & mask
            while larger[index].mark != 0 { index = (index &+ 1) & mask }
            larger[index] = slot
        }
        slots = larger
    }
}

/// Numbers distinct pairs of numbers in order of first appearance; pairs of small numbers are found
/// in an array, without hashing.
struct PairTable {
    private var table = IntegerTable()
    private var direct: [UInt32] = []

    /// Numbers below this are small: the array takes 64 KiB.
    private static let directLimit: UInt32 = 128

    /// How many pairs there are.
    var count: Int { table.count }

    /// Bytes held.
    var memoryBytes: Int { table.memoryBytes + direct.count * 4 }

    /// The pair behind a number.
    func pair(_ number: Int) -> (UInt32, UInt32) {
        let key = table.keys[number]
        return (UInt32(truncatingIfNeeded: key >> 32), UInt32(truncatingIfNeeded: key))
    }

    /// The pair's number; a new pair gets the next.
    @inline(__always)
    mutating func number(of one: UInt32, _ other: UInt32) -> UInt32 {
        guard (one | other) < Self.directLimit, !direct.isEmpty else { return slow(one, other) }
        let mark = direct[Int(one &* Self.directLimit &+ other)]
        return mark != 0 ? mark &- 1 : slow(one, other)
    }

    @inline(never)
    private mutating func slow(_ one: UInt32, _ other: UInt32) -> UInt32 {
        let number = table.number(of: UInt64(one) << 32 | UInt64(other))
        if (one | other) < Self.directLimit {
            if direct.isEmpty {
                direct = Array(repeating: 0, count: Int(Self.directLimit * Self.directLimit))
            }
            direct[Int(one * Self.directLimit + other)] = number + 1
        }
        return number
    }
}
