import Ingest
import Server
import Synchronization
import Testing

@Suite("Rows of state tables over HTTP")
struct StateRowTests {
    private static let create = """
        CREATE TABLE drafts (merchant VARCHAR NOT NULL, number BIGINT NOT NULL,
          revision BIGINT NOT NULL, status VARCHAR, amount BIGINT,
          PRIMARY KEY (merchant, number) VERSION BY revision)
        """
    private static let row = "/v1/tables/drafts/rows/m%2F1/7"

    private static func put(
        _ server: TestDatabase, _ body: String, _ headers: [(String, String)] = [],
        target: String = row
    ) throws -> HTTPClientResponse {
        try server.client.send(
            .put, target, headers: HTTPHeaders(headers), body: Array(body.utf8))
    }

    private static func counts(_ response: HTTPClientResponse) throws -> [String: Int64] {
        let json = try JSONValue(parsing: response.body)
        var counts: [String: Int64] = [:]
        for name in ["accepted", "duplicate", "stale", "updated", "deleted"] {
            if let count = json[name]?.integer, count > 0 { counts[name] = count }
        }
        return counts
    }

    @Test("Z1: a row is put, read with its tag, put again and deleted, also from segments")
    func life() throws {
        let server = try TestDatabase()
        defer { server.stop() }
        #expect(try server.sql(Self.create) == "[]\n")
        #expect(try server.get(Self.row).status == 404)
        let first = try Self.put(server, #"{"revision":1,"status":"OPEN"}"#)
        #expect(try Self.counts(first) == ["accepted": 1], "\(first.text)")
        let read = try server.get(Self.row)
        #expect(
            read.text
                == #"{"merchant":"m/1","number":7,"revision":1,"status":"OPEN","amount":null}"#)
        #expect(read.headers["ETag"] != nil)
        #expect(read.headers["ETag"] == first.headers["ETag"])
        #expect(try server.get(Self.row + "?columns=status").text == #"{"status":"OPEN"}"#)
        #expect(try server.post("/v1/tables/drafts:seal", "").status == 200)
        #expect(try server.get(Self.row).headers["ETag"] == read.headers["ETag"])
        let second = try Self.put(
            server, #"{ "number": 7, "revision": 2, "status": "DONE", "amount": 5 }"#)
        #expect(try Self.counts(second) == ["accepted": 1, "updated": 1], "\(second.text)")
        let late = try Self.put(server, #"{"revision":1,"status":"OPEN"}"#)
        #expect(try Self.counts(late) == ["stale": 1])
        #expect(late.headers["ETag"] == second.headers["ETag"])
        #expect(
            try server.sql("SELECT merchant, revision, status, amount FROM drafts")
                == #"["m/1",2,"DONE",5]"# + "\n\n")
        let removed = try server.client.send(.delete, Self.row)
        #expect(try Self.counts(removed) == ["accepted": 1, "deleted": 1])
        #expect(try server.get(Self.row).status == 404)
        #expect(try server.client.send(.delete, Self.row).status == 404)
        #expect(try Self.counts(Self.put(server, #"{"revision":2}"#)) == ["stale": 1])
        #expect(try server.sql("SELECT COUNT(*) FROM drafts") == "[0]\n\n")
    }

    @Test("Z5: of two webhooks that write over one tag, one wins and the other learns the new tag")
    func conditions() throws {
        let server = try TestDatabase()
        defer { server.stop() }
        #expect(try server.sql(Self.create) == "[]\n")
        let created = try Self.put(server, #"{"revision":1}"#, [("If-None-Match", "*")])
        #expect(created.status == 200)
        #expect(try Self.put(server, #"{"revision":2}"#, [("If-None-Match", "*")]).status == 412)
        let tag = try #require(created.headers["ETag"])
        let winner = try Self.put(server, #"{"revision":2,"amount":1}"#, [("If-Match", tag)])
        #expect(winner.status == 200)
        let loser = try Self.put(server, #"{"revision":2,"amount":2}"#, [("If-Match", tag)])
        #expect(loser.status == 412)
        #expect(loser.headers["ETag"] == winner.headers["ETag"])
        let problem = try JSONValue(parsing: loser.body)
        #expect(problem["code"]?.string == "precondition_failed")
        #expect(problem["applied"]?.boolean == false)
        #expect(problem["current_etag"]?.string.map { "\"\($0)\"" } == winner.headers["ETag"])
        let missing = "/v1/tables/drafts/rows/none/1"
        #expect(
            try Self.put(server, #"{"revision":1}"#, [("If-Match", "*")], target: missing).status
                == 412)
    }

    @Test("M6: writers that race on one tag write exactly once each round")
    func racing() throws {
        let server = try TestDatabase()
        defer { server.stop() }
        #expect(try server.sql(Self.create) == "[]\n")
        var tag = try #require(try Self.put(server, #"{"revision":0}"#).headers["ETag"])
        for round in 1...5 {
            let statuses = Mutex<[Int]>([])
            let condition = tag
            let port = server.server.port ?? 0
            let writers = (0..<4).map { writer in
                TestThread {
                    let client = HTTPClient(host: "127.0.0.1", port: port, timeoutSeconds: 30)
                    defer { client.close() }
                    let answer = try? client.send(
                        .put, Self.row, headers: HTTPHeaders([("If-Match", condition)]),
                        body: Array(#"{"revision":\#(round),"amount":\#(writer)}"#.utf8))
                    statuses.withLock { $0.append(answer?.status ?? 0) }
                }
            }
            for writer in writers { writer.join() }
            #expect(statuses.withLock { $0.sorted() } == [200, 412, 412, 412])
            tag = try #require(try server.get(Self.row).headers["ETag"])
        }
        #expect(try server.sql("SELECT COUNT(*), MAX(revision) FROM drafts") == "[1,5]\n\n")
    }

    @Test("What does not fit the key is refused with a reason")
    func refusals() throws {
        let server = try TestDatabase()
        defer { server.stop() }
        #expect(try server.sql(Self.create) == "[]\n")
        let table = "/v1/tables/drafts/rows/"
        for (target, body) in [
            (table + "m1", #"{"revision":1}"#), (table + "m1/x", #"{"revision":1}"#),
            (table + "m1/7", #"{"revision":1,"number":8}"#), (table + "m1/7", "[]"),
        ] {
            let answer = try Self.put(server, body, target: target)
            #expect(answer.status == 400, "\(target) \(body): \(answer.text)")
        }
        let missing = try Self.put(server, #"{"status":"OPEN"}"#)
        #expect(missing.status == 422, "\(missing.text)")
        #expect(try Self.put(server, #"{"revision":1}"#, [("If-Match", "x")]).status == 400)
        #expect(
            try server.get("/v1/tables/drafts").text.contains(
                #""primary_key":["merchant","number"],"version_by":"revision","mode":"replace""#))
    }
}
