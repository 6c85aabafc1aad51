import Ingest
import Segments

/// `daybook bench --ids N`: what `UNIQUE (id)` costs where a table knows N ids already.
///
/// Two tables with the same rows, one with unique ids and one without, are filled over HTTP and
/// then take the same new rows in turns; once with ids that ascend with time, once with random
/// ones. Every answer is counted: new rows are accepted, and sent again they are duplicates.
struct IDBench {
    private let knownCount: Int
    private let newCount: Int
    private let rounds: Int
    private let batchLineCount: Int
    private let server: ServerProcess
    private var figures: [Figure] = []
    private var holds = true

    /// One line of the result.
    private struct Figure {
        let name: String
        let value: String
        let unit: String
        let note: String
    }

    private static let laneCount = 2
    /// Rows of ids that are sent once more at the end.
    private static let repeatedBatchCount = 10

    /// - Parameters:
    ///   - knownCount: Ids that are there before anything is measured.
    ///   - newCount: Rows that each table takes in all rounds together.
    init(
        knownCount: Int, newCount: Int, rounds: Int, batchLineCount: Int, server: ServerProcess
    ) {
        self.knownCount = knownCount
        self.newCount = newCount
        self.rounds = rounds
        self.batchLineCount = batchLineCount
        self.server = server
    }

