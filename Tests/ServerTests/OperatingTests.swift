import Compaction
import Ingest
import Query
import Synchronization
import TestSupport
import Testing

@testable import Segments
@testable import Server

/// What an operator meets: safe mode, stops, logs, counters, refusals.
@Suite("Operating a server")
struct OperatingTests {
    @Test(
        "A parameter that a path does not take, or twice, is refused with the nearest one",
        arguments: [
            (HTTPMethod.post, "/v1/tables/payments/events?onerror=quarantine", "on_error"),
            (.post, "/v1/tables/payments/events?on_error=abort&on_error=abort", nil),
            (.get, "/v1/tables/payments/rejects?limt=1", "limit"), (.post, "/v1/sql?query=x", nil),
            (.get, "/v1/tables?x", nil), (.get, "/v1/tables/payments/rows/e1?by=order_id", nil),
            (.get, "/v1/tables/payments/rows?by=order_id&value=1&lmit=2", "limit"),
            (.post, "/v1/tables/payments/rows:lookup?limit=1", nil),
            (.post, "/v1/tables/payments:compact?force=1", nil), (.get, "/livez?x=1", nil),
        ] as [(HTTPMethod, String, String?)])
    func parameters(method: HTTPMethod, target: String, nearest: String?) throws {
        let test = try TestDatabase()
        defer { test.stop() }
        _ = try test.sql(DatabaseEndToEndTests.createTable)
        let answer = try test.client.send(
            method, target, headers: HTTPHeaders([("Content-Type", "application/json")]), body: [])
        #expect(answer.status == 400, "\(answer.text)")
        let problem = try JSONValue(parsing: answer.body)
        #expect(problem["code"]?.string?.hasSuffix("_parameter") == true, "\(answer.text)")
        if let nearest { #expect(problem["hint"]?.string == "did you mean '\(nearest)'?") }
    }

    @Test("After three starts that came to nothing the server answers and changes nothing")
    func safeMode() throws {
        let first = try TestDatabase()
        _ = try first.sql(DatabaseEndToEndTests.createTable)
        _ = try first.post("/v1/tables/payments/events", DatabaseEndToEndTests.event(1))
        first.stop()
        let disk = first.fileSystem.afterKill()
        disk.setContents(of: StartCount.path, StartCount.encoded(3))
        let safe = try TestDatabase(disk)
        #expect(try safe.sql("SELECT COUNT(*) FROM payments") == "[1]\n\n")
        #expect(try safe.get("/v1/tables/payments/rows/e1").status == 200)
        #expect(try safe.get("/readyz").text == "safe mode, read-only\n")
        #expect(try safe.get("/metrics").text.contains("daybook_safe_mode 1.0\n"))
        for (target, body) in [
            ("/v1/tables/payments/events", DatabaseEndToEndTests.event(2)),
            ("/v1/tables/payments:seal", ""), ("/v1/tables/payments:compact", ""),
            ("/v1/sql", "{\"query\":\"DROP TABLE payments\"}"),
        ] {
            let refused = try safe.post(target, body)
            #expect(refused.status == 503, "\(target)")
            #expect(refused.text.contains("\"code\":\"safe_mode\""), "\(refused.text)")
        }
        safe.stop()
        let next = try TestDatabase(disk)
        defer { next.stop() }
        #expect(next.database.safeModeReason == nil, "a stop in good order leaves safe mode")
        #expect(
            try next.post("/v1/tables/payments/events", DatabaseEndToEndTests.event(2)).status
                == 200)
    }

    @Test("A stop seals live rows, so that the next start has nothing to replay")
    func sealingStop() throws {
        let test = try TestDatabase()
        _ = try test.sql(DatabaseEndToEndTests.createTable)
        _ = try test.post("/v1/tables/payments/events", DatabaseEndToEndTests.event(1))
        test.client.close()
        test.server.stop(drainSeconds: 5)
        test.database.close(sealSeconds: 10)
        let next = try TestDatabase(test.fileSystem.afterKill())
        defer { next.stop() }
        let table = try #require(next.database.catalog.snapshot.table(named: "payments"))
        #expect(table.live.isEmpty)
        #expect(table.segments.count == 1)
        #expect(try next.sql("SELECT COUNT(*) FROM payments") == "[1]\n\n")
    }

