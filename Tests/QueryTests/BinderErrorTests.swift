import TestSupport
import Testing

@testable import Query

@Suite struct BinderErrorTests {
    @Test(
        "A statement that does not fit its tables gets its place, its reason and a hint",
        arguments: names + expressions + tables)
    func refused(_ statement: RefusedStatement) {
        let error = #expect(throws: QueryError.self) { try BinderFixture.bind(statement.sql) }
        #expect(error?.range == statement.range)
        #expect(error?.message == statement.message)
        #expect(error?.hint == statement.hint)
        #expect(error?.code == statement.code)
    }

    static let names: [RefusedStatement] = [
        .init(
            "SELECT «foo» FROM payments", "there is no column \"foo\" in payments",
            hint:
                "columns: event_id, event_time, merchant_id, method, status, amount, fee, discount, ...",
            .unknownColumn),
        .init(
            "SELECT «amout» FROM payments", "there is no column \"amout\" in payments",
            hint: "did you mean amount?", .unknownColumn),
        .init(
            "SELECT «\"card\"» FROM payments", "there is no column \"card\" in payments",
            hint: "double quotes are for names: if it is a string, write 'card'", .unknownColumn),
        .init(
            "SELECT amount FROM «paymnts»", "there is no table \"paymnts\"",
            hint: "did you mean payments?", .unknownTable),
        .init(
            "SELECT amount FROM «durid».payments", "there is no schema durid",
            hint: "did you mean druid?", .unknownTable),
        .init(
            "SELECT amount FROM «segments»", "there is no table \"segments\"",
            hint: "did you mean sys.segments?", .unknownTable),
        .init(
            "SELECT «x».amount FROM payments", "FROM has no table x",
            hint: "the table is called payments here", .unknownTable),
        .init(
            "SELECT «amount»", "there is no column \"amount\"",
            hint: "add FROM table, or write strings in single quotes", .unknownColumn),
        .init("SELECT «*»", "* needs a table", hint: "add FROM table", .unknownColumn),
        .init(
            "SELECT «*» FROM payments GROUP BY method",
            "column \"event_id\" must be in GROUP BY or inside an aggregate",
            hint: "add event_id to GROUP BY, or write ANY_VALUE(event_id)", .invalidArgument),
        .init(
            "SELECT method FROM payments GROUP BY «2»",
            "GROUP BY 2: there is no such item in SELECT", hint: "positions run from 1 to 1",
            .invalidArgument),
        .init(
            "SELECT method FROM payments ORDER BY «0»",
            "ORDER BY 0: there is no such item in SELECT", hint: "positions run from 1 to 1",
            .invalidArgument),
        .init(
            "SELECT amount AS a FROM payments WHERE «a» > 1",
            "there is no column \"a\" in payments",
            hint: "an alias has no meaning in WHERE: repeat its expression", .unknownColumn),
        .init(
            "SELECT method FROM payments WHERE «amount»",
            "a condition must be BOOLEAN, this is BIGINT", hint: "compare it with a number: x <> 0",
            .typeMismatch),
        .init(
            "SELECT method FROM payments WHERE amount = «'x'»", "'x' is no BIGINT",
            hint: "a BIGINT is a whole number between -2^63 and 2^63 - 1", .invalidCast),
        .init(
            "SELECT method FROM payments WHERE «method = 5»",
            "VARCHAR and BIGINT do not go together here",
            hint: "write numbers without quotes, or convert with CAST(x AS VARCHAR)", .typeMismatch),
        .init(
            "SELECT method FROM payments WHERE event_time > «'yesterday'»",
            "'yesterday' is no TIMESTAMP", hint: "a timestamp is written '2026-01-31 23:59:59'",
            .invalidCast),
        .init(
            "SELECT method FROM payments WHERE «event_time > 5»",
            "TIMESTAMP and BIGINT do not go together here",
            hint: "MILLIS_TO_TIMESTAMP(x) makes a timestamp of a number", .typeMismatch),
        .init(
            "SELECT «event_time - event_time» FROM payments",
            "- is not defined for TIMESTAMP and TIMESTAMP",
            hint: "TIMESTAMPDIFF(DAY, b, a) counts the days from b to a", .typeMismatch),
        .init(
            "SELECT «:nope»", "parameter :nope has no value", hint: "values given: 1", .parameter),
        .init(
            "SELECT «attrs = 'x'» FROM payments", "JSON and VARCHAR do not go together here",
            hint: "read a part of it: JSON_VALUE(x, '$.path')", .typeMismatch),
        .init(
            "SELECT «coupon_ids = coupon_ids» FROM payments",
            "values of type VARCHAR ARRAY cannot be compared", hint: "use ARRAY_CONTAINS",
            .typeMismatch),
        .init(
            "SELECT attrs FROM payments ORDER BY «attrs»", "values of type JSON have no order",
            .typeMismatch),
        .init(
            "SELECT DISTINCT method FROM payments ORDER BY «amount»",
            "with DISTINCT, ORDER BY takes items of SELECT only",
            hint: "add the expression to SELECT", .invalidArgument),
        .init("SELECT 1 LIMIT «-1»", "LIMIT takes a whole number from 0", .invalidArgument),
        .init("SELECT 1 LIMIT «'x'»", "LIMIT takes a whole number from 0", .invalidArgument),
        .init(
            "SELECT «a» FROM (SELECT 1 AS a, 2 AS a) x", "\"a\" may mean several columns",
            hint: "give the columns aliases", .ambiguous),
        .init(
            "SELECT DISTINCT «attrs» FROM payments", "DISTINCT cannot compare values of type JSON",
            .typeMismatch),
        .init(
            "SELECT attrs FROM payments GROUP BY «attrs»",
            "values of type JSON cannot be grouped by", hint: "group by a part of it", .typeMismatch
        ),
        .init(
            "SELECT coupon_ids FROM payments GROUP BY «1»",
            "values of type VARCHAR ARRAY cannot be grouped by", hint: "group by a part of it",
            .typeMismatch),
        .init(
            "SELECT amount IN («'a'») FROM payments", "'a' is no BIGINT",
            hint: "a BIGINT is a whole number between -2^63 and 2^63 - 1", .invalidCast),
        .init(
            "SELECT method IN («1», 2) FROM payments", "VARCHAR and BIGINT do not go together here",
            hint: "write numbers without quotes, or convert with CAST(x AS VARCHAR)", .typeMismatch),
        .init(
            "SELECT «fee * fee * fee * fee * fee * fee * fee * fee * fee * fee * fee * fee * fee * fee * fee * fee * fee * fee * fee * fee» FROM payments",
            "the exact product would have 40 digits after the point",
            hint: "bring one factor to fewer digits: CAST(x AS DECIMAL(18, 2))", .typeMismatch),
        .init(
            "SELECT merchant_id AS a, method AS a FROM payments ORDER BY «a»",
            "\"a\" may mean several items of SELECT", hint: "use the position of the item",
            .ambiguous),
    ]

