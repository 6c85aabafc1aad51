import Segments
import Server
import TestSupport
import Testing

/// INSERT ... SELECT and CREATE TABLE ... AS over HTTP.
@Suite("Results that become rows")
struct StoringTests {
    private static func filled() throws -> TestDatabase {
        let test = try TestDatabase()
        _ = try test.sql(DatabaseEndToEndTests.createTable)
        let lines = (0..<40).map { DatabaseEndToEndTests.event($0) }.joined(separator: "\n")
        _ = try test.post("/v1/tables/payments/events", lines)
        return test
    }

    @Test("A table made of a query is there whole, and stays after a kill; others go on")
    func createTableAs() throws {
        let first = try Self.filled()
        let create = """
            CREATE TABLE methods TIMESTAMP (last) LOOKUP (method) AS
            SELECT method, MAX(event_time) AS last, SUM(amount) AS total FROM payments GROUP BY 1
            """
        #expect(try first.sql(create) == "[2,0]\n\n")
        let query = "SELECT method, total FROM methods ORDER BY method"
        let answer = try first.sql(query)
        #expect(
            answer
                == (try first.sql("SELECT method, SUM(amount) FROM payments GROUP BY 1 ORDER BY 1"))
        )
        #expect(try first.sql(create).contains("table_exists"))
        let again = create.replacing("CREATE TABLE", with: "CREATE TABLE IF NOT EXISTS")
        #expect(try first.sql(again) == "[]\n")
        #expect(
            try first.sql("CREATE TABLE none AS SELECT method FROM payments WHERE FALSE")
                == "[0,0]\n\n")
        #expect(try first.get("/v1/tables/methods/rows?by=method&value=CARD").text.contains("CARD"))
        _ = try first.sql("INSERT INTO methods VALUES ('CASH', TIMESTAMP '2026-01-01', 5)")
        first.stop()

        let second = try TestDatabase(first.fileSystem.afterKill())
        defer { second.stop() }
        #expect(try second.sql("SELECT COUNT(*), COUNT(method) FROM methods") == "[3,3]\n\n")
        #expect(try second.sql("SELECT COUNT(*) FROM none") == "[0]\n\n")
        _ = try second.post("/v1/tables/methods:seal", "")
        #expect(try second.sql(query + " LIMIT 1").contains("CARD"))
    }

    @Test("Nothing is left of a table whose query fails")
    func failedCreation() throws {
        let test = try Self.filled()
        defer { test.stop() }
        let sql = "CREATE TABLE x AS SELECT 1 / amount AS part FROM payments"
        #expect(try test.sql(sql).contains("division_by_zero"))
        #expect(try test.sql("SELECT * FROM x").contains("unknown_table"))
        let null =
            "CREATE TABLE x TIMESTAMP (t) AS SELECT CASE WHEN amount > 3 THEN event_time END AS t FROM payments"
        #expect(try test.sql(null).contains("NOT NULL"))
        #expect(try test.sql("SELECT * FROM x").contains("unknown_table"))
    }

    @Test("INSERT ... SELECT takes each id once, and all rows or none")
    func insert() throws {
        let test = try Self.filled()
        defer { test.stop() }
        _ = try test.sql(
            "CREATE TABLE copy (event_id VARCHAR NOT NULL, event_time TIMESTAMP NOT NULL, "
                + "amount BIGINT DEFAULT 7, UNIQUE (event_id)) TIMESTAMP (event_time)")
        let part =
            "INSERT INTO copy SELECT event_id, event_time, amount FROM payments WHERE amount < 10"
        #expect(try test.sql(part) == "[10,0]\n\n")
        let all = "INSERT INTO copy SELECT event_id, event_time, amount FROM payments"
        #expect(try test.sql(all) == "[30,10]\n\n")
        let other =
            "INSERT INTO copy (event_id, event_time) SELECT 'new' || event_id, event_time FROM payments "
            + "UNION ALL SELECT event_id, event_time FROM payments"
        #expect(try test.sql(other).contains("rows_rejected"))
        #expect(try test.sql("SELECT COUNT(*), SUM(amount) FROM copy") == "[40,780]\n\n")
        #expect(
            try test.sql(
                "INSERT INTO copy SELECT event_id, event_time, 1 FROM payments WHERE FALSE")
                == "[0,0]\n\n")
        let nothing =
            "INSERT INTO copy SELECT event_id, NULLIF(event_time, event_time), 1 FROM payments"
        #expect(try test.sql(nothing).contains("NOT NULL"))
    }

    @Test("INSERT ... SELECT into a state table replaces rows by their key, and says how many")
    func upsert() throws {
        let test = try Self.filled()
        defer { test.stop() }
        _ = try test.sql(
            "CREATE TABLE orders (order_id VARCHAR NOT NULL, amount BIGINT, PRIMARY KEY (order_id))"
        )
        let insert = "INSERT INTO orders SELECT order_id, SUM(amount) FROM payments GROUP BY 1"
        #expect(try test.sql(insert) == "[14,0,0,0]\n\n")
        #expect(try test.sql(insert) == "[0,14,0,0]\n\n")
        let other = insert.replacing("SUM(amount)", with: "SUM(amount) + 1")
        #expect(try test.sql(other) == "[14,0,14,0]\n\n")
        #expect(try test.sql("SELECT COUNT(*), SUM(amount) FROM orders") == "[14,794]\n\n")
    }
}
