import Segments
import TestSupport
import Testing

@testable import Ingest

@Suite("A start and what memory keeps of the disk")
struct RecoveryTests {
    @Test("After a failed sync the log is read from the disk, not from memory that shows more")
    func failedSync() throws {
        let disk = try LogFixture.emptyDisk()
        let (writer, _) = try LogFixture.open(disk)
        _ = try writer.append(LogFixture.entries(1...2))
        disk.inject(SimulatedFault(.operations([.sync], from: disk.callCount + 1), .fail(5)))
        #expect(throws: LogError.self) { try writer.append(LogFixture.entries(3...3)) }
        let next = disk.afterKill()
        let log = try LogFixture.read(next)
        #expect(log.records.keys.sorted() == [1, 2], "position 3 is on no disk")
    }
}

@Suite("The repair of a damaged log")
struct LogRepairTests {
    /// A database of 12 requests of one row each, all in the log, and their disk.
    private func filled() throws -> SimulatedFileSystem {
        let fixture = try IngestFixture(SimulatedFileSystem())
        for number in 0..<12 { try fixture.commit([IngestFixture.line("id\(number)")]) }
        return fixture.disk.afterKill()
    }

    private func logFiles(_ disk: SimulatedFileSystem) throws -> [String] {
        try disk.list(LogFormat.directory).sorted().map { LogFormat.directory + "/" + $0 }
    }

    private func repair(_ disk: SimulatedFileSystem) throws -> (Catalog, LogRepair) {
        let catalog = try Catalog.open(disk)
        return (
            catalog,
            LogRepair(
                catalog: catalog, clock: ManualClock(), settings: IngestFixture.settings())
        )
    }

    @Test("A sound log needs none, and looking changes nothing")
    func sound() throws {
        let disk = try filled()
        let before = try logFiles(disk).map { disk.contents(of: $0) }
        let (catalog, repair) = try repair(disk)
        #expect(try repair.inspect() == nil)
        catalog.close()
        #expect(try logFiles(disk).map { disk.contents(of: $0) } == before)
    }

    @Test("Whatever byte is damaged, the start that was refused goes on with all other requests")
    func everyByte() throws {
        let good = try filled()
        let path = try #require(try logFiles(good).first)
        let bytes = try #require(good.contents(of: path))
        let end = (bytes.lastIndex { $0 != 0 } ?? 0) + 1
        var repairedCount = 0
        for offset in stride(from: 0, to: end, by: 37) {
            let disk = good.afterKill()
            var damaged = bytes
            damaged[offset] ^= 0x10
            disk.setContents(of: path, damaged)
            let (catalog, repair) = try repair(disk)
            guard let salvage = try repair.inspect() else {
                catalog.close()
                continue
            }
            repairedCount += 1
            #expect(throws: IngestError.self, "byte \(offset)") {
                try Ingestion(catalog: catalog, clock: ManualClock())
            }
            let result = try repair.run(salvage, stamp: "now")
            catalog.close()
            let fixture = try IngestFixture(disk.afterPowerCut(.loseUnsynced))
            let there = try fixture.amounts().count
            #expect(there == result.rows, "byte \(offset)")
            let isHeader = offset < LogFormat.headerByteCount
            #expect(isHeader || there >= 11, "byte \(offset): \(there) rows")
            #expect(!salvage.lost.isEmpty, "byte \(offset)")
            #expect(result.paths.allSatisfy { disk.contents(of: $0) != nil }, "nothing is removed")
            #expect(result.paths.contains { disk.contents(of: $0) == damaged })
            // New rows get positions that nobody had, and survive the next start.
            let outcome = try fixture.commit([IngestFixture.line("new")])
            #expect(outcome.version > salvage.lastLSN)
            #expect(try fixture.restarted().amounts()["new"] == 1)
        }
        #expect(repairedCount > 20)
    }

    @Test("A repair that is cut off at any call can be made again and loses nothing more")
    func cutOff() throws {
        let good = try filled()
        let path = try #require(try logFiles(good).first)
        var damaged = try #require(good.contents(of: path))
        damaged[LogFormat.headerByteCount + 60] ^= 1
        good.setContents(of: path, damaged)
        func run(_ disk: SimulatedFileSystem) throws {
            let (catalog, repair) = try repair(disk)
            if let salvage = try repair.inspect() { _ = try repair.run(salvage, stamp: "now") }
            catalog.close()
        }
        let counting = good.afterKill()
        try run(counting)
        let total = try IngestFixture(counting.afterKill()).amounts().count
        #expect(total >= 11)
        for call in 1...counting.callCount {
            let disk = good.afterKill()
            disk.inject(SimulatedFault(.call(call), .stop))
            try? run(disk)
            for survivor in [disk.afterKill(), disk.afterPowerCut(.loseUnsynced)] {
                try run(survivor)
                let there = try IngestFixture(survivor.afterKill()).amounts().count
                #expect(there == total, "cut off at call \(call)")
            }
        }
    }

    @Test("What is lost is named by position")
    func gaps() {
        #expect(LogSalvage.gaps([], in: 0, 0) == [])
        #expect(LogSalvage.gaps([5, 6, 9], in: 4, 9) == [7...8])
        #expect(LogSalvage.gaps([5], in: 3, 7) == [4...4, 6...7])
        #expect(LogSalvage.gaps([], in: 2, 4) == [3...4])
    }
}
