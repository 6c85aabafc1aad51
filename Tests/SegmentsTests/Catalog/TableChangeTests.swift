import TestSupport
import Testing

@testable import Segments

@Suite("Changes of tables in the catalog")
struct TableChangeTests {
    let disk = SimulatedFileSystem()

    private func column(_ name: String, _ initial: Value = .null) -> ColumnDefinition {
        ColumnDefinition(
            id: 0, name: name, type: .bigint, defaultValue: initial, initialValue: initial)
    }

    private func change(
        _ catalog: Catalog, _ schema: TableSchema, _ body: (inout TableSchema) throws -> Void
    ) throws -> TableSchema {
        var after = schema
        try body(&after)
        return try catalog.changeTable(
            TableChange(from: schema, to: after), adding: [],
            flushedTo: catalog.snapshot.version)
    }

    @Test("A column that was dropped and added again is a new column, after a power cut, too")
    func numbers() throws {
        let catalog = try Catalog.open(disk)
        let first = try catalog.createTable(Fixture.schema("t"))
        let second = try change(catalog, first) {
            $0.addColumn(column("n", .bigint(7)), unlike: first)
        }
        #expect(second.columns.map(\.id) == [1, 2, 3, 4])
        #expect(second.version == 2)
        let third = try change(catalog, second) {
            try $0.removeColumn(at: 3)
            $0.addColumn(column("n"), unlike: second)
            $0.addColumn(column("m"), unlike: second)
        }
        #expect(third.columns.map(\.id) == [1, 2, 3, 5, 6])
        #expect(third.columns.map(\.name) == ["event_id", "event_time", "amount", "n", "m"])
        let again = try Catalog.open(disk.afterPowerCut(.loseUnsynced))
        #expect(again.manifest == catalog.manifest)
        #expect(again.snapshot.tables.map(\.schema) == [third])
    }

    @Test("A change of a schema that is not that of now is refused, and nothing happens")
    func slower() throws {
        let catalog = try Catalog.open(disk)
        let first = try catalog.createTable(Fixture.schema("t"))
        _ = try catalog.createTable(Fixture.schema("u"))
        let second = try change(catalog, first) { $0.timeToLive = .days(3, column: 1) }
        let manifest = catalog.manifest
        #expect(throws: CatalogError.tableChanged("t")) {
            try change(catalog, first) { $0.timeToLive = .days(4, column: 1) }
        }
        #expect(throws: CatalogError.tableExists("u")) {
            try change(catalog, second) { $0.name = "u" }
        }
        #expect(throws: CatalogError.self) {
            try change(catalog, second) { $0.columns[0].name = "" }
        }
        #expect(catalog.manifest == manifest)
        let renamed = try change(catalog, second) { $0.name = "v" }
        #expect(catalog.snapshot.table(named: "v")?.schema == renamed)
        #expect(catalog.snapshot.table(named: "t") == nil)
    }

    @Test("What a rollup uses stays; its names follow the table's")
    func rollups() throws {
        let catalog = try Catalog.open(disk)
        let first = try catalog.createTable(Fixture.schema("t"))
        _ = try catalog.createRollup(
            Rollup(
                id: TableID(0), name: "r", tableID: first.id, dimensions: [.column(1)],
                measures: [Rollup.Measure(.sum, of: 3), Rollup.Measure(.count, of: 3)]))
        #expect(throws: CatalogError.self) {
            try change(catalog, first) { try $0.removeColumn(at: 2) }
        }
        #expect(throws: CatalogError.self) {
            try change(catalog, first) {
                try $0.widenColumn(at: 2, to: .decimal(precision: 38, scale: 0))
            }
        }
        let second = try change(catalog, first) { $0.columns[2].name = "value" }
        let rollup = try #require(catalog.snapshot.rollups.first)
        #expect(rollup.schema.columns.map(\.name).contains("SUM(value)"))
        #expect(rollup.schema.version == second.version)
    }

    @Test("Positions of keys follow their columns; columns that keys need stay")
    func positions() throws {
        var schema = Fixture.schema("t")
        schema.columns.insert(ColumnDefinition(id: 9, name: "x", type: .varchar), at: 0)
        schema.timestampColumn = 2
        schema.uniqueColumns = [1]
        schema.clusterColumns = [3]
        schema.lookupColumns = [1]
        for index in 1...3 {
            var refused = schema
            #expect(throws: SchemaError.self) { try refused.removeColumn(at: index) }
            #expect(refused == schema)
        }
        try schema.removeColumn(at: 0)
        #expect(schema.timestampColumn == 1)
        #expect(schema.uniqueColumns == [0])
        #expect(schema.clusterColumns == [2])
        #expect(schema.lookupColumns == [0])
        try schema.validate()
    }

    @Test("Types widen where the stored integer stays the same")
    func widening() {
        let narrow = LogicalType.decimal(precision: 10, scale: 2)
        #expect(LogicalType.bigint.widens(to: .decimal(precision: 19, scale: 0)))
        #expect(!LogicalType.bigint.widens(to: .decimal(precision: 18, scale: 0)))
        #expect(!LogicalType.bigint.widens(to: .decimal(precision: 38, scale: 2)))
        #expect(!LogicalType.bigint.widens(to: .double))
        #expect(narrow.widens(to: .decimal(precision: 38, scale: 2)))
        #expect(!narrow.widens(to: .decimal(precision: 38, scale: 3)))
        #expect(!narrow.widens(to: narrow))
        #expect(!LogicalType.varchar.widens(to: .json))
        for type in [LogicalType.double, .decimal(precision: 18, scale: 0), .varchar] {
            var schema = Fixture.schema("t")
            #expect(throws: SchemaError.self) { try schema.widenColumn(at: 2, to: type) }
        }
    }

    @Test("A manifest of format 2, which had no initial values, is read")
    func formatTwo() throws {
        var manifest = Manifest(databaseID: 7)
        manifest.nextTableID = 2
        manifest.tables = [
            TableEntry(schema: Fixture.schema("t", id: 1), flushedLSN: 3, nextColumnID: 4)
        ]
        var old = Array(manifest.encoded().dropLast(4))
        // The count of initial values stands before those of rollups and segments, behind which
        // format 4 has three more.
        old.removeLast(12)
        old.removeSubrange(old.count - 12..<old.count - 8)
        old[8] = 2
        old[12] -= 16
        var writer = ByteWriter()
        writer.append(bytes: old)
        writer.append(Checksum.crc32c(old))
        #expect(try Manifest(decoding: writer.bytes) == manifest)
    }

    @Test("Initial values come back with the manifest; one of another type is refused")
    func initialValues() throws {
        var manifest = Manifest(databaseID: 7)
        manifest.nextTableID = 2
        var schema = Fixture.schema("t", id: 1)
        schema.columns[2].initialValue = .bigint(0x0102_0304)
        manifest.tables = [TableEntry(schema: schema, flushedLSN: 3, nextColumnID: 4)]
        let bytes = manifest.encoded()
        #expect(try Manifest(decoding: bytes) == manifest)
        var forged = Array(bytes.dropLast(4))
        let at = try #require(
            forged.indices.last { Array(forged[$0...].prefix(4)) == [4, 3, 2, 1] })
        forged[at - 1] = 6
        var writer = ByteWriter()
        writer.append(bytes: forged)
        writer.append(Checksum.crc32c(forged))
        #expect(throws: ManifestDecodingError.self) { try Manifest(decoding: writer.bytes) }
    }
}
