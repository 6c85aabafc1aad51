import Ingest
import Segments
import TestSupport
import Testing

@testable import Server

@Suite("Dead letters")
struct DeadLetterTests {
    private static let target = "/v1/tables/payments/events?on_error=quarantine"
    private static let rejects = "/v1/tables/payments/rejects"

    private func letters(_ test: TestDatabase, _ query: String = "") throws -> [JSONValue] {
        let answer = try JSONValue(parsing: test.get(Self.rejects + query).body)
        return answer["rejects"]?.elements ?? []
    }

    private func act(_ test: TestDatabase, _ verb: String, _ body: String) throws -> JSONValue {
        try JSONValue(parsing: test.post(Self.rejects + ":" + verb, body).body)
    }

    @Test(
        "M7: poison never stops the stream; each row is kept, fixed, replayed once, and totals are whole"
    )
    func poison() throws {
        let first = try TestDatabase()
        _ = try first.sql(DatabaseEndToEndTests.createTable)
        let body = [
            DatabaseEndToEndTests.event(1),
            #"{"event_id":"e2","event_time":1790000002000,"amount":"two"}"#,
            "{broken", DatabaseEndToEndTests.event(3),
        ].joined(separator: "\n")
        let taken = try JSONValue(parsing: first.post(Self.target, body).body)
        #expect(taken["accepted"]?.integer == 2)
        #expect(taken["rejected"]?.integer == 2)
        let open = try letters(first)
        #expect(open.count == 2)
        let typed = try #require(open.first { $0["code"]?.string == "type_mismatch" })
        let broken = try #require(open.first { $0["code"]?.string == "invalid_json" })
        #expect(broken["raw"]?.string == "{broken")
        #expect(typed["attempts"]?.integer == 1)
        let typedID = try #require(typed["id"]?.string)
        let brokenID = try #require(broken["id"]?.string)

        // Sent as they are they are refused again, which leaves no further letters.
        let inVain = try act(first, "replay", #"{"all":true}"#)
        #expect(inVain["closed"]?.integer == 0)
        #expect(inVain["failed"]?.elements?.count == 2)
        #expect(try letters(first).map { $0["attempts"]?.integer } == [2, 2])
        #expect(try first.sql("SELECT COUNT(*) FROM sys.rejects") == "[2]\n\n")

        // What waits survives a kill, in the log and in segments.
        first.stop()
        let test = try TestDatabase(first.fileSystem.afterKill())
        defer { test.stop() }
        #expect(try letters(test).map { $0["attempts"]?.integer } == [2, 2])
        _ = try test.post("/v1/tables/sys.rejects:seal", "")
        let fix = """
            {"rows":{"\(typedID)":{"event_id":"e2","event_time":1790000002000,"amount":2}}}
            """
        let fixed = try act(test, "replay", fix)
        #expect(fixed["accepted"]?.integer == 1)
        #expect(fixed["closed"]?.integer == 1)
        #expect(try letters(test).map { $0["id"]?.string } == [brokenID])
        // A second time nothing happens.
        let again = try act(test, "replay", fix)
        #expect(again["accepted"]?.integer == 0)
        #expect(again["not_open"]?.integer == 1)
        #expect(try test.sql("SELECT COUNT(*), SUM(amount) FROM payments") == "[3,6]\n\n")
        let gone = try act(test, "discard", #"{"ids":["\#(brokenID)"]}"#)
        #expect(gone["closed"]?.integer == 1)
        #expect(try letters(test).isEmpty)
        #expect(try letters(test, "?state=all").count == 2)
    }

    @Test("A letter becomes one row of a table without ids, however often it is replayed")
    func withoutIDs() throws {
        let test = try TestDatabase()
        defer { test.stop() }
        _ = try test.sql("CREATE TABLE plain (at TIMESTAMP NOT NULL, amount BIGINT) TIMESTAMP (at)")
        _ = try test.post(
            "/v1/tables/plain/events?on_error=quarantine",
            #"{"at":"2026-01-01T00:00:00Z","amount":5,"extra":1}"#)
        _ = try test.sql("ALTER TABLE plain ADD COLUMN extra BIGINT")
        for index in 0..<3 {
            let answer = try JSONValue(
                parsing: test.post("/v1/tables/plain/rejects:replay", #"{"all":true}"#).body)
            #expect(answer["accepted"]?.integer == (index == 0 ? 1 : 0))
        }
        #expect(try test.sql("SELECT COUNT(*), SUM(amount) FROM plain") == "[1,5]\n\n")
    }

    @Test("L2: same id and content is a duplicate, other content a conflict that stays visible")
    func conflict() throws {
        let test = try TestDatabase()
        defer { test.stop() }
        _ = try test.sql(DatabaseEndToEndTests.createTable)
        _ = try test.post(Self.target, DatabaseEndToEndTests.event(1))
        let both = [DatabaseEndToEndTests.event(1), DatabaseEndToEndTests.event(1, amount: 9)]
        let answer = try JSONValue(
            parsing: test.post(Self.target, both.joined(separator: "\n")).body)
        #expect(answer["duplicate"]?.integer == 1)
        #expect(answer["conflict"]?.integer == 1)
        #expect(try test.sql("SELECT SUM(amount) FROM payments") == "[1]\n\n")
        let open = try letters(test, "?code=conflict")
        #expect(open.count == 1)
        // It is still one when it is replayed; under another id it becomes a row.
        #expect(try act(test, "replay", #"{"all":true}"#)["closed"]?.integer == 0)
        let id = try #require(open.first?["id"]?.string)
        let other = DatabaseEndToEndTests.event(2, amount: 9)
        let fixed = try act(test, "replay", #"{"rows":{"\#(id)":\#(other)}}"#)
        #expect(fixed["closed"]?.integer == 1)
        #expect(try test.sql("SELECT SUM(amount) FROM payments") == "[10]\n\n")
    }

    @Test("Replays that make no sense are refused, and nothing is done")
    func refusals() throws {
        let test = try TestDatabase()
        defer { test.stop() }
        _ = try test.sql(DatabaseEndToEndTests.createTable)
        for (body, code) in [
            ("", "invalid_json"), ("[]", "invalid_json"), ("{}", "missing_field"),
            (#"{"ids":["x"]}"#, "invalid_parameter"), (#"{"id":"1-0"}"#, "unknown_field"),
        ] {
            let answer = try act(test, "replay", body)
            #expect(answer["code"]?.string == code, "\(body)")
        }
        let none = try act(test, "replay", #"{"ids":["7-0"]}"#)
        #expect(none["not_open"]?.integer == 1)
    }
}
