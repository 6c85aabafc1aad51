import Segments
import TestSupport
import Testing

@testable import Query

/// INSERT ... SELECT and CREATE TABLE ... AS.
@Suite struct BinderStoringTests {
    @Test("A query's columns go where they are named, converted where nothing is lost")
    func insert() throws {
        let sql = """
            INSERT INTO payments (event_id, event_time, discount, fee)
            SELECT event_id, settle_date, amount, amount FROM payments
            """
        guard case .insertQuery(let schema, let query) = try BinderFixture.bind(sql) else {
            Issue.record("no INSERT")
            return
        }
        #expect(schema == BinderFixture.payments)
        #expect(query.plan.types == schema.columns.map(\.type))
        #expect(query.fields.map(\.name) == schema.columns.map(\.name))
    }

    @Test("Constants of a query are stored as those of VALUES")
    func constants() throws {
        let sql = "INSERT INTO payments (event_id, event_time, fee) SELECT 'a', '2026-01-01', 1"
        guard case .insertQuery(let schema, let query) = try BinderFixture.bind(sql),
            case .project(let expressions, _) = query.plan
        else {
            Issue.record("no INSERT")
            return
        }
        #expect(expressions[1] == .literal(.timestamp(1_767_225_600_000_000), .timestamp))
        #expect(expressions[6].type == schema.columns[6].type)
        #expect(expressions[2] == .literal(.null, .varchar))
    }

    @Test("CREATE TABLE AS takes names and types from the query")
    func create() throws {
        let sql = """
            CREATE TABLE days TIMESTAMP (day) PARTITION BY MONTH CLUSTER BY (method) LOOKUP (method)
            TTL 30 DAYS AS
            SELECT TIME_FLOOR(event_time, 'P1D') AS day, method, SUM(fee) AS fees, COUNT(*) AS n
            FROM payments GROUP BY 1, 2
            """
        guard case .createTableAs(let schema, _, let ifNotExists) = try BinderFixture.bind(sql)
        else {
            Issue.record("no CREATE TABLE AS")
            return
        }
        #expect(!ifNotExists)
        #expect(schema.columns.map(\.name) == ["day", "method", "fees", "n"])
        #expect(schema.columns.map(\.id) == [1, 2, 3, 4])
        #expect(schema.columns.map(\.isNullable) == [false, true, true, true])
        #expect(schema.timestampColumn == 0)
        #expect(schema.granularity == .month)
        #expect(schema.clusterColumns == [1] && schema.lookupColumns == [1])
        #expect(schema.timeToLive == .days(30, column: schema.timestampColumn ?? -1))
    }

    static let refused: [RefusedStatement] = [
        .init(
            "INSERT INTO payments «SELECT 1»", "the query has 1 columns, 12 are needed",
            .invalidArgument),
        .init(
            "INSERT INTO payments (event_id) «SELECT event_id FROM payments»",
            "column \"event_time\" is NOT NULL and has no value", .invalidArgument),
        .init(
            "INSERT INTO payments (event_id, event_time, amount) "
                + "«SELECT event_id, event_time, fee FROM payments»",
            "column \"amount\" is BIGINT, column 3 of the query is DECIMAL(18,2)",
            hint: "convert it: CAST(x AS BIGINT)", .typeMismatch),
        .init(
            "INSERT INTO payments (event_id, event_time, attrs) "
                + "«SELECT event_id, event_time, method FROM payments»",
            "column \"attrs\" is JSON, column 3 of the query is VARCHAR",
            hint: "make JSON of a text with PARSE_JSON(x)", .typeMismatch),
        .init(
            "CREATE TABLE x AS «SELECT COUNT(*) FROM payments»",
            "column 1 of the query needs a name", hint: "write expression AS name",
            .invalidArgument),
        .init(
            "CREATE TABLE x AS «SELECT method, status AS METHOD FROM payments»",
            "the query has two columns \"METHOD\"", hint: "give one of them another name with AS",
            .ambiguous),
        .init(
            "CREATE TABLE x TIMESTAMP («t») AS SELECT event_time FROM payments",
            "there is no column \"t\" in x", .unknownColumn),
    ]

    @Test("What cannot be stored is refused before anything runs", arguments: refused)
    func refusals(_ statement: RefusedStatement) {
        let error = #expect(throws: QueryError.self) { try BinderFixture.bind(statement.sql) }
        #expect(error?.code == statement.code)
        #expect(error?.message == statement.message)
        #expect(error?.range == statement.range)
        #expect(error?.hint == statement.hint)
    }
}
