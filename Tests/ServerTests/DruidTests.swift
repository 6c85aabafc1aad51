import Ingest
import Segments
import Server
import Synchronization
import Testing

/// What a thread got for a query that another one ended.
private final class EndedQuery: Sendable {
    let answer = Mutex<(status: Int, text: String)?>(nil)
}

@Suite("Druid's paths")
struct DruidTests {
    private static let path = "/druid/v2/sql"

    private static func server() throws -> TestDatabase {
        let test = try TestDatabase()
        _ = try test.sql(
            "CREATE TABLE foo (t TIMESTAMP NOT NULL, dim1 VARCHAR, dim3 VARCHAR ARRAY, cnt BIGINT, "
                + "m1 DOUBLE, u JSON, price DECIMAL(10, 2)) TIMESTAMP (t) PARTITION BY DAY")
        _ = try test.post(
            "/v1/tables/foo/events",
            """
            {"t":"2000-01-01","dim1":"","dim3":["a","b"],"cnt":1,"m1":1.0,"u":"AQAAAEAAAA==","price":1.50}
            {"t":"2000-01-02T03:04:05.678901Z","dim1":"C:\\\\","cnt":2,"m1":1e10,"u":{"a":1}}
            """)
        return test
    }

    /// The answer to a body made of these members.
    private static func ask(
        _ test: TestDatabase, _ sql: String, _ members: String = ""
    ) throws -> HTTPClientResponse {
        var query = JSONWriter()
        query.value(sql)
        let text = String(decoding: query.bytes, as: UTF8.self)
        return try test.post(path, "{\"query\":\(text)\(members)}")
    }

    private static let row =
        #""2000-01-01T00:00:00.000Z","","[\"a\",\"b\"]",1,1.0,"\"AQAAAEAAAA==\"""#
    private static let object =
        #"{"__time":"2000-01-01T00:00:00.000Z","dim1":"","dim3":"[\"a\",\"b\"]","cnt":1,"m1":1.0,"#
        + #""u":"\"AQAAAEAAAA==\""}"#

    @Test("Each format has Druid's bytes, with one media type for all")
    func formats() throws {
        let test = try Self.server()
        defer { test.stop() }
        let sql = "SELECT __time, dim1, dim3, cnt, m1, u FROM foo ORDER BY __time LIMIT 1"
        let expected = [
            "object": "[\(Self.object)]\n", "array": "[[\(Self.row)]]\n",
            "objectLines": "\(Self.object)\n\n", "ARRAYLINES": "[\(Self.row)]\n\n",
            "csv": "2000-01-01T00:00:00.000Z,,\"[\"\"a\"\",\"\"b\"\"]\",1,1.0,"
                + "\"\"\"AQAAAEAAAA==\"\"\"\n\n",
        ]
        for (format, bytes) in expected {
            let answer = try Self.ask(test, sql, ",\"resultFormat\":\"\(format)\"")
            #expect(answer.text == bytes)
            #expect(answer.headers["Content-Type"] == "application/json")
            #expect(answer.trailers["X-Druid-Response-Complete"] == "true")
        }
        let none = "SELECT dim1 FROM foo WHERE 1 = 0"
        for (format, bytes) in [
            ("object", "[]\n"), ("array", "[]\n"), ("objectLines", "\n\n"), ("arrayLines", "\n\n"),
            ("csv", "\n"),
        ] {
            #expect(try Self.ask(test, none, ",\"resultFormat\":\"\(format)\"").text == bytes)
        }
    }

    @Test("Header rows name columns, run-time types and SQL types")
    func headers() throws {
        let test = try Self.server()
        defer { test.stop() }
        let sql = "SELECT dim1 AS \"user\" FROM foo WHERE 1 = 0"
        let types = ",\"header\":true,\"typesHeader\":true"
        let all = types + ",\"sqlTypesHeader\":true"
        for (format, members, bytes) in [
            ("object", ",\"header\":true", "[{\"user\":null}]\n"),
            ("object", types, "[{\"user\":{\"type\":\"STRING\"}}]\n"),
            (
                "objectLines", all,
                "{\"user\":{\"type\":\"STRING\",\"sqlType\":\"VARCHAR\"}}\n\n"
            ),
            ("array", all, "[[\"user\"],[\"STRING\"],[\"VARCHAR\"]]\n"),
            ("arrayLines", types, "[\"user\"]\n[\"STRING\"]\n\n"),
            ("csv", all, "user\nSTRING\nVARCHAR\n\n"),
        ] {
            let answer = try Self.ask(test, sql, members + ",\"resultFormat\":\"\(format)\"")
            #expect(answer.text == bytes)
            #expect(answer.headers["X-Druid-SQL-Header-Included"] == "yes")
        }
        let refused = try Self.ask(test, sql, ",\"typesHeader\":true")
        #expect(refused.status == 400)
        #expect(refused.text == "{\"error\":\"Cannot include 'typesHeader' without 'header'\"}")
    }

