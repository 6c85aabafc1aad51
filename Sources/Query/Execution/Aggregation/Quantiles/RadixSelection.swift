/// Finds the values of given ranks in few groups without sorting: round by round, by the highest
/// bits of the values that are still undecided.
///
/// ```
/// a round   1. count the values of each group by the next bits          cells[group][bits]
///           2. the cell that holds a wanted rank is the next round's group
///           3. keep the values of those cells, without the bits
/// ```
///
/// The first round reads all values twice, the second those of a few cells; there are at most
/// 64 / `leastBitCount` of them, whatever the values. All workers take part in each.
struct RadixSelection {
    private let context: QueryContext
    private var pieces: [QuantilePiece]
    private var minimum: Int64
    /// Bits of the greatest value above `minimum`.
    private var bitCount: Int
    private var groupCount: Int
    /// Bits decided in the round.
    private var cellBitCount = 0
    private var heldBytes = 0

    /// More groups than this are not few.
    static let maximumGroupCount = 1 << (tableBitCount - leastBitCount)
    /// A worker's cells take 2^16 times 4 bytes: they stay in the second-level cache.
    private static let tableBitCount = 16
    /// Bits decided in a round, at least.
    private static let leastBitCount = 8
    /// A task counts or keeps the values of so many pieces.
    private static let taskPieceCount = 32

    /// One value to find, and what is known of it.
    private struct Wanted {
        var group: Int
        var rank: Int
        var key: UInt64 = 0
    }

    private init(_ pieces: [QuantilePiece], groupCount: Int, _ context: QueryContext) {
        self.pieces = pieces
        self.groupCount = groupCount
        self.context = context
        let (least, greatest) = pieces.reduce((Int64.max, Int64.min)) {
            (min($0.0, $1.minimum), max($0.1, $1.maximum))
        }
        minimum = least
        bitCount = least > greatest ? 0 : Self.bitCount(UInt64(bitPattern: greatest &- least))
        setCells()
    }

    private static func bitCount(_ number: UInt64) -> Int { 64 - number.leadingZeroBitCount }

    private mutating func setCells() {
        let groupBits = Self.bitCount(UInt64(max(1, groupCount) - 1))
        cellBitCount = max(Self.leastBitCount, Self.tableBitCount - groupBits)
    }

    /// The bits left after the round.
    private var shift: Int { max(0, bitCount - cellBitCount) }

    /// The values of all groups at the places of `fractions`.
    ///
    /// - Precondition: there are at most `maximumGroupCount` groups.
    static func select(
        _ fractions: [QuantileFraction], of pieces: [QuantilePiece], groupCount: Int,
        _ context: QueryContext
    ) throws(QueryError) -> SelectedWords {
        var selected = SelectedWords(groupCount: groupCount, fractionCount: fractions.count)
        var selection = RadixSelection(pieces, groupCount: groupCount, context)
        let least = selection.minimum
        var cells = try selection.counts()
        var wanted: [Wanted] = []
        for group in 0..<groupCount {
            let first = group << selection.cellBitCount
            let count = cells[first..<first + 1 << selection.cellBitCount].reduce(0, +)
            selected.counts[group] = count
            if count == 0 { continue }
            for fraction in fractions {
                let place = fraction.place(among: count)
                wanted.append(Wanted(group: group, rank: place.low))
                wanted.append(Wanted(group: group, rank: place.high))
            }
        }
        while true {
            let shift = selection.shift
            let found = selection.narrow(&wanted, cells)
            if shift == 0 { break }
            try selection.keep(found)
            cells = try selection.counts()
        }
        try context.hold(-selection.heldBytes)
        var next = 0
        for group in 0..<groupCount where selected.counts[group] > 0 {
            for index in 0..<fractions.count * 2 {
                selected.words[group * fractions.count * 2 + index] =
                    least &+ Int64(bitPattern: wanted[next].key)
                next += 1
            }
        }
        return selected
    }

    /// The first cell of each group.
    private var places: [UInt32] {
        (0..<groupCount).map { UInt32(truncatingIfNeeded: $0 << cellBitCount) }
    }

