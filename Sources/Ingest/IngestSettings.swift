import Segments

/// The limits and thresholds of ingestion.
public struct IngestSettings: Sendable {
    /// A table is sealed at this many live rows,
    public var sealRowCount = 500_000
    /// or at this many bytes of them,
    public var sealByteCount = 128 << 20
    /// or when the oldest of them has waited so long.
    public var sealAgeSeconds = 60.0
    /// Above this many bytes of live rows nothing more is taken.
    public var liveByteLimit = 256 << 20
    /// Above three quarters of `liveByteLimit` a request waits for a seal to make room, this long
    /// at most, so that senders slow down before they are refused.
    public var livePauseSeconds = 1.0
    /// Above this many bytes of requests that wait for the log nothing more is taken.
    public var queueByteLimit = 64 << 20
    /// A group ends with the request that reaches this many bytes of rows.
    public var groupByteCount = 4 << 20
    /// The most requests of a group.
    public var groupRequestCount = 1_024
    /// Producers known at a time; about 1 KiB each at most.
    public var producerLimit = 100_000
    /// Keys of requests kept at a time; about 100 bytes each.
    public var keyLimit = 500_000
    /// Dead letters that may wait, and bytes of their texts; beyond that nothing is taken that
    /// would leave more.
    public var letterLimit = 200_000
    /// See `letterLimit`.
    public var letterByteLimit = 256 << 20
    /// How the log lays out its files.
    public var log = LogSettings()
    /// Learns of what an operator may want to see, in the thread that causes it.
    public var onEvent: @Sendable (IngestEvent) -> Void = { _ in }

    /// The defaults.
    public init() {}

    /// How much of requests is remembered.
    var stateLimits: CommitState.Limits {
        CommitState.Limits(
            producerCount: producerLimit, keyCount: keyLimit, letterCount: letterLimit,
            letterByteCount: letterByteLimit)
    }
}

/// What ingestion does that an operator may want to see in the log.
public enum IngestEvent: Hashable, Sendable {
    /// The log was read at the start: so many records, so many live rows.
    case replayed(records: Int, rows: Int, through: UInt64)
    /// The end of the log was torn, as a power cut leaves it; nothing acknowledged was in it.
    case tornTail(String)
    /// A table's live rows became segments.
    case sealed(table: String, rows: Int, segments: Int, flushLSN: UInt64)
    /// They could not; they stay live, and it is tried again later.
    case sealingFailed(table: String, reason: String)
    /// A new segment's rollup could not be written; the segment answers for it until compaction
    /// has made it.
    case rollupFailed(rollup: String, reason: String)
    /// A segment file of a failed attempt could not be removed; the next start sweeps it.
    case notRemoved(FileError)
    /// A run of ids is made of segments: so many of them are read. Without it new ids would be
    /// looked for in each of those segments.
    case makingIDRun(table: String, segments: Int, of: Int)
    /// A run of ids could not be made or written. Ids are decided as before, but slower; it is
    /// tried again after the next seal.
    case idRunNotMade(table: String, reason: String)
    /// The file of a run of ids cannot be used; the run is made again.
    case idRunUnusable(path: String, reason: String)
    /// Log files that nobody needs were removed.
    case logFilesRemoved(count: Int)
    /// Log files could not be removed; it is tried again after the next seal.
    case logFilesKept(LogError)
    /// A checkpoint cannot be read; an older one and the log stand in for it.
    case checkpointPassedOver(path: String, reason: String)
    /// A checkpoint could not be written; log files are kept, and it is tried again later.
    case checkpointFailed(FileError)
    /// The log failed; nothing is taken any more, and the process should stop.
    case logFailed(String)
}
