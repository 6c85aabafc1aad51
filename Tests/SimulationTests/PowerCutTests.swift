import Segments
import TestSupport
import Testing

/// Power cuts at every call to the file system, in a life and in the recovery from a power cut.
@Suite("Power cuts")
struct PowerCutTests {
    @Test("The script itself is answered as the model says, the same at every run")
    func script() {
        var runs: [[SimulatedCall]] = []
        for _ in 0..<2 {
            let simulation = Simulation(SimulatedFileSystem(), context: "script")
            simulation.run(EventScript.steps)
            #expect(simulation.model.sent.count == 15)
            #expect(simulation.model.version > 15)
            runs.append(simulation.fileSystem.calls)
            simulation.checkRecovery()
            #expect(simulation.fileSystem.syncsAfterFailure.isEmpty)
        }
        #expect(runs[0] == runs[1])
    }

    @Test("A power cut at any call loses nothing acknowledged and doubles nothing")
    func everyCall() {
        let whole = Simulation(SimulatedFileSystem())
        whole.run(EventScript.steps)
        let calls = whole.fileSystem.calls
        whole.stop()
        let wanted = EventScript.effort(2_400)
        var states = 0
        for call in calls.indices {
            let disk = SimulatedFileSystem()
            disk.inject(SimulatedFault(.call(call + 1), .stop))
            let simulation = Simulation(disk, context: "call \(call + 1)")
            simulation.run(EventScript.steps)
            // A call that only reads leaves the disk as it was: looked at once.
            let isChange = call == 0 || !calls[call - 1].isReading
            let limit = isChange ? max(3, (wanted - states) / (calls.count - call)) : 1
            for cut in disk.powerCuts(seed: UInt64(call) &* 1_000, limit: limit) {
                simulation.continued(
                    on: disk.afterPowerCut(cut), "power cut \(cut) at call \(call + 1)"
                ).checkRecovery(isThorough: states % 4 == 0)
                states += 1
            }
        }
        print("power cuts: \(states) crash states at \(calls.count) calls")
        #expect(states >= min(wanted, 2_000), "\(states) crash states")
    }

    @Test("A power cut at any call of the recovery from a power cut changes nothing")
    func duringRecovery() {
        let whole = Simulation(SimulatedFileSystem())
        whole.run(EventScript.steps)
        let total = whole.fileSystem.callCount
        whole.stop()
        let samples = max(1, EventScript.effort(1_200) / 120)
        var states = 0
        for sample in 1...samples {
            let call = total * sample / samples
            let disk = SimulatedFileSystem()
            disk.inject(SimulatedFault(.call(call), .stop))
            let simulation = Simulation(disk)
            simulation.run(EventScript.steps)
            let base = disk.afterPowerCut(.random(seed: UInt64(sample)))
            let probe = simulation.continued(on: base.afterKill(), "probe at \(call)")
            #expect(probe.process() != nil)
            for second in 1...probe.fileSystem.callCount {
                let dying = base.afterKill()
                dying.inject(SimulatedFault(.call(second), .stop))
                simulation.continued(on: dying, "").process()
                for cut in dying.powerCuts(seed: UInt64(second), limit: 3) {
                    simulation.continued(
                        on: dying.afterPowerCut(cut),
                        "call \(call), recovery call \(second), \(cut)"
                    ).checkRecovery(isThorough: states % 8 == 0)
                    states += 1
                }
            }
        }
        print("power cuts during recovery: \(states) crash states of \(samples) cuts")
        #expect(states > samples * 10)
    }
}

extension SimulatedCall {
    /// Whether it changes nothing on the disk.
    var isReading: Bool {
        switch operation {
        case .read, .status, .list, .map, .close: true
        default: false
        }
    }
}
