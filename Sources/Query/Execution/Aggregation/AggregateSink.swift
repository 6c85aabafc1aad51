import Segments

/// Where a worker's batches go at the end of a pipeline.
protocol Sink: AnyObject, SendableMetatype {
    /// Takes the rows of a batch.
    func add(_ batch: Batch) throws(QueryError)
}

/// GROUP BY of one worker: groups, and the state of each aggregate call.
final class AggregateSink: Sink {
    private let keys: [KeyEvaluator]
    private var calls: [AggregateState]
    /// The rows of each group, once for each filter that calls have.
    private var filters: [FilteredRows]
    private let context: QueryContext
    private var groups: GroupTable
    private var heldBytes = 0

    /// Rows that count for some calls.
    private struct FilteredRows {
        let filter: Evaluator?
        let counts = RowCountAccumulator()
    }

    /// No groups yet; without keys, one.
    ///
    /// - Parameter seed: Of sets of distinct values; the same for all workers of a query.
    init(
        _ keys: [BoundExpression], _ calls: [AggregateCall], seed: UInt64,
        _ context: QueryContext
    ) {
        self.keys = keys.map { KeyEvaluator($0) }
        self.context = context
        var conditions: [BoundExpression?] = []
        for call in calls where !conditions.contains(call.filter) { conditions.append(call.filter) }
        filters = conditions.map { FilteredRows(filter: $0.map { Evaluator($0) }) }
        self.calls = []
        for call in calls {
            self.calls.append(
                AggregateState(
                    call, filter: conditions.firstIndex(of: call.filter) ?? 0,
                    others: self.calls, isGrouped: !keys.isEmpty, seed: seed))
        }
        groups = GroupTable(keys.map(\.type))
        grow()
    }

    private func grow() {
        for part in filters { part.counts.grow(to: groups.count) }
        for call in calls { call.accumulator.grow(to: groups.count) }
    }

    func add(_ batch: Batch) throws(QueryError) {
        var vectors: [KeyVector] = []
        for key in keys { vectors.append(try key.evaluate(batch)) }
        let numbers = try groups.groups(vectors, count: batch.rowCount)
        grow()
        for index in filters.indices { try add(filter: index, batch, numbers) }
        try account()
    }

    /// Adds the rows of a batch to the calls that have this filter.
    private func add(
        filter index: Int, _ batch: Batch, _ groups: GroupNumbers
    ) throws(QueryError) {
        var (batch, groups) = (batch, groups)
        if let filter = filters[index].filter {
            let truth = try filter.truth(batch)
            let kept = truth.trueCount(of: batch.rowCount)
            if kept == 0 { return }
            if kept < batch.rowCount {
                let rows = truth.rows(of: batch.rowCount, where: Truth.whereTrue)
                batch = batch.narrowed(to: rows)
                groups = groups.gather(rows)
            }
        }
        filters[index].counts.add(nil, groups, count: batch.rowCount)
        for call in calls where call.filter == index { try call.add(batch, groups) }
    }

    private func account() throws(QueryError) {
        let bytes =
            groups.memoryBytes + filters.reduce(0) { $0 + $1.counts.memoryBytes }
            + calls.reduce(0) { $0 + $1.memoryBytes }
        try context.hold(bytes - heldBytes)
        heldBytes = bytes
    }

    /// Takes over the groups of another worker.
    func merge(_ other: AggregateSink) throws(QueryError) {
        let map = try groups.merge(other.groups)
        grow()
        for (part, otherPart) in zip(filters, other.filters) {
            part.counts.merge(otherPart.counts, map, context)
        }
        for (call, otherCall) in zip(calls, other.calls) {
            try call.merge(otherCall, map, context)
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
        filters = []
        try context.hold(-heldBytes)
        heldBytes = 0
    }

    /// How many groups there are.
    var count: Int { groups.count }

    /// Keys and results of the groups in `range`.
    func finish(_ range: Range<Int>) throws(QueryError) -> RowBatch {
        var columns = groups.columns(range)
        for call in calls {
            columns.append(
                try call.finish(range, rowCounts: filters[call.filter].counts.counts))
        }
        return RowBatch(rowCount: range.count, columns: columns)
    }
}
