import Query
import Segments
import TestSupport
import Testing

@Suite("Rows of a primary key that expire (Z2)")
struct PrimaryKeyExpiryTests {
    @Test("The row of a key is gone with its first expired microsecond, sealed or live")
    func expires() throws {
        var schema = TableSchema(
            id: TableID(1), name: "t",
            columns: [
                ColumnDefinition(id: 1, name: "id", type: .varchar, isNullable: false),
                ColumnDefinition(id: 2, name: "until", type: .timestamp),
            ], timeToLive: TimeToLive(column: 1, microseconds: 0))
        schema.primaryKey = [0]
        let parts: [[[Value]]] = [
            [[.varchar("a"), .timestamp(10)], [.varchar("b"), .null]],
            [[.varchar("c"), .timestamp(20)]],
        ]
        let table = try QueryFixture.snapshot(parts, of: schema) { $0 == 0 }.tables[0]
        func isThere(_ id: Text, at now: Int64) throws -> Bool {
            let key = RowBatch(
                rowCount: 1,
                columns: [
                    Column(type: .varchar, values: .strings(StringVector([id])))
                ])
            return try PrimaryKeyLookup(table, now: now).row(key, columns: schema.columns) != nil
        }
        #expect(try isThere("a", at: 9) && isThere("c", at: 19) && isThere("b", at: .max))
        #expect(try !isThere("a", at: 10) && !isThere("c", at: 20) && !isThere("d", at: 0))
    }
}
