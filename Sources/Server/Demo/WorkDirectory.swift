import Glibc
import Segments

/// The directory of a run: a new one below `/tmp`, whose name nobody can foresee, removed at the
/// end; or the person's own, kept.
struct WorkDirectory: Sendable {
    /// Where it is; absolute.
    let path: String
    /// Whether it stays.
    let isKept: Bool

    /// Makes it.
    ///
    /// - Parameter kept: The person's directory, which must be empty; `nil` for one that goes.
    init(kept: String?, name: String) throws(CommandError) {
        isKept = kept != nil
        path = if let kept { kept } else { try Self.makeNew(name) }
        do throws(FileError) {
            let files = try PosixFileSystem(root: path)
            let names = try files.list("")
            guard names.isEmpty else {
                throw FileError(
                    .createDirectory, path: path, code: 0, reason: "it is not empty")
            }
        } catch {
            throw CommandError("cannot use \(path): \(error)", .system)
        }
    }

    private static func makeNew(_ name: String) throws(CommandError) -> String {
        var template = Array("/tmp/daybook-\(name)-XXXXXX".utf8CString)
        // SAFETY: the call writes letters over the X's of the local array, which ends with a zero.
        guard unsafe mkdtemp(&template) != nil else {
            throw CommandError(
                "cannot make a directory in /tmp: \(SystemError.text(errno))", .system)
        }
        return String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// Makes a directory in it.
    func createDirectory(_ name: String) throws(CommandError) {
        do throws(FileError) {
            try PosixFileSystem(root: path).createDirectory(name)
        } catch {
            throw CommandError("\(error)", .system)
        }
    }

    /// Writes a file in it.
    func write(_ text: String, to name: String) throws(CommandError) {
        do throws(GeneratorError) {
            var output = try GeneratorOutput(path: path + "/" + name)
            try output.write(Array(text.utf8))
            try output.close()
        } catch {
            throw CommandError("\(error)", .system)
        }
    }

    /// Bytes of all files below a directory in it.
    func byteCount(below name: String) -> Int {
        Self.byteCount(of: path + "/" + name)
    }

    /// Removes it with all that is in it, unless it is kept.
    func remove() {
        if !isKept { Self.removeAll(path) }
    }

    private static func byteCount(of path: String) -> Int {
        guard let files = try? PosixFileSystem(root: path), let names = try? files.list("") else {
            return 0
        }
        return names.reduce(0) { sum, name in
            if isDirectory(path + "/" + name) { return sum + byteCount(of: path + "/" + name) }
            return sum + ((try? files.byteCount(of: name)) ?? 0)
        }
    }

    private static func removeAll(_ path: String) {
        if isDirectory(path), let names = try? PosixFileSystem(root: path).list("") {
            for name in names { removeAll(path + "/" + name) }
        }
        // SAFETY: the compiler lends `remove` the path as a NUL-terminated string for this call.
        _ = unsafe Glibc.remove(path)
    }

    private static func isDirectory(_ path: String) -> Bool {
        var facts = stat()
        // SAFETY: the path lives for the call and the structure is a local that the call writes.
        return unsafe lstat(path, &facts) == 0 && facts.st_mode & S_IFMT == S_IFDIR
    }
}
