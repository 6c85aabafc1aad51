import Segments

/// What one pass of the detector found and did.
public struct CompactionReport: Hashable, Sendable {
    /// One merge, done or failed.
    public struct Merge: Hashable, Sendable {
        /// The table's name.
        public var table: String
        /// The chunk.
        public var chunk: TimeRange
        /// Why it was done.
        public var reason: String
        /// What went in.
        public var inputs: [SegmentID]
        /// What came out; empty where the merge failed.
        public var outputs: [SegmentID]
        /// Rows moved.
        public var rowCount: Int
        /// How long it took.
        public var elapsedNanoseconds: UInt64
        /// What went wrong; `nil` where nothing did.
        public var failure: CompactionError?
    }

    /// Files of one rollup, made for segments that lacked them, or not.
    public struct RollupBuild: Hashable, Sendable {
        /// The rollup's name.
        public var rollup: String
        /// The segments summed up.
        public var segmentCount: Int
        /// What went wrong; `nil` where nothing did.
        public var failure: CompactionError?
    }

    /// When the pass began, on the wall clock.
    public var startedMicroseconds: Int64
    /// Merges in the order they were done.
    public var merges: [Merge] = []
    /// Rollups made of segments that lacked them.
    public var rollups: [RollupBuild] = []
    /// Segments that retention retired.
    public var expired: [SegmentID] = []
    /// Chunks that were looked at and left as they are, by reason.
    public var leftAlone: [String: Int] = [:]
    /// Failures of retention, which are no merge's.
    public var failures: [CompactionError] = []
    /// What became of files that nobody needs any more.
    public var garbage = GarbageCollection()
}

/// What the detector has done since the process started.
public struct CompactionStatus: Hashable, Sendable {
    /// Passes so far.
    public var passCount = 0
    /// Whether a pass is running now.
    public var isRunning = false
    /// Merges published.
    public var mergeCount = 0
    /// Merges that failed.
    public var failureCount = 0
    /// Segments merged away and segments made.
    public var inputCount = 0
    /// See `inputCount`.
    public var outputCount = 0
    /// Rows moved.
    public var rowCount = 0
    /// The last passes that did something, newest last, at most `keptReports`.
    public var reports: [CompactionReport] = []
    /// The last pass, whatever it did.
    public var last: CompactionReport?

    /// How many reports are kept.
    public static let keptReports = 50

    mutating func finish(_ report: CompactionReport) {
        isRunning = false
        passCount += 1
        for merge in report.merges {
            if merge.failure == nil {
                mergeCount += 1
                inputCount += merge.inputs.count
                outputCount += merge.outputs.count
                rowCount += merge.rowCount
            } else {
                failureCount += 1
            }
        }
        failureCount += report.failures.count
        failureCount += report.rollups.count { $0.failure != nil }
        last = report
        guard
            !report.merges.isEmpty || !report.expired.isEmpty || !report.failures.isEmpty
                || !report.rollups.isEmpty
        else { return }
        reports.append(report)
        if reports.count > Self.keptReports { reports.removeFirst() }
    }
}
