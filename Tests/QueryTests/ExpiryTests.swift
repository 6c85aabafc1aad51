import Segments
import TestSupport
import Testing

@testable import Query

@Suite("Rows that expire (Z2)")
struct ExpiryTests {
    /// A table that keeps its rows for ten days after `c0`; `byColumn` where that is not its time.
    private static func schema(_ table: RandomTable, byColumn: Bool) -> TableSchema {
        var schema = table.schema
        schema.timeToLive = .days(10, column: 0)
        if byColumn {
            schema.timestampColumn = nil
            schema.granularity = .all
        }
        return schema
    }

    private static func time(_ row: [Value]) -> Int64 {
        guard case .timestamp(let time) = row[0] else { return .max }
        return time
    }

    private static let life = 10 * CivilTime.microsecondsPerDay

    /// An instant at which some rows have expired, often just at a row's first expired microsecond
    /// or the one before.
    private static func instant(
        _ rows: [[Value]], _ generator: inout TestSupport.SeededGenerator
    ) -> Int64 {
        guard let row = rows.randomElement(using: &generator) else { return 0 }
        return time(row) + life + Int64.random(in: -1...1, using: &generator)
    }

    @Test("Random plans never see an expired row, by the microsecond", arguments: [false, true])
    func plans(byColumn: Bool) throws {
        let alone = WorkerPool(helperCount: 0)
        let many = WorkerPool(helperCount: 3)
        defer { many.stop() }
        var (compared, hidden) = (0, 0)
        for seed in UInt64(0)..<60 {
            var generator = TestSupport.SeededGenerator(seed: seed)
            let table = RandomTable(rowCount: 200, using: &generator)
            let whole = table.snapshot(
                live: Array(table.live(batchSize: 64).dropFirst(2)),
                segments: try table.segments(of: 0..<128, partCount: 2))
            let killed = try KilledTable(whole, using: &generator)
            let found = killed.snapshot.tables[0]
            let schema = Self.schema(table, byColumn: byColumn)
            let snapshot = Snapshot(
                version: 1, manifestVersion: 1,
                tables: [
                    TableSnapshot(
                        schema: schema, segments: found.segments, live: found.live,
                        flushedLSN: 0, dead: found.dead)
                ])
            let clock = ManualClock()
            let executors = [alone, many].map {
                QueryExecutor(snapshot: snapshot, workers: $0, clock: clock)
            }
            var plans = RandomPlans(seed: seed)
            for number in 0..<6 {
                let now = Self.instant(killed.rows, &generator)
                clock.setWall(microseconds: now)
                let left = killed.rows.filter { Self.time($0) + Self.life > now }
                hidden += killed.rows.count - left.count
                let reference = ReferenceEngine(tables: [schema.id: left])
                let (plan, isOrdered) =
                    number == 5 ? (plans.join(over: schema), false) : plans.plan(over: schema)
                compared +=
                    DifferentialTests.check(
                        plan, isOrdered: isOrdered, executors, reference, "seed \(seed)") ? 1 : 0
            }
            let now = Self.instant(killed.rows, &generator)
            let keys = Array(Set(table.rows.map { $0[3] }).filter { !$0.isNull })
            let lookup = try RowLookup(snapshot.tables[0], column: 3, now: now)
            let page = try lookup.rows(keys)
            let wanted = killed.rows.filter { !$0[3].isNull && Self.time($0) + Self.life > now }
            #expect(
                DifferentialTests.counted((0..<page.rows.rowCount).map { page.rows.row(at: $0) })
                    == DifferentialTests.counted(wanted), "seed \(seed)")
            for key in keys.prefix(30) {
                guard let quick = try lookup.quickRows(key, limit: 99) else { continue }
                #expect(quick.rows.rowCount == wanted.count { $0[3] == key })
            }
        }
        #expect(compared > 100 && hidden > 1_000, "\(compared) \(hidden)")
    }

    @Test(
        "A remembered statement loses a row with its first expired millisecond, NULL never expires")
    func milliseconds() throws {
        let schema = TableSchema(
            id: TableID(1), name: "t",
            columns: [
                ColumnDefinition(id: 1, name: "id", type: .bigint, isNullable: false),
                ColumnDefinition(id: 2, name: "expires_at", type: .timestamp),
                ColumnDefinition(id: 3, name: "status", type: .varchar),
            ], lookupColumns: [0], timeToLive: TimeToLive(column: 1, microseconds: 0))
        let millisecond: Int64 = 1_000
        let rows: [[Value]] = (0..<40_000).map { number -> [Value] in
            let time = Value.timestamp(Int64(number) * millisecond)
            let status: Value = number % 1_000 == 1 ? .varchar("PENDING") : .varchar("PAID")
            return [.bigint(Int64(number)), number % 4 == 0 ? .null : time, status]
        }
        let parts = [Array(rows[..<20_000]), Array(rows[20_000..<35_000]), Array(rows[35_000...])]
        let snapshot = try QueryFixture.snapshot(parts, of: schema) { $0 < 2 }
        let clock = ManualClock()
        let pool = WorkerPool(helperCount: 0)
        let executor = QueryExecutor(snapshot: snapshot, workers: pool, clock: clock)
        let statements = [
            "SELECT COUNT(*) FROM t", "SELECT COUNT(*) FROM t WHERE status = 'PENDING'",
            "SELECT SUM(id) FROM t", "SELECT MIN(id) FROM t WHERE expires_at IS NOT NULL",
            "SELECT COUNT(*) FROM t WHERE id IN (17, 19, 36001, 20)",
            "SELECT COUNT(DISTINCT id) FROM t WHERE status = 'PAID'",
            "SELECT id FROM t WHERE expires_at IS NOT NULL ORDER BY id LIMIT 1",
        ]
        let queries = try statements.map { try QueryFixture.bind($0, over: schema).optimized }
        for last in [0, 16, 17, 18, 19, 16_384, 19_999, 20_001, 34_999, 36_000, 36_001, 39_999] {
            for offset in [Int64(-1), 0] {
                let now = Int64(last) * millisecond + offset
                clock.setWall(microseconds: now)
                let left = rows.filter { row in
                    guard case .timestamp(let time) = row[1] else { return true }
                    return time > now
                }
                func ids(_ rows: [[Value]]) -> [Int64] {
                    rows.compactMap { if case .bigint(let id) = $0[0] { id } else { nil } }
                }
                let timed = left.filter { !$0[1].isNull }
                let wanted: [Value] = [
                    .bigint(Int64(left.count)),
                    .bigint(Int64(left.count { $0[2] == .varchar("PENDING") })),
                    .bigint(ids(left).reduce(0, +)),
                    ids(timed).first.map { .bigint($0) } ?? .null,
                    .bigint(Int64(ids(left).count { [17, 19, 36_001, 20].contains($0) })),
                    .bigint(Int64(left.count { $0[2] == .varchar("PAID") })),
                ]
                for (index, query) in queries.enumerated() {
                    let found = try executor.run(query).rows
                    if index < wanted.count {
                        #expect(found == [[wanted[index]]], "\(statements[index]) at \(now)")
                    } else {
                        #expect(found == ids(timed).prefix(1).map { [.bigint($0)] }, "at \(now)")
                    }
                }
            }
        }
    }

    @Test("A rollup answers for segments of which nothing has expired, rows for the others")
    func rollups() throws {
        for seed in UInt64(0)..<20 {
            var generator = TestSupport.SeededGenerator(seed: seed)
            let table = RandomTable(rowCount: 200, using: &generator)
            let schema = Self.schema(table, byColumn: seed % 2 == 0)
            let segments = try table.segments(of: 0..<200, partCount: 4)
            let rollup = Rollup(
                id: TableID(2), name: "r", tableID: schema.id, dimensions: [.column(2)],
                measures: [Rollup.Measure(.sum, of: 5)], clusterDimensions: [])
            let disk = SimulatedFileSystem()
            try disk.createDirectory("seg")
            var files: [SegmentID: SegmentHandle] = [:]
            for segment in segments {
                let entry = try RollupWriter(fileSystem: disk).write(
                    rollup, of: segment.reader(), table: table.schema,
                    as: SegmentID(100 + segment.entry.id.rawValue))
                files[segment.entry.id] = SegmentHandle(
                    try SegmentReader(fileSystem: disk, entry: entry))
            }
            let snapshot = Snapshot(
                version: 1, manifestVersion: 1,
                tables: [
                    TableSnapshot(
                        schema: schema, segments: segments, live: [], flushedLSN: 0,
                        rollups: [
                            RollupSnapshot(
                                rollup: rollup, schema: rollup.schema(of: schema), files: files)
                        ])
                ])
            let clock = ManualClock(wallMicroseconds: Self.instant(table.rows, &generator))
            let now = clock.wallMicroseconds()
            let left = table.rows.filter { Self.time($0) + Self.life > now }
            let reference = ReferenceEngine(tables: [schema.id: left])
            let query = try QueryFixture.bind(
                "SELECT c1, COUNT(*), SUM(c4) FROM t GROUP BY c1", over: schema)
            let executor = QueryExecutor(
                snapshot: snapshot, workers: WorkerPool(helperCount: 0), clock: clock)
            DifferentialTests.check(
                query.plan, isOrdered: false, [executor], reference, "seed \(seed)")
        }
    }
}
