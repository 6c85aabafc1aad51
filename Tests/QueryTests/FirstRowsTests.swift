import Query
import Segments
import TestSupport
import Testing

/// ORDER BY with LIMIT over segments that are read out of their order, and keys that indexes find.
@Suite("First rows")
struct FirstRowsTests {
    private static let schema = TableSchema(
        id: TableID(1), name: "t",
        columns: [
            ColumnDefinition(id: 1, name: "number", type: .bigint),
            ColumnDefinition(id: 2, name: "value", type: .bigint),
            ColumnDefinition(id: 3, name: "rate", type: .double),
            ColumnDefinition(id: 4, name: "key", type: .varchar),
        ], lookupColumns: [3])

    private static func rows(
        _ part: Int, _ generator: inout TestSupport.SeededGenerator
    ) -> [[Value]] {
        // Parts overlap in their values, some hold one value only, some NULLs.
        let spread = [1, 40, 1_000][part % 3]
        return (0..<400).map { row in
            let value = Int64(part / 2 * 300 + Int.random(in: 0..<spread, using: &generator))
            let isNull = part % 4 == 1 && row % 7 == 0
            return [
                .bigint(Int64(part * 1_000 + row)), isNull ? .null : .bigint(value),
                isNull ? .null : .double(Double(value) / 4 - 100),
                .varchar(Text("k\(Int.random(in: 0..<900, using: &generator))")),
            ]
        }
    }

    private static let statements: [String] = {
        var statements: [String] = []
        for order in [
            "value DESC NULLS LAST", "value ASC NULLS FIRST", "value DESC NULLS FIRST",
            "value NULLS LAST", "rate DESC NULLS LAST", "number DESC",
        ] {
            for (limit, offset) in [(1, 0), (50, 0), (50, 3_000), (700, 10), (100_000, 0)] {
                let rest = "ORDER BY \(order), number LIMIT \(limit) OFFSET \(offset)"
                statements += [
                    "SELECT number, value FROM t \(rest)",
                    "SELECT number, key FROM t WHERE number % 3 = 1 \(rest)",
                    "SELECT key, value, number FROM (SELECT value, rate, number, key || 'x' AS key "
                        + "FROM t WHERE value IS NULL OR value < 900) x \(rest)",
                ]
            }
        }
        let many = (0..<120).map { "'k\($0 * 11)'" }.joined(separator: ", ")
        for filter in [
            "key = 'k17'", "key IN ('k3', 'k3', 'nobody', 'k700')", "key IN (\(many))",
            "key IN (\(many)) AND value > 500", "key = NULL", "key = 'k5' AND number < 2000",
        ] {
            statements += [
                "SELECT number, key FROM t WHERE \(filter) ORDER BY number",
                "SELECT key, COUNT(*), SUM(value) FROM t WHERE \(filter) GROUP BY key ORDER BY key",
            ]
        }
        return statements
    }()

    @Test("Sealed, live or mixed, the first rows and those of keys are the same", arguments: 0..<4)
    func same(seed: Int) throws {
        var generator = TestSupport.SeededGenerator(seed: UInt64(20_261_300 + seed))
        let parts = (0..<6 + seed).map { Self.rows($0, &generator) }.shuffled(using: &generator)
        let workers = WorkerPool(helperCount: seed % 3)
        defer { workers.stop() }
        try QueryFixture.expectSame(
            Self.statements, over: parts, of: Self.schema, workers: workers, seed: seed)
    }

    @Test("Of rows in order of time, a page of the newest reads few blocks")
    func pruned() throws {
        let parts = (0..<20).map { part in
            (0..<400).map { row -> [Value] in
                let number = Int64(part * 400 + row)
                return [.bigint(number), .bigint(number), .double(0), .varchar("k")]
            }
        }
        let workers = WorkerPool(helperCount: 0)
        let snapshot = try QueryFixture.snapshot(parts, of: Self.schema) { _ in true }
        let query = try QueryFixture.bind(
            "SELECT key, number FROM t WHERE number % 2 = 0 ORDER BY value DESC LIMIT 3",
            over: Self.schema)
        let result = try QueryExecutor(snapshot: snapshot, workers: workers).run(query)
        #expect(result.rows.map { $0[1] } == [.bigint(7_998), .bigint(7_996), .bigint(7_994)])
        #expect(result.statistics.blocksRead == 1)
    }
}
