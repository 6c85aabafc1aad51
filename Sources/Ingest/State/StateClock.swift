import Segments

/// The time of records: the wall clock as it was at the start, moved on by the steady one.
///
/// What ends by time must not end early, or never, because somebody set the clock (RELIABILITY
/// calls it R-CLK); a clock that was set back while the process was down stands still instead.
struct StateClock {
    private let clock: any Clock
    private let wallMicroseconds: Int64
    private let steadyNanoseconds: UInt64

    /// A clock that begins no earlier than `floor`.
    init(_ clock: any Clock, notBefore floor: Int64) {
        self.clock = clock
        wallMicroseconds = max(clock.wallMicroseconds(), floor)
        steadyNanoseconds = clock.steadyNanoseconds()
    }

    /// Microseconds since 1970; never goes back.
    var now: Int64 {
        wallMicroseconds
            + Int64(clamping: (clock.steadyNanoseconds() - steadyNanoseconds) / 1_000)
    }
}
