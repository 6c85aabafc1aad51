import Segments
import TestSupport
import Testing

@testable import Query

/// Random rollups over random tables, and questions that they may answer.
private struct RollupCase {
    let table: RandomTable
    let rollups: [Rollup]
    let snapshot: Snapshot
    let plain: Snapshot

    private static let hour: Int64 = 3_600_000_000

    /// Rows in segments, some of them with rollups, and live.
    init(_ generator: inout TestSupport.SeededGenerator) throws {
        let count = [1, 40, 200, 400].randomElement(using: &generator) ?? 1
        let table = RandomTable(rowCount: count, using: &generator)
        self.table = table
        var rollups: [Rollup] = []
        for number in 0..<2 { rollups.append(Self.rollup(number, of: table.schema, &generator)) }
        self.rollups = rollups
        let half = Bool.random(using: &generator) ? count : (count + 1) / 2 / 64 * 64
        let disk = SimulatedFileSystem()
        try disk.createDirectory("seg")
        let parts = Int.random(in: 1...5, using: &generator)
        let segments = try table.segments(of: 0..<half, partCount: parts)
        var id: UInt64 = 100
        var files: [RollupSnapshot] = []
        for rollup in rollups {
            var built: [SegmentID: SegmentHandle] = [:]
            for segment in segments where Int.random(in: 0..<5, using: &generator) > 0 {
                id += 1
                let entry: SegmentEntry
                do throws(SegmentError) {
                    entry = try RollupWriter(fileSystem: disk).write(
                        rollup, of: segment.reader(), table: table.schema, as: SegmentID(id))
                } catch {
                    // A sum beyond 64 bits: the segment answers itself.
                    guard case .limit = error else { throw error }
                    continue
                }
                built[segment.entry.id] = SegmentHandle(
                    try SegmentReader(fileSystem: disk, entry: entry))
            }
            files.append(
                RollupSnapshot(
                    rollup: rollup, schema: rollup.schema(of: table.schema), files: built))
        }
        let live = Array(table.live(batchSize: 64).dropFirst((half + 63) / 64))
        let whole = Snapshot(
            version: 1, manifestVersion: 1,
            tables: [
                TableSnapshot(
                    schema: table.schema, segments: segments, live: live, flushedLSN: 0,
                    rollups: files)
            ])
        guard Int.random(in: 0..<4, using: &generator) == 0 else {
            plain = table.snapshot(live: live, segments: segments)
            snapshot = whole
            return
        }
        let killed = try KilledTable(whole, using: &generator)
        snapshot = killed.snapshot
        let left = RowBatch(table.schema, rows: killed.rows)
        plain = table.snapshot(
            live: left.rowCount == 0
                ? [] : [LiveBatch(left, schema: table.schema, firstLSN: 1, lastLSN: 1)])
    }

    private static func rollup(
        _ number: Int, of table: TableSchema, _ generator: inout TestSupport.SeededGenerator
    ) -> Rollup {
        var dimensions: [Rollup.Dimension] = [2, 5, 7, 10].filter { _ in
            Bool.random(using: &generator)
        }.map { .column($0) }
        if number == 0 || dimensions.isEmpty {
            let step = [hour / 4, hour, 24 * hour].randomElement(using: &generator) ?? hour
            dimensions.append(.time(stepMicroseconds: step))
        }
        var measures: [Rollup.Measure] = []
        for column in [UInt32(4), 5, 8] where Int.random(in: 0..<4, using: &generator) > 0 {
            for function in Rollup.Function.allCases {
                measures.append(Rollup.Measure(function, of: column))
            }
        }
        return Rollup(
            id: TableID(UInt32(2 + number)), name: "r\(number)", tableID: table.id,
            dimensions: dimensions, measures: measures,
            clusterDimensions: Bool.random(using: &generator) ? [0] : [])
    }

    private static let keys = [
        "c1", "c4", "c6", "c9", "TIME_FLOOR(c0, 'PT15M')", "TIME_FLOOR(c0, 'PT1H')",
        "TIME_FLOOR(c0, 'PT6H')", "DATE_TRUNC('DAY', c0)", "DATE_TRUNC('WEEK', c0)",
        "DATE_TRUNC('MONTH', c0)", "CAST(c0 AS DATE)", "EXTRACT(HOUR FROM c0)",
        "EXTRACT(MINUTE FROM c0)", "EXTRACT(DOW FROM c0)", "UPPER(c1)", "c4 + 1",
        "TIMESTAMP_TO_MILLIS(c0) - TIMESTAMP_TO_MILLIS(c0) % 3600000",
        "(TIMESTAMP_TO_MILLIS(c0) + 32400000) - (TIMESTAMP_TO_MILLIS(c0) + 32400000) % 86400000",
        "TIMESTAMP_TO_MILLIS(c0) / 86400000", "CEIL(c0 TO DAY)", "c4 > 0 AND c6",
        "CASE WHEN c1 IS NULL THEN 'none' ELSE c1 END",
    ]

    private static let calls = [
        "COUNT(*)", "COUNT(c3)", "COUNT(c1)", "COUNT(c4)", "COUNT(c0)", "SUM(c4)", "SUM(c7)",
        "MIN(c3)", "MAX(c4)", "MIN(c7)", "AVG(c4)", "AVG(c7)", "MAX(c9)", "MIN(UPPER(c1))",
        "SUM(c4) FILTER (WHERE c6)", "COUNT(*) FILTER (WHERE c1 = 'CARD')",
        "SUM(CASE WHEN c1 = 'CARD' THEN c4 ELSE 0 END)",
        "SUM(CASE WHEN c1 LIKE 'C%' THEN 1 ELSE 0 END)",
        "SUM(CASE WHEN c6 THEN c7 END)", "COUNT(CASE WHEN c6 THEN 1 END)",
        "AVG(c4) FILTER (WHERE c4 > 0)", "COUNT(DISTINCT c1)", "MAX(DISTINCT c4)",
        "COUNT(CASE WHEN c0 >= '2026-02-24' THEN 1 END)",
    ]

