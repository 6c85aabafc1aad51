import Ingest
import Segments

/// The demonstration: one run of the whole path, each stage a method, each figure checked.
///
///     create ─► push half ─► kill -9 ─► start, count ─► push the rest, one batch twice
///        ─► SQL, look-ups, dashboard, dead letters ─► seal, compact ─► stop, start, count again
final class Demo {
    let server: ServerProcess
    /// Whether all is done and the server runs for the person.
    let isServing = Flag()
    private let directory: WorkDirectory
    private let options: GeneratorOptions
    var checks = CheckList()
    private var repeated: LineBatch?

    private static let laneCount = 2
    /// Lines of a request; fewer in a small run, so that there is a middle.
    private var batchLineCount: Int { min(5_000, max(100, options.rows / 100)) }
    private static let days = 14

    init(options: GeneratorOptions, directory: WorkDirectory) throws(CommandError) {
        self.options = options
        self.directory = directory
        try directory.createDirectory("dashboards")
        try directory.write(DemoDashboard.definition, to: "dashboards/\(DemoDashboard.id).json")
        server = try ServerProcess(
            directory: directory.path,
            settings: [
                ("server.dashboards", directory.path + "/dashboards"),
                // Few rows a segment, so that there are fragments to compact.
                ("ingest.seal_rows", String(max(1_000, options.rows / 25))),
                // The demonstration asks for the passes that it shows.
                ("compaction.interval", "3600"),
            ])
    }

    /// Late, double, contradicting, correcting and malformed events among the others.
    static func options(rows: Int, seed: UInt64) -> GeneratorOptions {
        GeneratorOptions(
            rows: rows, days: days, seed: seed, late: Share(partsPerMillion: 20_000),
            duplicates: Share(partsPerMillion: 10_000), conflicts: Share(partsPerMillion: 1_000),
            corrections: Share(partsPerMillion: 2_000), poison: Share(partsPerMillion: 500),
            base: base())
    }

    /// The standard first day, or an earlier one where the clock has not passed that fortnight:
    /// events from the future are refused.
    private static func base() -> CivilDate {
        let today = Int(SystemClock().wallMicroseconds() / 86_400_000_000)
        let standard = GeneratorOptions().base.daysSince1970
        return CivilDate(daysSince1970: min(standard, today - days - 3))
    }

    /// Runs all stages and prints the table of checks.
    ///
    /// - Returns: Whether everything was as expected.
    func run() throws(CommandError) -> Bool {
        let started = ContinuousClock.now
        tell("starting a server in \(directory.path)")
        let seconds = try server.start()
        tell("ready after \(Self.seconds(seconds)) at \(server.url)")
        try createTable()
        let truth = try push()
        try directory.write(truth.json, to: "truth.json")
        try checkTotals(truth)
        try checkLookups(truth)
        try checkDashboard(truth)
        try compact(truth)
        try restart(truth)
        Terminal.write("\n" + checks.text())
        let wrong = checks.checks.count { !$0.holds }
        Terminal.write(
            wrong == 0
                ? "All \(checks.checks.count) checks hold; "
                    + "\(Self.seconds(started.duration(to: .now).inSeconds)) in all.\n"
                : "\(wrong) of \(checks.checks.count) checks failed.\n")
        return wrong == 0
    }

    /// Leaves the server to the person until it or this process is ended.
    func serve(port: Int) throws(CommandError) {
        if port > 0 {
            try server.stop()
            try server.start(port: port)
        }
        isServing.raise()
        let url = server.url
        Terminal.write(
            """

            The server goes on at \(url) until Ctrl-C.
              export DAYBOOK_URL=\(url)
              daybook sql -c "SELECT COUNT(*) FROM ledger"
              curl \(url)/v1/dashboards/\(DemoDashboard.id)/data
              curl \(url)/v1/tables/ledger/segments
              curl \(url)/metrics

            """)
        server.waitForEnd()
    }

    /// Shows the end of the server's messages after a failure.
    func tellLog() {
        guard let log = try? InputFile.contents(of: server.logPath, limit: 64 << 20) else {
            return
        }
        let lines = String(decoding: log, as: UTF8.self).split(separator: "\n").suffix(10)
        Terminal.report(lines.map { "server: \($0)" }.joined(separator: "\n"))
    }

    func tell(_ text: String) { Terminal.write("• \(text)\n") }

    static func seconds(_ value: Double) -> String {
        let tenths = Int((value * 1_000).rounded())
        if tenths < 1_000 { return "\(tenths) ms" }
        return "\(tenths / 1_000).\(tenths % 1_000 / 100) s"
    }

    // MARK: Ingestion

    private func createTable() throws(CommandError) {
        let client = LedgerClient(server.url)
        _ = try client.rows(GeneratorTables.ledger)
        tell("created the table ledger")
    }

