import Segments
import TestSupport
import Testing

@testable import Ingest

@Suite struct IngestFaultTests {
    private static func callCount() -> Int {
        let disk = SimulatedFileSystem()
        var script = IngestScript()
        script.run(disk)
        return disk.callCount
    }

    @Test("The script itself is acknowledged whole, and survives a power cut")
    func script() throws {
        let disk = SimulatedFileSystem()
        var script = IngestScript()
        script.run(disk)
        #expect(script.sent.count == 15)
        let fixture = try IngestFixture(disk.afterPowerCut(.loseUnsynced))
        try script.check(fixture, "script")
        try script.sendAgain(fixture, "script")
    }

    @Test(
        "Whichever call fails, once or for ever, nothing acknowledged is lost and nothing doubled",
        arguments: [5, 28] as [Int32], [false, true])
    func failures(code: Int32, isForEver: Bool) throws {
        for call in 1...Self.callCount() {
            let disk = SimulatedFileSystem()
            disk.inject(
                SimulatedFault(isForEver ? .from(call: call) : .call(call), .fail(code)))
            var script = IngestScript()
            script.run(disk)
            let context = "call \(call) failed with \(code)" + (isForEver ? " for ever" : "")
            #expect(!disk.calls.contains { $0.isSyncAfterFailure }, "\(context)")
            disk.clearFaults()
            for survivor in [disk.afterKill(), disk.afterPowerCut(.loseUnsynced)] {
                let fixture = try IngestFixture(survivor)
                try script.check(fixture, context)
                if call % 8 == 0 { try script.sendAgain(fixture, context) }
            }
        }
    }

    @Test("Calls that are done but report a failure lose and double nothing")
    func lies() throws {
        for call in 1...Self.callCount() {
            let disk = SimulatedFileSystem()
            disk.inject(SimulatedFault(.call(call), .doneButFails(5)))
            var script = IngestScript()
            script.run(disk)
            disk.clearFaults()
            let fixture = try IngestFixture(disk.afterKill())
            try script.check(fixture, "call \(call) lied")
        }
    }

    @Test("A power cut at any call leaves what was acknowledged, once", arguments: 0..<4)
    func powerCuts(part: Int) throws {
        var states = 0
        for call in stride(from: 1 + part, through: Self.callCount(), by: 4) {
            let disk = SimulatedFileSystem()
            disk.inject(SimulatedFault(.call(call), .stop))
            var script = IngestScript()
            script.run(disk)
            for cut in disk.powerCuts(seed: UInt64(call) &* 1_000, limit: 12) {
                let context = "power cut \(cut) at call \(call)"
                let survivor = disk.afterPowerCut(cut)
                let fixture = try IngestFixture(survivor)
                try script.check(fixture, context)
                states += 1
                if states % 16 == 0 { try script.sendAgain(fixture, context) }
            }
        }
        #expect(states > 100)
    }

    @Test("A power cut during recovery, at any of its calls, changes nothing")
    func cutsDuringRecovery() throws {
        let total = Self.callCount()
        var states = 0
        for call in stride(from: total / 3, through: total, by: 17) {
            let disk = SimulatedFileSystem()
            disk.inject(SimulatedFault(.call(call), .stop))
            var script = IngestScript()
            script.run(disk)
            for cut in disk.powerCuts(seed: UInt64(call), limit: 3) {
                let base = disk.afterPowerCut(cut)
                let probe = base.afterKill()
                _ = try IngestFixture(probe)
                for second in 1...probe.callCount {
                    let dying = base.afterKill()
                    dying.inject(SimulatedFault(.call(second), .stop))
                    _ = try? IngestFixture(dying)
                    for cut in dying.powerCuts(seed: UInt64(second), limit: 3) {
                        let fixture = try IngestFixture(dying.afterPowerCut(cut))
                        try script.check(fixture, "call \(call), recovery call \(second), \(cut)")
                        states += 1
                    }
                }
            }
        }
        #expect(states > 100)
    }
}
