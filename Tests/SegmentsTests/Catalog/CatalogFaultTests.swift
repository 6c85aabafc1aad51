import Glibc
import Segments
import Synchronization
import TestSupport
import Testing

@Suite("The catalog and damage")
struct CatalogFaultTests {
    let disk = SimulatedFileSystem()

    /// A catalog with `count` tables; its newest manifest is version `count + 1`.
    private func catalog(tables count: Int) throws -> Catalog {
        let catalog = try Fixture.open(disk)
        for number in 1...count { _ = try catalog.createTable(Fixture.schema("t\(number)")) }
        return catalog
    }

    private func newest() throws -> String { "manifest/" + (try disk.list("manifest").max() ?? "") }

    @Test("A manifest's rename that fails but happened counts as done, and the other way round")
    func renameLies() throws {
        let catalog = try catalog(tables: 1)
        disk.inject(
            SimulatedFault(
                .matching(.rename, pathPrefix: "manifest/", occurrence: 1), .doneButFails(EIO)))
        _ = try catalog.createTable(Fixture.schema("two"))
        #expect(try Fixture.open(disk.afterKill()).manifest == catalog.manifest)
        disk.clearFaults()
        disk.inject(
            SimulatedFault(.matching(.rename, pathPrefix: "manifest/", occurrence: 1), .fail(EIO)))
        let before = catalog.manifest.version
        _ = try catalog.createTable(Fixture.schema("three"))
        #expect(catalog.manifest.version == before + 2)
        #expect(try Fixture.open(disk.afterKill()).manifest == catalog.manifest)
        #expect(try disk.list("manifest").allSatisfy { !$0.hasSuffix(".tmp") })
    }

