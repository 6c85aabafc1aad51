import Glibc
import Synchronization

/// An open file descriptor.
///
/// Reading and writing are positional, so threads share a file without sharing a place in it. Only
/// `close()` must not run beside another call on the same file.
final class PosixFile: File {
    let path: String
    private let descriptor: Int32
    private let readMode: PosixFileSystem.ReadMode
    private let isClosed = Atomic<Bool>(false)
    private let syncFailed = Atomic<Bool>(false)

    /// Takes over an open descriptor.
    init(path: String, descriptor: Int32, readMode: PosixFileSystem.ReadMode) {
        self.path = path
        self.descriptor = descriptor
        self.readMode = readMode
    }

    deinit { closeQuietly() }

    func byteCount() throws(FileError) -> Int {
        try checkOpen(.status)
        var status = stat()
        // SAFETY: the structure lives for the call.
        guard unsafe fstat(descriptor, &status) == 0 else { throw failure(.status, errno) }
        return Int(status.st_size)
    }

    func read(at byteOffset: Int, count: Int) throws(FileError) -> [UInt8] {
        precondition(byteOffset >= 0 && count >= 0)
        if count > Self.uncheckedReadByteCount { try checkRange(byteOffset, count) }
        var failure: FileError?
        let bytes = unsafe [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            // SAFETY: the buffer has room for `count` bytes and lives for the closure.
            unsafe failure = readAll(into: UnsafeMutableRawBufferPointer(buffer), byteOffset)
            filled = failure == nil ? count : 0
        }
        if let failure { throw failure }
        return bytes
    }

    func write(_ bytes: Span<UInt8>, at byteOffset: Int) throws(FileError) {
        precondition(byteOffset >= 0)
        try checkOpen(.write)
        // SAFETY: the buffer is used only during the call and lives as long as the span.
        let failure = unsafe bytes.withUnsafeBytes { buffer -> FileError? in
            unsafe writeAll(buffer, byteOffset)
        }
        if let failure { throw failure }
    }

    func allocate(byteCount: Int) throws(FileError) {
        try checkOpen(.allocate)
        guard byteCount > 0 else { return }
        // Zeros are written where the file system cannot reserve.
        var code: Int32
        repeat { code = posix_fallocate(descriptor, 0, off_t(byteCount)) } while code == EINTR
        guard code == 0 else { throw failure(.allocate, code) }
    }

    func truncate(to byteCount: Int) throws(FileError) {
        try checkOpen(.truncate)
        while ftruncate(descriptor, off_t(byteCount)) != 0 {
            guard errno == EINTR else { throw failure(.truncate, errno) }
        }
    }

    func sync() throws(FileError) {
        try checkOpen(.sync)
        guard !syncFailed.load(ordering: .relaxed) else {
            throw FileError(.sync, path: path, code: EIO, reason: "an earlier sync of it failed")
        }
        do throws(FileError) {
            try PosixFileSystem.syncData(of: descriptor, path: path)
        } catch {
            syncFailed.store(true, ordering: .relaxed)
            throw error
        }
    }

    func close() throws(FileError) {
        try checkOpen(.close)
        isClosed.store(true, ordering: .relaxed)
        // Linux has given the descriptor back whatever it answers; an interruption loses nothing.
        guard Glibc.close(descriptor) == 0 || errno == EINTR else { throw failure(.close, errno) }
    }

    func map(byteCount: Int) throws(FileError) -> FileBytes {
        let found = try self.byteCount()
        guard found == byteCount else {
            throw FileError(
                .map, path: path, code: 0, reason: "it has \(found) bytes instead of \(byteCount)")
        }
        guard byteCount > 0 else { return FileBytes([]) }
        return readMode == .mapped ? try mapShared(byteCount) : try readWhole(byteCount)
    }

    func forgetCached() {
        // Advice that is not taken leaves everything as it is.
        if !isClosed.load(ordering: .relaxed) {
            _ = posix_fadvise(descriptor, 0, 0, POSIX_FADV_DONTNEED)
        }
    }

