import Query
import Segments
import TestSupport
import Testing

/// Exact distinct aggregates over many blocks and workers, from the text of the statement.
@Suite("Distinct aggregates")
struct DistinctTests {
    private static let schema = TableSchema(
        id: TableID(1), name: "t",
        columns: [
            ColumnDefinition(id: 1, name: "id", type: .varchar, isNullable: false),
            ColumnDefinition(id: 2, name: "customer", type: .varchar),
            ColumnDefinition(id: 3, name: "amount", type: .bigint),
            ColumnDefinition(id: 4, name: "method", type: .varchar),
            ColumnDefinition(id: 5, name: "fee", type: .decimal(precision: 18, scale: 2)),
        ])

    private static func row(
        _ number: Int, _ generator: inout SeededGenerator
    ) -> [Value] {
        let customer = Int.random(in: 0..<30_000, using: &generator)
        let amount = Int64.random(in: -5_000...5_000, using: &generator)
        return [
            .varchar(Text("event-\(number)-\(number % 7)")),
            customer % 11 == 0 ? .null : .varchar(Text("c\(customer)")),
            amount % 13 == 0 ? .null : .bigint(amount),
            .varchar(Text(["CARD", "POINT", "", "카드"][number % 4])),
            .decimal(Decimal(unscaled: Int128(amount), scale: 2)),
        ]
    }

    private static func snapshot(rowCount: Int, seed: UInt64) -> (Snapshot, [[Value]]) {
        var generator = SeededGenerator(seed: seed)
        let rows = (0..<rowCount).map { row($0, &generator) }
        let live = stride(from: 0, to: rowCount, by: 17_000).map { start in
            LiveBatch(
                RowBatch(schema, rows: Array(rows[start..<min(rowCount, start + 17_000)])),
                schema: schema, firstLSN: 1, lastLSN: 1)
        }
        let table = TableSnapshot(schema: schema, segments: [], live: live, flushedLSN: 0)
        return (Snapshot(version: 1, manifestVersion: 1, tables: [table]), rows)
    }

    @Test("Many workers over many blocks count as one pass over a set does")
    func agree() throws {
        let (snapshot, rows) = Self.snapshot(rowCount: 120_000, seed: 20_261_121)
        let pool = WorkerPool(helperCount: 3)
        defer { pool.stop() }
        func run(_ sql: String) throws -> [[Value]] {
            try QueryExecutor(snapshot: snapshot, workers: pool)
                .run(QueryFixture.bind(sql, over: Self.schema)).rows
        }
        func distinct(_ column: Int, where keep: ([Value]) -> Bool = { _ in true }) -> Value {
            .bigint(Int64(Set(rows.filter(keep).map { $0[column] }.filter { !$0.isNull }).count))
        }
        #expect(
            try run(
                "SELECT COUNT(DISTINCT id), COUNT(DISTINCT customer), COUNT(DISTINCT amount), "
                    + "COUNT(DISTINCT method), COUNT(DISTINCT fee) FROM t")
                == [(0..<5).map { distinct($0) }])
        #expect(
            try run("SELECT COUNT(DISTINCT customer) FILTER (WHERE method = '카드') FROM t")
                == [[distinct(1) { $0[3] == .varchar("카드") }]])
        let amounts = Set(
            rows.compactMap { row -> Int64? in
                if case .bigint(let amount) = row[2] { return amount }
                return nil
            })
        #expect(
            try run("SELECT SUM(DISTINCT amount), MIN(DISTINCT amount) FROM t")
                == [[.bigint(amounts.reduce(0, +)), .bigint(amounts.min() ?? 0)]])
        #expect(
            try run(
                "SELECT method, COUNT(DISTINCT customer), COUNT(*) FROM t GROUP BY 1 ORDER BY 1")
                == ["", "CARD", "POINT", "카드"].map { method in
                    [
                        .varchar(Text(method)),
                        distinct(1) { $0[3] == .varchar(Text(method)) },
                        .bigint(30_000),
                    ]
                })
    }

    @Test("A set that is larger than the query's memory ends with the limit's error")
    func limited() throws {
        let (snapshot, _) = Self.snapshot(rowCount: 60_000, seed: 7)
        let pool = WorkerPool(helperCount: 1)
        defer { pool.stop() }
        var limits = QueryLimits()
        limits.memoryBytes = 1 << 20
        let query = try QueryFixture.bind("SELECT COUNT(DISTINCT id) FROM t", over: Self.schema)
        do throws(QueryError) {
            _ = try QueryExecutor(snapshot: snapshot, limits: limits, workers: pool).run(query)
            Issue.record("a megabyte held 60,000 ids of 14 bytes and their table")
        } catch {
            #expect(error.code == .memory)
        }
    }
}
