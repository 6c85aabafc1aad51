/// What the parser refuses, by size. Named here once; `docs/ingest.md` lists them.
public enum ParseLimit {
    /// The most rows of one request.
    public static let rowCount = 100_000
    /// The most bytes of one row as written.
    public static let rowByteCount = 1 << 20
    /// The deepest nesting; the row itself is level 1.
    public static let depth = 32
    /// The most keys of one row, those of nested objects included.
    public static let keyCount = 1_024
    /// The most bytes of one string as written between its quotes.
    public static let stringByteCount = 256 << 10
    /// The most values of one request, rows times columns: what bounds the memory of wide tables.
    public static let cellCount = 32_000_000
    /// How much of a refused row is kept.
    public static let keptRawByteCount = 64 << 10
    /// How far an event's time may lie ahead of the clock, in microseconds.
    public static let futureMicroseconds: Int64 = 86_400_000_000
    /// How many "did you mean" are worked out for one request.
    static let suggestionCount = 16
}
