/// Finds the values of given ranks in many groups: brings the values of each group together, and
/// selects among them.
///
/// Ranges of groups are independent of each other: first each piece of values is divided among the
/// ranges, then each range is sorted by group; all workers take part in both.
enum GroupedSelection {
    /// Ranges of groups.
    private static let rangeBitCount = 6
    /// A task divides so many pieces.
    private static let taskPieceCount = 32
    /// Fewer words than this are sorted.
    private static let sortedCount = 64

    /// Values of one range of groups.
    private struct Part: Sendable {
        var words: [Int64] = []
        /// Counted from the range's first.
        var groups: [UInt32] = []
    }

    /// The values of all groups at the places of `fractions`.
    static func select(
        _ fractions: [QuantileFraction], of pieces: [QuantilePiece], groupCount: Int,
        _ context: QueryContext
    ) throws(QueryError) -> SelectedWords {
        let groupBits = Int.bitWidth - max(0, groupCount - 1).leadingZeroBitCount
        let shift = max(0, groupBits - rangeBitCount)
        let rangeCount = (groupCount + (1 << shift) - 1) >> shift
        let size = taskPieceCount
        let bytes = pieces.reduce(0) { $0 + $1.count } * 12
        try context.hold(bytes)
        let places = (0..<UInt32(truncatingIfNeeded: groupCount)).map { $0 }
        let divided = try ParallelTasks.run((pieces.count + size - 1) / size, context) { task in
            Self.divided(
                pieces[task * size..<min(pieces.count, (task + 1) * size)], places, shift,
                rangeCount)
        }
        let ranges = try ParallelTasks.run(rangeCount, context) { range in
            let first = range << shift
            return Self.selected(
                fractions, divided.map { $0[range] },
                groupCount: min(groupCount, first + 1 << shift) - first)
        }
        try context.hold(-bytes)
        var selected = SelectedWords(groupCount: 0, fractionCount: 0)
        for range in ranges {
            selected.counts += range.counts
            selected.words += range.words
        }
        return selected
    }

    private static func divided(
        _ pieces: ArraySlice<QuantilePiece>, _ places: [UInt32], _ shift: Int, _ rangeCount: Int
    ) -> [Part] {
        var parts = [Part](repeating: Part(), count: rangeCount)
        let mask = UInt32(truncatingIfNeeded: 1 << shift - 1)
        for piece in pieces {
            let minimum = piece.minimum
            piece.forEach(above: minimum, places: places) { group, key in
                let range = group >> shift
                parts[range].words.append(minimum &+ Int64(bitPattern: key))
                parts[range].groups.append(UInt32(truncatingIfNeeded: group) & mask)
            }
        }
        return parts
    }

    private static func selected(
        _ fractions: [QuantileFraction], _ parts: [Part], groupCount: Int
    ) -> SelectedWords {
        var selected = SelectedWords(groupCount: groupCount, fractionCount: fractions.count)
        var (words, starts) = sorted(parts, groupCount: groupCount)
        for group in 0..<groupCount {
            let range = starts[group]..<starts[group + 1]
            selected.counts[group] = range.count
            if range.isEmpty { continue }
            for (index, fraction) in fractions.enumerated() {
                let place = fraction.place(among: range.count)
                let low = select(&words, range, place.low)
                let target = (group * fractions.count + index) * 2
                selected.words[target] = low
                selected.words[target + 1] =
                    place.high == place.low ? low : select(&words, range, place.high)
            }
        }
        return selected
    }

    /// All words, group by group: group `g` has those in `starts[g]..<starts[g + 1]`.
    private static func sorted(
        _ parts: [Part], groupCount: Int
    ) -> (words: [Int64], starts: [Int]) {
        var starts = [Int](repeating: 0, count: groupCount + 1)
        for part in parts {
            for group in part.groups { starts[Int(group) + 1] += 1 }
        }
        for group in 0..<groupCount { starts[group + 1] += starts[group] }
        var words = [Int64](repeating: 0, count: starts[groupCount])
        var next = starts
        for part in parts { scatter(part, &words, &next) }
        return (words, starts)
    }

    private static func scatter(_ part: Part, _ words: inout [Int64], _ next: inout [Int]) {
        var words = words.mutableSpan
        var next = next.mutableSpan
        let (source, groups) = (part.words.span, part.groups.span)
        for row in 0..<source.count {
            let group = Int(groups[row])
            words[next[group]] = source[row]
            next[group] &+= 1
        }
    }

    /// The word of that rank among those in `range`, which change places.
    ///
    /// Quickselect around the median of three, with equal words in the middle.
    private static func select(
        _ words: inout [Int64], _ range: Range<Int>, _ rank: Int
    ) -> Int64 {
        let target = range.lowerBound + rank
        var (low, high) = (range.lowerBound, range.upperBound)
        while high - low > sortedCount {
            let (one, two, three) = (words[low], words[low + (high - low) / 2], words[high - 1])
            let pivot = max(min(one, two), min(max(one, two), three))
            let (start, end) = partition(&words, low..<high, pivot)
            if target < start {
                high = start
            } else if target >= end {
                low = end
            } else {
                return pivot
            }
        }
        words[low..<high].sort()
        return words[target]
    }

    /// Moves words below `pivot` to the front and those above to the end.
    ///
    /// - Returns: where the words that equal it begin and end.
    private static func partition(
        _ words: inout [Int64], _ range: Range<Int>, _ pivot: Int64
    ) -> (start: Int, end: Int) {
        var words = words.mutableSpan
        var (start, next, end) = (range.lowerBound, range.lowerBound, range.upperBound)
        while next < end {
            let word = words[next]
            if word < pivot {
                words[next] = words[start]
                words[start] = word
                start &+= 1
                next &+= 1
            } else if word > pivot {
                end &-= 1
                words[next] = words[end]
                words[end] = word
            } else {
                next &+= 1
            }
        }
        return (start, end)
    }
}
