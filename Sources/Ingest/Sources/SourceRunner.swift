import Segments
import Synchronization

/// The thread of one source: rounds of its loop, until it is stopped or an operator has to decide.
final class SourceRunner: Sendable {
    /// What it reads, as it was when the thread began.
    let definition: SourceDefinition
    private let latest: Mutex<SourceStatus>
    private let isStopping = Monitor(false)
    private let thread = Mutex<EngineThread?>(nil)

    /// Begins at once.
    ///
    /// - Parameters:
    ///   - onRest: Called in the source's thread, as its last act, when it cannot go on by itself.
    ///   - onError: Called there when something else goes wrong.
    init(
        _ definition: SourceDefinition, sink: any SourceSink, clock: any Clock,
        limits: SourceLimits,
        open: @escaping @Sendable () throws(SourceError) -> any PartitionedStream,
        onRest: @escaping @Sendable (SourceError) -> Void,
        onError: @escaping @Sendable (SourceError) -> Void
    ) {
        self.definition = definition
        latest = Mutex(SourceStatus(.starting))
        let started = EngineThread { [self] in
            var loop = SourceLoop(
                definition, sink: sink, clock: clock, limits: limits, open: open)
            var known: SourceError?
            while !isStopping.withLock({ $0 }) {
                let pause = loop.step()
                let status = loop.status
                latest.withLock { $0 = status }
                guard let pause else {
                    if let error = status.error { onRest(error) }
                    return
                }
                if pause > 0 {
                    if let error = status.error, error != known { onError(error) }
                    known = status.error
                    _ = isStopping.wait(timeoutNanoseconds: pause) { $0 ? true : nil }
                }
            }
        }
        thread.withLock { $0 = started }
    }

    /// What it is doing.
    var status: SourceStatus { latest.withLock { $0 } }

    /// Asks it to end after the round it is in.
    func askToStop() { isStopping.update { $0 = true } }

    /// Waits for its end. Any number of times, but never from its own thread.
    func join() {
        askToStop()
        let thread = thread.withLock { thread in
            defer { thread = nil }
            return thread
        }
        thread?.join()
    }
}
