import Segments
import Server
import Synchronization
import Testing

@Suite("The HTTP door")
struct HTTPServerTests {
    @Test("A request's method, path, query and body reach the handler")
    func headAndBody() throws {
        try withServer { _, port in
            let client = HTTPClient(port: port, timeoutSeconds: 10)
            let got = try client.send(.get, "/v1/tables/a%2Fb?x=1&y=a%20b+c&x=2")
            #expect(got.status == 200)
            #expect(got.text == "GET /v1/tables/a/b x=1 y=a b c x=2")
            let posted = try client.send(.post, "/p", body: Array("hello".utf8))
            #expect(posted.text == "POST /p body=hello")
            #expect(try client.send(.head, "/p").body.isEmpty)
            #expect(try client.send(.delete, "/p").text == "DELETE /p")
        }
    }

    @Test("Pipelined requests are answered in order on one connection, worker or loop")
    func pipelining() throws {
        var handler = ClosureHandler(onRespond: echo)
        handler.onAdmit = { head in
            head.path.last == "fast" ? .answer(.text("fast answer")) : .process(bodyLimit: nil)
        }
        try withServer(handler) { _, port in
            let socket = RawSocket(port: port)
            var request = ""
            for index in 0..<20 {
                request += "GET /\(index)/\(index % 3 == 0 ? "fast" : "slow") HTTP/1.1\r\n"
                request += "Host: localhost\(index == 19 ? "\r\nConnection: close" : "")\r\n\r\n"
            }
            socket.send(request)
            let bodies = socket.receiveAll().components(separatedBy: "\r\n\r\n").dropFirst()
            for (index, body) in bodies.enumerated() {
                let expected = index % 3 == 0 ? "fast answer" : "GET /\(index)/slow"
                #expect(body.hasPrefix(expected), "answer \(index)")
            }
            #expect(bodies.count == 20)
        }
    }

