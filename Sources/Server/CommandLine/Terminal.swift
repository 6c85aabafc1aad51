import Glibc

/// The process's standard streams, for commands.
enum Terminal {
    /// Writes text to standard output.
    ///
    /// - Returns: Whether somebody still reads it.
    @discardableResult
    static func write(_ text: String) -> Bool { write(Array(text.utf8), to: 1) }

    /// Writes text and a line feed to standard error.
    static func report(_ text: String) { _ = write(Array((text + "\n").utf8), to: 2) }

    /// Whether standard output, or error, is a terminal that a person looks at.
    static var showsProgress: Bool { isatty(2) == 1 }

    /// See `showsProgress`.
    static var isInteractive: Bool { isatty(0) == 1 && isatty(1) == 1 }

    /// Writes all bytes to a descriptor, however many calls that takes.
    static func write(_ bytes: [UInt8], to descriptor: Int32) -> Bool {
        var written = 0
        while written < bytes.count {
            // SAFETY: the buffer is read during the call only, within its bounds.
            let count = unsafe bytes.withUnsafeBytes { buffer in
                let rest = unsafe UnsafeRawBufferPointer(rebasing: buffer[written...])
                return unsafe Glibc.write(descriptor, rest.baseAddress, rest.count)
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return false }
            written += count
        }
        return true
    }

    /// Reads up to `count` bytes from a descriptor; empty at its end.
    static func read(from descriptor: Int32, count: Int) throws(CommandError) -> [UInt8] {
        var bytes: [UInt8] = []
        _ = try read(from: descriptor, count: count, appendingTo: &bytes)
        return bytes
    }

    /// Appends up to `count` bytes of a descriptor.
    ///
    /// - Returns: How many; 0 at its end.
    static func read(
        from descriptor: Int32, count: Int, appendingTo bytes: inout [UInt8]
    ) throws(CommandError) -> Int {
        while true {
            var taken = 0
            bytes.append(addingCapacity: count) { added in
                // SAFETY: the kernel writes into the free room alone, and `taken` says how much.
                unsafe added.withUnsafeMutableBufferPointer { buffer, filled in
                    taken = unsafe Glibc.read(
                        descriptor, buffer.baseAddress, min(count, buffer.count))
                    filled += max(0, taken)
                }
            }
            if taken >= 0 { return taken }
            guard errno == EINTR else {
                throw CommandError("cannot read: \(SystemError.text(errno))", .system)
            }
        }
    }
}

/// The system's words for an error number.
enum SystemError {
    /// For example `No such file or directory`.
    static func text(_ code: Int32) -> String {
        // SAFETY: `strerror` gives a C string that stays valid until the thread's next call.
        guard let words = unsafe strerror(code) else { return "error \(code)" }
        return unsafe String(cString: words)
    }
}
