import TestSupport
import Testing

@testable import Segments

@Suite("Views in the catalog")
struct ViewCatalogTests {
    let disk = SimulatedFileSystem()

    @Test("A view comes back after a power cut, is replaced in one step, and goes")
    func life() throws {
        let catalog = try Catalog.open(disk)
        let schema = try catalog.createTable(Fixture.schema("t"))
        let first = try catalog.createView(View(name: "v", sql: "SELECT 1"), isReplacing: false)
        #expect(first.id > schema.id)
        #expect(throws: CatalogError.tableExists("v")) {
            try catalog.createView(View(name: "v", sql: "SELECT 2"), isReplacing: false)
        }
        #expect(throws: CatalogError.tableExists("t")) {
            try catalog.createView(View(name: "t", sql: "SELECT 2"), isReplacing: true)
        }
        #expect(throws: CatalogError.tableExists("v")) {
            try catalog.createTable(Fixture.schema("v"))
        }
        let second = try catalog.createView(View(name: "v", sql: "SELECT 2"), isReplacing: true)
        #expect(second.id > first.id)
        #expect(catalog.snapshot.views == [second])
        catalog.appendLive(version: 9, [])
        #expect(catalog.snapshot.views == [second])

        let again = try Catalog.open(disk.afterPowerCut(.loseUnsynced))
        #expect(again.manifest == catalog.manifest)
        #expect(again.snapshot.views == [second])
        try again.dropView(named: "v")
        #expect(again.snapshot.views.isEmpty)
        #expect(throws: CatalogError.unknownView("v")) { try again.dropView(named: "v") }
        #expect(try again.createTable(Fixture.schema("v")).id > second.id)
    }

    @Test("Views that are too long are refused")
    func limits() throws {
        let catalog = try Catalog.open(disk)
        let long = String(repeating: "x", count: View.maximumByteCount + 1)
        for view in [
            View(name: "v", sql: long), View(name: "", sql: "x"), View(name: "v", sql: ""),
        ] {
            #expect(throws: CatalogError.self) { try catalog.createView(view, isReplacing: true) }
        }
        #expect(catalog.manifest.views.isEmpty)
    }

    @Test("A manifest reads back with its views; format 3, which had none, is read")
    func bytes() throws {
        var manifest = Manifest(databaseID: 7)
        manifest.nextTableID = 9
        manifest.views = [
            View(id: TableID(3), name: "a", sql: "SELECT 1"),
            View(id: TableID(8), name: "b", sql: "x"),
        ]
        #expect(try Manifest(decoding: manifest.encoded()) == manifest)
        for wrong in [[1, 0], [0, 0]] {
            var disordered = manifest
            disordered.views = wrong.map { manifest.views[$0] }
            #expect(throws: ManifestDecodingError.self) {
                try Manifest(decoding: disordered.encoded())
            }
        }
        manifest.views = []
        var old = Array(manifest.encoded().dropLast(4))
        old.removeLast(12)
        old[8] = 3
        old[12] -= 12
        var writer = ByteWriter()
        writer.append(bytes: old)
        writer.append(Checksum.crc32c(old))
        #expect(try Manifest(decoding: writer.bytes) == manifest)
    }
}
