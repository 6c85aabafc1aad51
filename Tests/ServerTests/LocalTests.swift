import Ingest
import Query
import Segments
import Testing

@testable import Server

@Suite("SQL over files")
struct LocalTests {
    private static func directory() throws -> WorkDirectory {
        let directory = try WorkDirectory(kept: nil, name: "local-test")
        try directory.write(
            """
            id,at,amount,note
            1,2026-01-01T10:00:00Z,10.50,"a, b"
            2,2026-01-02T10:00:00Z,2.25,
            3,2026-01-03T10:00:00Z,1,"two
            lines"

            """, to: "payments.csv")
        try directory.write(
            "{\"id\":2,\"why\":{\"code\":\"late\"}}\n{\"id\":3,\"why\":{\"code\":\"lost\"}}\n",
            to: "refunds.ndjson")
        return directory
    }

    @Test("Files are tables of their names, with types, and join")
    func queries() throws {
        let directory = try Self.directory()
        defer { directory.remove() }
        let files = ["payments.csv", "refunds.ndjson"].map { directory.path + "/" + $0 }
        let database = try LocalDatabase(files, coreCount: 2)
        func rows(_ sql: String) throws -> [[Value]] { try database.answer(sql).rows }
        #expect(
            try rows("SELECT COUNT(*), SUM(amount), MAX(__time), COUNT(note) FROM payments") == [
                [
                    .bigint(3), .decimal(Decimal(unscaled: 1375, scale: 2)),
                    .timestamp(1_767_434_400_000_000), .bigint(2),
                ]
            ])
        #expect(
            try rows(
                "SELECT p.note, r.why.code FROM payments p JOIN refunds r ON r.id = p.id ORDER BY p.id"
            ) == [[.null, .varchar("late")], [.varchar("two\nlines"), .varchar("lost")]])
        #expect(try rows("EXPLAIN SELECT 1 FROM refunds").count >= 1)
        #expect(throws: QueryError.self) { try rows("DROP TABLE payments") }
        #expect(throws: QueryError.self) { try rows("SELECT * FROM nobody") }
    }

    @Test("The commands end with the promised codes")
    func commands() throws {
        let directory = try Self.directory()
        defer { directory.remove() }
        let path = directory.path
        func run(_ words: String...) -> Int32 { Program.run(words) }
        #expect(run("local", path + "/payments.csv", "-c", "SELECT * FROM payments") == 0)
        #expect(run("local", path + "/payments.csv", "-c", "SELECT nobody FROM payments") == 1)
        #expect(run("local", path + "/none.csv", "-c", "SELECT 1") == 70)
        #expect(run("local", "-c", "SELECT 1") == 2)
        #expect(run("table", "infer", path + "/payments.csv", "--name", "p") == 0)
        try directory.write("a,b\n1\n", to: "bad.csv")
        #expect(run("local", path + "/bad.csv", "-c", "SELECT 1") == 1)
    }

    @Test("The table that is inferred takes the file, by ingest and by COPY")
    func ingested() throws {
        let directory = try Self.directory()
        defer { directory.remove() }
        let test = try TestDatabase()
        defer { test.stop() }
        let port = try #require(test.server.port)
        let url = ["--url", "http://127.0.0.1:\(port)"]
        let path = directory.path + "/payments.csv"
        for name in ["one", "two"] {
            let schema = try LocalFile(path).schema(named: name)
            #expect(try test.sql(SchemaPrinter.createTable(schema)) == "[]\n")
        }
        #expect(Program.run(["ingest", "one", path, "--batch", "2"] + url) == 0)
        #expect(Program.run(["sql", "-c", "COPY two FROM '\(path)'"] + url) == 0)
        let query = "SELECT COUNT(*), SUM(amount), MAX(note) FROM "
        #expect(try test.sql(query + "one") == "[3,13.75,\"two\\nlines\"]\n\n")
        #expect(try test.sql(query + "two") == (try test.sql(query + "one")))
        #expect(try test.sql("COPY two FROM 'x'").contains("unsupported_sql"))
        try directory.write("id,at,amount\n9,2026-01-01T00:00:00Z,x\n", to: "bad.csv")
        let bad = "COPY two FROM '\(directory.path)/bad.csv' WITH (on_error = 'quarantine')"
        #expect(Program.run(["sql", "-c", bad] + url) == 4)
        #expect(try test.sql("SELECT code, line FROM sys.rejects") == "[\"type_mismatch\",2]\n\n")
    }

    @Test("CSV is cut between records, each batch with the header, lines as in the file")
    func batches() {
        let text = "a,b\n1,\"x\ny\"\n2,z\n3,\"open\n"
        var batcher = CSVBatcher(
            Array(text.utf8), separator: UInt8(ascii: ","), rowLimit: 1, byteLimit: 100)
        var batches: [String] = []
        var firstLines: [Int] = []
        while let batch = batcher.next() {
            batches.append(String(decoding: batch.bytes, as: UTF8.self))
            firstLines.append(batch.firstLine)
        }
        #expect(batches == ["a,b\n1,\"x\ny\"\n", "a,b\n2,z\n", "a,b\n3,\"open\n"])
        // A record's line in its batch is 2.
        #expect(firstLines == [0, 2, 3])
    }
}
