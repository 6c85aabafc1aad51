import Testing

@testable import Query

@Suite struct ParserErrorTests {
    @Test(
        "A refused text gets its place, its reason and a hint",
        arguments: typos + expressions + clauses + tables + sources)
    func refused(_ statement: RefusedStatement) {
        let error = #expect(throws: QueryError.self) { try Parser.parse(statement.sql) }
        #expect(error?.range == statement.range)
        #expect(error?.message == statement.message)
        #expect(error?.hint == statement.hint)
        #expect(error?.code == statement.code)
    }

    static let typos: [RefusedStatement] = [
        .init("«»", "the statement is empty", hint: "for example: SELECT 1"),
        .init("  -- nothing\n«»", "the statement is empty", hint: "for example: SELECT 1"),
        .init(
            "«SELCT» a FROM t", "expected a statement but found \"SELCT\"",
            hint: "did you mean SELECT?"),
        .init("SELECT a «FORM» t", "expected FROM but found \"FORM\"", hint: "did you mean FROM?"),
        .init(
            "SELECT a FROM t «WHRE» x = 1", "expected WHERE but found \"WHRE\"",
            hint: "did you mean WHERE?"),
        .init(
            "SELECT a FROM t GROUP «BU» a", "expected BY after GROUP but found \"BU\"",
            hint: "did you mean BY?"),
        .init(
            "SELECT a FROM t «GRUOP» BY a", "expected GROUP but found \"GRUOP\"",
            hint: "did you mean GROUP?"),
        .init(
            "SELECT a FROM t WHERE a = 1 «ODER» BY 1",
            "expected the end of the statement but found \"ODER\"", hint: "did you mean ORDER?"),
        .init(
            "SELECT a FROM t «LIMT» 5", "expected LIMIT but found \"LIMT\"",
            hint: "did you mean LIMIT?"),
        .init(
            "SELECT a, «FROM» t", "expected an expression but found \"FROM\"",
            hint: "remove the comma before FROM, or quote the word if it is a name: \"FROM\""),
        .init("SELECT «»", "expected an expression but found the end of the statement"),
        .init(
            "SELECT a «==» 1", "there is no operator ==", hint: "write = to compare"),
    ]

