import Segments
import Testing

@Suite("Segment files")
struct SegmentRoundTripTests {
    @Test(
        "A segment reads back every row it was given",
        arguments: [1, 2, 255, 256, 257, 1_000, 16_384, 16_385, 20_000],
        [SegmentReadMode.map, .pread])
    func roundTrip(count: Int, mode: SegmentReadMode) throws {
        let rows = RowOrder.sorted(
            [SegmentFixture.rows(count, seed: UInt64(count))], schema: SegmentFixture.schema)
        let (reader, entry, files) = try SegmentFixture.segment(rows, mode: mode)
        #expect(try SegmentFixture.values(reader) == SegmentFixture.values(rows))
        #expect(entry.rowCount == count && reader.rowCount == count)
        #expect(entry.byteCount == files.bytes(entry.path).count)
        #expect(entry.fileHash == Hash128(of: files.bytes(entry.path).span))
        #expect(entry.totals == ControlTotals(of: rows, schema: SegmentFixture.schema))
    }

    @Test("The same rows give the same bytes")
    func deterministic() throws {
        let rows = SegmentFixture.rows(3_000, seed: 5)
        let (_, one, oneFiles) = try SegmentFixture.segment(rows)
        let (_, other, otherFiles) = try SegmentFixture.segment(rows)
        #expect(one == other)
        #expect(oneFiles.bytes(one.path) == otherFiles.bytes(other.path))
    }

    @Test("Rows are found one by one as by reading all, in any order")
    func gather() throws {
        let rows = SegmentFixture.rows(40_000, seed: 9)
        let (reader, _, _) = try SegmentFixture.segment(rows)
        var draw = Draw(seed: 77)
        for count in [1, 3, 50, 2_000] {
            let picked = (0..<count).map { _ in Int32(draw.below(40_000)) }
            let found = try reader.rows(at: picked, columns: SegmentFixture.schema.columns)
            #expect(SegmentFixture.values(found) == SegmentFixture.values(rows.gather(picked)))
        }
    }

    @Test("A column added after the segment reads as what it began with")
    func absentColumn() throws {
        let (reader, _, _) = try SegmentFixture.segment(SegmentFixture.rows(300, seed: 3))
        let added = ColumnDefinition(
            id: 99, name: "later", type: .varchar, defaultValue: .varchar("new"),
            initialValue: .varchar("none"))
        let nullable = ColumnDefinition(id: 100, name: "latest", type: .bigint)
        #expect(!reader.hasColumn(99) && reader.zoneMap(columnID: 99) == nil)
        let column = try reader.column(added, block: 0)
        #expect(column.count == 300 && column.value(at: 299) == .varchar("none"))
        #expect(try reader.column(nullable, block: 0).nullCount == 300)
        #expect(try reader.rows(at: [5, 1], columns: [added]).row(at: 1) == [.varchar("none")])
    }

    @Test("A column asked for under another type is refused")
    func typeMismatch() throws {
        let (reader, _, _) = try SegmentFixture.segment(SegmentFixture.rows(10, seed: 3))
        let wrong = ColumnDefinition(id: 5, name: "amount", type: .varchar)
        #expect(throws: SegmentError.self) { try reader.column(wrong, block: 0) }
    }

    @Test("Few distinct strings become codes of one sorted dictionary, many stay text")
    func dictionaries() throws {
        let (reader, _, _) = try SegmentFixture.segment(SegmentFixture.rows(20_000, seed: 4))
        let merchants = try #require(try reader.dictionary(columnID: 4))
        #expect(merchants.isSorted && merchants.count == 40)
        #expect(try reader.dictionary(columnID: 4) === merchants)
        #expect(try reader.dictionary(columnID: 1) == nil)
        for block in 0..<2 {
            let column = try reader.column(SegmentFixture.schema.columns[3], block: block)
            guard case .codes(_, let dictionary) = column.values else {
                Issue.record("merchants are not codes")
                return
            }
            #expect(dictionary === merchants)
        }
    }
}
