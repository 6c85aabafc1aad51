import Query
import Segments
import TestSupport
import Testing

/// Window functions and unions against their definition, and over many rows.
@Suite("Window functions")
struct WindowTests {
    @Test("Random windows give what looking at every row of the partition gives", arguments: 0..<4)
    func random(_ part: Int) throws {
        let first = UInt64(part * 1_000)
        let comparedCount = try DifferentialTests.checkRandomTables(
            seeds: first..<first + 100, planCount: 3
        ) { plans, schema in plans.windows(over: schema) }
        #expect(comparedCount > 100, "too few of 300 plans have rows to compare")
    }

    @Test("A running sum over many rows ends at their sum")
    func large() throws {
        let schema = TableSchema(
            id: TableID(1), name: "t",
            columns: [ColumnDefinition(id: 1, name: "n", type: .bigint)])
        let count = 100_000
        let rows = (0..<count).map { [Value.bigint(Int64($0 * 7 % count))] }
        let table = TableSnapshot(
            schema: schema, segments: [],
            live: [
                LiveBatch(RowBatch(schema, rows: rows), schema: schema, firstLSN: 1, lastLSN: 1)
            ],
            flushedLSN: 0)
        let snapshot = Snapshot(version: 1, manifestVersion: 1, tables: [table])
        let pool = WorkerPool(helperCount: 1)
        defer { pool.stop() }
        let bound = try ParsedStatement(
            parsing: "SELECT MAX(s), MAX(m), COUNT(*) FROM (SELECT SUM(n) OVER (ORDER BY n) AS s, "
                + "MIN(n) OVER (ORDER BY n ROWS 99 PRECEDING) AS m FROM t) x"
        ).bound(to: CatalogView(tables: [schema]), options: BindOptions(now: 0))
        guard case .query(let query) = bound else { return }
        let result = try QueryExecutor(snapshot: snapshot, workers: pool).run(query).rows
        let total = Int64(count * (count - 1) / 2)
        #expect(result == [[.bigint(total), .bigint(Int64(count - 100)), .bigint(Int64(count))]])
    }
}