    static let expressions: [RefusedStatement] = [
        .init(
            "SELECT «'»abc", "a string is not closed",
            hint: "close it with ' (a quote inside is written '')"),
        .init(
            "SELECT «\"»abc", "a quoted name is not closed",
            hint: "close it with \"; strings take single quotes"),
        .init("SELECT «\"\"»", "a quoted name is empty", hint: "an empty string is written ''"),
        .init("SELECT 1 «/*» open", "a comment is not closed", hint: "close it with */"),
        .init(
            "SELECT «12abc»", "12abc is neither a number nor a name",
            hint: "a name that begins with a digit takes double quotes: \"12abc\""),
        .init("SELECT «1e999»", "1e999 is beyond the range of DOUBLE"),
        .init(
            "SELECT «123456789012345678901234567890123456789»", "a number has at most 38 digits",
            hint: "write it with an exponent to make it a DOUBLE: 1e40"),
        .init(
            "SELECT «$0»", "$0 names no parameter",
            hint: "parameters are ?, :name, or $1 for the first"),
        .init(
            "SELECT (1«»", "expected \")\" after the expression but found the end of the statement",
            hint: "\"(\" of line 1, column 8 is not closed"),
        .init(
            "SELECT ABS(1«»",
            "expected \")\" after the arguments of ABS but found the end of the statement",
            hint: "\"(\" of line 1, column 11 is not closed"),
        .init(
            "SELECT ABS(1,«)»", "expected an expression but found \")\"",
            hint: "remove the comma before \")\""),
        .init(
            "SELECT a IS «5»",
            "expected NULL, TRUE, FALSE, UNKNOWN or DISTINCT FROM after IS but found the number 5",
            hint: "values are compared with ="),
        .init(
            "SELECT a BETWEEN 1 «OR» 2",
            "expected AND between the bounds of BETWEEN but found \"OR\""),
        .init("SELECT CASE a «END»", "expected WHEN but found \"END\""),
        .init(
            "SELECT CASE WHEN a THEN 1«»",
            "expected WHEN, ELSE or END but found the end of the statement",
            hint: "CASE is closed with END"),
        .init(
            "SELECT CASE WHEN a «1» END",
            "expected THEN after the condition of WHEN but found the number 1"),
        .init("SELECT CAST(a «BIGINT»)", "expected AS and a type but found \"BIGINT\""),
        .init(
            "SELECT CAST(a AS «VARCHR»)", "\"VARCHR\" is not a type", hint: "did you mean VARCHAR?"),
        .init(
            "SELECT CAST(a AS DECIMAL(«40»,2))", "the precision of a DECIMAL is 1 to 38",
            hint: "for example DECIMAL(18, 2)"),
        .init(
            "SELECT CAST(a AS DECIMAL(10,«12»))", "the scale of a DECIMAL is at most its precision",
            hint: "for example DECIMAL(18, 2)"),
        .init(
            "SELECT a::«foo»", "\"foo\" is not a type",
            hint: "types: BOOLEAN, BIGINT, DOUBLE, DECIMAL(p, s), VARCHAR, TIMESTAMP, DATE, JSON"),
        .init(
            "SELECT EXTRACT(«DYA» FROM t)", "expected a unit of time but found \"DYA\"",
            hint: "did you mean DAY?"),
        .init("SELECT EXTRACT(DAY «t»)", "expected FROM after the unit of EXTRACT but found \"t\""),
        .init(
            "SELECT INTERVAL «'x'» DAY", "an interval is a whole number and a unit",
            hint: "for example: INTERVAL '1' DAY"),
        .init(
            "SELECT INTERVAL '1'«»", "expected a unit of time but found the end of the statement",
            hint: "for example DAY"),
        .init(
            "SELECT a IN (SELECT 1«»",
            "expected \")\" after the query but found the end of the statement",
            hint: "\"(\" of line 1, column 13 is not closed"),
        .init("SELECT EXISTS («1»)", "expected a query after EXISTS ( but found the number 1"),
        .init("SELECT a -> «»", "expected an expression but found the end of the statement"),
        .init(
            "SELECT a < «ANY» (b)", "an array is compared with = ANY or <> ALL only",
            hint: "compare with a query: x < ANY (SELECT u.e FROM UNNEST(array) AS u (e))",
            .unsupported),
        .init(
            "SELECT t AT TIME «OF» 'UTC'", "expected ZONE after AT TIME but found \"OF\""),
        .init("SELECT a«[»1]", "subscripts are not supported yet", .unsupported),
        .init(
            "SELECT a «#» b", "the character # has no meaning here", hint: "comments begin with --"),
        .init(
            "SELECT a «!» b", "the character ! has no meaning here",
            hint: "write NOT, or <> for not equal"),
        .init(
            "SELECT 2 «^» 3", "the character ^ has no meaning here",
            hint: "powers are written POWER(x, y)"),
        .init("SELECT * «*» 2", "expected the end of the statement but found \"*\""),
        .init("SELECT f(*«,» 1)", "expected \")\" after the arguments of f but found \",\""),
        .init(
            "SELECT «:»1", "the character : has no meaning here",
            hint: "a named parameter is written :name"),
        .init(
            "SELECT 1.2«.3»", "expected the end of the statement but found the number .3",
            hint: "is a comma or an operator missing before it?"),
        .init(
            "SELECT (SELECT«»", "expected an expression but found the end of the statement"),
        .init("SELECT a «NOT» b", "expected the end of the statement but found \"NOT\""),
        .init("SELECT a NOT LIKE«»", "expected an expression but found the end of the statement"),
        .init(
            "SELECT TIMESTAMPADD(«FORTNIGHT», 1, t)",
            "expected a unit of time but found \"FORTNIGHT\"", hint: "for example DAY"),
        .init(
            "SELECT POSITION('a', «)»", "expected an expression but found \")\"",
            hint: "remove the comma before \")\""),
        .init(
            "SELECT INTERVAL «'1'» YEAR TO MONTH", "this is no interval of YEAR to MONTH",
            hint: "for example '1-2' YEAR TO MONTH, '1 02:03' DAY TO MINUTE"),
        .init(
            "SELECT ARRAY[1, 2«»",
            "expected \"]\" after the elements but found the end of the statement"),
        .init("SELECT COUNT(*) FILTER («x» > 1)", "expected WHERE after FILTER ( but found \"x\""),
        .init("SELECT CAST(1 AS DECIMAL(18,2,«3»))", "expected \")\" but found the number 3"),
        .init(
            "SELECT CAST(1 AS «'BIGINT'»)", "expected a type but found the string 'BIGINT'",
            hint: "for example VARCHAR, BIGINT or DECIMAL(18, 2)"),
    ]