    @Test("An answer names the query, and its values are those clients can read")
    func values() throws {
        let test = try Self.server()
        defer { test.stop() }
        let answer = try Self.ask(
            test,
            "SELECT __time, dim1, m1, u, price, CAST(__time AS DATE) AS settled FROM foo "
                + "ORDER BY __time DESC",
            ",\"resultFormat\":\"array\",\"context\":{\"sqlQueryId\":\"mine\"}")
        #expect(
            answer.text == #"[["2000-01-02T03:04:05.678Z","C:\u005c",1.0E10,"{\"a\":1}",null,"#
                + #""2000-01-02T00:00:00.000Z"],["2000-01-01T00:00:00.000Z","",1.0,"#
                + #""\"AQAAAEAAAA==\"",1.50,"2000-01-01T00:00:00.000Z"]]"# + "\n")
        #expect(answer.headers["X-Druid-SQL-Query-Id"] == "mine")
        #expect(answer.headers["X-Druid-Query-Id"] == "mine")
        #expect(answer.headers["X-Druid-Response-Context"] == "{}")
        #expect(answer.headers["X-Druid-SQL-Header-Included"] == nil)
        #expect(answer.headers["Trailer"] == "X-Druid-Response-Complete")
        let drawn = try Self.ask(test, "SELECT 1").headers["X-Druid-SQL-Query-Id"]
        #expect(drawn?.split(separator: "-").map(\.count) == [8, 4, 4, 4, 12])
        let text = "{\"decimalAsString\":true,\"sqlStringifyArrays\":false}"
        #expect(
            try Self.ask(test, "SELECT dim3, price FROM foo WHERE cnt = 1", ",\"context\":\(text)")
                .text
                == "[{\"dim3\":[\"a\",\"b\"],\"price\":\"1.50\"}]\n")
    }

    @Test("Statements come as JSON, text or form, with or without a slash at the end")
    func bodies() throws {
        let test = try Self.server()
        defer { test.stop() }
        for (type, body) in [
            ("application/json; charset=utf-8", "{\"queryType\":\"sql\",\"query\":\"SELECT 1+1\"}"),
            ("text/plain", " SELECT 1 + 1; \n"),
            ("application/x-www-form-urlencoded", "SELECT+1%2B1"),
            ("text/plain", "SET a = 1; SELECT 1 + 1 -- two"),
        ] {
            let answer = try test.post("/druid/v2/sql/", body, type: type)
            #expect(answer.text == "[{\"EXPR$0\":2}]\n", "\(type)")
        }
        let bare = try test.client.send(.post, Self.path, headers: HTTPHeaders(), body: [0x31])
        #expect(bare.status == 400)
        #expect(bare.text == "{\"error\":\"Missing Content-Type header\"}")
        let other = try test.post(Self.path, "SELECT 1", type: "text/html")
        #expect(other.status == 415)
        #expect(
            other.text
                == "{\"error\":\"Unsupported Content-Type: text/html. Only application/json, "
                + "text/plain or application/x-www-form-urlencoded is supported.\"}")
        let empty = try test.post(Self.path, "")
        #expect(empty.status == 400)
        #expect(empty.text == "{\"error\":\"Empty query\"}")
        let malformed = try test.post(Self.path, "{")
        #expect(malformed.status == 400)
        #expect(malformed.text.hasPrefix("{\"error\":\"Malformed SQL query wrapped in JSON: "))
    }

    @Test("The context limits rows, sets the time, and is overruled by SET")
    func context() throws {
        let test = try Self.server()
        defer { test.stop() }
        let sql = "SELECT cnt FROM foo ORDER BY cnt DESC"
        #expect(
            try Self.ask(test, sql, ",\"context\":{\"sqlOuterLimit\":1,\"unknown\":[1]}").text
                == "[{\"cnt\":2}]\n")
        #expect(
            try Self.ask(
                test, "SET sqlOuterLimit = 2; " + sql, ",\"context\":{\"sqlOuterLimit\":1}"
            ).text == "[{\"cnt\":2},{\"cnt\":1}]\n")
        #expect(
            try Self.ask(
                test, "SELECT CURRENT_TIMESTAMP AS t",
                ",\"context\":{\"sqlCurrentTimestamp\":\"2000-01-01T00:00:00Z\"}"
            ).text == "[{\"t\":\"2000-01-01T00:00:00.000Z\"}]\n")
        let wrong = try Self.ask(test, "SELECT 1", ",\"context\":{\"timeout\":\"soon\"}")
        #expect(wrong.status == 400)
        #expect(
            wrong.text
                == "{\"error\":\"Query context parse failed\",\"errorCode\":\"invalidInput\","
                + "\"persona\":\"USER\",\"category\":\"INVALID_INPUT\",\"errorMessage\":"
                + "\"the context's 'timeout' has no such value\",\"context\":{}}")
    }

    @Test("Texts convert as in Druid on its paths, and as in the standard elsewhere")
    func dialect() throws {
        let test = try Self.server()
        defer { test.stop() }
        let array = ",\"resultFormat\":\"array\""
        for (expression, value) in [
            ("CAST('x' AS BIGINT)", "null"), ("CAST('10.9' AS BIGINT)", "10"),
            ("SUM(dim1)", "null"), ("COUNT(*) FILTER (WHERE dim1 = 1)", "0"),
            ("COUNT(*) FILTER (WHERE CAST(cnt AS VARCHAR) IN (2, 3))", "1"),
            ("COUNT(*) FILTER (WHERE cnt = 'x')", "0"),
        ] {
            let sql = "SELECT \(expression) FROM foo"
            let answer = try Self.ask(test, sql, array)
            #expect(answer.text.hasPrefix("[[\(value)]"), "\(expression): \(answer.text)")
            #expect(try test.post("/v1/sql", sql, type: "text/plain").status >= 400, "\(sql)")
        }
        let part = "SELECT SUBSTRING('a', 2) AS s"
        #expect(try Self.ask(test, part).text == "[{\"s\":null}]\n")
        #expect(try test.sql(part) == "[\"\"]\n\n")
    }

    @Test("A refusal has the older word, the newer members and the place")
    func refusals() throws {
        let test = try Self.server()
        defer { test.stop() }
        let answer = try Self.ask(test, "SELECT dim4 FROM foo")
        #expect(answer.status == 400)
        #expect(answer.headers["Content-Type"] == "application/json")
        #expect(answer.headers["X-Druid-SQL-Query-Id"] != nil)
        #expect(
            answer.text == #"{"error":"Plan validation failed","errorCode":"invalidInput","#
                + #""persona":"USER","category":"INVALID_INPUT","errorMessage":"#
                + #""there is no column \"dim4\" in foo (line [1], column [8]); did you mean dim1?","#
                + #""context":{"sourceType":"sql","line":"1","column":"8","endLine":"1","#
                + #""endColumn":"11"}}"#)
        for (sql, status, word, category) in [
            ("SELECT", 400, "SQL parse failed", "INVALID_INPUT"),
            ("SELECT 1 FROM nothing", 400, "Plan validation failed", "INVALID_INPUT"),
            ("SELECT 1 + ?", 400, "Plan validation failed", "INVALID_INPUT"),
            ("WITH RECURSIVE r AS (SELECT 1) SELECT 1 FROM r", 501, "Unsupported operation", "UNSUPPORTED"),
            ("SELECT 1 / (cnt - cnt) FROM foo", 500, "Unknown exception", "RUNTIME_FAILURE"),
            ("CREATE TABLE foo (a BIGINT)", 409, "Plan validation failed", "CONFLICT"),
        ] {
            let answer = try Self.ask(test, sql)
            #expect(answer.status == status, "\(sql): \(answer.text)")
            let error = try JSONValue(parsing: answer.body)
            #expect(error["error"]?.string == word, "\(sql)")
            #expect(error["category"]?.string == category, "\(sql)")
        }
    }

    @Test("A query that is ended answers in the older form; ending needs an id that runs")
    func cancel() throws {
        let test = try Self.server()
        defer { test.stop() }
        #expect(try test.client.send(.delete, Self.path + "/none").status == 404)
        let values = (0..<200).map { "(\($0))" }.joined(separator: ",")
        let sql =
            "SELECT COUNT(*) FROM (VALUES \(values)) a (x), (VALUES \(values)) b (x), "
            + "(VALUES \(values)) c (x), (VALUES \(values)) d (x) WHERE a.x + b.x > c.x * d.x"
        let port = test.server.port ?? 0
        let ended = EndedQuery()
        let thread = TestThread {
            let client = HTTPClient(host: "127.0.0.1", port: port, timeoutSeconds: 30)
            defer { client.close() }
            let answer = try? client.send(
                .post, Self.path, headers: HTTPHeaders([("Content-Type", "application/json")]),
                body: Array("{\"query\":\"\(sql)\",\"context\":{\"queryId\":\"long\"}}".utf8))
            ended.answer.withLock { $0 = answer.map { ($0.status, $0.text) } }
        }
        let isFound = eventually {
            (try? test.client.send(.delete, Self.path + "/long").status) == 202
        }
        thread.join()
        #expect(isFound)
        let (status, text) = try #require(ended.answer.withLock { $0 })
        #expect(status == 500)
        let host = "127.0.0.1:\(port)"
        let name = "org.apache.druid.query.QueryInterruptedException"
        #expect(
            text.hasPrefix(
                "{\"error\":\"Query cancelled\",\"errorClass\":\"\(name)\",\"host\":\"\(host)\","
                    + "\"errorCode\":\"legacyQueryException\",\"persona\":\"OPERATOR\","
                    + "\"category\":\"CANCELED\",\"errorMessage\":\""))
        #expect(
            text.hasSuffix(
                "\"context\":{\"host\":\"\(host)\",\"errorClass\":\"\(name)\","
                    + "\"legacyErrorCode\":\"Query cancelled\"}}"))
    }

    @Test("What clients ask besides SQL is answered")
    func others() throws {
        let test = try Self.server()
        defer { test.stop() }
        _ = try test.post("/v1/tables/foo:seal", "")
        for (target, bytes) in [
            ("/status/health", "true"), ("/status/selfDiscovered", "{\"selfDiscovered\":true}"),
            ("/druid/v2/sql/engines", "{\"engines\":[{\"name\":\"native\"}]}"),
            ("/druid/v2/sql/queries?selfOnly", "{\"queries\":[]}"),
            ("/druid/v2/datasources", "[\"foo\"]"),
            (
                "/druid/v2/datasources/foo",
                "{\"dimensions\":[\"dim1\",\"dim3\",\"u\"],\"metrics\":[\"cnt\",\"m1\",\"price\"]}"
            ),
            ("/druid/coordinator/v1/datasources", "[\"foo\"]"),
            ("/druid/coordinator/v1/metadata/datasources", "[\"foo\"]"),
            ("/druid/coordinator/v1/loadstatus", "{\"foo\":100.0}"),
            (
                "/druid/coordinator/v1/datasources/foo/intervals",
                "[\"2000-01-02T00:00:00.000Z/2000-01-03T00:00:00.000Z\","
                    + "\"2000-01-01T00:00:00.000Z/2000-01-02T00:00:00.000Z\"]"
            ),
            ("/druid/broker/v1/loadstatus", "{\"inventoryInitialized\":true}"),
        ] {
            let answer = try test.get(target)
            #expect(answer.status == 200)
            #expect(answer.text == bytes, "\(target)")
            #expect(answer.headers["Content-Type"] == "application/json")
        }
        let status = try JSONValue(parsing: test.get("/status").body)
        #expect(status["version"]?.string != nil)
        #expect(status["modules"]?.elements == [])
        #expect((status["memory"]?["maxMemory"]?.integer ?? 0) > 0)
        let settings = try JSONValue(parsing: test.get("/status/properties").body)
        #expect(settings["query.timeout"]?.string == "30s")
        #expect(try test.get("/druid/v2/other").status == 404)
        #expect(try test.get("/druid/v2/sql").status == 405)
    }
}
