import Glibc

/// A file, or standard output, that takes all bytes it is given or says why not.
struct GeneratorOutput: ~Copyable {
    private let path: String
    private let descriptor: Int32
    /// Whether the file is ours to close, and still open.
    private var owns: Bool

    /// Opens `path` for writing and empties it; `-` is standard output.
    init(path: String) throws(GeneratorError) {
        self.path = path == "-" ? "standard output" : path
        owns = path != "-"
        // SAFETY: The compiler lends `open` the path as a NUL-terminated string for this call.
        descriptor =
            path == "-"
            ? STDOUT_FILENO : unsafe open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else {
            throw .file(path: path, operation: "open", code: errno)
        }
    }

    deinit {
        if owns { _ = Glibc.close(descriptor) }
    }

    /// Closes the file; some file systems tell of a failed write only now.
    mutating func close() throws(GeneratorError) {
        guard owns else { return }
        owns = false
        guard Glibc.close(descriptor) == 0 else {
            throw .file(path: path, operation: "close", code: errno)
        }
    }

    /// Writes all of `bytes`.
    func write(_ bytes: [UInt8]) throws(GeneratorError) {
        guard Terminal.write(bytes, to: descriptor) else {
            throw .file(path: path, operation: "write", code: errno)
        }
    }
}

/// Tells how far a run is, on a terminal only, and not before it has taken a moment.
struct GeneratorProgress {
    private let total: Int
    private let isShown = Terminal.showsProgress
    private let started: ContinuousClock.Instant
    private var lastShown: ContinuousClock.Instant
    private static let pause = Duration.milliseconds(300)

    init(total: Int) {
        self.total = total
        started = .now
        lastShown = started
    }

    /// Shows the count of lines so far, at most a few times a second.
    mutating func report(_ lines: Int) {
        guard isShown, lastShown.duration(to: .now) >= Self.pause else { return }
        lastShown = .now
        let percent = lines * 100 / total
        show("\rgenerated \(lines) of \(total) lines (\(percent) %)")
    }

    /// Ends the line, if one was begun.
    func finish() {
        if isShown, lastShown != started { show("\n") }
    }

    /// A person who no longer looks is no reason to stop.
    private func show(_ text: String) {
        _ = Terminal.write(Array(text.utf8), to: STDERR_FILENO)
    }
}
