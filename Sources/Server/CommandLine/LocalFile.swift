import Glibc
import Segments

/// Files that a person names on the command line; they are not the database's, so they do not go
/// through its file system.
enum LocalFile {
    /// The most that is read whole.
    private static let maximumByteCount = 1 << 30

    /// A file's bytes; `nil` where there is no such file and it need not exist.
    static func contents(of path: String, mustExist: Bool) throws(CommandError) -> [UInt8]? {
        // SAFETY: the path is read as a C string during the call only.
        let descriptor = unsafe Glibc.open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            if errno == ENOENT, !mustExist { return nil }
            throw .usage("cannot read \(path): \(SystemError.text(errno))")
        }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        while true {
            let part = try Terminal.read(from: descriptor, count: 1 << 16)
            if part.isEmpty { return bytes }
            bytes += part
            guard bytes.count <= maximumByteCount else {
                throw .usage("\(path) is larger than 1 GiB")
            }
        }
    }

    /// The names in a directory.
    static func names(in path: String) throws(CommandError) -> [String] {
        do throws(FileError) {
            return try PosixFileSystem(root: path).list("")
        } catch {
            throw .usage("cannot read \(path): \(error.reason)")
        }
    }
}

/// The process's environment.
enum ProcessEnvironment {
    /// All variables.
    static var variables: [String: String] {
        var variables: [String: String] = [:]
        // SAFETY: `environ` is a list of C strings that ends with a null pointer; nothing in this
        // process changes it.
        var entry = unsafe environ
        while let text = unsafe entry.pointee {
            let parts = unsafe String(cString: text).split(
                separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            if parts.count == 2 { variables[String(parts[0])] = String(parts[1]) }
            unsafe entry += 1
        }
        return variables
    }
}
