import Segments

/// One aggregate call of one worker: what it evaluates, and what it has found.
struct AggregateState {
    /// Which of the sink's filters the call has.
    let filter: Int
    private(set) var accumulator: any Accumulator
    private let argument: Evaluator?
    private let key: Evaluator?
    private let order: [Evaluator]
    private let call: AggregateCall
    /// Whether another call of the same argument adds the rows.
    private let isShared: Bool
    /// Rows that do not satisfy it count as 0.
    private let condition: Evaluator?

    /// The state of `call`, over no rows.
    ///
    /// - Parameters:
    ///   - filter: The number of the call's filter.
    ///   - others: States of calls before it, whose accumulator it may share.
    init(_ call: AggregateCall, filter: Int, others: [AggregateState]) {
        self.filter = filter
        self.call = call
        key = call.key.map { Evaluator($0) }
        order = call.order.map { Evaluator($0.expression) }
        let shared = others.first { $0.canShare(call) }
        isShared = shared != nil
        accumulator = shared?.accumulator ?? Self.accumulator(call)
        if let fraction = Self.fraction(call) {
            (accumulator as? QuantileAccumulator)?.want(fraction)
        }
        if let flag = FlagAccumulator.condition(of: call) {
            argument = nil
            condition = Evaluator(flag)
        } else if let part = Self.conditionalSum(call) {
            argument = Evaluator(part.value)
            condition = Evaluator(part.condition)
        } else {
            argument = call.argument.map { Evaluator($0) }
            condition = nil
        }
    }

    /// Whether `other` is a quantile of the same values, of another fraction maybe.
    private func canShare(_ other: AggregateCall) -> Bool {
        func isExact(_ call: AggregateCall) -> Bool { call.function != .approximateQuantile }
        return call.fraction != nil && other.fraction != nil && isExact(call) == isExact(other)
            && call.argument == other.argument && call.filter == other.filter
            && call.isDistinct == other.isDistinct
    }

    /// The bytes that this call alone holds.
    var memoryBytes: Int { isShared ? 0 : accumulator.memoryBytes }

    /// Whether groups can be put aside with their state.
    var canBeDivided: Bool { !isShared && accumulator.extract([]) != nil }

    /// The same call over no rows.
    func cleared() -> AggregateState {
        var state = self
        state.accumulator = Self.accumulator(call)
        return state
    }

    /// Takes over another worker's state; its group `g` is group `map[g]` here.
    func merge(
        _ other: AggregateState, _ map: [UInt32], _ context: QueryContext
    ) throws(QueryError) {
        if !isShared { try accumulator.merge(other.accumulator, map, context) }
    }

    /// The results of the groups in `range`, given how many rows each group has.
    func finish(
        _ range: Range<Int>, rowCounts: [Int64], _ context: QueryContext
    ) throws(QueryError) -> Column {
        guard let fraction = Self.fraction(call) else {
            return try accumulator.finish(range, rowCounts: rowCounts)
        }
        switch accumulator {
        case let exact as QuantileAccumulator: return try exact.finish(range, fraction, context)
        case let approximate as ApproximateQuantileAccumulator:
            return approximate.finish(range, fraction: fraction.fraction)
        default: preconditionFailure("\(call.function) is no quantile")
        }
    }

    private static func fraction(_ call: AggregateCall) -> QuantileFraction? {
        call.fraction.map {
            QuantileFraction(fraction: $0, isContinuous: call.function == .continuousQuantile)
        }
    }

    /// Adds the rows of a batch.
    func add(_ batch: Batch, _ groups: GroupNumbers) throws(QueryError) {
        if isShared { return }
        if let key, let argument, let chosen = accumulator as? ArgumentExtremeAccumulator {
            return chosen.add(
                try argument.evaluate(batch), by: try key.evaluate(batch), groups,
                count: batch.rowCount)
        }
        if let argument, let list = accumulator as? ListAccumulator {
            var keys: [Vector] = []
            for key in order { keys.append(try key.evaluate(batch)) }
            return list.add(
                try argument.evaluate(batch), by: keys, groups, count: batch.rowCount)
        }
        if case .column(let index, _)? = call.argument,
            let counts = accumulator as? CountAccumulator
        {
            let validity = try batch.validity(index)
            return counts.add(validity: validity, groups, count: batch.rowCount)
        }
        guard let condition else { return try addAll(batch, groups) }
        switch condition.zoneVerdict(batch) {
        case .none: return
        case .all: return try addAll(batch, groups)
        case .some: break
        }
        let truth = try condition.truth(batch)
        let kept = truth.trueCount(of: batch.rowCount)
        if kept == 0 { return }
        if kept == batch.rowCount { return try addAll(batch, groups) }
        if kept * Self.pickedShare >= batch.rowCount, argument?.canFail != true,
            case .rows(let truths) = truth, let part = groups.keeping(truths)
        {
            return try addAll(batch, part)
        }
        let rows = truth.rows(of: batch.rowCount, where: Truth.whereTrue)
        try addAll(batch.narrowed(to: rows), groups.gather(rows))
    }

