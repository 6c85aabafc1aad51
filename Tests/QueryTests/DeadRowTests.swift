import Query
import Segments
import TestSupport
import Testing

@Suite("Dead rows")
struct DeadRowTests {
    /// A random table in segments and live, with random rows dead.
    private static func killed(
        _ count: Int, _ generator: inout TestSupport.SeededGenerator
    ) throws -> (table: RandomTable, killed: KilledTable) {
        let table = RandomTable(rowCount: count, using: &generator)
        let half = min(count, (count + 1) / 2 / 64 * 64)
        let parts = Int.random(in: 1...4, using: &generator)
        let whole = table.snapshot(
            live: Array(table.live(batchSize: 64).dropFirst(half / 64)),
            segments: try table.segments(of: 0..<half, partCount: parts))
        return (table, try KilledTable(whole, using: &generator))
    }

    @Test("Random plans give what they give over the rows that live", arguments: 0..<3)
    func plans(part: Int) throws {
        let alone = WorkerPool(helperCount: 0)
        let many = WorkerPool(helperCount: 3)
        defer { many.stop() }
        var (comparedCount, deadCount) = (0, 0)
        for seed in UInt64(part * 1_000)..<UInt64(part * 1_000 + 100) {
            var generator = TestSupport.SeededGenerator(seed: seed)
            let count = [1, 40, 200, 400].randomElement(using: &generator) ?? 1
            let (table, killed) = try Self.killed(count, &generator)
            deadCount += killed.deadCount
            #expect(killed.snapshot.tables[0].rowCount == killed.rows.count)
            let reference = ReferenceEngine(tables: [table.schema.id: killed.rows])
            let executors = [alone, many].map {
                QueryExecutor(snapshot: killed.snapshot, workers: $0)
            }
            var plans = RandomPlans(seed: seed)
            for number in 0..<8 {
                let (plan, isOrdered) =
                    switch number {
                    case 6: (plans.join(over: table.schema), false)
                    case 7: (plans.windows(over: table.schema), false)
                    default: plans.plan(over: table.schema)
                    }
                let hasRows = DifferentialTests.check(
                    plan, isOrdered: isOrdered, executors, reference, "seed \(seed)")
                comparedCount += hasRows ? 1 : 0
            }
        }
        #expect(comparedCount > 200 && deadCount > 1_000, "\(comparedCount) \(deadCount)")
    }

    @Test("Conditions that find their rows by an index pass over dead ones")
    func indexes() throws {
        let pool = WorkerPool(helperCount: 0)
        for seed in UInt64(0)..<60 {
            var generator = TestSupport.SeededGenerator(seed: seed)
            let (table, killed) = try Self.killed(600, &generator)
            let reference = ReferenceEngine(tables: [table.schema.id: killed.rows])
            let executor = QueryExecutor(snapshot: killed.snapshot, workers: pool)
            let column = [1, 2, 3, 6].randomElement(using: &generator) ?? 1
            let value = table.rows.randomElement(using: &generator)?[column] ?? .null
            let scan = LogicalPlan.scan(
                TableScan(
                    table: table.schema, columns: Array(table.schema.columns.indices),
                    filter: .compare(
                        .equal, .column(index: column, type: RandomTable.types[column]),
                        .literal(value, RandomTable.types[column]))))
            let nowhere = SourceRange(0, 0)
            let count = LogicalPlan.aggregate(
                keys: [], calls: [AggregateCall(.count, of: nil, type: .bigint, at: nowhere)], scan)
            for plan in [scan, count, .limit(count: 3, offset: 0, count)] {
                DifferentialTests.check(
                    plan, isOrdered: false, [executor], reference, "seed \(seed)")
            }
        }
    }

    @Test("A look-up finds the rows that live and no others")
    func lookups() throws {
        for seed in UInt64(0)..<30 {
            var generator = TestSupport.SeededGenerator(seed: seed)
            let (table, killed) = try Self.killed(300, &generator)
            let found = killed.snapshot.tables[0]
            for column in [2, 3] {
                let lookup = try RowLookup(found, column: column, now: 0)
                let keys = Array(Set(table.rows.map { $0[column] }).filter { !$0.isNull })
                let page = try lookup.rows(keys)
                let rows = (0..<page.rows.rowCount).map { page.rows.row(at: $0) }
                let wanted = killed.rows.filter { !$0[column].isNull }
                #expect(
                    DifferentialTests.counted(rows) == DifferentialTests.counted(wanted),
                    "seed \(seed)")
                for key in keys.prefix(40) {
                    guard let quick = try lookup.quickRows(key, limit: 9) else { continue }
                    let one = try lookup.rows([key], limit: 9)
                    #expect(quick.rows.rowCount == one.rows.rowCount, "seed \(seed)")
                }
            }
        }
    }

    @Test("EXPLAIN ANALYZE says how many rows were dead")
    func explained() throws {
        var generator = TestSupport.SeededGenerator(seed: 4)
        let table = RandomTable(rowCount: 64, using: &generator)
        let whole = table.snapshot(live: [], segments: try table.segments(of: 0..<64, partCount: 1))
        let segment = whole.tables[0].segments[0]
        let dead = DeadRows(RoaringBitmap(ascending: [1, 7, 9] as [UInt32]), forgottenLSN: 0)
        let snapshot = Snapshot(
            version: 1, manifestVersion: 1,
            tables: [
                TableSnapshot(
                    schema: table.schema, segments: [segment], live: [], flushedLSN: 0,
                    dead: [segment.entry.id: dead])
            ])
        let executor = QueryExecutor(snapshot: snapshot, workers: WorkerPool(helperCount: 0))
        let query = try QueryFixture.bind("SELECT COUNT(*) FROM t", over: table.schema)
        let lines = try executor.explain(query, analyze: true).rows.map { "\($0[0])" }
        #expect(lines.contains { $0.contains("read 64 of 61 rows") && $0.contains("3 rows dead") })
        #expect(try executor.run(query).rows == [[.bigint(61)]])
    }
}
