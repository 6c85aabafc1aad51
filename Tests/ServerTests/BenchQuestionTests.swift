import TestSupport
import Testing

@testable import Server

/// The questions of the bench, asked of a whole server.
@Suite("The bench's questions")
struct BenchQuestionTests {
    private static let rowCount = 20_000
    private static let rollup = """
        CREATE ROLLUP hourly ON ledger AS
        SELECT TIME_FLOOR(event_time, 'PT1H'), method, status, event_type,
          COUNT(*), SUM(amount), SUM(fee), SUM(tax)
        GROUP BY 1, 2, 3, 4
        """

    @Test("All 42 have one answer: rows live, sealed, compacted, and with a rollup beside them")
    func answers() throws {
        let test = try TestDatabase()
        defer { test.stop() }
        let client = LedgerClient(
            ServerURL(host: "127.0.0.1", port: try #require(test.server.port)))
        _ = try client.rows(GeneratorTables.ledger)
        let (bytes, _) = try generated(GeneratorOptions(rows: Self.rowCount))
        let lines = bytes.split(separator: UInt8(ascii: "\n"))
        for start in stride(from: 0, to: lines.count, by: 5_000) {
            let part = lines[start..<min(lines.count, start + 5_000)]
            let answer = try test.client.send(
                .post, "/v1/tables/ledger/events",
                headers: HTTPHeaders([("Content-Type", "application/x-ndjson")]),
                body: Array(part.joined(separator: [UInt8(ascii: "\n")])))
            #expect(answer.status == 200, "\(answer.text)")
        }
        let questions = try BenchQueries.shared(try BenchParameters(client))
        #expect(questions.count == 42)
        let live = try questions.map { try client.rows($0.sql) }
        let empty = zip(questions, live).filter { $0.1.isEmpty }.map(\.0.title)
        #expect(empty.allSatisfy { $0.hasPrefix("q33 ") }, "no rows to compare: \(empty)")
        let changes: [(name: String, make: () throws -> Void)] = [
            ("sealed", { _ = try test.post("/v1/tables/ledger:seal", "") }),
            ("compacted", { _ = try test.post("/v1/tables/ledger:compact", "") }),
            ("with a rollup", { _ = try client.rows(Self.rollup) }),
        ]
        for change in changes {
            try change.make()
            for (question, expected) in zip(questions, live) {
                let found = try client.rows(question.sql)
                #expect(found == expected, "\(change.name): \(question.title)")
            }
        }
    }
}
