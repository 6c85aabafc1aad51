import TestSupport
import Testing

@testable import Segments

@Suite("Rollups in the catalog")
struct RollupCatalogTests {
    let disk = SimulatedFileSystem()
    let clock = ManualClock()

    private static func rollup(_ name: String, of table: TableID) -> Rollup {
        Rollup(
            id: TableID(0), name: name, tableID: table,
            dimensions: [.time(stepMicroseconds: 3_600_000_000), .column(1)],
            measures: [Rollup.Measure(.sum, of: 3), Rollup.Measure(.count, of: 3)])
    }

    /// Publishes a segment with real rows.
    private func seal(
        _ catalog: Catalog, _ schema: TableSchema, first: Int, removing: [SegmentID] = []
    ) throws -> SegmentEntry {
        let entry = try SegmentWriter(fileSystem: catalog.fileSystem).write(
            Fixture.rows(schema, first: first, count: 20), schema: schema,
            as: SegmentDescription(
                id: catalog.reserveSegmentID(), chunk: schema.chunk(containing: 0), level: 0,
                firstLSN: 1, lastLSN: 1))
        var edit = ManifestEdit()
        edit.addedSegments = [entry]
        edit.removedSegments = removing
        try catalog.publish(edit)
        return entry
    }

    /// Writes and publishes a rollup of a segment.
    @discardableResult
    private func build(
        _ catalog: Catalog, _ rollup: Rollup, _ schema: TableSchema, of source: SegmentEntry
    ) throws -> SegmentEntry {
        let entry = try RollupWriter(fileSystem: catalog.fileSystem).write(
            rollup, of: SegmentReader(fileSystem: catalog.fileSystem, entry: source),
            table: schema, as: catalog.reserveSegmentID())
        var edit = ManifestEdit()
        edit.addedSegments = [entry]
        try catalog.publish(edit)
        return entry
    }

    private func files(_ catalog: Catalog) -> [SegmentID: SegmentID] {
        let rollups = catalog.snapshot.rollups
        return (rollups.first?.files ?? [:]).mapValues(\.entry.id)
    }

    @Test("A rollup and its files come back after a power cut, and go with their segments")
    func life() throws {
        let catalog = try Catalog.open(disk)
        let schema = try catalog.createTable(Fixture.schema("payments"))
        let old = try seal(catalog, schema, first: 0)
        let rollup = try catalog.createRollup(Self.rollup("hourly", of: schema.id))
        #expect(rollup.id > schema.id)
        #expect(files(catalog).isEmpty)
        let file = try build(catalog, rollup, schema, of: old)
        #expect(files(catalog) == [old.id: file.id])
        #expect(catalog.snapshot.tables.map(\.segments.count) == [1], "no segment of the table")

        let again = try Catalog.open(disk.afterPowerCut(.loseUnsynced))
        #expect(again.manifest == catalog.manifest)
        #expect(again.snapshot.rollups.map(\.rollup) == [rollup])
        #expect(files(again) == [old.id: file.id])

        let new = try seal(again, schema, first: 40, removing: [old.id])
        #expect(files(again).isEmpty)
        #expect(again.manifest.segments.map(\.id) == [new.id])
        for _ in 0..<3 { try again.publish(ManifestEdit()) }
        #expect(again.collectGarbage(clock: clock).movedCount == 2)
    }

    @Test("A file whose rollup or segment is gone is left out, and collected")
    func leftOut() throws {
        let catalog = try Catalog.open(disk)
        let schema = try catalog.createTable(Fixture.schema("payments"))
        let source = try seal(catalog, schema, first: 0)
        let rollup = try catalog.createRollup(Self.rollup("hourly", of: schema.id))
        try catalog.dropRollup(named: "hourly")
        let file = try build(catalog, rollup, schema, of: source)
        #expect(!catalog.manifest.lists(file.id))
        for _ in 0..<3 { try catalog.publish(ManifestEdit()) }
        #expect(catalog.collectGarbage(clock: clock).movedCount == 1)

        let other = try catalog.createRollup(Self.rollup("hourly", of: schema.id))
        #expect(other.id > rollup.id, "numbers are never reused")
        _ = try seal(catalog, schema, first: 40, removing: [source.id])
        try build(catalog, other, schema, of: source)
        #expect(files(catalog).isEmpty)
    }

