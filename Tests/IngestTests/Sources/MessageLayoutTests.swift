import Segments
import Testing

@testable import Ingest

@Suite struct MessageLayoutTests {
    private static let schema = TableSchema(
        id: TableID(1), name: "t",
        columns: [
            ColumnDefinition(id: 1, name: "id", type: .varchar),
            ColumnDefinition(id: 2, name: "account", type: .bigint),
            ColumnDefinition(id: 3, name: "trace", type: .varchar),
        ])

    private func texts(
        _ value: String?, key: String? = nil, headers: [(String, String?)] = [],
        options: [(String, String)] = [], limit: Int = 100, schema: TableSchema = schema
    ) throws -> [String] {
        let definition = SourceDefinition(
            id: TableID(1), name: "s", tableID: TableID(1), kind: .kafka,
            options: options.map { .init($0.0, $0.1) })
        let layout = try MessageLayout(SourceOptions(definition), schema)
        var body: [UInt8] = []
        var ends: [Int32] = []
        let bytes = Array((value ?? "").utf8)
        let keyBytes = Array((key ?? "").utf8)
        let named = headers.map { (name: Array($0.0.utf8), value: $0.1.map { Array($0.utf8) }) }
        layout.append(
            Message(
                value: value == nil ? nil : bytes.span, key: key == nil ? nil : keyBytes.span,
                headers: named),
            lineLimit: limit, to: &body, ends: &ends)
        var start = 0
        return ends.map { end in
            defer { start = Int(end) + 1 }
            #expect(body[Int(end)] == MessageBatch.separator)
            return String(decoding: body[start..<Int(end)], as: UTF8.self)
        }
    }

    @Test("A JSON value is one row over any number of lines, and a tombstone is none")
    func json() throws {
        #expect(try texts("{\n  \"id\": 1\n}\n") == ["{\n  \"id\": 1\n}\n"])
        #expect(try texts(nil) == [])
        #expect(try texts("") == [""])
    }

    @Test("Lines are rows, blank ones are not, and too many are one text that nobody takes")
    func lines() throws {
        let options = [("format", "ndjson")]
        #expect(
            try texts("{\"a\":1}\n\n {\"a\":2}\r\n", options: options)
                == ["{\"a\":1}", " {\"a\":2}\r"])
        #expect(try texts("{}\n{}\n{}", options: options, limit: 2) == ["{}\n{}\n{}"])
        #expect(try texts("", options: options) == [])
    }

    @Test("A key is spliced in as a field, and cannot bring others with it")
    func keys() throws {
        let text = [("key", "id")]
        #expect(
            try texts("{\"account\":1}", key: "k\"1", options: text)
                == ["{\"id\":\"k\\\"1\",\"account\":1}"])
        #expect(try texts(" { } ", key: "a", options: text) == ["{\"id\":\"a\"} "])
        #expect(try texts("{\"account\":1}", options: text) == ["{\"account\":1}"])
        #expect(try texts("[1]", key: "a", options: text) == ["[1]"])
        let number = [("key", "account")]
        #expect(
            try texts("{\"id\":\"x\"}", key: "42", options: number)
                == ["{\"account\":42,\"id\":\"x\"}"])
        #expect(
            try texts("{}", key: "1,\"id\":2", options: number)
                == ["{\"account\":\"1,\\\"id\\\":2\"}"])
    }

    @Test("Headers are spliced in, the last of a name")
    func headers() throws {
        let options = [("headers", "trace-id:trace, id")]
        let headers: [(String, String?)] = [
            ("trace-id", "a"), ("other", "x"), ("trace-id", "b"), ("id", nil),
        ]
        #expect(try texts("{}", headers: headers, options: options) == ["{\"trace\":\"b\"}"])
        #expect(throws: SourceError.self) { try texts("{}", options: [("headers", "a:nothing")]) }
        #expect(throws: SourceError.self) { try texts("{}", options: [("key", "nothing")]) }
        #expect(throws: SourceError.self) { try texts("{}", options: [("format", "avro")]) }
    }

    @Test(
        "The event is cut out of every shape of Debezium's outbox",
        arguments: [
            (#"{"id":"1"}"#, #"{"id":"1"}"#),
            (#""{\"id\":\"1\"}""#, #"{"id":"1"}"#),
            (#"{"schema":{"type":"string"},"payload":"{\"id\":\"1\"}"}"#, #"{"id":"1"}"#),
            (#"{"schema":null,"payload":{"id":"1"}}"#, #"{"id":"1"}"#),
            (#"{"payload":{"id":"1"},"eventType":"x"}"#, #"{"id":"1"}"#),
            (#"{ "id":"o", "payload" : "{\"id\":\"1\"}" }"#, #"{"id":"1"}"#),
            (
                #"{"before":null,"after":{"id":"o","payload":"{\"id\":\"1\"}"},"op":"c"}"#,
                #"{"id":"1"}"#
            ),
            (
                #"{"schema":{},"payload":{"op":"r","after":{"id":"o","payload":{"id":"1"}}}}"#,
                #"{"id":"1"}"#
            ),
            (#"{"op":"d","after":null}"#, ""), (#"{"id":"o","payload":null}"#, ""),
            (#"{"broken""#, #"{"broken""#), ("[1]", "[1]"),
        ])
    func outbox(value: String, event: String) throws {
        let found = try texts(value, options: [("format", "debezium_outbox")])
        #expect(found == (event.isEmpty ? [] : [event]))
    }

    @Test("Events that have a field payload of their own keep it")
    func ownPayload() throws {
        var schema = Self.schema
        schema.columns.append(ColumnDefinition(id: 9, name: "payload", type: .json))
        let options = [("format", "debezium_outbox")]
        let event = #"{"id":"1","payload":{"x":1}}"#
        #expect(try texts(event, options: options, schema: schema) == [event])
        let change = #"{"op":"c","after":{"id":"o","payload":\#(event)}}"#
        #expect(try texts(change, options: options, schema: schema) == [event])
    }
}
