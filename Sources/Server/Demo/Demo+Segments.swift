import Ingest

/// The second half of the demonstration: the dashboard, compaction, and one more restart.
extension Demo {
    /// How many rows, and the sum of their amounts.
    static func countAndSum(_ rows: [JSONValue]) -> [String] {
        let sum = rows.reduce(Int64(0)) { $0 + ($1["amount"]?.integer ?? 0) }
        return [String(rows.count), String(sum)]
    }

    func checkDashboard(_ truth: LedgerTruth) throws(CommandError) {
        let connection = ServerConnection(server.url)
        let from = LedgerTruth.time(truth.totals.minimumTime)
        let to = LedgerTruth.time(truth.totals.maximumTime + 1)
        let answer = try connection.json(
            .get,
            "/v1/dashboards/\(DemoDashboard.id)/data?from=\(HTTPClient.percentEncode(from))"
                + "&to=\(HTTPClient.percentEncode(to))")
        let approved = truth.approved
        for (panel, expected) in [
            ("events", truth.totals.accepted), ("payments", approved.rows),
            ("paid", Int(approved.amount)),
        ] {
            let cells = DemoDashboard.cells(answer, panel: panel)
            checks.equal("dashboard: \(panel)", expected: [[String(expected)]], found: cells)
        }
        tell("read the dashboard \(DemoDashboard.id)")
    }

    /// Seals what is live and merges the fragments, with the same totals before and after.
    func compact(_ truth: LedgerTruth) throws(CommandError) {
        let client = LedgerClient(server.url)
        _ = try client.connection.json(.post, "/v1/tables/ledger:seal")
        let before = try client.segments("ledger")
        tell("before a detector pass: \(before.text)")
        checks.equal(
            "rows in segments after sealing", expected: truth.totals.accepted, found: before.rows)
        let started = ContinuousClock.now
        let pass = try client.connection.json(.post, "/v1/tables/ledger:compact")
        let seconds = started.duration(to: .now).inSeconds
        let after = try client.segments("ledger")
        tell("after it, \(Self.seconds(seconds)) later: \(after.text)")
        let merges = pass["merges"]?.elements ?? []
        let failures = pass["failures"]?.elements ?? []
        checks.add(
            "compaction: merges, and fewer segments", expected: "fewer than \(before.count)",
            found: "\(after.count) after \(merges.count) merges",
            holds: after.count < before.count && !merges.isEmpty)
        checks.equal("compaction: failures", expected: 0, found: failures.count)
        checks.equal(
            "compaction: rows in segments", expected: truth.totals.accepted, found: after.rows)
        let query = truth.perTypeAndCurrency
        checks.equal(
            "compaction: totals per type and currency", expected: query.rows,
            found: try client.rows(query.sql))
    }

    /// Stops and starts the server in peace, and asks once more.
    func restart(_ truth: LedgerTruth) throws(CommandError) {
        try server.stop()
        let seconds = try server.start()
        tell("stopped, and ready again after \(Self.seconds(seconds)) at \(server.url)")
        let client = LedgerClient(server.url)
        for query in truth.queries.prefix(2) {
            checks.equal(
                "restart: " + query.title.dropFirst("SQL: ".count), expected: query.rows,
                found: try client.rows(query.sql))
        }
    }
}

/// The dashboard that the demonstration brings along.
enum DemoDashboard {
    static let id = "demo"

    /// Its file.
    static let definition = """
        {
          "id": "demo",
          "title": "The demonstration's ledger",
          "parameters": [
            {"name": "from", "type": "TIMESTAMP", "default": "2026-08-31T15:00:00Z"},
            {"name": "to", "type": "TIMESTAMP", "default": "2026-09-15T00:00:00Z"}
          ],
          "panels": [
            {
              "id": "events",
              "title": "Events",
              "sql": "SELECT COUNT(*) AS events FROM ledger WHERE event_time >= :from AND event_time < :to",
              "visual": "number",
              "y": "events"
            },
            {
              "id": "payments",
              "title": "Approved payments, KRW",
              "sql": "SELECT COUNT(*) AS payments FROM ledger WHERE event_time >= :from AND event_time < :to AND event_type = 'PAYMENT_APPROVED' AND currency = 'KRW'",
              "visual": "number",
              "y": "payments"
            },
            {
              "id": "paid",
              "title": "Approved amount, KRW",
              "sql": "SELECT SUM(amount) AS paid FROM ledger WHERE event_time >= :from AND event_time < :to AND event_type = 'PAYMENT_APPROVED' AND currency = 'KRW'",
              "visual": "number",
              "y": "paid"
            },
            {
              "id": "by_day",
              "title": "Approved by day, KRW",
              "sql": "SELECT TIME_FLOOR(event_time, 'P1D') AS \\"day\\", COUNT(*) AS payments, SUM(amount) AS amount FROM ledger WHERE event_time >= :from AND event_time < :to AND event_type = 'PAYMENT_APPROVED' AND currency = 'KRW' GROUP BY 1 ORDER BY 1",
              "visual": "bar",
              "x": "day",
              "y": "amount"
            }
          ]
        }

        """

    /// The cells of a panel's rows, which may be objects or arrays.
    static func cells(_ answer: JSONValue, panel: String) -> [[String]] {
        let panels = answer["panels"]?.elements ?? []
        let found = panels.first { $0["id"]?.string == panel }
        return (found?["rows"]?.elements ?? []).map { row in
            switch row {
            case .object(let members): members.map { $0.value.cell ?? "NULL" }
            default: (row.elements ?? []).map { $0.cell ?? "NULL" }
            }
        }
    }
}
