import TestSupport
import Testing

@testable import Segments

/// The columns of JSON paths say what the texts say.
@Suite("JSON path columns")
struct JSONPathColumnTests {
    private static let definition = ColumnDefinition(id: 1, name: "attrs", type: .json)
    private static let schema = TableSchema(id: TableID(1), name: "t", columns: [definition])

    /// A text of some depth: repeated names, escapes, blanks, numbers in odd forms, what is no
    /// object.
    private static func text(_ generator: inout SeededGenerator, _ depth: Int = 0) -> String {
        let scalars = [
            "1", "1.0", "-1e3", "true", "false", "null", "\"iOS\"", "\"\"", "\"a\\\"b\\u00e9\\n\"",
            "\"\\ud83d\\ude00\"", "[1,{\"a\":2}]", "[]", "{}",
        ]
        let names = ["a", "b", "os", "\\u0061", "", "a.b", "긴 이름"]
        guard depth < 4, Int.random(in: 0..<8, using: &generator) > depth else {
            return scalars.randomElement(using: &generator) ?? "1"
        }
        let blank = Int.random(in: 0..<4, using: &generator) == 0 ? " " : ""
        let members = (0..<Int.random(in: 0...3, using: &generator)).map { _ in
            let name = names.randomElement(using: &generator) ?? "a"
            return "\(blank)\"\(name)\":\(blank)\(text(&generator, depth + 1))\(blank)"
        }
        return "{" + members.joined(separator: ",") + "}"
    }

    private static func expect(_ texts: [Value], _ note: String) throws -> SegmentDirectory.Column {
        let rows = RowBatch(schema, rows: texts.map { [$0] })
        let (reader, entry, files) = try SegmentFixture.segment(rows, schema: schema)
        #expect(try SegmentFixture.values(reader).map { $0[0] } == texts, "\(note)")
        for path in reader.footer.columns[0].paths.map(\.path) {
            let wanted = texts.map { value -> Value in
                guard case .json(let text) = value else { return .null }
                var found = StringVector()
                guard JSONPath.appendScalar(text.bytes.span, path, to: &found) else {
                    return .null
                }
                found.finishString()
                return .varchar(found.text(at: 0))
            }
            var blocks: [Value] = []
            for block in 0..<reader.blockCount {
                let column = try #require(
                    try reader.column(at: path, of: definition, block: block))
                blocks += (0..<column.count).map { column.value(at: $0) }
            }
            #expect(blocks == wanted, "\(path), \(note)")
            try expectCodes(of: path, wanted, reader, note)
            let some = stride(from: 0, to: texts.count, by: 7).map { Int32($0) }
            let picked = try #require(try reader.column(at: path, of: definition, rows: some))
            #expect(
                some.indices.map { picked.value(at: $0) } == some.map { wanted[Int($0)] },
                "\(path), \(note)")
        }
        #expect(try reader.column(at: ["no", "such"], of: definition, block: 0) == nil)
        let findings = SegmentCheck.findings(fileSystem: files, entry: entry)
            .filter { !$0.message.contains("time chunk") }
        #expect(findings.isEmpty, "\(note)")
        return try reader.directory().columns[0]
    }

    /// Every value that the path's index finds is found in all of its rows.
    private static func expectCodes(
        of path: [Text], _ wanted: [Value], _ reader: SegmentReader, _ note: String
    ) throws {
        guard reader.findsRows(at: path, of: definition) else { return }
        let dictionary = try #require(try reader.dictionary(at: path, of: definition))
        for code in 0..<UInt32(dictionary.count) {
            let match = try reader.rows(
                withCodes: [code], at: path, of: definition, limit: wanted.count)
            guard let match else { continue }
            let value = Value.varchar(dictionary.values.text(at: Int(code)))
            let rows = wanted.indices.filter { wanted[$0] == value }
            let found = (0..<wanted.count).filter { match.rows.contains(UInt32($0)) }
            #expect(Set(rows).isSubset(of: found), "\(path), \(note)")
            #expect(!match.isExact || rows == found, "\(path), \(note)")
        }
    }

    @Test("A rare value at a path is found by its code", arguments: [false, true])
    func rareValues(isDictionary: Bool) throws {
        let texts = (0..<20_000).map { row -> Value in
            let os = row % 1_000 == 7 ? "rare" : "common"
            let id = isDictionary ? "" : ",\"id\":\"\(row)\""
            return .json(Text("{\"os\":\"\(os)\"\(id),\"n\":\(row / 64 % 40)}"))
        }
        _ = try Self.expect(texts, "dictionary: \(isDictionary)")
        let (reader, _, _) = try SegmentFixture.segment(
            RowBatch(Self.schema, rows: texts.map { [$0] }), schema: Self.schema)
        #expect((try reader.dictionary(columnID: 1) != nil) == isDictionary)
        let dictionary = try #require(try reader.dictionary(at: ["os"], of: Self.definition))
        let code = try #require(dictionary.code(of: "rare"))
        let match = try #require(
            try reader.rows(withCodes: [code], at: ["os"], of: Self.definition, limit: 100))
        #expect(match.isExact && match.rows.cardinality == 20)
    }

    @Test(
        "Few distinct texts become a dictionary, and paths columns of its entries", arguments: 0..<8
    )
    func dictionary(seed: Int) throws {
        var generator = SeededGenerator(seed: UInt64(seed))
        let texts = (0..<60).map { _ in Value.json(Text(Self.text(&generator))) } + [.null]
        let rows = (0..<1_000).map { _ in texts.randomElement(using: &generator) ?? .null }
        let column = try Self.expect(rows, "seed \(seed)")
        #expect(column.dictionaryCount != nil && column.pathCount > 0, "seed \(seed)")
    }

    @Test("Texts that differ stay as they are, and paths become columns of rows", arguments: 0..<4)
    func rows(seed: Int) throws {
        var generator = SeededGenerator(seed: UInt64(seed) + 100)
        let rows = (0..<17_000).map { row -> Value in
            if row % 50 == 0 { return .null }
            let inner = row % 3 == 0 ? Self.text(&generator) : "{}"
            return .json(
                Text("{\"id\":\"\(row)\",\"os\":\"v\(row % 5)\",\"a\":\(inner),\"n\":\(row % 9)}"))
        }
        let column = try Self.expect(rows, "seed \(seed)")
        #expect(column.dictionaryCount == nil && column.pathCount > 1, "seed \(seed)")
    }

    @Test("Names, depths and paths beyond the limits are left to the texts")
    func limits() throws {
        let deep = (0..<20).reduce("1") { text, _ in "{\"d\":\(text)}" }
        let wide = (0..<300).map { "\"n\($0)\":\($0)" }.joined(separator: ",")
        let long = String(repeating: "n", count: 200)
        let texts = [deep, "{\(wide)}", "{\"\(long)\":1,\"x\":2}", "1", ""].map { Text($0) }
        let columns = JSONShredder.columns(of: StringVector(texts), validity: nil)
        #expect(columns.count == JSONShredder.maximumPathCount)
        #expect(columns.allSatisfy { $0.path.count <= JSONShredder.maximumDepth })
        #expect(columns.allSatisfy { $0.path.allSatisfy { $0.bytes.count < 200 } })
    }
}
