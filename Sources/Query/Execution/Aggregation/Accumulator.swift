import Segments

/// The state of one aggregate call for all groups of one worker.
///
/// Partial states of several workers merge in any order to the same result. How many rows each
/// group has is counted once for all calls; a state counts those rows only whose argument is NULL.
protocol Accumulator: AnyObject {
    /// Bytes held.
    var memoryBytes: Int { get }
    /// Whether rows that are left out of all groups can be added (`CodedRows`).
    var takesLeftOut: Bool { get }
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
    /// The states of `groups`, in that order, as those of groups of their own; `nil` for a kind of
    /// state that cannot be divided.
    func extract(_ groups: [Int32]) -> (any Accumulator)?
    /// The results of the groups in `range`.
    ///
    /// - Parameter rowCounts: How many rows were added to each group, NULL arguments included.
    func finish(_ range: Range<Int>, rowCounts: [Int64]) throws(QueryError) -> Column
}

extension Accumulator {
    var takesLeftOut: Bool { false }

    func extract(_ groups: [Int32]) -> (any Accumulator)? { nil }

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
        case (.coded(let coded), let validity):
            let (codes, numbers) = (coded.codes.span, coded.numbers.span)
            for row in 0..<count {
                let code = Int(codes[row])
                guard code < numbers.count, numbers[code] != .max else { continue }
                if validity.map({ $0[row] }) ?? true { body(row, Int(numbers[code])) }
            }
        case (.runs(let runs), let validity):
            let (numbers, ends) = (runs.numbers.span, runs.ends.span)
            var row = 0
            for run in 0..<ends.count {
                while row < Int(ends[run]) {
                    if validity.map({ $0[row] }) ?? true { body(row, Int(numbers[run])) }
                    row &+= 1
                }
            }
        }
    }
}

/// How many rows of each group have a NULL argument; nothing is held while none has.
struct NullCounts {
    private var counts: [Int64] = []

    /// Bytes held.
    var memoryBytes: Int { counts.count * 8 }

    /// Counts the rows of a batch whose argument is NULL; `groupCount` is above all groups.
    mutating func add(_ argument: Vector, _ groups: GroupNumbers, count: Int, groupCount: Int) {
        if argument.isNullConstant {
            counts.grow(to: groupCount, 0)
            Self.add(&counts, groups, nil, count: count)
        } else {
            add(argument.validity, groups, count: count, groupCount: groupCount)
        }
    }

    /// Counts the rows of a batch that are not in `validity`.
    mutating func add(_ validity: Bitmap?, _ groups: GroupNumbers, count: Int, groupCount: Int) {
        guard let validity else { return }
        counts.grow(to: groupCount, 0)
        Self.add(&counts, groups, validity, count: count)
    }

    /// Counts rows of one group whose argument is NULL.
    mutating func add(_ count: Int, to group: Int, groupCount: Int) {
        if count == 0 { return }
        counts.grow(to: groupCount, 0)
        counts[group] += Int64(count)
    }

    private static func add(
        _ counts: inout [Int64], _ groups: GroupNumbers, _ validity: Bitmap?, count: Int
    ) {
        var counts = counts.mutableSpan
        GroupLoop.run(groups, count: count, validity: nil) { row, group in
            counts[group] &+= validity.map { $0[row] } ?? false ? 0 : 1
        }
    }

    /// Adds another worker's counts.
    mutating func merge(_ other: NullCounts, _ map: [UInt32], groupCount: Int) {
        guard !other.counts.isEmpty else { return }
        counts.grow(to: groupCount, 0)
        for (group, count) in other.counts.enumerated() { counts[Int(map[group])] += count }
    }

    /// The counts of `groups`, in that order.
    func extract(_ groups: [Int32]) -> NullCounts {
        var extracted = NullCounts()
        if !counts.isEmpty {
            extracted.counts = groups.map { Int($0) < counts.count ? counts[Int($0)] : 0 }
        }
        return extracted
    }

    /// The rows of a group that have an argument, given how many there are.
    func validCount(of group: Int, rowCounts: [Int64]) -> Int64 {
        rowCounts[group] - (group < counts.count ? counts[group] : 0)
    }

    /// Which groups of `range` have an argument at all; `nil` for all.
    func validity(_ range: Range<Int>, rowCounts: [Int64]) -> Bitmap? {
        if counts.isEmpty, rowCounts[range].allSatisfy({ $0 > 0 }) { return nil }
        var validity = Bitmap(count: 0)
        for group in range {
            validity.append(validCount(of: group, rowCounts: rowCounts) > 0)
        }
        return validity.unlessFull
    }
}

/// COUNT(*), and how many rows each group has.
final class RowCountAccumulator: Accumulator {
    /// One per group.
    private(set) var counts: [Int64] = []

    var memoryBytes: Int { counts.count * 8 }

    func grow(to count: Int) { counts.grow(to: count, 0) }

    func add(_ argument: Vector?, _ groups: GroupNumbers, count: Int) {
        switch groups {
        case .single(let group): counts[Int(group)] += Int64(count)
        case .rows(let groups): GroupKernels.count(groups.span, &counts)
        case .coded(let coded):
            let found = coded.rowCounts()
            coded.forEachCell { cell, group in counts[group] += Int64(found[cell]) }
        case .runs(let runs): RunKernels.count(runs, &counts)
        }
    }

    func merge(_ other: any Accumulator, _ map: [UInt32], _ context: QueryContext) {
        let other = sibling(other)
        for (group, count) in other.counts.enumerated() { counts[Int(map[group])] += count }
    }

    func extract(_ groups: [Int32]) -> (any Accumulator)? { part(groups) }

    /// The counts of `groups`, in that order.
    func part(_ groups: [Int32]) -> RowCountAccumulator {
        let part = RowCountAccumulator()
        part.counts = groups.map { counts[Int($0)] }
        return part
    }

    func finish(_ range: Range<Int>, rowCounts: [Int64]) -> Column {
        Column(type: .bigint, values: .integers(Array(counts[range])))
    }
}

/// COUNT(x), and COUNT(*) out of what is counted for all calls.
final class CountAccumulator: Accumulator {
    private var nulls = NullCounts()
    private var groupCount = 0

    var memoryBytes: Int { nulls.memoryBytes }
    var takesLeftOut: Bool { true }

    func grow(to count: Int) { groupCount = max(groupCount, count) }

    func add(_ argument: Vector?, _ groups: GroupNumbers, count: Int) {
        guard let argument else { return }
        nulls.add(argument, groups, count: count, groupCount: groupCount)
    }

    /// Adds rows of which those in `validity` have an argument.
    func add(validity: Bitmap?, _ groups: GroupNumbers, count: Int) {
        nulls.add(validity, groups, count: count, groupCount: groupCount)
    }

    func merge(_ other: any Accumulator, _ map: [UInt32], _ context: QueryContext) {
        nulls.merge(sibling(other).nulls, map, groupCount: groupCount)
    }

    func extract(_ groups: [Int32]) -> (any Accumulator)? {
        let part = CountAccumulator()
        part.nulls = nulls.extract(groups)
        part.groupCount = groups.count
        return part
    }

    func finish(_ range: Range<Int>, rowCounts: [Int64]) -> Column {
        let counts = range.map { nulls.validCount(of: $0, rowCounts: rowCounts) }
        return Column(type: .bigint, values: .integers(counts))
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
