import Segments
import Server
import TestSupport
import Testing

@Suite("Endpoints")
struct EndpointTests {
    private static let create = """
        CREATE ENDPOINT by_method (method VARCHAR, "from" DATE DEFAULT DATE '2026-01-01') AS
        SELECT COUNT(*) AS n, SUM(amount) AS total FROM payments
        WHERE method = :method AND event_time >= :from
        """

    private static func filled(_ disk: SimulatedFileSystem = SimulatedFileSystem()) throws
        -> TestDatabase
    {
        let test = try TestDatabase(disk)
        _ = try test.sql(DatabaseEndToEndTests.createTable)
        let lines = (0..<10).map { DatabaseEndToEndTests.event($0) }.joined(separator: "\n")
        _ = try test.post("/v1/tables/payments/events", lines)
        return test
    }

    @Test("An endpoint answers rows, says what it takes, and is there after a kill")
    func life() throws {
        let first = try Self.filled()
        #expect(try first.sql("SHOW ENDPOINTS") == "\n\n")
        #expect(try first.sql(Self.create) == "[]\n")
        #expect(try first.sql("SHOW ENDPOINTS").contains("by_method"))
        #expect(try first.sql(Self.create).contains("table_exists"))
        let answer = try first.get("/v1/endpoints/by_method?method=CARD")
        #expect(answer.text == "[{\"n\":5,\"total\":20}]\n")
        #expect(
            try first.get("/v1/endpoints/by_method?method=CARD&from=2027-01-01").text
                == "[{\"n\":0,\"total\":null}]\n")
        let csv = try first.client.send(
            .get, "/v1/endpoints/by_method?method=CARD",
            headers: HTTPHeaders([("Accept", "text/csv")]))
        #expect(csv.text.hasPrefix("n,total\n5,20\n"))
        let list = try first.get("/v1/endpoints").text
        #expect(
            list.contains(
                "\"name\":\"from\",\"type\":\"DATE\",\"required\":false,\"default\":\"2026-01-01\"")
        )
        first.stop()

        let second = try TestDatabase(first.fileSystem.afterKill())
        defer { second.stop() }
        #expect(try second.get("/v1/endpoints/by_method?method=CARD").text == answer.text)
        #expect(
            try second.sql("SHOW ENDPOINTS").contains("CREATE ENDPOINT by_method (method VARCHAR"))
        let other = Self.create.replacing("CREATE", with: "CREATE OR REPLACE")
            .replacing("COUNT(*) AS n", with: "COUNT(*) + 1 AS n")
        #expect(try second.sql(other) == "[]\n")
        #expect(try second.get("/v1/endpoints/by_method?method=CARD").text.contains("\"n\":6"))
        #expect(try second.sql("DROP ENDPOINT by_method") == "[]\n")
        #expect(try second.get("/v1/endpoints/by_method").status == 404)
        #expect(try second.sql("DROP ENDPOINT IF EXISTS by_method") == "[]\n")
    }

    @Test("The tag stays while the rows do, through seals and merges, and changes with them")
    func tags() throws {
        let test = try Self.filled()
        defer { test.stop() }
        _ = try test.sql(Self.create)
        let target = "/v1/endpoints/by_method?method=CARD"
        let tag = try #require(try test.get(target).headers["ETag"])
        func ask(_ tag: String) throws -> Int {
            try test.client.send(
                .get, target, headers: HTTPHeaders([("If-None-Match", tag)])
            ).status
        }
        #expect(try ask(tag) == 304)
        #expect(try ask("\"x\", W/" + tag) == 304)
        #expect(try ask("\"x\"") == 200)
        _ = try test.sql("CREATE TABLE other (a BIGINT)")
        _ = try test.sql("INSERT INTO other VALUES (1)")
        _ = try test.post("/v1/tables/payments:seal", "")
        #expect(try ask(tag) == 304)
        #expect(try test.get(target + "&from=2026-02-02").headers["ETag"] != tag)
        _ = try test.post("/v1/tables/payments/events", DatabaseEndToEndTests.event(50))
        #expect(try ask(tag) == 200)
        _ = try test.sql(
            "CREATE ENDPOINT late AS SELECT COUNT(*) AS n FROM payments WHERE event_time < CURRENT_TIMESTAMP"
        )
        #expect(try test.get("/v1/endpoints/late").headers["ETag"] == nil)
        #expect(try test.get("/v1/endpoints/late").headers["Cache-Control"] == "no-store")
    }

    @Test("Parameters that are missing, unknown or of another type are refused by name")
    func refusals() throws {
        let test = try Self.filled()
        defer { test.stop() }
        _ = try test.sql(Self.create)
        for (query, code, part) in [
            ("", "missing_parameter", "'method', a VARCHAR, must be given"),
            ("?method=CARD&form=2026-01-01", "unknown_parameter", "did you mean 'from'?"),
            ("?method=CARD&from=tomorrow", "invalid_parameter", "'from' is a DATE, not 'tomorrow'"),
            ("?method=A&method=B", "repeated_parameter", "more than once"),
        ] {
            let answer = try test.get("/v1/endpoints/by_method" + query)
            #expect(answer.status == 400)
            #expect(answer.text.contains(code) && answer.text.contains(part), "\(answer.text)")
        }
        let answer = try test.get("/v1/endpoints/by_methd?method=CARD")
        #expect(answer.status == 404 && answer.text.contains("did you mean 'by_method'?"))
        #expect(try test.client.send(.post, "/v1/endpoints/by_method").status == 405)
    }

    @Test("A definition that could not work is refused at its place")
    func definitions() throws {
        let test = try Self.filled()
        defer { test.stop() }
        for (sql, part) in [
            ("CREATE ENDPOINT e AS SELECT :x AS x", "parameter :x is not declared"),
            ("CREATE ENDPOINT e (x BIGINT) AS SELECT 1 AS x", "is not used"),
            ("CREATE ENDPOINT e (x BIGINT) AS SELECT ? AS x", "parameters have names"),
            ("CREATE ENDPOINT e (x JSON) AS SELECT :x AS x", "a parameter is no JSON"),
            ("CREATE ENDPOINT e (x BIGINT, x DATE) AS SELECT :x AS x", "declared twice"),
            ("CREATE ENDPOINT e (x BIGINT DEFAULT 'a') AS SELECT :x AS x", "type_mismatch"),
            ("CREATE ENDPOINT e AS SELECT nobody FROM payments", "unknown_column"),
            ("DROP ENDPOINT e", "there is no endpoint"),
        ] {
            let answer = try test.sql(sql)
            #expect(answer.contains(part), "\(answer)")
        }
    }
}
