import Ingest
import Segments
import Testing

@Suite("Tables that are inferred")
struct SchemaInferenceTests {
    private func schema(_ text: String, _ format: EventFormat) throws -> TableSchema {
        var inference = SchemaInference()
        try inference.read(Array(text.utf8), as: format)
        return try inference.schema(named: "t")
    }

    private func types(_ values: [String]) throws -> LogicalType {
        let rows = values.map { "{\"a\":\($0)}" }.joined(separator: "\n")
        return try schema(rows, .ndjson).columns[0].type
    }

    @Test("A column takes the narrowest type of all its values")
    func narrowest() throws {
        #expect(try types(["1", "null", "-2"]) == .bigint)
        #expect(try types(["1", "2.50"]) == .decimal(precision: 18, scale: 2))
        #expect(
            try types(["1.5", "99999999999999999999"]) == .decimal(precision: 38, scale: 1))
        #expect(try types(["1", "1e3"]) == .double)
        #expect(try types(["0.1234567891"]) == .double)
        #expect(try types(["true", "false"]) == .boolean)
        #expect(try types(["true", "1"]) == .json)
        #expect(try types(["\"a\"", "\"2026-01-01\""]) == .varchar)
        #expect(try types(["\"2026-01-01\""]) == .date)
        #expect(try types(["\"2026-01-01T00:00:00Z\"", "\"2026-01-02\""]) == .timestamp)
        #expect(try types(["{}", "{\"b\":1}"]) == .json)
        #expect(try types(["[\"a\"]", "[]"]) == .array(.varchar))
        #expect(try types(["[1]"]) == .array(.bigint))
        #expect(try types(["[1,\"a\"]"]) == .json)
        #expect(try types(["null"]) == .varchar)
    }

    @Test("CSV says its types by its looks; leading zeros are texts")
    func csv() throws {
        let schema = try schema(
            "id,at,zip,amount,ok,doc,mixed,none\n1,2026-01-01 10:00:00,01234,2.5,true,{},1,\n"
                + "2,2026-01-02 10:00:00,99999,3,false,\"[1]\",x,\n", .csv)
        #expect(
            schema.columns.map(\.type) == [
                .bigint, .timestamp, .varchar, .decimal(precision: 18, scale: 1), .boolean, .json,
                .varchar, .varchar,
            ])
        #expect(schema.timestampColumn == 1 && schema.granularity == .day)
        #expect(!schema.columns[1].isNullable)
    }

    @Test("The field __time is the table's time, and a time that is missing once is not")
    func time() throws {
        let druid = try schema("{\"__time\":1000,\"n\":1}\n{\"__time\":2000}", .ndjson)
        #expect(druid.columns.map(\.name) == ["time", "n"])
        #expect(druid.timestampColumn == 0 && druid.columns[0].type == .timestamp)
        let some = try schema("[{\"at\":\"2026-01-01T00:00:00Z\"},{\"b\":1}]", .detect)
        #expect(some.timestampColumn == nil)
    }

    @Test("What is no table is refused at its line")
    func refusals() {
        func failure(_ text: String, _ format: EventFormat) -> SchemaInference.Failure? {
            #expect(throws: SchemaInference.Failure.self) { try schema(text, format) }
        }
        #expect(failure("{\"a\":1}\n\n{", .ndjson)?.line == 3)
        #expect(failure("{\"a\":1}\n5", .ndjson)?.line == 2)
        #expect(failure("a,b\n1,2\n\n1\n", .csv)?.line == 4)
        #expect(failure("a,a\n", .csv)?.reason == "the header names column 'a' twice")
        #expect(failure("", .csv) != nil)
        #expect(failure("", .ndjson)?.reason == "there are no rows")
    }
}
