import Glibc

/// The system's clocks.
public struct SystemClock: Clock {
    /// Reads nothing yet.
    public init() {}

    /// `CLOCK_REALTIME`.
    public func wallMicroseconds() -> Int64 {
        let now = Self.read(CLOCK_REALTIME)
        return Int64(now.tv_sec) * 1_000_000 + Int64(now.tv_nsec) / 1_000
    }

    /// `CLOCK_MONOTONIC`.
    public func steadyNanoseconds() -> UInt64 {
        let now = Self.read(CLOCK_MONOTONIC)
        return UInt64(now.tv_sec) * 1_000_000_000 + UInt64(now.tv_nsec)
    }

    private static func read(_ clock: clockid_t) -> timespec {
        var now = timespec()
        // SAFETY: the structure lives for the call; both clocks exist on every Linux.
        let result = unsafe clock_gettime(clock, &now)
        precondition(result == 0, "the system has no clock \(clock)")
        return now
    }
}
