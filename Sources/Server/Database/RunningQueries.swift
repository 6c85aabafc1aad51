import Segments

/// The queries that run now: how many may, which they are, and how to end one.
public final class RunningQueries: Sendable {
    /// One running query.
    public struct Entry: Sendable {
        /// Given by the client or drawn.
        public var id: String
        /// The statement.
        public var sql: String
        /// When it began, on the wall clock.
        public var startedMicroseconds: Int64
        let ticket: UInt64
        let cancellation: Cancellation
    }

    private struct State {
        var entries: [Entry] = []
        var waitingCount = 0
        var nextTicket: UInt64 = 0
    }

    /// How many may run at once.
    public let slots: Int
    private let state = Monitor(State())

    /// Queries that may wait for a slot.
    private static let maximumWaitingCount = 64
    /// How long each waits at most.
    private static let maximumWaitNanoseconds: UInt64 = 2_000_000_000

    /// A register with so many slots.
    public init(slots: Int) { self.slots = max(1, slots) }

    /// Takes a slot, runs `body`, gives it back.
    ///
    /// - Returns: `nil` where no slot became free in time.
    func run<Result, Failure: Error>(
        id: String, sql: String, startedMicroseconds: Int64, cancellation: Cancellation,
        _ body: () throws(Failure) -> Result
    ) throws(Failure) -> Result? {
        let mayWait = state.withLock { state in
            guard state.waitingCount < Self.maximumWaitingCount else { return false }
            state.waitingCount += 1
            return true
        }
        guard mayWait else { return nil }
        let slots = slots
        let ticket = state.wait(timeoutNanoseconds: Self.maximumWaitNanoseconds) {
            (state: inout State) -> UInt64? in
            guard state.entries.count < slots else { return nil }
            state.nextTicket += 1
            state.entries.append(
                Entry(
                    id: id, sql: sql, startedMicroseconds: startedMicroseconds,
                    ticket: state.nextTicket, cancellation: cancellation))
            return state.nextTicket
        }
        state.withLock { $0.waitingCount -= 1 }
        guard let ticket else { return nil }
        defer { state.update { $0.entries.removeAll { $0.ticket == ticket } } }
        return try body()
    }

    /// What runs now, oldest first.
    public var entries: [Entry] { state.withLock { $0.entries } }

    /// Ends every query of that id.
    ///
    /// - Returns: Whether there was one.
    public func cancel(id: String) -> Bool {
        let found = entries.filter { $0.id == id }
        for entry in found { entry.cancellation.cancel() }
        return !found.isEmpty
    }
}