    static let clauses: [RefusedStatement] = [
        .init(
            "SELECT a b «c» FROM t", "expected the end of the statement but found \"c\"",
            hint: "is a comma or an operator missing before it?"),
        .init("SELECT a FROM«»", "expected a table but found the end of the statement"),
        .init(
            "SELECT a FROM «'payments'»", "expected a table but found the string 'payments'",
            hint: "names take double quotes, strings single ones"),
        .init(
            "SELECT a FROM t WHERE«»", "expected an expression but found the end of the statement"),
        .init(
            "SELECT a FROM t WHERE a = «»",
            "expected an expression but found the end of the statement"),
        .init(
            "SELECT a FROM t WHERE a = b «=» c",
            "expected AND, OR or the end of the condition but found \"=\"",
            hint: "comparisons do not chain: write a < b AND b < c"),
        .init("SELECT a FROM t WHERE a «&&» b", "there is no operator &&", hint: "write AND"),
        .init(
            "SELECT a FROM t WHERE a «|» b", "the character | has no meaning here",
            hint: "strings are joined with ||; the logical operator is OR"),
        .init(
            "SELECT «`»a` FROM t", "the character ` has no meaning here",
            hint: "names with special characters take double quotes: \"name\""),
        .init(
            "SELECT «‘»a’ FROM t", "the character ‘ has no meaning here",
            hint: "strings take the plain quote '"),
        .init(
            "SELECT COUNT(* «FROM» t",
            "expected \")\" after the arguments of COUNT but found \"FROM\"",
            hint: "\"(\" of line 1, column 13 is not closed"),
        .init("SELECT a + «FROM» t", "expected an expression but found \"FROM\""),
        .init(
            "SELECT a IN («)» FROM t", "expected a value but found \")\"",
            hint: "an empty list matches nothing: write WHERE FALSE"),
        .init(
            "SELECT a IN «1» FROM t", "expected \"(\" after IN but found the number 1",
            hint: "write the values in parentheses: IN (1, 2)"),
        .init("SELECT a FROM t ORDER «1»", "expected BY after ORDER but found the number 1"),
        .init(
            "SELECT a FROM t ORDER BY a NULLS «FRIST»",
            "expected FIRST or LAST after NULLS but found \"FRIST\"", hint: "did you mean FIRST?"),
        .init(
            "SELECT a FROM t LIMIT 5«,» 10", "expected the end of the statement but found \",\"",
            hint: "LIMIT m, n is written LIMIT n OFFSET m"),
        .init(
            "SELECT a FROM t LIMIT 5 «LIMIT» 6", "a bound on the rows is given twice",
            hint: "remove one of them"),
        .init(
            "SELECT a FROM t GROUP BY a «WHERE» b", "WHERE stands in the wrong place",
            hint: "WHERE comes before GROUP BY, HAVING and ORDER BY"),
        .init(
            "SELECT a FROM t HAVING x «GROUP» BY a", "GROUP BY stands in the wrong place",
            hint: "GROUP BY comes before HAVING"),
        .init(
            "SELECT a FROM t; «SELECT» 2", "expected the end after \";\" but found \"SELECT\"",
            hint: "send one statement at a time"),
        .init(
            "SELECT a AS «'x'» FROM t", "expected a name after AS but found the string 'x'",
            hint: "names take double quotes, not single ones"),
        .init("SELECT a. «FROM» t", "expected a name after \".\" but found \"FROM\""),
        .init(
            "SELECT DISTINCT ON «a» b FROM t",
            "expected \"(\" before the items in DISTINCT ON but found \"a\""),
        .init(
            "SELECT a FROM «order»", "expected a table but found \"order\"",
            hint: "if order is a name, write it in double quotes: \"order\""),
        .init(
            "SELECT «group» FROM t", "expected an expression but found \"group\"",
            hint: "if group is a name, write it in double quotes: \"group\""),
        .init(
            "SELECT a FROM t FETCH «5»", "expected NEXT or FIRST after FETCH but found the number 5"
        ),
        .init(
            "SELECT a.«from» FROM t", "expected a name after \".\" but found \"from\"",
            hint: "if from is a name, write it in double quotes: \"from\""),
        .init("SELECT a FROM t GROUP «a»", "expected BY after GROUP but found \"a\""),
        .init(
            "SELECT a FROM t; ;«x»", "expected the end of the statement but found \"x\"",
            hint: "is a comma or an operator missing before it?"),
        .init(
            "SELECT a FROM t ORDER BY«»",
            "expected an expression but found the end of the statement"),
        .init("SELECT a FROM («1»)", "expected a query after \"(\" but found the number 1"),
        .init(
            "SELECT a FROM (SELECT 1«»",
            "expected \")\" after the query but found the end of the statement",
            hint: "\"(\" of line 1, column 15 is not closed"),
        .init("SELECT MAX(x ORDER «y») FROM t", "expected BY after ORDER but found \"y\""),
        .init("SELECT a FROM f«(»1)", "table functions are not supported yet", .unsupported),
        .init("VALUES «1»", "expected \"(\" before the values of a row but found the number 1"),
        .init("VALUES (1) «(»2)", "expected the end of the statement but found \"(\""),
    ]

