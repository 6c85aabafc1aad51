import Compaction
import Segments
import TestSupport
import Testing

@Suite("Compaction of segments of several versions of a schema")
struct AlteredTableTests {
    /// Three segments, each under another version: with a column that goes, without it but with a
    /// new one, and with a wider number.
    private func altered() throws -> FragmentedTable {
        let table = try FragmentedTable()
        let catalog = table.catalog
        func change(_ body: (inout TableSchema) throws -> Void) throws {
            let before = try #require(catalog.snapshot.tables.first).schema
            var after = before
            try body(&after)
            _ = try catalog.changeTable(
                TableChange(from: before, to: after), adding: [],
                flushedTo: catalog.snapshot.version)
        }
        func seal(_ first: Int, extra: [Value], lsn: UInt64) throws {
            let schema = try #require(catalog.snapshot.tables.first).schema
            let plain = Fixture.rows(table.schema, first: first, count: 100)
            let rows = (0..<100).map { row -> [Value] in
                var values = plain.row(at: row) + extra
                if case .bigint(let amount) = values[2], schema.columns[2].type != .bigint {
                    values[2] = .decimal(Decimal(unscaled: Int128(amount), scale: 0))
                }
                return values
            }
            let entry = try SegmentWriter(fileSystem: table.fileSystem).write(
                RowOrder.sorted([RowBatch(schema, rows: rows)], schema: schema), schema: schema,
                as: SegmentDescription(
                    id: catalog.reserveSegmentID(), chunk: schema.chunk(containing: 0), level: 0,
                    firstLSN: lsn, lastLSN: lsn))
            var edit = ManifestEdit()
            edit.addedSegments = [entry]
            try catalog.publish(edit)
        }
        func column(_ name: String, _ initial: Value, _ type: LogicalType) -> ColumnDefinition {
            ColumnDefinition(id: 0, name: name, type: type, initialValue: initial)
        }
        try change { $0.addColumn(column("gone", .bigint(3), .bigint), unlike: $0) }
        try seal(0, extra: [.bigint(9)], lsn: 1)
        try change {
            let before = $0
            try $0.removeColumn(at: 3)
            $0.addColumn(column("n", .bigint(7), .bigint), unlike: before)
        }
        try seal(100, extra: [.null], lsn: 2)
        try change {
            let before = $0
            try $0.widenColumn(at: 2, to: .decimal(precision: 38, scale: 0))
            $0.addColumn(column("s", .varchar(Text("old")), .varchar), unlike: before)
            $0.clusterColumns = [3]
        }
        try seal(200, extra: [.bigint(1), .null], lsn: 3)
        return table
    }

    @Test("They merge into one of the last version, with the same rows, and totals that are right")
    func merges() throws {
        let table = try altered()
        let before = try FragmentedTable.rows(of: table.catalog)
        #expect(before.count == 300)
        let report = table.compactor().run(isForced: true)
        #expect(report.merges.count == 1)
        #expect(report.merges.first?.failure == nil, "\(String(describing: report.merges.first))")
        #expect(try FragmentedTable.rows(of: table.catalog) == before)
        let snapshot = try #require(table.catalog.snapshot.tables.first)
        let handle = try #require(snapshot.segments.first)
        #expect(snapshot.segments.count == 1)
        #expect(
            try handle.reader().schema.columns.map(\.id)
                == snapshot.schema.stored.columns.map(\.id))
        #expect(
            SegmentCheck.findings(fileSystem: table.fileSystem, entry: handle.entry).isEmpty)
        let sum = handle.entry.totals.sums.first { $0.columnID == snapshot.schema.columns[3].id }
        #expect(sum?.valueCount == 200)
        #expect(sum?.sum == Int128(800))
    }

    @Test("A rollup of a new column is made of old segments")
    func rollups() throws {
        let table = try altered()
        let schema = try #require(table.catalog.snapshot.tables.first).schema
        _ = try table.catalog.createRollup(
            Rollup(
                id: TableID(0), name: "r", tableID: schema.id,
                dimensions: [.column(schema.columns[4].id)],
                measures: [
                    Rollup.Measure(.sum, of: schema.columns[3].id),
                    Rollup.Measure(.count, of: schema.columns[3].id),
                ]))
        let report = table.compactor().run()
        #expect(report.rollups.allSatisfy { $0.failure == nil })
        let rollup = try #require(table.catalog.snapshot.rollups.first)
        #expect(!rollup.files.isEmpty)
        var sum: Int64 = 0
        for file in rollup.files.values {
            let reader = try file.reader()
            let column = try reader.column(rollup.schema.columns[2], block: 0)
            for row in 0..<column.count {
                if case .bigint(let part) = column.value(at: row) { sum += part }
            }
        }
        #expect(sum == 800)
    }
}
