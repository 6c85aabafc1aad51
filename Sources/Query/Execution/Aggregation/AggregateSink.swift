import Segments

/// Where a worker's batches go at the end of a pipeline.
protocol Sink: AnyObject, SendableMetatype {
    /// Takes the rows of a batch.
    func add(_ batch: Batch) throws(QueryError)
}

/// GROUP BY of one worker: groups, and the state of each aggregate call.
final class AggregateSink: Sink {
    private let keys: [Evaluator]
    private var calls: [Call]
    private let context: QueryContext
    private var groups: GroupTable
    private var heldBytes = 0

    private struct Call {
        let argument: Evaluator?
        let filter: Evaluator?
        let accumulator: any Accumulator
    }

    /// No groups yet; without keys, one.
    ///
    /// - Parameter seed: Of sets of distinct values; the same for all workers of a query.
    init(
        _ keys: [BoundExpression], _ calls: [AggregateCall], seed: UInt64,
        _ context: QueryContext
    ) {
        self.keys = keys.map { Evaluator($0) }
        self.calls = calls.map { call in
            Call(
                argument: call.argument.map { Evaluator($0) },
                filter: call.filter.map { Evaluator($0) },
                accumulator: Self.accumulator(call, isGrouped: !keys.isEmpty, seed: seed))
        }
        self.context = context
        groups = GroupTable(keys.map(\.type))
        for call in self.calls { call.accumulator.grow(to: groups.count) }
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

    func add(_ batch: Batch) throws(QueryError) {
        var vectors: [Vector] = []
        for key in keys { vectors.append(try key.evaluate(batch)) }
        let numbers = groups.groups(vectors, count: batch.rowCount)
        for call in calls {
            call.accumulator.grow(to: groups.count)
            try add(call, batch, numbers)
        }
        try account()
    }

    private func add(
        _ call: Call, _ batch: Batch, _ groups: GroupNumbers
    ) throws(QueryError) {
        var (batch, groups) = (batch, groups)
        if let filter = call.filter {
            let truth = try filter.truth(batch)
            let kept = truth.trueCount(of: batch.rowCount)
            if kept == 0 { return }
            if kept < batch.rowCount {
                let rows = truth.rows(of: batch.rowCount, where: Truth.whereTrue)
                batch = batch.narrowed(to: rows)
                groups = groups.gather(rows)
            }
        }
        let argument = try call.argument?.evaluate(batch)
        call.accumulator.add(argument, groups, count: batch.rowCount)
    }

    private func account() throws(QueryError) {
        let bytes =
            groups.memoryBytes + calls.reduce(0) { $0 + $1.accumulator.memoryBytes }
        try context.hold(bytes - heldBytes)
        heldBytes = bytes
    }

    /// Takes over the groups of another worker.
    func merge(_ other: AggregateSink) throws(QueryError) {
        let map = groups.merge(other.groups)
        for (call, otherCall) in zip(calls, other.calls) {
            call.accumulator.grow(to: groups.count)
            try call.accumulator.merge(otherCall.accumulator, map, context)
            // What has moved is no longer the other's.
            try other.account()
            try account()
        }
        try account()
        try other.release()
    }

    /// Lets go of the groups and of what they held; nothing can be asked of them afterwards.
    func release() throws(QueryError) {
        groups = GroupTable([])
        calls = []
        try context.hold(-heldBytes)
        heldBytes = 0
    }

    /// How many groups there are.
    var count: Int { groups.count }

    /// Keys and results of the groups in `range`.
    func finish(_ range: Range<Int>) throws(QueryError) -> RowBatch {
        var columns = groups.columns(range)
        for call in calls { columns.append(try call.accumulator.finish(range)) }
        return RowBatch(rowCount: range.count, columns: columns)
    }
}
