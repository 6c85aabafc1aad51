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

    @Test("On Druid's paths times have three digits, doubles Java's form, backslashes a number")
    func druid() {
        let fields = [ResultField(name: "s", type: .varchar)]
        var style = ResultStyle()
        style.format = .array
        style.isDruid = true
        func text(_ value: Value, _ type: LogicalType) -> String {
            var encoder = ResultEncoder(fields, style: style)
            encoder.append([Column.repeating(value, of: type, count: 1)])
            return String(decoding: encoder.bytes.dropFirst().dropLast(), as: UTF8.self)
        }
        #expect(text(.varchar("a\"b\\\n"), .varchar) == "\"a\\\"b\\u005c\\n\"")
        #expect(text(.timestamp(1_234_567), .timestamp) == "\"1970-01-01T00:00:01.234Z\"")
        #expect(text(.timestamp(-1), .timestamp) == "\"1969-12-31T23:59:59.999Z\"")
        for (value, shown) in [
            (0.0, "0.0"), (-0.0, "-0.0"), (1, "1.0"), (1e-3, "0.001"), (1.25e-4, "1.25E-4"),
            (9_999_999, "9999999.0"), (1e7, "1.0E7"), (12_345_678, "1.2345678E7"),
            (-1e100, "-1.0E100"), (1.07e22, "1.07E22"), (1e-300, "1.0E-300"), (0.1, "0.1"),
            (1.2345e15, "1.2345E15"), (.infinity, "\"Infinity\""),
        ] {
            #expect(text(.double(value), .double) == shown)
        }
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
