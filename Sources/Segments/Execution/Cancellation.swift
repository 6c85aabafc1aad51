import Synchronization

/// A flag one side raises and the other looks at: the query's client went away, its time is up, or
/// the process stops.
///
/// Work checks `isCancelled` once per block or per batch, not per row, and ends with its own error
/// when it is true. A cancellation is never taken back.
public final class Cancellation: Sendable {
    private let flag = Atomic<Bool>(false)

    /// A flag that is down.
    public init() {}

    /// Whether somebody asked the work to end. One relaxed load: cheap enough for every block.
    public var isCancelled: Bool { flag.load(ordering: .relaxed) }

    /// Asks the work to end. Safe from any thread, any number of times; does not wait.
    public func cancel() { flag.store(true, ordering: .relaxed) }
}
