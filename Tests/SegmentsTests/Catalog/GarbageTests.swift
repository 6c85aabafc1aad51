import Glibc
import Segments
import TestSupport
import Testing

@Suite("Garbage collection")
struct GarbageTests {
    let disk = SimulatedFileSystem()
    let clock = ManualClock()

    private func add(_ catalog: Catalog, removing: [SegmentID] = []) throws -> SegmentEntry {
        let table =
            try catalog.manifest.tables.first?.schema.id
            ?? catalog.createTable(Fixture.schema("t")).id
        let entry = Fixture.entry(catalog.reserveSegmentID(), table)
        try Fixture.writeFile(of: entry, in: catalog.fileSystem)
        var edit = ManifestEdit()
        edit.addedSegments = [entry]
        edit.removedSegments = removing
        try catalog.publish(edit)
        return entry
    }

    private func isThere(_ entry: SegmentEntry) -> Bool { disk.contents(of: entry.path) != nil }

    @Test("A file stays as long as a snapshot holds it, through fifty compactions")
    func heldBySnapshot() throws {
        let catalog = try Fixture.open(disk)
        var entry = try add(catalog)
        let first = entry
        var pinned: Snapshot? = catalog.snapshot
        for _ in 0..<50 {
            entry = try add(catalog, removing: [entry.id])
            clock.advance(seconds: 3_600)
            _ = catalog.collectGarbage(clock: clock)
            for handle in pinned?.tables.flatMap(\.segments) ?? [] {
                #expect(isThere(handle.entry))
            }
        }
        #expect(isThere(first))
        pinned = nil
        _ = catalog.collectGarbage(clock: clock)
        #expect(!isThere(first) && isThere(entry))
        clock.advance(seconds: 601)
        _ = catalog.collectGarbage(clock: clock)
        clock.advance(seconds: 601)
        _ = catalog.collectGarbage(clock: clock)
        #expect(try disk.list("trash").isEmpty)
        #expect(try disk.list("seg").count == 1)
    }

    @Test("A file stays as long as a retained manifest lists it, and no longer than the grace")
    func heldByManifest() throws {
        let catalog = try Fixture.open(disk)
        let old = try add(catalog)
        _ = try add(catalog, removing: [old.id])
        #expect(catalog.collectGarbage(clock: clock).waitingCount == 1)
        #expect(isThere(old))
        try catalog.publish(ManifestEdit())
        #expect(catalog.collectGarbage(clock: clock).movedCount == 0)
        try catalog.publish(ManifestEdit())
        #expect(catalog.collectGarbage(clock: clock).movedCount == 1)
        #expect(!isThere(old))

        let next = try add(catalog)
        _ = try add(catalog, removing: [next.id])
        _ = catalog.collectGarbage(clock: clock)
        clock.advance(seconds: 601)
        // Nobody publishes: collection itself lets the old manifests go.
        #expect(catalog.collectGarbage(clock: clock).movedCount == 1)
        #expect(catalog.collectGarbage(clock: clock).waitingCount == 0)
    }

    @Test("Files in the trash are removed after the grace by the steady clock, others never")
    func purges() throws {
        let catalog = try Fixture.open(disk)
        disk.setContents(of: "trash/notes.txt", [1])
        disk.setContents(of: "trash/0000000000000007.segment", [1])
        #expect(catalog.collectGarbage(clock: clock).purgedCount == 0)
        clock.setWall(microseconds: 9_000_000_000_000_000)
        #expect(catalog.collectGarbage(clock: clock).purgedCount == 0)
        clock.setWall(microseconds: 0)
        clock.advance(seconds: 600)
        #expect(catalog.collectGarbage(clock: clock).purgedCount == 1)
        #expect(try disk.list("trash") == ["notes.txt"])
    }

    @Test("Recovery sweeps its own strays and leaves unknown names and older manifests' files")
    func orphans() throws {
        let catalog = try Fixture.open(disk)
        let old = try add(catalog)
        let new = try add(catalog, removing: [old.id])
        for path in [
            "seg/00000000000000aa.segment", "seg/00000000000000ab.segment.tmp",
            "tmp/00000000000000ac.segment", "manifest/M-0000000000000001.tmp", "seg/readme",
            "tmp/upload", "seg/AA.segment", "manifest/old",
        ] { disk.setContents(of: path, [1]) }
        let next = disk.afterKill()
        let again = try Fixture.open(next)
        #expect(again.reserveSegmentID() == SegmentID(0xad))
        #expect(try again.sweepOrphans() == 4)
        #expect(
            try Set(next.list("seg"))
                == [
                    "readme", "AA.segment", String(old.path.dropFirst(4)),
                    String(new.path.dropFirst(4)),
                ])
        #expect(try next.list("tmp") == ["upload"])
        #expect(try next.list("manifest").contains("old"))
        #expect(try next.list("trash").count == 4)
        #expect(try again.sweepOrphans() == 0)
        // The retired segment goes when the manifests that list it have gone.
        for _ in 0..<3 { try again.publish(ManifestEdit()) }
        #expect(again.collectGarbage(clock: clock).movedCount == 1)
        #expect(next.contents(of: old.path) == nil && next.contents(of: new.path) != nil)
    }

    @Test("A failing look-up removes nothing, and the next pass makes up for it")
    func failsClosed() throws {
        let catalog = try Fixture.open(disk)
        let old = try add(catalog)
        _ = try add(catalog, removing: [old.id])
        for _ in 0..<3 { try catalog.publish(ManifestEdit()) }
        for operation: FileError.Operation in [.status, .rename] {
            disk.inject(
                SimulatedFault(.operations([operation], from: disk.callCount + 1), .fail(EIO)))
            #expect(catalog.collectGarbage(clock: clock).movedCount == 0)
            #expect(isThere(old))
            disk.clearFaults()
        }
        #expect(catalog.collectGarbage(clock: clock).movedCount == 1)
    }

    @Test("While a damaged manifest lies there, nothing is removed")
    func damagedManifest() throws {
        let catalog = try Fixture.open(disk)
        let old = try add(catalog)
        _ = try add(catalog, removing: [old.id])
        let names = try disk.list("manifest").sorted()
        let next = disk.afterKill()
        next.setContents(of: "manifest/" + names[names.count - 2], [1, 2, 3])
        next.setContents(of: "seg/00000000000000aa.segment", [1])
        let again = try Fixture.open(next)
        #expect(try again.sweepOrphans() == 0)
        #expect(again.collectGarbage(clock: clock).movedCount == 0)
        #expect(next.contents(of: old.path) != nil)
        for _ in 0..<3 { try again.publish(ManifestEdit()) }
        #expect(try again.sweepOrphans() > 0)
    }
}
