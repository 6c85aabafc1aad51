import Testing

/// The lexer and the rules about pages, on small texts.
@Suite("Files are read as they are meant")
struct TextRuleTests {
    @Test(
        "Comments and string literals are not code",
        arguments: [
            ("a // b", ["a"]),
            ("a /* b /* c */ d */ e", ["a", "e"]),
            ("\"a\" b", ["\"", "\"", "b"]),
            ("\"a \\\" b\" c", ["\"", "\"", "c"]),
            ("#\"a \" b\"# c", ["#", "\"", "\"", "#", "c"]),
            ("\"\"\"\na \" b\n\"\"\" c", ["\"", "\"", "\"", "\"", "\"", "\"", "c"]),
            ("\"\\(a(\"b\"))\" c", ["\"", "a", "(", "\"", "\"", ")", "\"", "c"]),
            ("\"https://a\" b", ["\"", "\"", "b"]),
            ("#if a\nb", ["#", "if", "a", "b"]),
        ])
    func lexing(_ text: String, _ words: [String]) {
        #expect(SwiftText(path: "A.swift", text: text).tokens.map(\.text) == words)
    }

    @Test("Code, comments and lines keep their numbers")
    func lineNumbers() {
        let file = SwiftText(path: "A.swift", text: "a\n/* b\nc */ d\n\"\"\"\ne\n\"\"\"\nf // g\n")
        #expect(file.tokens.filter { $0.text != "\"" }.map(\.line) == [1, 3, 7])
        #expect(file.comments.count == file.lines.count)
        #expect(file.code.count == file.lines.count)
        #expect(file.comments[6].hasSuffix("// g"))
        #expect(file.literalLines == [4, 5, 6])
    }

    @Test("A link to nothing and a page without a link are found")
    func links() {
        let readme = """
            See [a](docs/a.md#part), [web](https://example.org) and [c](docs/c.md).
            ```
            [not](a/link)
            ```
            """
        let documents = [
            (path: "README.md", text: readme),
            (path: "docs/a.md", text: "[up](../README.md) [d](d/../b.md) [self](a.md)"),
            (path: "docs/b.md", text: "[b](b.md)"),
            (path: "docs/d.md", text: "[d](d.md)"),
        ]
        let paths = Set(documents.map(\.path))
        let broken = documents.flatMap { path, text in
            DocumentRules.brokenLinks(path: path, text: text, exists: paths.contains)
        }
        #expect(broken.map(\.problem) == ["the link docs/c.md leads nowhere"])
        #expect(DocumentRules.unlinkedPages(documents: documents).map(\.path) == ["docs/d.md"])
    }

    @Test("A word that the glossary does not explain is found")
    func glossary() {
        let whole = DocumentRules.vocabulary.map { "**\($0)**" }.joined(separator: "\n")
        #expect(DocumentRules.missingWords(in: whole).isEmpty)
        let lacking = whole.replacing("**zone map**", with: "zone map")
        #expect(DocumentRules.missingWords(in: lacking).count == 1)
    }

    @Test("An error code that no page explains is found")
    func errorCodes() {
        let text =
            "enum Code: String {\n    case syntax = \"sql_syntax\"\n    case limit = \"limit\"\n}"
        func found(path: String) -> [Int] {
            DocumentRules.undocumentedCodes(
                in: SwiftText(path: path, text: text),
                page: "| `sql_syntax` | The text is no SQL. |"
            ).map(\.line)
        }
        #expect(found(path: "Sources/Query/QueryError.swift") == [3])
        #expect(found(path: "Sources/Query/Query.swift") == [])
    }
}
