import Segments

/// How the rows of a body are written.
public enum EventFormat: Hashable, Sendable {
    /// One JSON object a line; blank lines are skipped.
    case ndjson
    /// One JSON array of objects.
    case jsonArray
    /// RFC 4180, with a line of column names in front.
    case csv
    /// The same with tabs in place of commas.
    case tsv
    /// An array where the first byte that is no white space is `[`, else NDJSON.
    case detect
}

/// A body turned into columns, with what could not be.
public struct ParsedEvents: Sendable {
    /// The good rows in the order sent, columns as the schema has them that events name
    /// (`TableSchema.eventSchema`).
    public let batch: RowBatch
    /// For each row of `batch`, its line (NDJSON) or element (array), counted from 1.
    public let lines: [Int32]
    /// For each row of `batch`, where in `body` its text lies.
    public let ranges: [Range<Int32>]
    /// The rows that were refused, in the order sent.
    public let rejections: [Rejection]
    /// The bytes that were read, shared with the caller, not copied.
    public let body: [UInt8]

    /// For each line, from the first, where it was read; empty where that was no stream.
    public var places: [StreamPlace] = []
    /// Which fields the rows have, for tables that merge; `nil` where they have all.
    public let presence: FieldPresence?

    /// Rows as parsed elsewhere, for sources that are no JSON text and for tests.
    public init(
        batch: RowBatch, lines: [Int32], ranges: [Range<Int32>], rejections: [Rejection],
        body: [UInt8], presence: FieldPresence? = nil
    ) {
        precondition(lines.count == batch.rowCount && ranges.count == batch.rowCount)
        self.batch = batch
        self.lines = lines
        self.ranges = ranges
        self.rejections = rejections
        self.body = body
        self.presence = presence
    }

    /// Rows that never were a text (`INSERT INTO ... VALUES`): row `r` counts as line `r + 1`.
    public init(_ batch: RowBatch) {
        self.init(
            batch: batch, lines: (0..<batch.rowCount).map { Int32(truncatingIfNeeded: $0 + 1) },
            ranges: Array(repeating: 0..<0, count: batch.rowCount), rejections: [], body: [])
    }

    /// The text of a row as sent, cut at `ParseLimit.keptRawByteCount` bytes.
    public func raw(at row: Int) -> [UInt8] {
        let range = ranges[row]
        let start = Int(range.lowerBound)
        return Array(body[start..<start + min(range.count, ParseLimit.keptRawByteCount)])
    }
}
