import Ingest
import Testing

@testable import Server

@Suite("The command line against a server")
struct CommandEndToEndTests {
    private func run(_ words: String..., at port: UInt16) -> Int32 {
        Program.run(words + ["--url", "http://127.0.0.1:\(port)"])
    }

    @Test(
        "Files are ingested in batches, asked, looked up and refused with the promised exit codes")
    func wholePath() throws {
        let database = try TestDatabase()
        defer { database.stop() }
        let port = try #require(database.server.port)
        let directory = try WorkDirectory(kept: nil, name: "command-test")
        defer { directory.remove() }
        let events = (0..<250).map { DatabaseEndToEndTests.event($0) }
        let good = events.map { $0 + "\n" }.joined()
        try directory.write(DatabaseEndToEndTests.createTable, to: "table.sql")
        try directory.write(good, to: "good.ndjson")
        try directory.write("[" + events.joined(separator: ",") + "]", to: "good.json")
        try directory.write(
            DatabaseEndToEndTests.event(900) + "\n{\"event_id\":7}\n", to: "bad.ndjson")
        func path(_ name: String) -> String { directory.path + "/" + name }

        #expect(run("table", "create", path("table.sql"), at: port) == 0)
        #expect(run("ingest", "payments", path("good.ndjson"), "--batch", "40", at: port) == 0)
        let count = "SELECT COUNT(*), SUM(amount) FROM payments"
        #expect(try database.sql(count) == "[250,31125]\n\n")
        // The same again, as one array: nothing is new.
        #expect(run("ingest", "payments", path("good.json"), at: port) == 0)
        #expect(try database.sql(count) == "[250,31125]\n\n")
        // A refused line refuses its batch, or is kept apart.
        #expect(run("ingest", "payments", path("bad.ndjson"), at: port) == 4)
        #expect(try database.sql(count) == "[250,31125]\n\n")
        #expect(
            run("ingest", "payments", path("bad.ndjson"), "--on-error", "quarantine", at: port)
                == 4)
        #expect(try database.sql(count) == "[251,32025]\n\n")
        #expect(run("ingest", "nosuch", path("good.ndjson"), at: port) == 1)
        #expect(run("ingest", "payments", path("missing"), at: port) == 70)

        for format in OutputFormat.allCases {
            #expect(
                run("sql", "--format", format.rawValue, "-c", count, "--footer", at: port) == 0)
        }
        #expect(run("sql", "-c", "SELECT amonut FROM payments", at: port) == 1)
        #expect(run("sql", "-c", "SELECT 1; SELECT 2;", at: port) == 0)
        #expect(run("lookup", "payments", "e7", at: port) == 0)
        #expect(run("lookup", "payments", "e7", "none", at: port) == 1)
        #expect(run("lookup", "payments", "--by", "order_id", "o1", "o2", at: port) == 0)
        #expect(run("lookup", "payments", "--by", "amount", "1", at: port) == 1)
        #expect(run("table", "list", at: port) == 0)
        #expect(run("table", "show", "payments", at: port) == 0)
        #expect(run("segments", "payments", at: port) == 0)
        #expect(run("segments", "show", "payments", "9999", at: port) == 1)
        #expect(run("segments", "show", "payments", at: port) == 2)
        #expect(run("compact", "payments", at: port) == 0)
        #expect(run("table", "drop", "payments", "--yes", at: port) == 0)
        #expect(run("table", "show", "payments", at: port) == 1)
    }

    @Test("The clients of the demonstration read what a server answers")
    func clients() throws {
        let database = try TestDatabase()
        defer { database.stop() }
        let port = try #require(database.server.port)
        let url = ServerURL(host: "127.0.0.1", port: port)
        let client = LedgerClient(url)
        #expect(try client.rows(GeneratorTables.ledger).isEmpty)
        var feed = try LedgerFeed(
            Demo.options(rows: 20_000, seed: 3), laneCount: 2, batchLineCount: 1_000)
        let push = LedgerPush(table: "ledger", laneCount: 2, url: url)
        let threads = push.start()
        while let batches = feed.next() {
            for (lane, batch) in batches { try push.enqueue(batch, lane: lane) }
        }
        try push.close(threads)
        let truth = try LedgerTruth(feed.generator)
        let tally = push.tally
        #expect(tally.total.accepted == truth.totals.accepted && tally.cutOff == 0)
        #expect(tally.total.duplicate == truth.totals.duplicates)
        #expect(tally.total.conflict == truth.totals.conflicts)
        #expect(
            tally.rejectedByCode == truth.totals.rejectedByCode.filter { $0.value > 0 })
        for query in truth.queries {
            #expect(
                try client.rows(query.sql, parameters: query.parameters) == query.rows,
                "\(query.title)")
        }
        let sample = try #require(truth.samples.first)
        #expect(
            try client.row("ledger", key: sample.lastEventID)?["order_id"]?.string
                == sample.orderID)
        #expect(try client.row("ledger", key: "none") == nil)
        #expect(
            try client.rows("ledger", by: "payment_key", sample.paymentKey).count == sample.rows)
        #expect(try client.lookUp("ledger", by: "order_id", ["none"]) == [[]])
        _ = try client.connection.json(.post, "/v1/tables/ledger:seal")
        #expect(try client.segments("ledger").rows == truth.totals.accepted)
    }

    @Test("A push that meets a refusal ends with the server's words")
    func refusedPush() throws {
        let database = try TestDatabase()
        defer { database.stop() }
        let url = ServerURL(host: "127.0.0.1", port: try #require(database.server.port))
        let push = LedgerPush(table: "nosuch", laneCount: 1, url: url)
        let threads = push.start()
        try push.enqueue(
            LineBatch(bytes: Array("{}\n".utf8), lineCount: 1, firstLine: 0), lane: 0)
        #expect {
            try push.close(threads)
        } throws: { error in
            (error as? CommandError)?.message.contains("nosuch") ?? false
        }
    }
}
