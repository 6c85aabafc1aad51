import Query
import Segments
import TestSupport
import Testing

/// Joins by ids: packed by several patterns, in dictionaries, plain in live rows, and texts that
/// fit no pattern, against the same rows all plain.
@Suite("Joins by packed texts")
struct PackedJoinTests {
    private static let schema = TableSchema(
        id: TableID(1), name: "t",
        columns: [
            ColumnDefinition(id: 1, name: "number", type: .bigint),
            ColumnDefinition(id: 2, name: "short", type: .varchar),
            ColumnDefinition(id: 3, name: "long", type: .varchar),
            ColumnDefinition(id: 4, name: "uneven", type: .varchar),
        ])

    /// Ids of one part of the rows: parts share some, and have patterns of their own.
    private struct Pool {
        let short: [Text]
        let long: [Text]
        let uneven: [Text]

        init(_ part: Int, _ generator: inout TestSupport.SeededGenerator) {
            func ids(_ prefix: String, _ length: Int, _ symbols: String, _ count: Int) -> [Text] {
                let symbols = Array(symbols)
                return (0..<count).map { _ in
                    Text(
                        prefix
                            + String(
                                (0..<length).map { _ in
                                    symbols[Int.random(in: 0..<symbols.count, using: &generator)]
                                }))
                }
            }
            let symbols = [
                "0123456789", "0123456789ABCDEF", "0123456789ABCDEFGHJKMNPQRSTVWXYZ",
                "ABCDEFGHJKMNPQRSTVWXYZ",
            ][part % 4]
            // The first text of a pattern has the code 0, which must not stand for strangers.
            let first = Array(repeating: Text("ORD-20260900-0000000000"), count: 9)
            short =
                ids("ORD-2026091\(part)-", 10, symbols, 900) + ids("ORD-20260909-", 10, symbols, 300)
                + first
            // 20 digits and more need more than 64 bits.
            long = ids("pay_", 20, symbols, 1_200)
            uneven = ids("k", 3 + part % 3, symbols, 600) + ids("", part % 2, "xy", 3)
        }

        static func + (one: Pool, other: Pool) -> Pool {
            Pool(
                short: one.short + other.short, long: one.long + other.long,
                uneven: one.uneven + other.uneven)
        }

        private init(short: [Text], long: [Text], uneven: [Text]) {
            (self.short, self.long, self.uneven) = (short, long, uneven)
        }
    }

    private static func rows(
        _ part: Int, _ pool: Pool, _ generator: inout TestSupport.SeededGenerator
    ) -> [[Value]] {
        func pick(_ texts: [Text]) -> Value {
            Int.random(in: 0..<12, using: &generator) == 0
                ? .null : .varchar(texts[Int.random(in: 0..<texts.count, using: &generator)])
        }
        return (0..<1_000).map { row in
            [
                .bigint(Int64(part * 1_000 + row)), pick(pool.short), pick(pool.long),
                pick(pool.uneven),
            ]
        }
    }

    private static let conditions = [
        "a.short = b.short", "a.long = b.long", "a.uneven = b.uneven", "a.short = b.uneven",
        "a.short = b.short AND a.long = b.long", "a.uneven = b.uneven AND a.number < b.number",
        "a.short || '' = b.short", "a.long = b.long AND a.number % 7 = b.number % 7",
    ]

    private static func statements(_ condition: String, _ cut: Int) -> [String] {
        let pairs = ["JOIN", "LEFT JOIN", "RIGHT JOIN", "FULL JOIN"].flatMap { join in
            [
                "SELECT a.number, b.number, a.long, b.short FROM t a \(join) "
                    + "(SELECT * FROM t WHERE number > \(cut)) b ON \(condition) "
                    + "ORDER BY 1 NULLS FIRST, 2 NULLS FIRST",
                "SELECT a.uneven, COUNT(*), SUM(b.number), MAX(b.short) FROM t a \(join) t b "
                    + "ON \(condition) GROUP BY 1 ORDER BY 1 NULLS FIRST",
            ]
        }
        let marks = ["EXISTS", "NOT EXISTS"].map {
            "SELECT number FROM t a WHERE \($0) (SELECT 1 FROM t b WHERE b.number > \(cut) "
                + "AND \(condition)) ORDER BY 1"
        }
        return pairs + marks
    }

