import Testing

@testable import Segments

/// What else has a form of its own: validity, wide integers, sorted strings.
@Suite("Stored forms")
struct StoredFormTests {
    private static let patterns: [String: @Sendable (Int, Int, inout Draw) -> Bool] = [
        "all": { _, _, _ in true }, "none": { _, _, _ in false },
        "first": { row, _, _ in row == 0 }, "last": { row, count, _ in row == count - 1 },
        "but the first": { row, _, _ in row > 0 }, "half": { row, count, _ in row < count / 2 },
        "stretches": { row, _, _ in row / 300 % 2 == 0 },
        "alternating": { row, _, _ in row % 2 == 0 },
        "random": { _, _, draw in draw.below(3) > 0 },
    ]

    @Test("Which rows have a value is known again", arguments: patterns.keys.sorted())
    func validity(pattern: String) throws {
        let has = try #require(Self.patterns[pattern])
        for count in [1, 2, 63, 64, 65, 128, 1_000, 16_384] {
            var draw = Draw(seed: UInt64(count))
            var bitmap = Bitmap(count: 0)
            for row in 0..<count { bitmap.append(has(row, count, &draw)) }
            var bytes: [UInt8] = []
            ValidityEncoding.encode(bitmap, into: &bytes)
            var reader = PayloadReader(bytes.span)
            let found = try ValidityEncoding.decode(&reader, count: count)
            try reader.finish()
            #expect((found ?? Bitmap(repeating: true, count: count)) == bitmap, "\(count) rows")
            if pattern == "none" || pattern == "half" { #expect(bytes.count <= 300) }
        }
    }

    @Test("NULL takes the smallest value's place in the file and is zero again when read")
    func fillers() throws {
        let schema = TableSchema(
            id: TableID(1), name: "t",
            columns: [ColumnDefinition(id: 1, name: "c", type: .date)])
        let rows = RowBatch(
            schema, rows: (0..<3_000).map { [$0 % 3 == 0 ? .null : .date(20_000 + $0 % 7)] })
        let (reader, _, _) = try SegmentFixture.segment(rows, schema: schema)
        #expect(try reader.directory().columns[0].valueByteCount < 1_800)
        let column = try reader.column(schema.columns[0], block: 0)
        guard case .integers(let values) = column.values else {
            Issue.record("dates are integers")
            return
        }
        #expect(values[0] == 0 && values[1] == 20_001)
        #expect(try reader.sum(of: schema.columns[0], block: 0) == nil, "dates have no sum")
        let picked = try reader.rows(at: [3, 4], columns: schema.columns)
        #expect(picked.row(at: 0) == [.null] && picked.row(at: 1) == [.date(20_004)])
    }

    @Test(
        "Wide integers read back from near and far bases",
        arguments: [0, 1, 61, 62, 63, 64, 100, 127])
    func wide(bits: Int) throws {
        for count in [1, 2, 500] {
            var draw = Draw(seed: UInt64(bits * 1_000 + count))
            let base = Int128(truncatingIfNeeded: UInt128(draw.next()) << 64 | UInt128(draw.next()))
            let mask = bits == 127 ? UInt128.max : UInt128(1) << UInt128(bits) - 1
            let values = (0..<count).map { _ in
                let distance = (UInt128(draw.next()) << 64 | UInt128(draw.next())) & mask
                return base &+ Int128(truncatingIfNeeded: distance)
            }
            var bytes: [UInt8] = []
            _ = WideEncoding.encode(values.span, nil, into: &bytes)
            var reader = PayloadReader(bytes.span)
            let header = try SectionHeader(from: &reader)
            #expect(try WideEncoding.decode(&reader, header, count: count) == values)
            try reader.finish()
            #expect(bytes.count <= 112 + max(count, 256) * 16 + 256 * 8)
        }
    }

    @Test("Sorted strings with common beginnings are stored by what they add")
    func frontCoding() throws {
        let lists: [[String]] = [
            [""], ["", "a", "ab", "abc"],
            (0..<3_000).map { "M\(100_000 + $0 * 7 + Int(Hashing.mix(UInt64($0)) % 7))" },
            ["é", "éa", "éé"], [String(repeating: "x", count: 5_000), "y"],
        ]
        for list in lists {
            let strings = StringVector(list.map { Text($0) })
            let dictionary = StringDictionary(strings, isSorted: true)
            let block = ColumnEncoding(compressor: ZstdCompressor()).encode(dictionary)
            if list.count == 3_000 {
                #expect(block.encoding == .frontCoded && block.bytes.count < 6_000)
            }
            let decoding = ColumnDecoding(dictionary: nil, decoders: PageDecoders())
            let column = try decoding.column(block.bytes.span, type: .varchar, count: list.count)
            guard case .strings(let found) = column.values else {
                Issue.record("strings are strings")
                continue
            }
            #expect(found == strings)
            var front: [UInt8] = []
            _ = FrontCoding.encode(strings, compressor: ZstdCompressor(), into: &front)
            var reader = PayloadReader(front.span)
            let header = try SectionHeader(from: &reader)
            #expect(
                try FrontCoding.decode(
                    from: &reader, header: header, count: list.count, PageDecoders()) == strings)
        }
    }
}