    /// Pushes everything, with a kill in the middle.
    private func push() throws(CommandError) -> LedgerTruth {
        let started = ContinuousClock.now
        var feed = try LedgerFeed(
            options, laneCount: Self.laneCount, batchLineCount: batchLineCount)
        let push = LedgerPush(table: "ledger", laneCount: Self.laneCount, url: server.url)
        let threads = push.start()
        do throws(CommandError) {
            var wasKilled = false
            while let batches = feed.next() {
                for (lane, batch) in batches {
                    if repeated == nil { repeated = batch }
                    try push.enqueue(batch, lane: lane)
                    // Both lanes if possible; towards the end one will do.
                    let lines = feed.generator.truth.lines
                    let lanes = lines < options.rows / 4 * 3 ? Self.laneCount : 1
                    if !wasKilled, lines >= options.rows / 2, try push.mayLose(lanes: lanes) {
                        wasKilled = true
                        try killAndRestart(push)
                    }
                }
            }
            try push.close(threads)
        } catch {
            push.abandon(threads)
            throw error
        }
        let truth = try LedgerTruth(feed.generator)
        let seconds = started.duration(to: .now).inSeconds
        let rate = ResultFooter.grouped(Int(Double(options.rows) / seconds))
        tell(
            "pushed \(ResultFooter.grouped(options.rows)) lines, "
                + "\(ResultFooter.grouped(truth.totals.bytes)) bytes, over \(Self.laneCount) "
                + "connections: \(rate) lines/s, kill and restart included")
        checkTally(push.tally, truth.totals)
        try pushTwice()
        return truth
    }

    /// Kills the server while every lane is sending, starts it again, and looks whether all that
    /// was acknowledged is there.
    private func killAndRestart(_ push: LedgerPush) throws(CommandError) {
        server.kill()
        try push.awaitLoss()
        let before = push.tally
        let seconds = try server.start()
        let rows = try LedgerClient(server.url).figure("SELECT COUNT(*) FROM ledger")
        tell(
            "kill -9 after \(ResultFooter.grouped(before.total.accepted)) acknowledged events, "
                + "\(before.cutOff) requests cut off; ready again after \(Self.seconds(seconds))")
        let unheard = before.cutOff * batchLineCount
        checks.within(
            "rows after kill -9: acknowledged, plus some cut off",
            before.total.accepted...(before.total.accepted + unheard), found: rows)
        checks.within("requests cut off by kill -9", 1...Self.laneCount, found: before.cutOff)
        push.resume(server.url)
    }

    private func checkTally(_ tally: LedgerPush.Tally, _ truth: GeneratorTruth) {
        checks.equal("lines acknowledged", expected: options.rows, found: tally.total.lineCount)
        checks.equal(
            "events accepted or known", expected: truth.accepted + truth.duplicates,
            found: tally.total.accepted + tally.total.duplicate)
        checks.equal("conflicts", expected: truth.conflicts, found: tally.total.conflict)
        for (code, count) in truth.rejectedByCode.sorted(by: { $0.key < $1.key }) {
            checks.equal(
                "rejected: \(code)", expected: count, found: tally.rejectedByCode[code] ?? 0)
        }
    }

    private func pushTwice() throws(CommandError) {
        guard let repeated else { return }
        let sender = EventSender(
            connection: ServerConnection(server.url), table: "ledger", onError: "quarantine")
        do throws(EventSenderError) {
            let receipt = try sender.send(repeated.bytes)
            checks.equal(
                "a batch sent twice: new events", expected: 0, found: receipt.accepted)
            checks.equal(
                "a batch sent twice: known, contradicting or refused lines",
                expected: repeated.lineCount,
                found: receipt.duplicate + receipt.conflict + receipt.rejected)
        } catch {
            switch error {
            case .failed(let cause): throw cause
            case .refused(let problem): throw problem.commandError
            }
        }
    }

    // MARK: Answers

    private func checkTotals(_ truth: LedgerTruth) throws(CommandError) {
        let client = LedgerClient(server.url)
        let queries = truth.queries
        let started = ContinuousClock.now
        for query in queries {
            checks.equal(
                query.title, expected: query.rows,
                found: try client.rows(query.sql, parameters: query.parameters))
        }
        let seconds = started.duration(to: .now).inSeconds
        tell("asked \(queries.count) SQL queries in \(Self.seconds(seconds))")
        let letters = try client.figure(
            "SELECT COUNT(*) FROM sys.rejects WHERE table_name = 'ledger' AND code <> 'conflict'")
        let lines = truth.totals.rejectedCount
        checks.add(
            "dead letters kept", expected: "\(lines) or more", found: String(letters),
            holds: letters >= lines)
    }

    private func checkLookups(_ truth: LedgerTruth) throws(CommandError) {
        let client = LedgerClient(server.url)
        let samples = truth.samples
        let started = ContinuousClock.now
        var orders: [[String]] = []
        var payments: [[String]] = []
        for sample in samples {
            let row = try client.row("ledger", key: sample.lastEventID)
            orders.append([row?["order_id"]?.cell ?? "none"])
            let rows = try client.rows("ledger", by: "payment_key", sample.paymentKey)
            payments.append([sample.paymentKey] + Self.countAndSum(rows))
        }
        checks.equal(
            "look-up: orders of \(samples.count) event ids",
            expected: samples.map { [$0.orderID] }, found: orders)
        checks.equal(
            "look-up: rows and amount of \(samples.count) payment keys",
            expected: samples.map { [$0.paymentKey, String($0.rows), String($0.amount)] },
            found: payments)
        let found = try client.lookUp("ledger", by: "order_id", samples.map(\.orderID))
        checks.equal(
            "look-up: rows and amount of \(samples.count) order ids at once",
            expected: samples.map { [String($0.rows), String($0.amount)] },
            found: found.map { Self.countAndSum($0) })
        let missing = try client.row("ledger", key: "no-such-event")
        checks.add(
            "look-up: an id that is not there", expected: "not found",
            found: missing == nil ? "not found" : "a row", holds: missing == nil)
        let seconds = started.duration(to: .now).inSeconds
        tell("looked \(samples.count * 3 + 1) ids up in \(Self.seconds(seconds))")
    }
}
