import Testing

@testable import Ingest

/// Whether `bytes` are one JSON text, as the scanner sees it.
func scannerAccepts(_ bytes: [UInt8]) -> Bool {
    var scanner = JSONScanner(bytes.span, crossesLines: true)
    do throws(JSONFault) {
        scanner.skipBlanks()
        try scanner.skipValue(depth: 0)
        scanner.skipBlanks()
        return scanner.isAtEnd
    } catch {
        return false
    }
}

@Suite struct JSONGrammarTests {
    static let accepted: [String] = [
        "{}", "[]", "null", "true", "false", "0", "-0", "1", "-1", "\"\"", "\"a\"", " [] ",
        "\t\n\r []", "[[]]", "[[], []]", "[null]", "[true,false,null]", "[1,2,3]", "[ 1 , 2 ]",
        "[1\n]", "[[[[[[]]]]]]", "[0e1]", "[0e+1]", "[0E-1]", "[0.0]", "[-0.0]", "[-0e-0]",
        "[123.456]", "[123e65]", "[1E22]", "[1E-2]", "[1e+2]", "[20e1]", "[123.456e78]",
        "[0.4e00669999999999999999999999999999999999999999999999999999999999999999999999999]",
        "[-1e+9999]", "[1.5e+9999]", "[-123123e100000]", "[123123123123123123123123123123]",
        "[100000000000000000000]", "[-0.00000000000000000000000000000000000000000000000000001]",
        "[1.7976931348623157e308]", "[4.9E-324]", "[-0]", "[-1]", "[-123]", "[ 4]",
        #"["\u0060\u012a\u12AB"]"#, #"["\uD801\udc37"]"#, #"["\ud83d\ude39\ud83d\udc8d"]"#,
        #"["\"\\\/\b\f\n\r\t"]"#, #"["\\u0000"]"#, #"["\""]"#, #"["a/*b*/c/*d//e"]"#, #"["\\a"]"#,
        #"["\\n"]"#, #"["\u0012"]"#, #"["\uFFFF"]"#, #"["\uDBFF\uDFFF"]"#, #"["new\u00A0line"]"#,
        #"["\u0000"]"#, #"["\u002c"]"#, #"["\u0821"]"#, #"["\u0123"]"#, #"["\u2028"]"#,
        #"["\u0061\u30af\u30EA\u30b9"]"#, #"["\uA66D"]"#, #"["\u005C"]"#, #"["\u0022"]"#,
        #"["\uD834\uDd1e"]"#, #"["\uFDD0"]"#, #"["\uFFFE"]"#, "[\"asd \"]", "[\"\u{7f}\"]",
        "[\"€𝄞\"]", "[\"\u{2028}\u{2029}\"]", "[\"\u{ffff}\"]", "[\"\u{10ffff}\"]", "[\"⍂㈴⍂\"]",
        "\"결제 승인\"", "[\"\u{0821}\u{1b}\"]".replacing("\u{1b}", with: "x"), "[\"π\"]",
        "[\"aa\u{7f}\"]",
        #"{"a":"b"}"#, #"{"a":1,"b":2}"#, #"{"":0}"#, #"{"a":{}}"#, #"{"a":[]}"#,
        #"{"asd":"sdf", "dfg":"fgh"}"#, #"{"foo\u0000bar": 42}"#, "{\n\"a\": \"b\"\n}",
        #"{"min": -1.0e+28, "max": 1.0e+28}"#, #"{"x":[{"id": "xxxx"}], "id": "xxxx"}"#,
        #"{"title":"\u041f\u043e\u043b\u0442\u043e\u0440\u0430"}"#, #"{"a":{"a":1}}"#,
        #"[{"a":1},{"a":1}]"#, "[\"\"]", "[1, \"a\", null, {}, []]", "\r\n\"x\"\r\n",
        #"{"k":{"l":{"m":[{"n":null}]}}}"#, "[1e0]", "[1.0E0]", "[9007199254740993]", "[-9e9]",
        #"["\/"]"#, #"{"/":"\/"}"#, "[true]\n", "2", "-2.5e-3", "\"\\u00e9\"",
    ]

