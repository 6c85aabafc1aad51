import Segments

/// VARIANCE and STDDEV: of each group the count, the mean, and the sum of squared distances from
/// it.
///
/// Values are added one by one (Welford) and parts merged by their means (Chan and others), which
/// keeps digits that a difference of two large sums would lose. The last digits depend on how the
/// work was divided.
final class VarianceAccumulator: Accumulator {
    private let function: AggregateCall.Function
    private var counts: [Int64] = []
    private var means: [Double] = []
    private var squares: [Double] = []

    /// Of one of the four functions.
    init(_ function: AggregateCall.Function) { self.function = function }

    var memoryBytes: Int { counts.count * 24 }

    func grow(to count: Int) {
        counts.grow(to: count, 0)
        means.grow(to: count, 0)
        squares.grow(to: count, 0)
    }

    func add(_ argument: Vector?, _ groups: GroupNumbers, count: Int) {
        guard let argument, !argument.isNullConstant else { return }
        let values = argument.doubles
        GroupLoop.run(groups, count: count, validity: argument.validity) { row, group in
            let value = values.value(at: row)
            counts[group] += 1
            let distance = value - means[group]
            means[group] += distance / Double(counts[group])
            squares[group] += distance * (value - means[group])
        }
    }

    func merge(_ other: any Accumulator, _ map: [UInt32], _ context: QueryContext) {
        let other = sibling(other)
        for (group, count) in other.counts.enumerated() where count > 0 {
            let own = Int(map[group])
            let (one, two) = (Double(counts[own]), Double(count))
            let distance = other.means[group] - means[own]
            counts[own] += count
            means[own] += distance * two / (one + two)
            squares[own] += other.squares[group] + distance * distance * one * two / (one + two)
        }
    }

    func extract(_ groups: [Int32]) -> (any Accumulator)? {
        let part = VarianceAccumulator(function)
        part.counts = groups.map { counts[Int($0)] }
        part.means = groups.map { means[Int($0)] }
        part.squares = groups.map { squares[Int($0)] }
        return part
    }

    func finish(_ range: Range<Int>, rowCounts: [Int64]) -> Column {
        let isSample = function == .sampleVariance || function == .sampleDeviation
        let isRoot = function == .populationDeviation || function == .sampleDeviation
        var values: [Double] = []
        var validity = Bitmap(count: 0)
        for group in range {
            let count = counts[group] - (isSample ? 1 : 0)
            validity.append(count > 0)
            let variance = count > 0 ? squares[group] / Double(count) : 0
            values.append(isRoot ? variance.squareRoot() : variance)
        }
        return .doubles(values, .double, validity.unlessFull)
    }
}

/// BIT_AND, BIT_OR and BIT_XOR of BIGINTs; NULL over no values.
final class BitAccumulator: Accumulator {
    private let function: AggregateCall.Function
    private var bits: [Int64] = []
    private var isFilled: [Bool] = []

    /// Of one of the three functions.
    init(_ function: AggregateCall.Function) { self.function = function }

    var memoryBytes: Int { bits.count * 9 }

    func grow(to count: Int) {
        bits.grow(to: count, function == .bitAnd ? -1 : 0)
        isFilled.grow(to: count, false)
    }

    private func put(_ value: Int64, _ group: Int) {
        isFilled[group] = true
        switch function {
        case .bitAnd: bits[group] &= value
        case .bitOr: bits[group] |= value
        default: bits[group] ^= value
        }
    }

    func add(_ argument: Vector?, _ groups: GroupNumbers, count: Int) {
        guard let argument, !argument.isNullConstant else { return }
        let values = argument.integers
        GroupLoop.run(groups, count: count, validity: argument.validity) { row, group in
            put(values.value(at: row), group)
        }
    }

    func merge(_ other: any Accumulator, _ map: [UInt32], _ context: QueryContext) {
        let other = sibling(other)
        for group in other.bits.indices where other.isFilled[group] {
            put(other.bits[group], Int(map[group]))
        }
    }

    func extract(_ groups: [Int32]) -> (any Accumulator)? {
        let part = BitAccumulator(function)
        part.bits = groups.map { bits[Int($0)] }
        part.isFilled = groups.map { isFilled[Int($0)] }
        return part
    }

    func finish(_ range: Range<Int>, rowCounts: [Int64]) -> Column {
        var validity = Bitmap(count: 0)
        for group in range { validity.append(isFilled[group]) }
        return .integers(Array(bits[range]), .bigint, validity.unlessFull)
    }
}
