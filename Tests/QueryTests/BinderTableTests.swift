import Segments
import TestSupport
import Testing

@testable import Query

/// CREATE, DROP, INSERT, SHOW and the catalogue's own tables.
@Suite struct BinderTableTests {
    static let create = """
        CREATE TABLE orders (
          id VARCHAR NOT NULL,
          "when" TIMESTAMP NOT NULL,
          n BIGINT DEFAULT -1,
          price DECIMAL(18,2) DEFAULT 0.5,
          note VARCHAR DEFAULT 'it''s',
          open DATE DEFAULT DATE '2026-01-01',
          flag BOOLEAN DEFAULT TRUE,
          tags VARCHAR ARRAY,
          sizes BIGINT ARRAY,
          body JSON,
          ratio DOUBLE DEFAULT 1.5e0,
          UNIQUE (id)
        )
        TIMESTAMP ("when")
        PARTITION BY MONTH
        CLUSTER BY (n, note)
        LOOKUP (note)
        TTL 400 DAYS
        WITH (unknown_fields = 'ignore')
        """

    private func schema(_ sql: String) throws -> TableSchema {
        guard case .createTable(let schema, _) = try BinderFixture.bind(sql) else {
            throw QueryError(.syntax, "no CREATE TABLE")
        }
        return schema
    }

    @Test("CREATE TABLE declares what it says")
    func createTable() throws {
        let schema = try schema(Self.create)
        #expect(schema.columns.count == 11)
        #expect(schema.columns.map(\.id) == Array(1...11))
        #expect(schema.timestampColumn == 1)
        #expect(schema.granularity == .month)
        #expect(schema.clusterColumns == [2, 4])
        #expect(schema.uniqueColumns == [0])
        #expect(schema.lookupColumns == [4])
        #expect(schema.timeToLive == .days(400, column: schema.timestampColumn ?? -1))
        #expect(schema.unknownFields == .ignore)
        #expect(schema.columns[2].defaultValue == .bigint(-1))
        #expect(schema.columns[3].defaultValue == .decimal(Decimal(unscaled: 50, scale: 2)))
        #expect(schema.columns[7].type == .array(.varchar))
    }

