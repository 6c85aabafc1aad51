import Segments
import TestSupport
import Testing

@Suite("The catalog")
struct CatalogTests {
    let disk = SimulatedFileSystem()

    /// Publishes one segment of a table with its file.
    private func publish(
        _ catalog: Catalog, _ table: TableID, day: Int64 = 0, removing: [SegmentID] = []
    ) throws -> SegmentID {
        let entry = Fixture.entry(catalog.reserveSegmentID(), table, day: day)
        try Fixture.writeFile(of: entry, in: catalog.fileSystem)
        var edit = ManifestEdit()
        edit.addedSegments = [entry]
        edit.removedSegments = removing
        try catalog.publish(edit)
        return entry.id
    }

    @Test("A new directory has the engine's parts, an id and the first manifest")
    func creates() throws {
        let catalog = try Fixture.open(disk)
        #expect(catalog.manifest.version == 1)
        #expect(
            try Set(disk.list(""))
                == ["LOCK", "UUID", "wal", "manifest", "seg", "idx", "tmp", "trash"])
        #expect(catalog.snapshot.version == 0 && catalog.snapshot.tables.isEmpty)
        let error = #expect(throws: CatalogError.self) { try Fixture.open(disk) }
        guard case .file(let file) = error else {
            Issue.record("a second writer got in: \(String(describing: error))")
            return
        }
        #expect(file.operation == .lock)
        catalog.close()
        #expect(try Fixture.open(disk).databaseID == catalog.databaseID)
    }

    @Test("Tables and segments come back after a restart, in order of chunk and number")
    func comesBack() throws {
        let catalog = try Fixture.open(disk)
        let schema = try catalog.createTable(Fixture.schema("payments"))
        let late = try publish(catalog, schema.id, day: 5)
        let early = try publish(catalog, schema.id, day: -1)
        let same = try publish(catalog, schema.id, day: 5)
        #expect(
            catalog.snapshot.table(named: "payments")?.segments.map(\.entry.id)
                == [early, late, same])
        let again = try Fixture.open(disk.afterPowerCut(.loseUnsynced))
        #expect(again.manifest == catalog.manifest)
        #expect(
            again.snapshot.table(schema.id)?.segments.map(\.entry.id) == [early, late, same])
        #expect(again.snapshot.table(schema.id)?.schema == schema)
        #expect(again.reserveSegmentID() > same)
    }

    @Test("A snapshot never changes, and unchanged tables share their handles with the next")
    func snapshotsAreImmutable() throws {
        let catalog = try Fixture.open(disk)
        let one = try catalog.createTable(Fixture.schema("one")).id
        let two = try catalog.createTable(Fixture.schema("two")).id
        let id = try publish(catalog, one)
        let before = catalog.snapshot
        _ = try publish(catalog, two)
        _ = try publish(catalog, one, removing: [id])
        #expect(before.table(one)?.segments.map(\.entry.id) == [id])
        #expect(before.table(two)?.segments.isEmpty == true)
        #expect(catalog.snapshot.table(one)?.segments.count == 1)
        #expect(catalog.snapshot.manifestVersion == before.manifestVersion + 2)
        let middle = catalog.snapshot
        _ = try catalog.createTable(Fixture.schema("three"))
        #expect(
            middle.table(two)?.segments.first === catalog.snapshot.table(two)?.segments.first)
    }

    @Test("An edit that does not fit what is published is refused and changes nothing")
    func refusesConflicts() throws {
        let catalog = try Fixture.open(disk)
        let table = try catalog.createTable(Fixture.schema("t")).id
        let id = try publish(catalog, table)
        _ = try publish(catalog, table, removing: [id])
        let before = catalog.manifest
        #expect(throws: CatalogError.segmentGone(id)) {
            try publish(catalog, table, removing: [id])
        }
        #expect(throws: CatalogError.tableExists("t")) {
            try catalog.createTable(Fixture.schema("t"))
        }
        #expect(throws: CatalogError.unknownTable("u")) { try catalog.dropTable(named: "u") }
        #expect(throws: CatalogError.unknownTableID(TableID(99))) {
            try publish(catalog, TableID(99))
        }
        var edit = ManifestEdit()
        edit.addedSegments = [Fixture.entry(SegmentID(1_000), table)]
        #expect(throws: CatalogError.segmentNotReserved(SegmentID(1_000))) {
            try catalog.publish(edit)
        }
        edit.addedSegments = [before.segments[0]]
        #expect(throws: CatalogError.segmentNotReserved(before.segments[0].id)) {
            try catalog.publish(edit)
        }
        #expect(catalog.manifest == before)
        try catalog.dropTable(named: "t")
        #expect(throws: CatalogError.unknownTableID(table)) { try publish(catalog, table) }
        #expect(try catalog.createTable(Fixture.schema("t")).id > table)
    }

    @Test("Live rows leave in the swap in which their segment arrives; none twice, none missing")
    func handoff() throws {
        let catalog = try Fixture.open(disk)
        let schema = try catalog.createTable(Fixture.schema("t"))
        let table = schema.id
        for lsn: UInt64 in 1...20 {
            catalog.appendLive(
                version: lsn, [(table, Fixture.live(schema, lsn: lsn, first: Int(lsn), count: 1))])
            #expect(catalog.snapshot.table(table)?.rowCount == Int(lsn))
            #expect(catalog.snapshot.version == lsn)
        }
        let frozen = catalog.freezeLive(table)
        #expect(frozen.last?.lastLSN == 20)
        let late = Fixture.live(schema, lsn: 22, first: 21, count: 2)
        catalog.appendLive(version: 22, [(table, late)])
        #expect(catalog.freezeLive(table).count == frozen.count + 1)

        var entry = Fixture.entry(catalog.reserveSegmentID(), table, lsn: 1...20)
        entry.totals.rowCount = 20
        try Fixture.writeFile(of: entry, in: disk)
        var edit = ManifestEdit()
        edit.addedSegments = [entry]
        edit.flushedLSN = [table: 20]
        let snapshot = try catalog.publish(edit)
        #expect(snapshot.table(table)?.live.count == 1)
        #expect(snapshot.table(table)?.live.first === late)
        #expect(snapshot.table(table)?.rowCount == 22)
        #expect(snapshot.version == 22)
        #expect(catalog.logReleaseLSN == 0)
        try catalog.publish(ManifestEdit())
        #expect(catalog.logReleaseLSN == 21)
        #expect(try Fixture.open(disk.afterKill()).snapshot.table(table)?.flushedLSN == 20)
    }

    @Test("A flush position inside a batch, beyond the log or behind the last one is refused")
    func flushPositions() throws {
        let catalog = try Fixture.open(disk)
        let schema = try catalog.createTable(Fixture.schema("t"))
        for lsn: UInt64 in 1...4 {
            let batch = Fixture.live(schema, lsn: lsn, first: Int(lsn), count: 1)
            catalog.appendLive(version: lsn, [(schema.id, batch)])
        }
        for lsn: UInt64 in [2, 5] {
            var edit = ManifestEdit()
            edit.flushedLSN = [schema.id: lsn]
            #expect(throws: CatalogError.self) { try catalog.publish(edit) }
        }
        var edit = ManifestEdit()
        edit.flushedLSN = [schema.id: 4]
        try catalog.publish(edit)
        #expect(catalog.snapshot.table(schema.id)?.live.isEmpty == true)
        edit.flushedLSN = [schema.id: 3]
        #expect(throws: CatalogError.self) { try catalog.publish(edit) }
    }

    @Test("Rows for a dropped table are passed over")
    func droppedTable() throws {
        let catalog = try Fixture.open(disk)
        let schema = try catalog.createTable(Fixture.schema("t"))
        let batch = Fixture.live(schema, lsn: 1, first: 1, count: 1)
        catalog.appendLive(version: 1, [(schema.id, batch)])
        try catalog.dropTable(named: "t")
        catalog.appendLive(
            version: 2, [(schema.id, Fixture.live(schema, lsn: 2, first: 1, count: 1))])
        #expect(catalog.snapshot.tables.isEmpty)
        #expect(catalog.snapshot.version == 2)
        #expect(catalog.freezeLive(schema.id).isEmpty)
    }
}
