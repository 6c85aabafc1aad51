import Segments

/// The steady clock that the door's time-outs go by.
enum MonotonicClock {
    /// Nanoseconds since some fixed point.
    static func nanoseconds() -> UInt64 { SystemClock().steadyNanoseconds() }

    /// `seconds` from now on the same scale.
    static func deadline(inSeconds seconds: Double) -> UInt64 {
        nanoseconds() &+ UInt64(max(0, min(seconds, 1e9)) * 1e9)
    }
}
