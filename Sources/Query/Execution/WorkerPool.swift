import Segments

/// The threads that help queries.
///
/// A query runs on the thread that called it; helpers join it, one morsel at a time, and take the
/// next morsel from whichever query has waited longest: a long query delays a short one by a morsel
/// at most, and a query never waits for a free helper.
public final class WorkerPool: Sendable {
    private let state: Monitor<State>
    private let threads: [EngineThread]
    /// Threads that help besides the calling one.
    public let helperCount: Int

    private struct State {
        var jobs: [Job] = []
        var isStopped = false
    }

    /// One query's work. Its fields are guarded by the pool's monitor.
    private final class Job: @unchecked Sendable {
        // SAFETY: the mutable fields are touched only inside the pool's monitor.
        let step: @Sendable (Int) -> Bool
        var freeSlots: [Int]
        var runningCount = 0
        var isExhausted = false

        init(slotCount: Int, step: @escaping @Sendable (Int) -> Bool) {
            self.step = step
            freeSlots = Array((1..<max(1, slotCount)).reversed())
        }
    }

    /// Starts the helpers.
    public init(helperCount: Int) {
        precondition(helperCount >= 0)
        self.helperCount = helperCount
        let state = Monitor(State())
        self.state = state
        threads = (0..<helperCount).map { _ in EngineThread { WorkerPool.help(state) } }
    }

    /// Ends the helpers once they finish their morsels; queries go on without them. Call it once.
    public func stop() {
        state.update { $0.isStopped = true }
        for thread in threads { thread.join() }
    }

    /// Calls `step` with a slot number until it answers false, from this thread (slot 0) and from
    /// as many helpers as are free; returns when all calls have returned.
    ///
    /// - Parameters:
    ///   - slotCount: The most calls at one time; no two at one time have the same slot.
    ///   - step: Does one morsel; false where none was left.
    func run(slotCount: Int, _ step: @escaping @Sendable (Int) -> Bool) {
        guard slotCount > 1, helperCount > 0 else {
            while step(0) {}
            return
        }
        let job = Job(slotCount: slotCount, step: step)
        state.update { $0.jobs.append(job) }
        while step(0) {}
        state.withLock { state in
            job.isExhausted = true
            state.jobs.removeAll { $0 === job }
        }
        _ = state.wait { _ in job.runningCount == 0 ? true : nil }
    }

    private static func help(_ state: Monitor<State>) {
        while let work = state.wait(until: { next(&$0) }) {
            guard let (job, slot) = work else { return }
            let hasMore = job.step(slot)
            state.update { state in
                job.runningCount -= 1
                job.freeSlots.append(slot)
                guard !hasMore else { return }
                job.isExhausted = true
                state.jobs.removeAll { $0 === job }
            }
        }
    }

    /// A job with a free slot, moved to the end of the line; `.some(nil)` ends the helper.
    private static func next(_ state: inout State) -> (Job, Int)?? {
        if state.isStopped { return .some(nil) }
        guard let index = state.jobs.firstIndex(where: { !$0.freeSlots.isEmpty }) else {
            return nil
        }
        let job = state.jobs.remove(at: index)
        state.jobs.append(job)
        guard let slot = job.freeSlots.popLast() else { return nil }
        job.runningCount += 1
        return (job, slot)
    }
}
