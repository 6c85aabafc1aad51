import Ingest
import Segments

/// One run of `daybook bench`: ingestion, queries, look-ups, restart; each figure with its unit.
struct Bench {
    private let options: GeneratorOptions
    private let rounds: Int
    private let batchLineCount: Int
    private let clientCount: Int
    private let server: ServerProcess
    private let directory: WorkDirectory
    private var figures: [Figure] = []
    private var samples: [LookupSample] = []
    private var holds = true

    /// One line of the result.
    struct Figure {
        var name: String
        var value: String
        var unit: String
        /// What was checked, or more about the figure.
        var note: String
    }

    private static let laneCount = 2
    /// Point look-ups measured one after the other.
    private static let lookupCount = 2_000
    /// One line in so many is looked up later.
    private static let sampledLineCount = 500
    /// How long each kind of look-up is measured with many clients.
    private static let loadSeconds = 3.0

    init(
        options: GeneratorOptions, rounds: Int, batchLineCount: Int, clientCount: Int,
        server: ServerProcess, directory: WorkDirectory
    ) {
        self.clientCount = clientCount
        self.options = options
        self.rounds = rounds
        self.batchLineCount = batchLineCount
        self.server = server
        self.directory = directory
    }

    /// Measures everything and prints it.
    ///
    /// - Returns: Whether every answer that the truth knows was right, and every query gave the
    ///   same answer in every round.
    mutating func run(_ format: OutputFormat) throws(CommandError) -> Bool {
        try server.start()
        _ = try LedgerClient(server.url).rows(GeneratorTables.ledger)
        let truth = try ingest()
        try measureRestart()
        try measureQueries(truth)
        try measureLookups()
        if let bytes = server.peakMemoryBytes {
            note("server memory since restart, peak", mebibytes(bytes), "MiB", "VmHWM")
        }
        if format.isForPeople {
            Terminal.write(Machine.text() + "\n")
            let rows = ResultFooter.grouped(options.rows)
            Terminal.write("\(rows) events, seed \(options.seed), median of \(rounds) rounds\n")
        }
        var printer = RowPrinter(format, showsTypes: false)
        printer.begin(
            names: ["measured", "value", "unit", "note"], types: ["", "BIGINT", "", ""])
        for figure in figures {
            printer.append(
                [figure.name, figure.value, figure.unit, figure.note].map { .string(.init($0)) })
        }
        printer.end()
        return holds
    }

    private mutating func note(_ name: String, _ value: String, _ unit: String, _ note: String) {
        figures.append(Figure(name: name, value: value, unit: unit, note: note))
    }

    private func mebibytes(_ bytes: Int) -> String { ResultFooter.grouped(bytes >> 20) }

    // MARK: Stages

    private mutating func ingest() throws(CommandError) -> LedgerTruth {
        var feed = try LedgerFeed(
            options, laneCount: Self.laneCount, batchLineCount: batchLineCount)
        let push = LedgerPush(table: "ledger", laneCount: Self.laneCount, url: server.url)
        let threads = push.start()
        let started = ContinuousClock.now
        do throws(CommandError) {
            while let batches = feed.next() {
                for (lane, batch) in batches {
                    keepSample(of: batch)
                    try push.enqueue(batch, lane: lane)
                }
            }
            try push.close(threads)
        } catch {
            push.abandon(threads)
            throw error
        }
        let seconds = started.duration(to: .now).inSeconds
        let truth = try LedgerTruth(feed.generator)
        let bytes = truth.totals.bytes
        let accepted = push.tally.total.accepted
        holds = holds && accepted == truth.totals.accepted
        note(
            "ingest over HTTP, durable", ResultFooter.grouped(Int(Double(accepted) / seconds)),
            "rows/s",
            "\(Self.laneCount) connections, \(batchLineCount) lines a request, generator included")
        note(
            "ingest, text", ResultFooter.grouped(Int(Double(bytes) / seconds) >> 20), "MiB/s",
            "\(bytes / max(1, truth.totals.lines)) bytes a line")
        if let peak = server.peakMemoryBytes {
            note("server memory while ingesting, peak", mebibytes(peak), "MiB", "VmHWM")
        }
        return truth
    }

    /// The ids of one line in so many.
    private mutating func keepSample(of batch: LineBatch) {
        var number = 0
        for line in batch.bytes.split(separator: UInt8(ascii: "\n")) {
            defer { number += 1 }
            guard number % Self.sampledLineCount == 0,
                let event = try? JSONValue(parsing: Array(line)),
                let id = event["event_id"]?.string, let order = event["order_id"]?.string,
                let payment = event["payment_key"]?.string
            else { continue }
            samples.append(LookupSample(event: id, order: order, payment: payment))
        }
    }