    /// Closes without a way to report what closing found; for reads and for ways out of errors.
    func closeQuietly() {
        if !isClosed.exchange(true, ordering: .relaxed) { _ = Glibc.close(descriptor) }
    }

    // MARK: Loops over system calls

    /// Larger reads first compare with the size, so that a damaged length allocates nothing.
    private static let uncheckedReadByteCount = 1 << 20

    private func readAll(
        into buffer: UnsafeMutableRawBufferPointer, _ byteOffset: Int
    ) -> FileError? {
        if isClosed.load(ordering: .relaxed) { return failure(.read, EBADF) }
        var done = 0
        while done < buffer.count {
            // SAFETY: `done < count`, so the rebased part lies within the buffer.
            let rest = unsafe UnsafeMutableRawBufferPointer(rebasing: buffer[done...])
            let count = unsafe pread(
                descriptor, rest.baseAddress, rest.count, off_t(byteOffset + done))
            if count < 0 {
                if errno == EINTR { continue }
                return failure(.read, errno)
            }
            guard count > 0 else {
                return FileError(
                    .read, path: path, code: 0,
                    reason: "\(buffer.count) bytes wanted at \(byteOffset), \(done) are there")
            }
            done += count
        }
        return nil
    }

    private func writeAll(_ buffer: UnsafeRawBufferPointer, _ byteOffset: Int) -> FileError? {
        var done = 0
        while done < buffer.count {
            // SAFETY: `done < count`, so the rebased part lies within the buffer.
            let rest = unsafe UnsafeRawBufferPointer(rebasing: buffer[done...])
            let count = unsafe pwrite(
                descriptor, rest.baseAddress, rest.count, off_t(byteOffset + done))
            if count < 0 {
                if errno == EINTR { continue }
                return failure(.write, errno)
            }
            guard count > 0 else { return failure(.write, EIO) }
            done += count
        }
        return nil
    }

    private func mapShared(_ byteCount: Int) throws(FileError) -> FileBytes {
        // SAFETY: a fresh read-only mapping of an open file; the size was just compared.
        let address = unsafe mmap(nil, byteCount, PROT_READ, MAP_SHARED, descriptor, 0)
        guard let address = unsafe address, unsafe address != MAP_FAILED else {
            throw failure(.map, errno)
        }
        let region = unsafe UnsafeRawBufferPointer(start: address, count: byteCount)
        return unsafe FileBytes(mapping: region) { region in
            // SAFETY: called once, when nobody can read the region any more.
            _ = unsafe munmap(UnsafeMutableRawPointer(mutating: region.baseAddress), region.count)
        }
    }

    private func readWhole(_ byteCount: Int) throws(FileError) -> FileBytes {
        let region = UnsafeMutableRawBufferPointer.allocate(byteCount: byteCount, alignment: 64)
        // SAFETY: the region is this function's own until it is handed over.
        if let failure = unsafe readAll(into: region, 0) {
            unsafe region.deallocate()
            throw failure
        }
        // SAFETY: the region is handed over whole and given back once.
        return unsafe FileBytes(mapping: UnsafeRawBufferPointer(region)) { unsafe $0.deallocate() }
    }

    private func checkOpen(_ operation: FileError.Operation) throws(FileError) {
        guard !isClosed.load(ordering: .relaxed) else { throw failure(operation, EBADF) }
    }

    private func checkRange(_ byteOffset: Int, _ count: Int) throws(FileError) {
        let size = try byteCount()
        guard byteOffset <= size, count <= size - byteOffset else {
            throw FileError(
                .read, path: path, code: 0,
                reason: "\(count) bytes wanted at \(byteOffset) of \(size)")
        }
    }

    private func failure(_ operation: FileError.Operation, _ code: Int32) -> FileError {
        FileError(operation, path: path, code: code)
    }
}
