/// Rows that are durable in the log and visible, but not yet in a segment file.
///
/// Immutable. Consecutive small batches are joined as they are appended (`LiveRows`), so that a
/// table's live rows are a short list of batches of up to a block each, or as large as they came.
public final class LiveBatch: Sendable {
    /// The rows with the table's columns, in order of arrival.
    public let rows: RowBatch
    /// The rows with the columns of stored ones (`TableSchema.stored`).
    public let stored: RowBatch
    /// The first log position whose rows are here.
    public let firstLSN: UInt64
    /// The last one; the same where the batch is one request's.
    public let lastLSN: UInt64
    /// The smallest and largest timestamp; both 0 for a table without time.
    public let minimumTime: Int64
    /// See `minimumTime`; inclusive.
    public let maximumTime: Int64

    /// Rows that readers do not see any more; `nil` for none.
    public let dead: DeadRows?
    /// Where the rows of each request begin, by ascending log position.
    let origins: [Origin]
    let keyIndex: LiveKeyIndex

    /// Where the rows of one request begin.
    struct Origin: Sendable {
        let lsn: UInt64
        let firstRow: Int
    }

    /// A batch of a table's rows from the log positions given; all rows are of the last one.
    ///
    /// - Precondition: at least one row.
    public init(_ rows: RowBatch, schema: TableSchema, firstLSN: UInt64, lastLSN: UInt64) {
        precondition(rows.rowCount > 0 && firstLSN <= lastLSN)
        keyIndex = LiveKeyIndex(columns: schema.keyIndexColumns)
        self.rows = rows
        stored = rows.stored(version: lastLSN)
        self.firstLSN = firstLSN
        self.lastLSN = lastLSN
        dead = nil
        origins = [Origin(lsn: firstLSN, firstRow: 0)]
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
        stored = RowBatch(joining: batches.map(\.stored))
        let declared = stored.columns.prefix(batches[0].rows.columns.count)
        rows = RowBatch(rowCount: stored.rowCount, columns: Array(declared))
        firstLSN = batches[0].firstLSN
        lastLSN = batches[batches.count - 1].lastLSN
        minimumTime = batches.map(\.minimumTime).min() ?? 0
        maximumTime = batches.map(\.maximumTime).max() ?? 0
        var origins: [Origin] = []
        var dead: [(firstRow: Int, rows: DeadRows)] = []
        var firstRow = 0
        for batch in batches {
            for origin in batch.origins {
                origins.append(Origin(lsn: origin.lsn, firstRow: firstRow + origin.firstRow))
            }
            if let rows = batch.dead { dead.append((firstRow, rows)) }
            firstRow += batch.rows.rowCount
        }
        self.origins = origins
        self.dead = dead.isEmpty ? nil : DeadRows(joining: dead)
    }

    /// The same rows with others dead.
    private init(_ batch: LiveBatch, dead: DeadRows) {
        rows = batch.rows
        stored = batch.stored
        firstLSN = batch.firstLSN
        lastLSN = batch.lastLSN
        minimumTime = batch.minimumTime
        maximumTime = batch.maximumTime
        origins = batch.origins
        keyIndex = batch.keyIndex
        self.dead = dead
    }
}

/// Deaths of live rows.
extension LiveBatch {
    /// How many rows readers see, those of them included that have expired.
    public var livingRowCount: Int { rows.rowCount - (dead?.count ?? 0) }

    /// The log position of the request that brought a row. O(log requests).
    public func lsn(ofRow row: Int) -> UInt64 {
        origins[origins.partitioningIndex { $0.firstRow > row } - 1].lsn
    }

    /// Where the rows of a request begin; `nil` where it brought none of these.
    func firstRow(ofRequestAt lsn: UInt64) -> Int? {
        let index = origins.partitioningIndex { $0.lsn >= lsn }
        return index < origins.count && origins[index].lsn == lsn ? origins[index].firstRow : nil
    }

    /// The batch after deaths of rows counted from its own first one.
    func killing(_ kills: [Kill]) -> LiveBatch {
        precondition(kills.allSatisfy { Int($0.row) < rows.rowCount }, "a dead row is here")
        var dead = self.dead ?? DeadRows()
        dead.add(kills)
        return LiveBatch(self, dead: dead)
    }

    /// The batch with other dead rows, as of another version.
    public func with(dead: DeadRows) -> LiveBatch { LiveBatch(self, dead: dead) }
}
