import Glibc

/// The data directory on a local disk: plain system calls relative to one directory descriptor.
///
/// Files are 0600 and directories 0700 whatever the umask allows more. Every descriptor is at least
/// 3 and closed on `exec`, so that nothing printed to a closed standard stream can end in a file.
/// Interrupted calls are repeated and short writes continued; a failed `sync` is never repeated.
///
/// This file alone makes names and syncs them; `PosixFile` reads and writes what it opened.
public final class PosixFileSystem: FileSystem {
    /// How `File.map` makes a file readable.
    public enum ReadMode: String, Hashable, Sendable {
        /// Mapped into memory: fastest, but a disk error while reading ends the process.
        case mapped
        /// Read into memory: a disk error is an error.
        case pread
    }

    /// The data directory as given.
    public let root: String
    /// How `File.map` works.
    public let readMode: ReadMode
    private let rootDescriptor: Int32

    /// Opens the data directory, making it (but not its parents) if it is missing.
    public init(root: String, readMode: ReadMode = .mapped) throws(FileError) {
        // SAFETY: the strings live for the calls.
        if unsafe mkdir(root, 0o700) == 0 {
            try Self.syncParent(of: root)
        } else if errno != EEXIST {
            throw FileError(.createDirectory, path: root, code: errno)
        }
        let flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC
        rootDescriptor = try Self.openDescriptor(root, at: AT_FDCWD, flags: flags, path: root)
        self.root = root
        self.readMode = readMode
    }

    deinit { _ = Glibc.close(rootDescriptor) }

    /// Makes a directory; the name is durable after `sync(directory:)` of its parent.
    public func createDirectory(_ path: String) throws(FileError) {
        // SAFETY: the string lives for the call.
        if unsafe mkdirat(rootDescriptor, path, 0o700) == 0 { return }
        let code = errno
        guard code == EEXIST else { throw FileError(.createDirectory, path: path, code: code) }
        _ = try withDirectory(path, .createDirectory) { _ in 0 }
    }

    /// The names in a directory; those that are no UTF-8, and so never ours, are left out.
    public func list(_ path: String) throws(FileError) -> [String] {
        let descriptor = try openDirectory(path, .list)
        // SAFETY: `fdopendir` takes the descriptor over; `closedir` gives both back.
        guard let stream = unsafe fdopendir(descriptor) else {
            let code = errno
            _ = Glibc.close(descriptor)
            throw FileError(.list, path: path, code: code)
        }
        defer { unsafe closedir(stream) }
        var names: [String] = []
        while true {
            errno = 0
            // SAFETY: the stream is open and used by this call alone; the entry stays valid until
            // the next call on it, and its name ends with a zero byte inside the entry.
            guard let entry = unsafe readdir(stream) else { break }
            let offset = MemoryLayout<dirent>.offset(of: \dirent.d_name) ?? 0
            let start = unsafe UnsafeRawPointer(entry).advanced(by: offset)
            let name = unsafe String(validatingCString: start.assumingMemoryBound(to: CChar.self))
            if let name, name != ".", name != ".." { names.append(name) }
        }
        guard errno == 0 else { throw FileError(.list, path: path, code: errno) }
        return names
    }

    /// The size of a file; a directory of that name is an error.
    public func byteCount(of path: String) throws(FileError) -> Int? {
        var status = stat()
        // SAFETY: the string and the structure live for the call.
        guard unsafe fstatat(rootDescriptor, path, &status, 0) == 0 else {
            if errno == ENOENT { return nil }
            throw FileError(.status, path: path, code: errno)
        }
        guard status.st_mode & S_IFMT != S_IFDIR else {
            throw FileError(.status, path: path, code: EISDIR)
        }
        return Int(status.st_size)
    }

    /// Opens a file; `create` refuses an existing name.
    public func open(_ path: String, for access: FileAccess) throws(FileError) -> any File {
        let flags: Int32 =
            switch access {
            case .read: O_RDONLY
            case .create: O_RDWR | O_CREAT | O_EXCL
            case .update, .append: O_RDWR
            }
        let descriptor = try Self.openDescriptor(
            path, at: rootDescriptor, flags: flags | O_CLOEXEC, path: path)
        let file = PosixFile(path: path, descriptor: descriptor, readMode: readMode)
        guard access == .append else { return file }
        do throws(FileError) {
            let direct = try Self.openDescriptor(
                path, at: rootDescriptor, flags: O_WRONLY | O_CLOEXEC | Self.directFlag, path: path)
            return PosixAppendFile(file, direct: direct)
        } catch {
            // Some file systems have no such way; the plain one does the same, slower.
            guard error.code == EINVAL else { throw error }
            return file
        }
    }

    /// `O_DIRECT`, which glibc's header hides without `_GNU_SOURCE`.
    #if arch(arm64)
        private static let directFlag: Int32 = 0o200000
    #else
        private static let directFlag: Int32 = 0o40000
    #endif

    /// `renameat` within the data directory.
    public func rename(_ path: String, to newPath: String) throws(FileError) {
        // SAFETY: the strings live for the call.
        guard unsafe renameat(rootDescriptor, path, rootDescriptor, newPath) == 0 else {
            throw FileError(.rename, path: path, code: errno)
        }
    }

