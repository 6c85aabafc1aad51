import Segments

/// Exact quantiles: keeps the values of all rows, and selects at the end.
///
/// Values and group numbers are kept batch by batch, 8 bytes a row, or 12 where the values of a
/// batch lie far apart: `QuantilePiece`. Few groups are selected from by `RadixSelection`, many by
/// `GroupedSelection`. Several quantiles of one argument share one accumulator.
final class QuantileAccumulator: Accumulator {
    private let type: LogicalType
    private var pieces: [QuantilePiece] = []
    private var groupCount = 0
    private var heldBytes = 0
    private var fractions: [QuantileFraction] = []
    private var selected: SelectedWords?

    /// Quantiles of values of `type`, which is kept in 64-bit words.
    init(_ type: LogicalType) { self.type = type }

    /// Announces a quantile that will be asked for, so that all are found at one time.
    func want(_ fraction: QuantileFraction) {
        if !fractions.contains(fraction) { fractions.append(fraction) }
    }

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
        append(QuantilePiece(WordExtremeAccumulator.words(column), groups))
    }

    private func append(_ piece: QuantilePiece) {
        pieces.append(piece)
        heldBytes += piece.memoryBytes
    }

    func merge(_ other: any Accumulator, _ map: [UInt32], _ context: QueryContext) {
        let other = sibling(other)
        for piece in other.pieces { append(piece.mapped(map)) }
        other.pieces = []
        other.heldBytes = 0
    }

    func finish(_ range: Range<Int>, rowCounts: [Int64]) -> Column {
        preconditionFailure("a quantile has a fraction")
    }

    /// The quantiles of the groups in `range`; NULL where a group has no value.
    ///
    /// - Precondition: `fraction` was announced.
    func finish(
        _ range: Range<Int>, _ fraction: QuantileFraction, _ context: QueryContext
    ) throws(QueryError) -> Column {
        guard let number = fractions.firstIndex(of: fraction) else {
            preconditionFailure("a quantile was not announced")
        }
        let selected: SelectedWords
        if let known = self.selected {
            selected = known
        } else {
            selected = try select(context)
            self.selected = selected
        }
        let results = range.map { group -> (low: Int64, high: Int64, part: Double)? in
            let count = selected.counts[group]
            if count == 0 { return nil }
            let at = (group * fractions.count + number) * 2
            return (
                selected.words[at], selected.words[at + 1], fraction.place(among: count).part
            )
        }
        return fraction.isContinuous ? continuous(results) : discrete(results.map { $0?.low })
    }

    private func select(_ context: QueryContext) throws(QueryError) -> SelectedWords {
        groupCount <= RadixSelection.maximumGroupCount
            ? try RadixSelection.select(fractions, of: pieces, groupCount: groupCount, context)
            : try GroupedSelection.select(fractions, of: pieces, groupCount: groupCount, context)
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
}
