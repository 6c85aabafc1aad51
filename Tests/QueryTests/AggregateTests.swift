import Segments
import TestSupport
import Testing

@testable import Query

/// Quantiles and sketches of many rows, with one worker and with four.
@Suite("Aggregates")
struct AggregateTests {
    private static let schema = TableSchema(
        id: TableID(1), name: "t",
        columns: [
            ColumnDefinition(id: 1, name: "method", type: .varchar),
            ColumnDefinition(id: 2, name: "amount", type: .bigint),
            ColumnDefinition(id: 3, name: "rate", type: .double),
            ColumnDefinition(id: 4, name: "customer", type: .varchar),
        ])

    private struct Row {
        let method: String
        let amount: Int64?
        let rate: Double
        let customer: Int
    }

    private static let rows: [Row] = {
        var generator = TestSupport.SeededGenerator(seed: 20_261_122)
        return (0..<90_000).map { number in
            let digits = Int.random(in: 0...8, using: &generator)
            let bound = (0..<digits).reduce(Int64(9)) { bound, _ in bound * 10 }
            let amount = Int64.random(in: -bound / 3...bound, using: &generator)
            return Row(
                method: ["CARD", "POINT", "카드"][number % 3],
                amount: amount % 11 == 0 ? nil : amount,
                rate: Double(Int64.random(in: 1...1_000_000, using: &generator)) / 64,
                customer: Int.random(in: 0..<20_000, using: &generator))
        }
    }()

    private static func run(_ sql: String, helperCount: Int) throws -> [[Value]] {
        let live = stride(from: 0, to: rows.count, by: 17_000).map { start in
            let part = rows[start..<min(rows.count, start + 17_000)].map { row -> [Value] in
                [
                    .varchar(Text(row.method)), row.amount.map { .bigint($0) } ?? .null,
                    .double(row.rate), .varchar(Text("C\(row.customer)")),
                ]
            }
            return LiveBatch(
                RowBatch(schema, rows: part), schema: schema, firstLSN: 1, lastLSN: 1)
        }
        let table = TableSnapshot(schema: schema, segments: [], live: live, flushedLSN: 0)
        let pool = WorkerPool(helperCount: helperCount)
        defer { pool.stop() }
        let bound = try ParsedStatement(parsing: sql).bound(
            to: CatalogView(tables: [schema]), options: BindOptions(now: 0))
        guard case .query(let query) = bound else { return [] }
        let snapshot = Snapshot(version: 1, manifestVersion: 1, tables: [table])
        return try QueryExecutor(snapshot: snapshot, workers: pool).run(query).rows
    }

    private static func amounts(of method: String) -> [Int64] {
        rows.filter { $0.method == method }.compactMap(\.amount).sorted()
    }

    @Test("Exact quantiles are values of the group, whatever the workers", arguments: [0, 3])
    func exact(helperCount: Int) throws {
        let found = try Self.run(
            "SELECT method, PERCENTILE_DISC(0.5) WITHIN GROUP (ORDER BY amount), "
                + "QUANTILE_DISC(amount, 0.99), QUANTILE_CONT(amount, 0.25), "
                + "QUANTILE_DISC(amount, 0), QUANTILE_DISC(amount, 1) "
                + "FROM t GROUP BY method ORDER BY method", helperCount: helperCount)
        let wanted = ["CARD", "POINT", "카드"].map { method -> [Value] in
            let sorted = Self.amounts(of: method)
            func value(_ fraction: Double) -> Value {
                let rank = Int((fraction * Double(sorted.count)).rounded(.up))
                return .bigint(sorted[max(0, rank - 1)])
            }
            let place = 0.25 * Double(sorted.count - 1)
            let low = Double(sorted[Int(place)])
            let high = Double(sorted[min(sorted.count - 1, Int(place) + 1)])
            let between = low + (high - low) * (place - Double(Int(place)))
            return [
                .varchar(Text(method)), value(0.5), value(0.99), .double(between), value(0),
                value(1),
            ]
        }
        #expect(found == wanted)
    }

    @Test("Approximate quantiles stay within 1/512 of an exact one", arguments: [0, 3])
    func approximate(helperCount: Int) throws {
        for fraction in [0.01, 0.5, 0.9, 0.999] {
            let found = try Self.run(
                "SELECT APPROX_QUANTILE(amount, \(fraction)), APPROX_QUANTILE(rate, \(fraction)) "
                    + "FROM t WHERE method = '카드'", helperCount: helperCount)
            guard case .bigint(let amount) = found[0][0], case .double(let rate) = found[0][1]
            else {
                Issue.record("a quantile is NULL")
                return
            }
            func exact(_ sorted: [Double]) -> Double {
                sorted[Int((fraction * Double(sorted.count)).rounded(.up)) - 1]
            }
            let amounts = exact(Self.amounts(of: "카드").map { Double($0) })
            let rates = exact(Self.rows.filter { $0.method == "카드" }.map(\.rate).sorted())
            #expect(abs(Double(amount) - amounts) <= abs(amounts) / 512 + 1)
            #expect(abs(rate - rates) <= rates / 512)
        }
    }

    @Test("Approximate counts are within 6 %, small ones within one", arguments: [0, 3])
    func sketch(helperCount: Int) throws {
        let found = try Self.run(
            "SELECT method, APPROX_COUNT_DISTINCT(customer), APPROX_COUNT_DISTINCT(amount), "
                + "APPROX_COUNT_DISTINCT(method) FROM t GROUP BY method ORDER BY method",
            helperCount: helperCount)
        for (row, method) in zip(found, ["CARD", "POINT", "카드"]) {
            let rows = Self.rows.filter { $0.method == method }
            let exact = [
                Set(rows.map(\.customer)).count, Set(rows.compactMap(\.amount)).count, 1,
            ]
            for (value, wanted) in zip(row.dropFirst(), exact) {
                guard case .bigint(let count) = value else {
                    Issue.record("\(method): no count")
                    return
                }
                #expect(
                    abs(Double(count) - Double(wanted)) <= Double(wanted) * 0.06,
                    "\(method): \(count) for \(wanted)")
            }
        }
    }

    @Test("Over no values quantiles are NULL and sketches count none")
    func empty() throws {
        let found = try Self.run(
            "SELECT QUANTILE_DISC(amount, 0.5), QUANTILE_CONT(rate, 0.5), "
                + "APPROX_QUANTILE(amount, 0.5), APPROX_COUNT_DISTINCT(method), "
                + "ARG_MAX(method, amount) FROM t WHERE rate < 0", helperCount: 0)
        #expect(found == [[.null, .null, .null, .bigint(0), .null]])
    }
}
