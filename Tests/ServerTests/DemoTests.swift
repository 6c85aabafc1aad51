import Testing

@testable import Server

@Suite struct DemoTests {
    private let options = Demo.options(rows: 20_000, seed: 7)

    @Test("The lanes together have every line once, and all copies of an event share a lane")
    func lanes() throws {
        var feed = try LedgerFeed(options, laneCount: 3, batchLineCount: 700)
        var whole = try LedgerGenerator(options)
        var lines: [UInt8] = []
        var expected: [String] = []
        while whole.fill(&lines, rows: 5_000) > 0 {
            expected += String(decoding: lines, as: UTF8.self).split(separator: "\n").map(
                String.init)
        }
        var found: [String] = []
        var laneOfID: [Substring: Int] = [:]
        while let batches = feed.next() {
            for (lane, batch) in batches {
                let text = String(decoding: batch.bytes, as: UTF8.self)
                let batchLines = text.split(separator: "\n").map(String.init)
                #expect(batchLines.count == batch.lineCount && batch.lineCount <= 700)
                found += batchLines
                for line in batchLines where line.hasPrefix("{\"event_id\":\"") {
                    let id = line.dropFirst(13).prefix(26)
                    #expect(laneOfID[id, default: lane] == lane)
                    laneOfID[id] = lane
                }
            }
        }
        #expect(found.sorted() == expected.sorted())
        #expect(feed.generator.truth.accepted == whole.truth.accepted)
    }

    @Test("The truth's queries agree with one another about the number of rows")
    func truthQueries() throws {
        var generator = try LedgerGenerator(options)
        var lines: [UInt8] = []
        while generator.fill(&lines, rows: 5_000) > 0 {}
        let truth = try LedgerTruth(generator)
        func sum(_ rows: [[String]], _ column: Int) -> Int {
            rows.reduce(0) { $0 + (Int($1[column]) ?? 0) }
        }
        let accepted = generator.truth.accepted
        #expect(sum(truth.perTypeAndCurrency.rows, 2) == accepted)
        let perDay = try #require(truth.queries.first { $0.title.contains("per day") })
        #expect(sum(perDay.rows, 1) == accepted)
        #expect(generator.truth.merchantTotals.reduce(0) { $0 + $1.rows } == accepted)
        let approved = generator.truth.totals(eventType: "PAYMENT_APPROVED", currency: "KRW")
        #expect(approved?.rows == truth.approved.rows)
        #expect(approved?.measure == truth.approved.amount)
        #expect(truth.samples.count == 12 && truth.queries.count >= 5)
        #expect(generator.truth.rejectedCount > 0 && generator.truth.conflicts > 0)
    }

    @Test("A figure that differs makes the list of checks fail and says where")
    func checks() {
        var checks = CheckList()
        checks.equal("rows", expected: 1_000, found: 1_000)
        checks.equal(
            "sums", expected: [["a", "1"], ["b", "2"]], found: [["a", "1"], ["b", "2"]])
        checks.within("range", 1...3, found: 3)
        #expect(checks.holds && checks.text().contains("1,000"))
        checks.equal(
            "sums", expected: [["a", "1"], ["b", "2"]], found: [["a", "1"], ["b", "3"]])
        #expect(!checks.holds)
        #expect(
            checks.text().contains(
                "row 2: expected [\"b\", \"2\"], found [\"b\", \"3\"]"))
        #expect(ResultHash.text(of: [["ab"]]) != ResultHash.text(of: [["a", "b"]]))
        #expect(ResultHash.text(of: [["a"], ["b"]]) != ResultHash.text(of: [["a", "b"]]))
    }

    @Test("A directory of a run is nobody else's, even for runs of one name")
    func directories() throws {
        let one = try WorkDirectory(kept: nil, name: "test")
        let other = try WorkDirectory(kept: nil, name: "test")
        defer {
            one.remove()
            other.remove()
        }
        #expect(one.path != other.path)
        try one.write("1", to: "file")
        #expect(other.byteCount(below: "") == 0)
    }

    @Test("A child process is started, tells how it ended, and is ended by its id")
    func children() throws {
        let directory = try WorkDirectory(kept: nil, name: "test")
        defer { directory.remove() }
        let streams = ChildProcess.Streams(
            outputPath: directory.path + "/out", errorPath: directory.path + "/err")
        func start(_ words: [String]) throws -> ChildProcess {
            try ChildProcess(
                program: "/bin/sh", arguments: words, environment: ["NAME=value"], streams: streams)
        }
        let quick = try start(["-c", "echo $NAME; exit 3"])
        #expect(quick.wait(seconds: 30) == .exit(code: 3))
        let output = try InputFile.contents(of: directory.path + "/out", limit: 100)
        #expect(output == Array("value\n".utf8))
        quick.send(signal: 9)
        let slow = try start(["-c", "sleep 600"])
        #expect(slow.ended == nil)
        slow.send(signal: 9)
        #expect(slow.wait(seconds: 30) == .signal(9))
        #expect(throws: CommandError.self) {
            _ = try ChildProcess(
                program: "/no/such/program", arguments: [], environment: [], streams: streams)
        }
        try directory.createDirectory("below")
        try directory.write("12345", to: "below/five")
        #expect(directory.byteCount(below: "below") == 5)
    }
}
