import Ingest
import Segments
import Server
import Synchronization
import TestSupport
import Testing

/// A whole server on a simulated disk, spoken to over a real socket.
final class TestDatabase {
    let fileSystem: SimulatedFileSystem
    let database: Database
    let server: HTTPServer
    let client: HTTPClient

    init(
        _ fileSystem: SimulatedFileSystem = SimulatedFileSystem(), dashboards: [Dashboard] = [],
        configure: (inout Configuration) -> Void = { _ in }
    ) throws {
        self.fileSystem = fileSystem
        var configuration = Configuration()
        configuration.sealAgeSeconds = 3_600
        configuration.compactionIntervalSeconds = 3_600
        configure(&configuration)
        let clock = SystemClock()
        database = try Database(
            configuration: configuration, fileSystem: fileSystem, clock: clock,
            log: Log(minimumLevel: .error, clock: clock), coreCount: 2
        ) { _ in }
        var door = HTTPServerConfiguration()
        door.workerCount = 4
        server = HTTPServer(
            configuration: door,
            handler: APIHandler(database: database, dashboards: dashboards), observer: nil)
        try server.start()
        client = HTTPClient(host: "127.0.0.1", port: server.port ?? 0, timeoutSeconds: 30)
    }

    func stop() {
        client.close()
        server.stop(drainSeconds: 5)
        database.close()
    }

    func get(_ target: String) throws -> HTTPClientResponse { try client.send(.get, target) }

    func post(
        _ target: String, _ body: String, type: String = "application/json"
    ) throws -> HTTPClientResponse {
        try client.send(
            .post, target, headers: HTTPHeaders([("Content-Type", type)]), body: Array(body.utf8))
    }

    /// The rows of a statement, one JSON array a line.
    func sql(_ statement: String) throws -> String {
        var json = JSONWriter()
        json.beginObject()
        json.key("query")
        json.value(statement)
        json.key("resultFormat")
        json.value("arrayLines")
        json.endObject()
        return try post("/v1/sql", String(decoding: json.bytes, as: UTF8.self)).text
    }
}

@Suite("The whole path over HTTP")
struct DatabaseEndToEndTests {
    static let createTable = """
        CREATE TABLE payments (event_id VARCHAR NOT NULL, event_time TIMESTAMP NOT NULL,
          order_id VARCHAR, method VARCHAR, amount BIGINT, fee DECIMAL(18,2), attrs JSON,
          coupon_ids VARCHAR ARRAY, UNIQUE (event_id))
        TIMESTAMP (event_time) PARTITION BY DAY LOOKUP (order_id)
        """

    static func event(_ number: Int, amount: Int? = nil) -> String {
        let time = 1_790_000_000_000 + number * 1_000
        return """
            {"event_id":"e\(number)","event_time":\(time),"order_id":"o\(number / 3)",\
            "method":"\(number % 2 == 0 ? "CARD" : "POINT")","amount":\(amount ?? number),\
            "fee":\(number).25,"attrs":{"a":[\(number)]},"coupon_ids":["c1"]}
            """
    }

    private static func events(_ numbers: Range<Int>) -> String {
        numbers.map { event($0) }.joined(separator: "\n") + "\n"
    }

    @Test("Events are acknowledged, visible at once, counted once, and still there after a kill")
    func wholePath() throws {
        let first = try TestDatabase()
        #expect(try first.sql(Self.createTable) == "[]\n")
        let target = "/v1/tables/payments/events"
        let answer = try JSONValue(
            parsing: first.post(target, Self.events(0..<100)).body)
        #expect(answer["accepted"]?.integer == 100)
        let total = "SELECT COUNT(*), SUM(amount), SUM(fee), COUNT(DISTINCT event_id) FROM payments"
        #expect(try first.sql(total) == "[100,4950,4975.00,100]\n\n")

        let again = try JSONValue(parsing: first.post(target, Self.events(50..<150)).body)
        #expect(again["accepted"]?.integer == 50)
        #expect(again["duplicate"]?.integer == 50)
        #expect(try first.sql(total) == "[150,11175,11212.50,150]\n\n")
        first.stop()

        let second = try TestDatabase(first.fileSystem.afterKill())
        defer { second.stop() }
        #expect(try second.sql(total) == "[150,11175,11212.50,150]\n\n")
        let sealed = try second.post("/v1/tables/payments:seal", "")
        #expect(sealed.status == 200, "\(sealed.text)")
        #expect(try second.sql(total) == "[150,11175,11212.50,150]\n\n")
        let third = try JSONValue(parsing: second.post(target, Self.events(100..<160)).body)
        #expect(third["accepted"]?.integer == 10)
        #expect(third["duplicate"]?.integer == 50, "ids in segments count, too")
    }

