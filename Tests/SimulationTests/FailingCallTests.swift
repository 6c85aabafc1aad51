import Glibc
import Segments
import TestSupport
import Testing

/// Calls to the file system that fail, once or from then on.
@Suite("Failing calls")
struct FailingCallTests {
    @Test(
        "Whichever call fails: no false answer, no second sync, and a restart finds what was told",
        arguments: [EIO, ENOSPC], [false, true])
    func failures(code: Int32, isForEver: Bool) {
        let whole = Simulation(SimulatedFileSystem())
        whole.run(EventScript.steps)
        let total = whole.fileSystem.callCount
        whole.stop()
        let runs = min(total, EventScript.effort(250))
        for run in 0..<runs {
            let call = 1 + (run * total + Int(code)) / runs % total
            let disk = SimulatedFileSystem()
            disk.inject(
                SimulatedFault(isForEver ? .from(call: call) : .call(call), .fail(code)))
            let context =
                "call \(call) fails with \(code)" + (isForEver ? " and all after it" : "")
            let simulation = Simulation(disk, context: context)
            simulation.run(EventScript.steps)
            let again = disk.syncsAfterFailure
            #expect(again.isEmpty, "\(context): \(again)")
            simulation.stop()
            disk.clearFaults()
            simulation.continued(on: disk.afterKill(), context + ", kill")
                .checkRecovery(isThorough: run % 4 == 0)
            simulation.continued(
                on: disk.afterPowerCut(.random(seed: UInt64(run))), context + ", power cut"
            ).checkRecovery(isThorough: run % 4 == 1)
        }
        print("failing calls: \(runs) of \(total), code \(code), for ever: \(isForEver)")
    }

    @Test("A full disk refuses, loses nothing, and goes on when there is room")
    func fullDisk() {
        let whole = Simulation(SimulatedFileSystem())
        whole.run(EventScript.steps)
        let total = whole.fileSystem.callCount
        whole.stop()
        for sample in 1...20 {
            let disk = SimulatedFileSystem()
            let call = total * sample / 21
            disk.inject(
                SimulatedFault(.operations([.write, .allocate, .open], from: call), .fail(ENOSPC)))
            let simulation = Simulation(disk, context: "full from call \(call)")
            simulation.run(EventScript.steps)
            disk.clearFaults()
            // The same process, where it lives, takes everything now.
            simulation.sendAgain()
            simulation.checkRecovery()
        }
    }
}
