import Testing

@testable import Segments

@Suite("Places of keys")
struct KeyPlacesTests {
    private static let day = SegmentFixture.day

    /// A table of `count` segments, three to a day, with the rows of each.
    private static func table(
        _ count: Int, seed: UInt64
    ) throws -> (table: TableSnapshot, segments: [SegmentID: RowBatch]) {
        let schema = SegmentFixture.schema
        let files = MemoryFiles()
        var segments: [SegmentID: RowBatch] = [:]
        var handles: [SegmentHandle] = []
        for number in 0..<count {
            let shift = Int64(number / 3) * day
            var rows = SegmentFixture.rows(300, seed: seed &+ UInt64(number))
            guard case .integers(let times) = rows.columns[1].values else { continue }
            var columns = rows.columns
            columns[1] = Column(type: .timestamp, values: .integers(times.map { $0 + shift }))
            rows = RowOrder.sorted(
                [RowBatch(rowCount: rows.rowCount, columns: columns)], schema: schema)
            let chunk = SegmentFixture.chunk
            let entry = try SegmentWriter(fileSystem: files).write(
                rows, schema: schema,
                as: SegmentDescription(
                    id: SegmentID(UInt64(number + 1)),
                    chunk: TimeRange(start: chunk.start + shift, end: chunk.end + shift), level: 0,
                    firstLSN: UInt64(number * 10 + 1), lastLSN: UInt64(number * 10 + 10)))
            segments[entry.id] = rows
            handles.append(
                SegmentHandle(try SegmentReader(fileSystem: files, entry: entry)))
        }
        handles.sort { SegmentEntry.precedes($0.entry, $1.entry) }
        let snapshot = TableSnapshot(schema: schema, segments: handles, live: [], flushedLSN: 0)
        return (snapshot, segments)
    }

    /// A key's rows, as segment and row.
    private struct Place: Hashable {
        let key: Int32
        let segment: UInt64
        let row: Int32
    }

    private static func flat(_ places: [KeyPlaces]) -> [Place] {
        places.flatMap { part in
            zip(part.keys, part.rows).map {
                Place(key: $0, segment: part.reader.entry.id.rawValue, row: $1)
            }
        }
    }

    @Test("Every key is found in every segment that has it, and nowhere else", arguments: [0, 13])
    func finds(column index: Int) throws {
        let (table, segments) = try Self.table(8, seed: 40)
        let definition = table.schema.columns[index]
        let directory = try table.keys.column(definition.id)
        for round in 0..<6 as Range<UInt64> {
            var draw = Draw(seed: round)
            let source =
                round == 5 ? SegmentFixture.rows(300, seed: 99) : segments.randomRows(&draw)
            let column = source.columns[index]
            let rows = (0..<Int32(300)).filter { !column.isNull(Int($0)) && draw.below(3) > 0 }
            // Right chunks, wrong ones, and none at all.
            let chunks = rows.map { _ in
                SegmentFixture.chunk.start + Int64(draw.below(5)) * Self.day
            }
            let keys = SoughtKeys([column], [definition], rows: rows, chunkStarts: chunks)
            var expected: Set<Place> = []
            for (id, batch) in segments {
                for row in 0..<batch.rowCount where !batch.columns[index].isNull(row) {
                    let value = batch.columns[index].value(at: row)
                    for (key, sought) in rows.enumerated()
                    where column.value(at: Int(sought)) == value {
                        expected.insert(
                            Place(key: Int32(key), segment: id.rawValue, row: Int32(row)))
                    }
                }
            }
            let places = try directory.places(of: keys, isUnique: false)
            #expect(Self.flat(places).count == expected.count)
            #expect(Set(Self.flat(places)) == expected)
            #expect(places.allSatisfy { $0.rows == $0.rows.sorted() })
            let late = try directory.places(of: keys, isUnique: false, behind: 40)
            #expect(Set(Self.flat(late)) == expected.filter { $0.segment > 4 })
            guard index == 0 else { continue }
            let once = try directory.places(of: keys, isUnique: true)
            #expect(Set(Self.flat(once)) == expected)
        }
    }

    @Test("Dead rows are found, unless they are to be passed over")
    func dead() throws {
        let (table, segments) = try Self.table(3, seed: 60)
        let definition = table.schema.columns[0]
        let rows = try #require(segments[SegmentID(2)])
        let keys = SoughtKeys(
            [rows.columns[0]], [definition], rows: Array(0..<300),
            chunkStarts: Array(repeating: SegmentFixture.chunk.start, count: 300))
        let dead = DeadRows(RoaringBitmap(100..<200), forgottenLSN: 1)
        let directory = try table.keys.column(1)
        let all = try directory.places(of: keys, isUnique: true)
        #expect(all.first?.rows == Array(0..<300))
        let living = try directory.places(
            of: keys, isUnique: true, passingOver: [SegmentID(2): dead])
        #expect(living.first?.rows == Array(0..<100) + Array(200..<300))
        let others = try directory.places(
            of: keys, isUnique: true, passingOver: [SegmentID(1): dead])
        #expect(others.first?.rows == Array(0..<300))
    }

    @Test("A unique key that its own chunk has is looked for nowhere else")
    func ownChunkFirst() throws {
        let (table, segments) = try Self.table(6, seed: 3)
        let definition = table.schema.columns[13]
        let rows = try #require(segments[SegmentID(4)])
        let row = try #require((0..<Int32(300)).first { !rows.columns[13].isNull(Int($0)) })
        let home = SegmentFixture.chunk.start + Self.day
        let keys = SoughtKeys(
            [rows.columns[13]], [definition], rows: [row], chunkStarts: [home])
        let places = try table.keys.column(14).places(of: keys, isUnique: true)
        #expect(places.count == 1)
        #expect(places.first?.reader.entry.chunk.start == home)
    }
}

extension [SegmentID: RowBatch] {
    fileprivate func randomRows(_ draw: inout Draw) -> RowBatch {
        let ids = keys.sorted()
        return self[ids[draw.below(ids.count)]] ?? SegmentFixture.rows(300, seed: 1)
    }
}
