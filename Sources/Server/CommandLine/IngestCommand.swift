import Ingest

/// `daybook ingest`: sends a file of events to a table in batches.
enum IngestCommand {
    static let command = Command(
        name: "ingest", summary: "Send events to a table", usage: "[options] TABLE [FILE|-]",
        options: [
            CommandOption("batch", "N", "lines of one request (default: 5000)"),
            CommandOption(
                "on-error", "WHAT",
                "abort: a refused line refuses its batch and ends; quarantine: it is kept apart "
                    + "(default: abort)"),
            CommandOption(
                "csv", nil, "the input is CSV with a header, as files are that end in .csv"),
            CommandOption("quiet", nil, "print nothing but errors"),
            ServerURL.option,
        ],
        examples: [
            "daybook ingest ledger ledger.ndjson",
            "daybook ingest ledger sample-data/ledger.ndjson.zst --on-error quarantine",
            "daybook ingest payments payments.csv",
            "daybook generate --rows 100k | daybook ingest ledger",
        ]
    ) { arguments throws(CommandError) in
        var run = try IngestRun(arguments)
        return try run.run()
    }
}

/// One run of `daybook ingest`.
struct IngestRun {
    private let sender: EventSender
    private let table: String
    private let path: String
    private let batchLineCount: Int
    private let isQuiet: Bool
    private let format: EventFormat
    private var total = IngestReceipt()
    private var lineCount = 0
    private var progress = ProgressLine()

    /// Lines of a request, where nothing else is said.
    private static let batchLineCount = 5_000
    /// A request's bytes, well below what a server takes by default.
    private static let batchByteCount = 8 << 20
    /// The most bytes of a compressed file; also of a file that is one JSON array.
    private static let wholeFileByteLimit = 2 << 30
    /// Refused lines told one by one.
    private static let shownRejectionCount = 20

    init(_ arguments: Arguments) throws(CommandError) {
        guard let table = arguments.operands.first, arguments.operands.count <= 2 else {
            throw .usage("ingest takes a table, and a file or '-'")
        }
        let onError = arguments.value("on-error") ?? "abort"
        guard onError == "abort" || onError == "quarantine" else {
            throw .usage("--on-error is abort or quarantine, not '\(onError)'")
        }
        self.table = table
        path = arguments.operands.count > 1 ? arguments.operands[1] : "-"
        format = arguments.has("csv") ? .csv : LocalFile.format(of: path)
        batchLineCount = try arguments.integer(
            "batch", default: Self.batchLineCount, in: 1...100_000)
        isQuiet = arguments.has("quiet")
        sender = EventSender(
            connection: ServerConnection(try ServerURL(arguments)), table: table, onError: onError,
            numbers: RequestNumbers())
    }

    /// A run that sends a file as the command does without options.
    init(_ connection: ServerConnection, table: String, path: String, onError: String) {
        self.table = table
        self.path = path
        format = LocalFile.format(of: path)
        batchLineCount = Self.batchLineCount
        isQuiet = false
        sender = EventSender(connection: connection, table: table, onError: onError)
    }

    /// Sends everything and prints the counts.
    ///
    /// - Returns: `rejectedRows` if a line was refused.
    mutating func run() throws(CommandError) -> ExitCode {
        let started = ContinuousClock.now
        do throws(CommandError) {
            if format == .csv || format == .tsv {
                try sendCSV()
            } else if let compression = FileCompression(fileName: path) {
                try sendCompressed(compression)
            } else {
                try sendLines()
            }
        } catch {
            progress.clear()
            report(started)
            throw error
        }
        progress.clear()
        report(started)
        return total.rejected > 0 ? .rejectedRows : .success
    }

    /// Records may hold line ends, so the file is read whole and cut between them; each batch has
    /// the header.
    private mutating func sendCSV() throws(CommandError) {
        var bytes = try InputFile.contents(of: path, limit: Self.wholeFileByteLimit)
        if let compression = FileCompression(fileName: path) {
            bytes = try compression.decoded(bytes)
        }
        let isTabbed = format == .tsv
        var batcher = CSVBatcher(
            bytes, separator: UInt8(ascii: isTabbed ? "\t" : ","), rowLimit: batchLineCount,
            byteLimit: Self.batchByteCount)
        while let batch = batcher.next() {
            try send(batch, contentType: isTabbed ? "text/tab-separated-values" : "text/csv")
        }
    }

    private mutating func sendLines() throws(CommandError) {
        let file = try InputFile(path)
        var batcher = LineBatcher(lineLimit: batchLineCount, byteLimit: Self.batchByteCount)
        var hasMore = try batcher.fill(from: file)
        if Self.isArray(batcher.waiting) {
            while hasMore {
                guard batcher.waiting.count <= Self.wholeFileByteLimit else {
                    throw CommandError("\(file.name) is one JSON array that is too large")
                }
                hasMore = try batcher.fill(from: file)
            }
            try sendArray(Array(batcher.waiting))
            return
        }
        while hasMore {
            while var batch = batcher.next() {
                try send(batch)
                batcher.recycle(&batch)
            }
            hasMore = try batcher.fill(from: file)
        }
        if let batch = batcher.next(isAtEnd: true) { try send(batch) }
    }