    private mutating func measureRestart() throws(CommandError) {
        server.kill()
        let afterKill = try server.start()
        note("ready after kill -9", Self.milliseconds(afterKill), "ms", "log replay included")
        let client = LedgerClient(server.url)
        _ = try client.connection.json(.post, "/v1/tables/ledger:seal")
        let segments = try client.segments("ledger")
        let perRow = Double(segments.bytes) / Double(max(1, segments.rows))
        note(
            "segments", Self.decimal(perRow), "bytes/row",
            "\(segments.count) segments of \(segments.chunks) days")
        try server.stop()
        let afterStop = try server.start()
        note("ready after a stop", Self.milliseconds(afterStop), "ms", "all rows in segments")
    }

    private mutating func measureQueries(_ truth: LedgerTruth) throws(CommandError) {
        let client = LedgerClient(server.url)
        let shared = try BenchQueries.shared(try BenchParameters(client))
        for query in BenchQueries.known(truth) + shared {
            var times: [Int] = []
            var hashes: Set<String> = []
            var answer: [[String]] = []
            for _ in 0..<rounds {
                let started = ContinuousClock.now
                answer = try client.rows(query.sql)
                times.append(started.duration(to: .now).microseconds)
                hashes.insert(ResultHash.text(of: answer))
            }
            var remark = "\(answer.count) rows #\(hashes.sorted().joined(separator: ", #"))"
            if hashes.count > 1 { holds = false }
            if let expected = query.rows {
                let isRight = expected == answer
                remark += isRight ? ", equal to the truth" : ", WRONG"
                holds = holds && isRight
            }
            note(query.title, Self.milliseconds(Double(Self.median(times)) / 1e6), "ms", remark)
        }
    }

    /// Over one kept connection, so that a look-up is one round trip and nothing else.
    private mutating func measureLookups() throws(CommandError) {
        guard !samples.isEmpty else { return }
        samples.shuffle()
        let client = LedgerClient(server.url)
        var times: [Int] = []
        for index in 0..<Self.lookupCount {
            let id = samples[index % samples.count].event
            let started = ContinuousClock.now
            let row = try client.row("ledger", key: id)
            times.append(started.duration(to: .now).microseconds)
            if row?["event_id"]?.string != id { holds = false }
        }
        times.sort()
        let remark = "\(Self.lookupCount) look-ups of \(min(samples.count, Self.lookupCount)) ids"
        note("look-up by id, median", String(times[times.count / 2]), "µs", remark)
        note("look-up by id, 99 of 100", String(times[times.count * 99 / 100]), "µs", "")
        let lookups = BenchLookups(server.url, table: "ledger")
        for one in lookups.cases(samples) {
            let outcome = try lookups.measure(
                one, clientCount: clientCount, seconds: Self.loadSeconds)
            holds = holds && outcome.wrongCount == 0
            let rate = Int(Double(outcome.count * one.idCount) / max(outcome.seconds, 1e-9))
            note(
                "look-ups \(one.name)", ResultFooter.grouped(rate), "ids/s",
                "\(clientCount) clients; 50 of 100 within "
                    + "\(outcome.microseconds(perMille: 500)) µs, "
                    + "99 within \(outcome.microseconds(perMille: 990)) µs; "
                    + (outcome.wrongCount == 0 ? "answers right" : "\(outcome.wrongCount) WRONG"))
        }
    }

    // MARK: Figures

    private static func median(_ values: [Int]) -> Int { values.sorted()[values.count / 2] }

    private static func milliseconds(_ seconds: Double) -> String { decimal(seconds * 1_000) }

    private static func decimal(_ value: Double) -> String {
        let tenths = Int((value * 10).rounded())
        return "\(ResultFooter.grouped(tenths / 10)).\(tenths % 10)"
    }
}

/// What the figures were measured on.
enum Machine {
    /// Processor, cores, memory and kernel, as far as the system tells.
    static func text() -> String {
        let processor = value(of: "model name", in: "/proc/cpuinfo") ?? "unknown processor"
        let cores = lines(of: "/proc/cpuinfo").count { $0.hasPrefix("processor") }
        let memory = value(of: "MemTotal", in: "/proc/meminfo") ?? "unknown memory"
        let kernel = lines(of: "/proc/sys/kernel/osrelease").first ?? "unknown kernel"
        return "\(processor), \(cores) cores, \(memory), Linux \(kernel)"
    }

    private static func value(of name: String, in path: String) -> String? {
        guard let line = lines(of: path).first(where: { $0.hasPrefix(name) }),
            let colon = line.firstIndex(of: ":")
        else { return nil }
        return String(line[line.index(after: colon)...].trimmingBlanks())
    }

    private static func lines(of path: String) -> [String] {
        let bytes = (try? InputFile.contents(of: path, limit: 1 << 20)) ?? []
        return String(decoding: bytes, as: UTF8.self).split(separator: "\n").map(String.init)
    }
}
