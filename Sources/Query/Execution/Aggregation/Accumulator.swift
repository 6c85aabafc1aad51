import Segments

/// The state of one aggregate call for all groups of one worker.
///
/// Partial states of several workers merge in any order to the same result.
protocol Accumulator: AnyObject {
    /// Bytes held.
    var memoryBytes: Int { get }
    /// Makes room: groups up to `count` exist.
    func grow(to count: Int)
    /// Adds rows; `argument` is `nil` for COUNT(*). NULL arguments do not count.
    func add(_ argument: Vector?, _ groups: GroupNumbers, count: Int)
    /// Adds another worker's state; its group `g` is group `map[g]` here.
    ///
    /// - Throws: where the query must not go on.
    func merge(
        _ other: any Accumulator, _ map: [UInt32], _ context: QueryContext
    ) throws(QueryError)
    /// The results of the groups in `range`.
    func finish(_ range: Range<Int>) throws(QueryError) -> Column
}

extension Accumulator {
    /// The same kind of accumulator.
    func sibling(_ other: any Accumulator) -> Self {
        guard let other = other as? Self else {
            preconditionFailure("workers of one query have the same accumulators")
        }
        return other
    }
}

/// Goes over the rows of a batch that have a value, with their groups.
enum GroupLoop {
    /// Calls `body(row, group)` for each valid row.
    @inline(__always)
    static func run(
        _ groups: GroupNumbers, count: Int, validity: Bitmap?, _ body: (Int, Int) -> Void
    ) {
        switch (groups, validity) {
        case (.single(let group), nil):
            for row in 0..<count { body(row, Int(group)) }
        case (.single(let group), let validity?):
            for row in 0..<count where validity[row] { body(row, Int(group)) }
        case (.rows(let groups), nil):
            let groups = groups.span
            for row in 0..<count { body(row, Int(groups[row])) }
        case (.rows(let groups), let validity?):
            let groups = groups.span
            for row in 0..<count where validity[row] { body(row, Int(groups[row])) }
        }
    }
}

/// COUNT(*) and COUNT(x).
final class CountAccumulator: Accumulator {
    private var counts: [Int64] = []

    var memoryBytes: Int { counts.count * 8 }

    func grow(to count: Int) { counts.grow(to: count, 0) }

    func add(_ argument: Vector?, _ groups: GroupNumbers, count: Int) {
        if let argument, argument.isNullConstant { return }
        let validity = argument?.validity
        if case .single(let group) = groups {
            counts[Int(group)] += Int64(validity?.setCount ?? count)
            return
        }
        Self.add(&counts, groups, count: count, validity: validity)
    }

    private static func add(
        _ counts: inout [Int64], _ groups: GroupNumbers, count: Int, validity: Bitmap?
    ) {
        var counts = counts.mutableSpan
        GroupLoop.run(groups, count: count, validity: validity) { _, group in
            counts[group] &+= 1
        }
    }

    func merge(_ other: any Accumulator, _ map: [UInt32], _ context: QueryContext) {
        let other = sibling(other)
        for (group, count) in other.counts.enumerated() { counts[Int(map[group])] += count }
    }

    func finish(_ range: Range<Int>) -> Column {
        Column(type: .bigint, values: .integers(Array(counts[range])))
    }
}

/// SUM and AVG of exact numbers, in 128 bits.
///
/// No sum of fewer than 2^64 values of a BIGINT can leave 128 bits. Sums of 38-digit decimals can:
/// a group remembers that it happened, and its result is an error.
final class ExactSumAccumulator: Accumulator {
    private let call: AggregateCall
    private let scale: Int
    private var sums: [Int128] = []
    private var counts: [Int64] = []
    private var overflowed: Set<Int> = []

    init(_ call: AggregateCall, argument: LogicalType) {
        self.call = call
        scale = argument.scale
    }

    var memoryBytes: Int { sums.count * 24 }

    func grow(to count: Int) {
        sums.grow(to: count, 0)
        counts.grow(to: count, 0)
    }

    func add(_ argument: Vector?, _ groups: GroupNumbers, count: Int) {
        guard let argument, !argument.isNullConstant else { return }
        let validity = argument.validity
        let column = argument.column(count: count)
        guard case .integers(let values) = column.values else {
            return addWide(argument.wideIntegers, groups, count: count, validity: validity)
        }
        if case .single(let group) = groups {
            // The slots of NULL rows hold zero.
            sums[Int(group)] += IntegerKernels.sum(values.span)
            counts[Int(group)] += Int64(validity?.setCount ?? count)
            return
        }
        Self.add(&sums, &counts, values.span, groups, validity)
    }

    private static func add(
        _ sums: inout [Int128], _ counts: inout [Int64], _ values: Span<Int64>,
        _ groups: GroupNumbers, _ validity: Bitmap?
    ) {
        var sums = sums.mutableSpan
        var counts = counts.mutableSpan
        GroupLoop.run(groups, count: values.count, validity: validity) { row, group in
            sums[group] &+= Int128(values[row])
            counts[group] &+= 1
        }
    }