    static let refused: [String] = [
        "", " ", "[", "]", "{", "}", "[,]", "[1,]", "[,1]", "[1,,2]", "[1 2]", "[1\n2]", "[\"a\"",
        "[\"a\",", "[\"a\",\n4\n,1,", "[\"\": 1]", "[\"x\", truth]", "[1]]", "[1]x", "[x", "[x]",
        "[1,\n1\n,1", "[{}", "[[", "[3[4]]", "[1:2]", "[*]", "[\u{b}]", "[\u{c}]", "[\u{0}]",
        "[-]", "[+1]", "[++1234]", "[-01]", "[01]", "[00]", "[012]", "[-012]", "[-1.0.]", "[-2.]",
        "[-NaN]", "[NaN]", "[Infinity]", "[-Infinity]", "[Inf]", "[nan]", "[.-1]", "[.2e-3]",
        "[.5]", "[0.1.2]", "[0.3e+]", "[0.3e]", "[0.e1]", "[0E]", "[0E+]", "[0e]", "[0e+]",
        "[0e+-1]", "[1 000.0]", "[1.0e+]", "[1.0e-]", "[1.0e]", "[1eE2]", "[1+2]", "[1e]", "[1e+]",
        "[1ea]", "[2.]", "[2.e+3]", "[2.e-3]", "[2.e3]", "[9.e+]", "[0x1]", "[0x42]", "[1a]",
        "[1e1.5]", "[1e1e1]", "[- 1]", "[-foo]", "[-2x]", "[1.8011670033376514H-308]", "[１]",
        "[-1x]", "[1,2", "-", "+1", "1.", ".1", "1e", "01", "--1", "1..2", "[1e-]", "[1.e]",
        "nul", "nulll", "tru", "truee", "fals", "True", "NULL", "undefined", "[nul]", "[tru]",
        "[fals]", "[True]", "[FALSE]", "[Null]", "['a']", "[a]", "'a'", "\"", "\"a", "\"\\\"",
        "[\"\\x00\"]", "[\"\\\"]", "[\"\\a\"]", "[\"\\\u{1F300}\"]", "[\"\\u\"]", "[\"\\u0\"]",
        "[\"\\u00A\"]", "[\"\\u00g0\"]", "[\"\\uqqqq\"]", "[\"\\U0041\"]", "[\"\\u 041\"]",
        #"["\uD800"]"#, #"["\uD800\u"]"#, #"["\uD800\u1"]"#, #"["\uD800\u1x"]"#, #"["\uDADA"]"#,
        #"["\uD800\uD800\n"]"#, #"["\uDd1ea"]"#, #"["\uD888\u1234"]"#, #"["\uDFAA"]"#,
        #"["\uDc00\ud800"]"#, #"["\ud800abc"]"#, #"["\uD83D\n"]"#, #"["\u{41}"]"#,
        "[\"\t\"]", "[\"\n\"]", "[\"\r\"]", "[\"\u{0}\"]", "[\"\u{1f}\"]", "[\"a\u{0}a\"]",
        "[\"a\nb\"]", "[\\n]", "[\\u0020\"asd\"]", "\"\"x", "[\"a\"x]", "[\"\\\\\\\"]",
        "{\"a\"", "{\"a\":", "{\"a\":1", "{\"a\":1,", "{\"a\":1,}", "{,\"a\":1}", "{\"a\" 1}",
        "{\"a\"::1}", "{\"a\":1,,\"b\":2}", "{a:1}", "{'a':1}", "{1:1}", "{null:1}", "{\"a\":b}",
        "{\"a\":1 \"b\":2}", "{\"a\":1}x", "{\"a\":1}#", "{\"a\":1}/**/", "{\"a\":1}//", "{}}",
        "{\"a\":/*c*/1}", "{[: \"x\"}", "{\"x\", null}", "{\"x\"::\"b\"}", "{9999E9999:1}",
        "{\"id\":0,,,,,}", "{\"a\":\"b\",,\"c\":\"d\"}", "{\"a\":\"a\" 123}", "{\"a\",\"b\"}",
        "{key: 'value'}", "{\"a\": }", "{:1}", "{\"a\":true]", "[{\"a\":1]", "[1}", "[<null>]",
        "<.>", "[\u{feff}]", "\u{feff}[]", "\u{feff}{}", "\u{2060}[]", "[\u{a0}]", "[1,\u{3000}2]",
        "#", "*", "/", "//", "/**/1", "1/**/", "[1/*x*/]", "{\"a\":1}{\"b\":2}", "1 2", "[][]",
        "\u{c}", "\u{0}", "\u{7f}", "å", "[å]", "{\"a\":å}", "abc", "1]", "{]", "[}", ",", ":",
        #"{"a":1,"a":1}"#, #"{"a":1,"a":2}"#, #"{"a":1,"\u0061":2}"#, #"{"b":{"a":1,"a":1}}"#,
        #"[{"x":1,"y":2,"x":3}]"#, #"{"":1,"":1}"#, #"{"\/":1,"/":2}"#, #"{"é":1,"\u00e9":2}"#,
    ]