    static let tables: [RefusedStatement] = [
        .init(
            "«UPDATE» t SET a = 1", "UPDATE is not supported: event tables only grow",
            hint: "give the table a TTL to let old rows go", .unsupported),
        .init(
            "«DELETE» FROM t", "DELETE is not supported: event tables only grow",
            hint: "give the table a TTL to let old rows go", .unsupported),
        .init(
            "«BEGIN»", "there are no transactions: each statement is atomic by itself",
            hint: "send the statement alone", .unsupported),
        .init("«USE» x", "USE is not supported", hint: "write schema.table", .unsupported),
        .init(
            "COPY t FROM «x»", "expected the path of a file but found \"x\"",
            hint: "paths take single quotes: 'FILE'"),
        .init(
            "COPY t «TO» 'x'", "COPY ... TO is not supported",
            hint: "daybook sql --format csv -c 'SELECT ...' > FILE", .unsupported),
        .init(
            "«42»", "expected a statement but found the number 42",
            hint:
                "statements begin with SELECT, VALUES, EXPLAIN, INSERT, CREATE, ALTER, DROP or SHOW"
        ),
        .init(
            "SET a = «b»; SELECT 1", "the value of a must be a literal",
            hint: "strings take single quotes"),
        .init("SET a = 1«»", "no statement follows SET", hint: "for example: SELECT 1"),
        .init(
            "EXPLAIN «INSERT» INTO t VALUES (1)",
            "EXPLAIN shows the plan of a query, not of other statements", .unsupported),
        .init("EXPLAIN PLAN «SELECT» 1", "expected FOR after EXPLAIN PLAN but found \"SELECT\""),
        .init(
            "SHOW «DATABASES»",
            "expected TABLES, COLUMNS, ROLLUPS, VIEWS, ENDPOINTS or CREATE TABLE after SHOW but found \"DATABASES\""
        ),
        .init(
            "SHOW «TABELS»",
            "expected TABLES, COLUMNS, ROLLUPS, VIEWS, ENDPOINTS or CREATE TABLE after SHOW but found \"TABELS\"",
            hint: "did you mean TABLES?"),
        .init(
            "DROP «t»",
            "expected TABLE, ROLLUP, VIEW, SOURCE or ENDPOINT after DROP but found \"t\""),
        .init("DROP TABLE«»", "expected the name of the table but found the end of the statement"),
        .init("INSERT «t» VALUES (1)", "expected INTO after INSERT but found \"t\""),

        .init("INSERT INTO t (a, b) «(»1, 2)", "expected VALUES or a query but found \"(\""),
        .init(
            "INSERT INTO t VALUES «1», 2",
            "expected \"(\" before the values of a row but found the number 1"),
        .init(
            "CREATE «INDEX» i ON t (a)",
            "there is no CREATE INDEX: columns are indexed where their data make it pay",
            hint: "declare ids for look-ups with LOOKUP (columns) in CREATE TABLE", .unsupported),
        .init(
            "CREATE «TABEL» t (a INT)",
            "expected TABLE, ROLLUP, VIEW, SOURCE or ENDPOINT after CREATE but found \"TABEL\"",
            hint: "did you mean TABLE?"),
        .init(
            "CREATE TABLE t (a INT) «AS» SELECT 1",
            "CREATE TABLE ... AS takes its columns from the query",
            hint: "leave the columns out; for keys, create the table, then INSERT INTO ... SELECT",
            .unsupported),
        .init(
            "CREATE TABLE t TTL 5 DAYS«»",
            "expected AS and a query, or columns but found the end of the statement"),
        .init(
            "CREATE TABLE t«»",
            "expected \"(\" before the columns but found the end of the statement"),
        .init(
            "CREATE TABLE t (a«)»", "expected a type but found \")\"",
            hint: "for example VARCHAR, BIGINT or DECIMAL(18, 2)"),
        .init(
            "CREATE TABLE t (a INT,«)»", "expected a column or a key but found \")\"",
            hint: "remove the comma before \")\""),
        .init(
            "CREATE TABLE t (a INT «PRIMARY» KEY)", "PRIMARY KEY is declared after the columns",
            hint: "add a line: PRIMARY KEY (a)"),
        .init("CREATE TABLE t (a INT DEFAULT «b»)", "a DEFAULT must be a literal"),
        .init(
            "CREATE TABLE t (a INT DEFAULT 1 «DEFAULT» 2)", "DEFAULT is given twice",
            hint: "remove one of them"),
        .init(
            "CREATE TABLE t (a INT) PARTITION «DAY»",
            "expected BY after PARTITION but found \"DAY\""),
        .init(
            "CREATE TABLE t (a INT) PARTITION BY «MINUTE»", "tables are not partitioned by MINUTE",
            hint: "use HOUR, DAY, WEEK, MONTH or YEAR"),
        .init(
            "CREATE TABLE t (a INT) «PARTITON» BY DAY",
            "expected TIMESTAMP, PARTITION BY, CLUSTER BY, LOOKUP, TTL or WITH but found \"PARTITON\"",
            hint: "did you mean PARTITION?"),
        .init(
            "CREATE TABLE t (a INT) TTL «4 MONTHS»",
            "a TTL is counted in weeks, days, hours, minutes or seconds",
            hint: "for example: TTL 400 DAYS"),
        .init(
            "CREATE TABLE t (a INT) TTL «x»",
            "expected a number or a column after TTL but found \"x\"",
            hint: "for example: TTL 400 DAYS, TTL (expires_at)"),
        .init(
            "CREATE TABLE t (a TIMESTAMP) TTL (a) + «x»",
            "expected a number after + but found \"x\"",
            hint: "for example: TTL 400 DAYS, TTL (expires_at)"),
        .init(
            "CREATE TABLE t (a INT) WITH (k = «v»)", "the value of k must be a literal",
            hint: "strings take single quotes"),
        .init("CREATE TABLE t (a INT) WITH (k «1»)", "expected \"=\" but found the number 1"),
        .init(
            "CREATE TABLE t (a INT) TIMESTAMP (a) «TIMESTAMP» (a)", "TIMESTAMP is given twice",
            hint: "remove one of them"),
        .init(
            "CREATE TABLE t (a INT) «ROLLUP» ONLY", "ROLLUP ONLY is not supported yet", .unsupported
        ),
        .init(
            "CREATE TABLE t («select» INT)",
            "expected a column, UNIQUE or PRIMARY KEY but found \"select\""),
        .init("EXPLAIN«»", "expected a query but found the end of the statement"),
        .init("DESCRIBE«»", "expected a table but found the end of the statement"),
        .init(
            "SHOW CREATE «ROLLUP» v",
            "expected TABLE or VIEW after SHOW CREATE but found \"ROLLUP\""),
        .init(
            "CREATE«»",
            "expected TABLE, ROLLUP, VIEW, SOURCE or ENDPOINT after CREATE but found the end of the statement"
        ),
        .init(
            "INSERT INTO t (a «b») VALUES (1)", "expected \")\" after the columns but found \"b\""),
    ]
}
