import Ingest
import Segments
import Testing

@testable import Server

@Suite struct ConsoleTests {
    /// What a printer writes for two columns and some rows.
    private func printed(_ format: OutputFormat, _ rows: [[JSONValue]]) -> String {
        var text = ""
        var printer = RowPrinter(format) { text += $0 }
        printer.begin(names: ["name", "amount"], types: ["VARCHAR", "BIGINT"])
        for row in rows { printer.append(row) }
        printer.end()
        return text
    }

    private let rows: [[JSONValue]] = [
        [.string("서울, \"A\""), .number("-12")], [.null, .number("9223372036854775807")],
        [.string(""), .null], [.string("a\tb|c\nd"), .array([.number("1"), .null])],
    ]

    @Test("Each format writes texts, numbers, NULL and nested values in its own way")
    func formats() {
        #expect(
            printed(.csv, rows) == """
                name,amount\r
                "서울, ""A""\",-12\r
                ,9223372036854775807\r
                "",\r
                "a\tb|c\nd","[1,null]"\r

                """)
        #expect(
            printed(.tsv, rows) == """
                name\tamount
                서울, "A"\t-12
                \\N\t9223372036854775807
                \t\\N
                a\\tb|c\\nd\t[1,null]

                """)
        #expect(
            printed(.ndjson, rows) == """
                {"name":"서울, \\"A\\"","amount":-12}
                {"name":null,"amount":9223372036854775807}
                {"name":"","amount":null}
                {"name":"a\\tb|c\\nd","amount":[1,null]}

                """)
        #expect(
            printed(.json, Array(rows[1...2])) == """
                [
                 {"name":null,"amount":9223372036854775807},
                 {"name":"","amount":null}
                ]

                """)
        #expect(
            printed(.markdown, rows) == """
                | name | amount |
                | --- | ---: |
                | 서울, "A" | -12 |
                |  | 9223372036854775807 |
                |  |  |
                | a\tb\\|c d | [1,null] |

                """)
        #expect(
            printed(.vertical, [rows[0]]) == """
                -- row 1 --
                  name: 서울, "A"
                amount: -12

                """)
    }

    @Test("No rows still have their header, and JSON its brackets")
    func noRows() {
        #expect(printed(.csv, []) == "name,amount\r\n")
        #expect(printed(.json, []) == "[]\n")
        #expect(printed(.ndjson, []).isEmpty)
    }

    @Test("Boxes are as wide as their widest cell, whatever the width of its letters")
    func boxes() {
        let text = printed(.table, [[.string("서울"), .number("1")], [.null, .number("-120000")]])
        #expect(
            text == """
                ┌─────────┬─────────┐
                │ name    │  amount │
                │ VARCHAR │  BIGINT │
                ├─────────┼─────────┤
                │ 서울    │       1 │
                │ NULL    │ -120000 │
                └─────────┴─────────┘

                """)
        let widths = text.split(separator: "\n").map { ResultTable.width(String($0)) }
        #expect(Set(widths).count == 1)
    }

    @Test("Long cells are cut and control characters never reach the terminal")
    func cutCells() {
        let long = String(repeating: "가", count: 200)
        let text = printed(.table, [[.string(.init(long)), .number("1")]])
        #expect(text.split(separator: "\n").allSatisfy { ResultTable.width(String($0)) < 90 })
        let escape = printed(.table, [[.string("\u{1B}[2Jx\u{7}"), .number("1")]])
        #expect(!escape.unicodeScalars.contains { $0.value < 0x20 && $0 != "\n" })
    }

    @Test("A result that comes in any pieces is the same result")
    func resultPieces() {
        let body = Array(
            "[\"a\",\"b\"]\n[\"VARCHAR\",\"BIGINT\"]\n[\"x\",1]\n[null,2]\n\n".utf8)
        for size in 1...body.count {
            var text = ""
            var printer = RowPrinter(.csv) { text += $0 }
            var stream = ResultStream()
            for start in stride(from: 0, to: body.count, by: size) {
                stream.append(body[start..<min(start + size, body.count)], to: &printer)
            }
            stream.finish(&printer)
            #expect(text == "a,b\r\nx,1\r\n,2\r\n")
            #expect(stream.fault == nil && stream.problem.isEmpty && printer.rowCount == 2)
        }
    }

    @Test("A problem is kept whole, an empty list prints nothing, nonsense is told")
    func otherAnswers() {
        func read(_ body: String) -> (text: String, stream: ResultStream) {
            var text = ""
            var printer = RowPrinter(.table) { text += $0 }
            var stream = ResultStream()
            stream.append(Array(body.utf8)[...], to: &printer)
            stream.finish(&printer)
            return (text, stream)
        }
        #expect(read("{\"code\":\"x\"}\n").stream.problem == Array("{\"code\":\"x\"}\n".utf8))
        #expect(read("[]\n").text.isEmpty && read("[]\n").stream.fault == nil)
        #expect(read("[\"a\"]\n[\"BIGINT\"]\n[1,2]\n").stream.fault != nil)
        #expect(read("[\"a\"]\n[]\n").stream.fault != nil)
        #expect(read("[\"a\"\n").stream.fault != nil)
        #expect(read("[\"a\"]\n[\"BIGINT\"]\n[1]\n").stream.fault != nil)
        #expect(read("").stream.fault != nil)
    }

    @Test("The footer says rows, time and segments, as far as they are known")
    func footer() {
        let statistics = ResultFooter(
            "rows=12;rows_read=9;segments=120;segments_pruned=117;elapsed_us=8449")
        #expect(
            statistics.text(rowCount: 12, elapsedMicroseconds: 1)
                == "12 rows · 8.4 ms · scanned 3 of 120 segments")
        #expect(ResultFooter("").text(rowCount: 1, elapsedMicroseconds: 950) == "1 row · 1.0 ms")
        #expect(ResultFooter.grouped(-1_234_567) == "-1,234,567")
        #expect(ResultFooter.grouped(0) == "0" && ResultFooter.grouped(100) == "100")
    }

    @Test(
        "Statements end at semicolons outside of quotes and comments",
        arguments: [
            ("SELECT 1; SELECT 2", ["SELECT 1", "SELECT 2"]),
            ("SELECT ';', \"a;b\";", ["SELECT ';', \"a;b\""]),
            ("SELECT 'it''s; fine';;", ["SELECT 'it''s; fine'"]),
            ("SELECT 1 -- no; end\n+ 1;x", ["SELECT 1 -- no; end\n+ 1", "x"]),
            ("SELECT /* ; */ 1; /* ; ", ["SELECT /* ; */ 1", "/* ; "]), (" ; \n ;", []),
            ("SELECT 2 /*/; still a comment */ - 1;", ["SELECT 2 /*/; still a comment */ - 1"]),
        ])
    func statements(text: String, expected: [String]) {
        var whole = StatementReader()
        var found = whole.append(text)
        if let last = whole.finish() { found.append(last) }
        #expect(found == expected)
        var pieces = StatementReader()
        found = text.flatMap { pieces.append(String($0)) }
        if let last = pieces.finish() { found.append(last) }
        #expect(found == expected)
    }

    @Test("Lines are cut into batches by count and by bytes, and every byte is kept once")
    func batches() {
        let text = (1...25).map { "line \($0)" }.joined(separator: "\n")
        for (lineLimit, byteLimit) in [(7, 1_000), (100, 40), (1, 1), (100, 10_000)] {
            for size in [1, 3, 64, 1_000] {
                var batcher = LineBatcher(lineLimit: lineLimit, byteLimit: byteLimit)
                var batches: [LineBatch] = []
                let bytes = Array(text.utf8)
                for start in stride(from: 0, to: bytes.count, by: size) {
                    batcher.append(Array(bytes[start..<min(start + size, bytes.count)]))
                    while let batch = batcher.next() { batches.append(batch) }
                }
                while let batch = batcher.next(isAtEnd: true) { batches.append(batch) }
                #expect(batches.flatMap(\.bytes) == bytes)
                #expect(batches.reduce(0) { $0 + $1.lineCount } == 25)
                #expect(batches.allSatisfy { $0.lineCount <= lineLimit })
                #expect(batches.dropLast().allSatisfy { $0.bytes.last == UInt8(ascii: "\n") })
                var lines = 0
                for batch in batches {
                    #expect(batch.firstLine == lines)
                    lines += batch.lineCount
                }
            }
        }
    }

    @Test("A file's compression follows from its name, and damage is told")
    func compression() throws {
        #expect(FileCompression(fileName: "a.ndjson.zst") == .zstd)
        #expect(FileCompression(fileName: "a.gz") == .gzip)
        #expect(FileCompression(fileName: "a.lz4") == .lz4)
        #expect(FileCompression(fileName: "a.ndjson") == nil)
        for compression in FileCompression.allCases {
            #expect(throws: CommandError.self) {
                _ = try compression.decoded(Array("no such thing".utf8))
            }
        }
    }
}
