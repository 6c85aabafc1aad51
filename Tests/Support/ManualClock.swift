import Segments
import Synchronization

/// A clock that stands still until a test moves it.
public final class ManualClock: Clock {
    private let wall: Atomic<Int64>
    private let steady = Atomic<UInt64>(1_000_000_000)

    /// Starts at a wall time in microseconds since 1970; 2026-01-01 where nothing is said.
    public init(wallMicroseconds: Int64 = 1_767_225_600_000_000) { wall = Atomic(wallMicroseconds) }

    /// Lets time pass on both clocks.
    public func advance(seconds: Double) {
        wall.add(Int64(seconds * 1e6), ordering: .relaxed)
        steady.add(UInt64(seconds * 1e9), ordering: .relaxed)
    }

    /// Sets the wall clock alone, as an operator or a time server might, back included.
    public func setWall(microseconds: Int64) { wall.store(microseconds, ordering: .relaxed) }

    public func wallMicroseconds() -> Int64 { wall.load(ordering: .relaxed) }
    public func steadyNanoseconds() -> UInt64 { steady.load(ordering: .relaxed) }
}
