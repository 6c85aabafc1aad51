import Segments
import Synchronization

/// Watches over the first seconds of a start: when they have passed, it has come to something.
final class StartProbation: Sendable {
    /// How long a start has to last.
    static let nanoseconds: UInt64 = 10_000_000_000

    private let isOver = Monitor(false)
    private let thread: Mutex<EngineThread?>

    /// Begins now.
    init(_ catalog: Catalog, nanoseconds: UInt64 = nanoseconds) {
        let isOver = isOver
        thread = Mutex(
            EngineThread {
                let ended = isOver.wait(timeoutNanoseconds: nanoseconds) { $0 ? true : nil }
                if ended == nil { catalog.noteHealthyStart() }
            })
    }

    /// Ends it early. Any number of times.
    func stop() {
        isOver.update { $0 = true }
        let thread = thread.withLock { thread in
            defer { thread = nil }
            return thread
        }
        thread?.join()
    }
}
