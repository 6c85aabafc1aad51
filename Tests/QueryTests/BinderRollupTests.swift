import Segments
import TestSupport
import Testing

@testable import Query

@Suite struct BinderRollupTests {
    static let create = """
        CREATE ROLLUP payments_hourly ON payments AS
        SELECT TIME_FLOOR(event_time, 'PT1H'), merchant_id, method, COUNT(*), SUM(amount), \
        MAX(amount), AVG(fee) GROUP BY 1, 2, 3
        """

    private func rollup(_ sql: String) throws -> Rollup {
        guard case .createRollup(let rollup, _) = try BinderFixture.bind(sql) else {
            throw QueryError(.syntax, "no CREATE ROLLUP")
        }
        return rollup
    }

    @Test("CREATE ROLLUP declares what it says, with a count beside each sum")
    func declares() throws {
        let rollup = try rollup(Self.create + " CLUSTER BY (merchant_id)")
        #expect(rollup.name == "payments_hourly")
        #expect(rollup.tableID == BinderFixture.payments.id)
        #expect(
            rollup.dimensions == [
                .time(stepMicroseconds: 3_600_000_000), .column(3), .column(4),
            ])
        #expect(
            rollup.measures == [
                .init(.sum, of: 6), .init(.count, of: 6), .init(.maximum, of: 6),
                .init(.sum, of: 7),
                .init(.count, of: 7),
            ])
        #expect(rollup.clusterDimensions == [1])
        let schema = rollup.schema(of: BinderFixture.payments)
        #expect(
            schema.columns.map(\.name) == [
                "event_time", "merchant_id", "method", "COUNT(*)", "SUM(amount)", "COUNT(amount)",
                "MAX(amount)", "SUM(fee)", "COUNT(fee)",
            ])
        #expect(schema.clusterColumns == [1, 0, 2])
    }

    @Test("What SHOW ROLLUPS prints makes the same rollup again")
    func prints() throws {
        for sql in [
            Self.create, Self.create + " CLUSTER BY (method, __time)",
            "CREATE ROLLUP IF NOT EXISTS r ON payments AS SELECT method GROUP BY method",
            "CREATE ROLLUP \"a b\" ON druid.payments AS SELECT DATE_TRUNC('DAY', __time), COUNT(*)"
                + " GROUP BY DATE_TRUNC('DAY', __time), is_test",
        ] {
            let rollup = try rollup(sql)
            let text = RollupPrinter.createRollup(rollup, of: BinderFixture.payments)
            #expect(try self.rollup(text) == rollup)
            let parsed = try Parser.parse(sql)
            let again = try Parser.parse(SyntaxPrinter.text(of: parsed))
            #expect(SyntaxPrinter.text(of: again) == SyntaxPrinter.text(of: parsed))
        }
    }

    @Test("SHOW ROLLUPS and DROP ROLLUP name what is there")
    func shows() throws {
        var catalog = BinderFixture.catalog
        catalog.rollups = [try rollup(Self.create)]
        func bind(_ sql: String) throws -> BoundStatement {
            try ParsedStatement(parsing: sql).bound(to: catalog, options: BindOptions(now: 0))
        }
        for sql in ["SHOW ROLLUPS", "SHOW ROLLUPS FROM payments"] {
            guard case .query(let query) = try bind(sql), case .values(let rows, _) = query.plan
            else { throw QueryError(.syntax, "no rows") }
            #expect(rows.map { $0[0] } == [.varchar("payments_hourly")])
        }
        #expect(
            try bind("DROP ROLLUP PAYMENTS_HOURLY")
                == .dropRollup(name: "payments_hourly", ifExists: false))
        #expect(
            try bind("DROP ROLLUP IF EXISTS x") == .dropRollup(name: "x", ifExists: true))
        let error = #expect(throws: QueryError.self) { try bind("DROP ROLLUP payments_daily") }
        #expect(error?.hint == "did you mean payments_hourly?")
    }

    @Test("What a rollup cannot be is refused at its place", arguments: Self.refused)
    func refuses(_ statement: RefusedStatement) {
        let error = #expect(throws: QueryError.self) { try BinderFixture.bind(statement.sql) }
        #expect(error?.range == statement.range)
        #expect(error?.message == statement.message)
        #expect(error?.hint == statement.hint)
        #expect(error?.code == statement.code)
    }

    private static func sql(_ items: String, _ rest: String = " GROUP BY 1") -> String {
        "CREATE ROLLUP r ON payments AS SELECT \(items)\(rest)"
    }

    static let refused: [RefusedStatement] = [
        .init(
            sql("method, «SUM(discount)»"), "SUM of DOUBLE cannot be kept in a rollup",
            hint: "sums of DOUBLE depend on the order of rows: use BIGINT or DECIMAL",
            .invalidArgument),
        .init(
            sql("«event_time», COUNT(*)"), "a rollup groups by steps of time",
            hint: "for example TIME_FLOOR(event_time, 'PT1H')", .invalidArgument),
        .init(
            sql("«TIME_FLOOR(event_time, 'P1M')», COUNT(*)"),
            "a whole number of a rollup's steps makes a day",
            hint: "coarser steps are answered from it too", .invalidArgument),
        .init(
            sql("«TIME_FLOOR(event_time, 'PT7M')», COUNT(*)"),
            "a whole number of a rollup's steps makes a day: PT1M, PT15M, PT1H, P1D",
            .invalidArgument),
        .init(
            sql("«attrs», COUNT(*)"), "a JSON cannot be a dimension of a rollup", .invalidArgument),
        .init(
            sql("method, «COUNT(DISTINCT merchant_id)»"),
            "COUNT(DISTINCT ...) cannot be kept in a rollup",
            hint: "a rollup keeps COUNT, SUM, MIN, MAX and AVG of columns", .unsupported),
        .init(
            sql("method, «SUM(amount + 1)»"), "a rollup aggregates columns, not expressions",
            .unsupported),
        .init(
            sql("method, «status»"), "what is selected must be grouped by or aggregated",
            hint: "a rollup keeps COUNT, SUM, MIN, MAX and AVG of columns", .invalidArgument),
        .init(
            sql("method, COUNT(*)", " GROUP BY «3»"),
            "GROUP BY 3: there is no such item in SELECT", hint: "positions run from 1 to 2",
            .invalidArgument),
        .init(
            sql("method, COUNT(*)", " GROUP BY 1 CLUSTER BY («status»)"),
            "CLUSTER BY of a rollup names its dimensions, each once", .invalidArgument),
        .init(
            sql("method, COUNT(*)", " «FROM» payments GROUP BY 1"),
            "a rollup reads the table named after ON", hint: "leave FROM out", .syntax),
        .init(
            sql("method, COUNT(*)", " «WHERE» amount > 1 GROUP BY 1"),
            "a rollup holds all rows of its table: WHERE is not supported", .unsupported),
    ]
}