    static let expressions: [RefusedStatement] = [
        .init(
            "SELECT «method», SUM(amount) FROM payments",
            "column \"method\" must be in GROUP BY or inside an aggregate",
            hint: "add method to GROUP BY, or write ANY_VALUE(method)", .invalidArgument),
        .init(
            "SELECT method, «amount» + 1 FROM payments GROUP BY method",
            "column \"amount\" must be in GROUP BY or inside an aggregate",
            hint: "add amount to GROUP BY, or write ANY_VALUE(amount)", .invalidArgument),
        .init(
            "SELECT SUM(«SUM»(amount)) FROM payments", "SUM stands inside another aggregate",
            hint: "aggregate in a derived table: SELECT ... FROM (SELECT ... GROUP BY ...) x",
            .invalidArgument),
        .init(
            "SELECT method FROM payments WHERE «SUM»(amount) > 1", "SUM cannot stand in WHERE",
            hint: "conditions on aggregates stand in HAVING", .invalidArgument),
        .init(
            "SELECT method FROM payments GROUP BY «SUM»(amount)", "SUM cannot stand in GROUP BY",
            .invalidArgument),
        .init(
            "SELECT SUM(amount) FROM payments GROUP BY «1»",
            "\"EXPR$0\" contains an aggregate: it cannot be grouped by",
            hint: "group by the other items", .invalidArgument),
        .init(
            "SELECT «method + 1» FROM payments", "+ is not defined for VARCHAR and BIGINT",
            hint: "join strings with ||, or convert with CAST(x AS BIGINT)", .typeMismatch),
        .init(
            "SELECT «event_time + 1» FROM payments", "+ is not defined for TIMESTAMP and BIGINT",
            hint: "move a time by an interval: t + INTERVAL '1' DAY", .typeMismatch),
        .init("SELECT -«method» FROM payments", "- takes a number, this is VARCHAR", .typeMismatch),
        .init(
            "SELECT «LOWR»(method) FROM payments", "there is no function LOWR",
            hint: "did you mean LOWER?", .unknownFunction),
        .init(
            "SELECT «LOWER(method, 1)» FROM payments", "LOWER takes 1 argument, not 2",
            hint: "LOWER(text)", .unknownFunction),
        .init(
            "SELECT LOWER(«amount») FROM payments",
            "argument 1 of LOWER must be VARCHAR, this is BIGINT", hint: "LOWER(text)",
            .typeMismatch),
        .init(
            "SELECT «LOWER()» FROM payments", "LOWER takes 1 argument, not 0", hint: "LOWER(text)",
            .unknownFunction),
        .init(
            "SELECT «LOWER(DISTINCT method)» FROM payments",
            "LOWER is no aggregate: it takes no *, DISTINCT or FILTER", .invalidArgument),
        .init(
            "SELECT «SUM(method)» FROM payments", "SUM takes a number, this is VARCHAR",
            .typeMismatch),
        .init(
            "SELECT «SUM(*)» FROM payments", "SUM takes an argument, only COUNT takes *",
            hint: "SUM([DISTINCT] number)", .invalidArgument),
        .init(
            "SELECT «SUM(amount, fee)» FROM payments", "SUM takes 1 argument, not 2",
            hint: "SUM([DISTINCT] number)", .unknownFunction),
        .init(
            "SELECT «MAX(attrs)» FROM payments", "MAX takes a value that compares, this is JSON",
            .typeMismatch),
        .init(
            "SELECT «SUM(is_test)» FROM payments", "SUM takes a number, this is BOOLEAN",
            hint: "count rows with COUNT(*) FILTER (WHERE condition)", .typeMismatch),
        .init(
            "SELECT TIME_FLOOR(event_time, «'1 day'») FROM payments",
            "'1 day' is no ISO 8601 period",
            hint: "for example 'PT15M', 'PT1H', 'P1D', 'P1W' or 'P1M'", .invalidArgument),
        .init(
            "SELECT TIME_FLOOR(event_time, 'P1D', NULL, «'Asia/Seoul'») FROM payments",
            "there is no time-zone database here",
            hint: "UTC and offsets such as '+09:00' need none", .unsupported),
        .init(
            "SELECT COUNT_IF(«amount») FROM payments",
            "COUNT_IF takes a BOOLEAN, this is BIGINT", hint: "for example COUNT_IF(amount > 0)",
            .typeMismatch),
        .init(
            "SELECT STRING_AGG(method, «status») FROM payments",
            "the separator is a constant text", hint: "for example ', '", .invalidArgument),
        .init(
            "SELECT SUM(amount ORDER BY «fee») FROM payments", "SUM takes no ORDER BY",
            .invalidArgument),
        .init(
            "SELECT REGEXP_LIKE(method, «'(a)\\1'») FROM payments",
            "'(a)\\1' is no regular expression at its character 4: "
                + "back-references are not supported", .invalidArgument),
        .init(
            "SELECT TIME_FLOOR(event_time, «method») FROM payments",
            "argument 2 of TIME_FLOOR must be a constant text, this is VARCHAR",
            hint: "TIME_FLOOR(time, period[, origin[, zone]])", .typeMismatch),
        .init(
            "SELECT DATE_TRUNC(«'fortnight'», event_time) FROM payments",
            "'fortnight' is no unit of time", hint: "for example DAY", .invalidArgument),
        .init(
            "SELECT DATE_TRUNC(«'dow'», event_time) FROM payments", "DOW is no step of time",
            hint: "use SECOND, MINUTE, HOUR, DAY, WEEK, MONTH, QUARTER or YEAR", .invalidArgument),
        .init(
            "SELECT FLOOR(«event_time») FROM payments", "FLOOR takes a number, this is TIMESTAMP",
            hint: "name the unit: FLOOR(t TO DAY)", .typeMismatch),
        .init(
            "SELECT CAST(amount AS «TIMESTAMP ARRAY») FROM payments",
            "there are no arrays of TIMESTAMP", hint: "arrays hold VARCHAR or BIGINT", .unsupported),
        .init(
            "SELECT CAST(is_test AS «TIMESTAMP») FROM payments",
            "BOOLEAN cannot be cast to TIMESTAMP", .typeMismatch),
        .init(
            "SELECT CAST(«'abc'» AS BIGINT)", "'abc' is no BIGINT",
            hint: "a BIGINT is a whole number between -2^63 and 2^63 - 1", .invalidCast),
        .init(
            "SELECT «DATE '2026-02-30'»", "'2026-02-30' is no DATE",
            hint: "a date is written '2026-01-31'", .invalidCast),
        .init(
            "SELECT «INTERVAL '1' DAY»", "an interval stands beside a time only",
            hint: "for example: t + INTERVAL '1' DAY", .unsupported),
        .init(
            "SELECT ? + «?» + ?", "'two' is no BIGINT",
            hint: "a BIGINT is a whole number between -2^63 and 2^63 - 1", .invalidCast),
        .init(
            "SELECT method LIKE «amount» FROM payments",
            "the pattern of LIKE is a VARCHAR, this is BIGINT", .typeMismatch),
        .init(
            "SELECT method LIKE 'a' ESCAPE «'xy'» FROM payments", "ESCAPE takes one character",
            hint: "for example ESCAPE '!'", .invalidArgument),
        .init(
            "SELECT «amount» LIKE 'a' FROM payments", "LIKE takes a VARCHAR, this is BIGINT",
            hint: "convert it with CAST(x AS VARCHAR)", .typeMismatch),
        .init(
            "SELECT CASE WHEN is_test THEN 1 ELSE «event_time» END FROM payments",
            "the results of CASE are BIGINT and TIMESTAMP",
            hint: "convert one of them with CAST(x AS BIGINT)", .typeMismatch),
        .init(
            "SELECT JSON_VALUE(attrs, «'a.b'») FROM payments", "'a.b' is no path of members",
            hint: "for example '$.customer.name' or '$.\"odd name\"'", .invalidArgument),
        .init(
            "SELECT ARRAY_LENGTH(«method») FROM payments",
            "ARRAY_LENGTH takes an array, this is VARCHAR", .typeMismatch),
        .init(
            "SELECT ARRAY_CONTAINS(coupon_ids, «5») FROM payments",
            "VARCHAR and BIGINT do not go together here",
            hint: "write numbers without quotes, or convert with CAST(x AS VARCHAR)", .typeMismatch),
        .init(
            "SELECT «COUNT(DISTINCT attrs)» FROM payments",
            "DISTINCT cannot compare values of type JSON", .typeMismatch),
        .init(
            "SELECT «GREATEST(attrs, attrs)» FROM payments",
            "values of type JSON cannot be compared", .typeMismatch),
        .init(
            "SELECT QUANTILE_DISC(amount, «2») FROM payments",
            "QUANTILE_DISC takes a constant fraction from 0 to 1",
            hint: "QUANTILE_DISC(value, fraction)", .invalidArgument),
        .init(
            "SELECT «QUANTILE_DISC(DISTINCT amount, 0.5)» FROM payments",
            "QUANTILE_DISC takes no DISTINCT", .invalidArgument),
        .init(
            "SELECT ARG_MAX(amount, «method») FROM payments",
            "ARG_MAX decides by a number, a time or a BOOLEAN, this is VARCHAR",
            hint: "ARG_MAX(value, key)", .typeMismatch),
        .init(
            "SELECT ROUND(fee, «amount») FROM payments",
            "the digits of ROUND are a constant from -18 to 38", .invalidArgument),
        .init(
            "SELECT EXTRACT(DAY FROM «amount») FROM payments",
            "expected a TIMESTAMP, this is BIGINT",
            hint: "MILLIS_TO_TIMESTAMP(x) makes a timestamp of a number", .typeMismatch),
        .init(
            "SELECT «LOWER(*)» FROM payments",
            "LOWER is no aggregate: it takes no *, DISTINCT or FILTER", .invalidArgument),
    ]

