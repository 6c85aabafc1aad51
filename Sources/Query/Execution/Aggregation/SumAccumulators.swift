import Segments

/// SUM and AVG of exact numbers.
///
/// Values of 64 bits are added up in 64 as long as no sum can leave them, whatever the groups:
/// `budget` is what may still be added to one group. When it is used up, the sums move to 128
/// bits, which no sum of fewer than 2^64 values of a BIGINT can leave. Sums of 38-digit decimals
/// can: a group remembers that it happened, and its result is an error.
final class ExactSumAccumulator: Accumulator {
    private let call: AggregateCall
    private let scale: Int
    /// What was added to each group since the last move to `wide`.
    private var narrow: [Int64] = []
    /// Empty until needed.
    private var wide: [Int128] = []
    private var budget = ExactSumAccumulator.fullBudget
    private var overflowed: Set<Int> = []
    private var nulls = NullCounts()

    private static let fullBudget: UInt64 = 1 << 62

    convenience init(_ call: AggregateCall, argument: LogicalType) {
        self.init(call, scale: argument.scale)
    }

    private init(_ call: AggregateCall, scale: Int) {
        self.call = call
        self.scale = scale
    }

    var memoryBytes: Int { narrow.count * 8 + wide.count * 16 + nulls.memoryBytes }
    var takesLeftOut: Bool { true }

    func grow(to count: Int) {
        narrow.grow(to: count, 0)
        if !wide.isEmpty { wide.grow(to: count, 0) }
    }

    func add(_ argument: Vector?, _ groups: GroupNumbers, count: Int) {
        if let argument { add(argument, groups, count: count, bound: nil) }
    }

    /// Adds rows whose values' magnitudes do not exceed `bound`, where one is known.
    func add(_ argument: Vector, _ groups: GroupNumbers, count: Int, bound: UInt64?) {
        nulls.add(argument, groups, count: count, groupCount: narrow.count)
        if argument.isNullConstant || add(constant: argument, groups, count: count) { return }
        let column = argument.column(count: count)
        guard case .integers(let values) = column.values,
            spend(bound ?? GroupKernels.bound(values.span), count: count)
        else {
            return addWide(.column(column), groups, count: count, validity: column.validity)
        }
        assert(column.values.areZero(whereNull: column.validity), "a NULL row's slot holds a value")
        switch groups {
        case .single(let group): narrow[Int(group)] &+= GroupKernels.sum(values.span)
        case .rows(let groups): GroupKernels.sum(groups.span, values.span, &narrow)
        case .coded(let rows): add(values, rows)
        case .runs(let runs): RunKernels.sum(runs, values.span, &narrow)
        }
    }

    /// Adds rows whose values were added up by code already, none of them NULL.
    ///
    /// - Returns: False where they have to be added in another way.
    func add(_ rows: CodedRows, _ cells: [Int64], count: Int, bound: UInt64?) -> Bool {
        guard spend(bound, count: count) else { return false }
        Self.add(cells.span, rows, &narrow)
        return true
    }

    private static func add(_ cells: Span<Int64>, _ rows: CodedRows, _ sums: inout [Int64]) {
        var sums = sums.mutableSpan
        rows.forEachCell { cell, group in sums[group] &+= cells[cell] }
    }

    /// So few codes are added up by a pass over the rows for each, in wide registers.
    private static let fewCount = 3

    private func add(_ values: [Int64], _ rows: CodedRows) {
        if rows.used.count <= Self.fewCount {
            for code in rows.used {
                narrow[Int(rows.numbers[Int(code)])] &+= BucketKernels.sum(
                    values.span, rows.codes.span, of: code)
            }
            return
        }
        let cells = CodeKernels.sums(rows.codes.span, values.span, size: rows.size)
        Self.add(cells.span, rows, &narrow)
    }

