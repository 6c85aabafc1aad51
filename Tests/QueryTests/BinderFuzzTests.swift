import Segments
import TestSupport
import Testing

@testable import Query

/// Statements of no sense over real columns: the binder ends, traps never, and points into the
/// text; what it accepts is sound.
@Suite struct BinderFuzzTests {
    static let pieces = [
        "amount", "fee", "method", "event_time", "__time", "settle_date", "is_test", "discount",
        "coupon_ids", "attrs", "1", "2.5", "1e3", "'x'", "'5'", "'2026-01-01'", "NULL", "TRUE",
        "DATE '2026-01-01'", "INTERVAL '1' DAY", "?", "$2", ":m", "COUNT(*)",
        "-9223372036854775808",
    ]

    static let operators = [
        "+", "-", "*", "/", "%", "||", "=", "<>", "<", ">=", "AND", "OR", "IS DISTINCT FROM",
        "LIKE",
    ]

    private static func expression(
        _ depth: Int, _ random: inout SeededGenerator
    ) -> String {
        func operand() -> String { expression(depth - 1, &random) }
        guard depth > 0 else { return pieces.randomElement(using: &random) ?? "1" }
        switch Int.random(in: 0..<12, using: &random) {
        case 0...3:
            let symbol = operators.randomElement(using: &random) ?? "="
            return "(\(operand()) \(symbol) \(operand()))"
        case 4: return "NOT \(operand())"
        case 5: return "(- \(operand()))"
        case 6: return "CASE WHEN \(operand()) THEN \(operand()) ELSE \(operand()) END"
        case 7:
            let types = [
                "BIGINT", "DOUBLE", "DECIMAL(18,2)", "VARCHAR", "TIMESTAMP", "DATE", "BOOLEAN",
            ]
            return "CAST(\(operand()) AS \(types.randomElement(using: &random) ?? "DATE"))"
        case 8: return "(\(operand()) IN (\(operand()), \(operand())))"
        case 9: return "(\(operand()) BETWEEN \(operand()) AND \(operand()))"
        case 10:
            let name = AggregateCatalogue.allNames.randomElement(using: &random) ?? "SUM"
            return "\(name)(\(operand()))"
        default:
            let name = FunctionCatalogue.allNames.randomElement(using: &random) ?? "ABS"
            let entry = FunctionCatalogue.entry(named: name)
            let count = min(4, entry?.count.randomElement(using: &random) ?? 1)
            let arguments = (0..<count).map { _ in operand() }.joined(separator: ", ")
            return count == 0 ? "CURRENT_TIMESTAMP" : "\(name)(\(arguments))"
        }
    }

    /// Every column index is inside its input, every node has the types it promises.
    private static func check(_ plan: LogicalPlan) -> Bool {
        func fits(_ expression: BoundExpression, _ types: [LogicalType]) -> Bool {
            if case .column(let index, let type) = expression {
                return types.indices.contains(index) && types[index] == type
            }
            return expression.operands.allSatisfy { fits($0, types) }
        }
        switch plan {
        case .scan, .values: return true
        case .distinct(let input), .limit(_, _, let input): return check(input)
        case .unnest(let array, _, let input): return fits(array, input.types) && check(input)
        case .union(let inputs):
            return inputs.allSatisfy { check($0) && $0.types == inputs[0].types }
        case .window(let calls, let input):
            return check(input)
                && calls.flatMap(\.operands).allSatisfy { fits($0, input.types) }
        case .join(let join, let left, let right):
            return check(left) && check(right)
                && join.keys.allSatisfy {
                    fits($0.left, left.types) && fits($0.right, right.types)
                }
                && (join.condition.map { fits($0, left.types + right.types) } ?? true)
        case .filter(let condition, let input):
            return fits(condition, input.types) && condition.type == .boolean && check(input)
        case .project(let expressions, let input):
            return expressions.allSatisfy { fits($0, input.types) } && check(input)
        case .sort(let keys, let input):
            return keys.allSatisfy { fits($0.expression, input.types) } && check(input)
        case .aggregate(let keys, let calls, let input):
            return keys.allSatisfy { fits($0, input.types) } && check(input)
                && calls.allSatisfy { call in
                    [call.argument, call.filter].allSatisfy {
                        $0.map { fits($0, input.types) } ?? true
                    }
                }
        }
    }

