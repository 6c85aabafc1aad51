import Ingest
import Segments

/// A file of rows on the person's own machine: its form, its bytes, and the table it makes.
struct LocalFile {
    /// As given.
    let path: String
    /// By the end of its name.
    let format: EventFormat
    /// Decompressed.
    let bytes: [UInt8]

    /// The most bytes of a file: it is in memory whole.
    private static let byteLimit = 2 << 30

    /// Reads a file: CSV, TSV, or else NDJSON or a JSON array, compressed or not.
    init(_ path: String) throws(CommandError) {
        self.path = path
        let stored = try InputFile.contents(of: path, limit: Self.byteLimit)
        let compression = FileCompression(fileName: path)
        if let compression {
            bytes = try compression.decoded(stored)
        } else {
            bytes = stored
        }
        format = Self.format(of: path)
    }

    /// The form that a file's name speaks of.
    static func format(of path: String) -> EventFormat {
        var words = path.split(separator: ".").map { $0.lowercased() }
        if FileCompression(fileName: path) != nil, words.count > 1 { words.removeLast() }
        return switch words.last {
        case "csv": .csv
        case "tsv": .tsv
        default: .detect
        }
    }

    /// The file's name up to its first point.
    var tableName: String {
        let name = path.split(separator: "/").last ?? ""
        return String(name.prefix { $0 != "." })
    }

    /// The table that all of its rows fit into.
    func schema(named name: String) throws(CommandError) -> TableSchema {
        var inference = SchemaInference()
        do throws(SchemaInference.Failure) {
            try inference.read(bytes, as: format)
            return try inference.schema(named: name)
        } catch {
            let place = error.line.map { "line \($0): " } ?? ""
            throw CommandError("\(path): \(place)\(error.reason)")
        }
    }

    /// Its rows, in batches as ingestion takes them.
    ///
    /// - Throws: with the exit code of rejected rows where one does not fit.
    func rows(of schema: TableSchema) throws(CommandError) -> [RowBatch] {
        let parser = EventParser(schema: schema)
        var batches: [RowBatch] = []
        for part in parts() {
            let events: ParsedEvents
            do throws(IngestError) {
                // A file may speak of any time; nobody's clock is wrong here.
                events = try parser.parse(part.bytes, format: format, now: .max)
            } catch {
                throw CommandError("\(path): \(ProblemDetails(error).detail)")
            }
            if let rejection = events.rejections.first {
                throw CommandError(
                    "\(path): line \(part.firstLine + rejection.line): \(rejection.message)",
                    .rejectedRows)
            }
            if events.batch.rowCount > 0 { batches.append(events.batch) }
        }
        return batches
    }

    /// The bytes in pieces of what one request may hold.
    private func parts() -> [LineBatch] {
        switch format {
        case .csv, .tsv:
            var batcher = CSVBatcher(
                bytes, separator: UInt8(ascii: format == .csv ? "," : "\t"),
                rowLimit: Self.batchRowCount, byteLimit: Self.batchByteCount)
            var parts: [LineBatch] = []
            while let part = batcher.next() { parts.append(part) }
            return parts
        default:
            let first = bytes.first { $0 > 0x20 }
            guard first != UInt8(ascii: "[") else {
                return [LineBatch(bytes: bytes, lineCount: 1, firstLine: 0)]
            }
            var batcher = LineBatcher(
                lineLimit: Self.batchRowCount, byteLimit: Self.batchByteCount)
            batcher.append(bytes)
            var parts: [LineBatch] = []
            while let part = batcher.next(isAtEnd: true) { parts.append(part) }
            return parts
        }
    }

    private static let batchRowCount = 10_000
    private static let batchByteCount = 32 << 20
}
