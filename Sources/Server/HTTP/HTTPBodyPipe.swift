import Segments

/// Why a streamed body could not be written on.
public enum HTTPStreamError: Error, Equatable, Sendable {
    /// The client left or stalled, or the server stopped: nobody will read what comes.
    case closed
}

/// The producer's end of a streamed body.
public final class HTTPBodyWriter: Sendable {
    private let pipe: HTTPBodyPipe

    init(_ pipe: HTTPBodyPipe) { self.pipe = pipe }

    /// Hands bytes to the network, in order; waits while the buffer is full.
    ///
    /// Call it with some kilobytes at a time: each call takes a lock.
    public func write(_ bytes: [UInt8]) throws(HTTPStreamError) { try pipe.write(bytes) }
}

/// A bounded buffer between the worker that produces a body and the loop that sends it.
///
/// The loop never waits: when there is nothing to send, it *parks* its connection, and the next
/// write wakes it. The worker waits when the buffer is full, until the loop has taken something or
/// the pipe is closed. A slow client cannot hold it for ever: the watch cuts its connection.
final class HTTPBodyPipe: Sendable {
    /// What the loop got.
    enum Taken {
        /// The next bytes; to be copied and dropped before the next call.
        case bytes(ArraySlice<UInt8>)
        /// Nothing now; `park` has been called.
        case parked
        /// The end, with the trailer fields.
        case finished(HTTPHeaders)
        /// The body ends here without being whole: cut the connection.
        case broken
    }

    private enum Phase {
        case open
        case finished(HTTPHeaders)
        case broken
    }

    private struct State {
        var phase = Phase.open
        /// Written, not yet given to the loop.
        var pending: [UInt8] = []
        /// Being sent, from `offset` on.
        var current: [UInt8] = []
        var offset = 0
        var isParked = false
    }

    private let state = Monitor(State())
    private let capacity: Int
    private let wake: @Sendable () -> Void

    /// - Parameter wake: Resumes the parked connection. Called with the pipe's lock held, only
    ///   while the connection is parked, so it must not call the pipe.
    init(capacity: Int, wake: @escaping @Sendable () -> Void) {
        self.capacity = capacity
        self.wake = wake
    }

    /// Appends all of `bytes`, in pieces of the buffer's size.
    func write(_ bytes: [UInt8]) throws(HTTPStreamError) {
        var written = 0
        while written < bytes.count {
            let count: Int? =
                state.wait { state in
                    guard case .open = state.phase else { return .some(nil) }
                    let room = capacity - state.pending.count
                    guard room > 0 else { return nil }
                    let count = min(room, bytes.count - written)
                    state.pending.append(contentsOf: bytes[written..<(written + count)])
                    unpark(&state)
                    return .some(count)
                } ?? nil
            guard let count else { throw .closed }
            written += count
        }
    }

    /// The producer is done; what is buffered will be sent, then the trailers.
    func finish(_ trailers: HTTPHeaders) { end(.finished(trailers)) }

    /// The producer failed, or the connection is gone: nothing more is sent.
    func breakOff() { end(.broken) }

    private func end(_ phase: Phase) {
        state.update { state in
            if case .open = state.phase { state.phase = phase }
            unpark(&state)
        }
    }

    private func unpark(_ state: inout State) {
        guard state.isParked else { return }
        state.isParked = false
        wake()
    }

    /// Takes up to `limit` bytes of what there is. The loop's side.
    ///
    /// - Parameter park: Suspends the connection; called with the lock held when the pipe is empty.
    func take(limit: Int, park: () -> Void) -> Taken {
        state.update { state in
            if case .broken = state.phase { return .broken }
            if state.offset == state.current.count {
                state.current.removeAll(keepingCapacity: true)
                state.offset = 0
                swap(&state.current, &state.pending)
            }
            guard state.offset < state.current.count else {
                if case .finished(let trailers) = state.phase { return .finished(trailers) }
                state.isParked = true
                park()
                return .parked
            }
            let end = min(state.current.count, state.offset + limit)
            defer { state.offset = end }
            return .bytes(state.current[state.offset..<end])
        }
    }
}
