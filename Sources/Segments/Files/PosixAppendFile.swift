import Glibc
import Synchronization

/// A file that is written front to back and not read again: past the page cache (`O_DIRECT`).
///
/// ```
///            end of the file's words
///                   │
/// ┌──────┬──────┬───┴──┐
/// │ on the disk │ tail │0│   the block that the next write begins in is kept in memory
/// └──────┴──────┴──────┘
/// ```
///
/// Buffered, each byte of a log takes a fresh page of the cache, which nobody will read: on a
/// virtual machine that page must come from the host, and costs ten times what copying it does.
/// The kernel wants whole blocks at aligned addresses, so bytes are gathered in an aligned buffer,
/// and the last block is filled with zeros; the next write begins with that block again, as the
/// page cache would have done it. Everything but writing goes through a plain descriptor, which the
/// kernel keeps coherent with this one.
@safe final class PosixAppendFile: File, @unchecked Sendable {
    // SAFETY: `state` and the buffer it holds are touched under `lock` alone; the rest is constant.
    private let plain: PosixFile
    private let descriptor: Int32
    private let lock = Mutex<Void>(())
    private var state = State()

    /// What the kernel may ask of addresses, lengths and offsets.
    private static let blockByteCount = 4_096
    /// The most bytes of one system call; also what the buffer may grow to.
    private static let pieceByteCount = 8 << 20

    /// The aligned buffer, and where in the file it stands.
    @safe private struct State {
        // SAFETY: null is no address; the owner replaces and frees what is allocated.
        /// A multiple of blocks; empty before the first write.
        var buffer = unsafe UnsafeMutableRawBufferPointer(start: nil, count: 0)
        /// Where in the file the buffer's first byte belongs: a multiple of blocks.
        var byteOffset = 0
        /// Bytes at the buffer's start that are the file's; less than a block between writes.
        var filled = 0
        /// Whether offset and bytes are those of the file.
        var isKnown = false
        /// Whether the kernel has not refused to go past its cache.
        var isDirect = true
    }

    /// Takes over a descriptor that was opened with `O_DIRECT`, beside a plain one.
    init(_ plain: PosixFile, direct descriptor: Int32) {
        self.plain = plain
        self.descriptor = descriptor
    }

    deinit {
        _ = Glibc.close(descriptor)
        // SAFETY: the last reference is gone, so nobody uses the buffer.
        unsafe state.buffer.deallocate()
    }

    var path: String { plain.path }
    func byteCount() throws(FileError) -> Int { try plain.byteCount() }
    func read(at byteOffset: Int, count: Int) throws(FileError) -> [UInt8] {
        try plain.read(at: byteOffset, count: count)
    }
    func sync() throws(FileError) { try plain.sync() }
    func forgetCached() { plain.forgetCached() }
    func close() throws(FileError) { try plain.close() }
    func map(byteCount: Int) throws(FileError) -> FileBytes { try plain.map(byteCount: byteCount) }

    func allocate(byteCount: Int) throws(FileError) {
        try lock.withLock { _ throws(FileError) in
            state.isKnown = false
            try plain.allocate(byteCount: byteCount)
        }
    }

    func truncate(to byteCount: Int) throws(FileError) {
        try lock.withLock { _ throws(FileError) in
            state.isKnown = false
            try plain.truncate(to: byteCount)
        }
    }

    func write(_ bytes: Span<UInt8>, at byteOffset: Int) throws(FileError) {
        try lock.withLock { _ throws(FileError) in
            try begin(at: byteOffset, for: bytes.count)
            try gather(bytes)
            try finish()
        }
    }

    func write(_ pieces: [[UInt8]], at byteOffset: Int) throws(FileError) {
        try lock.withLock { _ throws(FileError) in
            try begin(at: byteOffset, for: pieces.reduce(0) { $0 + $1.count })
            for piece in pieces { try gather(piece.span) }
            try finish()
        }
    }

    // MARK: Gathering

