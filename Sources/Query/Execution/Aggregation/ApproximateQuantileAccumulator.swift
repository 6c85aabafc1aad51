import Segments

/// APPROX_QUANTILE: counts values by their leading nine binary digits.
///
/// The result is the middle of the cell that holds the exact quantile, so its relative error is at
/// most 1/512, whatever the distribution. A group holds the cells that were hit, 2,048 for each
/// factor of 256 between its least and its greatest value at most. Several quantiles of one
/// argument share one accumulator.
final class ApproximateQuantileAccumulator: Accumulator {
    private let type: LogicalType
    private var values = KeyNumbering(.bigint)
    private var cells = PackedNumbers(positionCount: 2)
    private var counts: [Int64] = []
    private var groupCount = 0

    /// Cells of doubles: sign, exponent and so many bits of the mantissa.
    private static let mantissaBits: Int64 = 8
    private static let droppedBits = 52 - mantissaBits

    /// Quantiles of numbers of `type`, which is kept in 64-bit words.
    init(_ type: LogicalType) { self.type = type }

    var memoryBytes: Int { values.memoryBytes + cells.memoryBytes + counts.count * 8 }

    func grow(to count: Int) { groupCount = max(groupCount, count) }

    func add(_ argument: Vector?, _ groups: GroupNumbers, count: Int) {
        guard let argument, !argument.isNullConstant else { return }
        var column = argument.column(count: count)
        var groups = groups
        if let validity = column.validity?.unlessFull {
            let rows = (0..<Int32(truncatingIfNeeded: count)).filter { validity[Int($0)] }
            if rows.isEmpty { return }
            column = column.gather(rows)
            groups = groups.gather(rows)
        }
        let places = values.numbers(of: Self.cells(column))
        let numbers = cells.numbers(
            of: [groups, .rows(places)], counts: [groupCount, values.count], count: places.count)
        counts.grow(to: cells.count, 0)
        if case .rows(let numbers) = numbers { GroupKernels.count(numbers.span, &counts) }
    }

    private static func cells(_ column: Column) -> [Int64] {
        switch column.values {
        case .integers(let values):
            return values.map { OrderedDouble.key(Double($0)) >> droppedBits }
        case .doubles(let values): return values.map { OrderedDouble.key($0) >> droppedBits }
        default: preconditionFailure("\(column.type) has no approximate quantile")
        }
    }

    func merge(
        _ other: any Accumulator, _ map: [UInt32], _ context: QueryContext
    ) throws(QueryError) {
        let other = sibling(other)
        guard other.cells.count > 0 else { return }
        let places = try values.merge(other.values)
        let groups = (0..<other.cells.count).map { map[Int(other.cells.number(at: 0, of: $0))] }
        let theirs = (0..<other.cells.count).map { places[Int(other.cells.number(at: 1, of: $0))] }
        let numbers = cells.numbers(
            of: [.rows(groups), .rows(theirs)], counts: [groupCount, values.count],
            count: groups.count)
        counts.grow(to: cells.count, 0)
        guard case .rows(let numbers) = numbers else { return }
        for (cell, count) in zip(numbers, other.counts) { counts[Int(cell)] += count }
    }

    func finish(_ range: Range<Int>, rowCounts: [Int64]) -> Column {
        preconditionFailure("a quantile has a fraction")
    }

    /// The quantiles of the groups in `range`; NULL where a group has no value.
    func finish(_ range: Range<Int>, fraction: Double) -> Column {
        var parts = [[(cell: Int64, count: Int64)]](repeating: [], count: range.count)
        let column = values.column((0..<values.count).map { UInt32(truncatingIfNeeded: $0) })
        guard case .integers(let words) = column.values else {
            preconditionFailure("cells are integers")
        }
        for cell in counts.indices {
            let group = Int(cells.number(at: 0, of: cell)) - range.lowerBound
            guard parts.indices.contains(group) else { continue }
            parts[group].append((words[Int(cells.number(at: 1, of: cell))], counts[cell]))
        }
        let builder = ColumnBuilder(type: type)
        for var part in parts {
            part.sort { $0.cell < $1.cell }
            let total = part.reduce(0) { $0 + $1.count }
            let rank = max(1, Int64((fraction * Double(total)).rounded(.up)))
            var seen: Int64 = 0
            let found = part.first { cell in
                seen += cell.count
                return seen >= rank
            }
            builder.append(found.map { value($0.cell) } ?? .null)
        }
        return builder.finish()
    }

    /// The middle of a cell.
    private func value(_ cell: Int64) -> Value {
        let low = OrderedDouble.value(cell << Self.droppedBits)
        let middle = OrderedDouble.value(cell << Self.droppedBits | 1 << (Self.droppedBits - 1))
        // NaN and the infinities have a cell of their own.
        let double = low.isFinite && middle.isFinite && low != 0 ? middle : low
        switch type {
        case .double: return .double(double)
        case .decimal(_, let scale):
            return .decimal(Decimal(unscaled: Int128(double.rounded()), scale: scale))
        default: return .bigint(Int64(exactly: double.rounded()) ?? (double < 0 ? .min : .max))
        }
    }
}
