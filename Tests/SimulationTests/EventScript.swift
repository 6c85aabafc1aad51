import Foundation

/// The scripted life of a database, and what random ones are made of.
enum EventScript {
    typealias Row = LedgerModel.Row
    typealias Request = LedgerModel.Request

    static let day: Int64 = 86_400_000_000
    /// 2026-01-01, the day of most events.
    static let start: Int64 = 1_767_225_600_000_000
    /// When everything happens.
    static let now = start + 30 * day

    /// How many cases to look at where `DAYBOOK_SIM_STATES` says nothing else.
    static func effort(_ usual: Int) -> Int {
        ProcessInfo.processInfo.environment["DAYBOOK_SIM_STATES"].flatMap { Int($0) } ?? usual
    }

    static func statement(_ table: String) -> String {
        """
        CREATE TABLE \(table) (event_id VARCHAR NOT NULL, event_time TIMESTAMP NOT NULL,
          order_id VARCHAR, amount BIGINT, fee DECIMAL(18,2), attrs JSON, tags VARCHAR ARRAY,
          UNIQUE (event_id))
        TIMESTAMP (event_time) PARTITION BY DAY LOOKUP (order_id)
        """
    }

    /// A rollup of payments.
    static func rollup(_ name: String) -> String {
        """
        CREATE ROLLUP \(name) ON payments AS SELECT TIME_FLOOR(event_time, 'PT1H'), order_id,
          COUNT(*), SUM(amount), SUM(fee), MAX(event_time) GROUP BY 1, 2
        """
    }

    /// The statement that adds the column `note` with a default, or drops it.
    static func alteration(of table: String, note: Int64?) -> String {
        "ALTER TABLE \(table) "
            + (note.map { "ADD COLUMN note BIGINT NOT NULL DEFAULT \($0)" } ?? "DROP COLUMN note")
    }

    /// The columns of `statement`, in order.
    static let columns = "event_id, event_time, order_id, amount, fee, attrs, tags"

    /// The event of a number: three to an order, the same whenever it is asked for. Another
    /// `amount` makes it a conflicting copy.
    static func row(_ number: Int, day: Int = 0, amount: Int? = nil) -> Row {
        Row(
            id: "e\(number)", time: start + Int64(day) * Self.day + Int64(number) * 1_000_000,
            order: number % 5 == 4 ? nil : "o\(number / 3)", amount: Int64(amount ?? number),
            tags: (0..<number % 3).map { "t\($0)" })
    }

    static func lines(_ numbers: Range<Int>, day: Int = 0) -> [LedgerModel.Line] {
        numbers.map { .row(row($0, day: day)) }
    }

    static let brokenLine = LedgerModel.Line.bad("{broken", code: "invalid_json")
    static let mistypedLine = LedgerModel.Line.bad(
        #"{"event_id":"x","event_time":1,"amount":"ten"}"#, code: "type_mismatch")

    private static func request(
        _ id: String, _ lines: [LedgerModel.Line], table: String = "payments",
        isAllOrNothing: Bool = false
    ) -> Request {
        Request(id: id, table: table, lines: lines, isAllOrNothing: isAllOrNothing)
    }

    /// Tables, groups of requests with duplicates, conflicts, bad rows and late rows, seals,
    /// compactions, a dropped table, rollups, restarts and garbage collection.
    static let steps: [Simulation.Step] = [
        .create("payments"), .create("scratch"),
        .ingest([request("r1", lines(0..<6))]),
        .ingest([
            request("r2", lines(5..<9) + [brokenLine] + lines(10..<13, day: 1)),
            request("r3", [.row(row(7, amount: 99)), .row(row(13, day: 2)), mistypedLine]),
        ]),
        .ingest([request("r4", lines(0..<3), table: "scratch")]),
        .ingest([request("r5", lines(14..<17) + [brokenLine], isAllOrNothing: true)]),
        .seal,
        .createRollup("hourly"),
        .ingest([
            request("r6", lines(20..<24, day: -3) + lines(3..<8) + [.row(row(2, amount: 7))])
        ]),
        .ingest([request("r7", lines(24..<30)), request("r8", lines(30..<32, day: 1))]),
        .seal,
        .compact,
        .drop("scratch"),
        .createRollup("other"),
        .ingest([request("r9", lines(40..<64))]),
        .ingest([request("r10", lines(64..<70, day: 1) + [brokenLine])]),
        .seal,
        .ingest([request("r11", lines(70..<73))]),
        .alter("payments", note: 3),
        .restart,
        .ingest([
            request(
                "r12",
                lines(68..<70, day: 1) + lines(70..<73) + lines(80..<84)
                    + [.row(row(81, amount: 3)), .row(row(25, day: 1)), .row(row(20, day: -3))])
        ]),
        .dropRollup("other"),
        .alter("payments", note: nil),
        .alter("payments", note: 4),
        .compact,
        .create("scratch"),
        .ingest([
            request("r13", lines(90..<93, day: 2)),
            request("r14", lines(5..<8), table: "scratch"),
        ]),
        .collectGarbage,
        .ingest([request("r15", lines(93..<96))]),
    ]
}
