import TestSupport
import Testing

@testable import Segments

/// Numbers of texts that mean the same in all segments.
@Suite("Numbers of entries")
struct EntryNumbersTests {
    private static let schema = TableSchema(
        id: TableID(1), name: "t",
        columns: [
            ColumnDefinition(id: 1, name: "name", type: .varchar),
            ColumnDefinition(id: 2, name: "other", type: .varchar),
        ])

    private static func handle(_ names: Range<Int>) throws -> SegmentHandle {
        let rows = names.flatMap { name in
            (0..<5).map { _ in
                [Value.varchar(Text("name \(name * 7 % 1_000)")), .varchar(Text("x\(name % 9)"))]
            }
        }
        let (reader, _, _) = try SegmentFixture.segment(
            RowBatch(schema, rows: rows), schema: schema)
        return SegmentHandle(reader)
    }

    @Test("A text has one number in all segments, and another text another")
    func numbers() throws {
        let handles = [try Self.handle(0..<400), try Self.handle(300..<900)]
        let directory = KeyDirectory(handles, schema: Self.schema)
        let numbering = directory.entryNumbers(columnID: 1)
        #expect(directory.entryNumbers(columnID: 1) === numbering)
        #expect(directory.entryNumbers(columnID: 2) !== numbering)
        var numbers: [Text: UInt32] = [:]
        for _ in 0..<2 {
            for handle in handles {
                let dictionary = try #require(try handle.reader().dictionary(columnID: 1))
                let found = try #require(numbering.numbers(of: dictionary))
                #expect(found.count == dictionary.count)
                for (entry, number) in found.enumerated() {
                    let text = dictionary.values.text(at: entry)
                    #expect(numbers[text, default: number] == number)
                    numbers[text] = number
                }
            }
        }
        #expect(numbers.count == 900 && Set(numbers.values) == Set(0..<900))
    }

    @Test("Dictionaries of other columns and of live rows have no numbers")
    func foreign() throws {
        let handle = try Self.handle(0..<100)
        let numbering = EntryNumbers([handle], columnID: 1)
        let own = try #require(try handle.reader().dictionary(columnID: 1))
        let other = try #require(try handle.reader().dictionary(columnID: 2))
        #expect(numbering.numbers(of: other) == nil)
        #expect(numbering.numbers(of: StringDictionary(own.values, isSorted: true)) == nil)
        #expect(numbering.numbers(of: own) != nil)
    }
}
