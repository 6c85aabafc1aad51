/// Rows that are durable in the log and visible, but not yet in a segment file.
///
/// Immutable. Consecutive small batches are joined as they are appended (`LiveRows`), so that a
/// table's live rows are a short list of batches of up to a block each, or as large as they came.
public final class LiveBatch: Sendable {
    /// The rows, in order of arrival.
    public let rows: RowBatch
    /// The first log position whose rows are here.
    public let firstLSN: UInt64
    /// The last one; the same where the batch is one request's.
    public let lastLSN: UInt64
    /// The smallest and largest timestamp; both 0 for a table without time.
    public let minimumTime: Int64
    /// See `minimumTime`; inclusive.
    public let maximumTime: Int64

    let keyIndex: LiveKeyIndex

    /// A batch of a table's rows from the log positions given.
    ///
    /// - Precondition: at least one row.
    public init(_ rows: RowBatch, schema: TableSchema, firstLSN: UInt64, lastLSN: UInt64) {
        precondition(rows.rowCount > 0 && firstLSN <= lastLSN)
        keyIndex = LiveKeyIndex(columns: schema.keyIndexColumns)
        self.rows = rows
        self.firstLSN = firstLSN
        self.lastLSN = lastLSN
        var minimum: Int64 = 0
        var maximum: Int64 = 0
        if let index = schema.timestampColumn,
            case .integers(let times) = rows.columns[index].values
        {
            minimum = times.min() ?? 0
            maximum = times.max() ?? 0
        }
        minimumTime = minimum
        maximumTime = maximum
    }

    /// Several consecutive batches of one table as one.
    ///
    /// - Precondition: at least one batch, by ascending log position.
    init(joining batches: [LiveBatch]) {
        precondition(!batches.isEmpty)
        keyIndex = LiveKeyIndex(columns: batches[0].keyIndex.columns)
        rows = RowBatch(joining: batches.map(\.rows))
        firstLSN = batches[0].firstLSN
        lastLSN = batches[batches.count - 1].lastLSN
        minimumTime = batches.map(\.minimumTime).min() ?? 0
        maximumTime = batches.map(\.maximumTime).max() ?? 0
    }
}
