import Segments
import TestSupport
import Testing

@testable import Ingest

/// A scripted life of a state table, stopped and failed at every file call.
@Suite struct StateFaultTests {
    private struct Script {
        /// What was acknowledged, and then, where the life ended in doubt, what may be there.
        var known = StateModel(isVersioned: true, isMerge: false)
        var doubtful: StateModel?

        /// Runs until the end, or until the disk stops it.
        mutating func run(_ disk: SimulatedFileSystem) {
            guard let base = try? IngestFixture(disk) else { return }
            defer { base.catalog.close() }
            guard let fixture = try? StateFixture(base, StateFixture.schema()) else { return }
            for round in 0..<6 {
                send(fixture, (0..<4).map { Self.event($0 + round % 3, round) })
                send(fixture, [Self.event(round % 4, round + 1, isDeletion: round % 2 == 0)])
                if round % 2 == 1 { try? fixture.seal() }
            }
        }

        private static func event(
            _ number: Int, _ version: Int, isDeletion: Bool = false
        ) -> StateModel.Event {
            StateModel.Event(
                number: number, version: version, day: version % 2, a: number * version,
                isDeletion: isDeletion)
        }

        private mutating func send(_ fixture: StateFixture, _ events: [StateModel.Event]) {
            guard let request = try? fixture.request(events.map(\.line)) else { return }
            var next = doubtful ?? known
            for event in events { next.add(event) }
            switch fixture.base.ingestion.commit([request])[0] {
            case .success: known = next
            case .failure(.durabilityUnknown): doubtful = next
            case .failure: break
            }
        }

        /// Checks a survivor, and that it takes older rows as little as before.
        func check(_ disk: SimulatedFileSystem, _ context: String) throws {
            let base = try IngestFixture(disk)
            guard base.catalog.snapshot.table(named: "drafts") != nil else {
                #expect(known.rows.isEmpty, "\(context): the table is gone")
                return
            }
            let fixture = try StateFixture(base, StateFixture.schema())
            let found = try fixture.rows()
            #expect(found == known.rows || found == doubtful?.rows, "\(context)")
            try fixture.seal()
            #expect(try fixture.rows() == found, "\(context), sealed")
            let older = (0..<7).map { Self.event($0, -1).line }
            let gone = Set(known.events.keys)
            try fixture.commit(older)
            let after = try fixture.rows().filter { gone.contains($0.key) }
            #expect(after == found.filter { gone.contains($0.key) }, "\(context): an older row")
        }
    }

    private static func callCount() -> Int {
        let disk = SimulatedFileSystem()
        var script = Script()
        script.run(disk)
        return disk.callCount
    }

    @Test("A power cut at any call leaves the newest rows and no others", arguments: 0..<4)
    func powerCuts(part: Int) throws {
        for call in stride(from: 1 + part, through: Self.callCount(), by: 4) {
            let disk = SimulatedFileSystem()
            disk.inject(SimulatedFault(.call(call), .stop))
            var script = Script()
            script.run(disk)
            // What was under way when the power went may be there.
            for cut in disk.powerCuts(seed: UInt64(call) &* 31, limit: 6) {
                try script.check(disk.afterPowerCut(cut), "cut \(cut) at call \(call)")
            }
        }
    }

    @Test(
        "Whichever call fails, once or for ever, the newest rows are there and no others",
        arguments: [false, true])
    func failures(isForEver: Bool) throws {
        for call in 1...Self.callCount() {
            let disk = SimulatedFileSystem()
            disk.inject(SimulatedFault(isForEver ? .from(call: call) : .call(call), .fail(5)))
            var script = Script()
            script.run(disk)
            disk.clearFaults()
            try script.check(disk.afterKill(), "call \(call) failed, for ever: \(isForEver)")
        }
    }
}
