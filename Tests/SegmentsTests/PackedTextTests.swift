import Testing

@testable import Segments

/// Columns of ids in a segment.
@Suite("Packed texts")
struct PackedTextTests {
    private static let schema = TableSchema(
        id: TableID(3), name: "t",
        columns: [
            ColumnDefinition(id: 1, name: "id", type: .varchar, isNullable: false),
            ColumnDefinition(id: 2, name: "time", type: .timestamp, isNullable: false),
            ColumnDefinition(id: 3, name: "order_id", type: .varchar),
            ColumnDefinition(id: 4, name: "note", type: .varchar),
        ],
        timestampColumn: 1, granularity: .day, uniqueColumns: [0], lookupColumns: [2])

    private static func rows(_ count: Int, seed: UInt64) -> RowBatch {
        var draw = Draw(seed: seed)
        let start = SegmentFixture.chunk.start
        return RowBatch(
            schema,
            rows: (0..<count).map { row in
                [
                    .varchar(TextPatternTests.text("01BBBBBBBBBBBBBBBBBBBBBBBB", &draw)),
                    .timestamp(start + Int64(row)),
                    draw.below(9) == 0
                        ? .null : .varchar(TextPatternTests.text("ORD-20260###-BBBBBBBB", &draw)),
                    .varchar(
                        row == 20_000 ? Text("odd") : TextPatternTests.text("C#######", &draw)),
                ]
            })
    }

