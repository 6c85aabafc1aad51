/// Where the engine learns the time.
///
/// A real seam: the process reads the system's clocks, tests and simulations set their own. Only
/// the wall clock may jump; durations are taken from the steady one.
public protocol Clock: Sendable {
    /// Microseconds since 1970, UTC, as people set it.
    func wallMicroseconds() -> Int64
    /// Nanoseconds since some fixed instant; never goes back.
    func steadyNanoseconds() -> UInt64
}
