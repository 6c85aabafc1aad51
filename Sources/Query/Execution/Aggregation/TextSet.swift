import Segments

/// The distinct runs of bytes of one radix partition, each kept once.
///
/// ```
/// slots:   open addressing, at most three quarters full, 8 bytes each:
///            tag (low half of the hash) << 32 | position of the entry + 1;   0 is empty
/// entries: length (7 bits a byte, low first, high bit: more follow), bytes
/// ```
///
/// A tag decides where the search begins, too. Equal tags are followed by a comparison of bytes:
/// the set is exact. An entry of 20 bytes takes 32 to 43 bytes in all.
final class TextSet: DistinctPart {
    private var slots: [UInt64]
    private var entries: [UInt8] = []
    private(set) var count = 0
    private let seed: UInt64

    private static let smallestSlotCount = 16
    /// Bytes reserved with the first entry.
    private static let smallestCapacity = 256

    /// No strings; `seed` is that of the hashes handed in.
    init(seed: UInt64) {
        self.seed = seed
        slots = Array(repeating: 0, count: Self.smallestSlotCount)
    }

    /// Bytes held.
    var memoryBytes: Int { slots.count * 8 + entries.capacity }

    /// Adds the strings `indices[p]` for `p` in `positions`; `hashes[p]` is the hash of each.
    func insert(
        _ texts: StringVector, _ indices: Span<Int32>, _ hashes: Span<UInt64>,
        at positions: Span<Int32>
    ) {
        for index in 0..<positions.count {
            let position = Int(positions[index])
            insert(texts.span(at: Int(indices[position])), hashes[position])
        }
    }

    @inline(__always)
    private func insert(_ text: Span<UInt8>, _ hash: UInt64) {
        let tag = UInt32(truncatingIfNeeded: hash)
        let index = Self.freeSlot(slots, entries, text, tag)
        if index >= 0 { append(text, tag, at: index) }
    }

    /// The slot where a new string belongs; -1 where it is there already.
    @inline(__always)
    private static func freeSlot(
        _ slots: [UInt64], _ entries: [UInt8], _ text: Span<UInt8>, _ tag: UInt32
    ) -> Int {
        let mask = slots.count &- 1
        var index = Int(tag) & mask
        while true {
            let slot = slots[index]
            if slot == 0 { return index }
            if UInt32(truncatingIfNeeded: slot >> 32) == tag,
                equal(entries.span, at: Int(slot & 0xffff_ffff) &- 1, text)
            {
                return -1
            }
            index = (index &+ 1) & mask
        }
    }

    @inline(__always)
    private static func equal(
        _ entries: Span<UInt8>, at position: Int, _ text: Span<UInt8>
    ) -> Bool {
        let entry = range(entries, at: position)
        return ByteStrings.equal(entries.extracting(entry), text)
    }

    /// Where the bytes of the entry at `position` lie.
    @inline(__always)
    private static func range(_ entries: Span<UInt8>, at position: Int) -> Range<Int> {
        var start = position
        var length = 0
        var shift = 0
        while true {
            let byte = entries[start]
            length |= Int(byte & 0x7f) << shift
            start &+= 1
            if byte < 0x80 { break }
            shift &+= 7
        }
        return start..<start + length
    }

    @inline(never)
    private func append(_ text: Span<UInt8>, _ tag: UInt32, at index: Int) {
        // Positions have 32 bits: partitions are even, and a query of 64 × 4 GiB has no memory.
        precondition(entries.count + text.count < Int(UInt32.max) - 8, "a partition is too large")
        slots[index] = UInt64(tag) << 32 | UInt64(entries.count + 1)
        reserve(text.count + 8)
        var length = text.count
        while length >= 0x80 {
            entries.append(UInt8(truncatingIfNeeded: length) | 0x80)
            length >>= 7
        }
        entries.append(UInt8(truncatingIfNeeded: length))
        entries.append(copying: text)
        count += 1
        if count * 4 > slots.count * 3 { grow() }
    }

    /// Grows by a quarter, so that at most a fifth of what is held lies empty.
    private func reserve(_ byteCount: Int) {
        let wanted = entries.count + byteCount
        guard wanted > entries.capacity else { return }
        let grown = entries.count + entries.count / 4
        entries.reserveCapacity(max(wanted, grown, Self.smallestCapacity))
    }

    private func grow() {
        var larger = [UInt64](repeating: 0, count: slots.count * 2)
        let old = slots
        Self.move(old.span, into: &larger)
        slots = larger
    }

    private static func move(_ old: Span<UInt64>, into slots: inout [UInt64]) {
        var slots = slots.mutableSpan
        let mask = slots.count &- 1
        for position in 0..<old.count where old[position] != 0 {
            var index = Int(truncatingIfNeeded: old[position] >> 32) & mask
            while slots[index] != 0 { index = (index &+ 1) & mask }
            slots[index] = old[position]
        }
    }

    /// Takes the strings of another set, and leaves it empty: the smaller is moved into the larger.
    func absorb(_ other: TextSet) {
        if other.count > count {
            swap(&slots, &other.slots)
            swap(&entries, &other.entries)
            swap(&count, &other.count)
        }
        let moved = other.entries
        other.entries = []
        other.slots = []
        other.count = 0
        let seed = seed
        Self.forEach(moved.span) { text in insert(text, Hashing.hash(text, seed: seed)) }
    }

    /// Calls `body` with each string, in order of first appearance.
    func forEach(_ body: (Span<UInt8>) -> Void) {
        let entries = entries
        Self.forEach(entries.span, body)
    }

    private static func forEach(_ entries: Span<UInt8>, _ body: (Span<UInt8>) -> Void) {
        var position = 0
        while position < entries.count {
            let entry = range(entries, at: position)
            body(entries.extracting(entry))
            position = entry.upperBound
        }
    }
}
