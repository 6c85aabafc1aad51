import Segments

/// Small tables, rows and segment entries for tests that do not care what is in them.
public enum Fixture {
    /// `event_id VARCHAR NOT NULL, event_time TIMESTAMP NOT NULL, amount BIGINT`, by day.
    public static func schema(_ name: String, id: UInt32 = 0) -> TableSchema {
        TableSchema(
            id: TableID(id), name: name,
            columns: [
                ColumnDefinition(id: 1, name: "event_id", type: .varchar, isNullable: false),
                ColumnDefinition(id: 2, name: "event_time", type: .timestamp, isNullable: false),
                ColumnDefinition(id: 3, name: "amount", type: .bigint),
            ],
            timestampColumn: 1, granularity: .day, uniqueColumns: [0])
    }

    /// Rows of that schema: ids `first...`, one second apart, amounts equal to the numbers.
    public static func rows(_ schema: TableSchema, first: Int, count: Int) -> RowBatch {
        RowBatch(
            schema,
            rows: (first..<first + count).map { number in
                [
                    .varchar(Text("e\(number)")), .timestamp(Int64(number) * 1_000_000),
                    number % 7 == 0 ? .null : .bigint(Int64(number)),
                ]
            })
    }

    /// A live batch of those rows at one log position.
    public static func live(
        _ schema: TableSchema, lsn: UInt64, first: Int, count: Int
    ) -> LiveBatch {
        LiveBatch(
            rows(schema, first: first, count: count), schema: schema, firstLSN: lsn, lastLSN: lsn)
    }

    /// An entry whose file would hold `byteCount` bytes.
    public static func entry(
        _ id: SegmentID, _ table: TableID, lsn: ClosedRange<UInt64> = 1...1, day: Int64 = 0,
        byteCount: Int = 100
    ) -> SegmentEntry {
        let start = day * 86_400_000_000
        return SegmentEntry(
            id: id, tableID: table, chunk: TimeRange(start: start, end: start + 86_400_000_000),
            byteCount: byteCount, fileHash: Hash128(low: id.rawValue, high: 0),
            minimumTime: start, maximumTime: start + 5,
            totals: ControlTotals(
                rowCount: 3,
                sums: [ControlTotals.ColumnSum(columnID: 3, valueCount: 3, sum: 6)],
                rows: MultisetHash(low: 1, high: 2)),
            level: 0, firstLSN: lsn.lowerBound, lastLSN: lsn.upperBound)
    }

    /// A catalog over segments' files that `writeFile` made, which have no footers.
    public static func open(
        _ fileSystem: any FileSystem, options: CatalogOptions = CatalogOptions()
    ) throws(CatalogError) -> Catalog {
        var unchecked = options
        unchecked.checksFooters = false
        return try Catalog.open(fileSystem, options: unchecked)
    }

    /// Puts a file of the right name and size where an entry says, durably.
    public static func writeFile(
        of entry: SegmentEntry, in fileSystem: any FileSystem
    ) throws(FileError) {
        let bytes = [UInt8](
            repeating: UInt8(truncatingIfNeeded: entry.id.rawValue),
            count: entry.byteCount)
        try fileSystem.durableReplace(entry.path, with: bytes)
    }
}
