import Foundation
import TestSupport
import Testing

@testable import Server

/// Sources in a whole server, against a broker in another process.
@Suite("Sources", .serialized)
struct SourceEndToEndTests {
    private static let table = """
        CREATE TABLE payments (id VARCHAR NOT NULL, at TIMESTAMP NOT NULL, currency VARCHAR,
          amount DECIMAL(18,2), UNIQUE (id)) TIMESTAMP (at) PARTITION BY DAY
        """

    private static func event(_ number: Int) -> String {
        #"{"id":"e\#(number)","at":\#(1_767_225_600_000 + number),"currency":"KRW","#
            + #""amount":\#(number).25}"#
    }

    /// Waits until a statement answers so, for a minute.
    private func expectSoon(_ answer: String, _ statement: String, _ database: TestDatabase) throws
    {
        var found = ""
        for _ in 0..<600 {
            found = try database.sql(statement).trimmingCharacters(in: .whitespacesAndNewlines)
            if found == answer { return }
            usleep(100_000)
        }
        #expect(found == answer)
    }

    @Test(
        "A Kafka source brings rows, is seen, paused, resumed, reset and dropped",
        .enabled(if: BrokerProcess.isAvailable))
    func kafka() throws {
        let broker = try BrokerProcess(topic: "payments", partitionCount: 2)
        defer { broker.stop() }
        let database = try TestDatabase()
        defer { database.stop() }
        _ = try database.sql(Self.table)
        try broker.send((0..<100).map { ($0 % 2, "", Self.event($0)) })
        try broker.flush()
        let create = """
            CREATE SOURCE feed INTO payments FROM KAFKA
            (brokers = '\(broker.address)', topic = 'payments', format = 'json')
            """
        _ = try database.sql(create)
        try expectSoon("[100]", "SELECT COUNT(*) FROM payments", database)
        try expectSoon(
            #"["feed","payments","kafka","running",2,100]"#,
            "SELECT source, datasource, kind, state, partitions, accepted FROM sys.sources",
            database
        )
        try expectSoon(
            "[0,50]\n[1,50]",
            "SELECT stream_partition, next_offset FROM sys.source_positions ORDER BY 1", database
        )
        #expect(try database.sql(create).contains("source_exists"))

        #expect(try database.post("/v1/sources/feed:pause", "").status == 200)
        try broker.send([(0, "", Self.event(100)), (1, "", "{broken"), (1, "", Self.event(7))])
        try broker.flush()
        #expect(try database.get("/v1/sources/feed").text.contains(#""state":"paused""#))
        #expect(try database.post("/v1/sources/feed:resume", "").status == 200)
        try expectSoon("[101]", "SELECT COUNT(*) FROM payments", database)
        try expectSoon(
            #"["invalid_json","{broken"]"#, "SELECT code, raw FROM sys.rejects", database
        )

        #expect(try database.post("/v1/sources/feed:reset?to=earliest", "").status == 200)
        try expectSoon("[102]", "SELECT duplicate FROM sys.sources", database)
        try expectSoon("[101]", "SELECT COUNT(*) FROM payments", database)
        #expect(try database.post("/v1/sources/feed:reset?to=noon", "").status == 400)
        #expect(try database.post("/v1/sources/food:pause", "").status == 404)
        #expect(try database.get("/metrics").text.contains("daybook_source_lag_rows"))

        _ = try database.sql("DROP SOURCE feed")
        #expect(try database.get("/v1/sources/feed").status == 404)
        _ = try database.sql(create.replacingOccurrences(of: "feed", with: "again"))
        _ = try database.sql("DROP TABLE payments")
        #expect(try database.get("/v1/sources").text.contains(#""sources":[]"#))
    }

