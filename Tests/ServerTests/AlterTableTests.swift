import Segments
import Server
import TestSupport
import Testing

@Suite("Tables that are altered over HTTP")
struct AlterTableTests {
    @Test("Old rows, live rows and new ones answer the altered table, after a restart, too")
    func life() throws {
        let first = try TestDatabase()
        _ = try first.sql(DatabaseEndToEndTests.createTable)
        let target = "/v1/tables/payments/events"
        func send(_ test: TestDatabase, _ numbers: Range<Int>, more: String = "") throws -> String {
            let lines = numbers.map {
                String(DatabaseEndToEndTests.event($0).dropLast()) + more + "}"
            }
            return try test.post(target, lines.joined(separator: "\n")).text
        }
        _ = try send(first, 0..<50)
        _ = try first.post("/v1/tables/payments:seal", "")
        _ = try send(first, 50..<60)
        let alter = """
            ALTER TABLE payments ADD COLUMN channel VARCHAR NOT NULL DEFAULT 'web', DROP method, \
            RENAME COLUMN fee TO charge, ALTER COLUMN amount SET DATA TYPE DECIMAL(38, 0)
            """
        #expect(try first.sql(alter) == "[]\n")
        #expect(try send(first, 60..<70).contains("unknown_field"), "method is gone")
        let more = #","channel":"app","charge":1.50"#
        let lines = (60..<70).map { number in
            let time = 1_790_000_000_000 + number * 1_000
            return #"{"event_id":"e\#(number)","event_time":\#(time),"amount":\#(number)"#
                + more + "}"
        }
        #expect(
            try first.post(target, lines.joined(separator: "\n")).text.contains("\"accepted\":10"))
        let query =
            "SELECT channel, COUNT(*), SUM(amount), SUM(charge) FROM payments GROUP BY 1 ORDER BY 1"
        let answer = "[\"app\",10,645,15.00]\n[\"web\",60,1770,1785.00]\n\n"
        #expect(try first.sql(query) == answer)
        #expect(try first.sql("SELECT method FROM payments").contains("unknown_column"))
        let columns = """
            SELECT COLUMN_NAME, DATA_TYPE, IS_NULLABLE FROM INFORMATION_SCHEMA.COLUMNS \
            WHERE TABLE_NAME = 'payments' \
            AND COLUMN_NAME IN ('channel', 'charge', 'amount', 'method')
            """
        #expect(
            try first.sql(columns)
                == "[\"amount\",\"DECIMAL\",\"YES\"]\n[\"charge\",\"DECIMAL\",\"YES\"]\n"
                + "[\"channel\",\"VARCHAR\",\"NO\"]\n\n")
        first.stop()

        let second = try TestDatabase(first.fileSystem.afterKill())
        defer { second.stop() }
        #expect(try second.sql(query) == answer)
        _ = try second.post("/v1/tables/payments:seal", "")
        _ = try second.post("/v1/tables/payments:compact", "")
        #expect(try second.sql(query) == answer)
        #expect(try second.sql("ALTER TABLE payments RENAME TO paid") == "[]\n")
        #expect(try second.sql("SELECT COUNT(*) FROM paid") == "[70]\n\n")
        #expect(try second.sql("SELECT COUNT(*) FROM payments").contains("unknown_table"))
        #expect(try second.sql("CREATE TABLE t (a BIGINT)") == "[]\n")
        #expect(try second.sql("ALTER TABLE t RENAME TO paid").contains("taken"))
    }

    @Test("Look-ups find rows by a column that was added to LOOKUP later")
    func lookups() throws {
        let test = try TestDatabase()
        defer { test.stop() }
        _ = try test.sql(DatabaseEndToEndTests.createTable)
        let lines = (0..<20).map { DatabaseEndToEndTests.event($0) }.joined(separator: "\n")
        _ = try test.post("/v1/tables/payments/events", lines)
        _ = try test.post("/v1/tables/payments:seal", "")
        let target = "/v1/tables/payments/rows?by=method&value=CARD"
        #expect(try test.get(target).status == 400)
        _ = try test.sql("ALTER TABLE payments ADD LOOKUP (method)")
        let found = try test.get(target)
        #expect(found.status == 200, "\(found.text)")
        #expect(found.text.split(separator: "\"event_id\"").count == 11)
    }
}
