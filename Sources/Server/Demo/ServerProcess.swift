import Glibc
import Segments
import Synchronization

/// A Daybook server of our own: the same program, started as a child with a directory of its own.
final class ServerProcess: Sendable {
    private struct State {
        var child: ChildProcess?
        var url: ServerURL?
    }

    /// Holds the data, the server's messages and whatever the run adds.
    let directory: String
    private let program: String
    private let flags: [String]
    private let environment: [String]
    private let state = Mutex(State())

    /// How long a server may take to be ready, and to stop.
    private static let startSeconds = 120.0
    private static let stopSeconds = 60.0
    private static let readyPrefix = "listening on "

    /// A server that is not started yet.
    ///
    /// - Parameters:
    ///   - settings: Beside the directory and the port.
    ///   - program: This one, where nothing is said.
    init(
        directory: String, settings: [(key: String, value: String)],
        program: String = "/proc/self/exe"
    ) throws(CommandError) {
        self.directory = directory
        self.program = program
        flags =
            ["--storage.directory=\(directory)/data"]
            + settings.map { "--\($0.key)=\($0.value)" }
        // A server under test must not take the settings of the person's own.
        environment = try Environment.current().variables
            .filter { !$0.key.hasPrefix("DAYBOOK_") }.map { "\($0.key)=\($0.value)" }.sorted()
    }

    deinit { kill() }

    /// Where it listens; only while it runs.
    var url: ServerURL { state.withLock { $0.url } ?? .standard }

    /// Its messages.
    var logPath: String { directory + "/server.log" }

    /// Starts it and waits until it says where it listens.
    ///
    /// - Returns: The seconds from the start to that line.
    @discardableResult
    func start(port: Int = 0) throws(CommandError) -> Double {
        let output = directory + "/server.out"
        let started = ContinuousClock.now
        let child = try ChildProcess(
            program: program,
            arguments: ["serve", "--server.port=\(port)"] + flags, environment: environment,
            streams: ChildProcess.Streams(outputPath: output, errorPath: logPath))
        state.withLock { $0.child = child }
        let deadline = started + .seconds(Self.startSeconds)
        while ContinuousClock.now < deadline {
            if let url = try Self.readyURL(output) {
                state.withLock { $0.url = url }
                return started.duration(to: .now).inSeconds
            }
            if let ended = child.ended {
                throw CommandError("the server ended before it was ready: \(ended); see \(logPath)")
            }
            Socket.pause(seconds: 0.002)
        }
        kill()
        throw CommandError(
            "the server was not ready within \(Int(Self.startSeconds)) s; see \(logPath)")
    }

    /// Ends it at once, as a power cut would, and waits until it is gone.
    func kill() { end(SIGKILL) }

    /// Asks it to end and waits for that; a server that does not is killed.
    ///
    /// - Throws: when it did not end by itself with exit code 0.
    func stop() throws(CommandError) {
        guard let ending = end(SIGTERM) else { return }
        guard ending == .exit(code: 0) else {
            throw CommandError("the server ended with \(ending) when asked to stop; see \(logPath)")
        }
    }

    /// Waits until it ends by itself or by somebody else's hand.
    func waitForEnd() {
        guard let child = state.withLock({ $0.child }) else { return }
        while child.wait(seconds: 60) == nil {}
    }

    @discardableResult
    private func end(_ signal: Int32) -> ChildProcess.Ending? {
        guard let child = state.withLock({ $0.child }) else { return nil }
        child.send(signal: signal)
        var ending = child.wait(seconds: Self.stopSeconds)
        if ending == nil {
            child.send(signal: SIGKILL)
            ending = child.wait(seconds: Self.stopSeconds)
        }
        state.withLock { state in
            if state.child === child { state = State() }
        }
        return ending
    }

    /// The most memory it has held at once, in bytes; `nil` where the system does not tell.
    var peakMemoryBytes: Int? {
        guard let child = state.withLock({ $0.child }),
            let status = try? InputFile.contents(of: "/proc/\(child.id)/status", limit: 64 << 10)
        else { return nil }
        let lines = String(decoding: status, as: UTF8.self).split(separator: "\n")
        let words = lines.first { $0.hasPrefix("VmHWM:") }?.split { $0 == " " || $0 == "\t" }
        return words.flatMap { $0.count > 1 ? Int($0[1]) : nil }.map { $0 << 10 }
    }

    private static func readyURL(_ path: String) throws(CommandError) -> ServerURL? {
        guard InputFile.exists(path) else { return nil }
        let text = String(
            decoding: try InputFile.contents(of: path, limit: 1 << 20), as: UTF8.self)
        // Only whole lines: the last one may still be growing.
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false).dropLast()
        guard let line = lines.first(where: { $0.hasPrefix(readyPrefix) }) else { return nil }
        return try ServerURL(String(line.dropFirst(readyPrefix.count)))
    }
}
