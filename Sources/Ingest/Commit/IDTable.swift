import Segments

/// Where the row of an id is, found by the id's hash: open addressing, at most five eighths full.
///
/// The hash only finds candidates; whoever asks compares the ids themselves.
struct IDTable {
    /// A row: the number of a batch and the row's index in it.
    struct Place: Hashable {
        var batch: Int
        var row: Int
    }

    /// A slot: both words in one cache line, since most slots are met for the first time.
    private struct Slot: BitwiseCopyable {
        /// 0 where free.
        var hash: UInt64 = 0
        /// The batch's number, and below it the row's index.
        var place: UInt64 = 0
    }

    private var table: [Slot]
    private(set) var count = 0

    init() { table = Array(repeating: Slot(), count: 64) }

    /// Bytes held.
    var memoryBytes: Int { table.count * MemoryLayout<Slot>.stride }

    /// The hashes of all ids here, in no particular order.
    var hashes: [UInt64] {
        var hashes: [UInt64] = []
        hashes.reserveCapacity(count)
        for slot in table where slot.hash != 0 { hashes.append(slot.hash) }
        return hashes
    }

    /// Makes room for `more` ids, so that inserting them moves nothing.
    mutating func reserve(_ more: Int) {
        var capacity = table.count
        while (count + more) * 8 > capacity * 5 { capacity *= 2 }
        guard capacity > table.count else { return }
        let old = table
        table = Array(repeating: Slot(), count: capacity)
        var slots = table.mutableSpan
        let mask = capacity &- 1
        for index in old.indices where old[index].hash != 0 {
            var slot = Int(truncatingIfNeeded: old[index].hash) & mask
            while slots[slot].hash != 0 { slot = (slot &+ 1) & mask }
            slots[slot] = old[index]
        }
    }

    @inline(__always)
    private static func stored(_ hash: UInt64) -> UInt64 { hash == 0 ? 1 : hash }

    @inline(__always)
    private static func packed(_ place: Place) -> UInt64 {
        UInt64(place.batch) << 32 | UInt64(place.row)
    }

    /// The first place of that hash that `isMatch` confirms.
    @inline(__always)
    func find(_ hash: UInt64, _ isMatch: (Place) -> Bool) -> Place? {
        let wanted = Self.stored(hash)
        let mask = table.count &- 1
        var slot = Int(truncatingIfNeeded: wanted) & mask
        while table[slot].hash != 0 {
            if table[slot].hash == wanted {
                let packed = table[slot].place
                let place = Place(batch: Int(packed >> 32), row: Int(packed & 0xffff_ffff))
                if isMatch(place) { return place }
            }
            slot = (slot &+ 1) & mask
        }
        return nil
    }

    /// The indices of those hashes of which a row is here.
    ///
    /// - Complexity: O(hashes); nothing in the loop waits for the step before, so that the misses
    ///   of several steps overlap.
    func present(_ hashes: [UInt64]) -> [Int] {
        var found: [Int] = []
        let slots = table.span
        let mask = slots.count &- 1
        for index in hashes.indices {
            let wanted = Self.stored(hashes[index])
            var slot = Int(truncatingIfNeeded: wanted) & mask
            while slots[slot].hash != 0, slots[slot].hash != wanted { slot = (slot &+ 1) & mask }
            if slots[slot].hash == wanted { found.append(index) }
        }
        return found
    }

    /// Adds rows of a batch, in order, up to the first whose hash is here already.
    ///
    /// - Precondition: room was made.
    /// - Parameter added: Gets their slots, for `move` and `removeLast`.
    /// - Returns: The row it stopped at; `rows.upperBound` where all were added.
    mutating func insert(
        _ hashes: [UInt64], rows: Range<Int>, batch: Int, added: inout [Int]
    ) -> Int {
        let hashes = hashes.span
        var slots = table.mutableSpan
        let mask = slots.count &- 1
        for row in rows {
            let hash = Self.stored(hashes[row])
            var slot = Int(truncatingIfNeeded: hash) & mask
            while slots[slot].hash != 0, slots[slot].hash != hash { slot = (slot &+ 1) & mask }
            guard slots[slot].hash == 0 else {
                count += row - rows.lowerBound
                return row
            }
            slots[slot] = Slot(hash: hash, place: Self.packed(Place(batch: batch, row: row)))
            added.append(slot)
        }
        count += rows.count
        return rows.upperBound
    }

    /// Adds a place, of whose id there is none here.
    ///
    /// - Precondition: room was made.
    /// - Returns: The slot, for `move` and `removeLast`.
    mutating func insert(_ hash: UInt64, _ place: Place) -> Int {
        let mask = table.count &- 1
        var slot = Int(truncatingIfNeeded: Self.stored(hash)) & mask
        while table[slot].hash != 0 { slot = (slot &+ 1) & mask }
        table[slot] = Slot(hash: Self.stored(hash), place: Self.packed(place))
        count += 1
        return slot
    }

    /// Gives the id in `slot` another place.
    mutating func move(_ slot: Int, to place: Place) { table[slot].place = Self.packed(place) }

    /// Takes back insertions, the last one first; no other order keeps the chains whole.
    mutating func removeLast(_ slots: [Int]) {
        for slot in slots.reversed() { table[slot] = Slot() }
        count -= slots.count
    }
}