    static let tables: [RefusedStatement] = [
        .init(
            "VALUES (1), («1, 2»)", "a row of VALUES has 2 values, the first 1", .invalidArgument),
        .init(
            "INSERT INTO payments (event_id) VALUES «('x')»",
            "column \"event_time\" is NOT NULL and has no value", .invalidArgument),
        .init(
            "INSERT INTO payments (event_id, event_time) VALUES ('x', «5»)",
            "column \"event_time\" is TIMESTAMP, this is BIGINT",
            hint: "a timestamp is written '2026-01-31 23:59:59'", .typeMismatch),
        .init(
            "INSERT INTO payments (event_id, event_time, fee) VALUES ('x', '2026-01-01', «1.005»)",
            "column \"fee\" is DECIMAL(18,2), this is DECIMAL(4,3)",
            hint: "DECIMAL(18,2) has 16 digits before and 2 after the point", .typeMismatch),
        .init(
            "INSERT INTO payments (event_id, event_time, fee) VALUES ('x', '2026-01-01', «'1e5'»)",
            "column \"fee\" is DECIMAL(18,2), this is VARCHAR",
            hint: "DECIMAL(18,2) has 16 digits before and 2 after the point", .typeMismatch),
        .init(
            "INSERT INTO payments («nope») VALUES ('x')", "there is no column \"nope\" in payments",
            .unknownColumn),
        .init(
            "INSERT INTO payments (event_id, «event_id») VALUES ('x', 'y')",
            "column \"event_id\" is named twice", .invalidArgument),
        .init(
            "INSERT INTO payments (event_id) VALUES «('x', 'y')»",
            "the row has 2 values, 1 are needed", .invalidArgument),
        .init(
            "CREATE TABLE t (a INT, «A» INT)", "column \"A\" is declared twice",
            hint: "names that differ in case only count as the same", .invalidArgument),
        .init(
            "CREATE TABLE t (a INT NOT NULL, UNIQUE (a), «PRIMARY KEY (a)»)",
            "a table has a UNIQUE id or a PRIMARY KEY, not both",
            hint: "UNIQUE keeps the first row of an id, PRIMARY KEY the newest of a key",
            .invalidArgument),
        .init(
            "CREATE TABLE «t» (a INT, PRIMARY KEY (a))",
            "column 'a' is in PRIMARY KEY and must be NOT NULL", .invalidArgument),
        .init(
            "CREATE TABLE «t» (a BOOLEAN NOT NULL, PRIMARY KEY (a))",
            "column 'a' cannot be in PRIMARY KEY: keys are VARCHAR, BIGINT, DATE or TIMESTAMP",
            .invalidArgument),
        .init(
            "CREATE TABLE t (a INT NOT NULL, PRIMARY KEY (a, «a»))", "column \"a\" is named twice",
            .invalidArgument),
        .init(
            "CREATE TABLE «t» (a INT NOT NULL, v INT, PRIMARY KEY (a) VERSION BY v)",
            "column 'v' is in VERSION BY and must be NOT NULL", .invalidArgument),
        .init(
            "CREATE TABLE «t» (a INT NOT NULL, v VARCHAR NOT NULL, PRIMARY KEY (a) VERSION BY v)",
            "VERSION BY takes a BIGINT, TIMESTAMP or DATE, not 'v'", .invalidArgument),
        .init(
            "CREATE TABLE t (a INT) WITH («mode» = 'merge')",
            "mode is for tables with a PRIMARY KEY", .invalidArgument),
        .init(
            "CREATE TABLE t (a INT NOT NULL, PRIMARY KEY (a)) WITH (mode = «'upsert'»)",
            "mode is 'replace' or 'merge'", .invalidArgument),
        .init(
            "CREATE TABLE «t» (a INT NOT NULL, b INT NOT NULL, PRIMARY KEY (a)) WITH (mode = 'merge')",
            "column 'b' of a table that merges must be nullable or have a DEFAULT",
            .invalidArgument),
        .init(
            "CREATE TABLE t (a INT) PARTITION BY «DAY»", "PARTITION BY needs TIMESTAMP (column)",
            hint: "name the time column: TIMESTAMP (column) PARTITION BY DAY", .invalidArgument),
        .init(
            "CREATE TABLE t (a INT) TIMESTAMP («b»)", "there is no column \"b\" in t",
            .unknownColumn),
        .init(
            "CREATE TABLE «t» (a INT) TIMESTAMP (a)",
            "TIMESTAMP needs a TIMESTAMP NOT NULL column, not 'a'", .invalidArgument),
        .init(
            "CREATE TABLE «t» (a INT, UNIQUE (a))", "column 'a' is in UNIQUE and must be NOT NULL",
            .invalidArgument),
        .init(
            "CREATE TABLE t (a INT DEFAULT «'x'»)", "column \"a\" is BIGINT, this is VARCHAR",
            hint: "a BIGINT is a whole number between -2^63 and 2^63 - 1", .typeMismatch),
        .init(
            "CREATE TABLE t (a INT) WITH («unknown_field» = 'reject')",
            "there is no option unknown_field", hint: "did you mean unknown_fields?",
            .invalidArgument),
        .init(
            "CREATE TABLE t (a INT) WITH (unknown_fields = «'capture'»)",
            "unknown_fields = 'capture' is not supported yet", hint: "use 'ignore' or 'reject'",
            .unsupported),
        .init(
            "CREATE TABLE «sys».t (a INT)", "tables cannot be made in schema sys",
            hint: "leave the schema out", .invalidArgument),
        .init(
            "DROP TABLE «nope»", "there is no table \"nope\"", hint: "SHOW TABLES lists them",
            .unknownTable),
        .init(
            "SHOW TABLES FROM «nope»", "there is no schema nope",
            hint: "SELECT SCHEMA_NAME FROM INFORMATION_SCHEMA.SCHEMATA lists them", .unknownTable),
        .init(
            "DESCRIBE «nope»", "there is no table \"nope\"", hint: "SHOW TABLES lists them",
            .unknownTable),
    ]
}
