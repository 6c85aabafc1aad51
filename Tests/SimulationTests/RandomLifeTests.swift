import Glibc
import Segments
import TestSupport
import Testing

/// Random lives: rows in, seals, compactions, restarts, failing calls, kills and power cuts.
@Suite("Random lives")
struct RandomLifeTests {
    @Test("Two hundred random steps with crashes keep every promise", arguments: 1...6)
    func life(seed: UInt64) {
        let steps = 200
        var random = SeededGenerator(seed: seed)
        var crashes = 0
        var simulation = Simulation(SimulatedFileSystem(), context: "seed \(seed)")
        simulation.perform(.create("payments"))
        for step in 0..<steps {
            let context = "seed \(seed), step \(step)"
            switch Int.random(in: 0..<20, using: &random) {
            case 0, 1:
                simulation = crash(simulation, context, &random)
                crashes += 1
            case 2: fail(simulation, &random)
            default: simulation.perform(Self.step(step, &random))
            }
        }
        simulation.fileSystem.clearFaults()
        simulation.stop()
        simulation.checkRecovery()
        print("random life: seed \(seed), \(steps) steps, \(crashes) crashes")
    }

    /// Stops a few calls on, wherever that is, and goes on with what a crash leaves.
    private func crash(
        _ simulation: Simulation, _ context: String, _ random: inout SeededGenerator
    ) -> Simulation {
        let disk = simulation.fileSystem
        disk.clearFaults()
        let call = disk.callCount + Int.random(in: 1...60, using: &random)
        disk.inject(SimulatedFault(.from(call: call), .stop))
        for step in 0..<3 { simulation.perform(Self.step(1_000 + step, &random)) }
        let survivor: SimulatedFileSystem
        switch Int.random(in: 0..<4, using: &random) {
        case 0: survivor = disk.afterKill()
        case 1: survivor = disk.afterPowerCut(.loseUnsynced)
        default: survivor = disk.afterPowerCut(.random(seed: random.next()))
        }
        let next = simulation.continued(on: survivor, context)
        next.check()
        return next
    }

    /// Lets one of the next calls fail.
    private func fail(_ simulation: Simulation, _ random: inout SeededGenerator) {
        let disk = simulation.fileSystem
        disk.clearFaults()
        let call = disk.callCount + Int.random(in: 1...20, using: &random)
        let code = Bool.random(using: &random) ? EIO : ENOSPC
        disk.inject(SimulatedFault(.call(call), .fail(code)))
    }

    private static func step(_ number: Int, _ random: inout SeededGenerator) -> Simulation.Step {
        switch Int.random(in: 0..<17, using: &random) {
        case 0, 1: return .seal
        case 2: return .compact
        case 3: return .restart
        case 4: return .collectGarbage
        case 5: return Bool.random(using: &random) ? .create("scratch") : .drop("scratch")
        case 6:
            return Bool.random(using: &random) ? .createRollup("hourly") : .dropRollup("hourly")
        case 7:
            return .alter(
                Bool.random(using: &random) ? "payments" : "scratch",
                note: Bool.random(using: &random) ? Int64(number) : nil)
        default:
            let count = Int.random(in: 1...3, using: &random)
            return .ingest((0..<count).map { request("s\(number)-\($0)", &random) })
        }
    }

    private static func request(
        _ id: String, _ random: inout SeededGenerator
    ) -> LedgerModel.Request {
        let lines = (0..<Int.random(in: 1...8, using: &random)).map { _ -> LedgerModel.Line in
            let number = Int.random(in: 0..<300, using: &random)
            switch Int.random(in: 0..<14, using: &random) {
            case 0: return EventScript.brokenLine
            case 1: return EventScript.mistypedLine
            case 2: return .row(EventScript.row(number, day: number % 4, amount: number + 1_000))
            // An id of another day: a conflict, in a chunk of its own.
            case 3: return .row(EventScript.row(number, day: (number + 1) % 4))
            default: return .row(EventScript.row(number, day: number % 4))
            }
        }
        return LedgerModel.Request(
            id: id, table: Int.random(in: 0..<6, using: &random) == 0 ? "scratch" : "payments",
            lines: lines, isAllOrNothing: Int.random(in: 0..<8, using: &random) == 0)
    }
}
