import Testing

@testable import Query

/// A small seeded generator (SplitMix64), so that a failure can be run again.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}

/// Texts of no sense: the parser ends, traps never, and points into the text.
@Suite struct ParserFuzzTests {
    static let seeds: [UInt64] = [1, 2, 3, 4]

    static let statements = [
        "SELECT a, COUNT(*) FILTER (WHERE b > 1) AS n FROM druid.t AS x WHERE a IN (1, 2.5, 'x''y') "
            + "AND b NOT BETWEEN -1 AND +2 OR c IS NOT DISTINCT FROM NULL GROUP BY 1 HAVING n > 1 "
            + "ORDER BY 2 DESC NULLS LAST LIMIT 10 OFFSET ?",
        "SELECT CASE x WHEN 1 THEN 'a' ELSE CAST(y AS DECIMAL(18,2)) END, EXTRACT(DAY FROM t), "
            + "FLOOR(t TO HOUR), TRIM(BOTH 'x' FROM y), SUBSTRING(a FROM 1 FOR 2), t + INTERVAL '1' DAY, "
            + "ARRAY[1, 2], x::BIGINT, TIMESTAMP '2026-01-01' FROM (SELECT * FROM t) d",
        "CREATE TABLE IF NOT EXISTS t (a VARCHAR NOT NULL DEFAULT 'x', d VARCHAR ARRAY, UNIQUE (a)) "
            + "TIMESTAMP (a) PARTITION BY DAY CLUSTER BY (a) LOOKUP (d) TTL 4 DAYS WITH (k = 'v')",
        "ALTER TABLE t ADD COLUMN a INT DEFAULT 1, DROP b, RENAME COLUMN c TO d, ALTER e TYPE BIGINT, "
            + "SET (k = 'v'), CLUSTER BY (a), ADD LOOKUP (a), DROP TTL",
        "CREATE OR REPLACE VIEW v AS SELECT a FROM t", "SHOW CREATE VIEW v",
        "SET a = 1; INSERT INTO t (a, b) VALUES (1, :x), (-2.5e3, $1);",
        "EXPLAIN PLAN FOR VALUES (1, '한글'), (2, \"a\"\"b\")", "SHOW COLUMNS FROM t -- c",
    ]

    static let pieces: [String] =
        Keyword.allCases.map(\.rawValue) + [
            "a", "t", "\"q\"", "'s'", "1", "2.5", "1e3", "?", ":p", "$1", "(", ")", "[", "]", ",",
            ".", ";",
            "+", "-", "*", "/", "%", "=", "<>", "<", ">=", "||", "::", "BIGINT", "DAY", "--\n",
            "/* */", "'",
            "\"", "/*", "한", "\u{0}", "#",
        ]

    private func check(_ sql: String, seed: UInt64) {
        let byteCount = sql.utf8.count
        do {
            let text = SyntaxPrinter.text(of: try Parser.parse(sql))
            #expect(throws: Never.self, "seed \(seed): \(sql)") { try Parser.parse(text) }
        } catch {
            guard let range = error.range else {
                #expect(error.code == .limit, "seed \(seed): \(sql)")
                return
            }
            #expect(range.lowerBound >= 0 && range.upperBound <= byteCount, "seed \(seed): \(sql)")
            #expect(!SQLExcerpt(of: range, in: sql).caret.isEmpty)
        }
    }

    @Test("Random tokens are read or refused at a place inside the text", arguments: seeds)
    func tokenSoup(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        for _ in 0..<2_000 {
            let count = Int.random(in: 1...40, using: &random)
            let words = (0..<count).map { _ in Self.pieces.randomElement(using: &random) ?? "" }
            check(
                (Bool.random(using: &random) ? "SELECT " : "") + words.joined(separator: " "),
                seed: seed)
        }
    }

    @Test("Mutated statements are read or refused at a place inside the text", arguments: seeds)
    func mutations(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        for _ in 0..<2_000 {
            var text = Array((Self.statements.randomElement(using: &random) ?? "").unicodeScalars)
            for _ in 0..<Int.random(in: 1...4, using: &random) where !text.isEmpty {
                let place = Int.random(in: 0..<text.count, using: &random)
                switch Int.random(in: 0..<4, using: &random) {
                case 0: text.remove(at: place)
                case 1: text.removeSubrange(place..<min(text.count, place + 5))
                case 2:
                    text.insert(
                        contentsOf: Array(
                            " \(Self.pieces.randomElement(using: &random) ?? "") ".unicodeScalars),
                        at: place)
                default: text.swapAt(place, Int.random(in: 0..<text.count, using: &random))
                }
            }
            var sql = ""
            sql.unicodeScalars.append(contentsOf: text)
            check(sql, seed: seed)
        }
    }

    @Test("Every prefix of a statement is read or refused")
    func prefixes() {
        for statement in Self.statements {
            for count in 0...statement.count { check(String(statement.prefix(count)), seed: 0) }
        }
    }
}
