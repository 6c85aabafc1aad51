import TestSupport
import Testing

@testable import Segments

@Suite("Rows with the version that brought them")
struct StoredRowsTests {
    private let schema = Fixture.schema("payments", id: 1)

    /// Live rows of `batchCount` requests of 1,000 rows each, from version `first` on.
    private func live(_ batchCount: Int, first: UInt64 = 1_000) -> [LiveBatch] {
        (0..<batchCount).map { index in
            Fixture.live(
                schema, lsn: first + UInt64(index), first: index * 1_000, count: 1_000)
        }
    }

    private func write(
        _ batches: [RowBatch], _ schema: TableSchema, lsn: ClosedRange<UInt64>
    ) throws -> SegmentReader {
        let files = SimulatedFileSystem()
        try files.createDirectory("seg")
        let entry = try SegmentWriter(fileSystem: files).write(
            RowOrder.sorted(batches, schema: schema), schema: schema,
            as: SegmentDescription(
                id: SegmentID(1), chunk: .everything, level: 0, firstLSN: lsn.lowerBound,
                lastLSN: lsn.upperBound))
        #expect(SegmentCheck.findings(fileSystem: files, entry: entry).isEmpty)
        return try SegmentReader(fileSystem: files, entry: entry)
    }

    private func births(_ reader: SegmentReader) throws -> [Int64] {
        var births: [Int64] = []
        for block in 0..<reader.blockCount {
            let column = try reader.column(TableSchema.birthColumn, block: block)
            guard case .integers(let values) = column.values else { continue }
            births += values
        }
        return births
    }

    @Test("Live rows keep the log position of their request when small batches are joined")
    func joined() {
        let parts = [1, 3, 2].enumerated().map { index, count in
            Fixture.live(schema, lsn: UInt64(10 + index), first: 100 * index, count: count)
        }
        let joined = LiveBatch(joining: parts)
        #expect(joined.stored.columns.count == schema.stored.columns.count)
        #expect(joined.rows.columns.count == schema.columns.count)
        let births = (0..<6).map { joined.stored.columns[3].value(at: $0) }
        #expect(births == [10, 11, 11, 11, 12, 12].map { .bigint($0) })
    }

    @Test("A segment reads back each row's version; without the column it is its last position")
    func segments() throws {
        let batches = live(3)
        let reader = try write(batches.map(\.stored), schema.stored, lsn: 1_000...1_002)
        let expected = (0..<3).flatMap { [Int64](repeating: 1_000 + Int64($0), count: 1_000) }
        #expect(try births(reader) == expected)
        let old = try write(batches.map(\.rows), schema, lsn: 1_000...1_002)
        #expect(try births(old) == [Int64](repeating: 1_002, count: 3_000))
        #expect(
            old.zoneMap(of: TableSchema.birthColumn).bounds
                == .integers(minimum: 1_002, maximum: 1_002))
    }

    @Test("Control totals do not depend on versions: the same rows sent later have the same")
    func totals() throws {
        let early = try write(live(2).map(\.stored), schema.stored, lsn: 1_000...1_001)
        let late = try write(
            live(2, first: 9_000).map(\.stored), schema.stored, lsn: 9_000...9_001)
        let plain = try write(live(2).map(\.rows), schema, lsn: 1_000...1_001)
        #expect(early.entry.totals == late.entry.totals)
        #expect(early.entry.totals == plain.entry.totals)
        #expect(early.entry.totals.sums.map(\.columnID) == [3])
    }

    @Test("Requests of a thousand rows cost less than a quarter of a byte a row in order of time")
    func costInOrder() throws {
        let batches = live(100)
        let with = try write(batches.map(\.stored), schema.stored, lsn: 1_000...1_099)
        let without = try write(batches.map(\.rows), schema, lsn: 1_000...1_099)
        let cost = with.entry.byteCount - without.entry.byteCount
        #expect(cost < 100_000 / 4, "\(Double(cost) / 100_000) bytes a row")
    }

    @Test("Requests of a thousand rows in any order cost at most two bytes a row")
    func costShuffled() throws {
        var clustered = schema
        clustered.clusterColumns = [2]
        var generator = SeededGenerator(seed: 7)
        let batches = (0..<300).map { index in
            let rows = (0..<1_000).map { row -> [Value] in
                let number = index * 1_000 + row
                return [
                    .varchar(Text("e\(number)")), .timestamp(Int64(number) * 1_000),
                    .bigint(Int64.random(in: 0..<50, using: &generator)),
                ]
            }
            return LiveBatch(
                RowBatch(clustered, rows: rows), schema: clustered,
                firstLSN: UInt64(index + 1), lastLSN: UInt64(index + 1))
        }
        let with = try write(batches.map(\.stored), clustered.stored, lsn: 1...300)
        let without = try write(batches.map(\.rows), clustered, lsn: 1...300)
        let cost = with.entry.byteCount - without.entry.byteCount
        #expect(cost < 2 * 300_000, "\(Double(cost) / 300_000) bytes a row")
    }

    @Test("A table that has a column called __version of its own keeps it")
    func taken() throws {
        var own = schema
        own.columns[2].name = "__version"
        #expect(own.stored.columns.map(\.name).suffix(2) == ["__version", "___version"])
        #expect(own.stored.columns[3].isHidden && !own.stored.columns[2].isHidden)
        try own.stored.validate()
    }
}