    /// Adds one value for each row, where rows have codes: only their counts matter.
    private func add(constant argument: Vector, _ groups: GroupNumbers, count: Int) -> Bool {
        guard case .coded(let rows) = groups, case .constant = argument,
            argument.type.layout == .integers, case .constant(let value) = argument.integers,
            spend(value.magnitude, count: count)
        else { return false }
        let counts = rows.rowCounts()
        rows.forEachCell { cell, group in narrow[group] &+= value &* Int64(counts[cell]) }
        return true
    }

    /// Adds a block's rows by their sum, all to one group.
    func add(_ sum: SegmentReader.BlockSum, rowCount: Int, to group: Int) {
        nulls.add(rowCount - sum.valueCount, to: group, groupCount: narrow.count)
        if let value = Int64(exactly: sum.sum), spend(value.magnitude, count: 1) {
            narrow[group] &+= value
        } else {
            wide.grow(to: narrow.count, 0)
            add(sum.sum, to: group)
        }
    }

    /// Whether values can be added to the narrow sums without overflow.
    private func spend(_ bound: UInt64?, count: Int) -> Bool {
        guard let bound else { return false }
        let cost = bound.multipliedReportingOverflow(by: UInt64(count))
        guard !cost.overflow, cost.partialValue <= Self.fullBudget else { return false }
        if cost.partialValue > budget { widen() }
        budget -= cost.partialValue
        return true
    }

    private func widen() {
        wide.grow(to: narrow.count, 0)
        for group in narrow.indices {
            add(Int128(narrow[group]), to: group)
            narrow[group] = 0
        }
        budget = Self.fullBudget
    }

    private func addWide(
        _ argument: Vector, _ groups: GroupNumbers, count: Int, validity: Bitmap?
    ) {
        wide.grow(to: narrow.count, 0)
        let values = argument.wideIntegers
        GroupLoop.run(groups, count: count, validity: validity) { row, group in
            add(values.value(at: row), to: group)
        }
    }

    private func add(_ value: Int128, to group: Int) {
        let sum = wide[group].addingReportingOverflow(value)
        wide[group] = sum.partialValue
        if sum.overflow { overflowed.insert(group) }
    }

    func merge(_ other: any Accumulator, _ map: [UInt32], _ context: QueryContext) {
        let other = sibling(other)
        nulls.merge(other.nulls, map, groupCount: narrow.count)
        let spent = Self.fullBudget - other.budget
        if spent > budget { widen() }
        budget -= spent
        for (group, sum) in other.narrow.enumerated() { narrow[Int(map[group])] &+= sum }
        if !other.wide.isEmpty { wide.grow(to: narrow.count, 0) }
        for (group, sum) in other.wide.enumerated() { add(sum, to: Int(map[group])) }
        for group in other.overflowed { overflowed.insert(Int(map[group])) }
    }

    func extract(_ groups: [Int32]) -> (any Accumulator)? {
        let part = ExactSumAccumulator(call, scale: scale)
        part.narrow = groups.map { narrow[Int($0)] }
        if !wide.isEmpty { part.wide = groups.map { wide[Int($0)] } }
        part.budget = budget
        if !overflowed.isEmpty {
            for (index, group) in groups.enumerated() where overflowed.contains(Int(group)) {
                part.overflowed.insert(index)
            }
        }
        part.nulls = nulls.extract(groups)
        return part
    }

    private func sum(of group: Int) throws(QueryError) -> Int128 {
        guard !wide.isEmpty else { return Int128(narrow[group]) }
        let sum = wide[group].addingReportingOverflow(Int128(narrow[group]))
        guard !sum.overflow, !overflowed.contains(group) else { throw overflow() }
        return sum.partialValue
    }

