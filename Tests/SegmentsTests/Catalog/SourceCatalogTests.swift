import TestSupport
import Testing

@testable import Segments

@Suite("Sources in the catalog")
struct SourceCatalogTests {
    let disk = SimulatedFileSystem()

    private func source(_ name: String, _ table: TableID) -> SourceDefinition {
        SourceDefinition(
            id: TableID(0), name: name, tableID: table, kind: .kafka,
            options: [.init("topic", "t"), .init("brokers", "b:9092")])
    }

    @Test("A source and its rest come back after a restart, and go with their table")
    func life() throws {
        let catalog = try Catalog.open(disk)
        let table = try catalog.createTable(Fixture.schema("payments")).id
        let first = try catalog.createSource(source("a", table))
        let second = try catalog.createSource(source("b", table))
        #expect(first.id > table && second.id > first.id)
        #expect(first.options.map(\.name) == ["brokers", "topic"])
        try catalog.setPause("operator", ofSource: second.id)
        #expect(throws: CatalogError.sourceExists("a")) {
            try catalog.createSource(source("a", table))
        }
        catalog.close()

        let again = try Catalog.open(disk.afterKill())
        #expect(again.manifest.sources.map(\.name) == ["a", "b"])
        #expect(again.manifest.sources.map(\.pause) == [nil, "operator"])
        try again.setPause(nil, ofSource: second.id)
        try again.dropSource(first.id)
        #expect(again.manifest.sources.map(\.pause) == [nil])
        let next = try again.createTable(Fixture.schema("other"))
        #expect(next.id > second.id)
        try again.dropTable(named: "payments")
        #expect(again.manifest.sources.isEmpty)
        #expect(throws: CatalogError.unknownTableID(second.id)) {
            try again.dropSource(second.id)
        }
    }

    @Test("A definition that contradicts itself is refused, whether made or read")
    func validation() throws {
        let catalog = try Catalog.open(disk)
        let table = try catalog.createTable(Fixture.schema("payments")).id
        var twice = source("a", table)
        twice.options.append(.init("topic", "u"))
        #expect(throws: CatalogError.self) { try catalog.createSource(twice) }
        #expect(throws: CatalogError.self) { try catalog.createSource(source("", table)) }
        #expect(throws: CatalogError.self) { try catalog.createSource(source("x", TableID(99))) }

        var manifest = catalog.manifest
        var orphan = source("a", TableID(99))
        orphan.id = TableID(manifest.nextTableID)
        manifest.nextTableID += 1
        manifest.sources = [orphan]
        #expect(throws: ManifestDecodingError.self) {
            try Manifest(decoding: manifest.encoded())
        }
        orphan.tableID = table
        manifest.sources = [orphan]
        #expect(try Manifest(decoding: manifest.encoded()) == manifest)
    }

    @Test("There is an end to the number of sources")
    func limit() throws {
        let catalog = try Catalog.open(disk)
        let table = try catalog.createTable(Fixture.schema("payments")).id
        for number in 0..<SourceDefinition.maximumCount {
            _ = try catalog.createSource(source("s\(number)", table))
        }
        #expect(throws: CatalogError.self) { try catalog.createSource(source("more", table)) }
    }
}