    @Test("Three failed attempts keep the old manifest; the next edit succeeds")
    func attempts() throws {
        let catalog = try catalog(tables: 1)
        let before = catalog.manifest
        disk.inject(
            SimulatedFault(.operations([.sync], from: disk.callCount + 1), .fail(EIO)))
        let error = #expect(throws: CatalogError.self) {
            try catalog.createTable(Fixture.schema("two"))
        }
        guard case .notPublished(3, _) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(catalog.manifest == before)
        #expect(disk.syncsAfterFailure.isEmpty)
        disk.clearFaults()
        _ = try catalog.createTable(Fixture.schema("two"))
        #expect(catalog.manifest.version == before.version + 4)
    }

    @Test("After a failed sync of the manifest directory nothing is published any more")
    func unknownOutcome() throws {
        let catalog = try catalog(tables: 1)
        let before = catalog.snapshot
        disk.inject(
            SimulatedFault(
                .matching(.syncDirectory, pathPrefix: "manifest", occurrence: 1), .fail(EIO)))
        for _ in 0..<2 {
            let error = #expect(throws: CatalogError.self) {
                try catalog.createTable(Fixture.schema("two"))
            }
            guard case .unknownOutcome = error else {
                Issue.record("\(String(describing: error))")
                return
            }
        }
        #expect(catalog.snapshot === before)
        for cut in [PowerCut.loseUnsynced, .keepAll] {
            let count = try Fixture.open(disk.afterPowerCut(cut)).manifest.tables.count
            #expect(count == (cut == .keepAll ? 2 : 1))
        }
    }

    @Test("A damaged newest manifest is refused unless the log covers the step back")
    func fallback() throws {
        let catalog = try catalog(tables: 3)
        let path = try newest()
        var bytes = try #require(disk.contents(of: path))
        bytes[40] ^= 1
        disk.setContents(of: path, bytes)
        let error = #expect(throws: CatalogError.self) { try Fixture.open(disk.afterKill()) }
        guard case .damagedManifest(path, _, 3) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        let asked = Mutex<[UInt64]>([])
        let events = Mutex<[CatalogEvent]>([])
        var options = CatalogOptions()
        options.canRecoverFrom = { manifest in
            asked.withLock { $0.append(manifest.version) }
            return true
        }
        options.onEvent = { event in events.withLock { $0.append(event) } }
        let next = disk.afterKill()
        let recovered = try Fixture.open(next, options: options)
        #expect(asked.withLock { $0 } == [3])
        #expect(recovered.manifest.tables.map(\.schema.name) == ["t1", "t2"])
        #expect(recovered.isGarbageCollectionHeld)
        #expect(
            events.withLock { $0 }.contains {
                if case .fellBack(path, _, 3) = $0 { true } else { false }
            })
        // Numbers that the damaged manifest may have given away are not given again.
        let table = try recovered.createTable(Fixture.schema("t4"))
        #expect(table.id > TableID(3))
        #expect(recovered.manifest.version == catalog.manifest.version + 1)
        #expect(next.contents(of: path) == bytes)
    }

    @Test("An empty manifest is no worse than a missing one")
    func emptyManifest() throws {
        _ = try catalog(tables: 2)
        let path = try newest()
        disk.setContents(of: path, [])
        var options = CatalogOptions()
        options.canRecoverFrom = { _ in true }
        let empty = try Fixture.open(disk.afterKill(), options: options)
        disk.setContents(of: path, nil)
        let missing = try Fixture.open(disk.afterKill())
        #expect(empty.manifest.tables == missing.manifest.tables)

        let fresh = SimulatedFileSystem()
        try fresh.createDirectory("manifest")
        fresh.setContents(of: "manifest/M-0000000000000001", [])
        #expect(try Fixture.open(fresh).manifest.tables.isEmpty)
    }

    @Test("A manifest under another version's name, or of another database, is refused")
    func swappedManifests() throws {
        let catalog = try catalog(tables: 2)
        let old = disk.contents(of: "manifest/M-0000000000000002")
        disk.setContents(of: "manifest/M-0000000000000003", old)
        #expect(throws: CatalogError.self) { try Fixture.open(disk.afterKill()) }

        let other = SimulatedFileSystem()
        _ = try Fixture.open(other).createTable(Fixture.schema("t"))
        let uuid = disk.contents(of: "UUID")
        let stranger = other.afterKill()
        stranger.setContents(of: "UUID", uuid)
        let error = #expect(throws: CatalogError.self) { try Fixture.open(stranger) }
        guard case .foreignManifest = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        withExtendedLifetime(catalog) {}
    }

    @Test("A lost or damaged UUID file is written anew from the manifest")
    func identity() throws {
        let catalog = try catalog(tables: 1)
        let bytes = try #require(disk.contents(of: "UUID"))
        for damage in [nil, [], Array(bytes.dropLast(3)), bytes + bytes] {
            let next = disk.afterKill()
            next.setContents(of: "UUID", damage)
            #expect(try Fixture.open(next).databaseID == catalog.databaseID)
            #expect(next.contents(of: "UUID") == bytes)
        }
        for bit in 0..<bytes.count * 8 {
            let next = disk.afterKill()
            var damaged = bytes
            damaged[bit / 8] ^= 1 << UInt8(bit % 8)
            next.setContents(of: "UUID", damaged)
            #expect(try Fixture.open(next).databaseID == catalog.databaseID)
        }
    }

    @Test("A directory with segments or log files but without manifest is not taken for a new one")
    func missingManifest() throws {
        for path in ["seg/0000000000000001.segment", "wal/000000000001.wal"] {
            let disk = SimulatedFileSystem()
            for directory in ["seg", "wal"] { try disk.createDirectory(directory) }
            disk.setContents(of: path, [1])
            #expect(throws: CatalogError.missingManifest(evidence: "\(path) is there")) {
                try Fixture.open(disk)
            }
        }
    }

    @Test("A listed segment that is missing, short, or refused by its reader refuses the start")
    func segments() throws {
        let catalog = try catalog(tables: 1)
        let table = catalog.manifest.tables[0].schema.id
        let entry = Fixture.entry(catalog.reserveSegmentID(), table)
        try Fixture.writeFile(of: entry, in: disk)
        var edit = ManifestEdit()
        edit.addedSegments = [entry]
        try catalog.publish(edit)
        let bytes = try #require(disk.contents(of: entry.path))

        let missing = disk.afterKill()
        missing.setContents(of: entry.path, nil)
        #expect(throws: CatalogError.missingSegment(path: entry.path)) {
            try Fixture.open(missing)
        }
        let short = disk.afterKill()
        short.setContents(of: entry.path, bytes.dropLast())
        #expect(throws: CatalogError.segmentSize(path: entry.path, expected: 100, found: 99)) {
            try Fixture.open(short)
        }
        // The file has the right size, but it is no segment.
        let error = #expect(throws: CatalogError.self) { try Catalog.open(disk.afterKill()) }
        guard case .unreadableSegment = error else {
            Issue.record("\(String(describing: error))")
            return
        }
    }

    @Test("A segment without its file is never published")
    func absentFile() throws {
        let catalog = try catalog(tables: 1)
        let entry = Fixture.entry(
            catalog.reserveSegmentID(), catalog.manifest.tables[0].schema.id)
        var edit = ManifestEdit()
        edit.addedSegments = [entry]
        #expect(throws: CatalogError.missingSegment(path: entry.path)) {
            try catalog.publish(edit)
        }
        disk.setContents(of: entry.path, [1])
        #expect(throws: CatalogError.segmentSize(path: entry.path, expected: 100, found: 1)) {
            try catalog.publish(edit)
        }
    }
}
