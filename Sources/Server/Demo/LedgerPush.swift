import Segments

/// Pushes batches over one connection per lane, and survives the server's death.
///
/// A batch leaves its lane's queue when the server has acknowledged it. When a connection breaks,
/// the batch stays at the head and is sent again to the next server: nobody knows whether it was
/// applied, and with ids that are unique for ever it does not matter.
final class LedgerPush: Sendable {
    /// What has been acknowledged, and at what cost.
    struct Tally: Sendable {
        /// The sum of the receipts; each batch has exactly one.
        var total = IngestReceipt()
        /// Refused lines by code, conflicts left out.
        var rejectedByCode: [String: Int] = [:]
        var batches = 0
        /// Sends that got no answer.
        var cutOff = 0
        /// Batches that had been applied although nobody said so: all of it was there already.
        var appliedUnheard = 0
    }

    private struct Job {
        var batch: LineBatch
        var attempts = 0
    }

    private struct State {
        var queues: [[Job]]
        var isInFlight: [Bool]
        var url: ServerURL?
        var expectsLoss = false
        var isClosed = false
        var failure: CommandError?
        var tally = Tally()
    }

    private enum Step {
        case send(Job, ServerURL)
        case end
    }

    private let monitor: Monitor<State>
    private let table: String

    /// Batches that wait in a lane; more would only take memory.
    private static let queueLimit = 4
    private static let stallNanoseconds: UInt64 = 180_000_000_000

    init(table: String, laneCount: Int, url: ServerURL) {
        self.table = table
        monitor = Monitor(
            State(
                queues: Array(repeating: [], count: laneCount),
                isInFlight: Array(repeating: false, count: laneCount), url: url))
    }

    /// Starts one thread for each lane.
    func start() -> [EngineThread] {
        let count = monitor.withLock { $0.queues.count }
        return (0..<count).map { lane in EngineThread { [self] in run(lane) } }
    }

    /// What has been acknowledged so far.
    var tally: Tally { monitor.withLock { $0.tally } }

    /// Queues a batch, waiting for room.
    func enqueue(_ batch: LineBatch, lane: Int) throws(CommandError) {
        let result: Result<Void, CommandError>? = monitor.wait(
            timeoutNanoseconds: Self.stallNanoseconds
        ) { state in
            if let failure = state.failure { return .failure(failure) }
            guard state.queues[lane].count < Self.queueLimit else { return nil }
            state.queues[lane].append(Job(batch: batch))
            return .success(())
        }
        monitor.update { _ in }
        try Self.finish(result)
    }

    /// Looks whether so many lanes are sending right now, and if so prepares for their loss.
    ///
    /// - Returns: Whether the server may be killed now; if not, look again a batch later.
    func mayLose(lanes: Int) throws(CommandError) -> Bool {
        let result: Result<Bool, CommandError> = monitor.withLock { state in
            if let failure = state.failure { return .failure(failure) }
            state.expectsLoss = state.isInFlight.count(where: \.self) >= lanes
            return .success(state.expectsLoss)
        }
        return try result.get()
    }

    /// Waits until every lane has noticed that the server is gone.
    func awaitLoss() throws(CommandError) {
        monitor.update { $0.url = nil }
        let result: Result<Void, CommandError>? = monitor.wait(
            timeoutNanoseconds: Self.stallNanoseconds
        ) { state in
            if let failure = state.failure { return .failure(failure) }
            return state.isInFlight.contains(true) ? nil : .success(())
        }
        try Self.finish(result)
    }

    /// Goes on with another server.
    func resume(_ url: ServerURL) {
        monitor.update { state in
            state.expectsLoss = false
            state.url = url
        }
    }

    /// Ends the lanes, after their last batch, or at once after a failure.
    func close(_ threads: [EngineThread]) throws(CommandError) {
        monitor.update { $0.isClosed = true }
        for thread in threads { thread.join() }
        if let failure = monitor.withLock({ $0.failure }) { throw failure }
    }

    /// Ends the lanes without their batches.
    func abandon(_ threads: [EngineThread]) {
        monitor.update { state in
            if state.failure == nil { state.failure = CommandError("given up") }
        }
        for thread in threads { thread.join() }
    }

    private static func finish(_ result: Result<Void, CommandError>?) throws(CommandError) {
        guard let result else { throw CommandError("the server has stalled") }
        try result.get()
    }

    // MARK: A lane

    private func run(_ lane: Int) {
        var sender: EventSender?
        while case .send(let job, let url)? = nextStep(lane) {
            if sender?.connection.url != url {
                sender = EventSender(
                    connection: ServerConnection(url), table: table, onError: "quarantine")
            }
            guard let sender else { return }
            monitor.update { $0.isInFlight[lane] = true }
            do throws(EventSenderError) {
                let receipt = try sender.send(job.batch.bytes)
                monitor.update { Self.acknowledge(receipt, lane, &$0) }
            } catch {
                monitor.update { Self.fail(error, lane, url, &$0) }
            }
        }
    }

    private func nextStep(_ lane: Int) -> Step? {
        monitor.wait { state in
            if state.failure != nil { return .end }
            guard let job = state.queues[lane].first else { return state.isClosed ? .end : nil }
            guard let url = state.url else { return nil }
            state.queues[lane][0].attempts += 1
            return .send(job, url)
        }
    }

    private static func acknowledge(_ receipt: IngestReceipt, _ lane: Int, _ state: inout State) {
        state.isInFlight[lane] = false
        let job = state.queues[lane].removeFirst()
        guard receipt.lineCount == job.batch.lineCount else {
            state.failure = CommandError(
                "the receipt speaks of \(receipt.lineCount) lines, not \(job.batch.lineCount)")
            return
        }
        state.tally.batches += 1
        state.tally.total.add(receipt)
        for rejection in receipt.rejections where rejection.code != "conflict" {
            state.tally.rejectedByCode[rejection.code, default: 0] += 1
        }
        if job.attempts > 1, receipt.accepted == 0 { state.tally.appliedUnheard += 1 }
    }

    private static func fail(
        _ error: EventSenderError, _ lane: Int, _ url: ServerURL, _ state: inout State
    ) {
        state.isInFlight[lane] = false
        switch error {
        case .failed(let cause) where cause.exitCode == .noConnection && state.expectsLoss:
            state.tally.cutOff += 1
            if state.url == url { state.url = nil }
        case .failed(let cause): state.failure = cause
        case .refused(let problem): state.failure = problem.commandError
        }
    }
}
