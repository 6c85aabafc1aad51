import Synchronization

/// One client's connection, as the loop, the watch and the acceptor share it.
///
/// The loop moves it through its phases; the watch reads phase and time and cuts what is too slow.
final class HTTPConnection: Sendable {
    /// What the connection is waiting for.
    enum Phase: UInt8 {
        /// The request's head.
        case head
        /// The next request.
        case idle
        /// The request's body.
        case body
        /// A worker: the connection is suspended, only a disconnect matters.
        case working
        /// The client, to take the answer.
        case sending
    }

    /// The client's numeric address.
    let peerAddress: String
    /// The socket, or -1 once it is closed. Held while it is used, so that its number cannot be
    /// given to somebody else meanwhile.
    private let descriptor: Mutex<Int32>
    private let phaseValue = Atomic<UInt8>(Phase.head.rawValue)
    private let phaseStart = Atomic<UInt64>(MonotonicClock.nanoseconds())
    private let hangupStart = Atomic<UInt64>(0)
    private let receivedByteCount = Atomic<Int>(0)
    /// The exchange a worker has, for the watch to cancel.
    private let exchange = Mutex<HTTPExchange?>(nil)
    /// The target of the request whose head is being read: written and taken by the loop alone.
    let pendingTarget = Mutex<[UInt8]>([])

    init(descriptor: Int32, peerAddress: String) {
        self.descriptor = Mutex(descriptor)
        self.peerAddress = peerAddress
    }

    /// The phase now.
    var phase: Phase { Phase(rawValue: phaseValue.load(ordering: .relaxed)) ?? .idle }

    /// Nanoseconds since the phase began or last made progress.
    func elapsed(at now: UInt64) -> UInt64 {
        let start = phaseStart.load(ordering: .relaxed)
        return now > start ? now - start : 0
    }

    /// Notes that the client has closed its side while a request was still to come.
    ///
    /// - Returns: Whether that was so at the last look too, with no progress since: what had been
    ///   sent has been read, and no more will come.
    func noteHangup() -> Bool {
        let start = phaseStart.load(ordering: .relaxed)
        return hangupStart.exchange(start, ordering: .relaxed) == start
    }

    /// Enters a phase, or notes progress in it.
    func enter(_ phase: Phase) {
        phaseStart.store(MonotonicClock.nanoseconds(), ordering: .relaxed)
        phaseValue.store(phase.rawValue, ordering: .relaxed)
        if phase == .body { receivedByteCount.store(0, ordering: .relaxed) }
    }

    /// Counts body bytes.
    func received(_ byteCount: Int) { receivedByteCount.add(byteCount, ordering: .relaxed) }

    /// Body bytes of this request so far.
    var bodyByteCount: Int { receivedByteCount.load(ordering: .relaxed) }

    /// Says which exchange to cancel when the client leaves.
    func attach(_ exchange: HTTPExchange?) { self.exchange.withLock { $0 = exchange } }

    /// The client left: whoever works for it should know.
    func cancelExchange() { exchange.withLock { $0 }?.clientLeft() }

    /// The server stops: wake the connection, cut it.
    func abandonExchange() {
        exchange.withLock { $0 }?.abandon()
        abort()
    }

    /// The socket if it is open; only for `poll`, which does no harm on a wrong one.
    var openDescriptor: Int32? { descriptor.withLock { $0 >= 0 ? $0 : nil } }

    /// Cuts the connection; the loop will notice and clean up.
    func abort() {
        descriptor.withLock { if $0 >= 0 { Socket.shutdown($0) } }
    }

    /// The loop is about to close the socket.
    func didClose() { descriptor.withLock { $0 = -1 } }
}
