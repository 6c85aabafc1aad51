@testable import Query

extension ParserErrorTests {
    /// FROM, WITH, put-together queries, groupings and windows.
    static let sources: [RefusedStatement] = [
        .init(
            "SELECT a FROM t JOIN u«»",
            "expected ON or USING after INNER JOIN but found the end of the statement",
            hint: "every row with every row is written CROSS JOIN"),
        .init("SELECT a FROM t LEFT «u»", "expected JOIN but found \"u\""),
        .init("SELECT a FROM t NATURAL «u»", "expected JOIN but found \"u\""),
        .init(
            "SELECT a FROM t CROSS JOIN u «ON» a",
            "expected the end of the statement but found \"ON\""),
        .init("SELECT a FROM t,«»", "expected a table but found the end of the statement"),
        .init(
            "SELECT a FROM (t JOIN u ON a«»",
            "expected \")\" after the tables but found the end of the statement",
            hint: "\"(\" of line 1, column 15 is not closed"),
        .init(
            "SELECT a FROM UNNEST(x«,» y)", "UNNEST of several arrays is not supported yet",
            hint: "write UNNEST(a), UNNEST(b)", .unsupported),
        .init(
            "SELECT a FROM t CROSS JOIN UNNEST(x) «WITH» ORDINALITY",
            "WITH ORDINALITY is not supported yet", .unsupported),
        .init("SELECT a FROM t x («1»)", "expected a column but found the number 1"),
        .init("SELECT a FROM t UNION «1»", "expected SELECT but found the number 1"),
        .init("WITH x «SELECT» 1", "expected AS before the query but found \"SELECT\""),
        .init("WITH x AS («t») SELECT 1", "expected a query after \"(\" but found \"t\""),
        .init("WITH x AS (SELECT 1)«»", "expected SELECT but found the end of the statement"),
        .init(
            "WITH «RECURSIVE» x AS (SELECT 1) SELECT 1", "WITH RECURSIVE is not supported",
            hint: "leave RECURSIVE out if no query names itself", .unsupported),
        .init("SELECT RANK() OVER (ORDER «a») FROM t", "expected BY after ORDER but found \"a\""),
        .init(
            "SELECT SUM(a) OVER (ORDER BY a ROWS 1«)» FROM t",
            "expected PRECEDING or FOLLOWING but found \")\"",
            hint: "for example ROWS BETWEEN 6 PRECEDING AND CURRENT ROW"),
        .init(
            "SELECT SUM(a) OVER (ORDER BY a «GROUPS» 1 PRECEDING) FROM t",
            "frames of GROUPS are not supported", .unsupported),
        .init("SELECT * EXCEPT («1») FROM t", "expected a column but found the number 1"),
        .init(
            "SELECT * REPLACE (1 «a») FROM t",
            "expected AS and the column that is replaced but found \"a\""),
        .init(
            "SELECT a FROM t GROUP BY ALL«,» b",
            "expected the end of the statement but found \",\"",
            hint: "LIMIT m, n is written LIMIT n OFFSET m"),
        .init(
            "SELECT a FROM t GROUP BY ROLLUP (a«»",
            "expected \")\" after the elements but found the end of the statement",
            hint: "\"(\" of line 1, column 33 is not closed"),
    ]
}
