/// How a source works; named once.
struct SourceLimits: Sendable {
    /// A batch is committed at this many rows,
    var rowCount = 20_000
    /// or at this many bytes of texts,
    var byteCount = 8 << 20
    /// or when nothing more has come for a moment: so long it waits for the first message.
    var waitMilliseconds = 200
    /// How often partitions and their bounds are looked at.
    var checkNanoseconds: UInt64 = 15_000_000_000
    /// The first wait after a failure; each further one is twice as long,
    var firstPauseNanoseconds: UInt64 = 250_000_000
    /// up to this one. A tenth more or less is drawn, so that sources do not come all at once.
    var longestPauseNanoseconds: UInt64 = 30_000_000_000
    /// Where it only waits for ingestion to take a batch, waits end here: the broker wants to hear
    /// of us.
    var longestWaitNanoseconds: UInt64 = 1_000_000_000
    /// The breaker judges runs of at least this many rows.
    var breakerRowCount = 1_000
    /// It trips where more than this many of 100 rows of a run were rejected; 100: never.
    var breakerPercent = 20
}
