import Glibc
import Segments

/// The files of a directory as a stream: each file is a partition, a position is a byte of its
/// text, a message a line.
///
/// A plain file may grow: a line counts once its line feed is there. A compressed one is whole when
/// it appears, and is decoded at once. A file that is not the one that was met before, or shrinks,
/// stops the source.
final class FileStream: PartitionedStream {
    private let root: PosixFileSystem
    private let folder: String
    private let pattern: String
    private var registry: FileRegistry
    private let gunzip: @Sendable ([UInt8], Int) -> [UInt8]?

    private var next: [UInt32: UInt64] = [:]
    private var ends: [UInt32: UInt64] = [:]
    private var isPaused = false
    /// The text of the compressed file that was read last.
    private var decoded: (partition: UInt32, text: [UInt8])?

    /// Bytes of a plain file read at a time.
    private static let pieceByteCount = 1 << 20
    /// The most bytes of a compressed file, and of its text.
    private static let maximumTextByteCount = 1 << 30
    /// Of the files met last, so many are looked at between two checks of all.
    private static let watchedCount = 16

    init(
        root: PosixFileSystem, folder: String, pattern: String, registry: FileRegistry,
        gunzip: @escaping @Sendable ([UInt8], Int) -> [UInt8]?
    ) {
        self.root = root
        self.folder = folder
        self.pattern = pattern
        self.registry = registry
        self.gunzip = gunzip
    }

    // MARK: Files

    func partitions() throws(SourceError) -> [UInt32] {
        let known = Set(registry.entries.map(\.name))
        let names = try calling { () throws(FileError) in try root.list(folder) }
        var added: [FileRegistry.Entry] = []
        for name in names.sorted() where !known.contains(name) && isWanted(name) {
            guard let byteCount = try byteCount(of: name) else { continue }
            let headByteCount = isCompressed(name) ? byteCount : min(byteCount, headLimit)
            added.append(
                FileRegistry.Entry(
                    name: name, byteCount: byteCount, headByteCount: headByteCount,
                    headHash: try headHash(of: name, headByteCount)))
        }
        if !added.isEmpty { try registry.add(added) }
        return registry.entries.indices.map { UInt32($0) }
    }

    private var headLimit: Int { FileRegistry.headByteCount }

    private func isWanted(_ name: String) -> Bool {
        !name.hasPrefix(".") && !name.hasSuffix(".tmp") && !name.hasSuffix(".part")
            && !name.contains("\n") && FilePattern.matches(name, pattern)
    }

    private func isCompressed(_ name: String) -> Bool {
        [".gz", ".zst", ".lz4"].contains { name.hasSuffix($0) }
    }

    private func path(_ name: String) -> String { folder.isEmpty ? name : folder + "/" + name }

    private func calling<Result>(
        _ body: () throws(FileError) -> Result
    ) throws(SourceError) -> Result {
        do throws(FileError) { return try body() } catch { throw .unavailable("\(error)") }
    }

    private func byteCount(of name: String) throws(SourceError) -> Int? {
        try calling { () throws(FileError) in try root.byteCount(of: path(name)) }
    }

    private func bytes(
        of name: String, at offset: Int, _ count: Int
    ) throws(SourceError) -> [UInt8] {
        try calling { () throws(FileError) in
            try root.open(path(name), for: .read).read(at: offset, count: count)
        }
    }

    private func headHash(of name: String, _ count: Int) throws(SourceError) -> UInt64 {
        guard count <= Self.maximumTextByteCount else {
            throw .fileChanged(name: name, reason: "it has more than 1 GiB compressed")
        }
        let head = try bytes(of: name, at: 0, count)
        return Hashing.hash(head.span)
    }

    // MARK: Positions

    func bounds(of partition: UInt32) throws(SourceError) -> StreamBounds {
        let entry = registry.entries[Int(partition)]
        guard let byteCount = try byteCount(of: entry.name) else {
            // Read as far as it was known, or lost.
            let known = UInt64(isCompressed(entry.name) ? 0 : entry.byteCount)
            return StreamBounds(low: known, high: max(known, next[partition] ?? known))
        }
        guard byteCount >= entry.headByteCount,
            !isCompressed(entry.name) || byteCount == entry.byteCount,
            try headHash(of: entry.name, entry.headByteCount) == entry.headHash
        else {
            throw .fileChanged(name: entry.name, reason: "its size or its beginning is another")
        }
        let end: UInt64
        if isCompressed(entry.name) {
            end = UInt64(try text(of: partition).count)
        } else {
            end = UInt64(byteCount)
        }
        ends[partition] = end
        return StreamBounds(low: 0, high: end)
    }

