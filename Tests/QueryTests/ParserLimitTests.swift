import Testing

@testable import Query

/// Statements built to be costly are refused by a named limit, at a place, without a trap.
@Suite struct ParserLimitTests {
    private func code(_ sql: String) -> QueryError.Code? {
        do {
            _ = try Parser.parse(sql)
            return nil
        } catch { return error.code }
    }

    private func repeated(_ text: String, _ count: Int) -> String {
        String(repeating: text, count: count)
    }

    @Test(
        "Nesting is fine to depth 100 and refused beyond",
        arguments: [
            ("(", "1", ")"), ("NOT ", "TRUE", ""), ("- ", "a", ""), ("ABS(", "1", ")"),
            ("CASE WHEN ", "TRUE", " THEN 1 END"), ("CAST(", "1", " AS BIGINT)"),
            ("a IN (", "1", ")"),
            ("1 + (", "2", ")"), ("ARRAY[", "1", "]"),
        ])
    func nesting(open: String, core: String, close: String) {
        #expect(code("SELECT " + repeated(open, 100) + core + repeated(close, 100)) == nil)
        #expect(code("SELECT " + repeated(open, 101) + core + repeated(close, 101)) == .limit)
        #expect(code("SELECT " + repeated(open, 5_000) + core + repeated(close, 5_000)) == .limit)
        #expect(code("SELECT " + repeated(open, 5_000)) == .limit)
    }

    @Test("Queries nest to the same depth")
    func derivedTables() {
        let open = "SELECT * FROM ("
        #expect(code(repeated(open, 99) + "SELECT 1" + repeated(")", 99)) == nil)
        #expect(code(repeated(open, 3_000)) == .limit)
        #expect(code(repeated("(", 60_000)) == .limit)
        let inside = "SELECT (", core = "SELECT 1"
        #expect(code(repeated(inside, 100) + core + repeated(")", 100)) == nil)
        #expect(code(repeated(inside, 101) + core + repeated(")", 101)) == .limit)
        #expect(code(repeated("SELECT EXISTS (", 3_000)) == .limit)
        #expect(code(repeated("SELECT a IN (", 3_000)) == .limit)
        #expect(code(repeated("WITH a AS (", 3_000)) == .limit)
        #expect(code("SELECT 1 FROM " + repeated("(", 3_000)) == .limit)
    }

    @Test("A statement reads 100 tables, and a path has 32 names")
    func tables() {
        #expect(code("SELECT 1 FROM t" + repeated(", t", 99)) == nil)
        #expect(code("SELECT 1 FROM t" + repeated(", t", 100)) == .limit)
        #expect(code("SELECT 1 FROM t" + repeated(" JOIN t ON a", 100)) == .limit)
        #expect(code("SELECT a" + repeated(".a", 31)) == nil)
        #expect(code("SELECT a" + repeated(".a", 32)) == .limit)
    }

    @Test("A chain of ORs may be long, a chain of other operators 1,000 high")
    func chains() {
        #expect(code("SELECT a=1" + repeated(" OR a=1", 3_000)) == nil)
        #expect(code("SELECT a=1" + repeated(" OR a=1", 4_000)) == .limit)
        #expect(code("SELECT 1" + repeated("+1", 999)) == nil)
        #expect(code("SELECT 1" + repeated("+1", 1_000)) == .limit)
        #expect(code("SELECT 1" + repeated("::INT", 1_000)) == .limit)
    }

    @Test("A hundred queries may be put together in a row")
    func sets() {
        #expect(code("SELECT 1" + repeated(" UNION SELECT 1", 99)) == nil)
        #expect(code("SELECT 1" + repeated(" UNION SELECT 1", 100)) == .limit)
        #expect(code("SELECT 1" + repeated(" INTERSECT SELECT 1", 4_000)) == .limit)
        #expect(code("SELECT " + repeated("SUM(", 3_000)) == .limit)
        #expect(code("SELECT 1 GROUP BY " + repeated("GROUPING SETS (", 3_000)) == .limit)
    }

    @Test("An IN list takes 10,000 elements")
    func inLists() {
        #expect(code("SELECT a IN (-1" + repeated(",-1", 9_999) + ")") == nil)
        #expect(code("SELECT a IN (1" + repeated(",1", 10_000) + ")") == .limit)
    }

    @Test("A statement takes 64 KiB and a name 256 bytes")
    func sizes() {
        #expect(code("SELECT 1" + repeated(" ", 65_528)) == nil)
        #expect(code("SELECT 1" + repeated(" ", 65_529)) == .limit)
        #expect(code("SELECT " + repeated("a", 256)) == nil)
        #expect(code("SELECT " + repeated("a", 257)) == .limit)
        #expect(code("SELECT 1" + repeated(",1", 2_000)) == .limit)
    }
}
