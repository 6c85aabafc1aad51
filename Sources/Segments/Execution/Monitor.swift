import Glibc

/// State behind a lock, on whose changes threads can wait.
///
/// The standard library's `Mutex` has no way to wait; this is a POSIX mutex and a condition
/// variable on the steady clock. Bodies are short and never block.
@safe
public final class Monitor<State>: @unchecked Sendable {
    // SAFETY: `state` is touched only between lock and unlock of `mutex`; both primitives live at
    // fixed addresses from `init` to `deinit`, when nobody can hold or wait for them any more.
    private var state: State
    private let mutex: UnsafeMutablePointer<pthread_mutex_t>
    private let changed: UnsafeMutablePointer<pthread_cond_t>

    /// Guards `state`.
    public init(_ state: sending State) {
        self.state = state
        // SAFETY: both are allocated before they are set up, and nobody else knows them yet.
        unsafe mutex = .allocate(capacity: 1)
        unsafe changed = .allocate(capacity: 1)
        unsafe pthread_mutex_init(mutex, nil)
        var attributes = pthread_condattr_t()
        unsafe pthread_condattr_init(&attributes)
        unsafe pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
        unsafe pthread_cond_init(changed, &attributes)
        unsafe pthread_condattr_destroy(&attributes)
    }

    deinit {
        // SAFETY: the last reference is gone, so no thread is inside.
        unsafe pthread_cond_destroy(changed)
        unsafe pthread_mutex_destroy(mutex)
        unsafe changed.deallocate()
        unsafe mutex.deallocate()
    }

    /// Reads or changes the state without waking anybody.
    public func withLock<Result, Failure: Error>(
        _ body: (inout State) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        // SAFETY: see the stored properties.
        unsafe pthread_mutex_lock(mutex)
        defer { unsafe pthread_mutex_unlock(mutex) }
        return try body(&state)
    }

    /// Changes the state and wakes every waiting thread to look at it again.
    public func update<Result, Failure: Error>(
        _ body: (inout State) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        // SAFETY: see the stored properties.
        unsafe pthread_mutex_lock(mutex)
        defer {
            unsafe pthread_cond_broadcast(changed)
            unsafe pthread_mutex_unlock(mutex)
        }
        return try body(&state)
    }

    /// Changes the state and wakes one waiting thread, where any of them can take what came.
    public func updateWakingOne<Result, Failure: Error>(
        _ body: (inout State) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        // SAFETY: see the stored properties.
        unsafe pthread_mutex_lock(mutex)
        defer {
            unsafe pthread_cond_signal(changed)
            unsafe pthread_mutex_unlock(mutex)
        }
        return try body(&state)
    }

    /// Waits until `body` gives a result, or until the time is up.
    ///
    /// - Parameters:
    ///   - timeoutNanoseconds: How long to wait at most; `nil` waits for ever.
    ///   - body: Called under the lock at once and after every update; `nil` waits on.
    /// - Returns: The result, or `nil` when the time is up.
    public func wait<Result>(
        timeoutNanoseconds: UInt64? = nil, until body: (inout State) -> Result?
    ) -> Result? {
        let deadline = timeoutNanoseconds.map(Self.deadline)
        // SAFETY: see the stored properties.
        unsafe pthread_mutex_lock(mutex)
        defer { unsafe pthread_mutex_unlock(mutex) }
        while true {
            if let result = body(&state) { return result }
            guard var deadline else {
                // SAFETY: the mutex is held.
                unsafe pthread_cond_wait(changed, mutex)
                continue
            }
            // SAFETY: the mutex is held; the deadline is read during the call only.
            let code = unsafe pthread_cond_timedwait(changed, mutex, &deadline)
            if code == ETIMEDOUT { return body(&state) }
        }
    }

    private static func deadline(_ nanoseconds: UInt64) -> timespec {
        var now = timespec()
        // SAFETY: `now` is written during the call only.
        unsafe clock_gettime(CLOCK_MONOTONIC, &now)
        let bounded = min(nanoseconds, 1_000_000_000 * 86_400 * 365)
        let total = UInt64(now.tv_nsec) + bounded % 1_000_000_000
        return timespec(
            tv_sec: now.tv_sec + Int(bounded / 1_000_000_000 + total / 1_000_000_000),
            tv_nsec: Int(total % 1_000_000_000))
    }
}
