import Ingest
import Server
import TestSupport
import Testing

/// State tables through seals, merges, rollups and restarts, compared with a dictionary.
@Suite("State tables over a life")
struct StateLifeTests {
    private static let create = """
        CREATE TABLE drafts (number BIGINT NOT NULL, revision BIGINT NOT NULL,
          saved TIMESTAMP NOT NULL, status VARCHAR, amount BIGINT,
          PRIMARY KEY (number) VERSION BY revision)
        TIMESTAMP (saved) PARTITION BY DAY
        """
    private static let rollup = """
        CREATE ROLLUP by_status ON drafts AS
        SELECT TIME_FLOOR(saved, 'P1D'), status, COUNT(*), SUM(amount) GROUP BY 1, 2
        """

    /// The newest row of a key.
    private struct Row {
        var revision: Int
        var day: Int
        var status: String
        var amount: Int
        var isDeleted = false
    }

    /// Any newest row of each key, by the rules in the plainest form.
    private struct Model {
        var rows: [Int: Row] = [:]

        mutating func add(_ number: Int, _ row: Row) {
            if let known = rows[number] {
                if row.revision < known.revision { return }
                if row.revision == known.revision, known.isDeleted { return }
            }
            rows[number] = row
        }

        var living: [(number: Int, row: Row)] {
            rows.filter { !$0.value.isDeleted }.sorted { $0.key < $1.key }
                .map { ($0.key, $0.value) }
        }

        /// As the server ends an answer.
        private static func answer(_ lines: [String]) -> String {
            (lines.isEmpty ? "\n" : lines.joined()) + "\n"
        }

        var lines: String {
            Self.answer(
                living.map {
                    "[\($0.number),\($0.row.revision),\"\($0.row.status)\",\($0.row.amount)]\n"
                })
        }

        /// Rows and sums by day and status.
        var groups: String {
            var groups: [String: (count: Int, sum: Int)] = [:]
            for (_, row) in living {
                let key = "\(row.day)|\(row.status)"
                groups[key, default: (0, 0)].count += 1
                groups[key]?.sum += row.amount
            }
            let lines = groups.sorted { $0.key < $1.key }.map { key, group in
                let parts = key.split(separator: "|")
                return "[\"2026-09-0\(parts[0])T00:00:00.000Z\",\"\(parts[1])\",\(group.count),"
                    + "\(group.sum)]\n"
            }
            return Self.answer(lines)
        }
    }

    private static func line(_ number: Int, _ row: Row) -> String {
        let deletion = row.isDeleted ? ",\"__deleted\":true" : ""
        return """
            {"number":\(number),"revision":\(row.revision),\
            "saved":"2026-09-0\(row.day)T12:00:00Z","status":"\(row.status)",\
            "amount":\(row.amount)\(deletion)}
            """
    }

    private static func check(_ server: TestDatabase, _ model: Model, _ context: String) throws {
        let rows = try server.sql(
            "SELECT number, revision, status, amount FROM drafts ORDER BY number")
        #expect(rows == model.lines, "\(context)")
        let count = try server.sql("SELECT COUNT(*), MAX(revision) FROM drafts")
        let newest = model.living.map(\.row.revision).max().map { "\($0)" } ?? "null"
        #expect(count == "[\(model.living.count),\(newest)]\n\n", "\(context)")
        let groups = try server.sql(
            """
            SELECT TIME_FLOOR(saved, 'P1D'), status, COUNT(*), SUM(amount) FROM drafts
            GROUP BY 1, 2 ORDER BY 1, 2
            """)
        #expect(groups == model.groups, "\(context)")
    }

