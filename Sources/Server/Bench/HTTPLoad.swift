/// Many clients at once, each with one kept connection and one request on its way: a closed loop,
/// in one thread, so that the load costs the server's cores as little as it can.
///
/// Every answer is read whole and looked at.
struct HTTPLoad {
    /// One request and what its answer must hold.
    struct Request {
        /// Head and body as sent.
        var bytes: [UInt8]
        /// Bytes that the answer's body has somewhere.
        var expected: [UInt8]
    }

    /// What was measured.
    struct Outcome {
        /// Answers.
        var count = 0
        /// Answers that were not 200, or without what was expected.
        var wrongCount = 0
        /// How long it took, in seconds.
        var seconds = 0.0
        /// Answers by their time in microseconds; the last slot holds all that took longer.
        var histogram = [Int](repeating: 0, count: 100_001)

        /// The time in microseconds within which `part` of 1,000 answers came.
        func microseconds(perMille part: Int) -> Int {
            var left = count * part / 1_000
            for (time, number) in histogram.enumerated() {
                left -= number
                if left < 0 { return time }
            }
            return histogram.count - 1
        }
    }

    private let host: String
    private let port: UInt16
    private let requests: [Request]

    /// Bytes of an answer taken from the kernel at a time.
    private static let receiveByteCount = 256 << 10
    /// How long the loop waits for any answer before it gives up.
    private static let patienceMilliseconds: Int32 = 30_000

    /// A load of these requests, sent in turn.
    init(host: String, port: UInt16, requests: [Request]) {
        precondition(!requests.isEmpty)
        self.host = host
        self.port = port
        self.requests = requests
    }

    private struct Client {
        var descriptor: Int32
        var request = 0
        var sentAt: UInt64 = 0
        var received: [UInt8] = []
        /// Bytes of the whole answer, once its head is there.
        var answerByteCount: Int?
    }

    /// Runs `clientCount` clients for `seconds`.
    func run(clientCount: Int, seconds: Double) throws(CommandError) -> Outcome {
        var clients: [Client] = []
        defer { for client in clients { Socket.close(client.descriptor) } }
        var next = 0
        for index in 0..<clientCount {
            clients.append(Client(descriptor: try connect()))
            try send(&clients[index], &next)
        }
        var outcome = Outcome()
        let start = MonotonicClock.nanoseconds()
        let end = start + UInt64(seconds * 1e9)
        let descriptors = clients.map(\.descriptor)
        while MonotonicClock.nanoseconds() < end {
            let ready = Socket.awaitReadable(
                descriptors, milliseconds: Self.patienceMilliseconds)
            guard !ready.isEmpty else { throw CommandError("the server stopped answering") }
            for index in ready {
                guard try receive(&clients[index]) else { continue }
                note(clients[index], &outcome)
                try send(&clients[index], &next)
            }
        }
        outcome.seconds = Double(MonotonicClock.nanoseconds() - start) / 1e9
        // A connection that is cut in the middle of an answer counts against the server's limit
        // until it notices.
        for index in clients.indices {
            var isAnswered = false
            while !isAnswered { isAnswered = try receive(&clients[index]) }
        }
        return outcome
    }

    private func connect() throws(CommandError) -> Int32 {
        switch Socket.connect(host: host, port: port, timeoutSeconds: 30) {
        case .success(let descriptor): return descriptor
        case .failure(let error):
            throw CommandError("cannot connect: error \(error.errno)", .noConnection)
        }
    }

    private func send(_ client: inout Client, _ next: inout Int) throws(CommandError) {
        client.request = next
        next = next + 1 < requests.count ? next + 1 : 0
        client.received.removeAll(keepingCapacity: true)
        client.answerByteCount = nil
        client.sentAt = MonotonicClock.nanoseconds()
        do throws(SocketError) {
            try Socket.send(client.descriptor, requests[client.request].bytes)
        } catch {
            throw CommandError("the connection broke: error \(error.errno)", .noConnection)
        }
    }

    /// Takes what has come.
    ///
    /// - Returns: Whether the answer is whole.
    private func receive(_ client: inout Client) throws(CommandError) -> Bool {
        let bytes: [UInt8]
        do throws(SocketError) {
            bytes = try Socket.receive(client.descriptor, limit: Self.receiveByteCount)
        } catch {
            throw CommandError("the connection broke: error \(error.errno)", .noConnection)
        }
        guard !bytes.isEmpty else { throw CommandError("the server closed", .noConnection) }
        client.received += bytes
        if client.answerByteCount == nil {
            client.answerByteCount = Self.answerByteCount(client.received)
        }
        return client.answerByteCount.map { client.received.count >= $0 } ?? false
    }

    /// Bytes of head and body; `nil` until the head is there.
    private static func answerByteCount(_ bytes: [UInt8]) -> Int? {
        guard let end = find(Array("\r\n\r\n".utf8), in: bytes, from: 0) else { return nil }
        let name = Array("Content-Length: ".utf8)
        guard var index = find(name, in: bytes, from: 0), index < end else { return nil }
        index += name.count
        var length = 0
        while bytes[index] >= UInt8(ascii: "0"), bytes[index] <= UInt8(ascii: "9") {
            length = length * 10 + Int(bytes[index] - UInt8(ascii: "0"))
            index += 1
        }
        return end + 4 + length
    }

    /// Where `part` begins in `bytes`.
    private static func find(_ part: [UInt8], in bytes: [UInt8], from start: Int) -> Int? {
        let (first, all) = (part.span, bytes.span)
        var index = start
        while index + first.count <= all.count {
            var length = 0
            while length < first.count, all[index + length] == first[length] { length += 1 }
            if length == first.count { return index }
            index += 1
        }
        return nil
    }

    private func note(_ client: Client, _ outcome: inout Outcome) {
        let time = Int((MonotonicClock.nanoseconds() - client.sentAt) / 1_000)
        outcome.count += 1
        outcome.histogram[min(time, outcome.histogram.count - 1)] += 1
        let isGood = client.received.starts(with: "HTTP/1.1 200".utf8)
        let expected = requests[client.request].expected
        if !isGood || Self.find(expected, in: client.received, from: 0) == nil {
            outcome.wrongCount += 1
        }
    }
}
