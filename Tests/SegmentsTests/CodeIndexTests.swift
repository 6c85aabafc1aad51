import TestSupport
import Testing

@testable import Segments

/// A code index finds the rows that a look at every row finds.
@Suite("Code indexes")
struct CodeIndexTests {
    @Test("An ascending list gives back the integers of any range", arguments: 0..<30)
    func lists(seed: Int) throws {
        var generator = SeededGenerator(seed: UInt64(seed))
        let universe = UInt64.random(in: 1...(seed % 3 == 0 ? 5_000 : 1 << 40), using: &generator)
        var values: Set<UInt64> = []
        for _ in 0..<Int.random(in: 0...3_000, using: &generator) {
            values.insert(.random(in: 0..<universe, using: &generator))
        }
        if Bool.random(using: &generator) { values = values.filter { $0 < universe / 64 } }
        let sorted = values.sorted()
        guard !sorted.isEmpty else { return }
        let bytes = AscendingList.encode(sorted, universe: universe)
        #expect(
            bytes.count == AscendingList.byteCount(count: sorted.count, universe: universe),
            "seed \(seed)")
        let list = try AscendingList(bytes.span)
        for _ in 0..<200 {
            let lower = UInt64.random(in: 0...universe, using: &generator)
            let upper = UInt64.random(in: lower...universe, using: &generator)
            var found: [UInt64] = []
            try list.forEach(in: lower..<upper, bytes.span) { found.append($0) }
            #expect(found == sorted.filter { $0 >= lower && $0 < upper }, "seed \(seed)")
        }
    }

    private enum Shape: CaseIterable {
        case skewed, clustered, many, manyClustered, flags, arrays, manyArrays
    }

    /// Values of one column, some of them NULL, so that an index of some form pays.
    private static func values(
        _ shape: Shape, _ count: Int, _ generator: inout SeededGenerator
    ) -> [Value] {
        (0..<count).map { row in
            if Int.random(in: 0..<50, using: &generator) == 0 { return .null }
            let draw = Double.random(in: 0..<1, using: &generator)
            switch shape {
            case .skewed: return .varchar(Text("v\(Int(draw * draw * draw * draw * 12))"))
            case .clustered: return .varchar(Text("v\(row * 40 / count)"))
            case .many: return .varchar(Text("v\(row / 100 * 8 + Int(draw * 8))"))
            case .manyClustered: return .varchar(Text("v\(row * 3_000 / count)"))
            case .flags: return .boolean(draw < 0.004)
            case .arrays, .manyArrays:
                let elements = (0..<Int(draw * 4)).map { _ in
                    let draw = Double.random(in: 0..<1, using: &generator)
                    let few = Int(draw * draw * draw * draw * 20)
                    return Value.varchar(Text("c\(shape == .arrays ? few : Int(draw * 900))"))
                }
                return .array(elements)
            }
        }
    }

    @Test("Rows by code are those that hold it, in every shape", arguments: 0..<7, 0..<2)
    func rows(shape: Int, seed: Int) throws {
        let shape = Shape.allCases[shape]
        var generator = SeededGenerator(seed: UInt64(seed))
        let type: LogicalType =
            switch shape {
            case .flags: .boolean
            case .arrays, .manyArrays: .array(.varchar)
            default: .varchar
            }
        let values = Self.values(shape, 40_000, &generator)
        let schema = TableSchema(
            id: TableID(1), name: "t", columns: [ColumnDefinition(id: 1, name: "c", type: type)])
        let rows = RowBatch(schema, rows: values.map { [$0] })
        let (reader, entry, files) = try SegmentFixture.segment(rows, schema: schema)
        #expect(reader.hasCodeIndex(columnID: 1), "\(shape), seed \(seed)")
        let dictionary = try reader.dictionary(columnID: 1)
        let size = try reader.directory().columns[0].codeIndexByteCount
        #expect(size < 100_000, "\(shape): \(size) bytes, seed \(seed)")

        var foundCount = 0
        let codes = dictionary.map { Array(0..<$0.count) } ?? [0, 1]
        for code in codes.shuffled(using: &generator).prefix(200) {
            let wanted =
                dictionary.map { Value.varchar($0.values.text(at: code)) } ?? .boolean(code == 1)
            let truth = values.indices.filter { Self.holds(values[$0], wanted) }.map { UInt32($0) }
            let match = try reader.rows(withCodes: [UInt32(code)], columnID: 1, limit: 40_000)
            guard let match else { continue }
            foundCount += 1
            if match.isExact {
                #expect(match.rows.members == truth, "\(shape), code \(code), seed \(seed)")
            } else {
                #expect(Set(match.rows.members).isSuperset(of: truth), "\(shape), seed \(seed)")
                #expect(match.rows.cardinality <= 40_000 / 4, "\(shape), seed \(seed)")
            }
        }
        #expect(foundCount > 0, "\(shape), seed \(seed)")
        let findings = SegmentCheck.findings(fileSystem: files, entry: entry)
            .filter { !$0.message.contains("time chunk") }
        #expect(findings.isEmpty, "\(shape), seed \(seed)")
    }

    private static func holds(_ value: Value, _ wanted: Value) -> Bool {
        if case .array(let elements) = value { return elements.contains(wanted) }
        return value == wanted
    }

    @Test("Several codes give the union of their rows, and too many rows give nothing")
    func unions() throws {
        var generator = SeededGenerator(seed: 7)
        for shape in [Shape.skewed, .manyClustered] {
            let values = Self.values(shape, 40_000, &generator)
            let schema = TableSchema(
                id: TableID(1), name: "t",
                columns: [ColumnDefinition(id: 1, name: "c", type: .varchar)])
            let (reader, _, _) = try SegmentFixture.segment(
                RowBatch(schema, rows: values.map { [$0] }), schema: schema)
            let dictionary = try #require(try reader.dictionary(columnID: 1))
            let indexed = try (0..<UInt32(dictionary.count)).filter {
                try reader.rows(withCodes: [$0], columnID: 1, limit: 40_000) != nil
            }
            let codes = Array(indexed.prefix(3))
            let wanted = Set(codes.map { Value.varchar(dictionary.values.text(at: Int($0))) })
            let truth = Set(
                values.indices.filter { wanted.contains(values[$0]) }.map { UInt32($0) })
            let match = try #require(
                try reader.rows(withCodes: codes, columnID: 1, limit: 40_000))
            #expect(Set(match.rows.members).isSuperset(of: truth))
            #expect(try reader.rows(withCodes: codes, columnID: 1, limit: 2) == nil)
            for code in codes {
                #expect(dictionary.code(of: dictionary.values.text(at: Int(code))) == code)
            }
            #expect(dictionary.code(of: Text("none")) == nil)
        }
    }

    @Test("A column whose values are all about as frequent has no bitmaps")
    func unpaid() throws {
        let schema = TableSchema(
            id: TableID(1), name: "t",
            columns: [
                ColumnDefinition(id: 1, name: "few", type: .varchar),
                ColumnDefinition(id: 2, name: "id", type: .varchar),
                ColumnDefinition(id: 3, name: "flag", type: .boolean),
            ])
        let rows = (0..<20_000).map { row -> [Value] in
            [.varchar(Text("v\(row % 3)")), .varchar(Text("id\(row)")), .boolean(row % 2 == 0)]
        }
        let (reader, _, _) = try SegmentFixture.segment(
            RowBatch(schema, rows: rows), schema: schema)
        for column in 1...3 { #expect(!reader.hasCodeIndex(columnID: UInt32(column))) }
    }
}
