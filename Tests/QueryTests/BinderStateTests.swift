import Segments
import TestSupport
import Testing

@testable import Query

/// PRIMARY KEY, VERSION BY and modes.
@Suite struct BinderStateTests {
    private static let create = """
        CREATE TABLE drafts (
          merchant VARCHAR NOT NULL, number BIGINT NOT NULL, revision BIGINT NOT NULL,
          saved TIMESTAMP NOT NULL, status VARCHAR, amount BIGINT DEFAULT 0,
          PRIMARY KEY (merchant, number) VERSION BY revision
        )
        TIMESTAMP (saved) PARTITION BY MONTH WITH (mode = 'merge')
        """

    private func schema(_ sql: String) throws -> TableSchema {
        guard case .createTable(let schema, _) = try BinderFixture.bind(sql) else {
            throw QueryError(.syntax, "no CREATE TABLE")
        }
        return schema
    }

    @Test("PRIMARY KEY declares key, version, mode and the engine's own columns")
    func create() throws {
        let schema = try schema(Self.create)
        #expect(schema.primaryKey == [0, 1])
        #expect(schema.versionColumn == 2)
        #expect(schema.isMerge)
        #expect(schema.visibleColumnCount == 6)
        #expect(schema.columns[6...].map(\.name) == ["__deleted", "__field_versions"])
        #expect(schema.wholeKeyColumn == 6)
        #expect(schema.keyIndexColumns.isEmpty)
        let plain = try self.schema("CREATE TABLE k (a BIGINT NOT NULL, PRIMARY KEY (a))")
        #expect(plain.keyIndexColumns == [0])
        #expect(plain.wholeKeyColumn == nil)
        #expect(plain.columns.map(\.name) == ["a", "__deleted"])
    }

    @Test("SHOW CREATE TABLE makes the same state table again, and its bytes are read back")
    func roundTrips() throws {
        for sql in [Self.create, "CREATE TABLE k (a DATE NOT NULL, PRIMARY KEY (a))"] {
            let schema = try schema(sql)
            #expect(try self.schema(SchemaPrinter.createTable(schema)) == schema)
            var writer = ByteWriter()
            schema.encode(into: &writer)
            var reader = ByteReader(writer.bytes)
            var read = try TableSchema(from: &reader)
            // Initial values stand apart, in the manifest.
            for index in read.columns.indices {
                read.columns[index].initialValue = schema.columns[index].initialValue
            }
            #expect(read == schema)
            #expect(reader.isAtEnd)
        }
    }

    private func bind(_ sql: String, _ catalog: CatalogView) throws -> BoundStatement {
        try ParsedStatement(parsing: sql)
            .bound(to: catalog, options: BindOptions(now: BinderFixture.now))
    }

    private func catalog() throws -> CatalogView {
        var schema = try schema(Self.create)
        schema.id = TableID(7)
        return CatalogView(tables: [schema])
    }

    @Test("ALTER TABLE keeps the key: renames are fine, dropping and widening are not")
    func alter() throws {
        let catalog = try catalog()
        func change(_ actions: String) throws -> TableSchema {
            let bound = try bind("ALTER TABLE drafts \(actions)", catalog)
            guard case .alterTable(let change) = bound else {
                throw QueryError(.syntax, "no ALTER TABLE")
            }
            return change.after
        }
        let renamed = try change("RENAME COLUMN number TO draft, ADD COLUMN note VARCHAR")
        #expect(renamed.columns[renamed.primaryKey[1]].name == "draft")
        #expect(renamed.columns[6].name == "note")
        #expect(renamed.columns[6].id == 7)
        #expect(renamed.columns[7...].allSatisfy { $0.isHidden })
        let dropped = try change("DROP COLUMN status")
        #expect(dropped.primaryKey == [0, 1] && dropped.versionColumn == 2)
        for refused in [
            "DROP COLUMN number", "DROP COLUMN revision", "DROP COLUMN __deleted",
            "ALTER COLUMN number SET DATA TYPE DECIMAL(20, 0)",
            "ALTER COLUMN revision SET DATA TYPE DECIMAL(20, 0)", "SET (mode = 'replace')",
            "RENAME COLUMN __deleted TO gone", "ADD LOOKUP (__deleted)",
        ] {
            #expect(throws: QueryError.self, "\(refused)") { try change(refused) }
        }
    }

    @Test("The engine's columns are there when they are named, and only then")
    func hidden() throws {
        let catalog = try catalog()
        func fields(_ sql: String) throws -> [String] {
            guard case .query(let query) = try bind(sql, catalog) else {
                throw QueryError(.syntax, "no query")
            }
            return query.fields.map(\.name)
        }
        let declared = ["merchant", "number", "revision", "saved", "status", "amount"]
        #expect(try fields("SELECT * FROM drafts") == declared)
        #expect(try fields("SELECT d.* FROM drafts d") == declared)
        #expect(try fields("SELECT __deleted, status FROM drafts") == ["__deleted", "status"])
        #expect(
            try fields("SELECT * FROM drafts a NATURAL JOIN drafts b").count == declared.count)
        #expect(throws: QueryError.self) {
            try bind("INSERT INTO drafts (merchant, __deleted) VALUES ('a', TRUE)", catalog)
        }
        guard
            case .insert(_, let rows) = try bind(
                "INSERT INTO drafts VALUES ('a', 1, 2, '2026-05-31', 'OPEN', 5)", catalog)
        else { throw QueryError(.syntax, "no INSERT") }
        #expect(rows[0].count == 8)
        #expect(rows[0][6] == .boolean(false))
    }
}
