import Segments

/// Wakes at a fixed interval on the steady clock and lets a compactor make a pass.
///
/// One thread; a pass that takes longer than the interval delays the next one, never overlaps it.
public final class CompactionDetector: Sendable {
    private let compactor: Compactor
    private let control = Monitor(Control())
    private let thread: EngineThread

    private struct Control {
        var isStopping = false
        var isWoken = false
    }

    /// Starts the detector; the first pass begins after one interval.
    ///
    /// - Parameter onReport: Called after each pass, on the detector's thread.
    public init(
        compactor: Compactor, intervalNanoseconds: UInt64,
        onReport: @escaping @Sendable (CompactionReport) -> Void
    ) {
        self.compactor = compactor
        let control = control
        thread = EngineThread {
            while Self.pause(control, intervalNanoseconds) { onReport(compactor.run()) }
        }
    }

    /// Waits an interval, or until somebody wakes the detector; false once it is to end.
    private static func pause(_ control: Monitor<Control>, _ nanoseconds: UInt64) -> Bool {
        let isStopping = control.wait(timeoutNanoseconds: nanoseconds) { control in
            guard control.isStopping || control.isWoken else { return nil as Bool? }
            control.isWoken = false
            return control.isStopping
        }
        return isStopping != true
    }

    /// Makes the next pass begin at once: there is something to do.
    public func wake() { control.update { $0.isWoken = true } }

    /// Ends a running pass and the thread. Call it exactly once.
    public func stop() {
        compactor.stop()
        control.update { $0.isStopping = true }
        thread.join()
    }
}
