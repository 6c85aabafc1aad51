import Segments

/// A fixed-width word that a `WordTable` numbers.
protocol TableWord: FixedWidthInteger {
    /// The word's hash.
    func hash(seed: UInt64) -> UInt64
}

extension UInt64: TableWord {
    @inline(__always)
    func hash(seed: UInt64) -> UInt64 { Hashing.mix(self, seed: seed) }
}

extension UInt128: TableWord {
    @inline(__always)
    func hash(seed: UInt64) -> UInt64 { Hashing.hash(self, seed: seed) }
}

/// Numbers distinct words in order of first appearance: an open-addressing hash table with linear
/// probing, at most half full, seeded so that nobody can choose colliding keys.
struct WordTable<Word: TableWord> {
    /// The word of each number.
    private(set) var keys: [Word] = []
    private var slots: [Slot]
    private let seed: UInt64

    private struct Slot {
        var key: Word = 0
        /// The number plus one; 0 is an empty slot.
        var mark: UInt32 = 0
    }

    private static var smallestSlotCount: Int { 64 }
    /// Words numbered before the table's room is looked at again.
    private static var batchCount: Int { 1_024 }

    init() {
        slots = Array(repeating: Slot(), count: Self.smallestSlotCount)
        seed = .random(in: .min ... .max)
    }

    /// How many words there are.
    var count: Int { keys.count }

    /// Bytes held.
    var memoryBytes: Int {
        slots.count * MemoryLayout<Slot>.stride + keys.count * MemoryLayout<Word>.stride
    }

    /// The word's number; a new word gets the next. Expected O(1).
    mutating func number(of key: Word) -> UInt32 {
        makeRoom(for: 1)
        return Self.number(of: key, &slots, &keys, seed)
    }

    /// The numbers of `words`, in that order.
    mutating func numbers(of words: Span<Word>) -> [UInt32] {
        var result = [UInt32](repeating: 0, count: words.count)
        var start = 0
        while start < words.count {
            let end = min(words.count, start + Self.batchCount)
            makeRoom(for: end - start)
            Self.number(words, start..<end, &result, &slots, &keys, seed)
            start = end
        }
        return result
    }

    private static func number(
        _ words: Span<Word>, _ range: Range<Int>, _ result: inout [UInt32],
        _ slots: inout [Slot], _ keys: inout [Word], _ seed: UInt64
    ) {
        var output = result.mutableSpan
        for row in range { output[row] = number(of: words[row], &slots, &keys, seed) }
    }

    @inline(__always)
    private static func number(
        of key: Word, _ slots: inout [Slot], _ keys: inout [Word], _ seed: UInt64
    ) -> UInt32 {
        let mask = slots.count &- 1
        var index = Int(truncatingIfNeeded: key.hash(seed: seed)) & mask
        while true {
            let slot = slots[index]
            if slot.mark == 0 { break }
            if slot.key == key { return slot.mark &- 1 }
            index = (index &+ 1) & mask
        }
        let number = UInt32(truncatingIfNeeded: keys.count)
        keys.append(key)
        slots[index] = Slot(key: key, mark: number &+ 1)
        return number
    }

    /// Gives away the next number without a word that leads to it.
    mutating func appendUnfindable() -> UInt32 {
        keys.append(0)
        return UInt32(truncatingIfNeeded: keys.count - 1)
    }

    private mutating func makeRoom(for newCount: Int) {
        let needed = 2 * (keys.count + newCount)
        guard needed > slots.count else { return }
        var size = slots.count
        while size < needed { size *= 2 }
        let old = slots
        slots = Array(repeating: Slot(), count: size)
        Self.move(old, into: &slots, seed)
    }

    private static func move(_ old: [Slot], into slots: inout [Slot], _ seed: UInt64) {
        let mask = slots.count - 1
        for slot in old where slot.mark != 0 {
            var index = Int(truncatingIfNeeded: slot.key.hash(seed: seed)) & mask
            while slots[index].mark != 0 { index = (index &+ 1) & mask }
            slots[index] = slot
        }
    }
}
