import TestSupport
import Testing

@testable import Query

/// What people mistype, and what they are told: where it is, and how it is meant.
@Suite struct TypingErrorTests {
    struct Slip: CustomTestStringConvertible, Sendable {
        var kind: String
        var sql: String
        var place: String
        var hint: String
        var testDescription: String { kind }

        init(_ kind: String, _ sql: String, _ place: String, hint: String) {
            (self.kind, self.sql, self.place, self.hint) = (kind, sql, place, hint)
        }
    }

    static let slips: [Slip] = [
        Slip(
            "a keyword", "SELECT method\nFROM payments\nWHRE amount > 10",
            "line 3, column 1\n  WHRE amount > 10\n  ^^^^", hint: "did you mean WHERE?"),
        Slip(
            "a table", "SELECT COUNT(*)\nFROM paymnets",
            "line 2, column 6\n  FROM paymnets\n       ^^^^^^^^",
            hint: "did you mean payments?"),
        Slip(
            "a column", "SELECT merchnt_id\nFROM payments",
            "line 1, column 8\n  SELECT merchnt_id\n         ^^^^^^^^^^",
            hint: "did you mean merchant_id?"),
        Slip(
            "a function", "SELECT CUONT(*) FROM payments",
            "line 1, column 8\n  SELECT CUONT(*) FROM payments\n         ^^^^^",
            hint: "did you mean COUNT?"),
        Slip(
            "a comma that is missing", "SELECT method status amount FROM payments",
            "line 1, column 22\n  SELECT method status amount FROM payments\n                       ^^^^^^",
            hint: "is a comma or an operator missing before it?"),
        Slip(
            "a comma too many", "SELECT method, status, FROM payments",
            "line 1, column 24\n  SELECT method, status, FROM payments\n                         ^^^^",
            hint: "remove the comma before FROM, or quote the word if it is a name: \"FROM\""),
        Slip(
            "double quotes around a string", "SELECT 1 FROM payments WHERE method = \"CARD\"",
            "line 1, column 39\n  SELECT 1 FROM payments WHERE method = \"CARD\"\n"
                + "                                        ^^^^^^",
            hint: "double quotes are for names: if it is a string, write 'CARD'"),
        Slip(
            "single quotes around a name", "SELECT method FROM 'payments'",
            "line 1, column 20\n  SELECT method FROM 'payments'\n                     ^^^^^^^^^^",
            hint: "names take double quotes, strings single ones"),
        Slip(
            "an operator of another language", "SELECT 1 FROM payments WHERE amount == 5",
            "line 1, column 37\n  SELECT 1 FROM payments WHERE amount == 5\n"
                + "                                      ^^",
            hint: "write = to compare"),
        Slip(
            "LIMIT before ORDER BY", "SELECT method FROM payments\nLIMIT 5\nORDER BY amount",
            "line 3, column 1\n  ORDER BY amount\n  ^^^^^",
            hint: "ORDER BY comes before LIMIT and OFFSET"),
        Slip(
            "WHERE behind GROUP BY",
            "SELECT method FROM payments\nGROUP BY method WHERE amount > 1",
            "line 2, column 17\n  GROUP BY method WHERE amount > 1\n                  ^^^^^",
            hint: "WHERE comes before GROUP BY, HAVING and ORDER BY"),
        Slip(
            "a column that is not grouped by",
            "SELECT method, status, SUM(amount)\nFROM payments\nGROUP BY method",
            "line 1, column 16\n  SELECT method, status, SUM(amount)\n                 ^^^^^^",
            hint: "add status to GROUP BY, or write ANY_VALUE(status)"),
        Slip(
            "a parenthesis that is not closed", "SELECT SUM(amount\nFROM payments",
            "line 2, column 1\n  FROM payments\n  ^^^^",
            hint: "\"(\" of line 1, column 11 is not closed"),
        Slip(
            "a parenthesis too many", "SELECT SUM(amount))\nFROM payments",
            "line 1, column 19\n  SELECT SUM(amount))\n                    ^",
            hint: "it closes nothing: remove it"),
        Slip(
            "a reserved word as a name", "SELECT order FROM payments",
            "line 1, column 8\n  SELECT order FROM payments\n         ^^^^^",
            hint: "if order is a name, write it in double quotes: \"order\""),
        Slip(
            "a reserved word as an alias",
            "SELECT SUM(amount) from_all, COUNT(*) all FROM payments",
            "line 1, column 39\n  SELECT SUM(amount) from_all, COUNT(*) all FROM payments\n"
                + "                                        ^^^",
            hint: "if all is an alias, write AS before it"),
        Slip(
            "an alias in WHERE", "SELECT amount * 2 AS twice FROM payments WHERE twice > 5",
            "line 1, column 48\n  SELECT amount * 2 AS twice FROM payments WHERE twice > 5\n"
                + "                                                 ^^^^^",
            hint: "an alias has no meaning in WHERE: repeat its expression"),
        Slip(
            "an aggregate in WHERE", "SELECT method FROM payments WHERE SUM(amount) > 5 GROUP BY 1",
            "line 1, column 35\n  SELECT method FROM payments WHERE SUM(amount) > 5 GROUP BY 1\n"
                + "                                    ^^^",
            hint: "conditions on aggregates stand in HAVING"),
    ]

    @Test("A typical slip is told with line, column, excerpt and the way out", arguments: slips)
    func told(_ slip: Slip) throws {
        let error = #expect(throws: QueryError.self) { try BinderFixture.bind(slip.sql) }
        let range = try #require(error?.range)
        #expect(SQLExcerpt(of: range, in: slip.sql).description == slip.place)
        #expect(error?.hint == slip.hint)
    }
}