    @Test(
        "T3, reg_pk_compaction_dup: rows, counts and rollups stay exact through seals and merges",
        arguments: 0..<4)
    func life(seed: Int) throws {
        var random = SeededGenerator(seed: UInt64(seed) &+ 77)
        var server = try TestDatabase()
        #expect(try server.sql(Self.create) == "[]\n")
        #expect(try server.sql(Self.rollup) == "[]\n")
        var model = Model()
        for step in 0..<24 {
            switch Int.random(in: 0..<8, using: &random) {
            case 0: #expect(try server.post("/v1/tables/drafts:seal", "").status == 200)
            case 1:
                #expect(try server.post("/v1/tables/drafts:seal", "").status == 200)
                #expect(try server.post("/v1/tables/drafts:compact", "").status == 200)
            case 2:
                server.stop()
                server = try TestDatabase(server.fileSystem.afterKill())
            default:
                var lines: [String] = []
                for _ in 0..<Int.random(in: 1...30, using: &random) {
                    let number = Int.random(in: 0..<40, using: &random)
                    let revision = Int.random(in: 0..<6, using: &random) + step
                    // One row has one content, so that it does not matter which of two comes last.
                    let row = Row(
                        revision: revision, day: 1 + (number + revision) % 4,
                        status: revision % 2 == 0 ? "EVEN" : "ODD", amount: number * revision,
                        isDeleted: (number * 7 + revision) % 5 == 0)
                    lines.append(Self.line(number, row))
                    model.add(number, row)
                }
                let answer = try server.post(
                    "/v1/tables/drafts/events", lines.joined(separator: "\n") + "\n")
                #expect(answer.status == 200, "\(answer.text)")
            }
            try Self.check(server, model, "seed \(seed), step \(step)")
        }
        server.stop()
    }

    @Test("reg_pk_after_schema_change: a key stays one row when the table changes")
    func schemaChange() throws {
        let server = try TestDatabase()
        defer { server.stop() }
        #expect(try server.sql(Self.create) == "[]\n")
        let row = Row(revision: 1, day: 1, status: "A", amount: 1)
        let events = "/v1/tables/drafts/events"
        #expect(try server.post(events, Self.line(1, row)).status == 200)
        #expect(
            try server.sql(
                """
                ALTER TABLE drafts ADD COLUMN note VARCHAR DEFAULT 'none',
                RENAME COLUMN number TO draft
                """) == "[]\n")
        let update = #"{"draft":1,"revision":2,"saved":"2026-09-02","note":"new"}"#
        #expect(try server.post(events, update).text.contains(#""updated":1"#))
        #expect(
            try server.sql("SELECT draft, revision, note FROM drafts") == "[1,2,\"new\"]\n\n")
        #expect(try server.post("/v1/tables/drafts:seal", "").status == 200)
        #expect(try server.post("/v1/tables/drafts:compact", "").status == 200)
        #expect(try server.sql("SELECT COUNT(*) FROM drafts") == "[1]\n\n")
        #expect(
            try server.post(events, #"{"draft":1,"revision":1,"saved":"2026-09-02"}"#)
                .text.contains(#""stale":1"#))
    }

    @Test("Z3: JSON of 20 kB takes at most a quarter of its size")
    func compressedPayload() throws {
        let server = try TestDatabase()
        defer { server.stop() }
        #expect(
            try server.sql(
                """
                CREATE TABLE snapshots (id BIGINT NOT NULL, body JSON, PRIMARY KEY (id))
                """) == "[]\n")
        var random = SeededGenerator(seed: 5)
        var bytes = 0
        for id in 0..<40 {
            var items: [String] = []
            while items.reduce(0, { $0 + $1.utf8.count }) < 20_000 {
                items.append(
                    """
                    {"sku":"SKU-\(UInt32.random(in: 0...999_999, using: &random))",\
                    "name":"coffee beans, washed, roasted on demand, in bags of 250 g","quantity":\(Int.random(in: 1...9, using: &random)),\
                    "price":\(Int.random(in: 1_000...90_000, using: &random)),"currency":"KRW"}
                    """)
            }
            let body = #"{"id":\#(id),"body":{"items":[\#(items.joined(separator: ","))]}}"#
            bytes += body.utf8.count
            #expect(try server.post("/v1/tables/snapshots/events", body).status == 200)
        }
        let sealed = try JSONValue(parsing: server.post("/v1/tables/snapshots:seal", "").body)
        let stored =
            sealed["segments"]?.elements?.compactMap { $0["bytes"]?.integer }
            .reduce(0, +) ?? Int64.max
        #expect(stored * 4 <= Int64(bytes), "\(stored) of \(bytes) bytes")
        let row = try server.get("/v1/tables/snapshots/rows/7")
        #expect(row.status == 200 && row.body.count > 20_000)
    }
}
