import Server
import Synchronization
import Testing

/// Bytes no honest client sends, and what the door says to each.
@Suite("Malformed requests")
struct HTTPMalformedRequestTests {
    /// What must come: a status, or a close without an answer, or either.
    enum Expected: Sendable {
        case status(Int)
        case closed
        case anyRefusal
    }

    private static func get(_ line: String, _ fields: String = "Host: localhost") -> String {
        "\(line)\r\n\(fields)\r\n\r\n"
    }

    static let table: [(String, Expected)] = [
        // The request line.
        (get("GET"), .anyRefusal),
        (get("GET /"), .anyRefusal),
        (get("GET / HTTP/1.0"), .status(505)),
        (get("GET / HTTP/1.2"), .anyRefusal),
        (get("GET / HTTP/2.0"), .anyRefusal),
        (get("GET / HTTP/0.9"), .anyRefusal),
        (get("GET / http/1.1"), .anyRefusal),
        (get("GET / HTTP/1.1 x"), .anyRefusal),
        (get("GET /a b HTTP/1.1"), .anyRefusal),
        (get("get / HTTP/1.1"), .status(501)),
        (get("BREW / HTTP/1.1"), .status(501)),
        (get("TRACE / HTTP/1.1"), .status(501)),
        (get("CONNECT localhost:1 HTTP/1.1"), .status(501)),
        (get("G\u{1}T / HTTP/1.1"), .status(501)),
        (get("GET * HTTP/1.1"), .status(400)),
        (get("GET a HTTP/1.1"), .status(400)),
        (get("GET http://localhost/ HTTP/1.1"), .status(400)),
        (get("GET \(String(repeating: "/a", count: 4097)) HTTP/1.1"), .status(414)),
        (get("GET /\(String(repeating: "a", count: 200_000)) HTTP/1.1"), .anyRefusal),
        ("\u{16}\u{3}\u{1}\u{2}\u{0}\u{1}hello\r\n\r\n", .anyRefusal),
        // The target.
        (get("GET // HTTP/1.1"), .status(400)),
        (get("GET /a//b HTTP/1.1"), .status(400)),
        (get("GET /../etc/passwd HTTP/1.1"), .status(400)),
        (get("GET /a/%2e%2E/b HTTP/1.1"), .status(400)),
        (get("GET /users;. HTTP/1.1"), .status(400)),
        (get("GET /a%3bb HTTP/1.1"), .status(400)),
        (get("GET /a\\b HTTP/1.1"), .status(400)),
        (get("GET /a%00 HTTP/1.1"), .status(400)),
        (get("GET /a%0aX HTTP/1.1"), .status(400)),
        (get("GET /a%zz HTTP/1.1"), .status(400)),
        (get("GET /%ff HTTP/1.1"), .status(400)),
        (get("GET /?a=%00 HTTP/1.1"), .status(400)),
        (get("GET /#f HTTP/1.1"), .status(400)),
        // Host and Origin.
        (get("GET / HTTP/1.1", "X: y"), .status(400)),
        (get("GET / HTTP/1.1", "Host: localhost\r\nHost: localhost"), .status(400)),
        (get("GET / HTTP/1.1", "Host:"), .status(400)),
        (get("GET / HTTP/1.1", "Host: local host"), .status(400)),
        (get("GET / HTTP/1.1", "Host: localhost:http"), .status(400)),
        (get("GET / HTTP/1.1", "Host: user@localhost"), .status(400)),
        (get("GET / HTTP/1.1", "Host: evil.example"), .status(421)),
        (get("GET / HTTP/1.1", "Host: localhost.evil.example"), .status(421)),
        (get("GET / HTTP/1.1", "Host: localhost\r\nOrigin: http://evil.example"), .status(403)),
        (get("GET / HTTP/1.1", "Host: localhost\r\nOrigin: null"), .status(403)),
        // Fields.
        (get("GET / HTTP/1.1", "Host: localhost\r\nNo colon"), .status(400)),
        (get("GET / HTTP/1.1", "Host: localhost\r\n: empty"), .status(400)),
        (get("GET / HTTP/1.1", "Host: localhost\r\nX : y"), .status(400)),
        (get("GET / HTTP/1.1", "Host: localhost\r\nX\t: y"), .status(400)),
        (get("GET / HTTP/1.1", "Host: localhost\r\nX(y): z"), .status(400)),
        (get("GET / HTTP/1.1", "Host: localhost\r\nX: a\u{1}b"), .status(400)),
        (get("GET / HTTP/1.1", "Host: localhost\r\nX: a\rb"), .status(400)),
        (get("GET / HTTP/1.1", "Host: localhost\r\nExpect: something"), .status(417)),
        (
            get("GET / HTTP/1.1", "Host: localhost" + String(repeating: "\r\nX: y", count: 100)),
            .status(431)
        ),
        (
            get("GET / HTTP/1.1", "Host: localhost\r\nX: " + String(repeating: "y", count: 40_000)),
            .status(431)
        ),
        (
            get(
                "GET / HTTP/1.1", "Host: localhost\r\nX: " + String(repeating: "y", count: 400_000)),
            .anyRefusal
        ),
        // What the library would let pass.
        ("GET / HTTP/1.1\nHost: localhost\r\n\r\n", .status(400)),
        ("GET / HTTP/1.1\r\nHost: localhost\n\r\n", .status(400)),
        ("GET / HTTP/1.1\r\nHost: localhost\r\nX:y\nZ: a\r\n\r\n", .status(400)),
        ("GET / HTTP/1.1\r\nHost: localhost\n\n", .status(400)),
        ("GET / HTTP/1.1\r\nHost: localhost\r\nX: y\r\n folded\r\n\r\n", .status(400)),
        ("GET / HTTP/1.1\r\nHost: localhost\r\n: \r\nContent-Length: 3\r\n\r\nabc", .status(400)),
        ("GET / HTTP/1.1\r\nHost: localhost\r\nX: a\u{0}b\r\n\r\n", .status(400)),
        ("GET /\u{0}a HTTP/1.1\r\nHost: localhost\r\n\r\n", .status(400)),
        ("GET  / HTTP/1.1\r\nHost: localhost\r\n\r\n", .status(400)),
        ("GET /  HTTP/1.1\r\nHost: localhost\r\n\r\n", .status(400)),
        // Framing.
        (post("Content-Length: 3\r\nTransfer-Encoding: chunked", "0\r\n\r\n"), .status(400)),
        (post("Transfer-Encoding: chunked\r\nContent-Length: 3", "0\r\n\r\n"), .status(400)),
        (post("Content-Length: 3\r\nContent-Length: 3", "abc"), .status(400)),
        (post("Content-Length: 3\r\nContent-Length: 4", "abc"), .status(400)),
        (post("Content-Length: 3, 3", "abc"), .status(400)),
        (post("Content-Length: -1", ""), .status(400)),
        (post("Content-Length: +3", "abc"), .status(400)),
        (post("Content-Length: 0x3", "abc"), .status(400)),
        (post("Content-Length: 3 3", "abc"), .status(400)),
        (post("Content-Length:", ""), .status(400)),
        (post("Content-Length: 99999999999999999999", ""), .anyRefusal),
        (post("Content-Length: 9223372036854775807", ""), .status(413)),
        (post("Transfer-Encoding: gzip", "abc"), .status(501)),
        (post("Transfer-Encoding: gzip, chunked", "0\r\n\r\n"), .status(501)),
        (post("Transfer-Encoding: identity", "abc"), .status(501)),
        (post("Transfer-Encoding: xchunked", "0\r\n\r\n"), .status(501)),
        (
            post("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked", "0\r\n\r\n"),
            .status(501)
        ),
        // Chunks.
        (post("Transfer-Encoding: chunked", "x\r\nabc\r\n0\r\n\r\n"), .anyRefusal),
        (post("Transfer-Encoding: chunked", "-1\r\nabc\r\n0\r\n\r\n"), .anyRefusal),
        (post("Transfer-Encoding: chunked", "+3\r\nabc\r\n0\r\n\r\n"), .anyRefusal),
        (post("Transfer-Encoding: chunked", "0x3\r\nabc\r\n0\r\n\r\n"), .anyRefusal),
        (post("Transfer-Encoding: chunked", "\r\nabc\r\n0\r\n\r\n"), .anyRefusal),
        (post("Transfer-Encoding: chunked", "3\r\nabcd\r\n0\r\n\r\n"), .anyRefusal),
        (post("Transfer-Encoding: chunked", "fffffffffffffffff\r\nabc"), .anyRefusal),
    ]

