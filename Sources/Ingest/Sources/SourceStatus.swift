/// What a source is doing.
public struct SourceStatus: Hashable, Sendable {
    /// What it is doing, in one word.
    public enum State: String, Hashable, Sendable, CaseIterable {
        /// It finds out where to begin.
        case starting
        /// It reads.
        case running
        /// It has rows that ingestion does not take for now, and goes on by itself.
        case waiting
        /// Something failed; it tries again by itself.
        case failing
        /// It rests until an operator resumes it; `error` says why, if nobody asked for it.
        case paused
    }

    /// How far one partition was read.
    public struct Partition: Hashable, Sendable {
        /// Its number.
        public var number: UInt32
        /// Where reading goes on, durably.
        public var next: UInt64
        /// Where the partition ends; `nil` while that is unknown.
        public var end: UInt64?

        /// A partition that goes on at `next`.
        public init(number: UInt32, next: UInt64, end: UInt64? = nil) {
            self.number = number
            self.next = next
            self.end = end
        }

        /// Positions between the two.
        public var lag: UInt64? { end.map { $0 > next ? $0 - next : 0 } }
    }

    /// What it is doing.
    public var state: State
    /// By number.
    public var partitions: [Partition] = []
    /// The last thing that went wrong, also after the source has gone on.
    public var error: SourceError?
    /// When, in microseconds since 1970.
    public var errorTime: Int64?
    /// What became of its rows since the start of the process.
    public var counts = IngestCounts(accepted: 0, duplicate: 0, conflict: 0, rejected: 0)
    /// Messages read since then.
    public var messageCount = 0
    /// Messages without rows, such as tombstones.
    public var skippedCount = 0
    /// Messages that came a second time and were passed over.
    public var repeatedCount = 0
    /// Positions at which there was no message, as markers of transactions leave them.
    public var holeCount: UInt64 = 0
    /// Rows a second over the last seconds.
    public var rowsPerSecond = 0.0
    /// The time of the newest message taken in, in milliseconds since 1970.
    public var newestMilliseconds: Int64?

    /// A source that has done nothing yet.
    public init(_ state: State) { self.state = state }

    /// Positions not read yet, as far as they are known.
    public var lag: UInt64 { partitions.reduce(0) { $0 + ($1.lag ?? 0) } }

    /// How old the newest message taken in is; 0 where nothing is waiting.
    ///
    /// - Parameter now: Microseconds since 1970.
    public func lagSeconds(now: Int64) -> Double {
        guard lag > 0, let newestMilliseconds else { return 0 }
        return max(0, Double(now / 1_000 - newestMilliseconds) / 1_000)
    }
}
