import Foundation
import Segments
import Testing

@testable import Query

/// The bench's questions are in the language: all of `Tests/SQL/bench.sql` is read and bound.
@Suite struct BenchQueryTests {
    private static let ledger = """
        CREATE TABLE ledger (
          event_id VARCHAR NOT NULL, event_time TIMESTAMP NOT NULL, order_id VARCHAR,
          payment_key VARCHAR, merchant_id VARCHAR, store_id VARCHAR, customer_id VARCHAR,
          event_type VARCHAR, method VARCHAR, card_issuer VARCHAR, status VARCHAR, region VARCHAR,
          category VARCHAR, currency VARCHAR, channel VARCHAR, coupon_ids VARCHAR ARRAY,
          is_test BOOLEAN, amount BIGINT, fee BIGINT, tax BIGINT, quantity BIGINT, discount DOUBLE,
          settle_date DATE, attrs JSON, UNIQUE (event_id))
        TIMESTAMP (event_time) PARTITION BY DAY
        """

    @Test("The 42 questions of the bench bind")
    func questions() throws {
        let path = URL(filePath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: "SQL/bench.sql")
        let text = try String(contentsOf: path, encoding: .utf8)
        let none = BindOptions(now: 0)
        guard
            case .createTable(let ledger, _) = try ParsedStatement(parsing: Self.ledger)
                .bound(to: CatalogView(tables: []), options: none)
        else { return }
        let catalog = CatalogView(tables: [ledger])
        let questions = text.components(separatedBy: "\n-- q").dropFirst()
        #expect(questions.count == 42)
        for question in questions {
            let sql = "-- q" + question
            do throws(QueryError) {
                let statement = try ParsedStatement(parsing: sql)
                guard case .query(let query) = try statement.bound(to: catalog, options: none)
                else { continue }
                #expect(Optimizer.optimized(query.plan).types == query.fields.map(\.type))
            } catch {
                Issue.record("\(sql): \(error)")
            }
        }
    }
}
