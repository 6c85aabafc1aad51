import Glibc
import Segments
import Synchronization

/// A process that this one started, and ends by its id.
final class ChildProcess: Sendable {
    /// How a process ended.
    enum Ending: Equatable, Sendable {
        case exit(code: Int32)
        case signal(Int32)
    }

    /// The process's id.
    let id: pid_t
    private let ending = Mutex<Ending?>(nil)

    /// Files for what a program prints.
    struct Streams {
        /// Replaced by what it prints.
        var outputPath: String
        /// Gets its messages at the end.
        var errorPath: String
    }

    /// Starts a program.
    ///
    /// - Parameters:
    ///   - arguments: Behind the program's name.
    ///   - environment: `name=value` each; nothing else is passed on.
    ///   - streams: With them it is in a process group of its own, so that a Ctrl-C on the terminal
    ///     reaches its parent alone; without, it has the terminal.
    init(
        program: String, arguments: [String], environment: [String], streams: Streams? = nil
    ) throws(CommandError) {
        // SAFETY: an empty structure; the call below sets it up.
        var actions = unsafe posix_spawn_file_actions_t()
        var attributes = posix_spawnattr_t()
        var signals = sigset_t()
        var started = pid_t()
        let truncate = O_WRONLY | O_CREAT | O_TRUNC
        let append = O_WRONLY | O_CREAT | O_APPEND
        let flags = POSIX_SPAWN_SETSIGMASK | (streams == nil ? 0 : POSIX_SPAWN_SETPGROUP)
        // SAFETY: the structures are locals, set up before use and taken down below; the texts are
        // copied by the calls or live until they return.
        unsafe posix_spawn_file_actions_init(&actions)
        if let streams {
            let (output, messages) = (streams.outputPath, streams.errorPath)
            unsafe posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
            unsafe posix_spawn_file_actions_addopen(&actions, 1, output, truncate, 0o644)
            unsafe posix_spawn_file_actions_addopen(&actions, 2, messages, append, 0o644)
        }
        unsafe posix_spawnattr_init(&attributes)
        unsafe sigemptyset(&signals)
        unsafe posix_spawnattr_setsigmask(&attributes, &signals)
        unsafe posix_spawnattr_setpgroup(&attributes, 0)
        unsafe posix_spawnattr_setflags(&attributes, Int16(flags))
        let code = unsafe Self.withTexts([program] + arguments) { words in
            unsafe Self.withTexts(environment) { variables in
                // SAFETY: both lists end with nil and live for the call.
                unsafe posix_spawn(&started, program, &actions, &attributes, words, variables)
            }
        }
        unsafe posix_spawnattr_destroy(&attributes)
        unsafe posix_spawn_file_actions_destroy(&actions)
        guard code == 0 else {
            throw CommandError("cannot start \(program): \(SystemError.text(code))", .system)
        }
        id = started
    }

    /// Sends a signal, unless the process is known to be gone: its id may belong to another then.
    func send(signal: Int32) {
        ending.withLock { ending in
            if ending == nil, Self.poll(id, &ending) { _ = kill(id, signal) }
        }
    }

    /// How it ended, if it has.
    var ended: Ending? {
        ending.withLock { ending in
            if ending == nil { _ = Self.poll(id, &ending) }
            return ending
        }
    }

    /// Waits for its end.
    func waitForEnd() -> Ending {
        while true {
            if let ended { return ended }
            // SAFETY: the call writes the local structure alone; the process is left to `ended`.
            var information = unsafe siginfo_t()
            _ = unsafe waitid(P_PID, id_t(id), &information, WEXITED | WNOWAIT)
        }
    }

    /// Waits for its end.
    ///
    /// - Returns: `nil` if it still runs after that time.
    func wait(seconds: Double) -> Ending? {
        let deadline = ContinuousClock.now + .seconds(seconds)
        while true {
            if let ended { return ended }
            guard ContinuousClock.now < deadline else { return nil }
            Socket.pause(seconds: 0.002)
        }
    }

    /// Looks whether the process has ended.
    ///
    /// - Returns: Whether it still runs.
    private static func poll(_ id: pid_t, _ ending: inout Ending?) -> Bool {
        var status: Int32 = 0
        // SAFETY: the status is a local that the call writes.
        guard unsafe waitpid(id, &status, WNOHANG) == id else { return true }
        let signal = status & 0x7f
        ending = signal == 0 ? .exit(code: (status >> 8) & 0xff) : .signal(signal)
        return false
    }

    /// Lends texts as a list of C strings that ends with nil.
    private static func withTexts<Result>(
        _ texts: [String], _ body: (UnsafePointer<UnsafeMutablePointer<CChar>?>) -> Result
    ) -> Result {
        // SAFETY: every copy is freed below, after the call that reads them.
        var copies = unsafe texts.map { unsafe strdup($0) }
        unsafe copies.append(nil)
        defer {
            for index in 0..<texts.count { unsafe free(copies[index]) }
        }
        return unsafe copies.withUnsafeBufferPointer { list in
            guard let base = list.baseAddress else { preconditionFailure("the list has a nil") }
            return unsafe body(base)
        }
    }
}

/// Ends what was started when somebody ends this process.
enum ChildGuard {
    /// From now on the usual signals to end are taken by a thread of their own, which calls
    /// `handler` once and then ends the process.
    ///
    /// - Parameter handler: Its result says whether that end is a good one: exit code 0.
    static func begin(_ handler: @escaping @Sendable () -> Bool) {
        var signals = sigset_t()
        // SAFETY: the set is a local; it is copied into the thread below.
        unsafe sigemptyset(&signals)
        for signal in [SIGINT, SIGTERM, SIGHUP] { unsafe sigaddset(&signals, signal) }
        unsafe pthread_sigmask(SIG_BLOCK, &signals, nil)
        let watched = signals
        _ = EngineThread {
            var set = watched
            var signal: Int32 = 0
            // SAFETY: both are locals of this thread.
            guard unsafe sigwait(&set, &signal) == 0 else { return }
            _exit(handler() ? 0 : 128 + signal)
        }
    }
}

/// Something that becomes true once, seen by all threads.
final class Flag: Sendable {
    private let value = Atomic(false)

    /// Whether it has become true.
    var isRaised: Bool { value.load(ordering: .acquiring) }

    /// Makes it true.
    func raise() { value.store(true, ordering: .releasing) }
}