    private static func post(_ fields: String, _ body: String) -> String {
        "POST /p HTTP/1.1\r\nHost: localhost\r\n\(fields)\r\n\r\n\(body)"
    }

    @Test("Each is refused, none reaches a handler, and the server answers the next client")
    func refused() throws {
        let served = Mutex<[String]>([])
        let handler = ClosureHandler(onRespond: { request, cancellation in
            served.withLock { $0.append(request.head.rawTarget) }
            return echo(request, cancellation)
        })
        try withServer(handler) { _, port in
            let client = HTTPClient(port: port, timeoutSeconds: 10)
            // All at once: some are noticed only when the watch finds that no more will come.
            let sockets = HTTPMalformedRequestTests.table.map { request, _ in
                let socket = RawSocket(port: port)
                socket.send(request)
                socket.finishSending()
                return socket
            }
            for (socket, (request, expected)) in zip(sockets, HTTPMalformedRequestTests.table) {
                check(socket.receiveAll(), expected, request.prefix(120).debugDescription)
                let next = try client.send(.get, "/alive")
                #expect(next.status == 200)
            }
        }
        let targets = Set(served.withLock { $0 })
        #expect(targets == ["/alive"])
    }

    private func check(_ answer: String, _ expected: Expected, _ what: String) {
        switch expected {
        case .status(let status):
            #expect(answer.hasPrefix("HTTP/1.1 \(status) "), "\(what) got \(answer.prefix(60))")
        case .closed:
            #expect(answer.isEmpty, "\(what)")
        case .anyRefusal:
            let isRefusal =
                answer.isEmpty || answer.hasPrefix("HTTP/1.1 4") || answer.hasPrefix("HTTP/1.1 5")
                || answer.hasPrefix("HTTP/1.0 4") || answer.hasPrefix("HTTP/1.0 5")
            #expect(isRefusal, "\(what) got \(answer.prefix(60))")
        }
        // 0.9.75 writes the head of its own refusal of a bad Content-Length twice, and closes.
        #expect(!answer.contains("HTTP/1.1 2"), "\(what): \(answer)")
    }

