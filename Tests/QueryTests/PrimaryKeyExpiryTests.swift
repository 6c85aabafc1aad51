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
        schema.addStateColumns()
        let there = Value.boolean(false)
        let parts: [[[Value]]] = [
            [[.varchar("a"), .timestamp(10), there], [.varchar("b"), .null, there]],
            [[.varchar("c"), .timestamp(20), there]],
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
        for (id, now) in [("a", Int64(9)), ("c", 19), ("b", .max)] {
            #expect(try isThere(Text(id), at: now))
        }
        for (id, now) in [("a", Int64(10)), ("c", 20), ("d", 0)] {
            #expect(try isThere(Text(id), at: now) == false)
        }
    }
}
