import Ingest
import Segments
import TestSupport
import Testing

@testable import Server

@Suite("Requests that are sent again over HTTP")
struct RequestOriginTests {
    private static let target = "/v1/tables/payments/events"

    private func post(
        _ test: TestDatabase, _ body: String, _ headers: [(String, String)],
        target: String = target
    ) throws -> HTTPClientResponse {
        try test.client.send(
            .post, target, headers: HTTPHeaders(headers), body: Array(body.utf8))
    }

    private func code(_ response: HTTPClientResponse) throws -> String? {
        try JSONValue(parsing: response.body)["code"]?.string
    }

    @Test(
        "A repeated number is answered as it was, another body, a gap and an old epoch are refused")
    func producer() throws {
        let test = try TestDatabase()
        defer { test.stop() }
        _ = try test.sql(DatabaseEndToEndTests.createTable)
        func send(
            _ sequence: String, _ body: String, epoch: String = "0"
        ) throws -> HTTPClientResponse {
            try post(
                test, body,
                [
                    ("Daybook-Producer", "outbox-7"), ("Daybook-Seq", sequence),
                    ("Daybook-Epoch", epoch),
                ])
        }
        let body = DatabaseEndToEndTests.event(1)
        let early = try send("3", body)
        #expect(early.status == 409)
        #expect(try code(early) == "unknown_producer")
        let first = try JSONValue(parsing: send("0", body).body)
        #expect(first["status"]?.string == "ok")
        #expect(first["accepted"]?.integer == 1)
        let again = try send("0", body)
        #expect(again.headers["Idempotent-Replay"] == "true")
        let answer = try JSONValue(parsing: again.body)
        #expect(answer["status"]?.string == "duplicate")
        for name in ["accepted", "duplicate", "conflict", "rejected", "version"] {
            #expect(answer[name]?.integer == first[name]?.integer)
        }
        #expect(try code(send("0", DatabaseEndToEndTests.event(2))) == "seq_reuse")
        #expect(try code(send("257", body)) == "seq_gap")
        #expect(try send("1", "").status == 200, "an empty body closes a gap")
        #expect(try send("0", body, epoch: "2").status == 200)
        #expect(try code(send("2", body)) == "fenced")
        for bad in ["-1", "x", "1.5", "99999999999999999999"] {
            #expect(try code(send(bad, body)) == "invalid_header")
        }
        #expect(try test.sql("SELECT COUNT(*) FROM payments") == "[1]\n\n")
    }

    @Test("A request that was refused has not used its number; its rows are not there")
    func refused() throws {
        let test = try TestDatabase()
        defer { test.stop() }
        _ = try test.sql(DatabaseEndToEndTests.createTable)
        let headers = [("Daybook-Producer", "p"), ("Daybook-Seq", "0")]
        let refused = try post(test, DatabaseEndToEndTests.event(1) + "\n{broken", headers)
        #expect(refused.status == 422)
        #expect(try JSONValue(parsing: refused.body)["applied"]?.boolean == false)
        let taken = try JSONValue(
            parsing: post(test, DatabaseEndToEndTests.event(1), headers).body)
        #expect(taken["status"]?.string == "ok")
        #expect(taken["accepted"]?.integer == 1)
    }

    @Test("A key is taken once; without a time only where ids protect what is older")
    func keys() throws {
        let test = try TestDatabase()
        defer { test.stop() }
        _ = try test.sql(DatabaseEndToEndTests.createTable)
        _ = try test.sql(
            "CREATE TABLE plain (at TIMESTAMP NOT NULL, amount BIGINT) TIMESTAMP (at)")
        let plain = "/v1/tables/plain/events"
        let row = #"{"at":"2026-01-01T00:00:00Z","amount":5}"#
        let now = CivilTime.iso8601(microseconds: SystemClock().wallMicroseconds())
        #expect(
            try code(post(test, row, [("Idempotency-Key", "a")], target: plain))
                == "key_without_time")
        let timed = [("Idempotency-Key", "a"), ("Idempotency-Key-Time", now)]
        for index in 0..<3 {
            let response = try post(test, row, timed, target: plain)
            #expect(response.status == 200)
            #expect((response.headers["Idempotent-Replay"] != nil) == (index > 0))
        }
        #expect(try test.sql("SELECT COUNT(*) FROM plain") == "[1]\n\n")
        #expect(try code(post(test, row + "\n" + row, timed, target: plain)) == "key_reuse")
        let old = try post(
            test, row,
            [("Idempotency-Key", "b"), ("Idempotency-Key-Time", "2020-01-01T00:00:00Z")],
            target: plain)
        #expect(old.status == 410)
        #expect(try code(old) == "key_expired")
        let event = DatabaseEndToEndTests.event(1)
        for index in 0..<2 {
            let response = try post(test, event, [("Idempotency-Key", "no-time")])
            #expect((response.headers["Idempotent-Replay"] != nil) == (index > 0))
        }
        for headers in [
            [("Idempotency-Key", "x"), ("Daybook-Seq", "0"), ("Daybook-Producer", "p")],
            [("Daybook-Seq", "0")], [("Daybook-Epoch", "0")], [("Idempotency-Key-Time", now)],
            [("Daybook-Seq", "0"), ("Daybook-Producer", "a b")],
            [("Idempotency-Key", "x"), ("Idempotency-Key", "y")],
        ] { #expect(try code(post(test, event, headers)) == "invalid_header", "\(headers)") }
    }

    @Test("ULIDs and UUIDs of version 7 say how old they are, other keys do not")
    func timesWithinKeys() {
        #expect(OriginHeaders.time(within: "01ARZ3NDEKTSV4RRFFQ69G5FAV") == 1_469_922_850_259_000)
        #expect(
            OriginHeaders.time(within: "01ARZ3NDEKTSV4RRFFQ69G5FAV".lowercased())
                == 1_469_922_850_259_000)
        #expect(
            OriginHeaders.time(within: "017f22e2-79b0-7cc3-98c4-dc0c0c07398f")
                == 1_645_557_742_000_000)
        for text in [
            "017f22e2-79b0-4cc3-98c4-dc0c0c07398f", "017f22e2-79b0-7cc3-98c4-dc0c0c07398",
            "017f22e2x79b0-7cc3-98c4-dc0c0c07398f", "81ARZ3NDEKTSV4RRFFQ69G5FAV",
            "01ARZ3NDEKTSV4RRFFQ69G5FAU", "", "batch-17",
        ] { #expect(OriginHeaders.time(within: text) == nil, "\(text)") }
    }
}
