import Query
import Segments
import TestSupport
import Testing

/// Conditions that are decided by code, groups counted and added up by code, and several conditions
/// on one JSON column, against live rows.
@Suite("Conditions by code")
struct CodeConditionTests {
    private static let schema = TableSchema(
        id: TableID(1), name: "t",
        columns: [
            ColumnDefinition(id: 1, name: "number", type: .bigint, isNullable: false),
            ColumnDefinition(id: 2, name: "category", type: .varchar),
            ColumnDefinition(id: 3, name: "kind", type: .varchar, isNullable: false),
            ColumnDefinition(id: 4, name: "amount", type: .bigint, isNullable: false),
            ColumnDefinition(id: 5, name: "wide", type: .bigint, isNullable: false),
            ColumnDefinition(id: 6, name: "rate", type: .double),
            ColumnDefinition(id: 7, name: "attrs", type: .json),
        ])

    private static func rows(
        _ part: Int, _ generator: inout TestSupport.SeededGenerator
    ) -> [[Value]] {
        (0..<[17_000, 2_000, 900][part % 3]).map { row in
            let dice = Int.random(in: 0..<1_000, using: &generator)
            let category = ["fashion", "food", "golf", "shoes"][dice % 4] + " \(dice % (7 + part))"
            let os = ["\"iOS\"", "\"Android\"", "null", "7"][dice % 4]
            let source = dice % 3 == 0 ? "" : ", \"utm\": {\"source\": \"s\(dice % 5)\"}"
            let amount = Int64.random(in: -1_000...1_000, using: &generator)
            return [
                .bigint(Int64(row)),
                part == 1 && dice % 9 == 0 ? .null : .varchar(Text(category)),
                .varchar(Text(["A", "B", "C"][dice % 3])), .bigint(amount),
                .bigint(dice == 5 ? .max / 40_000 : amount << 34),
                dice % 13 == 0 ? .null : .double(Double(amount) / 8),
                part == 2 && dice % 5 == 0 ? .null : .json(Text("{\"os\": \(os)\(source)}")),
            ]
        }
    }

    private static let statements: [String] = {
        let calls = [
            "COUNT(*), SUM(amount)", "SUM(wide), COUNT(*), SUM(amount), AVG(amount)",
            "SUM(rate), COUNT(rate), MIN(amount), MAX(wide), MIN(kind), MAX(rate)",
            "SUM(amount), SUM(CASE WHEN kind = 'A' THEN amount ELSE 0 END), "
                + "COUNT(*) FILTER (WHERE kind = 'B'), SUM(amount) FILTER (WHERE amount > 0)",
            "SUM(amount), COUNT(DISTINCT kind), ARG_MAX(kind, number), "
                + "APPROX_COUNT_DISTINCT(amount)",
        ]
        let filters = [
            "", "WHERE category LIKE 'fashion%' OR category LIKE '%golf%'",
            "WHERE category = 'no such'", "WHERE category <> 'no such'",
            "WHERE category IS NULL", "WHERE category IS NOT NULL AND kind <> 'A'",
            "WHERE kind IN ('A', 'B')", "WHERE amount > -900 AND category > 'food 3'",
            "WHERE amount > 500 AND category > 'food 3'", "WHERE number < 100 AND kind = 'A'",
            "WHERE JSON_VALUE(attrs, '$.os') = 'iOS'",
            "WHERE JSON_VALUE(attrs, '$.utm.source') IS NOT NULL "
                + "AND JSON_VALUE(attrs, '$.os') <> 'iOS'",
            "WHERE JSON_VALUE(attrs, '$.os') IS NULL AND kind <> 'C' "
                + "AND JSON_VALUE(attrs, '$.utm.source') LIKE 's%'",
            "WHERE JSON_VALUE(attrs, '$.os') = 'iOS' AND JSON_VALUE(attrs, '$.utm.source') = 'x'",
            "WHERE JSON_VALUE(attrs, '$.os') IS NULL AND JSON_VALUE(attrs, '$.none') IS NULL",
        ]
        return calls.flatMap { calls in
            filters.flatMap { filter in
                ["category", "kind, category", "JSON_VALUE(attrs, '$.os')"].map { keys in
                    "SELECT \(keys), \(calls) FROM t \(filter) GROUP BY \(keys) ORDER BY \(keys)"
                }
            }
        }
    }()

    @Test("Sealed, live or mixed, groups and filters by code are those by row", arguments: 0..<2)
    func agree(seed: Int) throws {
        var generator = TestSupport.SeededGenerator(seed: UInt64(4_000 + seed))
        let parts = (0..<3).map { Self.rows($0, &generator) }
        let workers = WorkerPool(helperCount: seed * 2)
        defer { workers.stop() }
        try QueryFixture.expectSame(
            Self.statements, over: parts, of: Self.schema, workers: workers, seed: seed)
    }
}
