import Segments
import TestSupport
import Testing

@testable import Query

/// What is known before the first row.
@Suite struct BinderConstantTests {
    @Test(
        "Constants are computed while binding",
        arguments: [
            ("1 + 2 * 3", "7"), ("7 / 2", "3"), ("-7 / 2", "-3"), ("-7 % 2", "-1"),
            ("1.5 + 1", "2.5"),
            ("1.5 * 1.5", "2.25"), ("1 / 0", "divide(1, 0)"),
            ("9223372036854775807 + 1", "add(9223372036854775807, 1)"), ("-(5)", "-5"),
            ("1 + NULL", "NULL"), ("NULL = NULL", "NULL"), ("NULL IS DISTINCT FROM NULL", "FALSE"),
            ("1 IS DISTINCT FROM NULL", "TRUE"), ("1 = 1.0", "TRUE"), ("'a' < 'b'", "TRUE"),
            ("'5' < 10", "TRUE"), ("1 IN (1, NULL)", "TRUE"), ("2 IN (1, NULL)", "NULL"),
            ("2 NOT IN (1)", "TRUE"), ("NULL IN (1)", "NULL"), ("2 BETWEEN 1 AND 3", "TRUE"),
            ("TRUE AND NULL", "NULL"), ("FALSE AND NULL", "FALSE"), ("TRUE OR NULL", "TRUE"),
            ("NOT NULL", "NULL"), ("NOT TRUE", "FALSE"), ("NULL IS NULL", "TRUE"),
            ("1 IS NOT NULL", "TRUE"),
            ("TRUE IS NOT FALSE", "TRUE"), ("NULL IS TRUE", "FALSE"), ("NULL IS UNKNOWN", "TRUE"),
            ("'a' || 1 || TRUE", "'a1true'"), ("'a' || NULL", "NULL"), ("UPPER('abc')", "'ABC'"),
            ("LENGTH('주문')", "2"), ("COALESCE(NULL, 2, 3)", "2"), ("NULLIF(1, 1)", "NULL"),
            ("CASE WHEN 1 = 2 THEN 'a' WHEN 1 = 1 THEN 'b' END", "'b'"),
            ("CASE 1 WHEN 2 THEN 3 END", "NULL"),
            ("CAST('12' AS BIGINT)", "12"), ("CAST(1.5 AS BIGINT)", "2"),
            ("CAST(-1.5 AS BIGINT)", "-2"),
            ("CAST('1.005' AS DECIMAL(18,2))", "1.01"), ("CAST(1 AS VARCHAR)", "'1'"),
            ("CAST('2026-01-01 10:00:00' AS DATE)", "DATE '2026-01-01'"),
            ("CAST('t' AS BOOLEAN)", "TRUE"), ("CAST(NULL AS BIGINT)", "NULL"),
            ("DATE '2026-01-31' + INTERVAL '1' MONTH", "DATE '2026-02-28'"),
            (
                "TIMESTAMP '2026-03-31 12:00:00' - INTERVAL '1' MONTH",
                "TIMESTAMP '2026-02-28T12:00:00.000Z'"
            ),
            (
                "TIME_FLOOR(TIMESTAMP '2026-11-21 13:52:34', 'P1W')",
                "TIMESTAMP '2026-11-16T00:00:00.000Z'"
            ),
            (
                "TIME_FLOOR(TIMESTAMP '2026-11-21 13:52:34', 'PT15M')",
                "TIMESTAMP '2026-11-21T13:45:00.000Z'"
            ),
            (
                "TIME_FLOOR(TIMESTAMP '1969-11-21 13:52:34', 'P3M')",
                "TIMESTAMP '1969-10-01T00:00:00.000Z'"
            ),
            ("DATE_TRUNC('decade', DATE '1969-01-01')", "TIMESTAMP '1960-01-01T00:00:00.000Z'"),
            ("TIME_SHIFT(DATE '2024-02-29', 'P1Y', 1)", "TIMESTAMP '2025-02-28T00:00:00.000Z'"),
            ("TIME_PARSE('nonsense')", "NULL"),
            ("MILLIS_TO_TIMESTAMP(1000)", "TIMESTAMP '1970-01-01T00:00:01.000Z'"),
            ("CURRENT_DATE", "DATE '2026-11-18'"), ("1 = '1.0'", "TRUE"),
            ("1.005 > '1.004'", "TRUE"),
            ("DATE '2026-01-01' < '2026-01-01 12:00:00'", "TRUE"), ("SAFE_DIVIDE(1, 0)", "NULL"),
            ("FLOOR(5)", "5"), ("ROUND(5, 2)", "5"), ("GREATEST(1, NULL)", "1"),
            ("1e300 * 1e10", "multiply(1e+300, 10000000000.0e0)"), ("ARRAY[1, 2]", "ARRAY[1, 2]"),
        ])
    func folded(sql: String, expected: String) throws {
        let query = try BinderFixture.query("SELECT " + sql)
        #expect(PlanPrinter.lines(of: query.plan).first == "project " + expected)
    }

    @Test(
        "An ISO 8601 period is a step of months or of fixed length, never both",
        arguments: [
            ("PT1S", 0, 1_000_000), ("PT15M", 0, 900_000_000), ("PT6H", 0, 21_600_000_000),
            ("P1D", 0, 86_400_000_000), ("P1W", 0, 604_800_000_000), ("P1M", 1, 0), ("P3M", 3, 0),
            ("P1Y", 12, 0), ("P1Y6M", 18, 0), ("P1DT12H", 0, 129_600_000_000),
        ])
    func periods(text: String, months: Int, microseconds: Int64) {
        let step = TimeStep(isoPeriod: text)
        #expect(step?.months == months)
        #expect(step?.microseconds == microseconds)
    }

    @Test(
        "Another text is no period",
        arguments: [
            "", "P", "PT", "1D", "P1", "PD", "P1H", "PT1D", "P0D", "P1M1D", "P9999999D", "P-1D",
            "p1d", "P1DT",
            "PT1HT1M", "P1.5D",
        ])
    func refusedPeriods(text: String) {
        #expect(TimeStep(isoPeriod: text) == nil)
    }

    @Test(
        "A LIKE pattern is taken apart",
        arguments: [
            ("a%", nil, [.literal("a"), .anyRun]),
            ("%%_a", nil, [.anyRun, .anyCharacter, .literal("a")]),
            ("a!%b", "!", [.literal("a%b")]), ("!!", "!", [.literal("!")]), ("", nil, []),
        ] as [(Text, Unicode.Scalar?, [LikePattern.Piece])])
    func patterns(text: Text, escape: Unicode.Scalar?, pieces: [LikePattern.Piece]) {
        #expect(LikePattern(text, escape: escape, ignoresCase: false)?.pieces == pieces)
    }

    @Test("A pattern that escapes nothing is refused", arguments: ["a!", "!a"] as [Text])
    func refusedPatterns(text: Text) {
        #expect(LikePattern(text, escape: "!", ignoresCase: false) == nil)
    }
}