    @Test("Ids are packed, read back, picked and found by key", arguments: [1_000, 40_000])
    func roundTrip(count: Int) throws {
        let rows = Self.rows(count, seed: UInt64(count))
        let (reader, entry, files) = try SegmentFixture.segment(rows, schema: Self.schema)
        #expect(SegmentCheck.findings(fileSystem: files, entry: entry).isEmpty)
        let values = SegmentFixture.values(rows)
        #expect(try SegmentFixture.values(reader) == values)
        #expect(reader.textPattern(columnID: 1)?.bitCount == 120)
        #expect(reader.textPattern(columnID: 3)?.isWide == false)
        #expect(reader.textPattern(columnID: 2) == nil)
        guard case .widePackedTexts = try reader.column(Self.schema.columns[0], block: 0).values,
            case .packedTexts = try reader.column(Self.schema.columns[2], block: 0).values
        else { return #expect(Bool(false), "ids are not packed") }
        var draw = Draw(seed: 8)
        for _ in 0..<20 {
            let picked = (0..<1 + draw.below(9)).map { _ in Int32(draw.below(count)) }.sorted()
            let found = try reader.rows(at: picked, columns: Self.schema.columns)
            #expect(SegmentFixture.values(found) == picked.map { values[Int($0)] })
            let row = draw.below(count)
            #expect(try reader.rowIndices(matching: values[row][0], columnID: 1) == [row])
            if !values[row][2].isNull {
                #expect(try reader.rowIndices(matching: values[row][2], columnID: 3) == [row])
            }
        }
        #expect(try reader.rowIndices(matching: .varchar("ORD"), columnID: 3).isEmpty)
    }

    @Test("Texts that repeat in a block are kept once", arguments: ["short", "long", "NULL"])
    func repetition(shape: String) throws {
        var draw = Draw(seed: 21)
        let ids = (0..<10_000).map { _ in
            TextPatternTests.text(
                shape == "short" ? "ORD-#BBBBBBBBBBBB" : "01BBBBBBBBBBBBBBBBBB", &draw)
        }
        let start = SegmentFixture.chunk.start
        let rows = RowBatch(
            Self.schema,
            rows: (0..<20_000).map { row in
                let isNull = shape == "NULL" && draw.below(5) == 0
                return [
                    .varchar(TextPatternTests.text("01BBBBBBBBBBBBBBBBBB", &draw)),
                    .timestamp(start + Int64(row)), isNull ? .null : .varchar(ids[row / 2]),
                    .varchar("x"),
                ]
            })
        let (reader, entry, files) = try SegmentFixture.segment(rows, schema: Self.schema)
        #expect(reader.footer.columns[2].blocks.map(\.encoding) == [.repeatedText, .repeatedText])
        #expect(reader.footer.columns[0].blocks.map(\.encoding) == [.packedText, .packedText])
        #expect(SegmentCheck.findings(fileSystem: files, entry: entry).isEmpty)
        let values = SegmentFixture.values(rows)
        #expect(try SegmentFixture.values(reader) == values)
        let picked: [Int32] = [0, 1, 7, 16_383, 16_384, 19_999]
        let found = try reader.rows(at: picked, columns: Self.schema.columns)
        #expect(SegmentFixture.values(found) == picked.map { values[Int($0)] })
        if shape != "NULL" {
            #expect(try reader.rowIndices(matching: values[6][2], columnID: 3) == [6, 7])
        }
    }

    @Test("Damage of packed blocks under a valid checksum never traps", arguments: 0..<3)
    func damage(seed: Int) throws {
        var draw = Draw(seed: UInt64(seed + 5))
        let rows = Self.rows(2_000, seed: UInt64(seed))
        let (reader, entry, files) = try SegmentFixture.segment(rows, schema: Self.schema)
        let bytes = files.bytes(entry.path)
        for _ in 0..<400 {
            let column = reader.footer.columns[[0, 2, 3][draw.below(3)]]
            let reference = column.blocks[0]
            let range = reference.payloadRange
            let near = draw.below(2) == 0 ? min(range.count, 360) : range.count
            var mutated = bytes
            for _ in 0...draw.below(2) {
                mutated[range.lowerBound + draw.below(near)] = UInt8(draw.below(256))
            }
            let at = reference.byteOffset
            let running = Checksum.update(~0, with: mutated[at..<at + 28].span)
            var writer = ByteWriter()
            writer.append(~Checksum.update(running, with: Array(mutated[range]).span))
            mutated.replaceSubrange(at + 28..<at + 32, with: writer.bytes)
            files.replace(entry.path, with: mutated)
            do {
                let damaged = try SegmentReader(fileSystem: files, entry: entry)
                for row in try SegmentFixture.values(damaged) {
                    guard case .varchar(let text) = row[0] else { continue }
                    #expect(String(validating: text.bytes, as: UTF8.self) != nil)
                }
            } catch is SegmentError {}
        }
    }

    @Test("A block with a text that does not fit stays plain, the others are packed")
    func fallback() throws {
        let rows = Self.rows(40_000, seed: 1)
        let (reader, _, _) = try SegmentFixture.segment(rows, schema: Self.schema)
        let column = reader.footer.columns[3]
        #expect(column.pattern?.byteCount == 8)
        #expect(column.blocks.map(\.encoding) == [.packedText, .text, .packedText])
        #expect(try SegmentFixture.values(reader) == SegmentFixture.values(rows))
    }

    @Test("Packed rows give the same file as their texts, whatever their pattern was")
    func rewriting() throws {
        let rows = Self.rows(20_000, seed: 2)
        let (reader, entry, files) = try SegmentFixture.segment(rows, schema: Self.schema)
        let batches = try (0..<reader.blockCount).map { block in
            let columns = try Self.schema.columns.map { try reader.column($0, block: block) }
            return RowBatch(rowCount: columns[0].count, columns: columns)
        }
        let other = Self.rows(1, seed: 77)
        let joined = RowBatch.concatenating(batches + [other], schema: Self.schema)
            .slice(0..<20_000)
        let (_, again, copies) = try SegmentFixture.segment(joined, schema: Self.schema)
        #expect(again.totals == entry.totals)
        #expect(copies.bytes(again.path) == files.bytes(entry.path))
    }

    @Test("Parts of different patterns join in their union, NULLs stay zero")
    func joining() throws {
        var draw = Draw(seed: 11)
        func column(_ shape: String, _ count: Int) -> Column {
            let builder = ColumnBuilder(type: .varchar)
            for row in 0..<count {
                builder.append(
                    row % 5 == 4 ? .null : .varchar(TextPatternTests.text(shape, &draw)))
            }
            let plain = builder.finish()
            guard case .strings(let strings) = plain.values,
                let pattern = TextPattern.covering(strings, 0..<count, plain.validity)
            else { return plain }
            let values: Column.Values =
                pattern.isWide
                ? .widePackedTexts(pattern.packWide(strings, plain.validity) ?? [], pattern)
                : .packedTexts(pattern.packNarrow(strings, plain.validity) ?? [], pattern)
            return Column(type: .varchar, values: values, validity: plain.validity)
        }
        let shapes = [
            ["C#######", "D#######"], ["hhhhhhhhhhhhhhhh", "uuuuuuuuuuuuuuuu"],
            ["hhhhhhhhhhhhhhhhhhhh", "uuuuuuuuuuuuuuuuuuuu"], ["C###", "C####"],
        ]
        for pair in shapes {
            let parts = pair.map { column($0, 30) }
            let joined = Column.concatenating(parts, type: .varchar)
            let expected = parts.flatMap { part in (0..<30).map { part.value(at: $0) } }
            #expect((0..<60).map { joined.value(at: $0) } == expected)
            if case .packedTexts(let codes, _) = joined.values { #expect(codes[34] == 0) }
            if case .widePackedTexts(let codes, _) = joined.values { #expect(codes[34] == 0) }
            #expect((joined.textPattern == nil) == (pair == shapes[3]))
        }
    }
}
