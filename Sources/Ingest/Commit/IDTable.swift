import Segments

/// Where the row of an id is, found by the id's hash: open addressing, at most half full.
///
/// The hash only finds candidates; whoever asks compares the ids themselves.
struct IDTable {
    /// A row: the number of a batch and the row's index in it.
    struct Place: Hashable {
        var batch: Int
        var row: Int
    }

    /// 0 is an empty slot.
    private var hashes: [UInt64]
    private var places: [UInt64]
    private(set) var count = 0

    init() {
        hashes = Array(repeating: 0, count: 64)
        places = Array(repeating: 0, count: 64)
    }

    /// Bytes held.
    var memoryBytes: Int { hashes.count * 16 }

    /// Makes room for `more` ids, so that inserting them moves nothing.
    mutating func reserve(_ more: Int) {
        var capacity = hashes.count
        while (count + more) * 2 > capacity { capacity *= 2 }
        guard capacity > hashes.count else { return }
        let old = (hashes, places)
        hashes = Array(repeating: 0, count: capacity)
        places = Array(repeating: 0, count: capacity)
        for index in old.0.indices where old.0[index] != 0 {
            var slot = Int(truncatingIfNeeded: old.0[index]) & (capacity - 1)
            while hashes[slot] != 0 { slot = (slot + 1) & (capacity - 1) }
            hashes[slot] = old.0[index]
            places[slot] = old.1[index]
        }
    }

    @inline(__always)
    private static func stored(_ hash: UInt64) -> UInt64 { hash == 0 ? 1 : hash }

    /// The first place of that hash that `isMatch` confirms.
    @inline(__always)
    func find(_ hash: UInt64, _ isMatch: (Place) -> Bool) -> Place? {
        let wanted = Self.stored(hash)
        let mask = hashes.count &- 1
        var slot = Int(truncatingIfNeeded: wanted) & mask
        while hashes[slot] != 0 {
            if hashes[slot] == wanted {
                let place = Place(
                    batch: Int(places[slot] >> 32), row: Int(places[slot] & 0xffff_ffff))
                if isMatch(place) { return place }
            }
            slot = (slot &+ 1) & mask
        }
        return nil
    }

    /// Adds a place, of whose id there is none here.
    ///
    /// - Precondition: room was made.
    /// - Returns: The slot, for `move` and `remove`.
    mutating func insert(_ hash: UInt64, _ place: Place) -> Int {
        let mask = hashes.count &- 1
        var slot = Int(truncatingIfNeeded: Self.stored(hash)) & mask
        while hashes[slot] != 0 { slot = (slot &+ 1) & mask }
        hashes[slot] = Self.stored(hash)
        places[slot] = UInt64(place.batch) << 32 | UInt64(place.row)
        count += 1
        return slot
    }

    /// Gives the id in `slot` another place.
    mutating func move(_ slot: Int, to place: Place) {
        places[slot] = UInt64(place.batch) << 32 | UInt64(place.row)
    }

    /// Takes back insertions, the last one first; no other order keeps the chains whole.
    mutating func removeLast(_ slots: [Int]) {
        for slot in slots.reversed() { hashes[slot] = 0 }
        count -= slots.count
    }
}
