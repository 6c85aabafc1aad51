import TestSupport
import Testing

@testable import Segments

@Suite("Endpoints in the catalog")
struct EndpointCatalogTests {
    private static let endpoint = Endpoint(
        name: "e",
        parameters: [
            .init(name: "a", type: .varchar),
            .init(name: "b", type: .decimal(precision: 18, scale: 2), defaultValue: .null),
            .init(name: "c", type: .date, defaultValue: .date(20_000)),
        ], sql: "SELECT :a, :b, :c")

    @Test("An endpoint comes back after a power cut, is replaced in one step, and goes")
    func life() throws {
        let disk = SimulatedFileSystem()
        let catalog = try Catalog.open(disk)
        _ = try catalog.createTable(Fixture.schema("e"))
        let first = try catalog.createEndpoint(Self.endpoint, isReplacing: false)
        #expect(throws: CatalogError.tableExists("e")) {
            try catalog.createEndpoint(Self.endpoint, isReplacing: false)
        }
        let second = try catalog.createEndpoint(Self.endpoint, isReplacing: true)
        #expect(second.id > first.id && catalog.snapshot.endpoints == [second])
        catalog.appendLive(version: 9, [])
        #expect(catalog.snapshot.endpoints == [second])
        let again = try Catalog.open(disk.afterPowerCut(.loseUnsynced))
        #expect(again.manifest == catalog.manifest && again.snapshot.endpoints == [second])
        try again.dropEndpoint(named: "e")
        #expect(again.snapshot.endpoints.isEmpty)
        #expect(throws: CatalogError.unknownEndpoint("e")) { try again.dropEndpoint(named: "e") }
    }

    @Test("A manifest reads back with its endpoints, and refuses disorder")
    func bytes() throws {
        var manifest = Manifest(databaseID: 7)
        manifest.nextTableID = 9
        var endpoints = [Self.endpoint, Self.endpoint]
        (endpoints[0].id, endpoints[1].id, endpoints[1].name) = (TableID(3), TableID(8), "f")
        manifest.endpoints = endpoints
        #expect(try Manifest(decoding: manifest.encoded()) == manifest)
        for wrong in [[1, 0], [0, 0]] {
            manifest.endpoints = wrong.map { endpoints[$0] }
            #expect(throws: ManifestDecodingError.self) {
                try Manifest(decoding: manifest.encoded())
            }
        }
    }
}