    @Test("Damage that was worked around is a warning; a forced merge has its line")
    func logLines() throws {
        let lines = Mutex<[String]>([])
        let clock = SystemClock()
        let log = Log(minimumLevel: .info, clock: clock) { bytes in
            lines.withLock { $0.append(String(decoding: bytes, as: UTF8.self)) }
        }
        Database.write(.fellBack(from: "manifest/M-2", problem: "x", to: 1), to: log)
        Database.write(.purged(count: 1), to: log)
        #expect(lines.withLock { $0[0].contains(" warning catalog ") })
        #expect(lines.withLock { $0[1].contains(" info catalog ") })
        let database = try Database(
            configuration: Configuration(), fileSystem: SimulatedFileSystem(), clock: clock,
            log: log, coreCount: 1
        ) { _ in }
        defer { database.close() }
        let sql =
            [DatabaseEndToEndTests.createTable]
            + (1...2).map {
                "INSERT INTO payments (event_id, event_time) VALUES ('e\($0)', "
                    + "TIMESTAMP '2026-01-01 00:00:0\($0)')"
            }
        for statement in sql {
            _ = try database.run(SQLRequest(sql: statement), cancellation: Cancellation())
            try database.ingestion.sealer.sealNow()
        }
        let table = try #require(database.catalog.snapshot.table(named: "payments"))
        #expect(table.segments.count == 2)
        #expect(database.compact(table: table.schema.id).merges.count == 1)
        #expect(lines.withLock { $0.contains { $0.contains(" info compacted ") } })
    }

    @Test("A held directory is refused by the system, not called damaged")
    func heldLock() throws {
        let test = try TestDatabase()
        defer { test.stop() }
        do throws(ServerError) {
            _ = try Database(
                configuration: Configuration(), fileSystem: test.fileSystem, clock: SystemClock(),
                log: Log(minimumLevel: .error, clock: SystemClock()), coreCount: 1
            ) { _ in }
            Issue.record("two processes on one directory")
        } catch {
            guard case .refused = error else {
                Issue.record("\(error)")
                return
            }
        }
    }

    @Test("A query is listed under the name that its own SET gives it")
    func queryID() throws {
        let test = try TestDatabase()
        defer { test.stop() }
        let answer = try test.sql("SET sqlQueryId = 'mine'; SELECT query_id FROM sys.queries")
        #expect(answer == "[\"mine\"]\n\n")
    }

    @Test("A panel takes a slot like every query, and says so when none is free")
    func panelSlot() throws {
        let definition = """
            {"id":"d","title":"D","panels":[{"id":"n","title":"N","visual":"number",
              "sql":"SELECT 1 AS n"}]}
            """
        let test = try TestDatabase(dashboards: [Dashboard(json: Array(definition.utf8))]) {
            $0.querySlots = 1
        }
        defer { test.stop() }
        let running = test.database.running
        _ = try running.run(
            id: "held", sql: "", startedMicroseconds: 0, cancellation: Cancellation()
        ) {
            let data = try JSONValue(parsing: test.get("/v1/dashboards/d/data").body)
            #expect(data["panels"]?.elements?.first?["error"]?["code"]?.string == "overloaded")
        }
        let data = try JSONValue(parsing: test.get("/v1/dashboards/d/data").body)
        #expect(data["panels"]?.elements?.first?["rows"] == .array([.array([.number("1")])]))
    }

    @Test("The door takes the listed origins, and room for the largest body")
    func door() throws {
        let configuration = try Configuration(
            file: nil, environment: [:],
            flags: [
                ("server.allowed_origins", "https://grafana.example, http://a:3000"),
                ("ingest.max_body", "1GiB"),
            ])
        let door = try ServeCommand.doorConfiguration(configuration)
        #expect(door.allowedOrigins == ["https://grafana.example", "http://a:3000"])
        #expect(door.bodyBudget >= door.bodyLimit)
        #expect(try ServeCommand.doorConfiguration(Configuration()).bodyBudget == 128 << 20)
    }

    @Test("What only grows is a counter; releasing garbage says whether it was held")
    func counters() throws {
        let test = try TestDatabase()
        defer { test.stop() }
        let text = try test.get("/metrics").text
        for name in ["passes", "merges", "failures"] {
            #expect(text.contains("# TYPE daybook_compaction_\(name)_total counter\n"))
        }
        #expect(text.contains("# TYPE daybook_live_bytes gauge\n"))
        let released = try JSONValue(parsing: test.post("/v1/garbage:release", "").body)
        #expect(released["was_held"]?.boolean == false)
    }
}
