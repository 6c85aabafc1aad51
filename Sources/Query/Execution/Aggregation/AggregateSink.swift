import Segments

/// Where a worker's batches go at the end of a pipeline.
protocol Sink: AnyObject, SendableMetatype {
    /// Takes the rows of a batch.
    func add(_ batch: Batch) throws(QueryError)
    /// Takes the rows of a batch that are true; at least one is.
    func add(_ batch: Batch, where truths: [UInt8]) throws(QueryError)
    /// Whether conditions on a column may be left to the sink.
    func takesCondition(on column: Int) -> Bool
    /// Takes the rows of a batch whose code satisfies a condition, and which are true, where
    /// `truths` are given.
    ///
    /// - Returns: False where it cannot, and nothing was taken.
    func add(
        _ batch: Batch, where truths: [UInt8]?, by condition: CodeCondition
    ) throws(QueryError) -> Bool
    /// Whether no row of a unit of the pipeline's source will be taken, given what is known of its
    /// columns.
    func skips(_ zone: (Int) -> ValueRange?) -> Bool
}

extension Sink {
    func add(_ batch: Batch, where truths: [UInt8]) throws(QueryError) {
        let rows = Truth.rows(truths).rows(of: batch.rowCount, where: Truth.whereTrue)
        try add(batch.narrowed(to: rows))
    }

    func skips(_ zone: (Int) -> ValueRange?) -> Bool { false }
    func takesCondition(on column: Int) -> Bool { false }

    func add(
        _ batch: Batch, where truths: [UInt8]?, by condition: CodeCondition
    ) throws(QueryError) -> Bool { false }
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
    private var coding = RowCoding()
    /// Whether all calls take rows that are left out of all groups.
    private let takesLeftOut: Bool
    /// The column of the first sum.
    private let summedColumn: Int?

    /// Rows that count for some calls.
    private struct FilteredRows {
        let filter: Evaluator?
        var counts = RowCountAccumulator()
    }

    private let types: [LogicalType]
    private let shared: SharedGroups?
    /// Batches whose rows wait or waited.
    private var exchangedBatchCount = 0
    /// After so many of them it is counted what texts the keys' spaces hold by now.
    private static let batchesPerAccount = 8
    private let canSpill: Bool
    /// Groups that were put aside, by partition; empty where none were.
    private var pieces: [[GroupPiece]] = []
    private var pieceBytes = 0
    /// Takes rows as they are, once most groups turned out to have few.
    private var exchange: RowExchange?
    /// Rows since groups were last put aside.
    private var rowCount = 0

