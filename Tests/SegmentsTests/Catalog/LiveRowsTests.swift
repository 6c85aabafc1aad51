import Segments
import TestSupport
import Testing

@Suite("Live rows")
struct LiveRowsTests {
    @Test("Many small appends leave few batches with every row in order", arguments: [1, 7, 900])
    func joinsGeometrically(rowsPerAppend: Int) throws {
        let catalog = try Fixture.open(SimulatedFileSystem())
        let schema = try catalog.createTable(Fixture.schema("t"))
        var random = SeededGenerator(seed: UInt64(rowsPerAppend))
        var rowCount = 0
        for lsn: UInt64 in 1...400 {
            let count = Int.random(in: 1...rowsPerAppend, using: &random)
            let batch = Fixture.live(schema, lsn: lsn, first: rowCount, count: count)
            catalog.appendLive(version: lsn, [(schema.id, batch)])
            rowCount += count
        }
        let live = try #require(catalog.snapshot.table(schema.id)?.live)
        #expect(live.count <= 16 + rowCount / 2_000)
        #expect(live.map(\.rows.rowCount).reduce(0, +) == rowCount)
        #expect(live.first?.firstLSN == 1 && live.last?.lastLSN == 400)
        #expect(zip(live, live.dropFirst()).allSatisfy { $0.lastLSN + 1 == $1.firstLSN })
        #expect(live.allSatisfy { $0.rows.rowCount <= 4_096 })
        let joined = RowBatch(joining: live.map(\.rows))
        let expected = Fixture.rows(schema, first: 0, count: rowCount)
        for row in [0, 1, 6, 7, rowCount / 2, rowCount - 1] where row < rowCount {
            #expect(joined.row(at: row) == expected.row(at: row))
        }
        #expect(live.last?.maximumTime == Int64(rowCount - 1) * 1_000_000)
        #expect(live.first?.minimumTime == 0)
    }

    @Test("Batches that are being sealed are not joined with later ones")
    func freezing() throws {
        let catalog = try Fixture.open(SimulatedFileSystem())
        let schema = try catalog.createTable(Fixture.schema("t"))
        var lsn: UInt64 = 0
        func append() {
            lsn += 1
            let batch = Fixture.live(schema, lsn: lsn, first: Int(lsn), count: 1)
            catalog.appendLive(version: lsn, [(schema.id, batch)])
        }
        for _ in 0..<8 { append() }
        let frozen = catalog.freezeLive(schema.id)
        for _ in 0..<8 { append() }
        let live = try #require(catalog.snapshot.table(schema.id)?.live)
        #expect(zip(live, frozen).allSatisfy { $0 === $1 })
        #expect(live.count > frozen.count && live.last?.lastLSN == 16)
        #expect(live[frozen.count].firstLSN == 9)
    }

    @Test("Columns of every layout are joined with their NULLs")
    func layouts() {
        let types: [LogicalType] = [
            .boolean, .bigint, .double, .decimal(precision: 30, scale: 2), .varchar, .json,
            .array(.varchar), .array(.bigint), .date,
        ]
        let values: [[Value]] = [
            [.boolean(true), .null], [.bigint(-4), .null, .bigint(7)], [.double(0.5)],
            [.decimal(Decimal(unscaled: 123, scale: 2)), .null], [.varchar(Text("a")), .null],
            [.json(Text("{}"))], [.array([.varchar(Text("x"))]), .null, .array([])],
            [.array([.bigint(1), .bigint(2)])], [.null, .date(4)],
        ]
        for (type, values) in zip(types, values) {
            let schema = TableSchema(
                id: TableID(1), name: "t",
                columns: [ColumnDefinition(id: 1, name: "c", type: type)])
            let rows = values.map { [$0] }
            let parts = [rows, [], rows, [[.null]], rows].map { RowBatch(schema, rows: $0) }
            let joined = RowBatch(joining: parts)
            let expected = rows + rows + [[.null]] + rows
            #expect((0..<joined.rowCount).map { joined.row(at: $0) } == expected, "\(type)")
        }
        let dictionary = StringDictionary(
            StringVector([Text("p"), Text("q")]), isSorted: true)
        let codes = Column(type: .varchar, values: .codes([1, 0], dictionary))
        let strings = Column(type: .varchar, values: .strings(StringVector([Text("r")])))
        let joined = RowBatch(joining: [
            RowBatch(rowCount: 2, columns: [codes]), RowBatch(rowCount: 1, columns: [strings]),
        ])
        #expect(
            (0..<3).map { joined.row(at: $0) }
                == [[.varchar(Text("q"))], [.varchar(Text("p"))], [.varchar(Text("r"))]])
    }
}
