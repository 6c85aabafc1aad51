import Segments

/// A run of whole lines for one request.
struct LineBatch: Equatable, Sendable {
    /// The lines, line feeds included.
    var bytes: [UInt8]
    /// Lines in it, blank ones included.
    var lineCount: Int
    /// Lines before it.
    var firstLine: Int
}

/// Cuts a stream of bytes into batches of whole lines.
///
/// Bytes are read into the buffer that becomes the batch, and a batch that was sent gives its
/// memory back: only what stands behind a batch's last line is copied.
struct LineBatcher {
    /// The most lines of a batch.
    let lineLimit: Int
    /// A batch ends with the line that reaches this.
    let byteLimit: Int
    private var buffer: [UInt8] = []
    private var start = 0
    private var scanned = 0
    private var lineCount = 0
    private var linesBefore = 0
    /// Memory for the next buffer.
    private var spare: [UInt8] = []

    /// Bytes whose line feeds are counted at once: fewer than a byte can count.
    private static let stepByteCount = 192

    init(lineLimit: Int, byteLimit: Int) {
        self.lineLimit = lineLimit
        self.byteLimit = byteLimit
    }

    /// Bytes that wait.
    var waiting: ArraySlice<UInt8> { buffer[start...] }

    /// Takes more bytes.
    mutating func append(_ bytes: [UInt8]) {
        dropTaken()
        buffer += bytes
    }

    /// Takes the next bytes of a file.
    ///
    /// - Returns: Whether there were any.
    mutating func fill(from file: borrowing InputFile) throws(CommandError) -> Bool {
        dropTaken()
        return try file.read(appendingTo: &buffer) > 0
    }

    private mutating func dropTaken() {
        guard start > 0 else { return }
        buffer.removeFirst(start)
        scanned -= start
        start = 0
    }

    /// The next full batch.
    ///
    /// - Parameter isAtEnd: Whether no bytes will follow; then what is left is a batch too.
    mutating func next(isAtEnd: Bool = false) -> LineBatch? {
        while scanned < buffer.count {
            if passStep() { continue }
            let byte = buffer[scanned]
            scanned += 1
            guard byte == UInt8(ascii: "\n") else { continue }
            lineCount += 1
            if lineCount >= lineLimit || scanned - start >= byteLimit { return take() }
        }
        guard isAtEnd, start < buffer.count else { return nil }
        if buffer.last != UInt8(ascii: "\n") { lineCount += 1 }
        return take()
    }

    /// Passes many bytes at once where the batch does not end among them.
    private mutating func passStep() -> Bool {
        let end = scanned + Self.stepByteCount
        guard end <= buffer.count, end - start < byteLimit else { return false }
        let count = Self.lineFeedCount(buffer, scanned..<end)
        guard lineCount + count < lineLimit else { return false }
        lineCount += count
        scanned = end
        return true
    }

    /// The line feeds of a step; counted in a byte, so that many are looked at in one register.
    private static func lineFeedCount(_ bytes: [UInt8], _ range: Range<Int>) -> Int {
        assert(range.count <= stepByteCount)
        let step = bytes.span.extracting(range)
        var count: UInt8 = 0
        for index in step.indices { count &+= step[index] == UInt8(ascii: "\n") ? 1 : 0 }
        return Int(count)
    }

    private mutating func take() -> LineBatch {
        var batch = LineBatch(bytes: [], lineCount: lineCount, firstLine: linesBefore)
        swap(&batch.bytes, &spare)
        batch.bytes.removeAll(keepingCapacity: true)
        if start == 0, buffer.count - scanned < scanned {
            batch.bytes.append(contentsOf: buffer[scanned...])
            buffer.removeLast(buffer.count - scanned)
            swap(&batch.bytes, &buffer)
            scanned = 0
        } else {
            batch.bytes.append(contentsOf: buffer[start..<scanned])
            start = scanned
        }
        linesBefore += lineCount
        lineCount = 0
        return batch
    }

    /// Takes back the memory of a batch that is not needed any more.
    mutating func recycle(_ batch: inout LineBatch) { swap(&spare, &batch.bytes) }
}

/// How a file is compressed, by the end of its name.
enum FileCompression: String, CaseIterable {
    case zstd, gzip, lz4

    /// `nil` for a file that is not.
    init?(fileName: String) {
        let endings: [(String, FileCompression)] = [
            (".zst", .zstd), (".zstd", .zstd), (".gz", .gzip), (".lz4", .lz4),
        ]
        guard let found = endings.first(where: { fileName.hasSuffix($0.0) }) else { return nil }
        self = found.1
    }

    /// The most bytes a compressed file may hold: they are in memory at once.
    private static let limit = DecodedSizeLimit(
        maximumByteCount: 4 << 30, maximumRatio: 10_000, ratioFreeByteCount: 64 << 20)

    /// The bytes of the file's content.
    func decoded(_ bytes: [UInt8]) throws(CommandError) -> [UInt8] {
        do throws(FrameDecodingError) {
            return switch self {
            case .zstd: try ZstdFrameDecoder.decode(bytes, limit: Self.limit)
            case .gzip: try GzipDecoder.decode(bytes, limit: Self.limit)
            case .lz4: try Lz4FrameDecoder.decode(bytes, limit: Self.limit)
            }
        } catch {
            switch error {
            case .truncated: throw CommandError("the \(rawValue) file ends too early")
            case .malformed(let reason):
                throw CommandError("the file is no \(rawValue): \(reason)")
            case .tooLarge(let limit):
                throw CommandError(
                    "the file holds more than \(limit) bytes; decompress it into a pipe instead: "
                        + "zstdcat FILE | daybook ingest TABLE -")
            case .outOfMemory: throw CommandError("no memory for a \(rawValue) decoder", .system)
            }
        }
    }
}
