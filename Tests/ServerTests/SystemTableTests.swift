import Ingest
import Segments
import Server
import Testing

/// The tables that the process answers from its own state.
@Suite("System tables")
struct SystemTableTests {
    /// A server with two segments of one table that were merged from three.
    private static func server() throws -> TestDatabase {
        let test = try TestDatabase()
        _ = try test.sql(DatabaseEndToEndTests.createTable)
        for part in 0..<3 {
            let events = (part * 10..<part * 10 + 10).map { DatabaseEndToEndTests.event($0) }
            _ = try test.post("/v1/tables/payments/events", events.joined(separator: "\n"))
            _ = try test.post("/v1/tables/payments:seal", "")
        }
        return test
    }

    @Test("The page names every column of every table in order, and no other")
    func page() throws {
        let test = try TestDatabase()
        defer { test.stop() }
        let page = try DocumentPage("docs/system-tables.md")
        for table in [
            "segments", "columns", "rollups", "compactions", "sources", "source_positions",
            "ingest_gaps", "queries", "settings", "metrics",
        ] {
            let answer = try test.sql(
                "SELECT COLUMN_NAME FROM INFORMATION_SCHEMA.COLUMNS WHERE TABLE_SCHEMA = 'sys' "
                    + "AND TABLE_NAME = '\(table)' ORDER BY ORDINAL_POSITION")
            let rows = page.rows(under: "sys.\(table)").map { "[\"\($0[0])\"]\n" }
            #expect(answer == rows.joined() + "\n", "\(table)")
        }
        let tables = try test.sql(
            "SELECT TABLE_NAME FROM INFORMATION_SCHEMA.TABLES WHERE TABLE_SCHEMA = 'sys'")
        for line in tables.split(separator: "\n") {
            let name = line.dropFirst(2).dropLast(2)
            #expect(page.text.contains("\n## sys.\(name)\n"))
        }
    }

    @Test("Segments and their columns add up, join and aggregate like stored rows")
    func segments() throws {
        let test = try Self.server()
        defer { test.stop() }
        #expect(
            try test.sql(
                "SELECT COUNT(*), SUM(num_rows), SUM(is_available), MIN(start) < MAX(\"end\") "
                    + "FROM sys.segments WHERE datasource = 'payments'") == "[3,30,3,true]\n\n")
        #expect(
            try test.sql(
                "SELECT c.column_name, COUNT(*), SUM(c.nulls) FROM sys.columns c "
                    + "JOIN sys.segments s ON c.segment_id = s.segment_id "
                    + "WHERE c.column_name IN ('amount', 'event_id') AND s.level = 0 "
                    + "GROUP BY 1 ORDER BY 1") == "[\"amount\",3,0]\n[\"event_id\",3,0]\n\n")
        #expect(
            try test.sql(
                "SELECT DISTINCT data_type, value_bytes > 0, indexes FROM sys.columns "
                    + "WHERE column_name = 'event_id'") == "[\"VARCHAR\",true,\"keys\"]\n\n")
        _ = try test.post("/v1/tables/payments:compact", "")
        #expect(
            try test.sql(
                "SELECT datasource, inputs, outputs, num_rows, failure FROM sys.compactions")
                == "[\"payments\",3,1,30,null]\n\n")
        #expect(try test.sql("SELECT level FROM sys.segments") == "[1]\n\n")
    }

    @Test("Settings have their values, metrics the numbers of their page")
    func settings() throws {
        let test = try Self.server()
        defer { test.stop() }
        #expect(
            try test.sql("SELECT value, environment FROM sys.settings WHERE name = 'query.timeout'")
                == "[\"30s\",\"DAYBOOK_QUERY_TIMEOUT\"]\n\n")
        #expect(
            try test.sql(
                "SELECT value FROM sys.metrics WHERE name = 'daybook_table_rows' "
                    + "AND labels = 'table=\"payments\"'") == "[30.0]\n\n")
        #expect(
            try test.sql("SELECT COUNT(*) > 40, COUNT(value) = COUNT(*) FROM sys.metrics")
                == "[true,true]\n\n")
    }

    @Test("Every function is a routine")
    func routines() throws {
        let test = try TestDatabase()
        defer { test.stop() }
        #expect(
            try test.sql(
                "SELECT ROUTINE_CATALOG, ROUTINE_SCHEMA, ROUTINE_TYPE, IS_AGGREGATOR, SIGNATURES "
                    + "FROM INFORMATION_SCHEMA.ROUTINES WHERE ROUTINE_NAME IN ('LOWER', 'SUM') "
                    + "ORDER BY ROUTINE_NAME")
                == "[\"druid\",\"INFORMATION_SCHEMA\",\"FUNCTION\",\"NO\",\"LOWER(text)\"]\n"
                + "[\"druid\",\"INFORMATION_SCHEMA\",\"FUNCTION\",\"YES\","
                + "\"SUM([DISTINCT] number)\"]\n\n")
    }
}