    static func question(_ generator: inout TestSupport.SeededGenerator) -> String {
        func some(_ list: [String], _ count: Int) -> [String] {
            Array(list.shuffled(using: &generator).prefix(count))
        }
        let keys = some(keys, Int.random(in: 0...2, using: &generator))
        let calls = some(calls, Int.random(in: keys.isEmpty ? 1...4 : 0...4, using: &generator))
        var conditions: [String] = []
        if Int.random(in: 0..<3, using: &generator) > 0 {
            for comparison in [">=", "<", ">", "<="] where Bool.random(using: &generator) {
                conditions.append("c0 \(comparison) TIMESTAMP '\(time(&generator))'")
            }
        }
        conditions += some(
            [
                "c1 = 'CARD'", "c1 IN ('CASH', '서울', '')", "c4 >= 0", "c6 IS NOT TRUE",
                "c1 LIKE 'C%' OR c4 IS NULL", "c9 > DATE '2000-01-01'", "c3 > 0",
                "EXTRACT(HOUR FROM c0) < 12", "DATE_TRUNC('DAY', c0) <> '2026-03-01'",
                "NOT (c0 < '2026-02-20T06:00:00Z')",
            ], Int.random(in: 0...2, using: &generator))
        var sql = "SELECT \((keys + calls).joined(separator: ", ")) FROM t"
        if !conditions.isEmpty { sql += " WHERE " + conditions.joined(separator: " AND ") }
        if !keys.isEmpty {
            sql += " GROUP BY " + (1...keys.count).map(String.init).joined(separator: ", ")
        }
        return sql
    }

    /// A time among the rows', often the start of an hour or a day.
    private static func time(_ generator: inout TestSupport.SeededGenerator) -> String {
        let time = Int64.random(in: 20_499..<20_541, using: &generator) * 24 * hour
        let rest: Int64 =
            switch Int.random(in: 0..<3, using: &generator) {
            case 0: 0
            case 1: Int64.random(in: 0..<24, using: &generator) * hour
            default: Int64.random(in: 0..<24 * hour, using: &generator)
            }
        return CivilTime.iso8601(microseconds: time + rest)
    }
}

@Suite("Rollups answer what rows answer")
struct RollupPlanTests {
    private static func aggregation(_ plan: LogicalPlan) -> TableAggregation? {
        switch plan {
        case .aggregate(let keys, let calls, let input): TableAggregation(keys, calls, input)
        case .project(_, let input), .filter(_, let input): aggregation(input)
        default: nil
        }
    }

    private static func context(_ snapshot: Snapshot, _ pool: WorkerPool) -> QueryContext {
        QueryContext(
            snapshot: snapshot, limits: QueryLimits(), workers: pool, tuning: ExecutionTuning(),
            clock: SystemClock(), cancellation: Cancellation())
    }

    @Test(
        "Any question gets the same answer from a rollup as from the rows, whatever is mixed",
        arguments: 0..<6)
    func sameAnswers(part: Int) throws {
        let pool = WorkerPool(helperCount: part % 2 == 0 ? 0 : 3)
        defer { pool.stop() }
        var (answered, missed, mixed) = (0, 0, 0)
        for seed in UInt64(part * 1_000)..<UInt64(part * 1_000 + 120) {
            var generator = TestSupport.SeededGenerator(seed: seed)
            let sample = try RollupCase(&generator)
            let catalog = CatalogView(tables: [sample.table.schema])
            for _ in 0..<8 {
                let sql = RollupCase.question(&generator)
                let statement = try ParsedStatement(parsing: sql)
                guard
                    case .query(let query) = try statement.bound(
                        to: catalog, options: BindOptions(now: 0)),
                    let aggregation = Self.aggregation(Optimizer.optimized(query.plan)),
                    let table = sample.snapshot.tables.first
                else { continue }
                guard
                    case .rows(let wanted) = DifferentialTests.outcome({ () throws(QueryError) in
                        try QueryExecutor(snapshot: sample.plain, workers: pool).run(query).rows
                    })
                else { continue }
                let expected = DifferentialTests.counted(wanted)
                let found = try QueryExecutor(snapshot: sample.snapshot, workers: pool).run(query)
                #expect(
                    DifferentialTests.counted(found.rows) == expected, "seed \(seed): \(sql)")
                let inner = BoundQuery(
                    plan: .aggregate(
                        keys: aggregation.keys, calls: aggregation.calls, .scan(aggregation.scan)),
                    fields: [])
                let rows = DifferentialTests.counted(
                    try QueryExecutor(snapshot: sample.plain, workers: pool).run(inner).rows)
                for rollup in table.rollups {
                    let plan: RollupPlan
                    do throws(RollupMiss) {
                        plan = try RollupPlan(aggregation, rollup, table, now: 0)
                    } catch {
                        missed += 1
                        continue
                    }
                    let run = RollupRun(
                        try PrunedRollupPlan(plan), Self.context(sample.snapshot, pool))
                    let sink = try run.run()
                    let batch = try run.finished(sink.finish(0..<sink.count))
                    let values = (0..<batch.rowCount).map { batch.row(at: $0) }
                    #expect(
                        DifferentialTests.counted(values) == rows,
                        "seed \(seed): \(sql) from \(rollup.rollup)")
                    answered += 1
                    mixed += plan.cut.isEmpty ? 0 : 1
                }
            }
        }
        #expect(answered > 80 && mixed > 10 && missed > 80, "\(answered) \(mixed) \(missed)")
    }
}
