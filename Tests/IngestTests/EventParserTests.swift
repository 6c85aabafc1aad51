import Ingest
import Segments
import TestSupport
import Testing

/// A table with a column of every type.
func wideSchema(unknown: UnknownFields = .reject) -> TableSchema {
    TableSchema(
        id: TableID(1), name: "t",
        columns: [
            ColumnDefinition(id: 1, name: "id", type: .varchar, isNullable: false),
            ColumnDefinition(id: 2, name: "at", type: .timestamp, isNullable: false),
            ColumnDefinition(id: 3, name: "n", type: .bigint),
            ColumnDefinition(id: 4, name: "money", type: .decimal(precision: 18, scale: 2)),
            ColumnDefinition(id: 5, name: "wide", type: .decimal(precision: 38, scale: 4)),
            ColumnDefinition(id: 6, name: "x", type: .double),
            ColumnDefinition(id: 7, name: "ok", type: .boolean),
            ColumnDefinition(id: 8, name: "day", type: .date),
            ColumnDefinition(id: 9, name: "attrs", type: .json),
            ColumnDefinition(id: 10, name: "tags", type: .array(.varchar)),
            ColumnDefinition(id: 11, name: "ids", type: .array(.bigint)),
            ColumnDefinition(
                id: 12, name: "state", type: .varchar, isNullable: false,
                defaultValue: .varchar("new")),
        ],
        timestampColumn: 1, granularity: .day, uniqueColumns: [0], unknownFields: unknown)
}

let parseNow: Int64 = 1_760_000_000_000_000

func parse(
    _ text: String, _ schema: TableSchema = wideSchema(), format: EventFormat = .detect
) throws -> ParsedEvents {
    try EventParser(schema: schema).parse(Array(text.utf8), format: format, now: parseNow)
}

/// The one value of `column` in a row that has `text` there; `nil` and the code if refused.
private func value(_ column: String, _ text: String) throws -> (Value?, Rejection.Code?) {
    let schema = wideSchema()
    let row = #"{"id":"a","at":0,"\#(column)":\#(text)}"#
    let events = try parse(row)
    guard let index = schema.columnIndex(named: column) else { return (nil, nil) }
    if events.batch.rowCount == 1 { return (events.batch.row(at: 0)[index], nil) }
    return (nil, events.rejections.first?.code)
}