    /// No groups yet; without keys, one.
    ///
    /// - Parameter shared: What the workers share that put groups aside; `nil` where nothing is.
    init(
        _ keys: [BoundExpression], _ calls: [AggregateCall], shared: SharedGroups? = nil,
        _ context: QueryContext
    ) {
        types = keys.map(\.type)
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
                    others: self.calls))
        }
        takesLeftOut =
            filters.allSatisfy { $0.filter == nil } && self.calls.allSatisfy(\.takesLeftOut)
        summedColumn = self.calls.lazy.compactMap(\.summedColumn).first
        canSpill =
            shared != nil && !keys.isEmpty && self.calls.allSatisfy(\.canBeDivided)
        groups = GroupTable(types, entryNumbers: shared?.entryNumbers)
        grow()
    }

    private func grow() {
        for part in filters { part.counts.grow(to: groups.count) }
        for call in calls { call.accumulator.grow(to: groups.count) }
    }

    func add(_ batch: Batch) throws(QueryError) {
        if exchange == nil, let runs = try runs(batch) {
            return try add(batch, groups.groups(runs))
        }
        var vectors: [KeyVector] = []
        for key in keys { vectors.append(try key.evaluate(batch)) }
        if let exchange {
            try exchange.add(vectors, batch)
            exchangedBatchCount += 1
            if exchangedBatchCount % Self.batchesPerAccount == 0 { try shared?.account(context) }
            if exchange.memoryBytes > exchangeLimit { try aggregateRows() }
            return try account()
        }
        let count = batch.rowCount
        let coded = try coding.rows(
            vectors, where: nil, count: count,
            summing: { () throws(QueryError) in try summed(batch) }, &groups)
        if let coded { return try add(batch, coded) }
        try add(batch, groups.groups(vectors, count: count))
    }

    /// The values of the only key as runs of rows, where they are stored so.
    private func runs(_ batch: Batch) throws(QueryError) -> CodeRuns? {
        keys.count == 1 ? try keys[0].runs(batch) : nil
    }

    /// Rows that are not true are left out of all groups where more than one in so many is true;
    /// fewer are picked.
    private static let pickedShare = 3

    func add(_ batch: Batch, where truths: [UInt8]) throws(QueryError) {
        if let rows = try codedRows(batch, where: truths, by: nil) {
            return try add(batch, rows)
        }
        let rows = Truth.rows(truths).rows(of: batch.rowCount, where: Truth.whereTrue)
        try add(batch.narrowed(to: rows))
    }

    func takesCondition(on column: Int) -> Bool {
        takesLeftOut && exchange == nil && keys.contains { $0.column == column }
    }

    func add(
        _ batch: Batch, where truths: [UInt8]?, by condition: CodeCondition
    ) throws(QueryError) -> Bool {
        guard let rows = try codedRows(batch, where: truths, by: condition) else { return false }
        try add(batch, rows)
        return true
    }

    /// The groups of rows, some of them left out; `nil` where that does not pay.
    private func codedRows(
        _ batch: Batch, where truths: [UInt8]?, by condition: CodeCondition?
    ) throws(QueryError) -> GroupNumbers? {
        let kept = truths.map { Truth.rows($0).trueCount(of: batch.rowCount) } ?? batch.rowCount
        guard takesLeftOut, exchange == nil, kept * Self.pickedShare >= batch.rowCount,
            try runs(batch) == nil
        else { return nil }
        var vectors: [KeyVector] = []
        for key in keys {
            guard let vector = try key.evaluateSafely(batch) else { return nil }
            vectors.append(vector)
        }
        let key = condition.flatMap { condition in
            keys.firstIndex { $0.column == condition.column }
        }
        let wanted = key.flatMap { key in
            condition.map { RowCoding.Wanted(key: key, truths: $0.truths) }
        }
        return try coding.rows(
            vectors, where: truths, wanted: wanted, count: batch.rowCount,
            summing: { () throws(QueryError) in try summed(batch) }, &groups)
    }

    /// The values of the first sum, where none is NULL and they lie close together.
    private func summed(_ batch: Batch) throws(QueryError) -> CodedRows.Summed? {
        guard let summedColumn, batch.rowCount <= CodeKernels.countedRowCount,
            let zone = batch.zone(summedColumn), zone.nullCount == 0,
            let low = zone.minimum.flatMap(Vector.integer),
            let high = zone.maximum.flatMap(Vector.integer)
        else { return nil }
        let distance = high.subtractingReportingOverflow(low)
        guard !distance.overflow, (0..<1 << CodeKernels.distanceBits) ~= distance.partialValue,
            case .integers(let values) = try batch.column(summedColumn).values
        else { return nil }
        return CodedRows.Summed(column: summedColumn, values: values, least: low)
    }

    private func add(_ batch: Batch, _ numbers: GroupNumbers) throws(QueryError) {
        grow()
        for index in filters.indices { try add(filter: index, batch, numbers) }
        rowCount += batch.rowCount
        if canSpill, groups.count >= context.tuning.spillGroupCount { try outgrow() }
        try account()
    }

    /// Whether anything was put aside.
    var isDivided: Bool { !pieces.isEmpty || exchange != nil }

    /// Bytes of rows that wait before they are aggregated.
    private var exchangeLimit: Int {
        min(
            context.tuning.exchangeBytes,
            context.limits.memoryBytes / (4 * (context.workers.helperCount + 1)))
    }

    /// Puts the groups aside; where they have few rows each, rows wait from now on.
    private func outgrow() throws(QueryError) {
        let limit = groups.count.multipliedReportingOverflow(
            by: context.tuning.exchangedRowsPerGroup)
        let areSmall = limit.overflow || rowCount < limit.partialValue
        try spill()
        guard areSmall, let shared else { return }
        let layout = try shared.layout()
        exchange = layout.rows.map { RowExchange($0, layout.keys) }
    }

    /// Aggregates the rows that wait, and puts their groups aside.
    private func aggregateRows() throws(QueryError) {
        guard let shared, let exchange else { return }
        let layout = try shared.layout()
        try account()
        for (partition, chunks) in exchange.take().enumerated() where !chunks.isEmpty {
            let aggregation = PartitionAggregation(layout, context)
            for chunk in chunks {
                try aggregation.add(chunk)
                heldBytes -= chunk.memoryBytes
            }
            let piece = try aggregation.finish()
            pieces[partition].append(piece)
            pieceBytes += piece.memoryBytes
            heldBytes += piece.memoryBytes
        }
        try account()
    }

    /// Puts all groups aside by the partition of their keys' hashes, and starts anew, so that the
    /// tables that each row looks into stay in the processor's cache.
    func spill() throws(QueryError) {
        guard let shared, groups.count > 0 else { return }
        let keys = try shared.layout().keys
        let words = try groups.words(keys)
        let order = PartitionedPositions(keys.hashes(of: words))
        if pieces.isEmpty { pieces = Array(repeating: [], count: RadixPartitions.count) }
        for partition in pieces.indices {
            let range = order.range(of: partition)
            if range.isEmpty { continue }
            let piece = piece(Array(order.positions[range]), words, keys.wordCount)
            pieces[partition].append(piece)
            pieceBytes += piece.memoryBytes
        }
        groups = GroupTable(types, entryNumbers: shared.entryNumbers)
        coding.forget()
        for index in filters.indices { filters[index].counts = RowCountAccumulator() }
        calls = calls.map { $0.cleared() }
        rowCount = 0
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
            + calls.reduce(0) { $0 + $1.memoryBytes } + pieceBytes + (exchange?.memoryBytes ?? 0)
        try context.hold(bytes - heldBytes)
        heldBytes = bytes
    }

    /// Hands over what was put aside, by partition, and lets go of it without giving its memory
    /// back.
    func takeParts() throws(QueryError) -> [PartitionParts] {
        try spill()
        var parts = [PartitionParts](repeating: PartitionParts(), count: RadixPartitions.count)
        for (partition, own) in pieces.enumerated() { parts[partition].pieces = own }
        pieces = []
        heldBytes -= pieceBytes
        pieceBytes = 0
        if let exchange {
            heldBytes -= exchange.memoryBytes
            for (partition, own) in exchange.take().enumerated() { parts[partition].chunks = own }
        }
        exchange = nil
        return parts
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
