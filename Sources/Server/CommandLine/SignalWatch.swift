import Glibc

/// Turns SIGINT and SIGTERM into something that a thread can wait for; a second one ends the
/// process at once. SIGPIPE is ignored: writing to a closed socket is an error, not an end.
final class SignalWatch: Sendable {
    /// Blocks the signals in this thread and all that it starts later, so that `wait` gets them.
    /// Call it before any other thread exists.
    init() {
        signal(SIGPIPE, SIG_IGN)
        umask(0o077)
        Self.block(SIGINT, SIGTERM)
    }

    /// Takes signals away from this thread and all that it starts later.
    static func block(_ signals: Int32...) {
        var set = set(of: signals)
        // SAFETY: the set is read during the call only.
        unsafe pthread_sigmask(SIG_BLOCK, &set, nil)
    }

    private static func set(of signals: [Int32]) -> sigset_t {
        var set = sigset_t()
        // SAFETY: the set is written during the calls only.
        unsafe sigemptyset(&set)
        for signal in signals { unsafe sigaddset(&set, signal) }
        return set
    }

    /// Waits for the first signal, then lets a second one act as it does by default.
    func wait() {
        Self.wait(for: SIGINT, SIGTERM)
        var set = Self.set(of: [SIGINT, SIGTERM])
        // SAFETY: the set is read during the call only.
        unsafe pthread_sigmask(SIG_UNBLOCK, &set, nil)
    }

    /// Waits for one of some signals, all of them blocked.
    static func wait(for signals: Int32...) {
        var set = set(of: signals)
        var number: Int32 = 0
        // SAFETY: the set is read and the number written during the calls only.
        while unsafe sigwait(&set, &number) != 0 {}
    }

    /// Ends `wait` from inside the process.
    func raise() { kill(getpid(), SIGTERM) }
}
