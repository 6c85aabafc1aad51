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

    init(lineLimit: Int, byteLimit: Int) {
        self.lineLimit = lineLimit
        self.byteLimit = byteLimit
    }

    /// Takes more bytes.
    mutating func append(_ bytes: [UInt8]) {
        if start > 0 {
            buffer.removeFirst(start)
            scanned -= start
            start = 0
        }
        buffer += bytes
    }

    /// The next full batch.
    ///
    /// - Parameter isAtEnd: Whether no bytes will follow; then what is left is a batch too.
    mutating func next(isAtEnd: Bool = false) -> LineBatch? {
        while scanned < buffer.count {
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

    private mutating func take() -> LineBatch {
        let batch = LineBatch(
            bytes: Array(buffer[start..<scanned]), lineCount: lineCount, firstLine: linesBefore)
        linesBefore += lineCount
        lineCount = 0
        start = scanned
        return batch
    }
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
