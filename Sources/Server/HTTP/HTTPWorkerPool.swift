import Segments

/// A fixed number of threads that run jobs in the order they came.
///
/// The queue has no limit of its own: a connection has at most one job in it, and connections are
/// limited.
final class HTTPWorkerPool: Sendable {
    private struct State {
        var jobs: [@Sendable () -> Void] = []
        /// Jobs before this index have been taken.
        var taken = 0
        var isStopping = false
        var running = 0

        mutating func next() -> (@Sendable () -> Void)? {
            guard taken < jobs.count else { return nil }
            let job = jobs[taken]
            taken += 1
            if taken == jobs.count || taken >= 1024 {
                jobs.removeFirst(taken)
                taken = 0
            }
            return job
        }
    }

    private let state: Monitor<State>
    private let threads: [EngineThread]

    /// Starts `count` threads.
    init(count: Int) {
        precondition(count > 0)
        let state = Monitor(State())
        self.state = state
        threads = (0..<count).map { _ in EngineThread { HTTPWorkerPool.work(state) } }
    }

    /// Queues a job.
    func submit(_ job: @escaping @Sendable () -> Void) {
        state.updateWakingOne { $0.jobs.append(job) }
    }

    private static func work(_ state: Monitor<State>) {
        while true {
            let job: (@Sendable () -> Void)? =
                state.wait { state in
                    if let job = state.next() {
                        state.running += 1
                        return .some(job)
                    }
                    return state.isStopping ? .some(nil) : nil
                } ?? nil
            guard let job else { return }
            job()
            state.withLock { $0.running -= 1 }
        }
    }

    /// Ends the threads once the queue is empty. A thread whose job has not ended by `deadline` is
    /// left to end by itself: what it uses stays alive with it.
    ///
    /// - Returns: Whether all threads ended.
    func stop(until deadline: UInt64) -> Bool {
        state.update { $0.isStopping = true }
        while state.withLock({ $0.running > 0 || $0.taken < $0.jobs.count }) {
            guard MonotonicClock.nanoseconds() < deadline else {
                for thread in threads { thread.detach() }
                return false
            }
            Socket.pause(seconds: 0.002)
        }
        for thread in threads { thread.join() }
        return true
    }
}
