import Glibc

/// A value behind a lock on which threads can wait: Hoare's monitor on a pthread mutex and condition.
///
/// `Synchronization.Mutex` has no waiting; where nobody waits, use that one. Waits are bounded by a
/// monotonic clock, so a change of the wall clock neither shortens nor stretches them.
@safe final class Monitor<State>: @unchecked Sendable {
    // SAFETY: `state` is touched only with `mutex` held; the two primitives live on the heap from
    // `init` to `deinit` and are never moved.
    private let mutex: UnsafeMutablePointer<pthread_mutex_t>
    private let condition: UnsafeMutablePointer<pthread_cond_t>
    private var state: State

    init(_ state: State) {
        self.state = state
        // SAFETY: freshly allocated, initialised once, destroyed in `deinit`.
        unsafe mutex = .allocate(capacity: 1)
        unsafe condition = .allocate(capacity: 1)
        unsafe mutex.initialize(to: pthread_mutex_t())
        unsafe condition.initialize(to: pthread_cond_t())
        unsafe pthread_mutex_init(mutex, nil)
        var attributes = pthread_condattr_t()
        unsafe pthread_condattr_init(&attributes)
        unsafe pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
        unsafe pthread_cond_init(condition, &attributes)
        unsafe pthread_condattr_destroy(&attributes)
    }

    deinit {
        // SAFETY: the last reference is gone, so nobody holds the lock or waits.
        unsafe pthread_cond_destroy(condition)
        unsafe pthread_mutex_destroy(mutex)
        unsafe condition.deallocate()
        unsafe mutex.deallocate()
    }

    /// Runs `body` with the lock held and wakes nobody.
    func withLock<Result>(_ body: (inout State) -> Result) -> Result {
        // SAFETY: the primitives are live as long as `self`.
        unsafe pthread_mutex_lock(mutex)
        defer { unsafe pthread_mutex_unlock(mutex) }
        return body(&state)
    }

    /// Runs `body` with the lock held and wakes all who wait, to look again.
    func update<Result>(_ body: (inout State) -> Result) -> Result {
        // SAFETY: the primitives are live as long as `self`.
        unsafe pthread_mutex_lock(mutex)
        defer {
            unsafe pthread_cond_broadcast(condition)
            unsafe pthread_mutex_unlock(mutex)
        }
        return body(&state)
    }

    /// Runs `body` with the lock held and wakes one who waits; right when any one of them will do.
    func updateWakingOne<Result>(_ body: (inout State) -> Result) -> Result {
        // SAFETY: the primitives are live as long as `self`.
        unsafe pthread_mutex_lock(mutex)
        defer {
            unsafe pthread_mutex_unlock(mutex)
            unsafe pthread_cond_signal(condition)
        }
        return body(&state)
    }

    /// Waits until `body` gives a value, and looks again after every update.
    ///
    /// - Parameter deadline: `MonotonicClock` nanoseconds after which to give up; nil waits for ever.
    /// - Returns: The value, or nil when the deadline passed.
    func wait<Result>(
        until deadline: UInt64? = nil, _ body: (inout State) -> Result?
    ) -> Result? {
        // SAFETY: the primitives are live as long as `self`; the wait gives the lock back and
        // retakes it, and `state` is read again each time.
        unsafe pthread_mutex_lock(mutex)
        defer { unsafe pthread_mutex_unlock(mutex) }
        while true {
            if let result = body(&state) { return result }
            guard let deadline else {
                unsafe pthread_cond_wait(condition, mutex)
                continue
            }
            var time = timespec(
                tv_sec: Int(deadline / 1_000_000_000), tv_nsec: Int(deadline % 1_000_000_000))
            if unsafe pthread_cond_timedwait(condition, mutex, &time) == ETIMEDOUT {
                return body(&state)
            }
        }
    }
}

/// The clock for durations: it never jumps.
enum MonotonicClock {
    /// Nanoseconds since some fixed moment.
    static func nanoseconds() -> UInt64 {
        var time = timespec()
        // SAFETY: `time` is a local the call fills.
        unsafe clock_gettime(CLOCK_MONOTONIC, &time)
        return UInt64(time.tv_sec) &* 1_000_000_000 &+ UInt64(time.tv_nsec)
    }

    /// Now and `seconds` more.
    static func deadline(inSeconds seconds: Double) -> UInt64 {
        nanoseconds() &+ UInt64(max(0, min(seconds, 1e9)) * 1e9)
    }
}
