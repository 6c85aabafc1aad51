import Query
import Segments
import TestSupport
import Testing

/// Joins against their definition, and over more rows than a block holds.
@Suite("Joins")
struct JoinTests {
    @Test("Random joins give what every row against every row gives", arguments: 0..<6)
    func random(_ part: Int) throws {
        let first = UInt64(part * 1_000)
        let comparedCount = try DifferentialTests.checkRandomTables(
            seeds: first..<first + 80, planCount: 4
        ) { plans, schema in plans.join(over: schema) }
        #expect(comparedCount > 60, "too few of 320 plans have rows to compare")
    }

    private static let schema = TableSchema(
        id: TableID(1), name: "t",
        columns: [
            ColumnDefinition(id: 1, name: "id", type: .bigint),
            ColumnDefinition(id: 2, name: "name", type: .varchar),
            ColumnDefinition(id: 3, name: "kind", type: .varchar),
        ])

    private static func snapshot(rowCount: Int) -> Snapshot {
        let rows = (0..<rowCount).map { number -> [Value] in
            [
                .bigint(Int64(number * 7 % rowCount)),
                .varchar(Text("n\(number % (rowCount / 2))")),
                number % 5 == 0 ? .null : .varchar(Text(["a", "b"][number % 2])),
            ]
        }
        let live = stride(from: 0, to: rowCount, by: 30_000).map { start in
            LiveBatch(
                RowBatch(schema, rows: Array(rows[start..<min(rowCount, start + 30_000)])),
                schema: schema, firstLSN: 1, lastLSN: 1)
        }
        let table = TableSnapshot(schema: schema, segments: [], live: live, flushedLSN: 0)
        return Snapshot(version: 1, manifestVersion: 1, tables: [table])
    }

    private static func query(_ sql: String) throws -> BoundQuery {
        let bound = try ParsedStatement(parsing: sql).bound(
            to: CatalogView(tables: [schema]), options: BindOptions(now: 0))
        guard case .query(let query) = bound else { preconditionFailure("no query: \(sql)") }
        return query
    }

    @Test(
        "Sides of many blocks are joined by numbers, texts and both",
        arguments: [
            ("a.id = b.id", 100_000), ("a.name = b.name", 200_000),
            ("a.id = b.id AND a.name = b.name", 100_000),
            ("a.kind = b.kind AND a.id = b.id", 80_000),
        ])
    func large(_ condition: String, count: Int64) throws {
        let pool = WorkerPool(helperCount: 2)
        defer { pool.stop() }
        let executor = QueryExecutor(snapshot: Self.snapshot(rowCount: 100_000), workers: pool)
        let sql = "SELECT COUNT(*), SUM(a.id - b.id) FROM t a JOIN t b ON \(condition)"
        let rows = try executor.run(Self.query(sql)).rows
        #expect(rows == [[.bigint(count), .bigint(0)]])
    }

    @Test("A join beyond the query's memory is refused with a hint")
    func memory() throws {
        let pool = WorkerPool(helperCount: 0)
        var limits = QueryLimits()
        limits.memoryBytes = 1 << 20
        let executor = QueryExecutor(
            snapshot: Self.snapshot(rowCount: 100_000), limits: limits, workers: pool)
        let query = try Self.query("SELECT COUNT(*) FROM t a JOIN t b ON a.name = b.name")
        let error = #expect(throws: QueryError.self) { try executor.run(query) }
        #expect(error?.code == .memory)
        #expect(
            error?.hint == "filter the smaller side of the join, or select fewer of its columns")
    }

    @Test("A cross join that nobody can wait for ends when it is cancelled")
    func cancelled() throws {
        let pool = WorkerPool(helperCount: 1)
        defer { pool.stop() }
        var limits = QueryLimits()
        limits.nanoseconds = 50_000_000
        let executor = QueryExecutor(
            snapshot: Self.snapshot(rowCount: 100_000), limits: limits, workers: pool)
        let query = try Self.query(
            "SELECT COUNT(*) FROM t a JOIN t b ON a.id < b.id JOIN t c ON TRUE")
        let error = #expect(throws: QueryError.self) { try executor.run(query) }
        #expect(error?.code == .timeout)
    }
}
