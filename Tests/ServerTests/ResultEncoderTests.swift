import Query
import Segments
import Server
import Testing

@Suite("Result formats")
struct ResultEncoderTests {
    /// The row of the contract: a time, an empty string, an array, a number, a double, JSON.
    private let fields = [
        ResultField(name: "__time", type: .timestamp), ResultField(name: "dim1", type: .varchar),
        ResultField(name: "dim3", type: .array(.varchar)), ResultField(name: "cnt", type: .bigint),
        ResultField(name: "m1", type: .double), ResultField(name: "u", type: .json),
    ]

    private func columns(rows: Int = 1) -> [Column] {
        let row: [Value] = [
            .timestamp(946_684_800_000_000), .varchar(""),
            .array([.varchar("a"), .varchar("b")]), .bigint(1), .double(1), .json("\"AQ==\""),
        ]
        return zip(fields, row).map { field, value in
            Column.repeating(value, of: field.type, count: rows)
        }
    }

    private func encode(
        _ format: ResultFormat, rows: Int = 1, header: Bool = false, types: Bool = false,
        sqlTypes: Bool = false
    ) -> String {
        var style = ResultStyle()
        style.format = format
        style.hasHeader = header
        style.hasTypes = types
        style.hasSQLTypes = sqlTypes
        var encoder = ResultEncoder(fields, style: style)
        encoder.begin()
        encoder.append(columns(rows: rows))
        encoder.end()
        return String(decoding: encoder.bytes, as: UTF8.self)
    }

    private let object =
        #"{"__time":"2000-01-01T00:00:00.000Z","dim1":"","dim3":"[\"a\",\"b\"]","cnt":1,"m1":1.0,"#
        + #""u":"\"AQ==\""}"#
    private let array =
        #"["2000-01-01T00:00:00.000Z","","[\"a\",\"b\"]",1,1.0,"\"AQ==\""]"#

    @Test("Each format is written byte for byte as the contract says")
    func bytes() {
        #expect(encode(.object) == "[\(object)]\n")
        #expect(encode(.object, rows: 2) == "[\(object),\(object)]\n")
        #expect(encode(.array) == "[\(array)]\n")
        #expect(encode(.objectLines, rows: 2) == "\(object)\n\(object)\n\n")
        #expect(encode(.arrayLines) == "\(array)\n\n")
        #expect(
            encode(.csv)
                == "2000-01-01T00:00:00.000Z,,\"[\"\"a\"\",\"\"b\"\"]\",1,1.0,\"\"\"AQ==\"\"\"\n\n")
    }

    @Test("An empty result still ends as a whole one")
    func empty() {
        #expect(encode(.object, rows: 0) == "[]\n")
        #expect(encode(.array, rows: 0) == "[]\n")
        #expect(encode(.objectLines, rows: 0) == "\n\n")
        #expect(encode(.arrayLines, rows: 0) == "\n\n")
        #expect(encode(.csv, rows: 0) == "\n")
    }

    @Test("Headers come before the rows, with the types that were asked for")
    func headers() {
        #expect(encode(.object, header: true).hasPrefix("[{\"__time\":null,\"dim1\":null,"))
        #expect(
            encode(.object, header: true, types: true, sqlTypes: true).contains(
                "\"dim1\":{\"type\":\"STRING\",\"sqlType\":\"VARCHAR\"}"))
        #expect(
            encode(.arrayLines, rows: 0, header: true, types: true)
                == "[\"__time\",\"dim1\",\"dim3\",\"cnt\",\"m1\",\"u\"]\n"
                + "[\"LONG\",\"STRING\",\"ARRAY<STRING>\",\"LONG\",\"DOUBLE\",\"COMPLEX<json>\"]\n"
                + "\n")
        #expect(
            encode(.csv, rows: 0, header: true, sqlTypes: true)
                == "__time,dim1,dim3,cnt,m1,u\nTIMESTAMP,VARCHAR,ARRAY,BIGINT,DOUBLE,OTHER\n\n")
    }

    @Test("Decimals are exact, as numbers or as strings; NULL is null, and empty in CSV")
    func decimals() {
        let fields = [ResultField(name: "d", type: .decimal(precision: 38, scale: 2))]
        let value = Value.decimal(Decimal(unscaled: -12_345_678_901_234_567_890_123, scale: 2))
        let column = [
            Column.repeating(value, of: fields[0].type, count: 1),
            Column.nulls(of: fields[0].type, count: 1),
        ]
        func text(_ style: ResultStyle) -> String {
            var encoder = ResultEncoder(fields, style: style)
            encoder.begin()
            for part in column { encoder.append([part]) }
            encoder.end()
            return String(decoding: encoder.bytes, as: UTF8.self)
        }
        var style = ResultStyle()
        style.format = .array
        #expect(text(style) == "[[-123456789012345678901.23],[null]]\n")
        style.stringifiesDecimals = true
        #expect(text(style) == "[[\"-123456789012345678901.23\"],[null]]\n")
        style.format = .csv
        #expect(text(style) == "-123456789012345678901.23\n\"\"\n\n")
    }

    @Test("For clients that count quotes, none of the text's own stands in a string")
    func numericEscapes() {
        let fields = [ResultField(name: "s", type: .varchar)]
        var style = ResultStyle()
        style.format = .array
        style.escapesNumerically = true
        var encoder = ResultEncoder(fields, style: style)
        encoder.begin()
        encoder.append([Column.repeating(.varchar("a\"b\\"), of: .varchar, count: 1)])
        encoder.end()
        #expect(String(decoding: encoder.bytes, as: UTF8.self) == "[[\"a\\u0022b\\u005c\"]]\n")
    }
}

