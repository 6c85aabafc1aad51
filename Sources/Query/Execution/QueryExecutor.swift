import Segments
import Synchronization

/// A finished query.
public struct QueryResult: Sendable {
    /// Names and types of the columns.
    public let fields: [ResultField]
    /// The rows, in order, in batches of at most a block.
    public let batches: [RowBatch]
    /// What it took.
    public let statistics: QueryStatistics

    /// A result.
    public init(fields: [ResultField], batches: [RowBatch], statistics: QueryStatistics) {
        self.fields = fields
        self.batches = batches
        self.statistics = statistics
    }

    /// All rows as values; for tests and small results.
    public var rows: [[Value]] {
        batches.flatMap { batch in (0..<batch.rowCount).map { batch.row(at: $0) } }
    }
}

/// Runs bound queries over one snapshot.
///
/// A plan is cut at its breakers (aggregation, sort, distinct); each part is a pipeline from a
/// source through filters and projections into a sink, run morsel by morsel on all cores:
///
/// ```
/// blocks → filter → project → group │ groups → project → sort │ rows → result
/// ```
///
/// Rows come out in the plan's order where it sorts; else in the order of the table's segments, or
/// of the groups' first appearance, which nobody may rely on.
public struct QueryExecutor: Sendable {
    let snapshot: Snapshot
    let limits: QueryLimits
    private let workers: WorkerPool
    var tuning = ExecutionTuning()
    private let clock: any Clock

    /// An executor over `snapshot` on the threads of `workers`.
    public init(
        snapshot: Snapshot, limits: QueryLimits = QueryLimits(), workers: WorkerPool,
        clock: any Clock = SystemClock()
    ) {
        self.snapshot = snapshot
        self.limits = limits
        self.workers = workers
        self.clock = clock
    }

    /// What a query takes and may take, from now on.
    func context(_ cancellation: Cancellation) -> QueryContext {
        QueryContext(
            snapshot: snapshot, limits: limits, workers: workers, tuning: tuning, clock: clock,
            cancellation: cancellation)
    }

    /// Runs a query and keeps all of its result.
    public func run(
        _ query: BoundQuery, cancellation: Cancellation = Cancellation()
    ) throws(QueryError) -> QueryResult {
        var batches: [RowBatch] = []
        let statistics = try run(query, cancellation: cancellation) { batch in
            batches.append(batch)
        }
        return QueryResult(fields: query.fields, batches: batches, statistics: statistics)
    }

    /// Runs a query and hands over its result batch by batch, on the calling thread.
    ///
    /// - Parameters:
    ///   - cancellation: Looked at once per block.
    ///   - sink: Takes batches of 1 to 16,384 rows; an error from it ends the query.
    /// - Throws: errors of evaluation, of the limits, of damaged segments; some batches may have
    ///   been handed over by then.
    public func run(
        _ query: BoundQuery, cancellation: Cancellation,
        into sink: (RowBatch) throws(QueryError) -> Void
    ) throws(QueryError) -> QueryStatistics {
        let context = context(cancellation)
        var rowCount = 0
        var byteCount = 0
        let runner = PlanRunner(context: context)
        let plan =
            try query.isOptimized
            ? query.plan : Optimizer.optimized(try runner.withValues(query.plan), context)
        try runner.run(plan) { batch throws(QueryError) in
            // Whoever takes the result wants texts, all of a batch at once.
            let batch = batch.withoutPackedTexts
            rowCount += batch.rowCount
            byteCount += batch.columns.reduce(0) { $0 + $1.byteCount }
            guard rowCount <= limits.resultRowCount else {
                throw QueryError(
                    .resultLimit, "the result has more than \(limits.resultRowCount) rows",
                    hint: "add a LIMIT, or aggregate")
            }
            guard byteCount <= limits.resultByteCount else {
                throw QueryError(
                    .resultLimit,
                    "the result has more than \(limits.resultByteCount >> 20) MiB",
                    hint: "add a LIMIT, or select fewer columns")
            }
            try sink(batch)
            return true
        }
        try context.check()
        var statistics = context.statistics
        statistics.resultRows = rowCount
        return statistics
    }
}

extension RowBatch {
    /// Bytes of the values themselves.
    var byteCount: Int { columns.reduce(0) { $0 + $1.byteCount } }
}

extension Column {
    /// Bytes of the values themselves.
    var byteCount: Int {
        switch values {
        case .booleans(let values): values.count
        case .integers(let values): values.count * 8
        case .wideIntegers(let values): values.count * 16
        case .doubles(let values): values.count * 8
        case .strings(let values): values.bytes.count + values.count * 4
        case .codes(let codes, let dictionary):
            codes.count * (4 + dictionary.values.bytes.count / max(1, dictionary.count))
        case .packedTexts(let codes, _): codes.count * 8
        case .widePackedTexts(let codes, _): codes.count * 16
        case .arrays(let offsets, let elements): offsets.count * 4 + elements.byteCount
        }
    }
}
