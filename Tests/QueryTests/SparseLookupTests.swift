import Query
import Segments
import TestSupport
import Testing

@Suite("Look-ups of one value (Z4, Z6)")
struct SparseLookupTests {
    private static let minute: Int64 = 60_000_000

    private static let schema: TableSchema = {
        var schema = TableSchema(
            id: TableID(1), name: "payments",
            columns: [
                ColumnDefinition(id: 1, name: "id", type: .bigint, isNullable: false),
                ColumnDefinition(id: 2, name: "at", type: .timestamp, isNullable: false),
                ColumnDefinition(id: 3, name: "status", type: .varchar),
            ], timestampColumn: 1, lookupColumns: [0])
        schema.sparseLookups = [SparseLookup(column: 2, value: "PENDING")]
        return schema
    }()

    /// Rows a second apart; one of a thousand is pending.
    private static func rows(_ range: Range<Int>) -> [[Value]] {
        range.map { number in
            let status = number % 1_000 == 7 ? "PENDING" : ["PAID", "FAILED", "VOID"][number % 3]
            return [
                .bigint(Int64(number)), .timestamp(Int64(number) * 1_000_000),
                .varchar(Text(status)),
            ]
        }
    }

    private static func ids(_ page: RowLookup.Page) -> [Int64] {
        (0..<page.rows.rowCount).compactMap { row in
            if case .bigint(let id) = page.rows.row(at: row)[0] { id } else { nil }
        }
    }

    @Test("What is pending is found without reading what is not; what is paid is gone at once")
    func pending() throws {
        let parts = [Self.rows(0..<40_000), Self.rows(40_000..<80_000), Self.rows(80_000..<80_300)]
        let whole = try QueryFixture.snapshot(parts, of: Self.schema) { $0 < 2 }
        let table = whole.tables[0]
        let wanted = stride(from: Int64(7), to: 80_300, by: 1_000).map { $0 }
        #expect(
            Self.ids(try RowLookup(table, column: 2, now: 0).rows([.varchar("PENDING")])) == wanted)
        // The row 12,007 is paid: a newer row replaces it.
        let dead = DeadRows(RoaringBitmap(ascending: [12_007] as [UInt32]), forgottenLSN: 0)
        let paid = TableSnapshot(
            schema: Self.schema, segments: table.segments, live: table.live, flushedLSN: 0,
            dead: [table.segments[0].entry.id: dead])
        let left = wanted.filter { $0 != 12_007 }
        let lookup = try RowLookup(paid, column: 2, now: 0)
        #expect(Self.ids(try lookup.rows([.varchar("PENDING")])) == left)
        let second = try lookup.rows([.varchar("PENDING")], limit: 10, cursor: 10)
        #expect(Self.ids(second) == Array(left[10..<20]) && second.next == 20)
        #expect(try lookup.quickRows(.varchar("PENDING"), limit: 10) == nil)
        for key in [Value.varchar("PAID"), .null] {
            #expect(throws: QueryError.self) { try lookup.rows([key]) }
        }

        let executor = QueryExecutor(
            snapshot: Snapshot(version: 1, manifestVersion: 1, tables: [paid]),
            workers: WorkerPool(helperCount: 0))
        let sql =
            "SELECT id FROM payments WHERE status = 'PENDING' AND "
            + "at < TIMESTAMP '1970-01-01T20:00:00Z' ORDER BY id"
        let query = try QueryFixture.bind(sql, over: Self.schema)
        let result = try executor.run(query)
        #expect(result.rows == left.filter { $0 < 72_000 }.map { [.bigint($0)] })
        // The live rows are looked at; of 80,000 others, those that are pending.
        #expect(result.statistics.rowsRead <= left.count + 300)
        let lines = try executor.explain(query, analyze: true).rows.map { "\($0[0])" }
        #expect(lines.contains { $0.contains("rows by the sparse look-up of status") })
    }

    @Test("The clause is read, bound, shown, encoded, altered and dropped")
    func declared() throws {
        func schema(_ sql: String) throws -> TableSchema {
            guard case .createTable(let schema, _) = try BinderFixture.bind(sql) else {
                throw QueryError(.syntax, "no CREATE TABLE")
            }
            return schema
        }
        let sql =
            "CREATE TABLE t (id BIGINT, status VARCHAR, at TIMESTAMP NOT NULL) TIMESTAMP (at) "
            + "LOOKUP (id) LOOKUP (status) WHERE status = 'PENDING' "
            + "LOOKUP (\"status\") WHERE STATUS = 'it''s' TTL 4 DAYS"
        let declared = try schema(sql)
        #expect(declared.lookupColumns == [0])
        #expect(
            declared.sparseLookups == [
                SparseLookup(column: 1, value: "PENDING"), SparseLookup(column: 1, value: "it's"),
            ])
        #expect(try schema(SchemaPrinter.createTable(declared)) == declared)
        var writer = ByteWriter(capacity: 64)
        declared.encode(into: &writer)
        var reader = ByteReader(writer.bytes, range: 0..<writer.bytes.count)
        #expect(try TableSchema(from: &reader) == declared)
        for clause in [
            "LOOKUP (id) WHERE id = '1'", "LOOKUP (status) WHERE id = 'x'",
            "LOOKUP (status) WHERE status = 1", "LOOKUP (status, id) WHERE status = 'x'",
            "LOOKUP (status) WHERE status > 'x'",
        ] {
            #expect(throws: QueryError.self, "\(clause)") {
                try schema("CREATE TABLE t (id BIGINT, status VARCHAR) " + clause)
            }
        }
        var changed = declared
        #expect(throws: SchemaError.self) { try changed.removeColumn(at: 1) }
        changed.sparseLookups = []
        try changed.removeColumn(at: 0 + 1)
        #expect(changed.timeToLive == .days(4, column: 1))
    }
}
