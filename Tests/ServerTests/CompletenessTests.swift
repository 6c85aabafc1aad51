import Ingest
import Segments
import TestSupport
import Testing

@testable import Server

@Suite("What is missing, and who says so")
struct CompletenessTests {
    private static let day = "2026-09-21T00:00:00.000Z"

    private func send(
        _ test: TestDatabase, _ sequence: Int, _ body: String, through: String? = nil
    ) throws -> HTTPClientResponse {
        var headers = [("Daybook-Producer", "outbox"), ("Daybook-Seq", String(sequence))]
        if let through { headers.append(("Daybook-Complete-Through", through)) }
        return try test.client.send(
            .post, "/v1/tables/payments/events", headers: HTTPHeaders(headers),
            body: Array(body.utf8))
    }

    private func count(
        _ test: TestDatabase, _ context: String
    ) throws -> HTTPClientResponse {
        try test.post(
            "/v1/sql",
            #"{"query":"SELECT COUNT(*) FROM payments","resultFormat":"array","context":{\#(context)}}"#
        )
    }

    @Test("M8: holes and reordering leave exactly the open gaps, which close by themselves")
    func outbox() throws {
        let first = try TestDatabase()
        _ = try first.sql(DatabaseEndToEndTests.createTable)
        let gaps = """
            SELECT "first", "next" FROM sys.gaps WHERE datasource = 'payments' ORDER BY 1
            """
        for sequence in [0, 1, 5, 3, 9] {
            #expect(
                try send(first, sequence, DatabaseEndToEndTests.event(sequence)).status == 200)
        }
        #expect(try first.sql(gaps) == "[2,3]\n[4,5]\n[6,9]\n\n")
        first.stop()
        let second = try TestDatabase(first.fileSystem.afterKill())
        defer { second.stop() }
        #expect(try second.sql(gaps) == "[2,3]\n[4,5]\n[6,9]\n\n")
        for sequence in [4, 8, 2] {
            _ = try send(second, sequence, DatabaseEndToEndTests.event(sequence))
        }
        #expect(try second.sql(gaps) == "[6,8]\n\n")
        for sequence in [7, 6] {
            _ = try send(second, sequence, DatabaseEndToEndTests.event(sequence))
        }
        #expect(try second.sql(gaps) == "\n\n")
        #expect(
            try second.sql("SELECT producer, next_sequence, missing FROM sys.producers")
                == "[\"outbox\",10,0]\n\n")
    }

    @Test("A declared time holds once nothing is missing before it; a query can demand it")
    func completeThrough() throws {
        let test = try TestDatabase()
        defer { test.stop() }
        _ = try test.sql(DatabaseEndToEndTests.createTable)
        let demand = #""minComplete":"\#(Self.day)""#
        #expect(try count(test, demand).status == 503, "nobody declares")
        _ = try send(test, 0, DatabaseEndToEndTests.event(0))
        _ = try send(test, 2, DatabaseEndToEndTests.event(2), through: Self.day)
        let early = try count(test, demand)
        #expect(early.status == 503)
        #expect(try JSONValue(parsing: early.body)["code"]?.string == "incomplete")
        let said = try count(test, #""completeness":true"#)
        #expect(
            said.headers["X-Daybook-Complete-Through"] == "payments=unknown;missing=1;late=0")
        _ = try send(test, 1, DatabaseEndToEndTests.event(1))
        let complete = try count(test, demand)
        #expect(complete.status == 200)
        #expect(
            complete.headers["X-Daybook-Complete-Through"]
                == "payments=\(Self.day);missing=0;late=0")
        #expect(try count(test, #""minComplete":"2026-09-21T00:00:00.001Z""#).status == 503)
        #expect(try count(test, "").headers["X-Daybook-Complete-Through"] == nil)
        // Late rows are taken, and counted.
        let late = """
            {"event_id":"late","event_time":"2026-09-20T23:59:59Z","amount":1}
            {"event_id":"in time","event_time":"\(Self.day)","amount":1}
            """
        _ = try test.post("/v1/tables/payments/events", late)
        let answer = try JSONValue(parsing: test.get("/v1/completeness").body)
        let table = try #require(answer["tables"]?.elements?.first)
        #expect(table["table"]?.string == "payments")
        #expect(table["late_rows"]?.integer == 1)
        #expect(table["complete_through"]?.string == Self.day)
        #expect(table["producers"]?.elements?.first?["next_seq"]?.integer == 3)
    }
}
