import Segments

/// Numbers the distinct tuples of up to four numbers in order of first appearance.
///
/// The numbers of a tuple are packed into one word, each in as many bits as the numbers seen so far
/// need. While the words are small they index an array; longer ones are hashed.
///
/// ```
/// word := n₀ | n₁ << w₀ | n₂ << (w₀ + w₁) | …        wᵢ: bits of the numbers of position i
/// ```
struct PackedNumbers {
    private var widths: [UInt32]
    private var form = Form.direct
    /// For each word its tuple's number plus one; 0 for none. Only where `form` is `direct`.
    private var slots: [UInt32]
    /// The word of each tuple. Only where `form` is `direct`.
    private var directWords: [UInt64] = []
    private var table = WordTable<UInt64>()
    private var wideTable = WordTable<UInt128>()
    private let directBits: UInt32

    private enum Form { case direct, words, wideWords }

    /// The most positions of a tuple: four numbers of 32 bits fit a word of 128.
    static let maximumPositionCount = 4
    /// Words of up to so many bits index an array: 4 MiB.
    static let standardDirectBits: UInt32 = 20

    /// No tuples of `positionCount` numbers; words of up to `directBits` bits index an array.
    init(positionCount: Int, directBits: UInt32 = standardDirectBits) {
        precondition((1...Self.maximumPositionCount).contains(positionCount))
        self.directBits = directBits
        widths = Array(repeating: 0, count: positionCount)
        slots = [0]
    }

    /// How many tuples there are.
    var count: Int {
        switch form {
        case .direct: directWords.count
        case .words: table.count
        case .wideWords: wideTable.count
        }
    }

    /// Bytes held.
    var memoryBytes: Int {
        slots.count * 4 + directWords.count * 8 + table.memoryBytes + wideTable.memoryBytes
    }

    /// The tuples' numbers.
    ///
    /// - Parameters:
    ///   - positions: The numbers of each position in each row.
    ///   - counts: For each position, a number above all of its numbers.
    mutating func numbers(
        of positions: [GroupNumbers], counts: [Int], count: Int
    ) -> GroupNumbers {
        makeRoom(for: counts)
        let positions = positions.map(\.expanded)
        let isSingle = positions.allSatisfy { if case .single = $0 { true } else { false } }
        let rowCount = isSingle ? 1 : count
        let numbers: [UInt32]
        switch form {
        case .direct:
            var words: [UInt32] = packed(positions, rowCount)
            Self.number(&words, &slots, &directWords)
            numbers = words
        case .words:
            let words: [UInt64] = packed(positions, rowCount)
            numbers = table.numbers(of: words.span)
        case .wideWords:
            let words: [UInt128] = packed(positions, rowCount)
            numbers = wideTable.numbers(of: words.span)
        }
        return isSingle ? .single(numbers[0]) : .rows(numbers)
    }

    /// The number at `position` of a tuple.
    func number(at position: Int, of tuple: Int) -> UInt32 {
        let shift = widths[..<position].reduce(0, +)
        let mask = UInt64(1) << UInt64(widths[position]) - 1
        let word: UInt128 =
            switch form {
            case .direct: UInt128(directWords[tuple])
            case .words: UInt128(table.keys[tuple])
            case .wideWords: wideTable.keys[tuple]
            }
        return UInt32(truncatingIfNeeded: UInt64(truncatingIfNeeded: word >> UInt128(shift)) & mask)
    }

    // MARK: - Words

    private func packed<Word: FixedWidthInteger>(
        _ positions: [GroupNumbers], _ count: Int
    ) -> [Word] {
        var words = [Word](repeating: 0, count: count)
        var shift: UInt32 = 0
        for position in positions.indices {
            switch positions[position] {
            case .single(0): break
            case .single(let number): Self.add(number, shift, to: &words)
            case .rows(let numbers): Self.add(numbers.span, shift, to: &words)
            case .coded, .runs: preconditionFailure("codes were written out")
            }
            shift += widths[position]
        }
        return words
    }

    @inline(__always)
    private static func add<Word: FixedWidthInteger>(
        _ number: UInt32, _ shift: UInt32, to words: inout [Word]
    ) {
        let part = Word(truncatingIfNeeded: number) &<< Word(truncatingIfNeeded: shift)
        var words = words.mutableSpan
        for row in 0..<words.count { words[row] |= part }
    }

    @inline(__always)
    private static func add<Word: FixedWidthInteger>(
        _ numbers: Span<UInt32>, _ shift: UInt32, to words: inout [Word]
    ) {
        var words = words.mutableSpan
        precondition(numbers.count >= words.count)
        let shift = Word(truncatingIfNeeded: shift)
        for row in 0..<words.count {
            words[row] |= Word(truncatingIfNeeded: numbers[row]) &<< shift
        }
    }

    private static func number(
        _ words: inout [UInt32], _ slots: inout [UInt32], _ tuples: inout [UInt64]
    ) {
        var words = words.mutableSpan
        var slots = slots.mutableSpan
        for row in 0..<words.count {
            let word = Int(words[row])
            if slots[word] == 0 {
                tuples.append(UInt64(word))
                slots[word] = UInt32(truncatingIfNeeded: tuples.count)
            }
            words[row] = slots[word] &- 1
        }
    }

    // MARK: - Layout

    /// Makes the words wide enough for numbers below `counts`.
    private mutating func makeRoom(for counts: [Int]) {
        let needed = counts.map { UInt32(Int.bitWidth - max(0, $0 - 1).leadingZeroBitCount) }
        if zip(needed, widths).allSatisfy({ $0 <= $1 }) { return }
        // One bit more for those that grow, so that growth is rare.
        var wider = zip(needed, widths).map { $0 <= $1 ? $1 : $0 + 1 }
        if wider.reduce(0, +) > directBits, needed.reduce(0, +) <= directBits { wider = needed }
        if wider.reduce(0, +) > 64, needed.reduce(0, +) <= 64 { wider = needed }
        if wider.reduce(0, +) > 128 { wider = needed }
        let old = self
        widths = wider
        let bits = wider.reduce(0, +)
        form = bits <= directBits ? .direct : (bits <= 64 ? .words : .wideWords)
        slots = form == .direct ? Array(repeating: 0, count: 1 << Int(bits)) : []
        directWords = []
        table = WordTable()
        wideTable = WordTable()
        for tuple in 0..<old.count {
            let numbers = widths.indices.map {
                GroupNumbers.single(old.number(at: $0, of: tuple))
            }
            switch form {
            case .direct:
                var words: [UInt32] = packed(numbers, 1)
                Self.number(&words, &slots, &directWords)
            case .words: _ = table.number(of: (packed(numbers, 1) as [UInt64])[0])
            case .wideWords: _ = wideTable.number(of: (packed(numbers, 1) as [UInt128])[0])
            }
        }
    }
}
