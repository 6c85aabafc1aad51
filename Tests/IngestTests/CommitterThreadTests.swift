import Segments
import Synchronization
import TestSupport
import Testing

@testable import Ingest

@Suite struct CommitterThreadTests {
    @Test("Many senders share syncs, and each id is accepted exactly once")
    func groupCommit() throws {
        let fixture = try IngestFixture(SimulatedFileSystem())
        let schema = try fixture.table()
        let ingestion = fixture.ingestion
        ingestion.start()
        let totals = Mutex(IngestCounts())
        let threads = (0..<8).map { sender in
            EngineThread {
                for round in 0..<40 {
                    // Every id is sent by two senders.
                    let lines = (0..<5).map {
                        IngestFixture.line("\(sender / 2)-\(round)-\($0)", day: round % 3)
                    }
                    guard
                        let events = try? EventParser(schema: schema).parse(
                            Array(lines.joined(separator: "\n").utf8),
                            now: IngestFixture.start + 100 * IngestFixture.day),
                        let outcome = try? ingestion.submit(
                            schema: schema, events: events, onError: .quarantine,
                            requestID: "\(sender)")
                    else {
                        Issue.record("a request failed")
                        return
                    }
                    totals.withLock {
                        $0.accepted += outcome.counts.accepted
                        $0.duplicate += outcome.counts.duplicate
                    }
                    if round % 10 == sender { try? ingestion.sealer.sealNow() }
                }
            }
        }
        for thread in threads { thread.join() }
        ingestion.stop()
        #expect(totals.withLock { $0 } == IngestCounts(accepted: 800, duplicate: 800))
        #expect(try fixture.amounts().count == 800)
        let again = try fixture.restarted()
        #expect(try again.amounts().count == 800)
    }

    @Test("Near the limit of live rows a request waits until sealing has made room")
    func pauses() throws {
        var settings = IngestFixture.settings()
        settings.livePauseSeconds = 60
        settings.liveByteLimit = 1_000
        let fixture = try IngestFixture(SimulatedFileSystem(), settings: settings)
        let schema = try fixture.table()
        let ingestion = fixture.ingestion
        ingestion.start()
        func submit(_ id: String) throws -> CommitOutcome {
            let events = try fixture.request([IngestFixture.line(id)]).events
            return try ingestion.submit(
                schema: schema, events: events, onError: .quarantine, requestID: "r")
        }
        var count = 0
        while ingestion.load.liveBytes <= 750 {
            #expect(try submit("row \(count)").counts.accepted == 1)
            count += 1
        }
        let events = try fixture.request([IngestFixture.line("late")]).events
        let outcome = Mutex<CommitOutcome?>(nil)
        let thread = EngineThread {
            let late = try? ingestion.submit(
                schema: schema, events: events, onError: .quarantine, requestID: "r")
            outcome.withLock { $0 = late }
        }
        try ingestion.sealer.sealNow()
        thread.join()
        #expect(outcome.withLock { $0?.counts.accepted } == 1)
        #expect(try fixture.amounts().count == count + 1)
        ingestion.stop()
    }

    @Test("What is too much is refused before anything is done, and a stopped engine takes nothing")
    func backPressure() throws {
        var settings = IngestFixture.settings()
        settings.liveByteLimit = 20
        let fixture = try IngestFixture(SimulatedFileSystem(), settings: settings)
        let request = try fixture.request([IngestFixture.line("a")])
        let schema = try fixture.table()
        fixture.ingestion.start()
        func submit() throws(IngestError) -> CommitOutcome {
            try fixture.ingestion.submit(
                schema: schema, events: request.events, onError: .quarantine, requestID: "r")
        }
        _ = try submit()
        #expect(throws: IngestError.overloaded(what: "bytes of live rows", limit: 20)) {
            try submit()
        }
        try fixture.ingestion.sealer.sealNow()
        #expect(try submit().counts.duplicate == 1)
        fixture.ingestion.stop()
        #expect(throws: IngestError.self) { try submit() }
    }

    @Test("Two threads seal near the limit of live rows, and one that fails leaves every row live")
    func twoSealers() throws {
        var settings = IngestFixture.settings()
        settings.liveByteLimit = 16_000
        let fixture = try IngestFixture(SimulatedFileSystem(), settings: settings)
        let schema = try fixture.table()
        fixture.ingestion.start()
        let lines = (0..<240).map { IngestFixture.line("id \($0)", amount: $0, day: $0 % 24) }
        _ = try fixture.ingestion.submit(
            schema: schema, events: fixture.request(lines).events, onError: .abort, requestID: "r")
        #expect(fixture.ingestion.load.liveBytes > settings.liveByteLimit / 2)
        fixture.disk.inject(
            SimulatedFault(.operations([.write], from: fixture.disk.callCount + 20), .fail(5)))
        #expect(throws: IngestError.self) { try fixture.ingestion.sealer.sealNow() }
        fixture.disk.clearFaults()
        #expect(fixture.catalog.snapshot.table(named: "payments")?.segments.count == 0)
        #expect(try fixture.disk.list(SegmentEntry.directory).isEmpty)
        #expect(try fixture.amounts().count == 240)
        try fixture.ingestion.sealer.sealNow()
        let table = fixture.catalog.snapshot.table(named: "payments")
        #expect(table?.segments.count == 24)
        #expect(table?.live.isEmpty == true)
        #expect(try fixture.amounts().count == 240)
        fixture.ingestion.stop()
        #expect(try fixture.restarted().amounts().count == 240)
    }

    @Test("The sealing thread seals by age")
    func aging() throws {
        var settings = IngestFixture.settings()
        settings.sealAgeSeconds = 1
        let sealed = Monitor(0)
        settings.onEvent = { event in
            if case .sealed = event { sealed.update { $0 += 1 } }
        }
        let fixture = try IngestFixture(SimulatedFileSystem(), settings: settings)
        try fixture.commit([IngestFixture.line("a")])
        fixture.ingestion.start()
        fixture.clock.advance(seconds: 2)
        #expect(
            sealed.wait(timeoutNanoseconds: 10_000_000_000, until: { $0 > 0 ? $0 : nil }) == 1)
        fixture.ingestion.stop()
        #expect(try fixture.amounts() == ["a": 1])
        #expect(fixture.catalog.snapshot.table(named: "payments")?.segments.count == 1)
    }
}