    /// How many values lie in each cell.
    private func counts() throws(QueryError) -> [Int] {
        let (minimum, shift, places) = (minimum, UInt64(shift), places)
        let cellCount = groupCount << cellBitCount
        let parts = try overPieces { (pieces) -> [UInt32] in
            var counts = [UInt32](repeating: 0, count: cellCount)
            var cells = counts.mutableSpan
            for piece in pieces {
                piece.forEach(above: minimum, places: places) { place, key in
                    cells[place | Int(truncatingIfNeeded: key &>> shift)] &+= 1
                }
            }
            return counts
        }
        var counts = [Int](repeating: 0, count: cellCount)
        for part in parts { Self.add(part.span, to: &counts) }
        return counts
    }

    private static func add(_ part: Span<UInt32>, to counts: inout [Int]) {
        var counts = counts.mutableSpan
        for cell in 0..<part.count { counts[cell] &+= Int(part[cell]) }
    }

    /// Finds the cell of each wanted value, which becomes its group.
    ///
    /// - Returns: the cells, by their number as groups.
    private func narrow(_ wanted: inout [Wanted], _ cells: [Int]) -> [Int] {
        var numbers: [Int: Int] = [:]
        var found: [Int] = []
        for index in wanted.indices {
            var cell = wanted[index].group << cellBitCount
            while wanted[index].rank >= cells[cell] {
                wanted[index].rank -= cells[cell]
                cell += 1
            }
            let digit = cell - wanted[index].group << cellBitCount
            wanted[index].key |= UInt64(digit) << UInt64(shift)
            if numbers[cell] == nil {
                numbers[cell] = found.count
                found.append(cell)
            }
            wanted[index].group = numbers[cell] ?? 0
        }
        return found
    }

    /// Goes on with the values of some cells, each a group of its own.
    private mutating func keep(_ found: [Int]) throws(QueryError) {
        var marks = [UInt32](repeating: 0, count: groupCount << cellBitCount)
        for (number, cell) in found.enumerated() {
            marks[cell] = UInt32(truncatingIfNeeded: number + 1)
        }
        let (minimum, shift, places) = (minimum, UInt64(shift), places)
        let kept = try overPieces { [marks] (pieces) -> QuantilePiece? in
            Self.kept(pieces, minimum, shift, places, marks.span)
        }
        pieces = kept.compactMap { $0 }
        let bytes = pieces.reduce(0) { $0 + $1.memoryBytes }
        try context.hold(bytes - heldBytes)
        heldBytes = bytes
        self.minimum = 0
        groupCount = found.count
        bitCount = self.shift
        setCells()
    }

    private static func kept(
        _ pieces: ArraySlice<QuantilePiece>, _ minimum: Int64, _ shift: UInt64,
        _ places: [UInt32], _ marks: Span<UInt32>
    ) -> QuantilePiece? {
        let mask: UInt64 = 1 &<< shift &- 1
        var words: [Int64] = []
        var groups: [UInt32] = []
        var (keys, numbers) = ([Int64](), [UInt32]())
        for piece in pieces {
            keys.grow(to: piece.count, 0)
            numbers.grow(to: piece.count, 0)
            var count = 0
            var keyOutput = keys.mutableSpan
            var numberOutput = numbers.mutableSpan
            piece.forEach(above: minimum, places: places) { place, key in
                // Written in any case, and overwritten unless it counts.
                let mark = marks[place | Int(truncatingIfNeeded: key &>> shift)]
                keyOutput[count] = Int64(bitPattern: key & mask)
                numberOutput[count] = mark &- 1
                count &+= mark == 0 ? 0 : 1
            }
            words += keys[..<count]
            groups += numbers[..<count]
        }
        return words.isEmpty ? nil : QuantilePiece(words, .rows(groups))
    }

    private func overPieces<Output: Sendable>(
        _ body: @escaping @Sendable (ArraySlice<QuantilePiece>) -> Output
    ) throws(QueryError) -> [Output] {
        let pieces = pieces
        let size = Self.taskPieceCount
        return try ParallelTasks.run((pieces.count + size - 1) / size, context) { task in
            body(pieces[task * size..<min(pieces.count, (task + 1) * size)])
        }
    }
}