    @Test("A lone request may be answered in the loop; beside others it goes to a worker")
    func answersAtOnce() throws {
        let isHeld = Atomic<Bool>(true)
        var handler = ClosureHandler { request, cancellation in
            while request.head.path == ["hold"], isHeld.load(ordering: .relaxed) { pauseBriefly() }
            return .text("worker")
        }
        handler.onRespondAtOnce = { request in
            guard request.head.path == ["quick"] else { return nil }
            return .text("loop \(String(decoding: request.body, as: UTF8.self))")
        }
        let observer = RecordingObserver()
        try withServer(handler, observer: observer) { server, port in
            let client = HTTPClient(host: "127.0.0.1", port: port, timeoutSeconds: 30)
            defer { client.close() }
            for number in 0..<3 {
                let answer = try client.send(.post, "/quick", body: Array("body \(number)".utf8))
                #expect(answer.text == "loop body \(number)")
                #expect(try client.send(.post, "/slow", body: [1]).text == "worker")
                #expect(eventually { server.activeRequestCount == 0 })
            }
            let other = RawSocket(port: port)
            other.send("GET /hold HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            #expect(eventually { server.activeRequestCount == 1 })
            #expect(try client.send(.post, "/quick", body: [1]).text == "worker")
            isHeld.store(false, ordering: .relaxed)
            #expect(other.receiveAll().hasSuffix("worker"))
        }
        #expect(observer.records.withLock { $0.count } == 8)
    }

    @Test("A chunked body arrives whole, whatever the sizes of its chunks")
    func chunkedUpload() throws {
        try withServer { _, port in
            let socket = RawSocket(port: port)
            socket.send(
                "POST /c HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n"
                    + "Connection: close\r\n\r\n")
            for piece in ["5\r\nhello\r\n", "1\r\n \r\n", "0005\r\nworld\r\n", "0\r\n\r\n"] {
                socket.send(piece)
            }
            #expect(socket.receiveAll().hasSuffix("POST /c body=hello world"))
        }
    }

    @Test("A large body and a large answer pass unchanged")
    func largeBodies() throws {
        let handler = ClosureHandler(onRespond: { request, _ in
            HTTPResponse(contentType: "application/octet-stream", bytes: request.body)
        })
        try withServer(handler) { _, port in
            let client = HTTPClient(port: port, timeoutSeconds: 10)
            for count in [1, 65_536, 65_537, 3_000_000] {
                let body = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) }
                let answer = try client.send(.post, "/", body: body)
                #expect(answer.body == body)
                #expect(answer.headers["Content-Length"] == String(count))
            }
        }
    }

    @Test("A body over the limit is refused before it is read, and the connection closed")
    func earlyTooLarge() throws {
        try withServer(configure: { $0.bodyLimit = 1000 }) { _, port in
            let socket = RawSocket(port: port)
            socket.send("POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1001\r\n\r\n")
            let answer = socket.receiveAll()
            #expect(answer.hasPrefix("HTTP/1.1 413 "))
            #expect(answer.contains("Connection: close"))
            #expect(answer.contains("\"code\":\"body_too_large\""))
        }
    }

    @Test("A chunked body that grows over the limit gets 413 at its end, an endless one is cut")
    func chunkedTooLarge() throws {
        try withServer(configure: { $0.bodyLimit = 1000 }) { _, port in
            let head = "POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
            let chunk = "400\r\n" + String(repeating: "x", count: 1024) + "\r\n"
            let socket = RawSocket(port: port)
            socket.send(head + chunk + chunk + "0\r\n\r\n")
            #expect(socket.receiveAll().hasPrefix("HTTP/1.1 413 "))
            let endless = RawSocket(port: port)
            endless.send(head)
            var sent = 0
            while endless.send(chunk), sent < 100_000 { sent += 1 }
            #expect(sent < 100_000, "the server read on for ever")
        }
    }

    @Test(
        "When the body budget is used up the next body gets 429 with Retry-After before it is read")
    func bodyBudget() throws {
        try withServer(configure: { $0.bodyBudget = 1000 }) { _, port in
            let first = RawSocket(port: port)
            first.send("POST /1 HTTP/1.1\r\nHost: localhost\r\nContent-Length: 900\r\n")
            first.send("Expect: 100-continue\r\n\r\n")
            #expect(first.receive(until: "\r\n\r\n").hasPrefix("HTTP/1.1 100 "))
            let second = RawSocket(port: port)
            second.send("POST /2 HTTP/1.1\r\nHost: localhost\r\nContent-Length: 200\r\n\r\n")
            let answer = second.receiveAll()
            #expect(answer.hasPrefix("HTTP/1.1 429 "))
            #expect(answer.contains("Retry-After: "))
            #expect(answer.contains("\"retryable\":true"))
            first.send(String(repeating: "y", count: 900))
            #expect(first.receive(until: "yyy").hasPrefix("HTTP/1.1 200 "))
            let client = HTTPClient(port: port, timeoutSeconds: 10)
            let third = try client.send(.post, "/3", body: [65])
            #expect(third.status == 200)
        }
    }

    @Test("Expect: 100-continue is honoured, and a refusal comes instead of it")
    func expectContinue() throws {
        var handler = ClosureHandler(onRespond: echo)
        handler.onAdmit = { head in
            head.headers["Authorization"] == nil
                ? .refuse(.text("who are you", status: 401)) : .process(bodyLimit: nil)
        }
        try withServer(handler) { _, port in
            let head = "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\n"
            let refused = RawSocket(port: port)
            refused.send(head + "Expect: 100-continue\r\n\r\n")
            #expect(refused.receiveAll().hasPrefix("HTTP/1.1 401 "))
            let allowed = RawSocket(port: port)
            allowed.send(head + "Authorization: yes\r\nExpect: 100-continue\r\n\r\n")
            #expect(allowed.receive(until: "\r\n\r\n").hasPrefix("HTTP/1.1 100 "))
            allowed.send("abc")
            #expect(allowed.receive(until: "abc").hasPrefix("HTTP/1.1 200 "))
        }
    }

    @Test("A client that disconnects cancels its request")
    func disconnectCancels() throws {
        let wasCancelled = Atomic<Bool>(false)
        let started = Atomic<Bool>(false)
        let handler = ClosureHandler(onRespond: { _, cancellation in
            started.store(true, ordering: .relaxed)
            for _ in 0..<1000 where !cancellation.isCancelled { pauseBriefly() }
            wasCancelled.store(cancellation.isCancelled, ordering: .relaxed)
            return .text("too late")
        })
        try withServer(handler) { server, port in
            var socket: RawSocket? = RawSocket(port: port)
            socket?.send("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
            #expect(eventually { started.load(ordering: .relaxed) })
            socket = nil
            #expect(eventually { wasCancelled.load(ordering: .relaxed) })
            #expect(eventually { server.activeRequestCount == 0 })
        }
    }

    @Test("Stopping lets running requests end and then refuses connections")
    func gracefulStop() throws {
        let release = Atomic<Bool>(false)
        let started = Atomic<Bool>(false)
        let handler = ClosureHandler(onRespond: { _, _ in
            started.store(true, ordering: .relaxed)
            while !release.load(ordering: .relaxed) { pauseBriefly() }
            return .text("done")
        })
        let server = HTTPServer(configuration: HTTPServerConfiguration(), handler: handler)
        try server.start()
        let port = try #require(server.port)
        let socket = RawSocket(port: port)
        socket.send("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        #expect(eventually { started.load(ordering: .relaxed) })
        let isClean = Mutex<Bool?>(nil)
        let stopper = TestThread { isClean.withLock { $0 = server.stop(drainSeconds: 20) } }
        #expect(eventually { server.port == nil })
        release.store(true, ordering: .relaxed)
        let answer = socket.receiveAll()
        #expect(answer.hasPrefix("HTTP/1.1 200 ") && answer.hasSuffix("done"))
        #expect(answer.contains("Connection: close"))
        stopper.join()
        #expect(isClean.withLock { $0 } == true)
        #expect(throws: HTTPClientError.self) {
            try HTTPClient(port: port, timeoutSeconds: 1).send(.get, "/")
        }
    }

    @Test("Stopping cancels what does not end in time")
    func forcedStop() throws {
        let handler = ClosureHandler(onRespond: { _, cancellation in
            while !cancellation.isCancelled { pauseBriefly() }
            return .text("cancelled", status: 503)
        })
        let server = HTTPServer(configuration: HTTPServerConfiguration(), handler: handler)
        try server.start()
        let socket = RawSocket(port: try #require(server.port))
        socket.send("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        #expect(eventually { server.activeRequestCount == 1 })
        #expect(server.stop(drainSeconds: 0) == false)
        #expect(socket.receiveAll().hasPrefix("HTTP/1.1 503 "))
    }

    @Test("The access observer sees every exchange once")
    func observer() throws {
        let observer = RecordingObserver()
        try withServer(observer: observer) { _, port in
            let client = HTTPClient(port: port, timeoutSeconds: 10)
            _ = try client.send(.post, "/a?b=c", body: Array("12345".utf8))
            _ = try? client.send(.get, "/x;y")
        }
        let records = observer.records.withLock { $0 }
        #expect(records.map(\.status) == [200, 400])
        #expect(records.map(\.target) == ["/a?b=c", "/x;y"])
        #expect(records.first?.requestByteCount == 5)
        #expect(records.first?.responseByteCount == "POST /a b=c body=12345".utf8.count)
        #expect(records.allSatisfy { $0.outcome == .completed && $0.peerAddress == "127.0.0.1" })
    }

    @Test("Connections over the limit of their address are closed, and room comes back")
    func connectionLimit() throws {
        try withServer(configure: { $0.connectionLimitPerAddress = 2 }) { _, port in
            let request = "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"
            var held: [RawSocket] = []
            for _ in 0..<2 {
                let socket = RawSocket(port: port)
                socket.send(request)
                #expect(socket.receive(until: "GET /").hasPrefix("HTTP/1.1 200 "))
                held.append(socket)
            }
            let refused = RawSocket(port: port)
            refused.send(request)
            #expect(refused.receiveAll().isEmpty)
            held.removeAll()
            #expect(
                eventually {
                    let next = RawSocket(port: port)
                    next.send(request)
                    return next.receive(until: "GET /").hasPrefix("HTTP/1.1 200 ")
                })
        }
    }

    @Test("A head that does not come in time closes the connection")
    func slowHead() throws {
        try withServer(configure: { $0.headSeconds = 0.05 }) { _, port in
            let socket = RawSocket(port: port)
            socket.send("GET / HTTP/1.1\r\nHost: local")
            #expect(socket.receiveAll().isEmpty)
        }
    }

    @Test("A body that comes too slowly closes the connection")
    func slowBody() throws {
        try withServer(configure: { $0.bodyGraceSeconds = 0.05 }) { _, port in
            let socket = RawSocket(port: port)
            socket.send("POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\n\r\nabc")
            #expect(socket.receiveAll().isEmpty)
        }
    }

    @Test("A port that is taken is an error with its address")
    func portTaken() throws {
        try withServer { _, port in
            var configuration = HTTPServerConfiguration()
            configuration.port = port
            let second = HTTPServer(
                configuration: configuration, handler: ClosureHandler(onRespond: echo))
            #expect(throws: HTTPServerError.self) { try second.start() }
        }
    }
}
