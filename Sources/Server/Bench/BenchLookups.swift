import Ingest

/// The look-ups of the bench: one client to see how long one takes, many to see how many fit.
struct BenchLookups {
    /// One measured kind of look-up.
    struct Case {
        let name: String
        let requests: [HTTPLoad.Request]
        /// Ids that one request asks for.
        let idCount: Int
    }

    private let url: ServerURL
    private let table: String

    /// Ids of a request for many.
    static let manyCount = 100
    /// Requests for many ids that take turns.
    private static let manyRequestCount = 64
    /// What a page about a payment shows: the columns that the peers are asked for, too.
    private static let pageColumns =
        "event_id,event_time,order_id,payment_key,event_type,status,amount,merchant_id"

    init(_ url: ServerURL, table: String) {
        self.url = url
        self.table = table
    }

    /// The kinds, over rows whose ids are known.
    func cases(_ rows: [LookupSample]) -> [Case] {
        let base = "/v1/tables/\(table)/rows"
        let page = "columns=" + Self.pageColumns
        func byID(_ suffix: String) -> [HTTPLoad.Request] {
            rows.map { request("GET", "\(base)/\($0.event)\(suffix)", expected: $0.event) }
        }
        func by(_ column: String, _ value: (LookupSample) -> String) -> [HTTPLoad.Request] {
            rows.map {
                request(
                    "GET", "\(base)?by=\(column)&value=\(value($0))&\(page)", expected: $0.event)
            }
        }
        return [
            Case(name: "by event id, 8 columns", requests: byID("?" + page), idCount: 1),
            Case(name: "by event id, whole row", requests: byID(""), idCount: 1),
            Case(name: "by order id, 8 columns", requests: by("order_id", \.order), idCount: 1),
            Case(
                name: "by payment key, 8 columns", requests: by("payment_key", \.payment),
                idCount: 1),
            Case(name: "100 event ids, 8 columns", requests: many(rows), idCount: Self.manyCount),
        ]
    }

    private func many(_ rows: [LookupSample]) -> [HTTPLoad.Request] {
        let count = min(Self.manyRequestCount, max(1, rows.count / Self.manyCount))
        return (0..<count).map { number in
            let ids = (0..<Self.manyCount).map {
                rows[(number * Self.manyCount + $0) % rows.count].event
            }
            var json = JSONWriter()
            json.beginObject()
            json.key("by")
            json.value("event_id")
            json.key("columns")
            json.beginArray()
            for name in Self.pageColumns.split(separator: ",") { json.value(String(name)) }
            json.endArray()
            json.key("values")
            json.beginArray()
            for id in ids { json.value(id) }
            json.endArray()
            json.endObject()
            return request(
                "POST", "/v1/tables/\(table)/rows:lookup", json.bytes,
                expected: "\"rows\":[{\"event_id\":\"\(ids[Self.manyCount - 1])\"")
        }
    }

    private func request(
        _ method: String, _ target: String, _ body: [UInt8] = [], expected: String
    ) -> HTTPLoad.Request {
        var head = "\(method) \(target) HTTP/1.1\r\nHost: \(url.host):\(url.port)\r\n"
        if !body.isEmpty { head += "Content-Length: \(body.count)\r\n" }
        return HTTPLoad.Request(
            bytes: Array((head + "\r\n").utf8) + body, expected: Array(expected.utf8))
    }

    /// Runs one kind; the first round warms what it touches and is not counted.
    func measure(
        _ lookups: Case, clientCount: Int, seconds: Double
    ) throws(CommandError) -> HTTPLoad.Outcome {
        let load = HTTPLoad(host: url.host, port: url.port, requests: lookups.requests)
        _ = try load.run(clientCount: clientCount, seconds: seconds / 2)
        Socket.pause(seconds: Self.farewellSeconds)
        let outcome = try load.run(clientCount: clientCount, seconds: seconds)
        Socket.pause(seconds: Self.farewellSeconds)
        return outcome
    }

    /// Until the server has noticed that connections were closed, they count against its limits.
    private static let farewellSeconds = 0.5
}

/// The ids of a row that look-ups ask for.
struct LookupSample {
    let event: String
    let order: String
    let payment: String
}