@Suite("SQL requests")
struct SQLRequestTests {
    private func request(_ text: String) throws(SQLRequest.Malformed) -> SQLRequest {
        try SQLRequest(json: Array(text.utf8))
    }

    @Test("A request says how to answer, and carries typed parameters")
    func complete() throws {
        let request = try request(
            """
            {"query":"SELECT ?","resultFormat":"ARRAYLINES","header":true,"queryType":"sql",
             "context":{"sqlQueryId":"q1","timeout":500,"decimalAsString":true},
             "parameters":[{"type":"VARCHAR","value":"x"},{"type":"DECIMAL","value":1.50},
               {"type":"TIMESTAMP","value":1000},{"type":"DATE","value":"1970-01-02"},
               {"type":"BIGINT","value":null}]}
            """)
        #expect(request.style.format == .arrayLines)
        #expect(request.style.hasHeader)
        #expect(request.queryID == "q1")
        #expect(request.timeoutMilliseconds == 500)
        #expect(
            request.parameters.map(\.value.value) == [
                .varchar("x"), .decimal(Decimal(unscaled: 150, scale: 2)), .timestamp(1_000_000),
                .date(1), .null,
            ])
    }

    @Test(
        "A request that is none says why",
        arguments: [
            ("", "ends"), ("[]", "object"), ("{\"query\":1}", "'query'"), ("{}", "'query'"),
            ("{\"query\":\"x\",\"resultFormat\":\"xml\"}", "arrayLines"),
            ("{\"query\":\"x\",\"header\":1}", "true or false"),
            ("{\"query\":\"x\",\"typesHeader\":true}", "without 'header'"),
            ("{\"query\":\"x\",\"context\":[]}", "'context'"),
            ("{\"query\":\"x\",\"context\":{\"timeout\":-1}}", "timeout"),
            ("{\"query\":\"x\",\"parameters\":{}}", "array"),
            ("{\"query\":\"x\",\"parameters\":[{\"value\":1}]}", "'type'"),
            ("{\"query\":\"x\",\"parameters\":[{\"type\":\"DATE\",\"value\":\"x\"}]}", "DATE"),
        ])
    func malformed(text: String, names: String) {
        do throws(SQLRequest.Malformed) {
            _ = try request(text)
            Issue.record("accepted \(text)")
        } catch {
            #expect(error.message.contains(names), "\(error.message)")
        }
    }
}
