import Segments
import Synchronization

/// One request and its answer, from the head to the last byte.
///
/// Owned by the library's connection (one retained reference in its `con_cls`, from the first call
/// of the access handler to the completion notice). The loop reads the head and body into it; a
/// worker gets the request and gives an answer; the stages below say who may touch what.
final class HTTPExchange: @unchecked Sendable {
    // SAFETY: everything before `stage` is touched only by the connection's loop thread, and by the
    // worker only between `handOver` and `answer`, when the loop has suspended the connection.
    // `stage` is behind its lock; the rest is atomic or immutable.

    /// Where the exchange stands.
    enum Stage {
        /// The loop reads the body.
        case receiving
        /// A worker has it; the connection is suspended.
        case working
        /// The answer is there; the loop will queue it.
        case answered(HTTPResponse)
        /// The loop has queued an answer.
        case sending
        /// The server stops, nobody waits for the worker any more.
        case abandoned
    }

    /// The connection it came on.
    let connection: HTTPConnection
    /// Says how to suspend and resume the connection.
    let handle: MicrohttpdConnection
    /// Raised when the client leaves or the server stops.
    let cancellation = Cancellation()
    /// When the head was there.
    let start = MonotonicClock.nanoseconds()
    /// As sent, for the log.
    let method: String
    /// As sent, for the log.
    let rawTarget: String

    /// The checked head; nil when the door refused.
    var head: HTTPRequestHead?
    /// The body so far.
    var body: [UInt8] = []
    /// The most the body may have.
    var bodyLimit = 0
    /// Bytes of the server's body budget this exchange holds.
    var reservedByteCount = 0
    /// Bytes of body seen, kept or dropped.
    var receivedByteCount = 0
    /// An answer known before the worker is asked.
    var prepared: HTTPResponse?
    /// Whether the connection must close after the answer.
    var mustClose = false
    /// What the log will say.
    var status = 0

    /// Body bytes given to the network.
    let sentByteCount = Atomic<Int>(0)
    private let stage = Mutex(Stage.receiving)
    private let pipeSlot = Mutex<HTTPBodyPipe?>(nil)

    init(
        connection: HTTPConnection, handle: MicrohttpdConnection, method: String, rawTarget: String
    ) {
        self.connection = connection
        self.handle = handle
        self.method = method
        self.rawTarget = rawTarget
    }

    /// The pipe of a streamed answer.
    var pipe: HTTPBodyPipe? { pipeSlot.withLock { $0 } }

    /// The loop suspends the connection and lets a worker have the exchange.
    func handOver() {
        stage.withLock { stage in
            stage = .working
            connection.enter(.working)
            connection.attach(self)
            handle.suspend()
        }
    }

    /// The loop itself works for the exchange: a client that leaves is noticed all the same.
    func workInLoop() {
        connection.enter(.working)
        connection.attach(self)
    }

    /// The worker's answer; wakes the connection.
    ///
    /// - Returns: The pipe to write a streamed body to; nil when there is none or nobody waits.
    func answer(_ response: HTTPResponse) -> HTTPBodyPipe? {
        var pipe: HTTPBodyPipe?
        let isAwaited = stage.withLock { stage in
            guard case .working = stage else { return false }
            if case .stream = response.body, head?.method != .head {
                let handle = self.handle
                let new = HTTPBodyPipe(
                    capacity: HTTPServerConfiguration.streamBufferByteCount,
                    wake: { handle.resume() })
                pipeSlot.withLock { $0 = new }
                pipe = new
            }
            stage = .answered(response)
            return true
        }
        // Not under the lock: the loop wakes at once and wants it. The connection stays suspended,
        // and so alive, until here; nobody else resumes what is answered.
        if isAwaited { handle.resume() }
        return pipe
    }

    /// The loop takes the answer it was woken for; nil when there is none and will be none.
    func takeAnswer() -> HTTPResponse? {
        stage.withLock { stage in
            guard case .answered(let response) = stage else { return nil }
            stage = .sending
            return response
        }
    }

    /// Whether no worker has been asked yet.
    var isReceiving: Bool {
        stage.withLock { stage in
            if case .receiving = stage { return true }
            return false
        }
    }

    /// The client left: the worker should end, and a streamed body has no reader.
    func clientLeft() {
        cancellation.cancel()
        pipe?.breakOff()
    }

    /// The server does not wait for the worker any longer: the connection is woken to be cut.
    func abandon() {
        cancellation.cancel()
        stage.withLock { stage in
            if case .working = stage {
                stage = .abandoned
                handle.resume()
            }
        }
        pipe?.breakOff()
    }
}
