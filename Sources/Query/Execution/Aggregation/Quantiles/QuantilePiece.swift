import Segments

/// The values of one batch with their groups, as words in the order of the values.
///
/// Words that lie within 2^32 of each other are kept in 32 bits.
struct QuantilePiece: Sendable {
    private enum Words: Sendable {
        case narrow([UInt32])
        case wide([Int64])
    }

    /// The least word.
    let minimum: Int64
    /// The greatest word.
    let maximum: Int64
    private let words: Words
    private let groups: GroupNumbers
    /// What became of the groups' numbers in another worker's table; `nil` where they are the same.
    private var map: [UInt32]?

    /// The words of a batch, at least one, and their groups, which are not `coded`.
    init(_ values: [Int64], _ groups: GroupNumbers) {
        precondition(!values.isEmpty, "a piece has a value")
        let words = values.span
        var (least, greatest) = (words[0], words[0])
        for row in 0..<words.count {
            least = min(least, words[row])
            greatest = max(greatest, words[row])
        }
        (minimum, maximum) = (least, greatest)
        self.groups = groups
        guard UInt64(bitPattern: greatest &- least) <= UInt64(UInt32.max) else {
            self.words = .wide(values)
            return
        }
        var narrow = [UInt32](repeating: 0, count: words.count)
        var output = narrow.mutableSpan
        for row in 0..<words.count {
            output[row] = UInt32(truncatingIfNeeded: words[row] &- least)
        }
        self.words = .narrow(narrow)
    }

    /// How many values there are.
    var count: Int {
        switch words {
        case .narrow(let words): words.count
        case .wide(let words): words.count
        }
    }

    /// Bytes held.
    var memoryBytes: Int {
        let groupBytes = if case .rows = groups { 4 } else { 0 }
        return switch words {
        case .narrow: count * (4 + groupBytes)
        case .wide: count * (8 + groupBytes)
        }
    }

    /// The same values where group `g` is group `map[g]`.
    func mapped(_ map: [UInt32]) -> QuantilePiece {
        var piece = self
        piece.map = self.map?.map { map[Int($0)] } ?? map
        return piece
    }

    /// Calls `body(place, key)` for each value: the place is what `places` holds for its group, the
    /// key how far its word is above `minimum`.
    ///
    /// - Precondition: no word is below `minimum`; `places` has one for every group.
    @inline(__always)
    func forEach(
        above minimum: Int64, places: [UInt32], _ body: (_ place: Int, _ key: UInt64) -> Void
    ) {
        guard let map else { return forEach(above: minimum, { places[$0] }, body) }
        // As many steps as there are values, not as there are groups: pieces are many.
        forEach(above: minimum, { places[Int(map[$0])] }, body)
    }

    @inline(__always)
    private func forEach(
        above minimum: Int64, _ place: (Int) -> UInt32,
        _ body: (_ place: Int, _ key: UInt64) -> Void
    ) {
        switch words {
        case .narrow(let words):
            let distance = UInt64(bitPattern: self.minimum &- minimum)
            let words = words.span
            loop(words.count, place, body) { UInt64(words[$0]) &+ distance }
        case .wide(let words):
            let words = words.span
            loop(words.count, place, body) { UInt64(bitPattern: words[$0] &- minimum) }
        }
    }

    @inline(__always)
    private func loop(
        _ count: Int, _ place: (Int) -> UInt32, _ body: (Int, UInt64) -> Void,
        _ key: (Int) -> UInt64
    ) {
        switch groups {
        case .single(let group):
            let place = Int(place(Int(group)))
            for row in 0..<count { body(place, key(row)) }
        case .rows(let groups):
            let groups = groups.span
            precondition(groups.count >= count)
            for row in 0..<count { body(Int(place(Int(groups[row]))), key(row)) }
        case .coded, .runs: preconditionFailure("codes were written out")
        }
    }
}
