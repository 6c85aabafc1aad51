import Testing

@testable import Query

/// What each text reads as, written back with every operator in parentheses.
@Suite struct ParserRoundTripTests {
    @Test(
        "An expression reads with standard precedence, and its print reads the same",
        arguments: [
            ("1 + 2 * 3", "(1 + (2 * 3))"),
            ("1 * 2 + 3", "((1 * 2) + 3)"),
            ("1 - 2 - 3", "((1 - 2) - 3)"),
            ("a / b % c", "((a / b) % c)"),
            ("(1 + 2) * 3", "((1 + 2) * 3)"),
            ("a || b || c", "((a || b) || c)"),
            ("a || b + 1", "(a || (b + 1))"),
            ("-a + 1", "((- a) + 1)"),
            ("- -5", "(- -5)"),
            ("-9223372036854775808", "-9223372036854775808"),
            ("9223372036854775808", "9223372036854775808."),
            ("0.10", "0.10"), (".5", "0.5"), ("12.", "12."), ("1e3", "1000.0e0"),
            ("1.5E-3", "0.0015e0"),
            ("NOT a = 1 AND b", "((NOT (a = 1)) AND b)"),
            ("a OR b AND NOT c OR d", "(a OR (b AND (NOT c)) OR d)"),
            ("a = 1 OR b <> 2 OR c != 3", "((a = 1) OR (b <> 2) OR (c <> 3))"),
            ("a < b AND c >= d", "((a < b) AND (c >= d))"),
            ("a IS NULL", "(a IS NULL)"), ("a IS NOT TRUE", "(a IS NOT TRUE)"),
            ("a = b IS UNKNOWN", "((a = b) IS UNKNOWN)"),
            ("a IS DISTINCT FROM b", "(a IS DISTINCT FROM b)"),
            ("a IS NOT DISTINCT FROM b + 1", "(a IS NOT DISTINCT FROM (b + 1))"),
            ("a IN (1, -2, 'x')", "(a IN (1, -2, 'x'))"), ("a NOT IN (1)", "(a NOT IN (1))"),
            ("a BETWEEN 1 AND 2 AND b", "((a BETWEEN 1 AND 2) AND b)"),
            ("a NOT BETWEEN b - 1 AND b + 1", "(a NOT BETWEEN (b - 1) AND (b + 1))"),
            ("a LIKE 'x%' ESCAPE '!'", "(a LIKE 'x%' ESCAPE '!')"),
            ("a NOT ILIKE 'x' || b", "(a NOT ILIKE ('x' || b))"),
            (
                "CASE WHEN a THEN 1 WHEN b THEN 2 ELSE 3 END",
                "CASE WHEN a THEN 1 WHEN b THEN 2 ELSE 3 END"
            ),
            ("case x when 1 then 'a' end", "CASE x WHEN 1 THEN 'a' END"),
            ("CAST(a AS DECIMAL(18,2))", "CAST(a AS DECIMAL(18, 2))"),
            ("TRY_CAST(a AS INT)", "TRY_CAST(a AS BIGINT)"),
            ("a::VARCHAR::BIGINT", "CAST(CAST(a AS VARCHAR) AS BIGINT)"),
            ("-5::VARCHAR", "(- CAST(5 AS VARCHAR))"), ("x::text[]", "CAST(x AS VARCHAR ARRAY)"),
            ("'it''s'", "'it''s'"), ("\"a\"\"b\"", "\"a\"\"b\""), ("t.a", "t.a"),
            ("\"druid\".\"t\".\"a\"", "\"druid\".\"t\".\"a\""),
            ("COUNT(*)", "COUNT(*)"), ("count(DISTINCT x)", "count(DISTINCT x)"),
            ("SUM(ALL x) FILTER (WHERE y > 1)", "SUM(x) FILTER (WHERE (y > 1))"),
            ("NOW()", "NOW()"), ("LEFT(a, 2)", "LEFT(a, 2)"),
            ("EXTRACT(day FROM t)", "EXTRACT(DAY FROM t)"),
            ("FLOOR(t TO hour)", "FLOOR(t TO HOUR)"), ("CEIL(x)", "CEIL(x)"),
            ("TRIM(a)", "TRIM(a)"), ("TRIM(BOTH 'x' FROM a)", "BTRIM(a, 'x')"),
            ("TRIM(LEADING 'x' FROM a)", "LTRIM(a, 'x')"), ("TRIM(TRAILING FROM a)", "RTRIM(a)"),
            ("TRIM('x' FROM a)", "BTRIM(a, 'x')"),
            ("SUBSTRING(a FROM 2 FOR 3)", "SUBSTRING(a, 2, 3)"),
            ("SUBSTRING(a, 2)", "SUBSTRING(a, 2)"),
            ("POSITION('a' IN b)", "POSITION('a' IN b)"),
            ("TIMESTAMPADD(DAY, 1, t)", "TIMESTAMPADD(DAY, 1, t)"),
            ("TIMESTAMPDIFF(SQL_TSI_HOUR, a, b)", "TIMESTAMPDIFF(HOUR, a, b)"),
            ("CURRENT_TIMESTAMP", "CURRENT_TIMESTAMP"),
            ("CURRENT_TIMESTAMP()", "CURRENT_TIMESTAMP"),
            ("TIMESTAMP '2026-01-01'", "TIMESTAMP '2026-01-01'"),
            ("DATE '2026-01-01'", "DATE '2026-01-01'"),
            ("t + INTERVAL '1' DAY", "(t + INTERVAL '1' DAY)"),
            ("INTERVAL '2 months'", "INTERVAL '2' MONTH"),
            ("ARRAY[1, 2]", "ARRAY[1, 2]"), ("date", "date"), ("timestamp", "timestamp"),
            ("? + ? + $1 + :name", "((($1 + $2) + $1) + :name)"),
            ("TRUE AND NULL", "(TRUE AND NULL)"),
            ("한글 + \"주문\"", "(한글 + \"주문\")"),
            ("a.b.c.d.e", "a.b.c.d.e"),
            ("a -> 'b' ->> 'c' = 'd'", "(((a -> 'b') ->> 'c') = 'd')"),
            ("a->>'b' IS NULL", "((a ->> 'b') IS NULL)"),
            ("(SELECT 1)", "(SELECT 1)"), ("1 + (SELECT 2)", "(1 + (SELECT 2))"),
            (
                "EXISTS (SELECT 1) AND NOT EXISTS (VALUES (1))",
                "(EXISTS (SELECT 1) AND (NOT EXISTS (VALUES (1))))"
            ),
            ("a NOT IN (SELECT b FROM t)", "(a NOT IN (SELECT b FROM t))"),
        ])
    func expression(sql: String, printed: String) throws {
        let script = try Parser.parse("SELECT " + sql)
        let text = SyntaxPrinter.text(of: script)
        #expect(text == "SELECT " + printed)
        #expect(SyntaxPrinter.text(of: try Parser.parse(text)) == text)
    }