    /// Measures and prints.
    ///
    /// - Returns: Whether every answer was right.
    mutating func run(_ format: OutputFormat) throws(CommandError) -> Bool {
        try server.start()
        for isOrdered in [true, false] { try measure(isOrdered: isOrdered) }
        if format.isForPeople {
            let known = ResultFooter.grouped(knownCount)
            Terminal.write(Machine.text() + "\n")
            Terminal.write(
                "\(ResultFooter.grouped(newCount)) new rows beside \(known), median of \(rounds)\n")
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

    // MARK: One kind of ids

    private mutating func measure(isOrdered: Bool) throws(CommandError) {
        let kind = isOrdered ? "ordered" : "random"
        let client = LedgerClient(server.url)
        let tables = ["unique_\(kind)", "free_\(kind)"]
        for table in tables {
            _ = try client.rows(Self.statement(table, isUnique: table == tables[0]))
            var start = 0
            while start < knownCount {
                let end = min(knownCount, start + batchLineCount * 40)
                _ = try push(batches(start..<end, isOrdered), to: table)
                start = end
            }
            _ = try client.connection.json(.post, "/v1/tables/\(table):seal")
        }
        var rates: [[Double]] = [[], []]
        var last: [LineBatch] = []
        for round in 0..<rounds {
            let first = knownCount + newCount * round / rounds
            let rows = first..<knownCount + newCount * (round + 1) / rounds
            last = batches(rows, isOrdered)
            for offset in tables.indices {
                // Who begins takes turns, too.
                let index = (offset + round) % tables.count
                let seconds = try push(last, to: tables[index])
                rates[index].append(Double(rows.count) / seconds)
            }
        }
        let medians = rates.map { $0.sorted()[$0.count / 2] }
        for (index, name) in ["unique", "not unique"].enumerated() {
            note(
                "ingest, \(kind) ids, \(name)", ResultFooter.grouped(Int(medians[index])),
                "rows/s", "\(Self.laneCount) connections, \(batchLineCount) lines a request")
        }
        let part = Int((medians[0] / max(1, medians[1]) * 100).rounded())
        note("with unique ids, \(kind)", String(part), "%", "of the rows/s without")
        try checkRepeated(Array(last.prefix(Self.repeatedBatchCount)), tables[0])
        let rows = try client.figure("SELECT COUNT(*) FROM \(tables[0])")
        if rows != knownCount + newCount { holds = false }
        try noteMemory(kind)
        for table in tables { _ = try client.rows("DROP TABLE \(table)") }
    }

    /// Pushes batches whose rows are all new.
    ///
    /// - Returns: Seconds.
    private mutating func push(
        _ batches: [LineBatch], to table: String
    ) throws(CommandError) -> Double {
        let (seconds, receipt) = try send(batches, to: table)
        let lines = batches.reduce(0) { $0 + $1.lineCount }
        if receipt.accepted != lines { holds = false }
        return seconds
    }

    private mutating func checkRepeated(
        _ batches: [LineBatch], _ table: String
    ) throws(CommandError) {
        let (seconds, receipt) = try send(batches, to: table)
        let lines = batches.reduce(0) { $0 + $1.lineCount }
        let isRight = receipt.accepted == 0 && receipt.duplicate == lines
        if !isRight { holds = false }
        note(
            "the same rows again", ResultFooter.grouped(Int(Double(lines) / seconds)), "rows/s",
            isRight ? "all duplicates" : "WRONG: \(receipt.accepted) accepted")
    }

    private func send(
        _ batches: [LineBatch], to table: String
    ) throws(CommandError) -> (seconds: Double, receipt: IngestReceipt) {
        let push = LedgerPush(table: table, laneCount: Self.laneCount, url: server.url)
        let started = ContinuousClock.now
        let threads = push.start()
        do throws(CommandError) {
            for (index, batch) in batches.enumerated() {
                try push.enqueue(batch, lane: index % Self.laneCount)
            }
            try push.close(threads)
        } catch {
            push.abandon(threads)
            throw error
        }
        return (started.duration(to: .now).inSeconds, push.tally.total)
    }

    /// What the server says its ids cost.
    private mutating func noteMemory(_ kind: String) throws(CommandError) {
        let response = try ServerConnection(server.url).exchange(.get, "/metrics")
        var values: [String: Double] = [:]
        for line in String(decoding: response.body, as: UTF8.self).split(separator: "\n") {
            let words = line.split(separator: " ")
            if words.count == 2 { values[String(words[0])] = Double(words[1]) }
        }
        let bytes =
            (values["daybook_id_index_bytes"] ?? 0) + (values["daybook_live_id_bytes"] ?? 0)
        let tenths = Int(bytes / Double(knownCount + newCount) * 10)
        note(
            "memory and mapped files, \(kind)", "\(tenths / 10).\(tenths % 10)", "bytes/id",
            "\(Int(values["daybook_id_index_runs"] ?? 0)) runs of "
                + "\(ResultFooter.grouped(Int(values["daybook_id_index_ids"] ?? 0))) ids, and ids "
                + "of live rows")
    }

    // MARK: Rows

    private static func statement(_ table: String, isUnique: Bool) -> String {
        """
        CREATE TABLE \(table) (event_id VARCHAR NOT NULL, event_time TIMESTAMP NOT NULL,
          order_id VARCHAR, payment_key VARCHAR, merchant_id VARCHAR, method VARCHAR,
          status VARCHAR, amount BIGINT, fee BIGINT, is_test BOOLEAN
          \(isUnique ? ", UNIQUE (event_id)" : ""))
        TIMESTAMP (event_time) PARTITION BY DAY
        """
    }

    private static let start: Int64 = 1_767_225_600_000
    /// Ten million rows take four hours, a hundred million two days.
    private static let rowsPerMillisecond = 0.7
    private static let methods = ["CARD", "TRANSFER", "WALLET", "POINTS"]
    private static let states = ["PAID", "SETTLED", "CANCELED"]

    /// The rows with these numbers, the same whenever they are asked for.
    private func batches(_ numbers: Range<Int>, _ isOrdered: Bool) -> [LineBatch] {
        stride(from: numbers.lowerBound, to: numbers.upperBound, by: batchLineCount).map { first in
            let rows = first..<min(first + batchLineCount, numbers.upperBound)
            var bytes: [UInt8] = []
            bytes.reserveCapacity(rows.count * 256)
            for row in rows { Self.append(row, isOrdered, to: &bytes) }
            return LineBatch(bytes: bytes, lineCount: rows.count, firstLine: first)
        }
    }

    private static func append(_ row: Int, _ isOrdered: Bool, to bytes: inout [UInt8]) {
        let word = Hashing.mix(UInt64(row))
        let time = start + Int64(Double(row) / rowsPerMillisecond)
        bytes += "{\"event_id\":\"".utf8
        append(isOrdered ? UInt64(time) << 16 : word, to: &bytes)
        append(UInt64(row) << 32 | word >> 32, to: &bytes)
        bytes += "\",\"event_time\":\(time),\"order_id\":\"ORD-".utf8
        append(UInt64(row / 3), to: &bytes)
        bytes += "\",\"payment_key\":\"pay_".utf8
        append(Hashing.mix(UInt64(row / 3)), to: &bytes)
        bytes += "\",\"merchant_id\":\"m_\(word % 5_000)\",\"method\":\"".utf8
        bytes += methods[Int(word >> 40) % methods.count].utf8
        bytes += "\",\"status\":\"".utf8
        bytes += states[Int(word >> 50) % states.count].utf8
        bytes += "\",\"amount\":\(word >> 20 % 1_000_000),\"fee\":\(word >> 30 % 1_000),".utf8
        bytes += "\"is_test\":false}\n".utf8
    }

    private static let digits = Array("0123456789abcdef".utf8)

    /// Sixteen hexadecimal digits.
    private static func append(_ word: UInt64, to bytes: inout [UInt8]) {
        for shift in stride(from: 60 as UInt64, through: 0, by: -4) {
            bytes.append(digits[Int(word >> shift & 15)])
        }
    }
}
