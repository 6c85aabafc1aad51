import Glibc
import Segments
import TestSupport
import Testing

/// What the engine relies on, held against every file system.
@Suite("The file system seam")
struct FileSystemContractTests {
    /// A file system to test, with what keeps its directory alive.
    struct Subject: CustomTestStringConvertible {
        let testDescription: String
        let make: @Sendable () throws -> (any FileSystem, TemporaryDirectory?)
    }

    static let subjects = [
        Subject(testDescription: "posix, mapped") {
            let directory = try TemporaryDirectory()
            return (try PosixFileSystem(root: directory.path), directory)
        },
        Subject(testDescription: "posix, pread") {
            let directory = try TemporaryDirectory()
            return (try PosixFileSystem(root: directory.path, readMode: .pread), directory)
        },
        Subject(testDescription: "simulated") { (SimulatedFileSystem(), nil) },
    ]

    private func code(_ body: () throws(FileError) -> Void) -> Int32? {
        do throws(FileError) { try body() } catch { return error.code }
        return nil
    }

    @Test(
        "A file reads back what was written, in the middle and past the old end",
        arguments: subjects)
    func readsBack(_ subject: Subject) throws {
        let (fileSystem, directory) = try subject.make()
        defer { withExtendedLifetime(directory) {} }
        let file = try fileSystem.open("a", for: .create)
        try file.write([1, 2, 3].span, at: 0)
        try file.write([9].span, at: 1)
        try file.write([7].span, at: 5)
        #expect(try file.read(at: 0, count: 6) == [1, 9, 3, 0, 0, 7])
        #expect(try file.byteCount() == 6)
        #expect(try fileSystem.byteCount(of: "a") == 6)
        #expect(code { () throws(FileError) in _ = try file.read(at: 4, count: 3) } == 0)
        #expect(code { () throws(FileError) in _ = try file.read(at: 4, count: 1 << 40) } == 0)
        try file.truncate(to: 2)
        try file.allocate(byteCount: 4)
        #expect(try file.read(at: 0, count: 4) == [1, 9, 0, 0])
        try file.allocate(byteCount: 1)
        #expect(try file.byteCount() == 4)
        try file.sync()
        try file.close()
        #expect(code { () throws(FileError) in try file.sync() } == EBADF)
    }

    @Test(
        "A file that is appended to reads back what was written, wherever writes begin and end",
        arguments: subjects)
    func appends(_ subject: Subject) throws {
        let (fileSystem, directory) = try subject.make()
        defer { withExtendedLifetime(directory) {} }
        let made = try fileSystem.open("a", for: .create)
        try made.allocate(byteCount: 1 << 16)
        try made.write([9, 8, 7].span, at: 0)
        var expected: [UInt8] = [9, 8, 7]
        let file = try fileSystem.open("a", for: .append)
        var random = SeededGenerator(seed: 11)
        for size in [1, 4_093, 4_096, 8_192, 100, 10_000, 5, 0, 4_095] {
            let bytes = (0..<size).map { _ in UInt8(truncatingIfNeeded: random.next() | 1) }
            let cut = size / 3
            try file.write([Array(bytes[..<cut]), [], Array(bytes[cut...])], at: expected.count)
            expected += bytes
            try file.sync()
            #expect(try file.read(at: 0, count: expected.count) == expected)
            #expect(try made.read(at: 0, count: expected.count + 8).suffix(8).max() == 0)
        }
        try file.truncate(to: 5_000)
        expected.removeLast(expected.count - 5_000)
        try file.write([1, 2].span, at: 5_000)
        try file.write([3].span, at: 5_002)
        // Back into what is written, as over the end of a torn record.
        try file.write([4, 5, 6].span, at: 4_999)
        expected[4_999] = 4
        #expect(try file.read(at: 0, count: 5_002) == expected + [5, 6])
        try file.close()
        #expect(code { () throws(FileError) in try file.write([1].span, at: 0) } == EBADF)
    }

    @Test("A large append is written in several pieces")
    func appendsMuch() throws {
        let directory = try TemporaryDirectory()
        let fileSystem = try PosixFileSystem(root: directory.path)
        try fileSystem.open("a", for: .create).close()
        let file = try fileSystem.open("a", for: .append)
        let piece = (0..<(9 << 20) + 77).map { UInt8(truncatingIfNeeded: $0 &* 31 >> 3) }
        try file.write([[1], piece, piece], at: 0)
        try file.write([2].span, at: 1 + 2 * piece.count)
        #expect(try file.read(at: 0, count: 2 + 2 * piece.count) == [1] + piece + piece + [2])
    }

