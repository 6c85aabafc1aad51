import Glibc

/// A file, or standard output, that takes all bytes it is given or says why not.
struct GeneratorOutput: ~Copyable {
    private let path: String
    private let descriptor: Int32
    private let owns: Bool

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

    /// Writes all of `bytes`.
    func write(_ bytes: [UInt8]) throws(GeneratorError) {
        var done = 0
        while done < bytes.count {
            // SAFETY: The pointer covers `bytes.count` bytes and is used inside the closure only.
            let written = unsafe bytes.withUnsafeBytes { buffer in
                unsafe Glibc.write(
                    descriptor, buffer.baseAddress.map { unsafe $0 + done },
                    buffer.count - done)
            }
            if written < 0, errno == EINTR { continue }
            guard written > 0 else {
                throw .file(path: path, operation: "write", code: errno)
            }
            done += written
        }
    }
}

/// Tells how far a run is, on a terminal only, and not before it has taken a moment.
struct GeneratorProgress {
    private let total: Int
    private let isShown = isatty(STDERR_FILENO) == 1
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
        writeMessage("\rgenerated \(lines) of \(total) lines (\(percent) %)")
    }

    /// Ends the line, if one was begun.
    func finish() {
        if isShown, lastShown != started { writeMessage("\n") }
    }
}

/// Writes a text to standard error; there is nowhere to report a failure of that.
func writeMessage(_ text: String) {
    let bytes = Array(text.utf8)
    // SAFETY: The pointer covers `bytes.count` bytes and is used inside the closure only.
    _ = unsafe bytes.withUnsafeBytes { unsafe Glibc.write(STDERR_FILENO, $0.baseAddress, $0.count) }
}
