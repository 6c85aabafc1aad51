import TestSupport
import Testing

@testable import Server

@Suite("Senders whose rows go wrong")
struct RejectBreakerTests {
    private let source = RejectBreaker.Source(table: "t", sender: "a")
    private let other = RejectBreaker.Source(table: "t", sender: "b")

    @Test("More than a fifth of a thousand rows pauses the sender for a minute, and only it")
    func trips() throws {
        let clock = ManualClock()
        let breaker = RejectBreaker(percent: 20, clock: clock)
        #expect(breaker.count(source, rows: 999, rejected: 999) == nil, "too few to judge")
        let run = try #require(breaker.count(source, rows: 1, rejected: 0))
        #expect(run == (1_000, 999))
        #expect(breaker.pause(of: source) == RejectBreaker.pauseNanoseconds)
        #expect(breaker.pause(of: other) == nil)
        #expect(breaker.pausedCount == 1)
        clock.advance(seconds: 61)
        #expect(breaker.pause(of: source) == nil)
        #expect(breaker.count(source, rows: 1_000, rejected: 200) == nil, "a fifth is not more")
        #expect(breaker.count(source, rows: 1_000, rejected: 201) != nil, "each run by itself")
    }

    @Test("100 never trips, 0 trips at the first rejected row of a run")
    func extremes() {
        let clock = ManualClock()
        let never = RejectBreaker(percent: 100, clock: clock)
        #expect(never.count(source, rows: 5_000, rejected: 5_000) == nil)
        let always = RejectBreaker(percent: 0, clock: clock)
        #expect(always.count(source, rows: 5_000, rejected: 0) == nil)
        #expect(always.count(source, rows: 5_000, rejected: 1) != nil)
    }

    @Test("Any number of senders is bounded, and those that are paused are not forgotten")
    func bounded() {
        let breaker = RejectBreaker(percent: 20, clock: ManualClock())
        #expect(breaker.count(source, rows: 1_000, rejected: 900) != nil)
        for number in 0..<3 * RejectBreaker.maximumSourceCount {
            let sender = RejectBreaker.Source(table: "t", sender: "\(number)")
            #expect(breaker.count(sender, rows: 1, rejected: 0) == nil)
        }
        #expect(breaker.pause(of: source) != nil)
    }

    @Test("Over HTTP: 503 before the body is read, and another producer goes on")
    func overHTTP() throws {
        let test = try TestDatabase()
        defer { test.stop() }
        _ = try test.sql(DatabaseEndToEndTests.createTable)
        let target = "/v1/tables/payments/events?on_error=quarantine"
        let bad = [String](repeating: "{\"nothing\":1}", count: 1_000).joined(separator: "\n")
        #expect(try test.post(target, bad).status == 200)
        let refused = try test.post(target, DatabaseEndToEndTests.event(1))
        #expect(refused.status == 503)
        #expect(refused.text.contains("\"code\":\"source_paused\""), "\(refused.text)")
        #expect(Int(refused.headers["Retry-After"] ?? "") ?? 0 > 50)
        let other = try test.client.send(
            .post, target, headers: HTTPHeaders([("Daybook-Producer", "till-7")]),
            body: Array(DatabaseEndToEndTests.event(1).utf8))
        #expect(other.status == 200)
        #expect(try test.get("/metrics").text.contains("daybook_sources_paused 1.0\n"))
    }
}