    @Test(
        "Random expressions are bound soundly or refused at a place",
        arguments: [1, 2, 3, 4] as [UInt64])
    func expressions(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var boundCount = 0
        for _ in 0..<3_000 {
            let depth = Int.random(in: 0...3, using: &random)
            let items = (0..<2).map { _ in Self.expression(depth, &random) }
            var sql = "SELECT \(items.joined(separator: ", ")) FROM payments"
            if Bool.random(using: &random) { sql += " WHERE \(Self.expression(2, &random))" }
            if Bool.random(using: &random) { sql += " GROUP BY \(items[0])" }
            if Bool.random(using: &random) { sql += " ORDER BY \(Self.expression(1, &random)), 1" }
            do {
                let query = try BinderFixture.query(sql)
                boundCount += 1
                #expect(Self.check(query.plan), "seed \(seed): \(sql)")
                #expect(query.plan.types == query.fields.map(\.type), "seed \(seed): \(sql)")
                #expect(!PlanPrinter.lines(of: query.plan).isEmpty)
            } catch {
                let isInside = error.range.map { $0.upperBound <= sql.utf8.count } ?? false
                #expect(isInside, "seed \(seed): \(sql): \(error)")
            }
        }
        #expect(boundCount > 20)
    }

    @Test("A statement at the limits of the parser is bound without overflowing the stack")
    func limits() throws {
        let deep =
            String(repeating: "(", count: 100) + "amount" + String(repeating: ")", count: 100)
        _ = try BinderFixture.query("SELECT \(deep) FROM payments")
        let chain = "amount" + String(repeating: " + 1", count: 999)
        _ = try BinderFixture.query("SELECT \(chain) FROM payments GROUP BY \(chain)")
        let cases =
            String(repeating: "CASE WHEN is_test THEN ", count: 99) + "1"
            + String(repeating: " END", count: 99)
        _ = try BinderFixture.query("SELECT \(cases) FROM payments")
        let tables =
            String(repeating: "SELECT * FROM (", count: 99) + "SELECT amount FROM payments"
            + String(repeating: ")", count: 99)
        _ = try BinderFixture.query(tables)
        func nested(_ depth: Int) -> String {
            String(repeating: "SELECT (", count: depth) + "SELECT 1"
                + String(repeating: ")", count: depth)
        }
        _ = try BinderFixture.query(nested(20))
        #expect(throws: QueryError.self) { try BinderFixture.query(nested(21)) }
        let unions = "SELECT amount FROM payments" + String(repeating: " UNION SELECT 1", count: 99)
        _ = try BinderFixture.query(unions)
        let joins =
            "SELECT 1 FROM payments p0"
            + (1..<100).map { " JOIN payments p\($0) ON p\($0).amount = p0.amount" }.joined()
        let joined = try BinderFixture.query(joins)
        #expect(Optimizer.optimized(joined.plan).types == [.bigint])
        let tower = (1..<40).map {
            "a\($0) AS (SELECT x FROM a\($0 - 1) JOIN a\($0 - 1) b USING (x))"
        }
        let doubled =
            "WITH a0 AS (SELECT 1 AS x), \(tower.joined(separator: ", ")) SELECT 1 FROM a39"
        #expect(throws: QueryError.self) { try BinderFixture.query(doubled) }
        let ors = "amount = 1" + String(repeating: " OR amount = 1", count: 3_000)
        _ = try BinderFixture.query("SELECT 1 FROM payments WHERE \(ors)")
        let list = (0..<10_000).map(String.init).joined(separator: ",")
        _ = try BinderFixture.query("SELECT 1 FROM payments WHERE amount IN (\(list))")
    }
}
