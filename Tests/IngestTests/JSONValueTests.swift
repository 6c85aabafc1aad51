import Ingest
import Segments
import Testing

@Suite("JSON values")
struct JSONValueTests {
    private func parse(_ text: String) throws(JSONValue.SyntaxError) -> JSONValue {
        try JSONValue(parsing: Array(text.utf8))
    }

    @Test("A document becomes the tree that it is")
    func trees() throws {
        let value = try parse(
            #" {"query":"SELECT \"a\"\u0041","n":[1,-2.50e3,true,false,null,[],{}],"o":{"k":""}} "#)
        #expect(value["query"]?.string == "SELECT \"a\"A")
        #expect(
            value["n"]?.elements == [
                .number("1"), .number("-2.50e3"), .boolean(true), .boolean(false), .null,
                .array([]), .object([]),
            ])
        #expect(value["o"]?["k"]?.string == "")
        #expect(value["none"] == nil)
        #expect(try parse("12").integer == 12)
    }

    @Test(
        "What is no JSON is refused with its place",
        arguments: [
            ("", 0), ("{", 1), ("[1,]", 3), ("[1 2]", 3), ("{\"a\":1,}", 7), ("{\"a\" 1}", 5),
            ("{a:1}", 1), ("01", 0), ("1 2", 2), ("\"\u{1}\"", 1), ("tru", 0), ("nul", 0),
            ("[\"a\", ", 6), ("{\"a\":1,\"a\":2}", 8), ("\u{feff}1", 0),
        ])
    func refusals(text: String, byteOffset: Int) {
        do throws(JSONValue.SyntaxError) {
            _ = try parse(text)
            Issue.record("accepted \(text)")
        } catch {
            #expect(abs(error.byteOffset - byteOffset) <= 1, "\(text): \(error)")
        }
    }

    @Test("A long list of small objects is fine; one object of very many keys is not")
    func keys() throws {
        let list =
            "[" + Array(repeating: "{\"a\":1,\"b\":2}", count: 2_000).joined(separator: ",") + "]"
        #expect(try parse(list).elements?.count == 2_000)
        let object = "{" + (0..<2_000).map { "\"k\($0)\":1" }.joined(separator: ",") + "}"
        #expect(throws: JSONValue.SyntaxError.self) { try self.parse(object) }
    }

    @Test("Nesting is bounded")
    func depth() throws {
        _ = try parse(String(repeating: "[", count: 32) + String(repeating: "]", count: 32))
        #expect(throws: JSONValue.SyntaxError.self) {
            try self.parse(String(repeating: "[", count: 100_000))
        }
    }
}
