import Segments
import Synchronization

/// Watches over the first seconds of a start: when they have passed, or something was committed in
/// them, it has come to something. A server that is killed every second while it takes rows in does
/// not die of itself; one that dies of what its log or a source brings commits nothing before.
final class StartProbation: Sendable {
    /// How long a start has to last.
    static let nanoseconds: UInt64 = 10_000_000_000
    /// How often it is looked whether something was committed.
    private static let lookNanoseconds: UInt64 = 50_000_000

    private let isOver = Monitor(false)
    private let thread: Mutex<EngineThread?>

    /// Begins now.
    init(_ catalog: Catalog, nanoseconds: UInt64 = nanoseconds) {
        let isOver = isOver
        thread = Mutex(
            EngineThread {
                let first = catalog.snapshot.version
                var waited: UInt64 = 0
                while waited < nanoseconds, catalog.snapshot.version == first {
                    let step = min(Self.lookNanoseconds, nanoseconds - waited)
                    let ended = isOver.wait(timeoutNanoseconds: step) { $0 ? true : nil }
                    if ended != nil { return }
                    waited += step
                }
                catalog.noteHealthyStart()
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