    /// Bytes that are no UTF-8, and what a string literal cannot hold.
    static let refusedBytes: [[UInt8]] = [
        [0xff], [0x22, 0xff, 0x22], [0x22, 0x80, 0x22], [0x22, 0xc0, 0xaf, 0x22],
        [0x22, 0xc1, 0xbf, 0x22], [0x22, 0xe0, 0x80, 0xaf, 0x22], [0x22, 0xe0, 0x9f, 0xbf, 0x22],
        [0x22, 0xf0, 0x80, 0x80, 0xaf, 0x22], [0x22, 0xf0, 0x8f, 0xbf, 0xbf, 0x22],
        [0x22, 0xed, 0xa0, 0x80, 0x22], [0x22, 0xed, 0xbf, 0xbf, 0x22], [0x22, 0xe9, 0x22],
        [0x22, 0xf4, 0x90, 0x80, 0x80, 0x22], [0x22, 0xf5, 0x80, 0x80, 0x80, 0x22],
        [0x22, 0xf8, 0x88, 0x80, 0x80, 0x80, 0x22], [0x22, 0xe2, 0x82, 0x22],
        [0x22, 0xf0, 0x9d, 0x84, 0x22], [0x22, 0xc3], [0x22, 0xe2, 0x82], [0x22, 0xc3, 0x28, 0x22],
        [0x22, 0x61, 0x62, 0x63, 0x64, 0x65, 0x66, 0x67, 0xe9, 0x22], [0x5b, 0xe5, 0x5d],
        [0xff, 0xfe, 0x5b, 0x00, 0x5d, 0x00], [0x00, 0x5b, 0x00, 0x5d], [0xef, 0xbb, 0xbf],
        [0x22, 0x5c, 0xe5, 0x22], [0x7b, 0x22, 0xb9, 0x22, 0x3a, 0x30, 0x7d], [0x31, 0x00],
    ]

    @Test("Every JSON text is accepted")
    func accepts() {
        for text in Self.accepted {
            #expect(scannerAccepts(Array(text.utf8)), "\(text)")
        }
    }

    @Test("Everything that is not JSON is refused")
    func refuses() {
        for text in Self.refused { #expect(!scannerAccepts(Array(text.utf8)), "\(text)") }
        for bytes in Self.refusedBytes { #expect(!scannerAccepts(bytes), "\(bytes)") }
    }

    @Test("Nesting is limited to 32 levels, and deeper texts do not grow the stack")
    func depth() {
        func nested(_ depth: Int) -> [UInt8] {
            Array(
                (String(repeating: "[", count: depth) + String(repeating: "]", count: depth)).utf8)
        }
        #expect(scannerAccepts(nested(ParseLimit.depth)))
        #expect(!scannerAccepts(nested(ParseLimit.depth + 1)))
        #expect(!scannerAccepts([UInt8](repeating: UInt8(ascii: "["), count: 1_000_000)))
        let objects = String(repeating: #"{"a":"#, count: 100_000)
        #expect(!scannerAccepts(Array(objects.utf8)))
    }

    @Test("Every prefix of a text is refused, except where a number may end")
    func truncation() {
        let text = Array(
            #"{"a":[1.5e3,"\ud83d\ude39é\n",{"b":null,"c":[true,false]}],"d":{"e":-0.0}}"#.utf8)
        #expect(scannerAccepts(text))
        for count in 0..<text.count { #expect(!scannerAccepts(Array(text[..<count])), "\(count)") }
    }
}