    @Test(
        "reg_query_during_source_failure: a source that fails leaves the others and queries alone",
        .enabled(if: BrokerProcess.isAvailable))
    func failure() throws {
        let broker = try BrokerProcess(topic: "payments", partitionCount: 1)
        defer { broker.stop() }
        let database = try TestDatabase()
        defer { database.stop() }
        _ = try database.sql(Self.table)
        _ = try database.sql(
            """
            CREATE SOURCE bad INTO payments FROM KAFKA
            (brokers = '127.0.0.1:1', topic = 'payments')
            """)
        _ = try database.sql(
            """
            CREATE SOURCE poor INTO payments FROM KAFKA
            (brokers = '\(broker.address)', topic = 'payments', key = 'id')
            """)
        _ = try database.sql(
            """
            CREATE SOURCE good INTO payments FROM KAFKA
            (brokers = '\(broker.address)', topic = 'payments')
            """)
        // To the source that takes the key, too, every row has its id twice.
        try broker.send((0..<1_500).map { (0, "k", Self.event($0)) })
        try broker.flush()
        try expectSoon("[1500]", "SELECT COUNT(*) FROM payments", database)
        try expectSoon(
            #"["bad","failing","source_unavailable"]"# + "\n" + #"["good","running",null]"# + "\n"
                + #"["poor","paused","too_many_rejects"]"#,
            "SELECT source, state, error_code FROM sys.sources ORDER BY 1", database)
        let batch = try database.post("/v1/tables/payments/events", Self.event(9_000))
        #expect(batch.status == 200)
        try expectSoon("[1501]", "SELECT COUNT(*) FROM payments", database)
    }

    @Test("Files of a directory are read once, growing ones to their last line feed")
    func files() throws {
        let directory = try WorkDirectory(kept: nil, name: "files-test")
        defer { directory.remove() }
        try directory.write((0..<50).map { Self.event($0) + "\n" }.joined(), to: "a.ndjson")
        try directory.write("not a row\n", to: "b.ndjson")
        try directory.write(Self.event(99), to: "c.txt")
        let database = try TestDatabase { $0.filesDirectory = directory.path }
        defer { database.stop() }
        _ = try database.sql(Self.table)
        for folder in ["..", "/etc", "a/../..", "nothing"] {
            let answer = try database.sql(
                "CREATE SOURCE bad INTO payments FROM FILES (directory = '\(folder)')")
            #expect(answer.contains("invalid_option"), "\(answer)")
        }
        _ = try database.sql(
            "CREATE SOURCE files INTO payments FROM FILES (directory = '', pattern = '*.ndjson')")
        try expectSoon("[50]", "SELECT COUNT(*) FROM payments", database)
        try expectSoon("[1]", "SELECT COUNT(*) FROM sys.rejects", database)
        // The last line has no end yet.
        let more = (50..<60).map { Self.event($0) + "\n" }.joined() + Self.event(60)
        let handle = try #require(FileHandle(forWritingAtPath: directory.path + "/a.ndjson"))
        try handle.seekToEnd()
        try handle.write(contentsOf: Data(more.utf8))
        try expectSoon("[60]", "SELECT COUNT(*) FROM payments", database)
        try handle.write(contentsOf: Data("\n".utf8))
        try expectSoon("[61]", "SELECT COUNT(*) FROM payments", database)
        try handle.close()
        _ = try database.sql("PAUSE SOURCE files")
        try directory.write("something else\n", to: "b.ndjson")
        _ = try database.sql("RESUME SOURCE files")
        try expectSoon(
            #"["paused","file_changed"]"#, "SELECT state, error_code FROM sys.sources", database
        )
    }

    @Test("A statement names secrets, and can neither hold one nor read the server's files")
    func secrets() throws {
        let directory = try WorkDirectory(kept: nil, name: "secrets-test")
        defer { directory.remove() }
        try directory.write("hunter2\n", to: "password")
        let store = SourceSecrets(
            directory: directory.path, variable: { $0 == "DAYBOOK_SECRET_A" ? "s3cret" : nil })
        #expect(try store.secret("env:DAYBOOK_SECRET_A", option: "o") == "s3cret")
        #expect(try store.secret("file:password", option: "o") == "hunter2")
        for reference in [
            "hunter2", "env:HOME", "env:DAYBOOK_SECRET_B", "file:../password", "file:/etc/passwd",
            "file:.", "file:missing", "env:", "file:",
        ] {
            #expect(throws: (any Error).self) { try store.secret(reference, option: "o") }
        }
        let none = SourceSecrets(directory: nil, variable: { _ in nil })
        #expect(throws: (any Error).self) { try none.path("ca.pem", option: "o") }
    }
}
