import Glibc
import Segments
import TestSupport
import Testing

@Suite("The catalog and crashes")
struct CatalogCrashTests {
    typealias Content = CatalogScript.Content

    /// What each step publishes when nothing goes wrong, with the empty directory first.
    private func expectations() throws -> (contents: [Content], callCount: Int) {
        var script = CatalogScript(SimulatedFileSystem())
        try script.runAll()
        let empty = Content(Manifest(databaseID: 42))
        return ([empty] + script.reported, script.disk.callCount)
    }

    /// Opens what a crash left and checks all that recovery promises.
    private func checkRestart(
        _ disk: SimulatedFileSystem, oneOf allowed: [Content], _ context: @autoclosure () -> String
    ) throws {
        let catalog = try Fixture.open(disk)
        #expect(allowed.contains(Content(catalog.manifest)), "\(context())")
        try catalog.sweepOrphans()
        let files = Set(try disk.list("seg"))
        for segment in catalog.manifest.segments {
            let name = String(segment.path.dropFirst(4))
            #expect(files.contains(name), "\(name) \(context())")
            #expect(disk.contents(of: segment.path)?.count == segment.byteCount)
        }
        let id = catalog.reserveSegmentID()
        for name in try disk.list("seg") + disk.list("trash") {
            #expect(name < String(SegmentEntry.path(of: id).dropFirst(4)) || name.hasPrefix("M-"))
        }
        _ = try catalog.createTable(Fixture.schema("after"))
        let expected = Content(catalog.manifest)
        catalog.close()
        let again = try Fixture.open(disk.afterPowerCut(.loseUnsynced))
        #expect(Content(again.manifest) == expected, "\(context())")
    }

    @Test("A crash at any call leaves the old manifest or the new one, whatever the disk keeps")
    func everyCall() throws {
        let (contents, callCount) = try expectations()
        var stateCount = 0
        for call in 1...callCount {
            let disk = SimulatedFileSystem()
            disk.inject(SimulatedFault(.call(call), .stop))
            var script = CatalogScript(disk)
            #expect(throws: (any Error).self) {
                try script.runAll()
                // Garbage collection reports failures as events; the process is dead all the same.
                _ = try disk.list("")
            }
            let reported = script.reported.count
            let allowed = Array(contents[reported...min(reported + 1, contents.count - 1)])
            let cuts = disk.powerCuts(seed: UInt64(call), limit: 12)
            for cut in cuts {
                stateCount += 1
                try checkRestart(
                    disk.afterPowerCut(cut), oneOf: allowed, "call \(call) of \(callCount), \(cut)")
            }
            try checkRestart(disk.afterKill(), oneOf: allowed, "call \(call), killed")
        }
        #expect(stateCount > 1_000)
    }

    @Test("A crash during recovery leaves what the recovery found")
    func duringRecovery() throws {
        let (contents, callCount) = try expectations()
        for call in stride(from: 1, through: callCount, by: 7) {
            let disk = SimulatedFileSystem()
            disk.inject(SimulatedFault(.call(call), .stop))
            var script = CatalogScript(disk)
            try? script.runAll()
            let reported = script.reported.count
            let allowed = Array(contents[reported...min(reported + 1, contents.count - 1)])
            let first = disk.afterPowerCut(.random(seed: UInt64(call)))
            for second in 1...40 {
                let crashing = first.afterKill()
                crashing.inject(SimulatedFault(.call(second), .stop))
                do {
                    _ = try Fixture.open(crashing).sweepOrphans()
                    break
                } catch {
                    let left = crashing.afterPowerCut(.random(seed: UInt64(second)))
                    try checkRestart(left, oneOf: allowed, "call \(call), then \(second)")
                }
            }
        }
    }

    @Test(
        "An error once at any call is reported or retried, and never loses a published state",
        arguments: [EIO, ENOSPC])
    func errorOnce(code: Int32) throws {
        let (_, callCount) = try expectations()
        for call in 1...callCount {
            let disk = SimulatedFileSystem()
            disk.inject(SimulatedFault(.call(call), .fail(code)))
            try checkAfterErrors(disk, "call \(call) fails with \(code)")
        }
    }

    @Test("A call that fails although it was done never loses a published state")
    func lyingCalls() throws {
        let (_, callCount) = try expectations()
        for call in 1...callCount {
            let disk = SimulatedFileSystem()
            disk.inject(SimulatedFault(.call(call), .doneButFails(EIO)))
            try checkAfterErrors(disk, "call \(call) lies")
        }
    }

    @Test("A disk that is full from any call on keeps the last published state openable")
    func diskFull() throws {
        let (_, callCount) = try expectations()
        for call in 1...callCount {
            let disk = SimulatedFileSystem()
            disk.inject(
                SimulatedFault(
                    .operations([.write, .allocate, .open], from: call),
                    .shortWrite(keeping: call % 5, ENOSPC)))
            try checkAfterErrors(disk, "full from call \(call)")
        }
    }

    /// Runs the steps, giving a failed one a second chance, and compares a restart with what the
    /// catalog last said.
    private func checkAfterErrors(_ disk: SimulatedFileSystem, _ context: String) throws {
        var script = CatalogScript(disk)
        var mayBeNewer = false
        steps: for step in CatalogScript.steps.indices {
            for _ in 0..<2 {
                do {
                    try script.run(step)
                    continue steps
                } catch CatalogError.unknownOutcome {
                    mayBeNewer = true
                    break steps
                } catch is CatalogError {
                } catch is FileError {
                } catch is CatalogScript.NotOpen {
                    break steps
                }
            }
        }
        #expect(disk.syncsAfterFailure.isEmpty, "\(context)")
        for state in [disk.afterKill(), disk.afterPowerCut(.loseUnsynced)] {
            guard let catalog = script.catalog else {
                // It never opened; the next start begins anew or finds the empty database.
                #expect(try Fixture.open(state).manifest.tables.isEmpty)
                continue
            }
            let found = Content(try Fixture.open(state).manifest)
            #expect(found == Content(catalog.manifest) || mayBeNewer, "\(context)")
        }
    }
}
