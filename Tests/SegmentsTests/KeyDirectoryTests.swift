import TestSupport
import Testing

@testable import Segments

@Suite("Keys side by side")
struct KeyDirectoryTests {
    @Test("Prefixes are in the order of the keys they are cut from")
    func order() {
        var generator = TestSupport.SeededGenerator(seed: 7)
        for _ in 0..<2_000 {
            let texts = (0..<2).map { _ in
                (0..<Int.random(in: 0..<24, using: &generator)).map { _ in
                    UInt8.random(in: 0...3, using: &generator) &* 85
                }
            }.sorted { $0.lexicographicallyPrecedes($1) }
            let (first, second) = (texts[0], texts[1])
            let low = KeyProbe.prefix(of: first.span)
            let high = KeyProbe.prefix(of: second.span)
            #expect(low <= high, "\(texts)")
            let numbers = [
                Int64.random(in: .min ... .max, using: &generator),
                Int64.random(in: -5...5, using: &generator),
            ].sorted()
            #expect(KeyProbe.prefix(of: numbers[0]) <= KeyProbe.prefix(of: numbers[1]))
        }
        #expect(KeyProbe(.null) == nil)
        #expect(KeyProbe(.double(1)) == nil)
    }

    @Test("Positions are found by id, however large the ids are")
    func positions() {
        let ids: [UInt32] = [7, 1, 4_095, 4_096, .max, 90_000]
        let schema = TableSchema(
            id: TableID(1), name: "t",
            columns: ids.map {
                ColumnDefinition(id: $0, name: "c\($0)", type: .bigint)
            })
        let positions = ColumnPositions(schema)
        for (position, id) in ids.enumerated() { #expect(positions[id] == position) }
        for id in [0, 2, 4_094, 5_000, 89_999] as [UInt32] { #expect(positions[id] == nil) }
    }
}
