import Segments

/// The distinct 64-bit words of one radix partition: open addressing with linear probing, at most
/// three quarters full, nothing but the words: 11 to 22 bytes each.
final class WordSet: DistinctPart {
    /// Words by the low bits of their hashes; 0 is an empty slot.
    private var slots: [UInt64]
    /// Whether the word 0 is there.
    private var containsZero = false
    private var filledCount = 0
    private let seed: UInt64

    private static let smallestSlotCount = 16

    /// No words; `seed` is that of the hashes handed in.
    init(seed: UInt64) {
        self.seed = seed
        slots = Array(repeating: 0, count: Self.smallestSlotCount)
    }

    /// The hash of a word.
    @inline(__always)
    static func hash(_ word: UInt64, seed: UInt64) -> UInt64 { Hashing.mix(word, seed: seed) }

    /// How many words there are.
    var count: Int { filledCount + (containsZero ? 1 : 0) }

    /// Bytes held.
    var memoryBytes: Int { slots.count * 8 }

    /// Slots that may still be filled.
    private var room: Int { slots.count / 4 * 3 - filledCount }

    /// Adds the words at `positions`, with their hashes.
    func insert(_ words: Span<UInt64>, _ hashes: Span<UInt64>, at positions: Span<Int32>) {
        var start = 0
        while start < positions.count {
            if room == 0 { grow() }
            let end = min(positions.count, start + room)
            filledCount += Self.insert(
                &slots, &containsZero, words, hashes, positions.extracting(start..<end))
            start = end
        }
    }

    /// - Returns: how many words are new. There is room for all.
    private static func insert(
        _ slots: inout [UInt64], _ containsZero: inout Bool, _ words: Span<UInt64>,
        _ hashes: Span<UInt64>, _ positions: Span<Int32>
    ) -> Int {
        var slots = slots.mutableSpan
        let mask = slots.count &- 1
        var newCount = 0
        for index in 0..<positions.count {
            let position = Int(positions[index])
            let word = words[position]
            if word == 0 {
                containsZero = true
                continue
            }
            var slot = Int(truncatingIfNeeded: hashes[position]) & mask
            while slots[slot] != 0, slots[slot] != word { slot = (slot &+ 1) & mask }
            newCount &+= slots[slot] == 0 ? 1 : 0
            slots[slot] = word
        }
        return newCount
    }

    private func grow() {
        var larger = [UInt64](repeating: 0, count: slots.count * 2)
        let old = slots
        Self.move(old.span, into: &larger, seed)
        slots = larger
    }

    private static func move(_ words: Span<UInt64>, into slots: inout [UInt64], _ seed: UInt64) {
        var slots = slots.mutableSpan
        let mask = slots.count &- 1
        for index in 0..<words.count where words[index] != 0 {
            var slot = Int(truncatingIfNeeded: hash(words[index], seed: seed)) & mask
            while slots[slot] != 0 { slot = (slot &+ 1) & mask }
            slots[slot] = words[index]
        }
    }

    /// Takes the words of another set, and leaves it empty: the smaller is moved into the larger.
    func absorb(_ other: WordSet) {
        if other.count > count {
            swap(&slots, &other.slots)
            swap(&filledCount, &other.filledCount)
            swap(&containsZero, &other.containsZero)
        }
        let words = other.words
        other.slots = []
        other.filledCount = 0
        other.containsZero = false
        let seed = seed
        let hashes = words.map { Self.hash($0, seed: seed) }
        insert(words.span, hashes.span, at: (0..<Int32(words.count)).map { $0 }.span)
    }

    /// All words, in no order.
    var words: [UInt64] {
        var words: [UInt64] = []
        words.reserveCapacity(count)
        if containsZero { words.append(0) }
        for word in slots where word != 0 { words.append(word) }
        return words
    }
}
