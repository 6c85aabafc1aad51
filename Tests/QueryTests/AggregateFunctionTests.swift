import Segments
import TestSupport
import Testing

@testable import Query

/// Aggregates that the reference engine does not know, however the rows are divided.
@Suite("Further aggregates")
struct AggregateFunctionTests {
    private static let schema = TableSchema(
        id: TableID(1), name: "t",
        columns: [
            ColumnDefinition(id: 1, name: "id", type: .varchar, isNullable: false),
            ColumnDefinition(id: 2, name: "at", type: .timestamp, isNullable: false),
            ColumnDefinition(id: 3, name: "g", type: .varchar, isNullable: true),
            ColumnDefinition(id: 4, name: "n", type: .bigint, isNullable: true),
            ColumnDefinition(id: 5, name: "ok", type: .boolean, isNullable: true),
        ], timestampColumn: 1, granularity: .day, uniqueColumns: [0])

    /// Group `x` has 1, 2, 3, NULL and 2, group `y` nothing but NULL.
    private static let rows: [[Value]] = [
        ["a", 5, "x", 1, true], ["b", 4, "x", 2, true], ["c", 3, "x", 3, false],
        ["d", 2, "x", nil, nil], ["e", 1, "x", 2, true], ["f", 9, "y", nil, nil],
    ].map { row in
        [
            .varchar(Text(row[0] as? String ?? "")), .timestamp(Int64(row[1] as? Int ?? 0)),
            .varchar(Text(row[2] as? String ?? "")),
            (row[3] as? Int).map { .bigint(Int64($0)) } ?? .null,
            (row[4] as? Bool).map { .boolean($0) } ?? .null,
        ]
    }

    /// What an aggregate gives for `x` and `y`, of one part and of many.
    private func values(_ call: String) throws -> [String] {
        var answers: Set<[String]> = []
        let query = try QueryFixture.bind(
            "SELECT g, \(call) FROM t GROUP BY g ORDER BY g", over: Self.schema)
        for helperCount in [0, 2] {
            let pool = WorkerPool(helperCount: helperCount)
            defer { pool.stop() }
            for size in [1, 2, 6] {
                let parts = stride(from: 0, to: Self.rows.count, by: size).map {
                    Array(Self.rows[$0..<min(Self.rows.count, $0 + size)])
                }
                let snapshot = try QueryFixture.snapshot(parts, of: Self.schema) { $0 % 2 == 0 }
                let rows = try QueryExecutor(snapshot: snapshot, workers: pool).run(query).rows
                answers.insert(rows.map { $0[1].isNull ? "NULL" : "\($0[1])" })
            }
        }
        #expect(answers.count == 1, "\(call): \(answers)")
        return answers.first ?? []
    }

    @Test(
        "An aggregate has one value, however its rows are divided",
        arguments: [
            ("LATEST(n)", "1", "NULL"), ("EARLIEST(n, 1024)", "2", "NULL"),
            ("LATEST_BY(n, at, 1024)", "1", "NULL"),
            ("ROUND(VAR_POP(n), 6)", "0.5", "NULL"), ("ROUND(VARIANCE(n), 6)", "0.666667", "NULL"),
            ("ROUND(STDDEV(n), 6)", "0.816497", "NULL"),
            ("ROUND(STDDEV_POP(DISTINCT n), 6)", "0.816497", "NULL"),
            ("BOOL_AND(ok)", "false", "NULL"), ("BOOL_OR(ok)", "true", "NULL"),
            ("EVERY(n > 0)", "true", "NULL"), ("COUNT_IF(n > 1)", "3", "0"),
            ("COUNT_IF(n > 1) FILTER (WHERE ok)", "2", "0"),
            ("BIT_AND(n)", "0", "NULL"), ("BIT_OR(n)", "3", "NULL"), ("BIT_XOR(n)", "2", "NULL"),
            ("BIT_XOR(DISTINCT n)", "0", "NULL"), ("MEDIAN(n)", "2.0", "NULL"),
            ("APPROX_COUNT_DISTINCT_DS_HLL(n, 12, 'HLL_4')", "3", "0"),
            ("APPROX_QUANTILE_DS(n, 0.5, 128)", "2", "NULL"),
            ("STRING_AGG(n, ',' ORDER BY n DESC, id)", "3,2,2,1", "NULL"),
            ("STRING_AGG(DISTINCT n, '-')", "1-2-3", "NULL"),
            ("LISTAGG(id, '') WITHIN GROUP (ORDER BY at)", "edcba", "f"),
            ("LISTAGG(id ORDER BY at DESC) FILTER (WHERE n IS NOT NULL)", "abce", "NULL"),
            ("ARRAY_TO_STRING(ARRAY_AGG(id ORDER BY id), '')", "abcde", "f"),
            ("ARRAY_LENGTH(ARRAY_AGG(n))", "5", "1"),
            ("ARRAY_LENGTH(ARRAY_AGG(DISTINCT n))", "4", "1"),
        ])
    func values(_ call: String, _ x: String, _ y: String) throws {
        #expect(try values(call) == [x, y], "\(call)")
    }

    @Test("A list that is longer than its size is an error")
    func tooLong() throws {
        for call in ["STRING_AGG(id, ',', 5)", "ARRAY_AGG(id, 30)"] {
            let query = try QueryFixture.bind("SELECT \(call) FROM t", over: Self.schema)
            let snapshot = try QueryFixture.snapshot([Self.rows], of: Self.schema) { _ in true }
            let pool = WorkerPool(helperCount: 0)
            let error = #expect(throws: QueryError.self) {
                try QueryExecutor(snapshot: snapshot, workers: pool).run(query)
            }
            #expect(error?.code == .limit)
        }
    }
}