    @Test(
        "Sealed, live or mixed, ids join as their texts do", arguments: 0..<5)
    func mixed(seed: Int) throws {
        var generator = TestSupport.SeededGenerator(seed: UInt64(20_261_200 + seed))
        let partCount = 1 + seed % 4
        let common = Pool(9, &generator)
        let parts = (0..<partCount).map { part in
            Self.rows(part, Pool(part + seed, &generator) + common, &generator)
        }
        let workers = WorkerPool(helperCount: seed % 3)
        defer { workers.stop() }
        let live = try QueryFixture.snapshot(parts, of: Self.schema) { _ in false }
        let others = [
            try QueryFixture.snapshot(parts, of: Self.schema) { _ in true },
            try QueryFixture.snapshot(parts, of: Self.schema) { $0 % 2 == 0 },
            try QueryFixture.snapshot(parts, of: Self.schema) { $0 > 0 },
        ]
        #expect(try Self.isPacked(others[0]), "seed \(seed)")
        var rowCount = 0
        for condition in Self.conditions {
            var statements = Self.statements(condition, [-1, 60, 1_050][seed % 3])
            statements += ["short", "long", "uneven"].flatMap { name in
                ["IN", "NOT IN"].map {
                    "SELECT number FROM t WHERE \(name) \($0) "
                        + "(SELECT \(name) FROM t WHERE number % 5 = \(seed % 5)) ORDER BY 1"
                }
            }
            for sql in statements {
                let query = try QueryFixture.bind(sql, over: Self.schema)
                let wanted = try QueryExecutor(snapshot: live, workers: workers).run(query).rows
                rowCount += wanted.count
                for snapshot in others {
                    let found = try QueryExecutor(snapshot: snapshot, workers: workers)
                        .run(query).rows
                    #expect(found == wanted, "seed \(seed): \(sql)")
                }
            }
        }
        #expect(rowCount > 1_000)
    }

    /// Whether the segments hold the first columns as packed texts.
    private static func isPacked(_ snapshot: Snapshot) throws -> Bool {
        try (snapshot.table(schema.id)?.segments ?? []).contains { segment in
            let reader = try segment.reader()
            return reader.textPattern(columnID: 2) != nil && reader.textPattern(columnID: 3) != nil
        }
    }

    @Test("Ids of many blocks find themselves, strays too", arguments: [false, true])
    func large(hasStrays: Bool) throws {
        let count = 60_000
        var generator = TestSupport.SeededGenerator(seed: 20_261_399)
        let symbols = Array("0123456789ABCDEFGHJKMNPQRSTVWXYZ")
        let rows = (0..<count).map { row -> [Value] in
            let id = String((0..<8).map { _ in symbols.randomElement(using: &generator) ?? "0" })
            let isStray = hasStrays && row % 1_000 == 7
            return [
                .bigint(Int64(row)), .varchar(Text("ORD-" + id)),
                .varchar(Text((isStray ? "unlike-" : "pay_0123456789ABCDEFGHJK-") + id)),
                .varchar(Text("k" + id)),
            ]
        }
        try #require(Set(rows.map { $0[1] }).count == count, "an id occurs twice")
        let parts = stride(from: 0, to: count, by: 20_000).map { Array(rows[$0..<$0 + 20_000]) }
        let snapshot = try QueryFixture.snapshot(parts, of: Self.schema) { $0 < 2 }
        #expect(try Self.isPacked(snapshot) || hasStrays)
        let workers = WorkerPool(helperCount: 1)
        defer { workers.stop() }
        for name in ["short", "long"] {
            let query = try QueryFixture.bind(
                "SELECT COUNT(*), SUM(a.number - b.number), SUM(b.number) FROM t a "
                    + "JOIN t b ON a.\(name) = b.\(name)", over: Self.schema)
            let found = try QueryExecutor(snapshot: snapshot, workers: workers).run(query).rows
            let sum = Int64(count) * Int64(count - 1) / 2
            #expect(found.map { $0.map(\.description) } == [["\(count)", "0", "\(sum)"]])
        }
    }
}
