import TestSupport
import Testing

@testable import Segments
@testable import Server

@Suite("daybook repair")
struct RepairTests {
    /// A stopped database with 30 rows in two segments of two days.
    private func sealed() throws -> SimulatedFileSystem {
        let test = try TestDatabase()
        _ = try test.sql(DatabaseEndToEndTests.createTable)
        for day in 0..<2 {
            let events = (0..<15).map { DatabaseEndToEndTests.event(day * 86_400 + $0) }
            _ = try test.post("/v1/tables/payments/events", events.joined(separator: "\n"))
            _ = try test.post("/v1/tables/payments:seal", "")
        }
        test.stop()
        return test.fileSystem.afterKill()
    }

    private func repair(
        _ disk: SimulatedFileSystem, acceptsLoss: Bool
    ) throws -> (code: ExitCode, lines: [String]) {
        var lines: [String] = []
        let code = try Repair(
            fileSystem: disk, clock: ManualClock(), acceptsLoss: acceptsLoss
        ).run { lines.append($0) }
        return (code, lines)
    }

    private func count(_ disk: SimulatedFileSystem) throws -> String {
        let test = try TestDatabase(disk)
        defer { test.stop() }
        return try test.sql("SELECT COUNT(*) FROM payments")
    }

    @Test("A sound directory has nothing to repair, and failed starts are forgotten")
    func sound() throws {
        let disk = try sealed()
        disk.setContents(of: StartCount.path, StartCount.encoded(6))
        #expect(throws: ServerError.self) { try count(disk) }
        let result = try repair(disk, acceptsLoss: false)
        #expect(result.code == .success)
        #expect(result.lines == ["nothing to repair"])
        #expect(try count(disk) == "[30]\n\n")
    }

    @Test("A damaged or missing segment costs its rows, after that was accepted, and is kept")
    func segment() throws {
        for isMissing in [false, true] {
            let disk = try sealed()
            let name = try #require(try disk.list("seg").max())
            let bytes = try #require(disk.contents(of: "seg/" + name))
            var damaged = bytes
            damaged[bytes.count - 20] ^= 1
            disk.setContents(of: "seg/" + name, isMissing ? nil : damaged)
            #expect(throws: ServerError.self) { try count(disk) }
            let looked = try repair(disk, acceptsLoss: false)
            #expect(looked.code == .damaged)
            #expect(looked.lines.contains { $0.contains("loses 15 rows from 2026-09-") })
            #expect(throws: ServerError.self, "looking changes nothing") { try count(disk) }
            #expect(try repair(disk, acceptsLoss: true).code == .success)
            #expect(try count(disk) == "[15]\n\n")
            guard !isMissing else { continue }
            let kept = try disk.list(Catalog.quarantineDirectory)
            #expect(kept.contains { disk.contents(of: "quarantine/" + $0) == damaged }, "\(kept)")
        }
    }

    @Test("A damaged newest manifest gives way to the one before, and no number is used twice")
    func manifest() throws {
        let disk = try sealed()
        let name = try #require(try disk.list("manifest").max())
        var damaged = try #require(disk.contents(of: "manifest/" + name))
        damaged[damaged.count / 2] ^= 1
        disk.setContents(of: "manifest/" + name, damaged)
        // With the log the manifest before has everything, and no repair is needed.
        for file in try disk.list("wal") { disk.setContents(of: "wal/" + file, nil) }
        #expect(throws: ServerError.self) { try count(disk) }
        #expect(throws: CommandError.self) { try repair(disk, acceptsLoss: false) }
        let result = try repair(disk, acceptsLoss: true)
        #expect(result.code == .success, "\(result.lines)")
        #expect(try disk.list("manifest").max() ?? "" > name)
        #expect(try disk.list("manifest").contains(name) == false)
        #expect(try count(disk) == "[15]\n\n", "the segment that it alone listed is set aside")
        #expect(try disk.list(Catalog.quarantineDirectory).count == 2)
    }
}
