import Server
import Testing

@Suite("The JSON writer")
struct HTTPJSONWriterTests {
    private func written(_ body: (inout JSONWriter) -> Void) -> String {
        var json = JSONWriter()
        body(&json)
        return String(decoding: json.bytes, as: UTF8.self)
    }

    @Test("Objects and arrays nest, with commas where they belong")
    func structure() {
        let text = written { json in
            json.beginObject()
            json.key("a")
            json.beginArray()
            json.value(Int64(1))
            json.value(true)
            json.null()
            json.beginArray()
            json.endArray()
            json.beginObject()
            json.endObject()
            json.endArray()
            json.key("b")
            json.value("x")
            json.endObject()
        }
        #expect(text == #"{"a":[1,true,null,[],{}],"b":"x"}"#)
    }

    @Test("A line feed between values starts a new sequence")
    func lines() {
        let text = written { json in
            json.value(Int64(1))
            json.newline()
            json.value(Int64(2))
            json.newline()
        }
        #expect(text == "1\n2\n")
    }

    @Test(
        "Strings are escaped as RFC 8259 demands and no further",
        arguments: [
            ("", #""""#), ("plain", #""plain""#), ("\"\\/", #""\"\\/""#),
            ("\u{8}\t\n\u{C}\r", #""\b\t\n\f\r""#),
            ("\u{0}\u{1F}\u{7F}", "\"\\u0000\\u001F\u{7F}\""),
            ("한국어 😀 é", "\"한국어 😀 é\""), ("a\"b\"c", #""a\"b\"c""#),
            (
                String(repeating: "long ", count: 50),
                "\"" + String(repeating: "long ", count: 50) + "\""
            ),
        ])
    func escapes(_ text: String, _ expected: String) {
        #expect(written { $0.value(text) } == expected)
        #expect(written { $0.value(utf8: text.utf8.span) } == expected)
    }

    @Test("Integers are exact to both ends")
    func integers() {
        var values: [Int64] = [0, -1, 9, 10, 99, 100, .min, .max, .min + 1]
        var power: Int64 = 1
        for _ in 0..<18 {
            power *= 10
            values += [power - 1, power, power + 1, -power]
        }
        for value in values {
            #expect(written { $0.value(value) } == String(value))
        }
    }

    @Test(
        "Doubles keep their point, read back exactly, and say what JSON cannot as strings",
        arguments: [
            (0, "0.0"), (-0.0, "-0.0"), (1, "1.0"), (-2.5, "-2.5"), (0.1, "0.1"),
            (1e15, "1000000000000000.0"), (1e16, "1e+16"),
            (999_999_999_999_999, "999999999999999.0"), (.leastNonzeroMagnitude, "5e-324"),
            (.greatestFiniteMagnitude, "1.7976931348623157e+308"), (.nan, #""NaN""#),
            (.infinity, #""Infinity""#), (-.infinity, #""-Infinity""#),
        ] as [(Double, String)])
    func doubles(_ value: Double, _ expected: String) {
        let text = written { $0.value(value) }
        #expect(text == expected)
        if value.isFinite { #expect(Double(text) == value) }
    }

    @Test("Exact decimals and whole values pass as they are")
    func raw() {
        let text = written { json in
            json.beginArray()
            json.number(digits: "-12345678901234567890.10".utf8.span)
            json.raw(#"{"x":1}"#.utf8.span)
            json.endArray()
        }
        #expect(text == #"[-12345678901234567890.10,{"x":1}]"#)
    }

    @Test("A problem has the members of RFC 9457 and leaves out what does not apply")
    func problem() {
        var problem = ProblemDetails(
            status: 400, code: "syntax", title: "SQL syntax error", detail: "near \"FORM\"")
        #expect(
            String(decoding: problem.json(), as: UTF8.self)
                == #"{"type":"urn:daybook:problem:syntax","title":"SQL syntax error","status":400,"#
                + #""code":"syntax","detail":"near \"FORM\"","retryable":false}"# + "\n")
        problem.position = ProblemDetails.Position(line: 1, column: 8, byteOffset: 7)
        problem.excerpt = "SELECT 1 FORM t\n         ^"
        problem.hint = "FROM"
        problem.retryable = true
        problem.applied = false
        let text = String(decoding: problem.json(), as: UTF8.self)
        #expect(
            text.contains(
                #""position":{"line":1,"column":8,"byte_offset":7},"excerpt":"SELECT 1 FORM t\n         ^","hint":"FROM","retryable":true,"#
                    + #""applied":false}"#))
        #expect(problem.response().headers["Content-Type"] == "application/problem+json")
    }
}
