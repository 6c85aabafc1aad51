import Segments
import Synchronization

/// What one query may take.
public struct QueryLimits: Hashable, Sendable {
    /// Bytes of groups, sorted rows and results held at one time.
    public var memoryBytes = 512 << 20
    /// Nanoseconds from the call to the last row.
    public var nanoseconds: UInt64 = 30_000_000_000
    /// Rows of the result.
    public var resultRowCount = 1_000_000
    /// Bytes of the result's values in memory.
    public var resultByteCount = 256 << 20

    /// Whether filters may find their rows by code indexes; the answer is the same either way.
    public var usesCodeIndexes = true

    /// The defaults: 512 MiB, 30 s, a million rows, 256 MiB.
    public init() {}
}

/// Thresholds between ways to the same result, so that tests can take each way.
struct ExecutionTuning: Sendable {
    /// A worker that has so many groups puts them aside in partitions: their tables have outgrown
    /// the second-level cache.
    var spillGroupCount = 1 << 15
    /// Where the groups put aside have fewer rows than this on average, rows wait for their groups
    /// from then on: a row written down costs less than a group put aside and merged.
    var exchangedRowsPerGroup = 8
    /// Bytes of one worker's rows that wait before they are aggregated.
    var exchangeBytes = 1 << 28
}

/// What a query did.
public struct QueryStatistics: Hashable, Sendable {
    /// Rows in the blocks that were read.
    public var rowsRead = 0
    /// Rows in the tables that the query names, live ones included.
    public var rowsTotal = 0
    /// Rows among `rowsRead` that nobody may see: dead and expired ones.
    public var rowsHidden = 0
    /// Live rows among `rowsRead`.
    public var liveRows = 0
    /// Blocks of segments that were read.
    public var blocksRead = 0
    /// Blocks of segments passed over by zone map or key index, those of pruned segments included.
    public var blocksPruned = 0
    /// Segments of the tables that the query names.
    public var segmentsTotal = 0
    /// Segments of which nothing was read.
    public var segmentsPruned = 0
    /// Rows of the result.
    public var resultRows = 0
    /// Nanoseconds from the call to the last row.
    public var elapsedNanoseconds: UInt64 = 0

    /// Nothing done.
    public init() {}

    /// Adds the counts of a part of the query; the time is the whole query's.
    mutating func add(_ other: QueryStatistics) {
        rowsRead += other.rowsRead
        rowsTotal += other.rowsTotal
        rowsHidden += other.rowsHidden
        liveRows += other.liveRows
        blocksRead += other.blocksRead
        blocksPruned += other.blocksPruned
        segmentsTotal += other.segmentsTotal
        segmentsPruned += other.segmentsPruned
    }
}

/// One query's shared state: what it may take, and whether it must end.
///
/// All workers of the query look at it once per block.
final class QueryContext: Sendable {
    let snapshot: Snapshot
    let limits: QueryLimits
    let workers: WorkerPool
    let tuning: ExecutionTuning
    /// When the query began, in microseconds since 1970: what has expired by then it does not see.
    let now: Int64
    private let clock: any Clock
    private let cancellation: Cancellation
    private let start: UInt64
    private let memory = Atomic<Int>(0)
    private let counts = Mutex(QueryStatistics())

    init(
        snapshot: Snapshot, limits: QueryLimits, workers: WorkerPool, tuning: ExecutionTuning,
        clock: any Clock, cancellation: Cancellation
    ) {
        self.tuning = tuning
        self.snapshot = snapshot
        self.limits = limits
        self.workers = workers
        self.clock = clock
        self.cancellation = cancellation
        start = clock.steadyNanoseconds()
        now = clock.wallMicroseconds()
    }

    /// Nanoseconds since the query began.
    var elapsedNanoseconds: UInt64 { clock.steadyNanoseconds() - start }

    /// Throws where the query must not go on.
    func check() throws(QueryError) {
        if cancellation.isCancelled { throw QueryError(.cancelled, "the query was cancelled") }
        guard elapsedNanoseconds <= limits.nanoseconds else {
            throw QueryError(
                .timeout, "the query took longer than \(limits.nanoseconds / 1_000_000) ms",
                hint: "narrow the time range, or raise the time limit")
        }
    }

    /// Accounts for `bytes` more (or, negative, fewer) held by the query.
    func hold(
        _ bytes: Int, hint: String = "group by fewer values, or narrow the filter"
    ) throws(QueryError) {
        let held = memory.add(bytes, ordering: .relaxed).newValue
        guard held <= limits.memoryBytes else {
            throw QueryError(
                .memory, "the query needs more than \(limits.memoryBytes >> 20) MiB of memory",
                hint: hint)
        }
    }

    /// Adds to what the query did.
    func count(_ part: QueryStatistics) { counts.withLock { $0.add(part) } }

    /// What the query has done so far.
    var statistics: QueryStatistics {
        var statistics = counts.withLock { $0 }
        statistics.elapsedNanoseconds = elapsedNanoseconds
        return statistics
    }
}
