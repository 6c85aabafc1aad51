import TestSupport
import Testing

@testable import Segments

/// The rows of a value of the column that orders a segment.
@Suite("Rows by order")
struct SegmentOrderTests {
    private static let schema = TableSchema(
        id: TableID(1), name: "t",
        columns: [
            ColumnDefinition(id: 1, name: "other", type: .varchar),
            ColumnDefinition(id: 2, name: "first", type: .varchar),
        ],
        clusterColumns: [1])

    /// Values of few or many rows each, so that all forms of blocks occur: runs, packed, constant.
    private static func rows(_ entryCount: Int, _ generator: inout SeededGenerator) -> [[Value]] {
        (0..<40_000).map { row in
            let draw = Double.random(in: 0..<1, using: &generator)
            let entry = Int(draw * draw * Double(entryCount))
            let isNull = entryCount % 2 == 0 && Int.random(in: 0..<9, using: &generator) == 0
            return [
                .varchar(Text("o\(row % 7)")),
                isNull ? .null : .varchar(Text("a merchant of a long name, number \(entry)")),
            ]
        }
    }

    @Test("They are those that a look at every row finds", arguments: [1, 2, 3, 40, 701, 5_000])
    func agree(entryCount: Int) throws {
        var generator = SeededGenerator(seed: UInt64(entryCount))
        let rows = RowOrder.sorted(
            [RowBatch(Self.schema, rows: Self.rows(entryCount, &generator))], schema: Self.schema)
        let (reader, _, _) = try SegmentFixture.segment(rows, schema: Self.schema)
        try #require(reader.isOrdered(byColumnID: 2))
        #expect(!reader.isOrdered(byColumnID: 1))
        var rowsByText: [Value: [UInt32]] = [:]
        for row in 0..<rows.rowCount {
            rowsByText[rows.columns[1].value(at: row), default: []].append(UInt32(row))
        }
        let dictionary = try #require(try reader.dictionary(columnID: 2))
        for code in (0..<dictionary.count).shuffled(using: &generator).prefix(300) {
            let match = try #require(
                try reader.rows(withCodes: [UInt32(code)], columnID: 2, limit: 40_000))
            #expect(match.isExact)
            #expect(match.rows.members == rowsByText[.varchar(dictionary.values.text(at: code))])
        }
        let all = (0..<UInt32(min(200, dictionary.count))).map { $0 }
        let union = try reader.rows(withCodes: all, columnID: 2, limit: 40_000)
        let wanted = all.flatMap {
            rowsByText[.varchar(dictionary.values.text(at: Int($0)))] ?? []
        }
        #expect(union?.rows.members == wanted.sorted())
        let limit = max(0, wanted.count - 1)
        #expect(try reader.rows(withCodes: all, columnID: 2, limit: limit) == nil)
        let none = try reader.rows(
            withCodes: [UInt32(dictionary.count)], columnID: 2, limit: 40_000)
        #expect(none?.rows.members == [])
    }

    @Test("An ordering column of arrays or JSON is left to its index")
    func others() throws {
        for type in [LogicalType.array(.varchar), .json] {
            let schema = TableSchema(
                id: TableID(1), name: "t",
                columns: [ColumnDefinition(id: 1, name: "first", type: type)], clusterColumns: [0])
            let values = (0..<20_000).map { row -> Value in
                let text = Text("a\(row % 900)")
                return type == .json
                    ? .json(Text("{\"a\":\(row % 9)}"))
                    : .array(Array(repeating: .varchar(text), count: row % 3))
            }
            let rows = RowOrder.sorted(
                [RowBatch(schema, rows: values.map { [$0] })], schema: schema)
            let (reader, _, _) = try SegmentFixture.segment(rows, schema: schema)
            #expect(!reader.isOrdered(byColumnID: 1))
            let dictionary = try #require(try reader.dictionary(columnID: 1))
            let match = try reader.rows(withCodes: [0], columnID: 1, limit: 20_000)
            guard let match, type != .json else { continue }
            let wanted = Value.varchar(dictionary.values.text(at: 0))
            let truth = (0..<rows.rowCount).filter { row in
                guard case .array(let elements) = rows.columns[0].value(at: row) else {
                    return false
                }
                return elements.contains(wanted)
            }
            #expect(match.rows.members == truth.map { UInt32($0) })
        }
    }
}