    @Test("A request cut after any byte harms nobody and is not answered as whole")
    func everyCut() throws {
        let served = Atomic<Int>(0)
        let handler = ClosureHandler(onRespond: { request, cancellation in
            if request.head.method == .post { served.add(1, ordering: .relaxed) }
            return echo(request, cancellation)
        })
        let fixed = "POST /x HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\nhello"
        let chunked =
            "POST /x HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
            + "5\r\nhello\r\n0\r\n\r\n"
        try withServer(handler) { server, port in
            for request in [fixed, chunked] {
                let bytes = Array(request.utf8)
                let sockets = (0..<bytes.count).map { count in
                    let socket = RawSocket(port: port)
                    socket.send(Array(bytes.prefix(count)))
                    socket.finishSending()
                    return socket
                }
                for (count, socket) in sockets.enumerated() {
                    #expect(!socket.receiveAll().hasPrefix("HTTP/1.1 2"), "cut after \(count)")
                }
            }
            let client = HTTPClient(port: port, timeoutSeconds: 10)
            let answer = try client.send(.post, "/x", body: [65])
            #expect(answer.status == 200)
            #expect(eventually { server.activeRequestCount == 0 })
        }
        #expect(served.load(ordering: .relaxed) == 1)
    }

    @Test("Same origin, listed origins and listed hosts pass")
    func allowed() throws {
        try withServer(configure: {
            $0.allowedHosts = ["db.example"]
            $0.allowedOrigins = ["https://grafana.example"]
        }) { _, port in
            let client = HTTPClient(port: port, timeoutSeconds: 10)
            let cases: [[(String, String)]] = [
                [("Host", "LOCALHOST:\(port)")], [("Host", "[::1]:\(port)")],
                [("Host", "db.example")], [("Host", "db.example:8420")],
                [("Host", "localhost:1"), ("Origin", "http://localhost:1")],
                [("Host", "localhost"), ("Origin", "https://grafana.example")],
            ]
            for fields in cases {
                let answer = try client.send(.get, "/", headers: HTTPHeaders(fields))
                #expect(answer.status == 200, "\(fields)")
            }
        }
    }
}
