import Segments
import Testing

@Suite("Key indexes")
struct SegmentKeyTests {
    @Test("Every key finds exactly the rows that a scan finds", arguments: [1, 300, 40_000])
    func lookUp(count: Int) throws {
        let rows = RowOrder.sorted(
            [SegmentFixture.rows(count, seed: 21)], schema: SegmentFixture.schema)
        let (reader, _, _) = try SegmentFixture.segment(rows)
        var draw = Draw(seed: 5)
        for index in SegmentFixture.schema.keyIndexColumns {
            let id = SegmentFixture.schema.columns[index].id
            #expect(reader.hasKeyIndex(columnID: id))
            var places: [Value: [Int]] = [:]
            for row in 0..<count {
                let key = rows.columns[index].value(at: row)
                if !key.isNull { places[key, default: []].append(row) }
            }
            for _ in 0..<200 {
                guard let (key, expected) = places.randomElement(using: &draw) else { break }
                #expect(try reader.rowIndices(matching: key, columnID: id) == expected)
            }
        }
    }

    @Test("Absent keys, NULL and keys of another type find nothing")
    func absent() throws {
        let (reader, _, _) = try SegmentFixture.segment(SegmentFixture.rows(5_000, seed: 2))
        #expect(try reader.rowIndices(matching: .varchar("nobody"), columnID: 1).isEmpty)
        #expect(try reader.rowIndices(matching: .null, columnID: 3).isEmpty)
        #expect(try reader.rowIndices(matching: .bigint(4), columnID: 3).isEmpty)
        #expect(try reader.rowIndices(matching: .bigint(5_000), columnID: 14).isEmpty)
        #expect(!reader.hasKeyIndex(columnID: 4))
    }

    @Test("A key table never denies a key it has, and lets through few others")
    func misses() throws {
        let rows = SegmentFixture.rows(20_000, seed: 8)
        let (reader, _, _) = try SegmentFixture.segment(rows)
        for row in stride(from: 0, to: 20_000, by: 7) {
            let hash = try #require(KeyHash.hash(of: rows.columns[0].value(at: row)))
            #expect(try reader.mayContain(keyHash: hash, columnID: 1))
        }
        var passed = 0
        for index in 0..<10_000 {
            let hash = try #require(KeyHash.hash(of: .varchar(Text("foreign \(index)"))))
            passed += try reader.mayContain(keyHash: hash, columnID: 1) ? 1 : 0
        }
        #expect(passed < 120, "about one in 190 passes")
    }

    @Test("Live rows are found by key as by a scan")
    func live() {
        let rows = SegmentFixture.rows(2_000, seed: 31)
        let batch = LiveBatch(
            rows, schema: SegmentFixture.schema, firstLSN: 1, lastLSN: 1)
        for index in [0, 2, 13] {
            for row in stride(from: 0, to: 2_000, by: 97) {
                let key = rows.columns[index].value(at: row)
                let expected =
                    key.isNull
                    ? [] : (0..<2_000).filter { rows.columns[index].value(at: $0) == key }
                #expect(batch.rowIndices(matching: key, column: index) == expected)
            }
            #expect(batch.rowIndices(matching: .varchar("nobody"), column: index).isEmpty)
        }
    }
}
