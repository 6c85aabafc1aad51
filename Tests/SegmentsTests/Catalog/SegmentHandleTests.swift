import Segments
import TestSupport
import Testing

@Suite("Segment handles")
struct SegmentHandleTests {
    let disk = SimulatedFileSystem()

    private func catalogWithSegment() throws -> (Catalog, TableSchema, SegmentEntry) {
        let catalog = try Catalog.open(disk)
        let schema = try catalog.createTable(Fixture.schema("t"))
        let description = SegmentDescription(
            id: catalog.reserveSegmentID(), chunk: schema.chunk(containing: 0), level: 0,
            firstLSN: 1, lastLSN: 1)
        let entry = try SegmentWriter(fileSystem: disk).write(
            Fixture.rows(schema, first: 1, count: 500), schema: schema, as: description)
        var edit = ManifestEdit()
        edit.addedSegments = [entry]
        try catalog.publish(edit)
        return (catalog, schema, entry)
    }

    @Test("A handle opens its segment once, and again after a failure")
    func opensOnce() throws {
        let (catalog, _, entry) = try catalogWithSegment()
        let handle = try #require(catalog.snapshot.tables[0].segments.first)
        disk.inject(
            SimulatedFault(.matching(.open, pathPrefix: entry.path, occurrence: 1), .fail(5)))
        #expect(throws: SegmentError.self) { try handle.reader() }
        let reader = try handle.reader()
        #expect(try handle.reader() === reader)
        #expect(reader.entry == entry)
        #expect(try SegmentHandle(reader).reader() === reader)
        let bare = SegmentHandle(entry) { _ in }
        #expect(throws: SegmentError.self) { try bare.reader() }
    }

    @Test("A segment written, published and power-cut is read back after the restart")
    func survives() throws {
        let (_, schema, _) = try catalogWithSegment()
        let catalog = try Catalog.open(disk.afterPowerCut(.loseUnsynced))
        let reader = try #require(catalog.snapshot.tables[0].segments.first).reader()
        #expect(reader.schema == schema)
        #expect(reader.entry.rowCount == 500)
    }

    @Test("A footer that is damaged refuses the start, at whichever byte")
    func damagedFooter() throws {
        let (_, _, entry) = try catalogWithSegment()
        let bytes = try #require(disk.contents(of: entry.path))
        for offset in stride(from: bytes.count - 1, to: bytes.count - 60, by: -7) {
            let next = disk.afterKill()
            var damaged = bytes
            damaged[offset] ^= 0x10
            next.setContents(of: entry.path, damaged)
            #expect(throws: CatalogError.self, "byte \(offset) of \(bytes.count)") {
                try Catalog.open(next)
            }
        }
    }
}