    @Test("A second file of the same segment replaces the first")
    func replaces() throws {
        let catalog = try Catalog.open(disk)
        let schema = try catalog.createTable(Fixture.schema("payments"))
        let source = try seal(catalog, schema, first: 0)
        let rollup = try catalog.createRollup(Self.rollup("hourly", of: schema.id))
        let first = try build(catalog, rollup, schema, of: source)
        let second = try build(catalog, rollup, schema, of: source)
        #expect(files(catalog) == [source.id: second.id])
        #expect(!catalog.manifest.lists(first.id))
        for _ in 0..<3 { try catalog.publish(ManifestEdit()) }
        #expect(catalog.collectGarbage(clock: clock).movedCount == 1)
    }

    @Test("Dropping a table or a rollup drops the files, and nothing else")
    func drops() throws {
        let catalog = try Catalog.open(disk)
        let schema = try catalog.createTable(Fixture.schema("payments"))
        let source = try seal(catalog, schema, first: 0)
        let one = try catalog.createRollup(Self.rollup("one", of: schema.id))
        let two = try catalog.createRollup(Self.rollup("two", of: schema.id))
        try build(catalog, one, schema, of: source)
        try build(catalog, two, schema, of: source)
        #expect(throws: CatalogError.tableExists("one")) {
            try catalog.createRollup(Self.rollup("one", of: schema.id))
        }
        #expect(throws: CatalogError.tableExists("payments")) {
            try catalog.createRollup(Self.rollup("payments", of: schema.id))
        }
        #expect(throws: CatalogError.unknownRollup("three")) {
            try catalog.dropRollup(named: "three")
        }
        try catalog.dropRollup(named: "one")
        #expect(catalog.snapshot.rollups.map(\.rollup.name) == ["two"])
        #expect(catalog.manifest.segments.count == 2)
        try catalog.dropTable(named: "payments")
        #expect(catalog.manifest.segments.isEmpty && catalog.manifest.rollups.isEmpty)
        for _ in 0..<3 { try catalog.publish(ManifestEdit()) }
        #expect(catalog.collectGarbage(clock: clock).movedCount == 3)
    }

    @Test("A rollup's damaged or missing file does not stop the start, and is replaced")
    func damaged() throws {
        let catalog = try Catalog.open(disk)
        let schema = try catalog.createTable(Fixture.schema("payments"))
        let source = try seal(catalog, schema, first: 0)
        let rollup = try catalog.createRollup(Self.rollup("hourly", of: schema.id))
        let file = try build(catalog, rollup, schema, of: source)
        let next = disk.afterKill()
        var bytes = try #require(next.contents(of: file.path))
        bytes[bytes.count - 10] ^= 1
        next.setContents(of: file.path, bytes)
        let again = try Catalog.open(next)
        #expect(files(again).isEmpty)
        #expect(again.snapshot.rollups.map(\.rollup) == [rollup])
        let new = try build(again, rollup, schema, of: source)
        #expect(files(again) == [source.id: new.id])
        for _ in 0..<3 { try again.publish(ManifestEdit()) }
        #expect(again.collectGarbage(clock: clock).movedCount == 1)
    }

    @Test("A manifest with rollups reads back as it was written")
    func encoding() throws {
        let catalog = try Catalog.open(disk)
        let schema = try catalog.createTable(Fixture.schema("payments"))
        let source = try seal(catalog, schema, first: 0)
        let rollup = try catalog.createRollup(Self.rollup("hourly", of: schema.id))
        try build(catalog, rollup, schema, of: source)
        let manifest = catalog.manifest
        let bytes = manifest.encoded()
        #expect(try Manifest(decoding: bytes) == manifest)
        for bit in 0..<bytes.count * 8 {
            var damaged = bytes
            damaged[bit / 8] ^= 1 << UInt8(bit % 8)
            #expect(throws: ManifestDecodingError.self) { try Manifest(decoding: damaged) }
        }
        var orphan = manifest
        orphan.segments.removeAll { $0.id == source.id }
        #expect(throws: ManifestDecodingError.self) { try Manifest(decoding: orphan.encoded()) }
        var nameless = manifest
        nameless.rollups = []
        #expect(throws: ManifestDecodingError.self) { try Manifest(decoding: nameless.encoded()) }
    }
}
