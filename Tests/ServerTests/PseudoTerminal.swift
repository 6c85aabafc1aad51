import Glibc

@testable import Server

/// A program on a terminal of its own, and the person before it.
final class PseudoTerminal {
    private let master: Int32
    private let id: pid_t
    /// What was shown and not yet waited for.
    private var screen: [UInt8] = []

    // What C hides from programs that ask for POSIX alone: TIOCSPTLCK, TIOCGPTN and
    // POSIX_SPAWN_SETSID.
    private static let setLock: UInt = 0x4004_5431
    private static let number: UInt = 0x8004_5430
    private static let newSession: Int32 = 0x80

    /// Starts a program whose standard streams and controlling terminal are a new terminal.
    ///
    /// - Parameter environment: `name=value` each; nothing else is passed on.
    init(program: String, arguments: [String], environment: [String]) throws {
        // SAFETY: the name lives for the call.
        master = unsafe open("/dev/ptmx", O_RDWR | O_NOCTTY)
        var lock: Int32 = 0
        var number: UInt32 = 0
        var size = winsize(ws_row: 40, ws_col: 120, ws_xpixel: 0, ws_ypixel: 0)
        // SAFETY: all structures are locals that live for the calls; the copies of the texts are
        // freed behind them.
        guard master >= 0, unsafe ioctl(master, Self.setLock, &lock) == 0,
            unsafe ioctl(master, Self.number, &number) == 0,
            unsafe ioctl(master, UInt(TIOCSWINSZ), &size) == 0
        else { throw CommandError("there is no terminal: \(SystemError.text(errno))") }
        let path = "/dev/pts/\(number)"
        var actions = unsafe posix_spawn_file_actions_t()
        var attributes = posix_spawnattr_t()
        unsafe posix_spawn_file_actions_init(&actions)
        unsafe posix_spawn_file_actions_addclose(&actions, master)
        for stream: Int32 in 0...2 {
            unsafe posix_spawn_file_actions_addopen(&actions, stream, path, O_RDWR, 0)
        }
        unsafe posix_spawnattr_init(&attributes)
        unsafe posix_spawnattr_setflags(&attributes, Int16(Self.newSession))
        var words = unsafe ([program] + arguments).map { unsafe strdup($0) } + [nil]
        var variables = unsafe environment.map { unsafe strdup($0) } + [nil]
        var started = pid_t()
        let code = unsafe posix_spawn(
            &started, program, &actions, &attributes, &words, &variables)
        unsafe (words + variables).forEach { unsafe free($0) }
        unsafe posix_spawnattr_destroy(&attributes)
        unsafe posix_spawn_file_actions_destroy(&actions)
        id = started
        guard code == 0 else { throw CommandError("cannot start: \(SystemError.text(code))") }
    }

    deinit {
        kill(id, SIGKILL)
        waitpid(id, nil, 0)
        close(master)
    }

    /// Types keys once the program listens for them one by one: libedit shows its prompt before,
    /// and until then the terminal takes Ctrl-C, Ctrl-R and others for itself.
    func type(_ keys: String) {
        let deadline = ContinuousClock.now + .seconds(60)
        var modes = termios()
        // SAFETY: the call writes the local structure alone.
        while unsafe tcgetattr(master, &modes) != 0 || modes.c_lflag & tcflag_t(ICANON) != 0 {
            guard ContinuousClock.now < deadline else { break }
            Socket.pause(seconds: 0.002)
        }
        write(keys)
    }

    /// Types Ctrl-C while the program is at work, which the terminal makes a signal.
    func interrupt() { write("\u{3}") }

    private func write(_ keys: String) { _ = Terminal.write(Array(keys.utf8), to: master) }

    /// Reads what the program shows until `text` stands there.
    ///
    /// - Returns: What was shown since the last call, or `nil` if the text does not come within a
    ///   minute.
    func wait(for text: String) -> String? {
        let deadline = ContinuousClock.now + .seconds(60)
        let wanted = Array(text.utf8)
        while true {
            if let found = screen.indices.first(where: { screen[$0...].starts(with: wanted) }) {
                let end = found + wanted.count
                defer { screen.removeFirst(end) }
                return String(decoding: screen[..<end], as: UTF8.self)
            }
            guard ContinuousClock.now < deadline, isReadable(),
                let piece = try? Terminal.read(from: master, count: 1 << 16)
            else { return nil }
            screen += piece
        }
    }

    private func isReadable() -> Bool {
        var question = pollfd(fd: master, events: Int16(POLLIN), revents: 0)
        // SAFETY: the call writes the local structure alone.
        return unsafe poll(&question, 1, 60_000) == 1
    }
}
