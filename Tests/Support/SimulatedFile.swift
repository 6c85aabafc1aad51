import Glibc
import Segments
import Synchronization

/// An open file of the simulation; works on after its name is gone, as a real one does.
final class SimulatedFile: File {
    let path: String
    private let fileSystem: SimulatedFileSystem
    private let inode: Int
    private let isReadOnly: Bool
    private let isClosed = Atomic<Bool>(false)

    init(_ fileSystem: SimulatedFileSystem, path: String, inode: Int, isReadOnly: Bool) {
        self.fileSystem = fileSystem
        self.path = path
        self.inode = inode
        self.isReadOnly = isReadOnly
    }

    func byteCount() throws(FileError) -> Int {
        try call(.status) { state, inode throws(FileError) in
            state.disk.inodes[inode]?.cached.count ?? 0
        }
    }

    func read(at byteOffset: Int, count: Int) throws(FileError) -> [UInt8] {
        try call(.read) { state, inode throws(FileError) in
            let bytes = state.disk.inodes[inode]?.cached ?? []
            guard byteOffset <= bytes.count, count <= bytes.count - byteOffset else {
                throw FileError(
                    .read, path: self.path, code: 0,
                    reason: "\(count) bytes wanted at \(byteOffset) of \(bytes.count)")
            }
            return Array(bytes[byteOffset..<byteOffset + count])
        }
    }

    func write(_ bytes: Span<UInt8>, at byteOffset: Int) throws(FileError) {
        let copy = [UInt8](copying: bytes)
        try change(.write, .write(at: byteOffset, copy)) { disk, kept in
            disk.modify(self.inode, .write(at: byteOffset, Array(copy.prefix(kept))))
        }
    }

    func allocate(byteCount: Int) throws(FileError) { try change(.allocate, .grow(byteCount)) }

    func truncate(to byteCount: Int) throws(FileError) { try change(.truncate, .resize(byteCount)) }

    func sync() throws(FileError) {
        try call(.sync, spoil: { disk, _ in disk.failSync(self.inode) }) {
            state, inode throws(FileError) in
            let failed = state.disk.inodes[inode]?.hasFailedSync ?? false
            if failed { state.calls[state.calls.count - 1].isSyncAfterFailure = true }
            state.disk.sync(inode)
        }
    }

    func close() throws(FileError) {
        try call(.close) { _, _ throws(FileError) in }
        isClosed.store(true, ordering: .relaxed)
    }

    func forgetCached() { fileSystem.state.withLock { $0.disk.forgetCached(inode) } }

    func map(byteCount: Int) throws(FileError) -> FileBytes {
        try call(.map) { state, inode throws(FileError) in
            let bytes = state.disk.inodes[inode]?.cached ?? []
            guard bytes.count == byteCount else {
                throw FileError(
                    .map, path: self.path, code: 0,
                    reason: "it has \(bytes.count) bytes instead of \(byteCount)")
            }
            return FileBytes(bytes)
        }
    }

    private func change(
        _ operation: FileError.Operation, _ change: SimulatedDisk.FileChange,
        spoil: (inout SimulatedDisk, Int) -> Void = { _, _ in }
    ) throws(FileError) {
        guard !isReadOnly else { throw FileError(operation, path: path, code: EBADF) }
        try call(operation, spoil: spoil) { state, inode throws(FileError) in
            state.disk.modify(inode, change)
        }
    }

    private func call<Value: Sendable>(
        _ operation: FileError.Operation, spoil: (inout SimulatedDisk, Int) -> Void = { _, _ in },
        _ body: (inout SimulatedFileSystem.State, Int) throws(FileError) -> Value
    ) throws(FileError) -> Value {
        guard !isClosed.load(ordering: .relaxed) else {
            throw FileError(operation, path: path, code: EBADF)
        }
        return try fileSystem.call(operation, path, spoil: spoil) { state throws(FileError) in
            try body(&state, self.inode)
        }
    }
}
