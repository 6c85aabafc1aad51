import Ingest
import Segments

/// What the truth says that a server must answer.
///
/// Sums and samples come from the truth's JSON, the same document that `daybook generate --truth`
/// writes; the finer figures (every merchant, every hour) from the generator's own counters.
struct LedgerTruth {
    /// A statement and the rows that are right.
    struct Query {
        let title: String
        let sql: String
        var parameters: [String] = []
        let rows: [[String]]
    }

    /// One order of which the truth tells everything.
    struct Sample {
        let orderID: String
        let paymentKey: String
        let rows: Int
        let amount: Int64
        let lastEventID: String
    }

    let totals: GeneratorTruth
    /// The whole document.
    let json: String
    let samples: [Sample]
    private let document: JSONValue

    init(_ generator: LedgerGenerator) throws(CommandError) {
        totals = generator.truth
        json = generator.truthJSON()
        document = try ServerConnection.parse(Array(json.utf8))
        samples = (document["samples"]?["entities"]?.elements ?? []).compactMap { entity in
            guard let order = entity["order_id"]?.string, let key = entity["payment_key"]?.string,
                let rows = entity["rows"]?.integer, let amount = entity["amount"]?.integer,
                let event = entity["last_event_id"]?.string
            else { return nil }
            return Sample(
                orderID: order, paymentKey: key, rows: Int(rows), amount: amount,
                lastEventID: event)
        }
    }

    /// The queries of the demonstration.
    var queries: [Query] {
        var queries = [distinctIDs, perTypeAndCurrency, perDay, topMerchants, timeRange, perHour]
        if let sample = oneMerchant { queries.append(sample) }
        return queries
    }

    /// Rows and sums per event type and currency: the proof that nothing is lost or doubled.
    var perTypeAndCurrency: Query {
        let rows = (document["sums"]?.elements ?? []).map { sum in
            ["event_type", "currency", "rows", "amount", "fee", "tax"].map {
                sum[$0]?.cell ?? "NULL"
            }
        }
        return Query(
            title: "SQL: rows, amount, fee, tax per type and currency",
            sql: """
                SELECT event_type, currency, COUNT(*), SUM(amount), SUM(fee), SUM(tax)
                FROM ledger GROUP BY event_type, currency ORDER BY event_type, currency
                """,
            rows: rows.sorted { $0.lexicographicallyPrecedes($1) })
    }

    private var distinctIDs: Query {
        let entities = String(totals.entities)
        return Query(
            title: "SQL: rows and distinct event, order, payment ids",
            sql: """
                SELECT COUNT(*), COUNT(DISTINCT event_id), COUNT(DISTINCT order_id),
                  COUNT(DISTINCT payment_key) FROM ledger
                """,
            rows: [[String(totals.accepted), String(totals.accepted), entities, entities]])
    }

    private var perDay: Query {
        let days = totals.days.enumerated().filter { $0.element > 0 }
        return Query(
            title: "SQL: events per day",
            sql: """
                SELECT TIME_FLOOR(event_time, 'P1D') AS "day", COUNT(*)
                FROM ledger GROUP BY 1 ORDER BY 1
                """,
            rows: days.map { [hour($0.offset * 24), String($0.element)] })
    }

    private var topMerchants: Query {
        let merchants = totals.merchantTotals.enumerated().filter { $0.element.rows > 0 }
            .sorted { ($1.element.rows, $0.offset) < ($0.element.rows, $1.offset) }
        return Query(
            title: "SQL: top ten merchants with amount, fee, tax",
            sql: """
                SELECT merchant_id, COUNT(*) AS events, SUM(amount), SUM(fee), SUM(tax)
                FROM ledger GROUP BY merchant_id ORDER BY events DESC, merchant_id LIMIT 10
                """,
            rows: merchants.prefix(10).map { merchant in
                [LedgerGenerator.merchantID(merchant.offset)] + Self.cells(merchant.element)
            })
    }

    private var timeRange: Query {
        Query(
            title: "SQL: first and last event time",
            sql: "SELECT MIN(event_time), MAX(event_time) FROM ledger",
            rows: [[Self.time(totals.minimumTime), Self.time(totals.maximumTime)]])
    }

    /// A week in the middle, so that both ends are cut.
    private var perHour: Query {
        let middle = totals.approvedHours.count / 2 / 24 * 24
        let range = max(0, middle - 72)..<min(totals.approvedHours.count, middle + 96)
        let hours = range.filter { totals.approvedHours[$0].rows > 0 }
        return Query(
            title: "SQL: approved payments in KRW per hour of a week",
            sql: """
                SELECT TIME_FLOOR(event_time, 'PT1H') AS "hour", COUNT(*), SUM(amount), SUM(fee)
                FROM ledger
                WHERE event_type = 'PAYMENT_APPROVED' AND currency = 'KRW'
                  AND event_time >= TIMESTAMP '\(sqlTime(range.lowerBound))'
                  AND event_time < TIMESTAMP '\(sqlTime(range.upperBound))'
                GROUP BY 1 ORDER BY 1
                """,
            rows: hours.map { index in
                let totals = totals.approvedHours[index]
                return [
                    hour(index), String(totals.rows), String(totals.measure), String(totals.fee),
                ]
            })
    }

    private var oneMerchant: Query? {
        guard let merchant = totals.merchants.first else { return nil }
        let cells = Self.cells(totals.merchantTotals[merchant])
        return Query(
            title: "SQL: one merchant, by a parameter",
            sql: """
                SELECT COUNT(*), SUM(amount), SUM(fee), SUM(tax)
                FROM ledger WHERE merchant_id = ?
                """,
            parameters: [LedgerGenerator.merchantID(merchant)], rows: [cells])
    }

    /// Approved payments in KRW: how many, and their amount.
    var approved: (rows: Int, amount: Int64) {
        totals.approvedHours.reduce((0, 0)) { ($0.0 + $1.rows, $0.1 + $1.measure) }
    }

    private static func cells(_ totals: GeneratorTruth.Totals) -> [String] {
        [
            String(totals.rows), String(totals.measure), String(totals.fee), String(totals.tax),
        ]
    }

    /// An hour counted from the truth's first day, as SQL answers it.
    private func hour(_ index: Int) -> String {
        Self.time((Int64(totals.firstDay) * 24 + Int64(index)) * Milliseconds.hour)
    }

    /// An hour as a SQL literal.
    private func sqlTime(_ index: Int) -> String {
        String(hour(index).prefix(19)).replacing("T", with: " ")
    }

    /// A time in milliseconds as SQL answers it.
    static func time(_ milliseconds: Int64) -> String {
        CivilTime.iso8601(microseconds: milliseconds * 1_000)
    }
}
