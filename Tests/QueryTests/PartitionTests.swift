import Segments
import TestSupport
import Testing

@testable import Query

/// Groups that are put aside in partitions against groups that are not.
@Suite("Partitioned groups")
struct PartitionTests {
    @Test("Plans give what the reference gives, however few groups a worker holds")
    func plans() throws {
        let alone = WorkerPool(helperCount: 0)
        let many = WorkerPool(helperCount: 3)
        defer { many.stop() }
        for seed in UInt64(40_000)..<40_120 {
            var generator = TestSupport.SeededGenerator(seed: seed)
            let count = [40, 200, 400].randomElement(using: &generator) ?? 40
            let table = RandomTable(rowCount: count, using: &generator)
            let reference = ReferenceEngine(tables: [table.schema.id: table.rows])
            let live = table.live(batchSize: 16)
            let segments = try table.segments(of: 0..<count, partCount: 20)
            let tunings = [(1, 0, alone), (1, Int.max, many), (7, 2, many), (60, 8, many)]
            let executors = tunings.flatMap { spillCount, exchanged, workers in
                [table.snapshot(live: live), table.snapshot(live: [], segments: segments)].map {
                    snapshot -> QueryExecutor in
                    var executor = QueryExecutor(snapshot: snapshot, workers: workers)
                    executor.tuning.spillGroupCount = spillCount
                    executor.tuning.exchangedRowsPerGroup = exchanged
                    executor.tuning.exchangeBytes = 1 << 12
                    return executor
                }
            }
            var plans = RandomPlans(seed: seed)
            for _ in 0..<6 {
                let (plan, isOrdered) = plans.plan(over: table.schema)
                DifferentialTests.check(
                    plan, isOrdered: isOrdered, executors, reference, "seed \(seed)")
            }
        }
    }

    @Test("Many groups of texts and numbers over many blocks, a sort on top of them")
    func manyGroups() throws {
        let schema = TableSchema(
            id: TableID(1), name: "t",
            columns: [
                ColumnDefinition(id: 1, name: "id", type: .varchar),
                ColumnDefinition(id: 2, name: "number", type: .bigint),
                ColumnDefinition(id: 3, name: "amount", type: .bigint),
            ])
        var generator = TestSupport.SeededGenerator(seed: 5)
        let rows = (0..<60_000).map { _ -> [Value] in
            let id = Int.random(in: 0..<9_000, using: &generator)
            return [
                id % 17 == 0 ? .null : .varchar(Text("order-\(id)")),
                id % 19 == 0 ? .null : .bigint(Int64(id % 5)),
                .bigint(Int64.random(in: 0...1_000, using: &generator)),
            ]
        }
        let live = stride(from: 0, to: rows.count, by: 9_000).map { start in
            LiveBatch(
                RowBatch(schema, rows: Array(rows[start..<min(rows.count, start + 9_000)])),
                schema: schema, firstLSN: 1, lastLSN: 1)
        }
        let snapshot = Snapshot(
            version: 1, manifestVersion: 1,
            tables: [TableSnapshot(schema: schema, segments: [], live: live, flushedLSN: 0)])
        let bound = try ParsedStatement(
            parsing: "SELECT id, number, SUM(amount) AS total, COUNT(*) FROM t "
                + "GROUP BY id, number ORDER BY total DESC, id, number LIMIT 50"
        ).bound(to: CatalogView(tables: [schema]), options: BindOptions(now: 0))
        guard case .query(let query) = bound else { return }
        let pool = WorkerPool(helperCount: 3)
        defer { pool.stop() }
        let wanted = try QueryExecutor(snapshot: snapshot, workers: pool).run(query).rows
        for spillCount in [100, 3_000] {
            var executor = QueryExecutor(snapshot: snapshot, workers: pool)
            executor.tuning.spillGroupCount = spillCount
            #expect(try executor.run(query).rows == wanted)
            var limits = QueryLimits()
            limits.memoryBytes = 1 << 18
            executor = QueryExecutor(snapshot: snapshot, limits: limits, workers: pool)
            executor.tuning.spillGroupCount = spillCount
            do throws(QueryError) {
                _ = try executor.run(query)
                Issue.record("256 KiB held 9,000 groups")
            } catch {
                #expect(error.code == .memory)
            }
        }
    }
}