    func finish(_ range: Range<Int>, rowCounts: [Int64]) throws(QueryError) -> Column {
        let validity = nulls.validity(range, rowCounts: rowCounts)
        if wide.isEmpty, call.function == .sum, call.type == .bigint {
            return .integers(Array(narrow[range]), .bigint, validity)
        }
        var sums: [Int128] = []
        sums.reserveCapacity(range.count)
        for group in range { sums.append(try sum(of: group)) }
        if call.function == .average {
            let means = zip(range, sums).map { group, sum in
                ExactMean.of(
                    sum, count: nulls.validCount(of: group, rowCounts: rowCounts), scale: scale)
            }
            return .doubles(means, call.type, validity)
        }
        let bound: Int128 =
            call.type == .bigint ? Int128(Int64.max) + 1 : DecimalKernels.bound(of: call.type)
        for sum in sums {
            // Int64.min itself fits.
            let fits =
                sum.magnitude < bound.magnitude
                || (call.type == .bigint && sum == Int128(Int64.min))
            guard fits else { throw overflow() }
        }
        if call.type.layout == .integers {
            return .integers(
                sums.map { Int64(truncatingIfNeeded: $0) }, call.type, validity)
        }
        return Column.made(sums, zero: 0, type: call.type, validity: validity) {
            .wideIntegers($0)
        }
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
    private var nulls = NullCounts()

    init(_ call: AggregateCall) { self.call = call }

    var memoryBytes: Int { sums.count * 16 + nulls.memoryBytes }
    var takesLeftOut: Bool { true }

    func grow(to count: Int) {
        sums.grow(to: count, 0)
        lost.grow(to: count, 0)
    }

    func add(_ argument: Vector?, _ groups: GroupNumbers, count: Int) {
        guard let argument else { return }
        nulls.add(argument, groups, count: count, groupCount: sums.count)
        if argument.isNullConstant { return }
        let values = argument.doubles
        Self.add(&sums, &lost, values, groups, count: count, argument.validity)
    }

    private static func add(
        _ sums: inout [Double], _ lost: inout [Double], _ values: Operand<Double>,
        _ groups: GroupNumbers, count: Int, _ validity: Bitmap?
    ) {
        var sums = sums.mutableSpan
        var lost = lost.mutableSpan
        switch (values, groups) {
        case (.rows(let values), .rows(let groups)) where validity == nil:
            let (values, groups) = (values.span, groups.span)
            for row in 0..<count { add(values[row], to: Int(groups[row]), &sums, &lost) }
        default:
            GroupLoop.run(groups, count: count, validity: validity) { row, group in
                add(values.value(at: row), to: group, &sums, &lost)
            }
        }
    }

    @inline(__always)
    private static func add(
        _ value: Double, to group: Int, _ sums: inout MutableSpan<Double>,
        _ lost: inout MutableSpan<Double>
    ) {
        let before = sums[group]
        let sum = before + value
        let part = sum - before
        lost[group] += (before - (sum - part)) + (value - part)
        sums[group] = sum
    }

    func merge(_ other: any Accumulator, _ map: [UInt32], _ context: QueryContext) {
        let other = sibling(other)
        nulls.merge(other.nulls, map, groupCount: sums.count)
        for group in other.sums.indices {
            let target = Int(map[group])
            let before = sums[target]
            let sum = before + other.sums[group]
            let part = sum - before
            lost[target] += (before - (sum - part)) + (other.sums[group] - part)
            lost[target] += other.lost[group]
            sums[target] = sum
        }
    }

    func extract(_ groups: [Int32]) -> (any Accumulator)? {
        let part = DoubleSumAccumulator(call)
        part.sums = groups.map { sums[Int($0)] }
        part.lost = groups.map { lost[Int($0)] }
        part.nulls = nulls.extract(groups)
        return part
    }

    func finish(_ range: Range<Int>, rowCounts: [Int64]) -> Column {
        let results = range.map { group in
            // What is lost of an infinite sum is no number.
            let sum = sums[group].isFinite ? sums[group] + lost[group] : sums[group]
            guard call.function == .average else { return sum }
            return sum / Double(nulls.validCount(of: group, rowCounts: rowCounts))
        }
        return .doubles(results, call.type, nulls.validity(range, rowCounts: rowCounts))
    }
}