    @Test("A TTL counts from the table's time or from a column, in any unit, and is shown as such")
    func timeToLive() throws {
        let columns = "CREATE TABLE t (a BIGINT, at TIMESTAMP NOT NULL, until TIMESTAMP) "
        let hour: Int64 = 3_600_000_000
        let cases: [(clause: String, column: Int, microseconds: Int64)] = [
            ("TIMESTAMP (at) TTL 4 DAYS", 1, 96 * hour),
            ("TIMESTAMP (at) TTL 36 HOURS", 1, 36 * hour),
            ("TIMESTAMP (at) TTL 2 WEEKS", 1, 14 * 24 * hour), ("TTL (until)", 2, 0),
            ("TTL (UNTIL) + 30 MINUTES", 2, hour / 2), ("TTL (at) + 90 SECONDS", 1, 90_000_000),
            ("TIMESTAMP (at) TTL (at)", 1, 0),
        ]
        for one in cases {
            let schema = try schema(columns + one.clause)
            #expect(
                schema.timeToLive
                    == TimeToLive(column: one.column, microseconds: one.microseconds), "\(one)")
            #expect(try self.schema(SchemaPrinter.createTable(schema)) == schema)
            var writer = ByteWriter(capacity: 64)
            schema.encode(into: &writer)
            var reader = ByteReader(writer.bytes, range: 0..<writer.bytes.count)
            #expect(try TableSchema(from: &reader) == schema)
        }
        for clause in ["TTL 4 DAYS", "TTL (a)", "TIMESTAMP (at) TTL 0 HOURS", "TTL (b)"] {
            #expect(throws: QueryError.self, "\(clause)") { try self.schema(columns + clause) }
        }
    }

    @Test("SHOW CREATE TABLE makes the same table again")
    func showCreateTable() throws {
        let schema = try schema(Self.create)
        #expect(try self.schema(SchemaPrinter.createTable(schema)) == schema)
        let plain = try self.schema("CREATE TABLE plain (a BIGINT)")
        #expect(try self.schema(SchemaPrinter.createTable(plain)) == plain)
        #expect(plain.granularity == .all)
    }

    @Test("INSERT gives rows in the table's order with defaults, exactly or not at all")
    func insert() throws {
        let sql = """
            INSERT INTO payments (event_time, event_id, fee, amount, discount, settle_date, is_test)
            VALUES ('2026-01-01T00:00:00Z', 'a', 1.5, '7', 3, '2026-01-02', TRUE),
                   (TIMESTAMP '2026-01-01 00:00:00', 'b', '2', 10.00, 2.5, NULL, 'false')
            """
        guard case .insert(_, let rows) = try BinderFixture.bind(sql) else {
            Issue.record("no INSERT")
            return
        }
        let time = Value.timestamp(1_767_225_600_000_000)
        #expect(
            rows[0] == [
                .varchar("a"), time, .null, .null, .null, .bigint(7),
                .decimal(Decimal(unscaled: 150, scale: 2)), .double(3), .boolean(true),
                .date(20_455), .null, .null,
            ])
        #expect(
            rows[1] == [
                .varchar("b"), time, .null, .null, .null, .bigint(10),
                .decimal(Decimal(unscaled: 200, scale: 2)), .double(2.5), .boolean(false), .null,
                .null, .null,
            ])
    }

    @Test(
        "A text that says more than the column holds is refused",
        arguments: [
            ("fee", "'1.005'"), ("fee", "1.005"), ("settle_date", "'2026-01-01 10:00:00'"),
            ("amount", "'1.5'"), ("amount", "1.5"), ("amount", "1e0"), ("is_test", "1"),
            ("coupon_ids", "'a'"), ("method", "5"),
        ])
    func lossyInsert(column: String, value: String) {
        let sql =
            "INSERT INTO payments (event_id, event_time, \(column))"
            + " VALUES ('a', '2026-01-01', \(value))"
        let error = #expect(throws: QueryError.self) { try BinderFixture.bind(sql) }
        #expect(error?.code == .typeMismatch)
    }

    @Test("INFORMATION_SCHEMA has the columns that clients of Druid read")
    func informationSchema() throws {
        let view = BinderFixture.catalog
        let columns = InformationSchema.tables(of: view).first { $0.name == "COLUMNS" }
        let rows = columns?.rows().filter { $0[2] == .varchar("payments") } ?? []
        #expect(rows.count == 12)
        #expect(rows.map { $0[16] }.prefix(3) == [.bigint(12), .bigint(93), .bigint(12)])
        #expect(rows[1][6] == .varchar("NO"))
        #expect(rows[2][6] == .varchar("YES"))
        #expect(rows.allSatisfy { $0[5] == .varchar("") })
        #expect(rows.allSatisfy { $0.count == columns?.columns.count })
        let query = try BinderFixture.query("SELECT * FROM INFORMATION_SCHEMA.SCHEMATA")
        #expect(query.fields.map(\.name).prefix(2) == ["CATALOG_NAME", "SCHEMA_NAME"])
    }

    @Test("Settings are handed over with their values")
    func settings() throws {
        let statement = try ParsedStatement(
            parsing: "SET sqlOuterLimit = 10; SET name = 'x'; SELECT ?, $3")
        #expect(statement.settings.map(\.key) == ["sqlOuterLimit", "name"])
        #expect(statement.settings.map(\.value) == [.bigint(10), .varchar("x")])
        #expect(statement.positionalParameterCount == 3)
    }

    @Test(
        "A parameter is read as the type its client names",
        arguments: [
            ("BIGINT", Value.varchar("5"), Value.bigint(5)), ("INTEGER", .bigint(5), .bigint(5)),
            ("DOUBLE", .bigint(5), .double(5)), ("varchar", .bigint(5), .varchar("5")),
            ("TIMESTAMP", .bigint(1_000), .timestamp(1_000_000)),
            ("TIMESTAMP", .varchar("1970-01-01 00:00:01"), .timestamp(1_000_000)),
            ("DATE", .varchar("1970-01-02"), .date(1)),
            ("BOOLEAN", .varchar("true"), .boolean(true)),
            ("DECIMAL", .varchar("1.50"), .decimal(Decimal(unscaled: 150, scale: 2))),
            ("BIGINT", .null, .null),
        ])
    func parameters(type: String, sent: Value, read: Value) throws {
        #expect(try ParameterValue(typeName: type, value: sent, position: 1).value == read)
    }

    @Test(
        "A parameter that does not convert is refused",
        arguments: [
            ("BIGINT", Value.varchar("x")), ("WORD", .varchar("x")),
            ("DATE", .varchar("2026-02-30")),
            ("TIMESTAMP", .bigint(.max)), ("DECIMAL", .varchar("1e5")), ("ARRAY", .bigint(1)),
        ])
    func refusedParameters(type: String, sent: Value) {
        let error = #expect(throws: QueryError.self) {
            try ParameterValue(typeName: type, value: sent, position: 1)
        }
        #expect(error?.code == .parameter)
    }

    @Test("CAST fails or gives NULL as the caller wants, TRY_CAST gives NULL")
    func castFailure() throws {
        let statement = try ParsedStatement(parsing: "SELECT CAST('x' AS BIGINT)")
        let lenient = BindOptions(now: 0, castFailure: .null)
        guard
            case .query(let query) = try statement.bound(
                to: BinderFixture.catalog, options: lenient)
        else { return }
        #expect(PlanPrinter.lines(of: query.plan).first == "project NULL")
        let tried = try BinderFixture.query("SELECT TRY_CAST('x' AS BIGINT)")
        #expect(PlanPrinter.lines(of: tried.plan).first == "project NULL")
    }
}
