import Query
import Segments
import TestSupport
import Testing

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

    /// Checks that statements answer over sealed rows, and over sealed and live ones, what they
    /// answer over the same rows live.
    static func expectSame(
        _ statements: [String], over parts: [[[Value]]], of schema: TableSchema,
        workers: WorkerPool, seed: Int
    ) throws {
        let live = try snapshot(parts, of: schema) { _ in false }
        let others = [
            try snapshot(parts, of: schema) { _ in true },
            try snapshot(parts, of: schema) { $0 % 2 == 0 },
        ]
        for sql in statements {
            let query = try bind(sql, over: schema)
            let wanted = try QueryExecutor(snapshot: live, workers: workers).run(query).rows
            for snapshot in others {
                let found = try QueryExecutor(snapshot: snapshot, workers: workers).run(query).rows
                #expect(found == wanted, "seed \(seed): \(sql.prefix(200))")
            }
        }
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
