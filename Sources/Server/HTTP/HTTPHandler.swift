import Segments

/// What to do with a request whose head alone is known.
public enum HTTPAdmission: Sendable {
    /// Read the body (at most `bodyLimit` bytes, as sent; nil means the server's limit), then call
    /// `respond` on a worker thread.
    case process(bodyLimit: Int?)
    /// Answer now, in the network loop, and keep the connection: health, cached bodies, look-ups
    /// of microseconds. Must not be a stream. A request that has a body is answered and closed.
    case answer(HTTPResponse)
    /// Answer now, without reading the body, and close: 401, 404, 405, 413, 429.
    case refuse(HTTPResponse)
}

/// The application behind the door.
public protocol HTTPHandler: Sendable {
    /// Judges a request by its head. Runs in the network loop: it must return within microseconds
    /// and never block or wait for a lock that queries hold.
    func admit(_ head: HTTPRequestHead) -> HTTPAdmission

    /// Answers a request. Runs on a worker thread and may take its time; `cancellation` goes up
    /// when the client disconnects or the server has waited long enough for it to stop.
    func respond(to request: HTTPRequest, cancellation: Cancellation) -> HTTPResponse

    /// Answers a request in the network loop, where waking a worker would take longer than the
    /// answer; `nil` where `respond` has to. Only asked while no other request is in the server, so
    /// that nobody waits for it; it must end within about a millisecond and must not be a stream.
    func respondAtOnce(to request: HTTPRequest, cancellation: Cancellation) -> HTTPResponse?
}

extension HTTPHandler {
    /// Leaves everything to the workers.
    public func respondAtOnce(
        to request: HTTPRequest, cancellation: Cancellation
    ) -> HTTPResponse? { nil }
}

/// One finished exchange, for the access log and the metrics.
public struct HTTPAccessRecord: Sendable {
    /// How an exchange ended.
    public enum Outcome: String, Sendable {
        /// The whole answer was handed to the kernel.
        case completed
        /// The client left, stalled, or the answer was cut.
        case aborted
    }

    /// The method, as sent; of an unknown one the first 16 bytes.
    public var method: String
    /// The raw target, at most 8 KiB.
    public var target: String
    /// The client's address.
    public var peerAddress: String
    /// The status sent, or that would have been.
    public var status: Int
    /// Body bytes received.
    public var requestByteCount: Int
    /// Body bytes given to the network.
    public var responseByteCount: Int
    /// From the head to the end, by a monotonic clock.
    public var durationNanoseconds: UInt64
    /// Whole or cut.
    public var outcome: Outcome
}

/// Sees every exchange that reached the door. Called in the network loop: count and queue, no work.
public protocol HTTPAccessObserver: Sendable {
    /// An exchange ended.
    func observe(_ record: HTTPAccessRecord)
}