    /// Rows that satisfy a condition are picked where fewer than one in so many does.
    private static let pickedShare = 6

    private func addAll(_ batch: Batch, _ groups: GroupNumbers) throws(QueryError) {
        guard let sums = accumulator as? ExactSumAccumulator,
            case .column(let index, let type)? = argument?.expression, type.layout == .integers
        else {
            return accumulator.add(
                try argument?.evaluate(batch), groups, count: batch.rowCount)
        }
        if case .single(let group) = groups, let sum = try batch.sum(index) {
            return sums.add(sum, rowCount: batch.rowCount, to: Int(group))
        }
        let bound = Self.bound(batch.zone(index))
        if case .coded(let rows) = groups, let cells = rows.sums(of: index),
            sums.add(rows, cells, count: batch.rowCount, bound: bound)
        {
            return
        }
        sums.add(
            .column(try batch.column(index)), groups, count: batch.rowCount, bound: bound)
    }

    /// The column whose values in all rows are added up, if that is what the call does.
    var summedColumn: Int? {
        guard !isShared, condition == nil, call.filter == nil, accumulator is ExactSumAccumulator,
            case .column(let index, let type)? = argument?.expression, type.layout == .integers
        else { return nil }
        return index
    }

    /// What no value's magnitude exceeds.
    private static func bound(_ zone: ValueRange?) -> UInt64? {
        guard let low = zone?.minimum.flatMap(Vector.integer),
            let high = zone?.maximum.flatMap(Vector.integer)
        else { return nil }
        return max(low.magnitude, high.magnitude)
    }

    /// Whether rows can be added that are left out of all groups (`CodedRows`).
    var takesLeftOut: Bool {
        !isShared && accumulator.takesLeftOut && argument?.canFail != true
            && condition?.canFail != true
    }

    /// `SUM(CASE WHEN condition THEN value ELSE 0 END)`: rows that do not satisfy the condition
    /// count, and add nothing.
    private static func conditionalSum(
        _ call: AggregateCall
    ) -> (condition: BoundExpression, value: BoundExpression)? {
        guard call.function == .sum, !call.isDistinct,
            case .caseWhen(let branches, let otherwise, let type)? = call.argument,
            branches.count == 1, type.isExactNumeric, case .literal(let zero, _) = otherwise
        else { return nil }
        switch zero {
        case .bigint(0): break
        case .decimal(let decimal) where decimal.unscaled == 0: break
        default: return nil
        }
        return (branches[0].condition, branches[0].result)
    }

    /// The state of a call over no rows.
    static func accumulator(_ call: AggregateCall) -> any Accumulator {
        guard let argument = call.argument?.type else { return CountAccumulator() }
        if FlagAccumulator.condition(of: call) != nil { return FlagAccumulator() }
        let changesNothing: Bool =
            switch call.function {
            case .minimum, .maximum, .anyValue, .bitAnd, .bitOr, .textList, .arrayList: true
            default: false
            }
        guard call.isDistinct, !changesNothing else { return plain(call, argument) }
        return DistinctAccumulator(argument) { plain(call, argument) }
    }

    private static func plain(
        _ call: AggregateCall, _ argument: LogicalType
    ) -> any Accumulator {
        switch call.function {
        case .count: return CountAccumulator()
        case .sum, .average:
            return argument == .double
                ? DoubleSumAccumulator(call) : ExactSumAccumulator(call, argument: argument)
        case .anyValue: return ValueAccumulator(argument, .first)
        case .approximateCount: return ApproximateCountAccumulator()
        case .quantile, .continuousQuantile: return QuantileAccumulator(argument)
        case .approximateQuantile: return ApproximateQuantileAccumulator(argument)
        case .argumentOfMaximum, .argumentOfMinimum:
            return ArgumentExtremeAccumulator(
                argument, isMaximum: call.function == .argumentOfMaximum)
        case .populationVariance, .sampleVariance, .populationDeviation, .sampleDeviation:
            return VarianceAccumulator(call.function)
        case .bitAnd, .bitOr, .bitXor: return BitAccumulator(call.function)
        case .textList, .arrayList:
            guard let list = call.list else { preconditionFailure("a list has a form") }
            return ListAccumulator(call, list, argument)
        case .minimum, .maximum:
            let isMaximum = call.function == .maximum
            switch argument.layout {
            case .integers, .booleans, .doubles:
                return WordExtremeAccumulator(argument, isMaximum: isMaximum)
            case .strings, .wideIntegers, .arrays:
                return ValueAccumulator(argument, isMaximum ? .greatest : .least)
            }
        }
    }
}
