import Segments

/// What the questions of `queries.sql` ask for: merchants, ids and days that the data has.
///
/// Every choice is settled by the data alone, and `bench/peers/questions.py` makes the same ones.
struct BenchParameters {
    /// By name, as they stand in the text.
    private(set) var values: [String: String] = [:]

    /// The merchants of `merchants20`, by their rank in number of events.
    private static let ranks = [
        0, 1, 3, 7, 12, 20, 33, 54, 88, 143, 232, 376, 609, 986, 1596, 2583, 4180, 6764, 10945,
        14500,
    ]
    private static let koreanOffset = 9 * CivilTime.microsecondsPerHour
    private static let dayCount = 32
    /// Days and orders of each that make up `orders100` and `payments100`.
    private static let sampledDays = 25
    private static let ordersPerDay = 4

    /// Asks a server that holds the ledger.
    init(_ client: LedgerClient) throws(CommandError) {
        let merchants = try client.rows(
            """
            SELECT merchant_id FROM ledger
            GROUP BY merchant_id ORDER BY COUNT(*) DESC, merchant_id
            """
        ).map { $0[0] }
        let first = try client.figure("SELECT TIMESTAMP_TO_MILLIS(MIN(event_time)) FROM ledger")
        let base = Self.koreanMidnight(Int64(first) * 1_000)
        guard !merchants.isEmpty else { throw CommandError("the ledger has no merchants") }
        values["mid_merchant"] = merchants[500 * merchants.count / 20_000]
        values["cold_merchant"] = merchants[merchants.count * 3 / 4]
        values["merchants20"] = Self.quoted(
            Self.ranks.map { merchants[min($0, merchants.count - 1)] })
        let settled = try client.rows(
            """
            SELECT order_id, payment_key, event_id FROM ledger WHERE event_type = 'SETTLED'
            ORDER BY event_id LIMIT 1 OFFSET 100
            """)
        guard let settled = settled.first else {
            throw CommandError("the ledger has fewer than a hundred settled orders")
        }
        (values["order_id"], values["payment_key"]) = (settled[0], settled[1])
        values["event_id"] = settled[2]
        values["missing_order_id"] = "ORD-20260915-ZZZZZZZZ"
        for day in 0..<Self.dayCount {
            let start = base + Int64(day) * CivilTime.microsecondsPerDay
            values["d\(day)"] = String(start / 1_000)
            values["t\(day)"] = Self.literal(start)
        }
        try sampleOrders(client, base)
    }

    private mutating func sampleOrders(
        _ client: LedgerClient, _ base: Int64
    ) throws(CommandError) {
        var (orders, payments): (Set<String>, Set<String>) = ([], [])
        for day in 0..<Self.sampledDays {
            let start = Self.literal(base + Int64(day) * CivilTime.microsecondsPerDay)
            let rows = try client.rows(
                """
                SELECT order_id, payment_key FROM ledger
                WHERE event_type = 'ORDER_CREATED' AND event_time >= TIMESTAMP '\(start)'
                ORDER BY event_id LIMIT \(Self.ordersPerDay)
                """)
            for row in rows {
                orders.insert(row[0])
                payments.insert(row[1])
            }
        }
        values["orders100"] = Self.quoted(orders.sorted())
        values["payments100"] = Self.quoted(payments.sorted())
    }

    private static func koreanMidnight(_ microseconds: Int64) -> Int64 {
        let local = microseconds + koreanOffset
        return microseconds - local % CivilTime.microsecondsPerDay
    }

    /// The text of a TIMESTAMP literal.
    private static func literal(_ microseconds: Int64) -> String {
        CivilTime.iso8601(microseconds: microseconds)
    }

    private static func quoted(_ texts: [String]) -> String {
        texts.map { "'\($0)'" }.joined(separator: ", ")
    }
}
