import Testing

@testable import Segments

@Suite("Damaged segments")
struct SegmentDamageTests {
    private static let schema = TableSchema(
        id: TableID(3), name: "t",
        columns: [
            ColumnDefinition(id: 1, name: "id", type: .varchar, isNullable: false),
            ColumnDefinition(id: 2, name: "time", type: .timestamp, isNullable: false),
            ColumnDefinition(id: 3, name: "kind", type: .varchar),
            ColumnDefinition(id: 4, name: "amount", type: .decimal(precision: 38, scale: 2)),
            ColumnDefinition(id: 5, name: "tags", type: .array(.varchar)),
        ],
        timestampColumn: 1, granularity: .day, clusterColumns: [2], uniqueColumns: [0])

    private static func rows(_ count: Int) -> RowBatch {
        let start = SegmentFixture.chunk.start
        let rows = RowBatch(
            schema,
            rows: (0..<count).map { row in
                [
                    .varchar(Text("id\(row)")), .timestamp(start + Int64(row * row)),
                    row % 5 == 4 ? .null : .varchar(Text("kind\(row % 3)")),
                    .decimal(Decimal(unscaled: Int128(row) << 70, scale: 2)),
                    .array((0..<row % 3).map { .varchar(Text("tag\($0)")) }),
                ]
            })
        return RowOrder.sorted([rows], schema: schema)
    }

    /// Everything that reading can find out, look-ups included.
    private static func scan(_ files: MemoryFiles, _ entry: SegmentEntry) throws -> [[Value]] {
        let reader = try SegmentReader(fileSystem: files, entry: entry, readMode: .pread)
        let rows = try SegmentFixture.values(reader)
        let picked = try reader.rows(
            at: [0, Int32(reader.rowCount - 1)], columns: reader.schema.columns)
        guard reader.hasKeyIndex(columnID: 1) else { return rows }
        let found = try reader.rowIndices(matching: .varchar("id3"), columnID: 1)
        return rows + SegmentFixture.values(picked) + [found.map { .bigint(Int64($0)) }]
    }

    @Test("Every flipped bit is an error or changes nothing")
    func bitFlips() throws {
        let (_, entry, files) = try SegmentFixture.segment(Self.rows(12), schema: Self.schema)
        let bytes = files.bytes(entry.path)
        let expected = try Self.scan(files, entry)
        var harmless = 0
        for bit in 0..<bytes.count * 8 {
            var flipped = bytes
            flipped[bit / 8] ^= 1 << UInt8(bit % 8)
            files.replace(entry.path, with: flipped)
            do {
                #expect(try Self.scan(files, entry) == expected, "bit \(bit)")
                harmless += 1
                // The bit is padding: a reader does not care, the check does.
                #expect(!SegmentCheck.findings(fileSystem: files, entry: entry).isEmpty)
            } catch is SegmentError {
                continue
            }
        }
        #expect(harmless < bytes.count * 8 / 4)
    }

    @Test("Every truncation and extension is an error")
    func truncations() throws {
        let (_, entry, files) = try SegmentFixture.segment(Self.rows(12), schema: Self.schema)
        let bytes = files.bytes(entry.path)
        for count in 0..<bytes.count {
            files.replace(entry.path, with: Array(bytes.prefix(count)))
            #expect(throws: SegmentError.self) { try Self.scan(files, entry) }
            // Also where the manifest itself believes the short size.
            var shortened = entry
            shortened.byteCount = count
            #expect(throws: SegmentError.self) { try Self.scan(files, shortened) }
        }
        files.replace(entry.path, with: bytes + [0])
        #expect(throws: SegmentError.self) { try Self.scan(files, entry) }
    }

    @Test("The file of another segment is refused")
    func swapped() throws {
        let (_, entry, files) = try SegmentFixture.segment(Self.rows(12), schema: Self.schema)
        var description = SegmentFixture.description(2)
        description.firstLSN = 11
        let other = try SegmentWriter(fileSystem: files).write(
            Self.rows(12), schema: Self.schema, as: description)
        files.replace(entry.path, with: files.bytes(other.path))
        #expect(throws: SegmentError.self) {
            try SegmentReader(fileSystem: files, entry: entry)
        }
    }

    @Test("A newer format version is refused by its number")
    func version() throws {
        let (_, entry, files) = try SegmentFixture.segment(Self.rows(3), schema: Self.schema)
        var bytes = files.bytes(entry.path)
        bytes[8] = 2
        Self.seal(&bytes, at: 60, over: 0..<60)
        files.replace(entry.path, with: bytes)
        #expect(throws: SegmentError.unsupportedVersion(path: entry.path, found: 2)) {
            try SegmentReader(fileSystem: files, entry: entry)
        }
    }

    /// Writes the checksum of a range.
    private static func seal(_ bytes: inout [UInt8], at offset: Int, over range: Range<Int>) {
        var writer = ByteWriter()
        writer.append(Checksum.crc32c(Array(bytes[range])))
        bytes.replaceSubrange(offset..<offset + 4, with: writer.bytes)
    }

    @Test("Damage under a valid checksum neither traps nor hangs", arguments: 0..<4)
    func fuzz(seed: Int) throws {
        let rows = SegmentFixture.rows(seed == 0 ? 3 : 700, seed: UInt64(seed))
        let (reader, entry, files) = try SegmentFixture.segment(rows)
        let bytes = files.bytes(entry.path)
        var references = [reader.footerReference, reader.footerReference]
        for column in reader.footer.columns {
            references += [column.dictionary].compactMap { $0 } + column.blocks
            references += [column.keyIndex].compactMap { $0 }
        }
        var draw = Draw(seed: UInt64(seed + 100))
        for _ in 0..<600 {
            var mutated = bytes
            let reference = references[draw.below(references.count)]
            for _ in 0...draw.below(3) { Self.mutate(&mutated, reference.payloadRange, &draw) }
            let at = reference.byteOffset
            let running = Checksum.update(~0, with: mutated[at..<at + 28].span)
            var writer = ByteWriter()
            writer.append(
                ~Checksum.update(running, with: Array(mutated[reference.payloadRange]).span))
            mutated.replaceSubrange(at + 28..<at + 32, with: writer.bytes)
            files.replace(entry.path, with: mutated)
            // Any outcome is fine but a trap: what passes here is a file somebody forged.
            do {
                _ = try Self.scan(files, entry)
            } catch is SegmentError {}
            _ = SegmentCheck.findings(fileSystem: files, entry: entry, readMode: .pread)
        }
    }

    private static func mutate(_ bytes: inout [UInt8], _ range: Range<Int>, _ draw: inout Draw) {
        let near = draw.below(2) == 0 ? min(range.count, 64) : range.count
        let at = range.lowerBound + draw.below(max(1, near))
        switch draw.below(4) {
        case 0: bytes[at] = UInt8(truncatingIfNeeded: draw.next())
        case 1: bytes[at] ^= 1 << UInt8(draw.below(8))
        case 2:
            let value: UInt8 = draw.below(2) == 0 ? 0xff : 0
            for offset in at..<min(at + (1 << draw.below(4)), range.upperBound) {
                bytes[offset] = value
            }
        default: bytes[at] &+= draw.below(2) == 0 ? 1 : 255
        }
    }
}
