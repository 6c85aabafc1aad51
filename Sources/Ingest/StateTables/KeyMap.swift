/// Where the newest row of a key is, found by the key's hash: open addressing, at most five eighths
/// full.
///
/// The hash only finds candidates; whoever asks compares the keys themselves. Keys are added and
/// get another place, and go with the whole map.
struct KeyMap {
    /// Both words in one cache line, since most slots are met for the first time.
    private struct Slot: BitwiseCopyable {
        /// 0 where free.
        var hash: UInt64 = 0
        var place: UInt64 = 0
    }

    private var slots: [Slot]
    /// How many keys there are.
    private(set) var count = 0

    /// A map with room for so many keys.
    init(capacity: Int = 0) {
        slots = Array(repeating: Slot(), count: Self.slotCount(for: capacity))
    }

    private static func slotCount(for keys: Int) -> Int {
        var count = 64
        while keys * 8 > count * 5 { count *= 2 }
        return count
    }

    private static func stored(_ hash: UInt64) -> UInt64 { hash == 0 ? 1 : hash }

    /// Makes room for `more` keys, so that positions stay right while they are added.
    mutating func reserve(_ more: Int) {
        let wanted = Self.slotCount(for: count + more)
        guard wanted > slots.count else { return }
        let old = slots
        slots = Array(repeating: Slot(), count: wanted)
        let mask = wanted &- 1
        for index in old.indices where old[index].hash != 0 {
            var at = Int(truncatingIfNeeded: old[index].hash) & mask
            while slots[at].hash != 0 { at = (at &+ 1) & mask }
            slots[at] = old[index]
        }
    }

    /// The position of a key: its own, or the free one where it belongs.
    ///
    /// - Parameter isKey: Whether the key of that hash at a place is the one meant.
    /// - Precondition: where the key will be added, room was made.
    @inline(__always)
    func position(of hash: UInt64, _ isKey: (UInt64) -> Bool) -> Int {
        let wanted = Self.stored(hash)
        let mask = slots.count &- 1
        var at = Int(truncatingIfNeeded: wanted) & mask
        while slots[at].hash != 0 {
            if slots[at].hash == wanted, isKey(slots[at].place) { return at }
            at = (at &+ 1) & mask
        }
        return at
    }

    /// The place of the key at a position; `nil` where that is free.
    @inline(__always)
    func place(at position: Int) -> UInt64? {
        slots[position].hash == 0 ? nil : slots[position].place
    }

    /// Gives the key at a position another place, or adds it there.
    @inline(__always)
    mutating func set(_ position: Int, hash: UInt64, to place: UInt64) {
        if slots[position].hash == 0 { count &+= 1 }
        slots[position] = Slot(hash: Self.stored(hash), place: place)
    }
}