    /// A file that fits one request goes as it is; a larger one is decompressed and cut.
    private mutating func sendCompressed(_ compression: FileCompression) throws(CommandError) {
        let bytes = try InputFile.contents(of: path, limit: Self.wholeFileByteLimit)
        let decoded = try compression.decoded(bytes)
        if Self.isArray(decoded[...]) {
            try sendArray(decoded)
            return
        }
        var batcher = LineBatcher(lineLimit: batchLineCount, byteLimit: Self.batchByteCount)
        batcher.append(decoded)
        var batch = batcher.next() ?? batcher.next(isAtEnd: true)
        if let only = batch, only.bytes.count == decoded.count {
            try send(only, as: bytes, encoding: compression.rawValue)
            return
        }
        while let next = batch {
            try send(next)
            batch = batcher.next() ?? batcher.next(isAtEnd: true)
        }
    }

    /// A JSON array has no lines to cut it at: it is one request, whose size the server limits.
    private mutating func sendArray(_ bytes: [UInt8]) throws(CommandError) {
        let batch = LineBatch(bytes: bytes, lineCount: 1, firstLine: 0)
        try send(batch, contentType: "application/json")
    }

    private static func isArray(_ bytes: ArraySlice<UInt8>) -> Bool {
        bytes.first { $0 != 0x20 && $0 != 0x09 && $0 != 0x0a && $0 != 0x0d } == UInt8(ascii: "[")
    }

    private mutating func send(
        _ batch: LineBatch, as bytes: [UInt8]? = nil,
        contentType: String = "application/x-ndjson", encoding: String? = nil
    ) throws(CommandError) {
        do throws(EventSenderError) {
            let receipt = try sender.send(
                bytes ?? batch.bytes, contentType: contentType, encoding: encoding)
            total.add(receipt)
            lineCount += batch.lineCount
            tell(receipt.rejections, of: batch)
            if !isQuiet { progress.show("\(ResultFooter.grouped(lineCount)) lines sent") }
        } catch {
            switch error {
            case .failed(let error): throw error
            case .refused(let problem):
                tell(problem.rejections, of: batch)
                throw Self.ending(problem)
            }
        }
    }

    /// The refusal in this command's words.
    private static func ending(_ problem: ServerProblem) -> CommandError {
        guard problem.code == "rows_rejected" else { return problem.commandError }
        return CommandError(
            "\(problem.detail); --on-error quarantine takes the others and keeps these apart",
            .rejectedRows)
    }

    /// Names refused lines by their place in the whole input.
    private mutating func tell(_ rejections: [IngestReceipt.Rejection], of batch: LineBatch) {
        guard !rejections.isEmpty else { return }
        progress.clear()
        for rejection in rejections.prefix(Self.shownRejectionCount) {
            let field = rejection.field.map { " in '\($0)'" } ?? ""
            Terminal.report(
                "line \(batch.firstLine + rejection.line): \(rejection.code)\(field): "
                    + rejection.message)
        }
        if rejections.count > Self.shownRejectionCount {
            Terminal.report("and \(rejections.count - Self.shownRejectionCount) more")
        }
    }

    private func report(_ started: ContinuousClock.Instant) {
        guard !isQuiet, total.lineCount > 0 else { return }
        let seconds = max(0.001, started.duration(to: .now).inSeconds)
        let rate = ResultFooter.grouped(Int(Double(total.lineCount) / seconds))
        Terminal.write(
            "\(table): \(ResultFooter.grouped(total.accepted)) accepted · "
                + "\(total.duplicate) duplicate · \(total.conflict) conflict · "
                + "\(total.rejected) rejected · version \(total.version) · \(rate) lines/s\n")
    }
}

/// A line on the terminal that says how far a command is; nothing in a pipe, and nothing before
/// 300 ms have passed.
struct ProgressLine {
    private let isShown = Terminal.showsProgress
    private var last = ContinuousClock.now
    private var hasLine = false
    private static let pause = Duration.milliseconds(300)

    /// Shows the text, at most a few times a second.
    mutating func show(_ text: String) {
        guard isShown, last.duration(to: .now) >= Self.pause else { return }
        last = .now
        hasLine = true
        _ = Terminal.write(Array("\r\u{1B}[K\(text)".utf8), to: 2)
    }

    /// Takes the line away before something else is printed.
    mutating func clear() {
        guard hasLine else { return }
        hasLine = false
        _ = Terminal.write(Array("\r\u{1B}[K".utf8), to: 2)
    }
}
