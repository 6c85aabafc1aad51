import Query
import Testing

@Suite struct SQLExcerptTests {
    @Test("An excerpt names line and column in characters, and marks the bytes")
    func secondLine() {
        let sql = "SELECT 1\r\nFROM paymnts\r\nWHERE x"
        let excerpt = SQLExcerpt(of: SourceRange(15, 22), in: sql)
        #expect(excerpt.line == 2)
        #expect(excerpt.column == 6)
        #expect(excerpt.endLine == 2)
        #expect(excerpt.endColumn == 12)
        #expect(excerpt.excerpt == "FROM paymnts")
        #expect(excerpt.caret == "     ^^^^^^^")
        #expect(excerpt.description == "line 2, column 6\n  FROM paymnts\n       ^^^^^^^")
    }

    @Test("Wide characters count once as columns and take two places in the caret line")
    func wideCharacters() {
        let sql = "SELECT '주문', x"
        let start = sql.utf8.count - 1
        let excerpt = SQLExcerpt(of: SourceRange(start, start + 1), in: sql)
        #expect(excerpt.column == 14)
        #expect(excerpt.caret == String(repeating: " ", count: 15) + "^")
    }

    @Test("Tabs stay tabs, so that the caret stays below")
    func tabs() {
        let excerpt = SQLExcerpt(of: SourceRange(1, 2), in: "\tx")
        #expect(excerpt.caret == "\t^")
    }

    @Test("The end of the text has a place, and an empty text too")
    func end() {
        let excerpt = SQLExcerpt(of: SourceRange(7, 7), in: "SELECT ")
        #expect(excerpt.column == 8)
        #expect(excerpt.caret == "       ^")
        #expect(SQLExcerpt(of: SourceRange(0, 0), in: "").column == 1)
        #expect(SQLExcerpt(of: SourceRange(90, 99), in: "ab\n").line == 2)
    }

    @Test("A long line is cut to the neighbourhood of the place")
    func longLine() {
        let sql = String(repeating: "a", count: 500) + "X" + String(repeating: "b", count: 500)
        let excerpt = SQLExcerpt(of: SourceRange(500, 501), in: sql)
        #expect(excerpt.column == 501)
        #expect(excerpt.excerpt.count <= 102)
        let mark = excerpt.caret.distance(
            from: excerpt.caret.startIndex,
            to: excerpt.caret.firstIndex(of: "^") ?? excerpt.caret.endIndex)
        #expect(Array(excerpt.excerpt)[mark] == "X")
    }

    @Test("A range over several lines is marked to the end of its first")
    func severalLines() {
        let excerpt = SQLExcerpt(of: SourceRange(7, 12), in: "SELECT a +\nb")
        #expect(excerpt.caret == "       ^^^")
        #expect(excerpt.endLine == 2)
        #expect(excerpt.endColumn == 1)
    }
}