@Suite struct EventParserTests {
    @Test(
        "Texts read the same whether they become codes or not",
        arguments: [1, 2, 70, 127, 128, 129, 300, 1_000], [1, 3, 70, 150, 2_000])
    func repeatedTexts(rowCount: Int, wordCount: Int) throws {
        var random = SeededGenerator(seed: UInt64(rowCount * 10_000 + wordCount))
        var text = ""
        var expected: [Value] = []
        for row in 0..<rowCount {
            let number = Int.random(in: 0..<wordCount, using: &random)
            let word = number == 0 ? "" : String(repeating: "w\(number)é", count: 1 + number % 4)
            let (written, value): (String, Value) =
                switch Int.random(in: 0..<20, using: &random) {
                case 0: ("", .varchar("new"))
                case 1: (#","state":null"#, .varchar("new"))
                case 2: (#","state":"\u0077\#(number)\n""#, .varchar(Text("w\(number)\n")))
                default: (#","state":"\#(word)""#, .varchar(Text(word)))
                }
            text += #"{"id":"id-\#(row)","at":0\#(written)}"# + "\n"
            expected.append(value)
        }
        let events = try parse(text)
        #expect(events.batch.rowCount == rowCount)
        let column = events.batch.columns[11]
        #expect((0..<rowCount).map { column.value(at: $0) } == expected)
        let ids = events.batch.columns[0]
        #expect((0..<rowCount).allSatisfy { ids.value(at: $0) == .varchar(Text("id-\($0)")) })
        if case .codes = ids.values { Issue.record("ids that are all different became codes") }
        if rowCount >= 70, wordCount <= 3, case .strings = column.values {
            Issue.record("\(wordCount) words in \(rowCount) rows did not become codes")
        }
    }

    /// Values that some column takes, and values that none does.
    private static let trickyValues = [
        "0", "-0", "00", "01", "-1", "-", "1.", ".5", "1.5", "0.1", "-0.25", "12345678", "1234567a",
        "123456789012345", "1234567890123456", "123456789012345678", "-999999999999999999",
        "1234567890123456789", "9223372036854775807", "9223372036854775808", "1e3", "1E-2", "1e400",
        "0.000000000000001", "99999999.99999999", "12345678.90", "0.1.2", "1788188407340",
        "99999999999999999", "253402300799999", "253402300800000", "true", "tru", "false", "fals",
        "truex", "null", "nul", "nullx", #""""#, #""abc""#, #""abcdefg""#, #""abcdefgh""#,
        #""abcdefghi""#, #""é""#, #""서울특별시""#, #""ab서c""#, #""a\n""#, #""a\u00e9""#, #""a"x"#,
        #""2025-01-02T03:04:05Z""#, #""2025-01-02""#, "\"\u{1}\"", "[]", #"["a"]"#, #"["a","bc"]"#,
        #"["a",]"#, #"["é"]"#, "[null]", #"["a" ,"b"]"#, "[[]]", "[1,2]", "[1,]", "[", "{}",
        #"{"a":1,"a":2}"#, #"{"a":{"b":"c"}}"#,
    ]

    @Test("What stands behind a row does not change what the row means", arguments: trickyValues)
    func shortAndLongBodies(value: String) throws {
        let schema = wideSchema()
        let filler = #"{"id":"filler","at":1,"n":12345678,"x":1.25,"tags":["a","b"],"ok":true}"#
        for column in schema.columns.map(\.name) {
            for row in [
                #"{"id":"a","at":0,"\#(column)":\#(value)}"#, #"{"\#(column)":\#(value),"at":5}"#,
                #"{"\#(column)" : \#(value) , "id":"b"}"#, #"{"\#(column)":\#(value),}"#,
            ] {
                let short = try parse(row)
                let long = try parse([row, filler, row, filler].joined(separator: "\n"))
                #expect(short.batch.rowCount * 2 + 2 == long.batch.rowCount, "\(row)")
                if short.batch.rowCount == 1 {
                    #expect(short.batch.row(at: 0) == long.batch.row(at: 0), "\(row)")
                    #expect(short.batch.row(at: 0) == long.batch.row(at: 2), "\(row)")
                } else {
                    let codes = [short.rejections[0].code, short.rejections[0].code]
                    #expect(codes == long.rejections.map(\.code), "\(row)")
                    #expect(short.rejections[0].message == long.rejections[1].message, "\(row)")
                }
            }
        }
    }

    @Test("NULLs among repeated texts stay NULL, and a column of nothing else has no words")
    func repeatedNulls() throws {
        let schema = TableSchema(
            id: TableID(1), name: "t",
            columns: [
                ColumnDefinition(id: 1, name: "a", type: .varchar),
                ColumnDefinition(id: 2, name: "b", type: .varchar),
            ])
        let lines = (0..<400).map { row in
            row % 3 == 0 ? #"{"a":null}"# : #"{"a":"x\#(row % 2)"}"#
        }
        let batch = try parse(lines.joined(separator: "\n"), schema).batch
        for row in 0..<400 {
            let value: Value = row % 3 == 0 ? .null : .varchar(Text("x\(row % 2)"))
            #expect(batch.row(at: row) == [value, .null])
        }
    }

    @Test("A whole row arrives in its columns, types and defaults included")
    func wholeRow() throws {
        let events = try parse(
            #"{"id":"é\n","at":"2025-01-02T03:04:05.5Z","n":-7,"money":12.3,"wide":1e10,"x":0.1,"#
                + #""ok":true,"day":"2025-02-28","attrs":{"a": [1, "x y"] },"tags":["a","b\u0041"],"#
                + #""ids":[1, -2]}"#)
        #expect(events.rejections.isEmpty)
        #expect(
            events.batch.row(at: 0) == [
                .varchar("é\n"), .timestamp(1_735_787_045_500_000), .bigint(-7),
                .decimal(Decimal(unscaled: 1230, scale: 2)),
                .decimal(Decimal(unscaled: 100_000_000_000_000, scale: 4)), .double(0.1),
                .boolean(true), .date(20147), .json(#"{"a":[1,"x y"]}"#),
                .array([.varchar("a"), .varchar("bA")]), .array([.bigint(1), .bigint(-2)]),
                .varchar("new"),
            ])
    }

    @Test("Missing fields and nulls become defaults or NULL")
    func missing() throws {
        let events = try parse(
            #"{"id":"a","at":0}"# + "\n" + #"{"id":"b","at":1,"n":null,"state":null,"tags":null}"#)
        #expect(events.batch.rowCount == 2)
        for row in 0..<2 {
            let values = events.batch.row(at: row)
            #expect(values[2...10].allSatisfy { $0.isNull })
            #expect(values[11] == .varchar("new"))
        }
        #expect(events.batch.row(at: 1)[1] == .timestamp(1_000))
    }

    @Test("Integers are exact to the last unit, in every spelling, or refused")
    func integers() throws {
        let good: [(String, Int64)] = [
            ("0", 0), ("-0", 0), ("1", 1), ("9007199254740993", 9_007_199_254_740_993),
            ("9223372036854775807", .max), ("-9223372036854775808", .min), ("1e3", 1_000),
            ("1.0", 1), ("12.50e1", 125), ("1e18", 1_000_000_000_000_000_000),
            ("9223372036854775807.000", .max),
            ("100000000000000000000e-2", 1_000_000_000_000_000_000),
            ("0e999999999999", 0), ("0.000", 0), ("-1.5e1", -15),
            ("1000000000000000000000000000000000000000000000e-45", 1),
        ]
        for (text, expected) in good {
            #expect(try value("n", text).0 == .bigint(expected), "\(text)")
        }
        for text in [
            "9223372036854775808", "-9223372036854775809", "1e19", "1e999999999999", "1e400",
            "12345678901234567890123456789012345678901234567890",
        ] {
            #expect(try value("n", text).1 == .numberOutOfRange, "\(text)")
        }
        for text in ["1.5", "1e-1", "\"1\"", "true", "[]", "{}", "1e-400"] {
            #expect(try value("n", text).1 == .typeMismatch, "\(text)")
        }
    }

    @Test("Decimals keep every digit and lose none")
    func decimals() throws {
        let money: [(String, Int128)] = [
            ("0.01", 1), ("-0.01", -1), ("1", 100),
            ("9999999999999999.99", 999_999_999_999_999_999),
            ("1.10000", 110), ("1e2", 10_000), ("25e-2", 25), ("-0", 0), ("0.1", 10),
        ]
        for (text, unscaled) in money {
            #expect(
                try value("money", text).0 == .decimal(Decimal(unscaled: unscaled, scale: 2)),
                "\(text)")
        }
        let wide = "9999999999999999999999999999999999.9999"
        #expect(
            try value("wide", wide).0
                == .decimal(Decimal(unscaled: Decimal.powersOfTen[38] - 1, scale: 4)))
        #expect(
            try value("wide", "-" + wide).0
                == .decimal(Decimal(unscaled: 1 - Decimal.powersOfTen[38], scale: 4)))
        for text in ["0.001", "1e16", "10000000000000000.00", "1.999", "1e400", "1e-3"] {
            #expect(try value("money", text).1 == .numberOutOfRange, "\(text)")
        }
        #expect(try value("wide", "10000000000000000000000000000000000").1 == .numberOutOfRange)
        #expect(try value("money", "\"1\"").1 == .typeMismatch)
    }

    @Test("Doubles are the nearest ones", arguments: 1...4)
    func doubles(seed: UInt64) throws {
        for text in [
            "0", "1", "0.1", "1e22", "1e23", "9007199254740993", "4.9e-324",
            "2.2250738585072011e-308",
            "1.7976931348623157e308", "123456789012345678901234567890", "1e-400", "0.3", "8.5e-5",
        ] {
            #expect(try value("x", text).0 == Double(text).map { .double($0) }, "\(text)")
        }
        #expect(try value("x", "-0.0").0 == .double(-0.0))
        if case .double(let zero)? = try value("x", "-0.0").0 { #expect(zero.sign == .minus) }
        #expect(try value("x", "1e400").1 == .numberOutOfRange)
        #expect(try value("x", "-1e309").1 == .numberOutOfRange)
        var random = SeededGenerator(seed: seed)
        for _ in 0..<2_000 {
            let bits = Double(bitPattern: random.next())
            let text =
                random.chance(50) && bits.isFinite
                ? "\(bits)"
                : "\(random.below(1 << 30)).\(random.below(1 << 40))e\(random.below(60) - 30)"
            #expect(
                try value("x", text).0 == Double(text).map { .double($0) }, "seed \(seed): \(text)")
        }
    }

    @Test("Times are milliseconds or texts of the years 1 to 9999")
    func times() throws {
        let good: [(String, Int64)] = [
            ("0", 0), ("-1", -1_000), ("1735787045500", 1_735_787_045_500_000), ("1e3", 1_000_000),
            (#""1970-01-01T00:00:00Z""#, 0), (#""1970-01-01T09:00:00+09:00""#, 0),
            (#""1969-12-31T23:59:59.999999Z""#, -1), (#""1970-01-01T00:00:0\u0031Z""#, 1_000_000),
        ]
        for (text, expected) in good {
            let events = try parse(#"{"id":"a","at":\#(text)}"#)
            #expect(events.batch.rowCount == 1, "\(text)")
            #expect(events.batch.columns[1].value(at: 0) == .timestamp(expected), "\(text)")
        }
        for text in [
            "1.5", "9223372036854775807", "1e30", #""x""#, #""""#, #""2025-13-01T00:00:00Z""#,
            #""2025-02-29T00:00:00Z""#, "-99999999999999", "1e15",
        ] {
            #expect(
                try parse(#"{"id":"a","at":\#(text)}"#).rejections.first?.code == .invalidTimestamp,
                "\(text)")
        }
        for text in ["true", "[]", "{}"] {
            #expect(try parse(#"{"id":"a","at":\#(text)}"#).rejections.first?.code == .typeMismatch)
        }
        let limit = parseNow / 1_000 + 86_400_000
        #expect(try parse(#"{"id":"a","at":\#(limit)}"#).batch.rowCount == 1)
        #expect(
            try parse(#"{"id":"a","at":\#(limit + 1)}"#).rejections.first?.code == .futureTimestamp)
        #expect(try value("day", #""2025-02-29""#).1 == .invalidTimestamp)
        #expect(try value("day", "5").1 == .typeMismatch)
    }

    @Test("Every refusal names its code, line, field, place and raw bytes")
    func refusals() throws {
        let lines: [(String, Rejection.Code, String?)] = [
            (#"{"id":"a","at":0,"n":}"#, .invalidJSON, "n"), ("[1]", .typeMismatch, nil),
            ("nonsense", .invalidJSON, nil),
            (#"{"id":"a","at":0,"tagz":1}"#, .unknownField, "tagz"),
            (#"{"at":0}"#, .missingField, "id"), (#"{"id":null,"at":0}"#, .missingField, "id"),
            (#"{"id":"a","at":0,"at":0}"#, .duplicateField, "at"),
            (#"{"id":"a","__time":0,"at":0}"#, .duplicateField, "at"),
            (#"{"id":"a","at":0,"attrs":{"a":1,"a":1}}"#, .duplicateField, "attrs"),
            (#"{"id":"a","at":0,"ids":[1,"x"]}"#, .typeMismatch, "ids"),
            (#"{"id":"a","at":0,"tags":[null]}"#, .typeMismatch, "tags"),
            (#"{"id":"a","at":0}{"id":"b","at":0}"#, .invalidJSON, nil),
            (#"{"id":"a","at":0"#, .invalidJSON, nil), (#"{"id":7,"at":0}"#, .typeMismatch, "id"),
            (#"{"id":"\#(String(repeating: "x", count: 262_145))","at":0}"#, .stringTooLong, "id"),
            (
                #"{"id":"a","at":0,"attrs":\#(String(repeating: "[", count: 40))}"#, .tooDeep,
                "attrs"
            ),
        ]
        let body = lines.map { #"{"id":"ok","at":0}"# + "\n" + $0.0 + "\r\n\n" }.joined()
        let events = try parse(body)
        #expect(events.batch.rowCount == lines.count)
        #expect(events.lines == (0..<Int32(lines.count)).map { $0 * 3 + 1 })
        #expect(events.rejections.count == lines.count)
        for (index, rejection) in events.rejections.enumerated() {
            let (text, code, field) = lines[index]
            #expect(rejection.code == code, "\(text.prefix(80)): \(rejection.message)")
            #expect(rejection.line == index * 3 + 2)
            #expect(rejection.field == field)
            #expect(rejection.raw == Array((text + "\r").utf8.prefix(64 << 10)))
            #expect(rejection.column >= 1 && rejection.column <= text.utf8.count + 2)
        }
        #expect(events.rejections[3].message.contains("did you mean 'tags'?"))
    }

    @Test("Unknown fields are skipped where the table ignores them, but checked")
    func ignoring() throws {
        let schema = wideSchema(unknown: .ignore)
        let events = try parse(
            #"{"zz":{"a":[1,2,"x"]},"id":"a","more":null,"at":0}"# + "\n"
                + #"{"zz":1,"id":"a","zz":2,"at":0}"# + "\n" + #"{"zz":01,"id":"a","at":0}"#, schema
        )
        #expect(events.batch.rowCount == 1)
        #expect(events.rejections.map(\.code) == [.duplicateField, .invalidJSON])
    }

    @Test("Bytes that are not UTF-8 are refused where they stand")
    func invalidUTF8() throws {
        var body = Array(#"{"id":"x","at":0}"#.utf8)
        body[7] = 0xe9
        let events = try EventParser(schema: wideSchema()).parse(body, now: parseNow)
        #expect(events.rejections.first?.code == .invalidUTF8)
        #expect(events.rejections.first?.byteOffset == 7)
        let marked = try EventParser(schema: wideSchema())
            .parse([0xef, 0xbb, 0xbf] + Array(#"{"id":"x","at":0}"#.utf8), now: parseNow)
        #expect(marked.rejections.first?.code == .invalidJSON)
    }

    @Test("An array's bad rows are refused one by one, a broken array as a whole")
    func arrays() throws {
        let rows = [
            #"{"id":"a","at":0}"#, #"{"id":1,"at":0,"x":[1,{"y":2}]}"#, #"{"id":"b","at":0}"#, "7",
            #"{"id":"c","at":0,"id":"c"}"#, "{\"id\":\"d\",\n\"at\":0}",
        ]
        let events = try parse(" [" + rows.joined(separator: " ,\n") + " ] \n")
        #expect(events.batch.rowCount == 3)
        #expect(events.lines == [1, 3, 6])
        #expect(events.rejections.map(\.line) == [2, 4, 5])
        #expect(
            events.rejections.map(\.code) == [.typeMismatch, .typeMismatch, .duplicateField])
        #expect(events.rejections[0].raw == Array(rows[1].utf8))
        #expect(try parse("[]").batch.rowCount == 0)
        for text in ["[", "[1,]", "[{},", "[{\"id\":01}]", "[{}]x", "[{}{}]", "[{\"id\":\"a\"]"] {
            #expect(throws: IngestError.self, "\(text)") { try parse(text) }
        }
    }

    @Test("Every truncation of a body gives whole rows, refusals, or one error")
    func truncation() throws {
        let row =
            #"{"id":"é\u0041","at":"2025-01-01T00:00:00Z","n":12,"attrs":{"k":[1]},"tags":["a"]}"#
        let body = Array((row + "\n" + row + "\n").utf8)
        for count in 0...body.count {
            let events = try EventParser(schema: wideSchema())
                .parse(Array(body[..<count]), now: parseNow)
            let expected = count < row.utf8.count ? 0 : (count <= 2 * row.utf8.count ? 1 : 2)
            #expect(events.batch.rowCount == expected, "\(count)")
        }
        let array = Array(("[" + row + "," + row + "]").utf8)
        for count in 1..<array.count {
            #expect(throws: IngestError.self) {
                try EventParser(schema: wideSchema()).parse(Array(array[..<count]), now: parseNow)
            }
        }
    }

    @Test("Too many rows, keys or bytes are refused")
    func limits() throws {
        let row = #"{"id":"a","at":0}"# + "\n"
        let many = String(repeating: row, count: ParseLimit.rowCount)
        #expect(try parse(many + "\n").batch.rowCount == ParseLimit.rowCount)
        #expect(throws: IngestError.limitExceeded(limit: "rows of a request", value: 100_000)) {
            try parse(many + "x")
        }
        let keys = (0..<1_025).map { "\"k\($0)\":0" }.joined(separator: ",")
        #expect(
            try parse(#"{"id":"a","at":0,"attrs":{\#(keys)}}"#).rejections.first?.code
                == .rowTooLarge)
        let long = String(
            repeating: "\"" + String(repeating: "y", count: 250_000) + "\",", count: 5)
        #expect(
            try parse(#"{"id":"a","at":0,"attrs":[\#(long)1]}"#).rejections.first?.code
                == .rowTooLarge)
    }

    @Test("Keys in any order, with blanks and escapes, find their columns")
    func keyOrder() throws {
        let rows = [
            #"{"id":"a","at":0,"n":1,"ok":true}"#,
            #"{ "ok" : true , "n" : 1 , "at" : 0 , "id" : "a" }"#,
            #"{"n":1,"\u0069d":"a","ok":true,"__time":0}"#,
            #"{"ok":true,"id":"a","n":1,"at":0}   "#,
        ]
        let events = try parse(rows.joined(separator: "\n"))
        #expect(events.rejections.isEmpty)
        for row in 1..<rows.count { #expect(events.batch.row(at: row) == events.batch.row(at: 0)) }
    }
}
