import Segments

/// An aggregate over distinct arguments without GROUP BY: a set, aggregated once at the end.
final class SetAccumulator: Accumulator {
    private let make: () -> any Accumulator
    private let isCount: Bool
    private var values: DistinctSet

    /// Distinct values of `argument` for the accumulator that `make` makes; where it counts, no
    /// value is looked at again. Workers of one query have the same seed.
    init(
        _ argument: LogicalType, isCount: Bool, seed: UInt64,
        _ make: @escaping () -> any Accumulator
    ) {
        self.make = make
        self.isCount = isCount
        values = DistinctSet(argument, seed: seed)
    }

    var memoryBytes: Int { values.memoryBytes }

    func grow(to count: Int) {}

    func add(_ argument: Vector?, _ groups: GroupNumbers, count: Int) {
        guard let argument, !argument.isNullConstant else { return }
        if case .constant = argument {
            values.insert(argument.column(count: 1))
        } else {
            values.insert(argument.column(count: count))
        }
    }

    func merge(
        _ other: any Accumulator, _ map: [UInt32], _ context: QueryContext
    ) throws(QueryError) {
        try values.merge(sibling(other).values, context)
    }

    func finish(_ range: Range<Int>, rowCounts: [Int64]) throws(QueryError) -> Column {
        precondition(range == 0..<1, "without GROUP BY there is one group")
        if isCount {
            return Column(type: .bigint, values: .integers([Int64(values.count)]))
        }
        let inner = make()
        inner.grow(to: 1)
        values.forEachColumn { inner.add(.column($0), .single(0), count: $0.count) }
        return try inner.finish(range, rowCounts: [Int64(values.count)])
    }
}
