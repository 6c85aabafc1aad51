import Foundation
import TestSupport
import Testing

@testable import Server

/// T1: an at-least-once stream, a server that is killed again and again, and totals that are the
/// producer's all the same. `T1_EVENTS=1000000` in the environment makes it the long run.
@Suite("T1: an at-least-once stream into a server that is killed", .serialized)
struct StreamCrashTests {
    private static let partitionCount = 8
    private static let currencies = ["KRW", "USD", "EUR", "JPY", "GBP"]

    private static var eventCount: Int {
        ProcessInfo.processInfo.environment["T1_EVENTS"].flatMap { Int($0) } ?? 60_000
    }

    private static func event(_ number: Int) -> String {
        #"{"id":"e\#(number)","at":\#(1_767_225_600_000 + number * 1_000),"#
            + #""currency":"\#(currencies[number % currencies.count])","amount":\#(number % 997).25}"#
    }

    /// What the producer knows: rows and sums in hundredths, by currency.
    private static func truth(_ count: Int) -> String {
        currencies.enumerated().map { index, currency in
            let numbers = stride(from: index, to: count, by: currencies.count)
            let sum = numbers.reduce(0) { $0 + $1 % 997 * 100 + 25 }
            let cents = sum % 100 < 10 ? "0\(sum % 100)" : "\(sum % 100)"
            return (currency, #"["\#(currency)",\#(Array(numbers).count),\#(sum / 100).\#(cents)]"#)
        }.sorted { $0.0 < $1.0 }.map(\.1).joined(separator: "\n")
    }

    private static let totals =
        "SELECT currency, COUNT(*), SUM(amount) FROM payments GROUP BY currency ORDER BY currency"

    private func sql(_ statement: String, _ server: ServerProcess) throws -> String {
        let url = server.url
        let client = HTTPClient(host: url.host, port: url.port, timeoutSeconds: 60)
        defer { client.close() }
        var json = JSONWriter()
        json.beginObject()
        json.key("query")
        json.value(statement)
        json.key("resultFormat")
        json.value("arrayLines")
        json.endObject()
        return try client.send(
            .post, "/v1/sql", headers: HTTPHeaders([("Content-Type", "application/json")]),
            body: json.bytes
        ).text.trimmingCharacters(in: .whitespacesAndNewlines)
    }

    private func expectSoon(_ answer: String, _ statement: String, _ server: ServerProcess) throws {
        var found = ""
        for _ in 0..<1_800 {
            found = (try? sql(statement, server)) ?? ""
            if found == answer { return }
            usleep(100_000)
        }
        #expect(found == answer)
    }

    @Test(
        "Totals and ids equal the producer's, also after the whole stream came three times",
        .enabled(if: BrokerProcess.isAvailable))
    func killed() throws {
        let count = Self.eventCount
        let broker = try BrokerProcess(
            topic: "payments", partitionCount: Self.partitionCount,
            settings: ["compression.codec=zstd", "linger.ms=50", "batch.num.messages=10000"])
        defer { broker.stop() }
        let directory = try WorkDirectory(kept: nil, name: "t1")
        defer { directory.remove() }
        let server = try ServerProcess(
            directory: directory.path, settings: [("ingest.seal_age", "2s")],
            program: SQLPromptTests.program())
        try server.start()
        defer { server.kill() }
        _ = try sql(
            """
            CREATE TABLE payments (id VARCHAR NOT NULL, at TIMESTAMP NOT NULL, currency VARCHAR,
              amount DECIMAL(18,2), UNIQUE (id)) TIMESTAMP (at) PARTITION BY DAY
            """, server)
        _ = try sql(
            """
            CREATE SOURCE feed INTO payments FROM KAFKA
            (brokers = '\(broker.address)', topic = 'payments')
            """, server)

        let step = count / 12
        var sent = 0
        for start in stride(from: 0, to: count, by: step) {
            var messages: [(partition: Int, key: String, value: String?)] = []
            for number in start..<min(start + step, count) {
                let partition = number % Self.partitionCount
                messages.append((partition, "", Self.event(number)))
                // At least once: every twentieth event comes again, in another partition, too.
                if number.isMultiple(of: 20) {
                    messages.append(((partition + 3) % Self.partitionCount, "", Self.event(number)))
                }
            }
            sent += messages.count
            try broker.send(messages)
            usleep(UInt32.random(in: 700_000...1_800_000))
            server.kill()
            try server.start()
        }
        try broker.flush()
        try expectSoon("[\(count)]", "SELECT COUNT(*) FROM payments", server)
        #expect(try sql(Self.totals, server) == Self.truth(count))
        try expectIDs(count, server)

        for _ in 0..<2 {
            _ = try sql("RESET SOURCE feed TO 'earliest'", server)
            try push(count, server)
            try expectSoon("[\(sent)]", "SELECT messages FROM sys.sources", server)
            #expect(try sql(Self.totals, server) == Self.truth(count))
        }
        try expectIDs(count, server)
        try server.stop()
    }

    private func push(_ count: Int, _ server: ServerProcess) throws {
        let url = server.url
        let client = HTTPClient(host: url.host, port: url.port, timeoutSeconds: 60)
        defer { client.close() }
        for start in stride(from: 0, to: count, by: 10_000) {
            let lines = (start..<min(start + 10_000, count)).reversed().map {
                Self.event($0) + "\n"
            }
            let answer = try client.send(
                .post, "/v1/tables/payments/events",
                headers: HTTPHeaders([("Content-Type", "application/x-ndjson")]),
                body: Array(lines.joined().utf8))
            #expect(answer.status == 200)
        }
    }

    private func expectIDs(_ count: Int, _ server: ServerProcess) throws {
        let answer = try sql("SELECT id FROM payments", server)
        let ids = Set(answer.split(separator: "\n"))
        #expect(ids.count == count)
        #expect((0..<count).allSatisfy { ids.contains(#"["e\#($0)"]"#) })
    }
}
