import Glibc
import Segments

/// A directory below `/tmp`, removed with everything in it when released.
public final class TemporaryDirectory: Sendable {
    /// Where it is.
    public let path: String

    /// Makes an empty directory with a new name.
    public init() throws(FileError) {
        let number = UInt64.random(in: .min ... .max)
        path = "/tmp/daybook-test-\(getpid())-\(String(number, radix: 36))"
        _ = try PosixFileSystem(root: path)
    }

    deinit { Self.removeAll(path) }

    private static func removeAll(_ path: String) {
        if let names = try? PosixFileSystem(root: path).list("") {
            for name in names { removeAll(path + "/" + name) }
        }
        // SAFETY: the string lives for the call.
        _ = unsafe Glibc.remove(path)
    }
}
