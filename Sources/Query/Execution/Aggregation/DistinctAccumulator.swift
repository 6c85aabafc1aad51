import Segments

/// An aggregate over distinct arguments: collects the pairs of group and value, and aggregates
/// each once at the end.
final class DistinctAccumulator: Accumulator {
    private let make: () -> any Accumulator
    private var values: KeyNumbering
    private var pairs = PackedNumbers(positionCount: 2)
    private var groupCount = 0
    private var finished: (inner: any Accumulator, rowCounts: [Int64])?
    private var failure: QueryError?

    /// Distinct values of `argument` for the accumulator that `make` makes.
    init(_ argument: LogicalType, _ make: @escaping () -> any Accumulator) {
        self.make = make
        values = KeyNumbering(argument)
    }

    var memoryBytes: Int { values.memoryBytes + pairs.memoryBytes }

    func grow(to count: Int) { groupCount = max(groupCount, count) }

    func add(_ argument: Vector?, _ groups: GroupNumbers, count: Int) {
        guard let argument, !argument.isNullConstant else { return }
        guard let validity = argument.validity?.unlessFull else {
            return add(argument, groups, count)
        }
        let rows = (0..<Int32(truncatingIfNeeded: count)).filter { validity[Int($0)] }
        let column = argument.column(count: count).gather(rows)
        if !rows.isEmpty { add(.column(column), groups.gather(rows), rows.count) }
    }

    private func add(_ argument: Vector, _ groups: GroupNumbers, _ count: Int) {
        do throws(QueryError) {
            let numbers = try values.numbers(of: .vector(argument), count: count)
            _ = pairs.numbers(
                of: [groups, numbers], counts: [groupCount, values.count], count: count)
        } catch {
            failure = error
        }
    }

    func merge(
        _ other: any Accumulator, _ map: [UInt32], _ context: QueryContext
    ) throws(QueryError) {
        let other = sibling(other)
        if let failure = other.failure { throw failure }
        guard other.pairs.count > 0 else { return }
        let numbers = try values.merge(other.values)
        let (groups, theirs) = other.allPairs
        _ = pairs.numbers(
            of: [
                .rows(groups.map { map[Int($0)] }), .rows(theirs.map { numbers[Int($0)] }),
            ], counts: [groupCount, values.count], count: groups.count)
    }

    private var allPairs: (groups: [UInt32], numbers: [UInt32]) {
        (
            (0..<pairs.count).map { pairs.number(at: 0, of: $0) },
            (0..<pairs.count).map { pairs.number(at: 1, of: $0) }
        )
    }

    func finish(_ range: Range<Int>, rowCounts: [Int64]) throws(QueryError) -> Column {
        if let failure { throw failure }
        if let finished {
            return try finished.inner.finish(range, rowCounts: finished.rowCounts)
        }
        let inner = make()
        inner.grow(to: groupCount)
        var counts = [Int64](repeating: 0, count: groupCount)
        let (groups, numbers) = allPairs
        for group in groups { counts[Int(group)] += 1 }
        for start in stride(from: 0, to: numbers.count, by: Block.rowCount) {
            let part = start..<min(numbers.count, start + Block.rowCount)
            inner.add(
                .column(values.column(Array(numbers[part]))), .rows(Array(groups[part])),
                count: part.count)
        }
        finished = (inner, counts)
        return try inner.finish(range, rowCounts: counts)
    }
}
