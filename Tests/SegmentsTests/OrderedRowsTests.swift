import Testing

@testable import Segments

/// Rows that are packed before they are put in order.
@Suite("Ordered rows")
struct OrderedRowsTests {
    private static let schema = TableSchema(
        id: TableID(4), name: "t",
        columns: [
            ColumnDefinition(id: 1, name: "id", type: .varchar, isNullable: false),
            ColumnDefinition(id: 2, name: "time", type: .timestamp, isNullable: false),
            ColumnDefinition(id: 3, name: "order_id", type: .varchar),
            ColumnDefinition(id: 4, name: "shop", type: .varchar),
            ColumnDefinition(id: 5, name: "note", type: .varchar),
            ColumnDefinition(id: 6, name: "none", type: .varchar),
        ],
        timestampColumn: 1, granularity: .day, clusterColumns: [3], uniqueColumns: [0],
        lookupColumns: [2])

    /// Ids, orders of which some come back or are NULL, few shops, texts that fit no pattern.
    private static func rows(_ count: Int, _ draw: inout Draw) -> RowBatch {
        let start = SegmentFixture.chunk.start
        let orders = (0..<count / 2 + 1).map { _ in
            TextPatternTests.text("ORD-20260###-BBBBBBBB", &draw)
        }
        return RowBatch(
            schema,
            rows: (0..<count).map { _ in
                [
                    .varchar(TextPatternTests.text("01BBBBBBBBBBBBBBBBBBBBBBBB", &draw)),
                    .timestamp(start + Int64(draw.below(1_000_000))),
                    draw.below(9) == 0 ? .null : .varchar(orders[draw.below(orders.count)]),
                    .varchar(Text("S00\(10 + draw.below(30))")),
                    draw.below(3) == 0
                        ? .null
                        : .varchar(
                            draw.below(500) == 0
                                ? Text("odd") : TextPatternTests.text("C#######", &draw)),
                    .null,
                ]
            })
    }

    @Test("Packed on their way or not, the file is the same", arguments: [1, 300, 3_000, 40_000])
    func sameFile(count: Int) throws {
        var draw = Draw(seed: UInt64(count))
        var parts: [RowSelection] = []
        var left = count
        while left > 0 {
            let batch = Self.rows(min(left, 1 + draw.below(5_000)), &draw)
            left -= batch.rowCount
            let kept = (0..<Int32(batch.rowCount)).filter { _ in draw.below(4) > 0 }
            let columns = batch.columns.map {
                draw.below(4) == 0 ? DictionaryEncoding.prepare($0) : $0
            }
            parts.append(
                RowSelection(
                    batch: RowBatch(rowCount: batch.rowCount, columns: columns),
                    rows: kept.isEmpty || draw.below(2) == 0 ? nil : kept))
        }
        let description = SegmentDescription(
            id: SegmentID(1), chunk: SegmentFixture.chunk, level: 0, firstLSN: 1, lastLSN: 1)
        let (plain, packed) = (MemoryFiles(), MemoryFiles())
        let sorted = RowOrder.sorted(parts, schema: Self.schema)
        let ordered = RowOrder.ordered(parts, schema: Self.schema)
        #expect(SegmentFixture.values(ordered.batch) == SegmentFixture.values(sorted))
        if count > 1 { #expect(ordered.textHashes[0] != nil) }
        let expected = try SegmentWriter(fileSystem: plain).write(
            sorted, schema: Self.schema, as: description)
        let entry = try SegmentWriter(fileSystem: packed).write(
            ordered, schema: Self.schema, as: description)
        #expect(entry == expected)
        #expect(packed.bytes(entry.path) == plain.bytes(entry.path))
        #expect(SegmentCheck.findings(fileSystem: packed, entry: entry).isEmpty)
    }
}
