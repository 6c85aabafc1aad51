import Ingest

/// Cuts CSV into batches of whole records, each with the header in front.
struct CSVBatcher {
    private var scanner: CSVScanner
    private let header: ArraySlice<UInt8>
    private let rowLimit: Int
    private let byteLimit: Int
    /// Where the next batch begins, and on which line.
    private var start: Int
    private var startLine: Int

    /// A batcher of a whole text.
    init(_ bytes: [UInt8], separator: UInt8, rowLimit: Int, byteLimit: Int) {
        scanner = CSVScanner(bytes, separator: separator)
        _ = try? scanner.next()
        start = scanner.position
        startLine = scanner.line
        header = bytes[..<scanner.position]
        self.rowLimit = rowLimit
        self.byteLimit = byteLimit
    }

    /// The next batch; a record that is none goes with it for whoever reads it to refuse.
    ///
    /// - Returns: `nil` at the end. Its `firstLine` plus a line in it is the line of the text.
    mutating func next() -> LineBatch? {
        var rowCount = 0
        while rowCount < rowLimit, scanner.position - start < byteLimit {
            // A record that is none is passed, too; only at the end there is nothing more.
            let before = scanner.position
            let record = try? scanner.next()
            if record == nil, scanner.position == before || scanner.position >= scanner.bytes.count
            {
                if scanner.position > before { rowCount += 1 }
                break
            }
            rowCount += 1
        }
        guard scanner.position > start else { return nil }
        let headerLineCount = header.count { $0 == 0x0a }
        let batch = LineBatch(
            bytes: Array(header) + scanner.bytes[start..<scanner.position],
            lineCount: scanner.line - startLine, firstLine: startLine - 1 - headerLineCount)
        start = scanner.position
        startLine = scanner.line
        return batch
    }
}