    @Test(
        "A statement reads, and its print reads the same",
        arguments: [
            ("select 1", "SELECT 1"), ("SELECT 1;", "SELECT 1"), ("(SELECT 1)", "SELECT 1"),
            ("SELECT a b, c AS \"D\", * FROM t", "SELECT a AS b, c AS \"D\", * FROM t"),
            ("SELECT t.* FROM druid.t AS t", "SELECT t.* FROM druid.t AS t"),
            ("SELECT DISTINCT a FROM t", "SELECT DISTINCT a FROM t"),
            ("SELECT a AS end FROM t", "SELECT a AS end FROM t"),
            ("SELECT a FROM (SELECT b FROM t) x", "SELECT a FROM (SELECT b FROM t) AS x"),
            (
                "WITH a AS (SELECT 1), b (x, y) AS (VALUES (1, 2)) SELECT x FROM a, b",
                "WITH a AS (SELECT 1), b (x, y) AS (VALUES (1, 2)) SELECT x FROM a CROSS JOIN b"
            ),
            (
                "SELECT 1 FROM a x (p) JOIN b ON x.p = b.q LEFT OUTER JOIN c USING (q, r)",
                "SELECT 1 FROM a AS x (p) INNER JOIN b ON (x.p = b.q) LEFT JOIN c USING (q, r)"
            ),
            (
                "SELECT 1 FROM a NATURAL FULL JOIN (b CROSS JOIN c) RIGHT JOIN d ON TRUE",
                "SELECT 1 FROM a NATURAL FULL JOIN (b CROSS JOIN c) RIGHT JOIN d ON TRUE"
            ),
            (
                "SELECT x FROM t CROSS JOIN LATERAL UNNEST(t.a) AS u (x), UNNEST(b)",
                "SELECT x FROM t CROSS JOIN UNNEST(t.a) AS u (x) CROSS JOIN UNNEST(b)"
            ),
            (
                "SELECT 1 UNION ALL SELECT 2 INTERSECT SELECT 3 EXCEPT VALUES (4) ORDER BY 1",
                "((SELECT 1) UNION ALL ((SELECT 2) INTERSECT (SELECT 3))) EXCEPT (VALUES (4)) "
                    + "ORDER BY 1"
            ),
            (
                "SELECT DISTINCT ON (a, b) t.* EXCEPT (c) FROM t GROUP BY ALL",
                "SELECT DISTINCT ON (a, b) t.* EXCEPT (c) FROM t GROUP BY ALL"
            ),
            (
                "SELECT 1 FROM t GROUP BY a, ROLLUP (b, (c, d)), CUBE (e), GROUPING SETS ((a, b), a, (), ROLLUP (f))",
                "SELECT 1 FROM t GROUP BY a, ROLLUP (b, (c, d)), CUBE (e), GROUPING SETS ((a, b), (a), (), ROLLUP (f))"
            ),
            (
                "SELECT LAG(a, 1) IGNORE NULLS OVER w, SUM(b) FILTER (WHERE c) OVER (w ROWS 1 PRECEDING) FROM t "
                    + "WINDOW w AS (PARTITION BY d ORDER BY e DESC) QUALIFY RANK() OVER (ORDER BY f) = 1",
                "SELECT LAG(a, 1) IGNORE NULLS OVER w, "
                    + "SUM(b) FILTER (WHERE c) OVER (w ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) FROM t "
                    + "WINDOW w AS (PARTITION BY d ORDER BY e DESC) QUALIFY (RANK() OVER (ORDER BY f) = 1)"
            ),
            (
                "SELECT STRING_AGG(a ORDER BY b DESC) FROM t",
                "SELECT STRING_AGG(a ORDER BY b DESC) FROM t"
            ),
            ("SELECT 1 FROM ((SELECT 1)) x", "SELECT 1 FROM (SELECT 1) AS x"),
            (
                "SELECT a, COUNT(*) FROM t WHERE b GROUP BY 1, a, b + 1 HAVING COUNT(*) > 1 ORDER BY 2 DESC "
                    + "NULLS LAST, a ASC NULLS FIRST LIMIT 10 OFFSET 5",
                "SELECT a, COUNT(*) FROM t WHERE b GROUP BY 1, a, (b + 1) HAVING (COUNT(*) > 1) ORDER BY 2 "
                    + "DESC NULLS LAST, a NULLS FIRST LIMIT 10 OFFSET 5"
            ),
            ("SELECT 1 LIMIT ALL OFFSET 2 ROWS", "SELECT 1 OFFSET 2"),
            ("SELECT 1 OFFSET 2 ROWS FETCH NEXT 3 ROWS ONLY", "SELECT 1 LIMIT 3 OFFSET 2"),
            ("SELECT 1 FETCH FIRST ROW ONLY", "SELECT 1 LIMIT 1"),
            ("VALUES (1, 'a'), (2, NULL)", "VALUES (1, 'a'), (2, NULL)"),
            ("EXPLAIN SELECT 1", "EXPLAIN SELECT 1"),
            ("EXPLAIN PLAN FOR SELECT 1", "EXPLAIN SELECT 1"),
            ("explain analyze select 1", "EXPLAIN ANALYZE SELECT 1"),
            ("SHOW TABLES", "SHOW TABLES"), ("SHOW TABLES FROM sys", "SHOW TABLES FROM sys"),
            ("SHOW COLUMNS FROM t", "SHOW COLUMNS FROM t"), ("DESCRIBE t", "SHOW COLUMNS FROM t"),
            ("SHOW CREATE TABLE druid.t", "SHOW CREATE TABLE druid.t"),
            ("DROP TABLE IF EXISTS t", "DROP TABLE IF EXISTS t"), ("DROP TABLE t", "DROP TABLE t"),
            (
                "ALTER TABLE druid.t ADD a INT, ADD COLUMN IF NOT EXISTS b VARCHAR NOT NULL DEFAULT 'x', "
                    + "DROP c, DROP COLUMN IF EXISTS d, RENAME e TO f, RENAME COLUMN column TO data, "
                    + "RENAME TO type, ALTER g TYPE DECIMAL(38, 2)",
                "ALTER TABLE druid.t ADD COLUMN a BIGINT, ADD COLUMN IF NOT EXISTS b VARCHAR NOT NULL DEFAULT 'x', "
                    + "DROP COLUMN c, DROP COLUMN IF EXISTS d, RENAME COLUMN e TO f, "
                    + "RENAME COLUMN column TO data, RENAME TO type, "
                    + "ALTER COLUMN g SET DATA TYPE DECIMAL(38, 2)"
            ),
            (
                "ALTER TABLE t ALTER a SET DEFAULT -1, ALTER a DROP DEFAULT, SET (k = 'v'), SET TTL 4 DAYS, "
                    + "DROP TTL, CLUSTER BY (a, b), DROP CLUSTER BY, ADD LOOKUP (a), DROP LOOKUP (a, b)",
                "ALTER TABLE t ALTER COLUMN a SET DEFAULT -1, ALTER COLUMN a DROP DEFAULT, SET (k = 'v'), "
                    + "SET TTL 4 DAYS, DROP TTL, CLUSTER BY (a, b), DROP CLUSTER BY, ADD LOOKUP (a), "
                    + "DROP LOOKUP (a, b)"
            ),
            (
                "CREATE OR REPLACE VIEW druid.v AS (SELECT a FROM t);",
                "CREATE OR REPLACE VIEW druid.v AS SELECT a FROM t"
            ),
            (
                "CREATE VIEW IF NOT EXISTS views AS VALUES (1)",
                "CREATE VIEW IF NOT EXISTS views AS VALUES (1)"
            ),
            ("DROP VIEW IF EXISTS v", "DROP VIEW IF EXISTS v"), ("SHOW VIEWS", "SHOW VIEWS"),
            ("SHOW CREATE VIEW v", "SHOW CREATE VIEW v"),
            (
                "ALTER TABLE t SET TTL (e), SET TTL (\"e\") + 1 HOUR, SET TTL 90 second",
                "ALTER TABLE t SET TTL (e), SET TTL (\"e\") + 1 HOURS, SET TTL 90 SECONDS"
            ),
            ("INSERT INTO t VALUES (1), (2)", "INSERT INTO t VALUES (1), (2)"),
            (
                "INSERT INTO t (a) (SELECT b FROM u);",
                "INSERT INTO t (a) SELECT b FROM u"
            ),
            (
                "INSERT INTO t WITH x AS (SELECT 1) SELECT * FROM x",
                "INSERT INTO t WITH x AS (SELECT 1) SELECT * FROM x"
            ),
            (
                "CREATE TABLE IF NOT EXISTS t TIMESTAMP (a) PARTITION BY DAY CLUSTER BY (b) AS SELECT a, b FROM u",
                "CREATE TABLE IF NOT EXISTS t TIMESTAMP (a) PARTITION BY DAY CLUSTER BY (b) AS SELECT a, b FROM u"
            ),
            ("CREATE TABLE t AS VALUES (1)", "CREATE TABLE t AS VALUES (1)"),
            (
                "COPY t FROM 'a''b.csv' WITH (on_error = 'abort')",
                "COPY t FROM 'a''b.csv' WITH (on_error = 'abort')"
            ),
            (
                "CREATE OR REPLACE ENDPOINT e (a VARCHAR, \"from\" DATE DEFAULT DATE '2026-01-01') AS SELECT :a, :from;",
                "CREATE OR REPLACE ENDPOINT e (a VARCHAR, \"from\" DATE DEFAULT DATE '2026-01-01') AS SELECT :a, :from"
            ),
            (
                "CREATE ENDPOINT IF NOT EXISTS e AS VALUES (1)",
                "CREATE ENDPOINT IF NOT EXISTS e AS VALUES (1)"
            ),
            ("DROP ENDPOINT IF EXISTS e", "DROP ENDPOINT IF EXISTS e"),
            ("SHOW ENDPOINTS", "SHOW ENDPOINTS"),
            ("INSERT INTO t (a, b) VALUES (1, ?)", "INSERT INTO t (a, b) VALUES (1, $1)"),
            ("SET a = 1; SET b = 'x'; SELECT 1", "SET a = 1; SET b = 'x'; SELECT 1"),
            ("-- c\nSELECT /* a /* b */ c */ 1 -- end", "SELECT 1"),
            (
                "CREATE TABLE IF NOT EXISTS t (a VARCHAR NOT NULL, b INT DEFAULT -1 NOT NULL, c NUMERIC(18,2), "
                    + "d VARCHAR ARRAY, e TIMESTAMP(6), f JSON, UNIQUE (a), PRIMARY KEY (a, b) VERSION BY e) "
                    + "TIMESTAMP (e) PARTITION BY DAY CLUSTER BY (a, b) LOOKUP (b) TTL 400 DAYS "
                    + "WITH (unknown_fields = 'reject', rows = 5);",
                "CREATE TABLE IF NOT EXISTS t (a VARCHAR NOT NULL, b BIGINT NOT NULL DEFAULT -1, "
                    + "c DECIMAL(18, 2), d VARCHAR ARRAY, e TIMESTAMP, f JSON, UNIQUE (a), "
                    + "PRIMARY KEY (a, b) VERSION BY e) TIMESTAMP (e) PARTITION BY DAY CLUSTER BY (a, b) "
                    + "LOOKUP (b) TTL 400 DAYS WITH (unknown_fields = 'reject', rows = 5)"
            ),
            (
                "CREATE TABLE t (a DOUBLE PRECISION, b BOOL, c DATE)",
                "CREATE TABLE t (a DOUBLE, b BOOLEAN, c DATE)"
            ),
        ])
    func statement(sql: String, printed: String) throws {
        let text = SyntaxPrinter.text(of: try Parser.parse(sql))
        #expect(text == printed)
        #expect(SyntaxPrinter.text(of: try Parser.parse(text)) == text)
    }

    @Test("A node's range is the bytes it was read from, parentheses included")
    func ranges() throws {
        let sql = "SELECT (a + 1) * 2, 'x' FROM t"
        let script = try Parser.parse(sql)
        guard case .query(let query) = script.statement, case .select(let select) = query.body,
            case .expression(let first, _) = select.items[0],
            case .binary(_, let left, _) = first.kind
        else { throw QueryError(.syntax, "another shape") }
        #expect(first.range == SourceRange(7, 18))
        #expect(left.range == SourceRange(7, 14))
        #expect(query.range == SourceRange(0, sql.utf8.count))
    }

    @Test("Parameters are collected in order of appearance")
    func parameters() throws {
        let script = try Parser.parse("SELECT ?, :a, $7, ?")
        #expect(script.parameters.map(\.key) == [.index(0), .name("a"), .index(6), .index(1)])
    }
}
