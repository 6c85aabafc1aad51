/// The questions of the bench: what dashboards over a ledger ask, from one sum to many groups.
struct BenchQuery {
    let title: String
    let sql: String
    /// The right answer, where the truth knows it.
    var rows: [[String]]?
}

/// The list of them.
enum BenchQueries {
    /// All of them, those with known answers first.
    static func all(_ truth: LedgerTruth) -> [BenchQuery] {
        let known = truth.queries.filter { $0.parameters.isEmpty }.map {
            BenchQuery(title: String($0.title.dropFirst("SQL: ".count)), sql: $0.sql, rows: $0.rows)
        }
        return [sum(truth)] + known + others
    }

    private static func sum(_ truth: LedgerTruth) -> BenchQuery {
        let totals = truth.totals.totals.reduce(into: GeneratorTruth.Totals()) { sum, part in
            sum.rows += part.rows
            sum.measure += part.measure
            sum.fee += part.fee
            sum.tax += part.tax
        }
        return BenchQuery(
            title: "sums of the whole table",
            sql: "SELECT COUNT(*), SUM(amount), SUM(fee), SUM(tax) FROM ledger",
            rows: [
                [
                    String(totals.rows), String(totals.measure), String(totals.fee),
                    String(totals.tax),
                ]
            ])
    }

    private static let others = [
        BenchQuery(
            title: "hours, cards that are done",
            sql: """
                SELECT TIME_FLOOR(event_time, 'PT1H') AS "hour", SUM(amount), COUNT(*) FROM ledger
                WHERE method = 'CARD' AND status = 'DONE' GROUP BY 1 ORDER BY 1
                """),
        BenchQuery(
            title: "hours, a filter of nots and ors",
            sql: """
                SELECT TIME_FLOOR(event_time, 'PT1H') AS "hour", SUM(amount), COUNT(*) FROM ledger
                WHERE NOT (method IN ('CARD', 'EASY_PAY'))
                  AND (region = '서울' OR channel = 'POS') AND is_test = FALSE
                GROUP BY 1 ORDER BY 1
                """),
        BenchQuery(
            title: "groups by four columns",
            sql: """
                SELECT event_type, method, region, channel, COUNT(*), SUM(amount), MIN(amount),
                  MAX(amount) FROM ledger
                GROUP BY event_type, method, region, channel
                ORDER BY event_type, method, region, channel
                """),
        BenchQuery(
            title: "a group for each order, top twenty",
            sql: """
                SELECT customer_id, order_id, SUM(amount) AS amt, COUNT(*) AS n FROM ledger
                GROUP BY customer_id, order_id ORDER BY amt DESC, customer_id, order_id LIMIT 20
                """),
        BenchQuery(
            title: "distinct customers per day",
            sql: """
                SELECT TIME_FLOOR(event_time, 'P1D') AS "day", COUNT(DISTINCT customer_id)
                FROM ledger GROUP BY 1 ORDER BY 1
                """),
        BenchQuery(
            title: "a pattern in a text",
            sql: """
                SELECT category, COUNT(*) AS n, AVG(discount) FROM ledger
                WHERE category LIKE 'food.%' GROUP BY category ORDER BY n DESC, category
                """),
    ]
}
