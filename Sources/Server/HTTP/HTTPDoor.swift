import Segments
import Synchronization

/// The door's decisions, free of C: what to do with a head, a piece of body, a whole request.
///
/// The library's callbacks (`MicrohttpdDaemon`) translate and call this; it says what they should
/// do. One object per server, shared by all loops.
final class HTTPDoor: Sendable {
    /// What the loop does next with a request.
    enum Step {
        /// Go on.
        case proceed
        /// Queue this answer.
        case queue(HTTPResponse)
        /// Cut the connection.
        case cut
    }

    /// What the loop does with a piece of body.
    enum Receipt {
        /// Append it to the exchange's body.
        case keep
        /// Drop it: the answer is known already.
        case drop
        /// Cut the connection.
        case cut
    }

    let configuration: HTTPServerConfiguration
    let registry: HTTPConnectionRegistry
    let budget: HTTPBodyBudget
    private let handler: any HTTPHandler
    private let observer: (any HTTPAccessObserver)?
    private let rules: HTTPRules
    private let pool: HTTPWorkerPool
    private let active = Atomic<Int>(0)
    private let draining = Atomic<Bool>(false)
    private let closed = Atomic<Bool>(false)

    init(
        configuration: HTTPServerConfiguration, handler: any HTTPHandler,
        observer: (any HTTPAccessObserver)?, registry: HTTPConnectionRegistry, pool: HTTPWorkerPool
    ) {
        self.configuration = configuration
        self.handler = handler
        self.observer = observer
        self.registry = registry
        self.pool = pool
        rules = HTTPRules(configuration)
        budget = HTTPBodyBudget(limit: configuration.bodyBudget)
    }

    /// Exchanges between head and end.
    var activeCount: Int { active.load(ordering: .acquiring) }

    /// Whether answers should close their connections.
    var isDraining: Bool { draining.load(ordering: .relaxed) }

    /// From now on every answer closes its connection.
    func drain() { draining.store(true, ordering: .relaxed) }

    /// From now on no new exchange begins.
    func close() { closed.store(true, ordering: .sequentiallyConsistent) }

    /// The head is there: judge it. A queued answer here refuses the body and closes.
    func begin(_ exchange: HTTPExchange, _ raw: HTTPRules.RawHead) -> Step {
        active.add(1, ordering: .acquiringAndReleasing)
        if closed.load(ordering: .sequentiallyConsistent) { return .cut }
        do {
            let head = try rules.check(raw)
            exchange.head = head
            let hasBody = head.contentLength != 0
            switch handler.admit(head) {
            case .refuse(let response):
                return refuse(exchange, response)
            case .answer(let response):
                if hasBody { return refuse(exchange, response) }
                exchange.prepared = response
                return .proceed
            case .process(let bodyLimit):
                guard hasBody else { return .proceed }
                try admitBody(exchange, limit: bodyLimit ?? configuration.bodyLimit)
                return .proceed
            }
        } catch {
            return refuse(exchange, error.response)
        }
    }

    private func refuse(_ exchange: HTTPExchange, _ response: HTTPResponse) -> Step {
        exchange.mustClose = true
        return .queue(response)
    }

    /// Reserves room for the body before a byte of it is read.
    private func admitBody(_ exchange: HTTPExchange, limit: Int) throws(Refusal) {
        exchange.bodyLimit = limit
        if let length = exchange.head?.contentLength {
            guard length <= limit else { throw .bodyTooLarge(limit: limit) }
            guard budget.reserve(length) else { throw .overloaded }
            exchange.reservedByteCount = length
            exchange.body.reserveCapacity(length)
        }
        exchange.connection.enter(.body)
    }

    /// A piece of the body.
    ///
    /// The library cannot answer in the middle of a body: one that grows too large is swallowed, as
    /// much again as its limit, and answered at its end; beyond that the connection is cut.
    func receive(_ exchange: HTTPExchange, byteCount: Int) -> Receipt {
        exchange.connection.received(byteCount)
        exchange.receivedByteCount += byteCount
        if exchange.prepared != nil {
            return exchange.receivedByteCount > 2 * max(exchange.bodyLimit, 1 << 20) ? .cut : .drop
        }
        let needed = exchange.body.count + byteCount
        if needed > exchange.bodyLimit {
            return giveUp(exchange, .bodyTooLarge(limit: exchange.bodyLimit))
        }
        if needed > exchange.reservedByteCount {
            guard budget.reserve(needed - exchange.reservedByteCount) else {
                return giveUp(exchange, .overloaded)
            }
            exchange.reservedByteCount = needed
        }
        return .keep
    }

    private func giveUp(_ exchange: HTTPExchange, _ refusal: Refusal) -> Receipt {
        exchange.prepared = refusal.response
        exchange.mustClose = true
        exchange.body = []
        releaseBudget(exchange)
        return .drop
    }

    private func releaseBudget(_ exchange: HTTPExchange) {
        budget.release(exchange.reservedByteCount)
        exchange.reservedByteCount = 0
    }

    /// The whole request is there, or a worker has answered it.
    func complete(_ exchange: HTTPExchange) -> Step {
        if let response = exchange.prepared {
            exchange.prepared = nil
            return .queue(response)
        }
        if exchange.isReceiving {
            guard !closed.load(ordering: .sequentiallyConsistent), let head = exchange.head else {
                return .cut
            }
            if let response = answerAtOnce(exchange, head) { return .queue(response) }
            exchange.handOver()
            pool.submit { [handler] in HTTPDoor.work(exchange, head, handler) }
            return .proceed
        }
        guard let response = exchange.takeAnswer() else { return .cut }
        return .queue(response)
    }

    /// The answer to the only request there is, where it takes no time worth a worker's waking.
    private func answerAtOnce(
        _ exchange: HTTPExchange, _ head: HTTPRequestHead
    ) -> HTTPResponse? {
        guard activeCount == 1 else { return nil }
        exchange.workInLoop()
        let request = HTTPRequest(head: head, body: exchange.body)
        return handler.respondAtOnce(to: request, cancellation: exchange.cancellation)
    }

    /// A worker's part of an exchange.
    private static func work(
        _ exchange: HTTPExchange, _ head: HTTPRequestHead, _ handler: any HTTPHandler
    ) {
        let request = HTTPRequest(head: head, body: exchange.body)
        exchange.body = []
        let response = handler.respond(to: request, cancellation: exchange.cancellation)
        guard let pipe = exchange.answer(response), case .stream(let produce) = response.body else {
            return
        }
        do {
            pipe.finish(try produce(HTTPBodyWriter(pipe)))
        } catch {
            // The reason is the producer's to log; the client sees the missing last chunk.
            pipe.breakOff()
        }
    }

    /// The exchange is over: the answer was sent, or the connection is gone.
    func end(_ exchange: HTTPExchange, completed: Bool) {
        exchange.connection.attach(nil)
        exchange.connection.enter(.idle)
        if !completed { exchange.clientLeft() }
        releaseBudget(exchange)
        observer?.observe(
            HTTPAccessRecord(
                method: exchange.method, target: exchange.rawTarget,
                peerAddress: exchange.connection.peerAddress, status: exchange.status,
                requestByteCount: exchange.receivedByteCount,
                responseByteCount: exchange.sentByteCount.load(ordering: .relaxed),
                durationNanoseconds: MonotonicClock.nanoseconds() &- exchange.start,
                outcome: completed ? .completed : .aborted))
        active.subtract(1, ordering: .acquiringAndReleasing)
    }
}