    /// Stands at `byteOffset`, with the bytes of its block before it and room for `count` more.
    private func begin(at byteOffset: Int, for count: Int) throws(FileError) {
        precondition(byteOffset >= 0)
        // The plain descriptor knows whether the file was closed.
        let size = try plain.byteCount()
        let wanted = min(Self.blocks(count) + Self.blockByteCount, Self.pieceByteCount)
        reserve(wanted)
        if state.isKnown, state.byteOffset + state.filled == byteOffset { return }
        state.filled = 0
        state.byteOffset = byteOffset / Self.blockByteCount * Self.blockByteCount
        let before = byteOffset - state.byteOffset
        let there = min(before, max(0, size - state.byteOffset))
        let block = try plain.read(at: state.byteOffset, count: there)
        try gather(block.span)
        try gather([UInt8](repeating: 0, count: before - there).span)
    }

    private static func blocks(_ byteCount: Int) -> Int {
        (byteCount + blockByteCount - 1) / blockByteCount * blockByteCount
    }

    private func reserve(_ byteCount: Int) {
        // SAFETY: under the lock; what is filled is less than a block and fits both buffers.
        guard unsafe state.buffer.count < byteCount else { return }
        let larger = UnsafeMutableRawBufferPointer.allocate(
            byteCount: byteCount, alignment: Self.blockByteCount)
        unsafe larger.copyMemory(
            from: UnsafeRawBufferPointer(rebasing: state.buffer[0..<state.filled]))
        unsafe state.buffer.deallocate()
        unsafe state.buffer = larger
    }

    private func gather(_ bytes: Span<UInt8>) throws(FileError) {
        var done = 0
        while done < bytes.count {
            // SAFETY: under the lock; `part` fits the span and what is left of the buffer.
            let part = unsafe min(bytes.count - done, state.buffer.count - state.filled)
            unsafe bytes.extracting(done..<done + part).withUnsafeBytes { source in
                unsafe UnsafeMutableRawBufferPointer(rebasing: state.buffer[state.filled...])
                    .copyMemory(from: source)
            }
            state.filled += part
            done += part
            if unsafe state.filled == state.buffer.count { try flush() }
        }
    }

    /// Writes everything gathered, zeros behind it to the end of its block.
    private func finish() throws(FileError) {
        guard state.filled > 0 else { return }
        // SAFETY: under the lock; the buffer is a multiple of blocks and not less than `filled`.
        let rest = unsafe UnsafeMutableRawBufferPointer(
            rebasing: state.buffer[state.filled..<Self.blocks(state.filled)])
        unsafe rest.initializeMemory(as: UInt8.self, repeating: 0)
        try flush()
    }

    /// Writes the blocks gathered and keeps the last one if it is not full.
    private func flush() throws(FileError) {
        state.isKnown = false
        // SAFETY: under the lock; the buffer is a multiple of blocks and not less than `filled`.
        let blocks = unsafe UnsafeRawBufferPointer(
            rebasing: state.buffer[0..<Self.blocks(state.filled)])
        var done = 0
        while done < blocks.count, state.isDirect {
            // SAFETY: `done < count`, so the rebased part lies within the buffer.
            let rest = unsafe UnsafeRawBufferPointer(rebasing: blocks[done...])
            let count = unsafe pwrite(
                descriptor, rest.baseAddress, rest.count, off_t(state.byteOffset + done))
            if count > 0 {
                done += count
            } else if count < 0, errno == EINVAL {
                state.isDirect = false
            } else if count == 0 || errno != EINTR {
                throw FileError(.write, path: path, code: count == 0 ? EIO : errno)
            }
        }
        if !state.isDirect {
            // SAFETY: the buffer is not changed while the plain file writes it.
            let bytes = unsafe blocks.bindMemory(to: UInt8.self)
            try plain.write(unsafe bytes.span, at: state.byteOffset)
        }
        let full = state.filled / Self.blockByteCount * Self.blockByteCount
        // SAFETY: what is left is less than a block; moving copes with overlap.
        let left = unsafe UnsafeRawBufferPointer(rebasing: state.buffer[full..<state.filled])
        if full > 0 { unsafe state.buffer.copyMemory(from: left) }
        state.byteOffset += full
        state.filled -= full
        state.isKnown = true
    }
}
