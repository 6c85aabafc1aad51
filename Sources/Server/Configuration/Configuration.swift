/// Everything that can be set about a running Daybook, with the defaults that protect.
///
/// Read once at the start: `daybook.toml`, then `DAYBOOK_*`, then flags; later ones win. The keys
/// and their meaning stand in `Setting.all` and in `docs/operations.md`.
public struct Configuration: Equatable, Sendable {
    /// The directory that holds everything.
    public var dataDirectory = "data"
    /// Where dashboard definitions (`*.json`) are read from; `nil` where there are none.
    public var dashboardDirectory: String?
    /// The address to listen on; loopback until there are tokens.
    public var address = "127.0.0.1"
    /// The port; 0 takes any free one.
    public var port = 8420
    /// Names besides the loopback ones that a `Host` header may carry.
    public var allowedHosts: [String] = []
    /// Origins besides the server's own whose pages may ask: `https://grafana.example`.
    public var allowedOrigins: [String] = []
    /// PEM files; both or neither.
    public var tlsCertificate: String?
    /// See `tlsCertificate`.
    public var tlsKey: String?
    /// Threads that run requests; 0 means twice the cores, at least 4.
    public var requestThreads = 0
    /// How long a graceful stop waits for running requests.
    public var drainSeconds = 25
    /// Whether sealed files are mapped into memory or read into it.
    public var mapsFiles = true
    /// A table's live rows are sealed at this many rows,
    public var sealRowCount = 500_000
    /// or at this many bytes,
    public var sealByteCount = 128 << 20
    /// or when the oldest of them is this old.
    public var sealAgeSeconds = 60
    /// Live rows beyond this many bytes make ingestion answer 429.
    public var maximumLiveByteCount = 256 << 20
    /// The largest request body, as sent.
    public var maximumBodyByteCount = 16 << 20
    /// The most rows of one request.
    public var maximumRowCount = 100_000
    /// A sender is paused when more than this many of 100 of its rows are rejected.
    public var maximumRejectPercent = 20
    /// The directory below which sources `FROM FILES` may read; `nil` where there are none.
    public var filesDirectory: String?
    /// The directory of passwords, keys and certificates of sources; `nil` where there are none.
    public var secretsDirectory: String?
    /// How often the compaction detector looks.
    public var compactionIntervalSeconds = 60
    /// Rows at which a segment is whole.
    public var compactionTargetRowCount = 500_000
    /// A query's time.
    public var queryTimeoutSeconds = 30
    /// A query's memory.
    public var queryMemoryByteCount = 512 << 20
    /// A result's rows.
    public var maximumResultRowCount = 1_000_000
    /// Threads that scan; 0 means one per core.
    public var scanThreads = 0
    /// Queries that run at once; 0 means twice the cores.
    public var querySlots = 0
    /// The least severe log lines that are written.
    public var logLevel = LogLevel.info

    /// The defaults.
    public init() {}
}

/// How much a log line matters.
public enum LogLevel: String, CaseIterable, Comparable, Sendable {
    case debug, info, warning, error

    /// Orders by severity.
    public static func < (one: LogLevel, other: LogLevel) -> Bool {
        allCases.firstIndex(of: one) ?? 0 < allCases.firstIndex(of: other) ?? 0
    }
}
