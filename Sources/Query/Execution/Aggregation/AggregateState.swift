import Segments

/// One aggregate call of one worker: what it evaluates, and what it has found.
struct AggregateState {
    /// Which of the sink's filters the call has.
    let filter: Int
    let accumulator: any Accumulator
    private let argument: Evaluator?
    /// Rows that do not satisfy it count as 0.
    private let condition: Evaluator?

    /// The state of `call`, over no rows.
    ///
    /// - Parameters:
    ///   - filter: The number of the call's filter.
    ///   - seed: Of sets of distinct values; the same for all workers of a query.
    init(_ call: AggregateCall, filter: Int, isGrouped: Bool, seed: UInt64) {
        self.filter = filter
        accumulator = Self.accumulator(call, isGrouped: isGrouped, seed: seed)
        if let part = Self.conditionalSum(call) {
            argument = Evaluator(part.value)
            condition = Evaluator(part.condition)
        } else {
            argument = call.argument.map { Evaluator($0) }
            condition = nil
        }
    }

    /// Adds the rows of a batch.
    func add(_ batch: Batch, _ groups: GroupNumbers) throws(QueryError) {
        guard let condition else {
            return accumulator.add(
                try argument?.evaluate(batch), groups, count: batch.rowCount)
        }
        let truth = try condition.truth(batch)
        let kept = truth.trueCount(of: batch.rowCount)
        if kept == 0 { return }
        let rows = truth.rows(of: batch.rowCount, where: Truth.whereTrue)
        let part = batch.narrowed(to: rows)
        let partGroups = kept < batch.rowCount ? groups.gather(rows) : groups
        accumulator.add(try argument?.evaluate(part), partGroups, count: kept)
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

    private static func accumulator(
        _ call: AggregateCall, isGrouped: Bool, seed: UInt64
    ) -> any Accumulator {
        guard let argument = call.argument?.type else { return CountAccumulator() }
        let changesNothing: Bool =
            switch call.function {
            case .minimum, .maximum, .anyValue: true
            default: false
            }
        guard call.isDistinct, !changesNothing else { return plain(call, argument) }
        if isGrouped { return DistinctAccumulator(argument) { plain(call, argument) } }
        let isCount = call.function == .count
        return SetAccumulator(argument, isCount: isCount, seed: seed) { plain(call, argument) }
    }

    private static func plain(_ call: AggregateCall, _ argument: LogicalType) -> any Accumulator {
        switch call.function {
        case .count: return CountAccumulator()
        case .sum, .average:
            return argument == .double
                ? DoubleSumAccumulator(call) : ExactSumAccumulator(call, argument: argument)
        case .anyValue: return ValueAccumulator(argument, .first)
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
