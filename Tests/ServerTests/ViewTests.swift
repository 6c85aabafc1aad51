import Segments
import Server
import TestSupport
import Testing

@Suite("Views over HTTP")
struct ViewTests {
    @Test("A view is made, read, replaced, found again after a kill, and dropped")
    func life() throws {
        let first = try TestDatabase()
        _ = try first.sql(DatabaseEndToEndTests.createTable)
        let lines = (0..<10).map { DatabaseEndToEndTests.event($0) }.joined(separator: "\n")
        _ = try first.post("/v1/tables/payments/events", lines)
        #expect(
            try first.sql("CREATE VIEW cards AS SELECT amount FROM payments WHERE method = 'CARD'")
                == "[]\n")
        #expect(try first.sql("SELECT SUM(amount) FROM cards") == "[20]\n\n")
        #expect(try first.sql("CREATE VIEW cards AS SELECT 1 AS x").contains("table_exists"))
        #expect(try first.sql("CREATE VIEW IF NOT EXISTS cards AS SELECT 1 AS x") == "[]\n")
        #expect(try first.sql("CREATE TABLE cards (a BIGINT)").contains("table_exists"))
        let replaced = "CREATE OR REPLACE VIEW cards AS SELECT 1000 / amount AS part FROM payments"
        #expect(try first.sql(replaced) == "[]\n")
        let failed = try first.sql("SELECT SUM(part) FROM cards")
        #expect(
            failed.contains("division_by_zero") && failed.contains("\"column\":23"), "\(failed)")
        first.stop()

        let second = try TestDatabase(first.fileSystem.afterKill())
        defer { second.stop() }
        #expect(
            try second.sql("SELECT MAX(part) FROM cards WHERE part < 500").contains(
                "division_by_zero"))
        #expect(try second.sql("SHOW VIEWS").contains("1000 / amount"))
        _ = try second.sql("ALTER TABLE payments RENAME COLUMN amount TO value")
        let broken = try second.sql("SELECT * FROM cards")
        #expect(broken.contains("view cards: there is no column"), "\(broken)")
        #expect(try second.sql("DROP VIEW cards") == "[]\n")
        #expect(try second.sql("DROP VIEW IF EXISTS cards") == "[]\n")
        #expect(try second.sql("DROP VIEW cards").contains("unknown_table"))
    }
}