    /// `unlinkat`; only files.
    public func remove(_ path: String) throws(FileError) {
        // SAFETY: the string lives for the call.
        guard unsafe unlinkat(rootDescriptor, path, 0) == 0 else {
            throw FileError(.remove, path: path, code: errno)
        }
    }

    /// `fsync` of a directory.
    public func sync(directory path: String) throws(FileError) {
        try withDirectory(path, .syncDirectory) { fsync($0) }
    }

    /// `flock` of a file that then names the holder: process id and boot id.
    ///
    /// Not a POSIX record lock, which any `close` of the file in this process would drop.
    public func lock(_ path: String) throws(FileError) -> any FileLock {
        let descriptor = try Self.openDescriptor(
            path, at: rootDescriptor, flags: O_RDWR | O_CREAT | O_CLOEXEC, path: path)
        let file = PosixFile(path: path, descriptor: descriptor, readMode: .pread)
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            let code = errno
            let holder = Self.firstLine(of: file)
            throw FileError(
                .lock, path: path, code: code,
                reason: holder.isEmpty
                    ? FileError.reason(code) : "held by process \(holder) (one writer a directory)")
        }
        let content = Array("\(getpid())\n\(Self.bootID())\n".utf8)
        try file.truncate(to: 0)
        try file.write(content.span, at: 0)
        return PosixLock(file: file)
    }

    // MARK: Descriptors

    /// `openat` with a mode of 0600, repeated when interrupted, moved out of 0...2.
    private static func openDescriptor(
        _ name: String, at directory: Int32, flags: Int32, path: String
    ) throws(FileError) -> Int32 {
        var descriptor: Int32
        repeat {
            // SAFETY: the string lives for the call.
            descriptor = unsafe openat(directory, name, flags, 0o600)
        } while descriptor < 0 && errno == EINTR
        guard descriptor >= 0 else { throw FileError(.open, path: path, code: errno) }
        guard descriptor <= STDERR_FILENO else { return descriptor }
        let moved = fcntl(descriptor, F_DUPFD_CLOEXEC, STDERR_FILENO + 1)
        let code = errno
        _ = Glibc.close(descriptor)
        guard moved >= 0 else { throw FileError(.open, path: path, code: code) }
        return moved
    }

    private func openDirectory(
        _ path: String, _ operation: FileError.Operation
    ) throws(FileError) -> Int32 {
        do throws(FileError) {
            return try Self.openDescriptor(
                path.isEmpty ? "." : path, at: rootDescriptor,
                flags: O_RDONLY | O_DIRECTORY | O_CLOEXEC, path: path)
        } catch {
            throw FileError(operation, path: path, code: error.code)
        }
    }

    /// Runs one system call on an open directory; -1 means that it failed.
    private func withDirectory(
        _ path: String, _ operation: FileError.Operation, _ call: (Int32) -> Int32
    ) throws(FileError) {
        let descriptor = try openDirectory(path, operation)
        let result = call(descriptor)
        let code = errno
        _ = Glibc.close(descriptor)
        guard result == 0 else { throw FileError(operation, path: path, code: code) }
    }

    private static func syncParent(of root: String) throws(FileError) {
        var parts = root.split(separator: "/", omittingEmptySubsequences: true)
        _ = parts.popLast()
        let parent = (root.hasPrefix("/") ? "/" : "./") + parts.joined(separator: "/")
        let flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC
        let descriptor = try openDescriptor(parent, at: AT_FDCWD, flags: flags, path: parent)
        let result = fsync(descriptor)
        let code = errno
        _ = Glibc.close(descriptor)
        guard result == 0 else { throw FileError(.syncDirectory, path: parent, code: code) }
    }

    /// `fdatasync`, once: a failure is final, because the kernel then calls the lost pages clean.
    static func syncData(of descriptor: Int32, path: String) throws(FileError) {
        guard fdatasync(descriptor) == 0 else { throw FileError(.sync, path: path, code: errno) }
    }

    // MARK: The lock's content

    private static func firstLine(of file: PosixFile) -> String {
        let length = min((try? file.byteCount()) ?? 0, 32)
        let bytes = (try? file.read(at: 0, count: length)) ?? []
        return String(decoding: bytes.prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self)
    }

    /// Tells one start of the machine from the next; empty where the kernel does not say.
    private static func bootID() -> String {
        let path = "/proc/sys/kernel/random/boot_id"
        guard
            let descriptor = try? openDescriptor(
                path, at: AT_FDCWD, flags: O_RDONLY | O_CLOEXEC, path: path)
        else { return "" }
        let file = PosixFile(path: path, descriptor: descriptor, readMode: .pread)
        let bytes = (try? file.read(at: 0, count: 36)) ?? []
        return String(decoding: bytes, as: UTF8.self)
    }
}

/// The lock file, open as long as the lock is held.
private final class PosixLock: FileLock {
    private let file: PosixFile

    init(file: PosixFile) { self.file = file }

    func release() { file.closeQuietly() }
}

extension FileError {
    /// A system call's failure, with the system's words for `code`.
    public init(_ operation: Operation, path: String, code: Int32) {
        self.init(operation, path: path, code: code, reason: Self.reason(code))
    }

    /// The system's words for an error number.
    static func reason(_ code: Int32) -> String {
        // SAFETY: glibc's text for an error number is a static or thread-local string.
        unsafe String(cString: strerror(code))
    }
}
