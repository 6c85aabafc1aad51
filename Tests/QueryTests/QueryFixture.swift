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
    /// answer over the same rows live; and over them with others between that are dead.
    static func expectSame(
        _ statements: [String], over parts: [[[Value]]], of schema: TableSchema,
        workers: WorkerPool, seed: Int
    ) throws {
        let live = try snapshot(parts, of: schema) { _ in false }
        let others = [
            try snapshot(parts, of: schema) { _ in true },
            try snapshot(parts, of: schema) { $0 % 2 == 0 },
            try withDeadRows(parts, of: schema, seed: seed),
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

    /// The parts sealed or live, with copies of some rows behind them that are dead: none in some
    /// parts, many in others.
    private static func withDeadRows(
        _ parts: [[[Value]]], of schema: TableSchema, seed: Int
    ) throws -> Snapshot {
        var generator = TestSupport.SeededGenerator(seed: UInt64(seed))
        var dead: [DeadRows?] = []
        var stored: [[[Value]]] = []
        for (index, rows) in parts.enumerated() {
            let percent = [0, 2, 30, 100, 250][(index + seed) % 5]
            var places: [UInt32] = []
            var all: [[Value]] = []
            for row in rows {
                all.append(row)
                var left = percent
                while Int.random(in: 0..<100, using: &generator) < left {
                    places.append(UInt32(all.count))
                    all.append(row)
                    left -= 100
                }
            }
            stored.append(all)
            dead.append(
                places.isEmpty
                    ? nil : DeadRows(RoaringBitmap(ascending: places), forgottenLSN: 0))
        }
        let whole = try snapshot(stored, of: schema) { $0 % 3 != 2 }
        let table = whole.tables[0]
        var ofSegments: [SegmentID: DeadRows] = [:]
        for segment in table.segments {
            ofSegments[segment.entry.id] = dead[Int(segment.entry.id.rawValue) - 1]
        }
        var live = table.live
        for (number, index) in parts.indices.filter({ $0 % 3 == 2 }).enumerated() {
            if let rows = dead[index] { live[number] = live[number].with(dead: rows) }
        }
        return Snapshot(
            version: 1, manifestVersion: 1,
            tables: [
                TableSnapshot(
                    schema: schema, segments: table.segments, live: live, flushedLSN: 0,
                    dead: ofSegments)
            ])
    }
}
