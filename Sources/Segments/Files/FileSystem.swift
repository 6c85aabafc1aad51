/// Why a call to the file system failed.
public struct FileError: Error, Hashable, Sendable {
    /// What was asked of the file system.
    public enum Operation: String, Hashable, Sendable {
        case open, read, write, allocate, truncate, sync, close, rename, remove, list, status
        case createDirectory, syncDirectory, lock, map
    }

    /// The call that failed.
    public let operation: Operation
    /// The file or directory it concerned.
    public let path: String
    /// The system's error number (`errno`), or 0 where the system did not refuse but the result is
    /// wrong, as with a read past the end.
    public let code: Int32
    /// What the system or the check says about it.
    public let reason: String

    /// A failure with its facts.
    public init(_ operation: Operation, path: String, code: Int32, reason: String) {
        self.operation = operation
        self.path = path
        self.code = code
        self.reason = reason
    }
}

extension FileError: CustomStringConvertible {
    /// `sync of wal/000000000001.wal failed: Input/output error (errno 5)`.
    public var description: String {
        "\(operation.rawValue) of \(path) failed: \(reason)" + (code == 0 ? "" : " (errno \(code))")
    }
}

/// For what a file is opened.
public enum FileAccess: Hashable, Sendable {
    /// An existing file, to be read.
    case read
    /// A new file, to be written and read; an existing one of that name is an error.
    case create
    /// An existing file, to be written and read.
    case update
    /// An existing file of zeros, to be written front to back and hardly read: where the system
    /// can, past its cache. Bytes behind a write, up to the next multiple of 4 KiB, become zeros.
    case append
}

/// The one door to files and directories.
///
/// A real seam: `PosixFileSystem` talks to the kernel; the tests' simulation forgets what was not
/// synced, tears writes and fails calls on demand. Paths are relative to the data directory, parts
/// joined by `/`. Every method is safe to call from any thread.
///
/// What the rest of the engine relies on (RELIABILITY calls them R-FS): bytes are durable after
/// `File.sync()`; the name of a created, renamed or removed file is durable after
/// `sync(directory:)` of its directory; a failed `sync` is final for that file and never retried.
public protocol FileSystem: Sendable {
    /// Makes a directory; one that exists already is fine.
    func createDirectory(_ path: String) throws(FileError)
    /// The names in a directory, in no particular order, without `.` and `..`.
    func list(_ path: String) throws(FileError) -> [String]
    /// The size of a file, or `nil` where there is none of that name.
    func byteCount(of path: String) throws(FileError) -> Int?
    /// Opens or creates a file.
    func open(_ path: String, for access: FileAccess) throws(FileError) -> any File
    /// Gives a file another name, replacing a file of that name in one step.
    func rename(_ path: String, to newPath: String) throws(FileError)
    /// Removes a file.
    func remove(_ path: String) throws(FileError)
    /// Makes the names in a directory durable.
    func sync(directory path: String) throws(FileError)
    /// Takes the one writer's lock on a file that is created if needed; held until released or the
    /// process ends. Fails with `EWOULDBLOCK` where another process holds it.
    func lock(_ path: String) throws(FileError) -> any FileLock
}

/// A held lock; releasing it twice is harmless.
public protocol FileLock: AnyObject, Sendable {
    /// Gives the lock back.
    func release()
}

/// An open file. Closed when released; `close()` reports what closing found.
public protocol File: AnyObject, Sendable {
    /// The name it was opened under.
    var path: String { get }
    /// The current size.
    func byteCount() throws(FileError) -> Int
    /// Exactly `count` bytes from `byteOffset`; fewer available is an error.
    func read(at byteOffset: Int, count: Int) throws(FileError) -> [UInt8]
    /// Writes all bytes at `byteOffset`, extending the file if needed. After a failure any prefix
    /// may have been written.
    func write(_ bytes: Span<UInt8>, at byteOffset: Int) throws(FileError)
    /// Writes all pieces, one behind the other, as one write.
    func write(_ pieces: [[UInt8]], at byteOffset: Int) throws(FileError)
    /// Makes sure that the first `byteCount` bytes have their place on the disk, zeros where new.
    func allocate(byteCount: Int) throws(FileError)
    /// Cuts the file to `byteCount` bytes.
    func truncate(to byteCount: Int) throws(FileError)
    /// Makes data and size durable (`fdatasync`). A failure is final: the file must not be synced
    /// again, nor its unsynced bytes be trusted.
    func sync() throws(FileError)
    /// Closes the file; using it afterwards is an error.
    func close() throws(FileError)
    /// Asks that what memory keeps of the file be forgotten, so that the next read is one of the
    /// disk. After a failed sync memory can show bytes that the disk never got (R-FS-2). Advice:
    /// bytes that are still to be written stay, and nothing fails.
    func forgetCached()
    /// The whole file, readable in place until the result is released.
    ///
    /// - Parameter byteCount: The size that the file must have.
    func map(byteCount: Int) throws(FileError) -> FileBytes
}

extension File {
    /// Joins the pieces first, where nothing better is known.
    public func write(_ pieces: [[UInt8]], at byteOffset: Int) throws(FileError) {
        try write(Array(pieces.joined()).span, at: byteOffset)
    }
}
