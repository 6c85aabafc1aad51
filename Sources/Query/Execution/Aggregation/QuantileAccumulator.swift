import Segments

/// Exact quantiles: keeps the values of all rows, and selects at the end.
///
/// Blocks of values and group numbers are kept as they come, without a copy: 12 bytes a row.
/// Several quantiles of one argument share one accumulator.
final class QuantileAccumulator: Accumulator {
    private let type: LogicalType
    private var blocks: [Piece] = []
    private var groupCount = 0
    private var heldBytes = 0
    private var sorted: Grouped?

    private struct Piece {
        let words: [Int64]
        let groups: GroupNumbers
    }

    /// All words, group by group: group `g` has those in `starts[g]..<starts[g + 1]`.
    private struct Grouped {
        var words: [Int64]
        var starts: [Int]
    }

    /// Quantiles of values of `type`, which is kept in 64-bit words.
    init(_ type: LogicalType) { self.type = type }

    var memoryBytes: Int { heldBytes }

    func grow(to count: Int) { groupCount = max(groupCount, count) }

    func add(_ argument: Vector?, _ groups: GroupNumbers, count: Int) {
        guard let argument, !argument.isNullConstant else { return }
        var column = argument.column(count: count)
        var groups = groups.expanded
        if let validity = column.validity?.unlessFull {
            let rows = (0..<Int32(truncatingIfNeeded: count)).filter { validity[Int($0)] }
            if rows.isEmpty { return }
            column = column.gather(rows)
            groups = groups.gather(rows)
        }
        append(Piece(words: WordExtremeAccumulator.words(column), groups: groups))
    }

    private func append(_ block: Piece) {
        blocks.append(block)
        heldBytes += block.words.count * 12
    }

    func merge(_ other: any Accumulator, _ map: [UInt32], _ context: QueryContext) {
        let other = sibling(other)
        for block in other.blocks {
            switch block.groups {
            case .single(let group):
                append(Piece(words: block.words, groups: .single(map[Int(group)])))
            case .rows(let groups):
                append(Piece(words: block.words, groups: .rows(groups.map { map[Int($0)] })))
            case .coded: preconditionFailure("codes were written out")
            }
        }
        other.blocks = []
        other.heldBytes = 0
    }

    func finish(_ range: Range<Int>, rowCounts: [Int64]) -> Column {
        preconditionFailure("a quantile has a fraction")
    }

    /// The quantiles of the groups in `range`; NULL where a group has no value.
    ///
    /// - Parameters:
    ///   - fraction: From 0 to 1.
    ///   - isContinuous: Whether to interpolate between values; else the result is one of them:
    ///     the first whose share of values up to it reaches the fraction.
    func finish(_ range: Range<Int>, fraction: Double, isContinuous: Bool) -> Column {
        let grouped = sorted ?? grouped()
        var results: [(low: Int64, high: Int64, part: Double)?] = []
        var selected = grouped
        for group in range {
            let values = selected.starts[group]..<selected.starts[group + 1]
            guard !values.isEmpty else {
                results.append(nil)
                continue
            }
            let place = fraction * Double(values.count - 1)
            let rank =
                isContinuous
                ? Int(place) : max(0, Int((fraction * Double(values.count)).rounded(.up)) - 1)
            let low = Self.select(&selected.words, values, rank)
            let needsNext = isContinuous && Double(rank) < place
            let high = needsNext ? Self.select(&selected.words, values, rank + 1) : low
            results.append((low, high, place - Double(rank)))
        }
        sorted = selected
        return isContinuous ? continuous(results) : discrete(results.map { $0?.low })
    }

    private func discrete(_ words: [Int64?]) -> Column {
        let builder = ColumnBuilder(type: type)
        for word in words { builder.append(word.map { value($0) } ?? .null) }
        return builder.finish()
    }

    private func continuous(_ results: [(low: Int64, high: Int64, part: Double)?]) -> Column {
        let builder = ColumnBuilder(type: .double)
        for result in results {
            guard let result else {
                builder.append(.null)
                continue
            }
            let (low, high) = (double(result.low), double(result.high))
            let isFlat = result.low == result.high
            builder.append(.double(isFlat ? low : low + (high - low) * result.part))
        }
        return builder.finish()
    }

    private func value(_ word: Int64) -> Value {
        switch type {
        case .double: .double(OrderedDouble.value(word))
        case .boolean: .boolean(word != 0)
        case .timestamp: .timestamp(word)
        case .date: .date(word)
        case .decimal(_, let scale): .decimal(Decimal(unscaled: Int128(word), scale: scale))
        default: .bigint(word)
        }
    }

    private func double(_ word: Int64) -> Double {
        switch type {
        case .double: OrderedDouble.value(word)
        case .decimal(_, let scale): Double(word) / Double(Decimal.powersOfTen[scale])
        default: Double(word)
        }
    }

    // MARK: - Selection

    /// Brings the words of each group together: a counting sort.
    private func grouped() -> Grouped {
        var starts = [Int](repeating: 0, count: groupCount + 1)
        for block in blocks {
            GroupLoop.run(block.groups, count: block.words.count, validity: nil) { _, group in
                starts[group + 1] += 1
            }
        }
        for group in 0..<groupCount { starts[group + 1] += starts[group] }
        var words = [Int64](repeating: 0, count: starts[groupCount])
        var next = starts
        for block in blocks { Self.scatter(block, &words, &next) }
        blocks = []
        heldBytes = words.count * 8
        return Grouped(words: words, starts: starts)
    }

    private static func scatter(_ block: Piece, _ words: inout [Int64], _ next: inout [Int]) {
        var words = words.mutableSpan
        var next = next.mutableSpan
        let source = block.words.span
        GroupLoop.run(block.groups, count: source.count, validity: nil) { row, group in
            words[next[group]] = source[row]
            next[group] &+= 1
        }
    }

    /// Fewer words than this are sorted.
    private static let sortedCount = 64

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