    @Test("A conflicting copy and bad rows become dead letters; the good rows are taken")
    func deadLetters() throws {
        let test = try TestDatabase()
        defer { test.stop() }
        _ = try test.sql(Self.createTable)
        _ = try test.post("/v1/tables/payments/events", Self.event(1))
        let body = [
            Self.event(2), Self.event(1, amount: 999), "{broken",
            "{\"event_id\":\"x\",\"event_time\":1,\"amount\":\"ten\"}",
            "{\"event_id\":\"y\",\"event_time\":1,\"amuont\":1}", Self.event(3),
        ].joined(separator: "\n")
        let refused = try test.post("/v1/tables/payments/events", body)
        #expect(refused.status == 422)
        #expect(try test.sql("SELECT COUNT(*) FROM payments") == "[1]\n\n")

        let taken = try JSONValue(
            parsing: test.post(
                "/v1/tables/payments/events?on_error=quarantine", body
            ).body)
        #expect(taken["accepted"]?.integer == 2)
        #expect(taken["conflict"]?.integer == 1)
        #expect(taken["rejected"]?.integer == 3)
        #expect(
            try test.sql("SELECT code, COUNT(*) FROM sys.rejects GROUP BY code ORDER BY code")
                == "[\"conflict\",1]\n[\"invalid_json\",1]\n[\"type_mismatch\",1]\n"
                + "[\"unknown_field\",1]\n\n")
        let rejects = try JSONValue(parsing: test.get("/v1/tables/payments/rejects").body)
        #expect(rejects["rejects"]?.elements?.count == 4)
        #expect(
            rejects["rejects"]?.elements?.contains { $0["raw"]?.string == "{broken" } == true)
    }

    @Test("Look-ups find live and sealed rows by key, by declared id, many at once")
    func lookUps() throws {
        let test = try TestDatabase()
        defer { test.stop() }
        _ = try test.sql(Self.createTable)
        _ = try test.post("/v1/tables/payments/events", Self.events(0..<30))
        _ = try test.post("/v1/tables/payments:seal", "")
        _ = try test.post("/v1/tables/payments/events", Self.events(30..<60))
        for number in [0, 29, 30, 59] {
            let row = try JSONValue(parsing: test.get("/v1/tables/payments/rows/e\(number)").body)
            #expect(row["amount"]?.integer == Int64(number))
            #expect(row["attrs"]?["a"]?.elements == [.number(Text("\(number)"))])
        }
        #expect(try test.get("/v1/tables/payments/rows/none").status == 404)
        let page = try JSONValue(
            parsing: test.get("/v1/tables/payments/rows?by=order_id&value=o10&limit=2").body)
        #expect(page["rows"]?.elements?.count == 2)
        #expect(page["next_cursor"]?.string == "2")
        let many = try JSONValue(
            parsing: test.post(
                "/v1/tables/payments/rows:lookup",
                "{\"by\":\"order_id\",\"values\":[\"o1\",\"o19\",\"o99\"]}"
            ).body)
        let counts = many["results"]?.elements?.map { $0["rows"]?.elements?.count }
        #expect(counts == [3, 3, 0])
        let wrong = try test.get("/v1/tables/payments/rows?by=method&value=CARD")
        #expect(wrong.status == 400)
        #expect(wrong.text.contains("event_id, order_id"), "\(wrong.text)")
    }

    @Test("Compaction over HTTP merges fragments and changes no total")
    func compaction() throws {
        let test = try TestDatabase()
        defer { test.stop() }
        _ = try test.sql(Self.createTable)
        for part in 0..<6 {
            _ = try test.post(
                "/v1/tables/payments/events", Self.events(part * 10..<part * 10 + 10))
            _ = try test.post("/v1/tables/payments:seal", "")
        }
        let before = try JSONValue(parsing: test.get("/v1/tables/payments/segments").body)
        #expect(before["segments"]?.elements?.count == 6)
        let total = "SELECT COUNT(*), SUM(amount), SUM(fee) FROM payments"
        let totals = try test.sql(total)
        let report = try JSONValue(parsing: test.post("/v1/tables/payments:compact", "").body)
        #expect(report["merges"]?.elements?.count == 1)
        let after = try JSONValue(parsing: test.get("/v1/tables/payments/segments").body)
        #expect(after["segments"]?.elements?.count == 1)
        #expect(try test.sql(total) == totals)
        let id = try #require(after["segments"]?.elements?.first?["id"]?.integer)
        let sheet = try JSONValue(parsing: test.get("/v1/tables/payments/segments/\(id)").body)
        let columns = try #require(sheet["columns"]?.elements)
        #expect(columns.first?["column"]?.string == "event_id")
        #expect(columns.first?["indexes"]?.elements?.compactMap(\.string) == ["keys"])
        let parts = [
            "value_bytes", "dictionary_bytes", "key_index_bytes", "code_index_bytes", "path_bytes",
        ]
        let sum = columns.reduce(sheet["frame_bytes"]?.integer ?? 0) { sum, column in
            parts.reduce(sum) { $0 + (column[$1]?.integer ?? 0) }
        }
        #expect(sum == sheet["bytes"]?.integer, "every byte belongs to something")
        let status = try JSONValue(parsing: test.get("/v1/compaction").body)
        #expect(status["merges"]?.integer == 1)
    }

    @Test("A dashboard answers every panel at one version; a failing panel does not fail the page")
    func dashboards() throws {
        let definition = """
            {"id":"sales","title":"Sales","parameters":[{"name":"method","type":"VARCHAR",
             "default":"CARD"}],"panels":[
             {"id":"n","title":"N","visual":"number",
              "sql":"SELECT COUNT(*) AS n FROM payments WHERE method = :method"},
             {"id":"bad","title":"Bad","visual":"table","sql":"SELECT nothing FROM payments"}]}
            """
        let test = try TestDatabase(dashboards: [Dashboard(json: Array(definition.utf8))])
        defer { test.stop() }
        _ = try test.sql(Self.createTable)
        _ = try test.post("/v1/tables/payments/events", Self.events(0..<9))
        let data = try JSONValue(parsing: test.get("/v1/dashboards/sales/data").body)
        let panels = try #require(data["panels"]?.elements)
        #expect(panels[0]["rows"] == .array([.array([.number("5")])]))
        #expect(panels[1]["error"]?["code"]?.string == "unknown_column")
        let other = try JSONValue(
            parsing: test.get("/v1/dashboards/sales/data?method=POINT").body)
        #expect(other["panels"]?.elements?.first?["rows"] == .array([.array([.number("4")])]))
        #expect(try test.get("/v1/dashboards/sales/data?x=1").status == 400)
        #expect(try test.get("/v1/dashboards/salse").text.contains("did you mean 'sales'?"))
    }

    @Test("A statement comes as JSON, text or form, and its SET wins over the context")
    func statements() throws {
        let test = try TestDatabase()
        defer { test.stop() }
        let form = "SELECT+1%2B1+AS+a"
        #expect(
            try test.post("/v1/sql", form, type: "application/x-www-form-urlencoded").text
                == "[{\"a\":2}]\n")
        #expect(
            try test.post("/v1/sql", "SELECT 1.50 AS d;", type: "text/plain").text
                == "[{\"d\":1.50}]\n")
        #expect(
            try test.post(
                "/v1/sql", "SET decimalAsString = TRUE; SELECT 1.50 AS d", type: "text/plain"
            )
            .text == "[{\"d\":\"1.50\"}]\n")
        let wrong = try test.post("/v1/sql", "SET timeout = 'x'; SELECT 1", type: "text/plain")
        #expect(wrong.status == 400)
        let problem = try JSONValue(parsing: wrong.body)
        #expect(problem["position"]?["column"]?.integer == 5, "\(wrong.text)")
        #expect(try test.post("/v1/sql", "SELECT 1", type: "text/html").status == 415)
    }

    @Test("A statement asked again and again sees every row, every schema and every table")
    func repeatedStatement() throws {
        let server = try TestDatabase()
        defer { server.stop() }
        let sql = "SELECT COUNT(*), SUM(amount) FROM payments WHERE order_id = 'o1'"
        let all = "SELECT * FROM payments"
        for round in 0..<2 {
            _ = try server.sql(Self.createTable)
            for number in 3..<6 {
                #expect(
                    try server.post("/v1/tables/payments/events", Self.event(number)).status < 300)
                let sum = (3...number).reduce(0, +)
                for _ in 0..<3 {
                    #expect(try server.sql(sql) == "[\(number - 2),\(sum)]\n\n", "\(round)")
                }
            }
            #expect(try server.sql(all).split(separator: "\n").count == 3)
            _ = try server.sql("DROP TABLE payments")
            for _ in 0..<2 { #expect(try server.sql(sql).contains("unknown_table")) }
            _ = try server.sql("CREATE TABLE payments (a BIGINT)")
            for _ in 0..<3 { #expect(try server.sql(all) == "\n\n") }
            #expect(try server.sql(sql).contains("unknown_column"))
            _ = try server.sql("DROP TABLE payments")
        }
    }

    @Test("A large answer is streamed whole and says so at its end")
    func streamed() throws {
        let test = try TestDatabase()
        defer { test.stop() }
        _ = try test.sql(Self.createTable)
        for part in 0..<3 {
            _ = try test.post(
                "/v1/tables/payments/events", Self.events(part * 5_000..<(part + 1) * 5_000))
        }
        let answer = try test.post(
            "/v1/sql",
            "{\"query\":\"SELECT amount FROM payments ORDER BY 1\",\"resultFormat\":\"csv\"}")
        #expect(answer.text == (0..<15_000).map { "\($0)\n" }.joined() + "\n")
        #expect(answer.trailers["X-Daybook-Complete"] == "true")
    }

    static let refusals:
        [(method: HTTPMethod, target: String, body: String, status: Int, code: String)] =
            [
                (.get, "/v1/nothing", "", 404, "unknown_path"),
                (.put, "/v1/sql", "", 405, "method_not_allowed"),
                (.get, "/v1/tables/none", "", 404, "unknown_table"),
                (.post, "/v1/tables/none/events", "{}", 404, "unknown_table"),
                (
                    .post, "/v1/tables/payments/events?on_error=maybe", "{}", 400,
                    "invalid_parameter"
                ),
                (.post, "/v1/tables/payments/events", "[{]", 400, "invalid_json"),
                (.get, "/v1/tables/payments/rows", "", 400, "missing_parameter"),
                (.get, "/v1/tables/payments/rows?by=x&value=1", "", 400, "unknown_column"),
                (.get, "/v1/tables/payments/rows?bye=x", "", 400, "unknown_parameter"),
                (.post, "/v1/tables/payments/rows:lookup", "{", 400, "invalid_json"),
                (.post, "/v1/tables/payments/rows:lookup", "{}", 400, "missing_field"),
                (.post, "/v1/sql", "", 400, "empty_query"),
                (.post, "/v1/sql", "{", 400, "malformed_request"),
                (.post, "/v1/sql", "{\"query\":\"SELECT\"}", 400, "sql_syntax"),
                (.post, "/v1/sql", "{\"query\":\"SELECT 1/0\"}", 422, "division_by_zero"),
                (
                    .post, "/v1/sql", "{\"query\":\"SELECT a FROM payments\"}", 400,
                    "unknown_column"
                ),
                (.post, "/v1/sql", "{\"query\":\"SELECT 1 FROM none\"}", 404, "unknown_table"),
                (.delete, "/v1/queries/none", "", 404, "unknown_query"),
                (.get, "/v1/dashboards/none", "", 404, "unknown_dashboard"),
                (.get, "/v1/tables/payments/segments/9999", "", 404, "unknown_segment"),
            ]

    @Test("Malformed requests get their documented problem, and the server goes on")
    func problems() throws {
        let test = try TestDatabase()
        defer { test.stop() }
        _ = try test.sql(Self.createTable)
        for (method, target, body, status, code) in Self.refusals {
            let answer = try test.client.send(
                method, target, headers: HTTPHeaders([("Content-Type", "application/json")]),
                body: Array(body.utf8))
            #expect(answer.status == status, "\(method) \(target) \(body): \(answer.text)")
            let problem = try JSONValue(parsing: answer.body)
            #expect(problem["code"]?.string == code, "\(method) \(target) \(body)")
            #expect(problem["detail"]?.string?.isEmpty == false)
        }
        #expect(try test.get("/livez").text == "ok\n")
        #expect(try test.get("/readyz").status == 200)
        #expect(try test.get("/metrics").text.contains("daybook_table_rows{table=\"payments\"} 0"))
    }
}
