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
        var counts = RowCountAccumulator()
    }

    private let types: [LogicalType]
    private let seed: UInt64
    private let shared: SharedGroups?
    private let canSpill: Bool
    /// What was put aside, by partition; empty where nothing was.
    private(set) var pieces: [[GroupPiece]] = []
    private var pieceBytes = 0

    /// No groups yet; without keys, one.
    ///
    /// - Parameters:
    ///   - seed: Of sets of distinct values; the same for all workers of a query.
    ///   - shared: What the workers share that put groups aside; `nil` where nothing is.
    init(
        _ keys: [BoundExpression], _ calls: [AggregateCall], seed: UInt64,
        shared: SharedGroups? = nil, _ context: QueryContext
    ) {
        types = keys.map(\.type)
        self.seed = seed
        self.shared = shared
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
        canSpill =
            shared != nil && !keys.isEmpty && self.calls.allSatisfy(\.canBeDivided)
        groups = GroupTable(types)
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
        if canSpill, groups.count >= context.tuning.spillGroupCount { try spill() }
        try account()
    }

    /// Puts all groups aside by the partition of their keys' hashes, and starts anew, so that the
    /// tables that each row looks into stay in the processor's cache.
    func spill() throws(QueryError) {
        guard let shared, groups.count > 0 else { return }
        let words = try groups.words(shared.keys)
        let width = shared.keys.wordCount
        let hashes = (0..<groups.count).map { shared.keys.hash(words.span, at: $0 * width) }
        let order = PartitionedPositions(hashes)
        if pieces.isEmpty { pieces = Array(repeating: [], count: RadixPartitions.count) }
        for partition in pieces.indices {
            let range = order.range(of: partition)
            if range.isEmpty { continue }
            let piece = piece(Array(order.positions[range]), words, width)
            pieces[partition].append(piece)
            pieceBytes += piece.memoryBytes
        }
        groups = GroupTable(types)
        for index in filters.indices { filters[index].counts = RowCountAccumulator() }
        calls = calls.map { $0.cleared(isGrouped: true, seed: seed) }
        grow()
        try shared.account(context)
        try account()
    }

    private func piece(_ positions: [Int32], _ words: [UInt64], _ width: Int) -> GroupPiece {
        var own: [UInt64] = []
        own.reserveCapacity(positions.count * width)
        for position in positions {
            let start = Int(position) * width
            for word in start..<start + width { own.append(words[word]) }
        }
        return GroupPiece(
            words: own, rowCounts: filters.map { $0.counts.part(positions) },
            states: calls.compactMap { $0.accumulator.extract(positions) })
    }

    /// Of each call, the number of its filter.
    var callFilters: [Int] { calls.map(\.filter) }

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
            + calls.reduce(0) { $0 + $1.memoryBytes } + pieceBytes
        try context.hold(bytes - heldBytes)
        heldBytes = bytes
    }

    /// Hands over what was put aside, and lets go of it without giving its memory back.
    func takePieces() throws(QueryError) -> [[GroupPiece]] {
        defer { pieces = [] }
        try spill()
        heldBytes -= pieceBytes
        pieceBytes = 0
        return pieces
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
                try call.finish(
                    range, rowCounts: filters[call.filter].counts.counts, context))
        }
        return RowBatch(rowCount: range.count, columns: columns)
    }
}