    private func addWide(
        _ values: Operand<Int128>, _ groups: GroupNumbers, count: Int, validity: Bitmap?
    ) {
        GroupLoop.run(groups, count: count, validity: validity) { row, group in
            add(values.value(at: row), to: group)
            counts[group] += 1
        }
    }

    private func add(_ value: Int128, to group: Int) {
        let sum = sums[group].addingReportingOverflow(value)
        sums[group] = sum.partialValue
        if sum.overflow { overflowed.insert(group) }
    }

    func merge(_ other: any Accumulator, _ map: [UInt32], _ context: QueryContext) {
        let other = sibling(other)
        for group in other.sums.indices {
            add(other.sums[group], to: Int(map[group]))
            counts[Int(map[group])] += other.counts[group]
        }
        for group in other.overflowed { overflowed.insert(Int(map[group])) }
    }

    func finish(_ range: Range<Int>) throws(QueryError) -> Column {
        var validity = Bitmap(count: 0)
        for group in range { validity.append(counts[group] > 0) }
        if call.function == .average {
            let divisor = Double(Decimal.powersOfTen[scale])
            let means = range.map { group in
                counts[group] == 0
                    ? 0 : Double(sums[group]) / divisor / Double(counts[group])
            }
            guard overflowed.isEmpty else { throw overflow() }
            return .doubles(means, call.type, validity)
        }
        let bound: Int128 =
            call.type == .bigint ? Int128(Int64.max) + 1 : DecimalKernels.bound(of: call.type)
        for group in range {
            // Int64.min itself fits.
            let fits =
                sums[group].magnitude < bound.magnitude
                || (call.type == .bigint && sums[group] == Int128(Int64.min))
            guard fits, overflowed.isEmpty || !overflowed.contains(group) else {
                throw overflow()
            }
        }
        if call.type.layout == .integers {
            return .integers(
                range.map { Int64(truncatingIfNeeded: sums[$0]) }, call.type, validity)
        }
        return Column.made(
            Array(sums[range]), zero: 0, type: call.type, validity: validity
        ) { .wideIntegers($0) }
    }

    private func overflow() -> QueryError {
        QueryError(
            .overflow, "a \(call.function.rawValue) does not fit \(call.type)", at: call.range,
            hint: "cast the argument to DECIMAL(38, \(scale))")
    }
}

/// SUM and AVG of doubles.
///
/// Sums carry what rounding loses (Knuth's two-sum), about 106 bits in all, so that the order of
/// rows and the division of work among threads do not show in the result.
final class DoubleSumAccumulator: Accumulator {
    private let call: AggregateCall
    private var sums: [Double] = []
    private var lost: [Double] = []
    private var counts: [Int64] = []

    init(_ call: AggregateCall) { self.call = call }

    var memoryBytes: Int { sums.count * 24 }

    func grow(to count: Int) {
        sums.grow(to: count, 0)
        lost.grow(to: count, 0)
        counts.grow(to: count, 0)
    }

    func add(_ argument: Vector?, _ groups: GroupNumbers, count: Int) {
        guard let argument, !argument.isNullConstant else { return }
        let values = argument.doubles
        Self.add(&sums, &lost, &counts, values, groups, count: count, argument.validity)
    }

    private static func add(
        _ sums: inout [Double], _ lost: inout [Double], _ counts: inout [Int64],
        _ values: Operand<Double>, _ groups: GroupNumbers, count: Int, _ validity: Bitmap?
    ) {
        var sums = sums.mutableSpan
        var lost = lost.mutableSpan
        var counts = counts.mutableSpan
        GroupLoop.run(groups, count: count, validity: validity) { row, group in
            let value = values.value(at: row)
            let before = sums[group]
            let sum = before + value
            let part = sum - before
            lost[group] += (before - (sum - part)) + (value - part)
            sums[group] = sum
            counts[group] &+= 1
        }
    }

    func merge(_ other: any Accumulator, _ map: [UInt32], _ context: QueryContext) {
        let other = sibling(other)
        for group in other.sums.indices {
            let target = Int(map[group])
            let before = sums[target]
            let sum = before + other.sums[group]
            let part = sum - before
            lost[target] += (before - (sum - part)) + (other.sums[group] - part)
            lost[target] += other.lost[group]
            sums[target] = sum
            counts[target] += other.counts[group]
        }
    }

    func finish(_ range: Range<Int>) -> Column {
        var validity = Bitmap(count: 0)
        var results: [Double] = []
        for group in range {
            validity.append(counts[group] > 0)
            // What is lost of an infinite sum is no number.
            let sum = sums[group].isFinite ? sums[group] + lost[group] : sums[group]
            results.append(call.function == .average ? sum / Double(counts[group]) : sum)
        }
        return .doubles(results, call.type, validity)
    }
}

extension Array {
    /// Appends `element` until there are `count`.
    mutating func grow(to count: Int, _ element: Element) {
        if self.count < count {
            append(contentsOf: repeatElement(element, count: count - self.count))
        }
    }
}
