import Glibc
import Segments
import TestSupport
import Testing

@Suite("The POSIX file system")
struct PosixFileSystemTests {
    private func mode(_ path: String) -> mode_t {
        var status = stat()
        // SAFETY: the string and the structure live for the call.
        return unsafe stat(path, &status) == 0 ? status.st_mode & 0o777 : 0
    }

    @Test("The data directory and its files belong to their owner alone")
    func modes() throws {
        let directory = try TemporaryDirectory()
        let root = directory.path + "/data"
        let fileSystem = try PosixFileSystem(root: root)
        try fileSystem.createDirectory("seg")
        try fileSystem.open("seg/a", for: .create).close()
        #expect(mode(root) == 0o700)
        #expect(mode(root + "/seg") == 0o700)
        #expect(mode(root + "/seg/a") == 0o600)
        #expect(throws: FileError.self) { try PosixFileSystem(root: directory.path + "/no/data") }
    }

    @Test("The lock file names its holder, and so does the refusal")
    func lockNamesHolder() throws {
        let directory = try TemporaryDirectory()
        let fileSystem = try PosixFileSystem(root: directory.path)
        let lock = try fileSystem.lock("LOCK")
        let refused = #expect(throws: FileError.self) { _ = try fileSystem.lock("LOCK") }
        #expect(refused?.reason.contains("\(getpid())") == true)
        let file = try fileSystem.open("LOCK", for: .read)
        let text = String(decoding: try file.read(at: 0, count: file.byteCount()), as: UTF8.self)
        #expect(text.hasPrefix("\(getpid())\n"))
        lock.release()
    }

    @Test("A mapped file stays readable after its name is gone")
    func mapOutlivesName() throws {
        let directory = try TemporaryDirectory()
        let fileSystem = try PosixFileSystem(root: directory.path)
        let file = try fileSystem.open("a", for: .create)
        let content = (0..<10_000).map { UInt8(truncatingIfNeeded: $0) }
        try file.write(content.span, at: 0)
        let bytes = try file.map(byteCount: content.count)
        try file.close()
        try fileSystem.remove("a")
        #expect([UInt8](copying: bytes.span) == content)
    }

    @Test("A full device refuses with its own error number")
    func fullDevice() throws {
        let fileSystem = try PosixFileSystem(root: "/dev")
        let file = try fileSystem.open("full", for: .update)
        let error = #expect(throws: FileError.self) { try file.write([1].span, at: 0) }
        #expect(error?.code == ENOSPC)
        #expect(error?.description.contains("No space left") == true)
    }
}
