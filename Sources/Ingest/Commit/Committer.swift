import Segments
import Synchronization

/// The one thread that commits: takes what waits, makes it one group, wakes those who waited.
///
/// Group commit without a timer: while one group is being synced the next one comes together.
/// Whoever submits gives up a thread until the rows are durable and visible.
public final class Committer: Sendable {
    /// A request and where its outcome goes.
    private final class Ticket: Sendable {
        let request: CommitRequest
        let byteCount: Int
        let rowByteCount: Int
        let outcome = Monitor<Result<CommitOutcome, IngestError>?>(nil)

        init(_ request: CommitRequest) {
            self.request = request
            byteCount = request.byteCount
            rowByteCount = request.rowByteCount
        }
    }

    private struct Queue {
        var tickets: [Ticket] = []
        var byteCount = 0
        var isStopping = false
    }

    /// The state behind the one lock that commits, freezes and forgets. `CommitCore` is a class
    /// that only this lock's holder touches.
    let core: Mutex<CommitCore>
    private let settings: IngestSettings
    private let queue = Monitor(Queue())
    private let liveByteCount: Monitor<Int>
    private let thread = Mutex<EngineThread?>(nil)

    init(core: sending CommitCore, settings: IngestSettings) {
        liveByteCount = Monitor(core.liveByteCount)
        self.core = Mutex(core)
        self.settings = settings
    }

    /// Starts the thread.
    func start() {
        thread.withLock { $0 = EngineThread { [self] in run() } }
    }

    /// Commits the rows of a request; returns when they are durable and visible.
    ///
    /// - Throws: `overloaded` before anything is done where too much is waiting or live; else see
    ///   `IngestError`.
    public func submit(_ request: CommitRequest) throws(IngestError) -> CommitOutcome {
        let ticket = Ticket(request)
        guard awaitRoom() <= settings.liveByteLimit else {
            throw .overloaded(what: "bytes of live rows", limit: settings.liveByteLimit)
        }
        try queue.update { queue throws(IngestError) in
            guard !queue.isStopping else { throw .closed("the engine stops") }
            guard
                queue.tickets.isEmpty
                    || queue.byteCount + ticket.byteCount <= settings.queueByteLimit
            else {
                throw .overloaded(what: "bytes of waiting requests", limit: settings.queueByteLimit)
            }
            queue.tickets.append(ticket)
            queue.byteCount += ticket.byteCount
        }
        guard let outcome = ticket.outcome.wait(until: { $0 }) else {
            preconditionFailure("a wait without a deadline ended")
        }
        return try outcome.get()
    }

    private func run() {
        var hasReported = false
        while let group = nextGroup() {
            let (outcomes, isClosed) = core.withLock { core in
                let outcomes = core.commit(group.map(\.request))
                noteLive(core.liveByteCount)
                return (outcomes, core.isClosed)
            }
            if isClosed, !hasReported, case .failure(let error)? = outcomes.last {
                hasReported = true
                settings.onEvent(.logFailed("\(error)"))
            }
            for (ticket, outcome) in zip(group, outcomes) {
                ticket.outcome.update { $0 = outcome }
            }
        }
    }

    /// What waits, up to a group's size; `nil` once stopping and empty.
    private func nextGroup() -> [Ticket]? {
        let group = queue.wait { queue -> [Ticket]? in
            if queue.tickets.isEmpty { return queue.isStopping ? [] : nil }
            var count = 0
            var byteCount = 0
            var rowByteCount = 0
            while count < queue.tickets.count, count < settings.groupRequestCount,
                rowByteCount < settings.groupByteCount
            {
                byteCount += queue.tickets[count].byteCount
                rowByteCount += queue.tickets[count].rowByteCount
                count += 1
            }
            let group = Array(queue.tickets[..<count])
            queue.tickets.removeFirst(count)
            queue.byteCount -= byteCount
            return group
        }
        return group.flatMap { $0.isEmpty ? nil : $0 }
    }

    /// Bytes that wait and bytes that are live, for metrics.
    public var load: (waitingBytes: Int, liveBytes: Int) {
        (queue.withLock { $0.byteCount }, liveByteCount.withLock { $0 })
    }

    /// Lets a request wait where live rows come near their limit, for a seal to make room.
    ///
    /// - Returns: Bytes of live rows now.
    private func awaitRoom() -> Int {
        let limit = settings.liveByteLimit
        let pause = UInt64(max(0, settings.livePauseSeconds) * 1e9)
        let roomy = liveByteCount.wait(timeoutNanoseconds: pause) { live in
            live <= limit / 4 * 3 || live > limit ? live : nil
        }
        return roomy ?? liveByteCount.withLock { $0 }
    }

    /// Notes how many bytes of rows are live now.
    func noteLive(_ byteCount: Int) { liveByteCount.update { $0 = byteCount } }

    /// Takes no more requests, commits those that wait, and ends the thread.
    func stop() {
        queue.update { $0.isStopping = true }
        let thread = thread.withLock { thread in
            defer { thread = nil }
            return thread
        }
        thread?.join()
        core.withLock { $0.close() }
    }
}