    @Test("A map has the size asked for, or is refused", arguments: subjects)
    func maps(_ subject: Subject) throws {
        let (fileSystem, directory) = try subject.make()
        defer { withExtendedLifetime(directory) {} }
        let file = try fileSystem.open("a", for: .create)
        #expect(try file.map(byteCount: 0).count == 0)
        try file.write([4, 5, 6].span, at: 0)
        let bytes = try file.map(byteCount: 3)
        try file.close()
        #expect(bytes.span[0] == 4 && bytes.span[2] == 6)
        let again = try fileSystem.open("a", for: .read)
        #expect(code { () throws(FileError) in _ = try again.map(byteCount: 4) } == 0)
        #expect(code { () throws(FileError) in try again.write([1].span, at: 0) } == EBADF)
    }

    @Test("Names are made, listed, renamed and removed", arguments: subjects)
    func names(_ subject: Subject) throws {
        let (fileSystem, directory) = try subject.make()
        defer { withExtendedLifetime(directory) {} }
        try fileSystem.createDirectory("d")
        try fileSystem.createDirectory("d")
        try fileSystem.sync(directory: "")
        try fileSystem.open("d/a", for: .create).close()
        try fileSystem.open("d/b", for: .create).close()
        #expect(try fileSystem.list("d").sorted() == ["a", "b"])
        try fileSystem.rename("d/a", to: "d/b")
        #expect(try fileSystem.list("d") == ["b"])
        try fileSystem.rename("d/b", to: "c")
        try fileSystem.remove("c")
        #expect(try fileSystem.byteCount(of: "c") == nil)
        #expect(try fileSystem.list("d").isEmpty)
        #expect(code { () throws(FileError) in try fileSystem.remove("c") } == ENOENT)
        #expect(code { () throws(FileError) in _ = try fileSystem.byteCount(of: "d") } == EISDIR)
        #expect(code { () throws(FileError) in _ = try fileSystem.list("no") } == ENOENT)
        #expect(code { () throws(FileError) in _ = try fileSystem.open("c", for: .read) } == ENOENT)
        #expect(code { () throws(FileError) in try fileSystem.rename("c", to: "e") } == ENOENT)
    }

    @Test("Creating refuses a name that is taken", arguments: subjects)
    func createsNew(_ subject: Subject) throws {
        let (fileSystem, directory) = try subject.make()
        defer { withExtendedLifetime(directory) {} }
        try fileSystem.open("a", for: .create).close()
        let taken = code { () throws(FileError) in _ = try fileSystem.open("a", for: .create) }
        #expect(taken == EEXIST)
        let update = try fileSystem.open("a", for: .update)
        try update.write([1].span, at: 0)
    }

    @Test("One holder has the lock; a released lock can be taken again", arguments: subjects)
    func locks(_ subject: Subject) throws {
        let (fileSystem, directory) = try subject.make()
        defer { withExtendedLifetime(directory) {} }
        let lock = try fileSystem.lock("LOCK")
        #expect(code { () throws(FileError) in _ = try fileSystem.lock("LOCK") } == EWOULDBLOCK)
        lock.release()
        lock.release()
        try fileSystem.lock("LOCK").release()
    }

    @Test("A durable replacement is there whole, without a temporary file", arguments: subjects)
    func replaces(_ subject: Subject) throws {
        let (fileSystem, directory) = try subject.make()
        defer { withExtendedLifetime(directory) {} }
        try fileSystem.durableCreateDirectory("d")
        try fileSystem.open("d/x.tmp", for: .create).close()
        for content: [UInt8] in [[1, 2, 3], [], [4]] {
            try fileSystem.durableReplace("d/x", with: content)
            let file = try fileSystem.open("d/x", for: .read)
            #expect(try file.read(at: 0, count: file.byteCount()) == content)
            #expect(try fileSystem.list("d") == ["x"])
        }
        try fileSystem.durableMove("d/x", to: "y")
        #expect(try fileSystem.byteCount(of: "y") == 1)
    }
}
