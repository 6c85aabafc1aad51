import Query
import Segments
import TestSupport
import Testing

/// Groups of rows that lie in runs of one key, against groups of live rows.
@Suite("Groups in runs")
struct GroupRunsTests {
    private static let columns = [
        ColumnDefinition(id: 1, name: "number", type: .bigint, isNullable: false),
        ColumnDefinition(id: 2, name: "merchant", type: .varchar),
        ColumnDefinition(id: 3, name: "kind", type: .varchar),
        ColumnDefinition(id: 4, name: "amount", type: .bigint),
        ColumnDefinition(id: 5, name: "rate", type: .double),
    ]
    private static let schema = TableSchema(id: TableID(1), name: "t", columns: columns)

    /// Rows clustered by merchant: of part 2 some have none, of part 3 all have the same one.
    private static func rows(
        _ part: Int, _ generator: inout TestSupport.SeededGenerator
    ) -> [[Value]] {
        var rows: [[Value]] = []
        var merchant = part * 20
        let count = [17_500, 9_000, 8_000, 2_000, 1_500][part % 5]
        while rows.count < count {
            merchant += 1 + Int.random(in: 0..<3, using: &generator)
            let isNull = part % 5 == 2 && merchant % 7 == 0
            let name = part % 5 == 3 ? "the only one" : "merchant \(1_000 + merchant)"
            for _ in 0..<Int.random(in: 1...16, using: &generator) {
                let amount = Int64.random(in: -900...900, using: &generator)
                rows.append([
                    .bigint(Int64(rows.count)), isNull ? .null : .varchar(Text(name)),
                    .varchar(Text(["A", "B", "C", "D"][Int(amount.magnitude % 4)])),
                    amount % 11 == 0 ? .null : .bigint(amount),
                    amount % 13 == 0 ? .null : .double(Double(amount) / 8),
                ])
            }
        }
        return rows
    }

    private static let statements: [String] = {
        let calls = [
            "COUNT(*), SUM(amount)",
            "COUNT(amount), AVG(amount), MIN(amount), MAX(amount), SUM(rate), MAX(kind)",
            "SUM(CASE WHEN kind = 'A' THEN amount ELSE 0 END), COUNT(*) FILTER (WHERE kind = 'B'), "
                + "SUM(amount) FILTER (WHERE amount > 0), COUNT(DISTINCT kind), SUM(5)",
            "MAX(CASE WHEN kind = 'C' THEN 1 ELSE 0 END), ARG_MAX(kind, number), "
                + "APPROX_COUNT_DISTINCT(amount), PERCENTILE_DISC(0.5) WITHIN GROUP (ORDER BY amount)",
        ]
        let filters = [
            "", "WHERE number < 0", "WHERE number % 100 = 3", "WHERE kind = 'A'",
            "WHERE kind IN ('A', 'B')", "WHERE kind <> 'A' AND amount > -700",
            "WHERE merchant > 'merchant 1200'", "WHERE merchant LIKE '%7' AND kind = 'B'",
            "WHERE number >= 0",
        ]
        return calls.flatMap { calls in
            filters.flatMap { filter in
                ["merchant", "merchant || kind"].map { key in
                    "SELECT \(key), \(calls) FROM t \(filter) GROUP BY 1 ORDER BY 1"
                }
            }
        }
    }()

    @Test("Sealed, live or mixed, runs make the groups that rows make", arguments: 0..<2)
    func agree(seed: Int) throws {
        var generator = TestSupport.SeededGenerator(seed: UInt64(77 + seed))
        let parts = (0..<5).map { Self.rows($0, &generator) }
        let workers = WorkerPool(helperCount: seed * 2)
        defer { workers.stop() }
        try QueryFixture.expectSame(
            Self.statements, over: parts, of: Self.schema, workers: workers, seed: seed)
    }

    @Test("Segments without the column add to the groups that have its default")
    func absent() throws {
        var generator = TestSupport.SeededGenerator(seed: 5)
        let old = TableSchema(
            id: TableID(1), name: "t", columns: Self.columns.filter { $0.name != "merchant" })
        let parts = (0..<2).map { Self.rows($0, &generator) }
        let before = try QueryFixture.snapshot(
            [parts[0].map { [$0[0]] + $0[2...] }], of: old, isSealed: { _ in true })
        let after = try QueryFixture.snapshot([parts[1]], of: Self.schema) { _ in true }
        let segments = try #require(before.table(TableID(1))).segments
        let newer = try #require(after.table(TableID(1))).segments
        let snapshot = Snapshot(
            version: 1, manifestVersion: 1,
            tables: [
                TableSnapshot(
                    schema: Self.schema, segments: segments + newer, live: [], flushedLSN: 0)
            ])
        let rows = [parts[0].map { [$0[0], .null] + $0[2...] }, parts[1]]
        let live = try QueryFixture.snapshot(rows, of: Self.schema) { _ in false }
        let workers = WorkerPool(helperCount: 1)
        defer { workers.stop() }
        for sql in Self.statements {
            let query = try QueryFixture.bind(sql, over: Self.schema)
            let wanted = try QueryExecutor(snapshot: live, workers: workers).run(query).rows
            let found = try QueryExecutor(snapshot: snapshot, workers: workers).run(query).rows
            #expect(found == wanted, "\(sql)")
        }
    }
}