    func position(of partition: UInt32, at milliseconds: Int64) throws(SourceError) -> UInt64 {
        throw .option("start", reason: "files have no times: it is 'earliest' or 'latest'")
    }

    func knownEnd(of partition: UInt32) -> UInt64? { ends[partition] }

    func assign(_ positions: [(partition: UInt32, next: UInt64)]) throws(SourceError) {
        isPaused = false
        next = Dictionary(uniqueKeysWithValues: positions.map { ($0.partition, $0.next) })
    }

    func pause() throws(SourceError) { isPaused = true }

    func report(_ positions: [(partition: UInt32, next: UInt64)]) {}

    // MARK: Reading

    func fill(_ batch: inout MessageBatch, waitMilliseconds: Int) throws(SourceError) {
        if !isPaused {
            let before = batch.ends.count
            for partition in next.keys.sorted().suffix(Self.watchedCount) {
                let name = registry.entries[Int(partition)].name
                guard !isCompressed(name), let count = try byteCount(of: name) else { continue }
                ends[partition] = UInt64(count)
            }
            for partition in next.keys.sorted() {
                while !batch.isFull, next[partition] ?? 0 < ends[partition] ?? 0 {
                    guard try readPiece(of: partition, into: &batch) else { break }
                }
                if batch.isFull { return }
            }
            if batch.ends.count > before { return }
        }
        usleep(UInt32(clamping: waitMilliseconds) * 1_000)
    }

    /// Adds the lines of the next piece of a file.
    ///
    /// - Returns: Whether there was a whole line.
    private func readPiece(
        of partition: UInt32, into batch: inout MessageBatch
    ) throws(SourceError) -> Bool {
        let name = registry.entries[Int(partition)].name
        let start = next[partition] ?? 0
        guard let at = Int(exactly: start), let end = Int(exactly: ends[partition] ?? 0) else {
            return false
        }
        if isCompressed(name) {
            let text = try text(of: partition)
            return deliver(
                text.span.extracting(min(at, text.count)..<text.count), isLast: true, partition,
                to: &batch)
        }
        var count = min(Self.pieceByteCount, end - at)
        while true {
            let piece = try bytes(of: name, at: at, count)
            if deliver(piece.span, isLast: false, partition, to: &batch) { return true }
            // A line longer than the piece; one that has no end yet waits for it.
            guard at + count < end, count < Self.maximumTextByteCount else { return false }
            count = min(count * 2, end - at)
        }
    }

    /// Adds whole lines until the batch is full.
    private func deliver(
        _ text: Span<UInt8>, isLast: Bool, _ partition: UInt32, to batch: inout MessageBatch
    ) -> Bool {
        let base = next[partition] ?? 0
        var start = 0
        while start < text.count, !batch.isFull {
            var end = start
            while end < text.count, text[end] != UInt8(ascii: "\n") { end &+= 1 }
            guard end < text.count || isLast else { break }
            let after = min(end + 1, text.count)
            batch.append(
                partition: partition, offset: base + UInt64(start), next: base + UInt64(after),
                milliseconds: 0, Message(value: text.extracting(start..<end), key: nil))
            start = after
        }
        next[partition] = base + UInt64(start)
        return start > 0
    }

    /// The text of a compressed file.
    private func text(of partition: UInt32) throws(SourceError) -> [UInt8] {
        if let decoded, decoded.partition == partition { return decoded.text }
        let entry = registry.entries[Int(partition)]
        let packed = try bytes(of: entry.name, at: 0, entry.byteCount)
        let text = try decode(packed, entry.name)
        decoded = (partition, text)
        return text
    }

    private func decode(_ packed: [UInt8], _ name: String) throws(SourceError) -> [UInt8] {
        let limit = DecodedSizeLimit(
            maximumByteCount: Self.maximumTextByteCount, maximumRatio: 1_000,
            ratioFreeByteCount: 1 << 20)
        if name.hasSuffix(".gz") {
            let text = gunzip(packed, limit.ceiling(inputByteCount: packed.count))
            guard let text else {
                throw .fileChanged(name: name, reason: "it is no whole gzip file")
            }
            return text
        }
        do throws(FrameDecodingError) {
            return name.hasSuffix(".zst")
                ? try ZstdFrameDecoder.decode(packed, limit: limit)
                : try Lz4FrameDecoder.decode(packed, limit: limit)
        } catch {
            throw .fileChanged(name: name, reason: "\(error)")
        }
    }
}
