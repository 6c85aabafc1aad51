import Segments
import Server
import Synchronization
import Testing

@Suite("Streamed answers")
struct HTTPStreamTests {
    private struct Broken: Error {}

    private func streaming(
        _ produce: @escaping @Sendable (HTTPBodyWriter) throws -> HTTPHeaders
    ) -> ClosureHandler {
        ClosureHandler(onRespond: { _, _ in
            HTTPResponse(
                status: 200, headers: HTTPHeaders([("Trailer", "X-Done")]), body: .stream(produce))
        })
    }

    @Test("A stream arrives whole, chunked, with the trailers known only at its end")
    func whole() throws {
        let handler = streaming { writer in
            for index in 0..<2000 {
                try writer.write(Array("row \(index)\n".utf8))
                if index % 500 == 0 { pauseBriefly() }
            }
            return HTTPHeaders([("X-Done", "true"), ("X-Rows", "2000")])
        }
        try withServer(handler) { _, port in
            let client = HTTPClient(port: port, timeoutSeconds: 10)
            for _ in 0..<3 {
                let answer = try client.send(.get, "/")
                #expect(answer.headers["Transfer-Encoding"] == "chunked")
                #expect(answer.text == (0..<2000).map { "row \($0)\n" }.joined())
                #expect(answer.trailers["x-done"] == "true")
                #expect(answer.trailers["x-rows"] == "2000")
            }
        }
    }

    @Test("An empty stream is an empty whole answer")
    func empty() throws {
        try withServer(streaming { _ in HTTPHeaders([("X-Done", "yes")]) }) { _, port in
            let client = HTTPClient(port: port, timeoutSeconds: 10)
            for _ in 0..<2 {
                let answer = try client.send(.get, "/")
                #expect(answer.status == 200 && answer.body.isEmpty)
                #expect(answer.trailers["X-Done"] == "yes")
            }
        }
    }

    @Test("HEAD never starts the stream")
    func head() throws {
        let starts = Atomic<Int>(0)
        let handler = streaming { _ in
            starts.add(1, ordering: .relaxed)
            return HTTPHeaders()
        }
        try withServer(handler) { _, port in
            let client = HTTPClient(port: port, timeoutSeconds: 10)
            for _ in 0..<2 {
                let answer = try client.send(.head, "/")
                #expect(answer.status == 200)
            }
        }
        #expect(starts.load(ordering: .relaxed) == 0)
    }

    @Test("A producer waits for a client that does not read, and ends when it leaves")
    func backPressure() throws {
        let written = Atomic<Int>(0)
        let failed = Atomic<Bool>(false)
        let handler = streaming { writer in
            let block = [UInt8](repeating: 65, count: 100_000)
            do {
                for _ in 0..<1000 {
                    try writer.write(block)
                    written.add(block.count, ordering: .relaxed)
                }
            } catch {
                failed.store(true, ordering: .relaxed)
                throw error
            }
            return HTTPHeaders()
        }
        try withServer(handler) { server, port in
            var socket: RawSocket? = RawSocket(port: port)
            socket?.send("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
            _ = socket?.receive(limit: 10)
            // It comes to rest far below the 100 MB, at the kernel's buffers and ours.
            var last = -1
            #expect(
                eventually {
                    let now = written.load(ordering: .relaxed)
                    defer { last = now }
                    for _ in 0..<50 { pauseBriefly() }
                    return now > 0 && now == last
                })
            #expect(written.load(ordering: .relaxed) < 50_000_000)
            socket = nil
            #expect(eventually { failed.load(ordering: .relaxed) })
            #expect(eventually { server.activeRequestCount == 0 })
        }
    }

    @Test("A client that stalls is cut, and its producer told")
    func stall() throws {
        let failed = Atomic<Bool>(false)
        let handler = streaming { writer in
            let block = [UInt8](repeating: 65, count: 1_000_000)
            do {
                for _ in 0..<200 { try writer.write(block) }
            } catch {
                failed.store(true, ordering: .relaxed)
                throw error
            }
            return HTTPHeaders()
        }
        try withServer(handler, configure: { $0.stallSeconds = 0.1 }) { _, port in
            let socket = RawSocket(port: port)
            socket.send("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
            #expect(eventually { failed.load(ordering: .relaxed) })
        }
    }

    @Test("A stream that fails after its first byte ends without its last chunk")
    func failure() throws {
        let observer = RecordingObserver()
        let handler = streaming { writer in
            try writer.write(Array("part".utf8))
            throw Broken()
        }
        try withServer(handler, observer: observer) { _, port in
            let socket = RawSocket(port: port)
            socket.send("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
            let text = socket.receiveAll()
            #expect(!text.hasSuffix("0\r\n\r\n"))
            let client = HTTPClient(port: port, timeoutSeconds: 10)
            #expect(throws: HTTPClientError.self) { try client.send(.get, "/") }
        }
        #expect(observer.records.withLock { $0.map(\.outcome) } == [.aborted, .aborted])
    }

    @Test("A client that leaves while its stream is quiet cancels the request")
    func quietDisconnect() throws {
        let ended = Atomic<Bool>(false)
        let handler = ClosureHandler(onRespond: { _, cancellation in
            HTTPResponse(
                status: 200,
                body: .stream { writer in
                    try writer.write(Array("first".utf8))
                    while !cancellation.isCancelled { pauseBriefly() }
                    ended.store(true, ordering: .relaxed)
                    return HTTPHeaders()
                })
        })
        try withServer(handler) { server, port in
            var socket: RawSocket? = RawSocket(port: port)
            socket?.send("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
            _ = socket?.receive(until: "first")
            socket = nil
            #expect(eventually { ended.load(ordering: .relaxed) })
            #expect(eventually { server.activeRequestCount == 0 })
        }
    }

    @Test("Stopping cuts a stream that would not end")
    func stop() throws {
        let handler = streaming { writer in
            while true {
                try writer.write(Array("tick\n".utf8))
                pauseBriefly()
            }
        }
        let server = HTTPServer(configuration: HTTPServerConfiguration(), handler: handler)
        try server.start()
        let socket = RawSocket(port: try #require(server.port))
        socket.send("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        _ = socket.receive(until: "tick")
        #expect(server.stop(drainSeconds: 0) == false)
        #expect(!socket.receiveAll().hasSuffix("0\r\n\r\n"))
    }
}
