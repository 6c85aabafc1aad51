import Segments

/// Wakes at a fixed interval on the steady clock and lets a compactor make a pass.
///
/// One thread; a pass that takes longer than the interval delays the next one, never overlaps it.
public final class CompactionDetector: Sendable {
    private let compactor: Compactor
    private let isStopping = Monitor(false)
    private let thread: EngineThread

    /// Starts the detector; the first pass begins after one interval.
    ///
    /// - Parameter onReport: Called after each pass, on the detector's thread.
    public init(
        compactor: Compactor, intervalNanoseconds: UInt64,
        onReport: @escaping @Sendable (CompactionReport) -> Void
    ) {
        self.compactor = compactor
        let isStopping = isStopping
        thread = EngineThread {
            while isStopping.wait(
                timeoutNanoseconds: intervalNanoseconds, until: { $0 ? true : nil }) == nil
            {
                onReport(compactor.run())
            }
        }
    }

    /// Ends a running pass and the thread. Call it exactly once.
    public func stop() {
        compactor.stop()
        isStopping.update { $0 = true }
        thread.join()
    }
}
