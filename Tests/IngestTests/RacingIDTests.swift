import Segments
import Synchronization
import TestSupport
import Testing

@testable import Ingest

@Suite("Ids that race, and answers that hold")
struct RacingIDTests {
    @Test("M6: of writers that race for an id one is accepted, the others learn of its row")
    func racing() throws {
        let fixture = try IngestFixture(SimulatedFileSystem())
        let schema = try fixture.table()
        let ingestion = fixture.ingestion
        ingestion.start()
        let senderCount = 6
        let totals = Mutex(IngestCounts())
        let threads = (0..<senderCount).map { sender in
            EngineThread {
                for round in 0..<60 {
                    // All send the same ids; those of odd rounds with contents of their own.
                    let amount = round % 2 == 0 ? 1 : sender
                    let lines = (0..<3).map {
                        IngestFixture.line(
                            "\(round)-\($0)", amount: amount, day: round % 4 == 3 ? sender : 0)
                    }
                    let body = Array(lines.joined(separator: "\n").utf8)
                    guard
                        let events = try? EventParser(schema: schema).parse(
                            body, now: IngestFixture.start + 100 * IngestFixture.day),
                        let outcome = try? ingestion.submit(
                            schema: schema, events: events, onError: .quarantine,
                            requestID: "\(sender)")
                    else {
                        Issue.record("a request failed")
                        return
                    }
                    // Whatever the answer, a row of that id is there to be read.
                    let counts = outcome.counts
                    totals.withLock {
                        $0.accepted += counts.accepted
                        $0.duplicate += counts.duplicate
                        $0.conflict += counts.conflict
                    }
                    if round % 9 == sender { try? ingestion.sealer.sealNow() }
                }
            }
        }
        for thread in threads { thread.join() }
        ingestion.stop()
        let counts = totals.withLock { $0 }
        #expect(counts.accepted == 180)
        #expect(counts.duplicate == 90 * (senderCount - 1))
        #expect(counts.conflict == 90 * (senderCount - 1))
        #expect(try fixture.amounts().count == 180)
        #expect(try fixture.restarted().amounts().count == 180)
    }

    @Test("reg_dedup_log_same_fsync: after a power cut what was acknowledged is a duplicate")
    func regDedupLogSameFsync() throws {
        // The disk forgets everything that was not synced, at every call from the first answer on.
        let script = SimulatedFileSystem()
        let lines = (0..<20).map { IngestFixture.line("id \($0)", amount: $0, day: $0 % 3) }
        var total = 0
        do {
            let fixture = try IngestFixture(script)
            try fixture.commit(lines)
            try fixture.ingestion.sealer.sealNow()
            total = script.callCount
        }
        var afterAnswer = 0
        for call in 1...total {
            let disk = SimulatedFileSystem()
            disk.inject(SimulatedFault(.from(call: call), .stop))
            var isAcknowledged = false
            if let fixture = try? IngestFixture(disk) {
                isAcknowledged = (try? fixture.commit(lines)) != nil
                try? fixture.ingestion.sealer.sealNow()
            }
            let fixture = try IngestFixture(disk.afterPowerCut(.loseUnsynced))
            let counts = try fixture.commit(lines).counts
            if isAcknowledged {
                afterAnswer += 1
                #expect(counts == IngestCounts(duplicate: 20), "power cut at call \(call)")
            } else {
                #expect(counts.accepted + counts.duplicate == 20 && counts.conflict == 0)
            }
            #expect(try fixture.amounts().count == 20, "power cut at call \(call)")
        }
        #expect(afterAnswer > 10)
    }

    @Test("reg_success_means_inserted: rows are duplicates only where the first ones are there")
    func regSuccessMeansInserted() throws {
        for code in [28, 5] as [Int32] {
            let fixture = try IngestFixture(SimulatedFileSystem())
            try fixture.commit([IngestFixture.line("before")])
            // Twins in one group, whose log record cannot be written.
            let twins = try [
                fixture.request([IngestFixture.line("x")], id: "one"),
                fixture.request([IngestFixture.line("x")], id: "two"),
                fixture.request([IngestFixture.line("before")], id: "three"),
            ]
            fixture.disk.inject(
                SimulatedFault(.operations([.write], from: fixture.disk.callCount), .fail(code)))
            let outcomes = fixture.ingestion.commit(twins)
            fixture.disk.clearFaults()
            for outcome in outcomes.prefix(2) {
                #expect(throws: IngestError.self) { try outcome.get() }
            }
            #expect(try fixture.amounts() == ["before": 1], "nothing of the group is there")
            // A retry is accepted by whichever comes first, and the other one is its duplicate.
            let next = code == 28 ? fixture : try fixture.restarted()
            let again = next.ingestion.commit(twins)
            #expect(try again[0].get().counts == IngestCounts(accepted: 1))
            #expect(try again[1].get().counts == IngestCounts(duplicate: 1))
            #expect(try again[2].get().counts == IngestCounts(duplicate: 1))
            #expect(try next.amounts() == ["before": 1, "x": 1])
        }
    }
}
