import Query
import Segments
import TestSupport

/// Statements over one table, and the table in segments or live.
enum QueryFixture {
    /// A query over the table of `schema`.
    static func bind(
        _ sql: String, over schema: TableSchema, timeZones: TimeZoneDatabase? = nil
    ) throws -> BoundQuery {
        let bound = try ParsedStatement(parsing: sql).bound(
            to: CatalogView(tables: [schema]),
            options: BindOptions(now: 0, timeZones: timeZones))
        guard case .query(let query) = bound else { preconditionFailure("no query: \(sql)") }
        return query
    }

    /// A table whose parts are each a segment of its own, or live.
    static func snapshot(
        _ parts: [[[Value]]], of schema: TableSchema, isSealed: (Int) -> Bool
    ) throws -> Snapshot {
        let files = SimulatedFileSystem()
        try files.createDirectory("seg")
        var segments: [SegmentHandle] = []
        var live: [LiveBatch] = []
        for (index, rows) in parts.enumerated() {
            let batch = RowBatch(schema, rows: rows)
            guard isSealed(index) else {
                live.append(LiveBatch(batch, schema: schema, firstLSN: 1, lastLSN: 1))
                continue
            }
            let entry = try SegmentWriter(fileSystem: files).write(
                batch, schema: schema,
                as: SegmentDescription(
                    id: SegmentID(UInt64(index + 1)), chunk: .everything, level: 0, firstLSN: 1,
                    lastLSN: 1))
            segments.append(SegmentHandle(try SegmentReader(fileSystem: files, entry: entry)))
        }
        let table = TableSnapshot(schema: schema, segments: segments, live: live, flushedLSN: 0)
        return Snapshot(version: 1, manifestVersion: 1, tables: [table])
    }
}
