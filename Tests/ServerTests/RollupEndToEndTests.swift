import Ingest
import Server
import TestSupport
import Testing

@Suite("Rollups over HTTP")
struct RollupEndToEndTests {
    private static let create = """
        CREATE ROLLUP by_method ON payments AS
        SELECT TIME_FLOOR(event_time, 'PT1H'), method, COUNT(*), SUM(amount) GROUP BY 1, 2
        """

    private static func send(_ numbers: Range<Int>, to server: TestDatabase) throws {
        let lines = numbers.map { DatabaseEndToEndTests.event($0) }.joined(separator: "\n")
        let answer = try server.post("/v1/tables/payments/events", lines)
        #expect(answer.status == 200, "\(answer.text)")
    }

    @Test("A rollup is made of what is there, used beside live rows, and gone after its drop")
    func life() throws {
        let server = try TestDatabase()
        defer { server.stop() }
        #expect(try server.sql(DatabaseEndToEndTests.createTable) == "[]\n")
        let refused = try server.sql("EXPLAIN " + Self.create)
        #expect(refused.contains("has no segment to look at yet"), "\(refused)")
        try Self.send(0..<200, to: server)
        #expect(try server.post("/v1/tables/payments:seal", "").status == 200)
        let estimate = try server.sql("EXPLAIN " + Self.create)
        #expect(
            estimate.hasPrefix(
                "[\"TIME_FLOOR(event_time, 'PT1H'), method\",200,2,100"), "\(estimate)")
        #expect(try server.sql(Self.create) == "[]\n")
        #expect(try server.sql(Self.create).contains("table_exists"))
        let again = Self.create.replacing("ROLLUP by", with: "ROLLUP IF NOT EXISTS by")
        #expect(try server.sql(again) == "[]\n")
        // A pass of compaction ends with every rollup made, whoever began.
        #expect(try server.post("/v1/tables/payments:compact", "").status == 200)
        #expect(
            try server.sql(
                "SELECT rollup, segments, segments_total, num_rows, source_rows FROM sys.rollups")
                == "[\"by_method\",1,1,2,200]\n\n")

        let question = "SELECT method, COUNT(*), SUM(amount) FROM payments GROUP BY 1 ORDER BY 1"
        #expect(try server.sql(question) == "[\"CARD\",100,9900]\n[\"POINT\",100,10000]\n\n")
        let plan = try server.sql("EXPLAIN " + question)
        #expect(plan.contains("rollup by_method: answers for 1 of 1 segments"), "\(plan)")
        try Self.send(200..<202, to: server)
        #expect(try server.sql(question) == "[\"CARD\",101,10100]\n[\"POINT\",101,10201]\n\n")
        let miss = try server.sql("EXPLAIN SELECT order_id, COUNT(*) FROM payments GROUP BY 1")
        #expect(
            miss.contains("rollup by_method: order_id is not one of its dimensions"), "\(miss)")
        #expect(
            miss.contains(
                "advice: a rollup by order_id would keep 67 of 200 rows of the largest segment"),
            "\(miss)")

        #expect(try server.sql("SHOW ROLLUPS").hasPrefix("[\"by_method\",\"payments\","))
        #expect(try server.sql("DROP ROLLUP by_method") == "[]\n")
        #expect(try server.sql("SELECT COUNT(*) FROM sys.rollups") == "[0]\n\n")
        #expect(try server.sql(question) == "[\"CARD\",101,10100]\n[\"POINT\",101,10201]\n\n")
    }
}
