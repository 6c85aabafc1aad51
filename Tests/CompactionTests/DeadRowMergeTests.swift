import Segments
import Synchronization
import TestSupport
import Testing

@testable import Compaction

/// A table whose rows are upserted by their id: commits, seals and merges with real segments.
private final class UpsertedTable: Sendable {
    let catalog: Catalog
    let schema: TableSchema
    let clock = ManualClock()
    let lsn = Atomic<UInt64>(0)
    let failures = Mutex<[String]>([])
    let isDone = Atomic<Bool>(false)

    init() throws {
        catalog = try Catalog.open(SimulatedFileSystem())
        schema = try catalog.createTable(Fixture.schema("t"))
    }

    var table: TableSnapshot { catalog.snapshot.tables[0] }

    /// Puts one row a key; what was there of it dies in the same step.
    func put(_ keys: [Int]) throws {
        try catalog.keepingRowsInPlace {
            let position = lsn.add(1, ordering: .relaxed).newValue
            var deaths = TableDeaths()
            let table = table
            for key in keys {
                let value = Value.varchar(Text("e\(key)"))
                for segment in table.segments {
                    let rows = try segment.reader().rowIndices(
                        matching: value, columnID: schema.columns[0].id)
                    for row in table.dead[segment.entry.id]?.living(rows) ?? rows {
                        deaths.kill(UInt32(row), of: segment.entry.id, at: position)
                    }
                }
                for batch in table.live {
                    let rows = batch.rowIndices(matching: value, column: 0)
                    for row in batch.dead?.living(rows) ?? rows {
                        let born = batch.lsn(ofRow: row)
                        var first = row
                        while first > 0, batch.lsn(ofRow: first - 1) == born { first -= 1 }
                        deaths.kill(UInt32(row - first), liveSince: born, at: position)
                    }
                }
            }
            let rows = RowBatch(
                schema,
                rows: keys.map {
                    [.varchar(Text("e\($0)")), .timestamp(Int64($0)), .bigint(Int64(position))]
                })
            catalog.appendLive(
                version: position,
                [
                    (
                        schema.id,
                        LiveBatch(rows, schema: schema, firstLSN: position, lastLSN: position)
                    )
                ], deaths: [schema.id: deaths])
        }
    }

    /// Seals what is live, as the sealer does.
    func seal() throws {
        let frozen = catalog.freezeLive(schema.id)
        guard let first = frozen.first, let last = frozen.last else { return }
        let rows = RowOrder.ordered(
            frozen.map { RowSelection(batch: $0.stored) }, schema: schema.stored)
        let entry = try SegmentWriter(fileSystem: catalog.fileSystem).write(
            rows, schema: schema.stored,
            as: SegmentDescription(
                id: catalog.reserveSegmentID(), chunk: schema.chunk(containing: 0), level: 0,
                firstLSN: first.firstLSN, lastLSN: last.lastLSN))
        var edit = ManifestEdit()
        edit.addedSegments = [entry]
        edit.flushedLSN[schema.id] = last.lastLSN
        edit.moves[schema.id] = [
            RowMove(
                frozen.map {
                    RowMove.Part(.live(firstLSN: $0.firstLSN), rowCount: $0.rows.rowCount)
                }, order: rows.order, outputs: [(entry.id, entry.rowCount)])
        ]
        try catalog.publish(edit)
    }

    /// The rows that live, by id: the positions that brought them.
    func living() throws -> [String: [Int64]] {
        var found: [String: [Int64]] = [:]
        func add(_ batch: RowBatch, _ dead: DeadRows?) {
            for row in 0..<batch.rowCount where dead?.contains(row) != true {
                let values = batch.row(at: row)
                guard case .varchar(let id) = values[0], case .bigint(let position) = values[2]
                else { continue }
                found[id.string, default: []].append(position)
            }
        }
        for segment in table.segments {
            let reader = try segment.reader()
            add(
                try reader.rows(
                    at: Array(0..<Int32(reader.rowCount)), columns: schema.columns),
                table.dead[segment.entry.id])
        }
        for batch in table.live { add(batch.rows, batch.dead) }
        return found
    }

    func merge(isForced: Bool = true) -> CompactionReport {
        Compactor(catalog: catalog, policy: CompactionPolicy(), clock: clock)
            .run(isForced: isForced)
    }

    func thread(_ body: @escaping @Sendable (UpsertedTable) throws -> Void) -> EngineThread {
        EngineThread { [self] in
            while !isDone.load(ordering: .acquiring) {
                do { try body(self) } catch {
                    failures.withLock { $0.append("\(error)") }
                    return
                }
            }
        }
    }
}

@Suite("Dead rows and merges")
struct DeadRowMergeTests {
    @Test(
        "COUNT is constant while rows are upserted, sealed and merged (reg_upsert_snapshot_order)")
    func countIsConstant() throws {
        let table = try UpsertedTable()
        let keyCount = 120
        try table.put(Array(0..<keyCount))
        let threads = [
            table.thread { try $0.seal() },
            table.thread { table in
                for merge in table.merge().merges {
                    if let failure = merge.failure { throw failure }
                }
            },
            table.thread { table in
                let count = table.table.rowCount
                if count != 120 { table.failures.withLock { $0.append("\(count) rows") } }
            },
        ]
        var random = SeededGenerator(seed: 3)
        var newest: [Int: Int64] = [:]
        for round in 2..<250 {
            let keys = Set(
                (0..<8).map { _ in Int.random(in: 0..<keyCount, using: &random) }
            ).sorted()
            for key in keys { newest[key] = Int64(round) }
            try table.put(keys)
        }
        table.isDone.store(true, ordering: .releasing)
        for thread in threads { thread.join() }
        #expect(table.failures.withLock { $0 } == [])
        let living = try table.living()
        for key in 0..<keyCount {
            #expect(living["e\(key)"] == [newest[key] ?? 1], "key \(key)")
        }
        try table.seal()
        #expect(try table.living().count == keyCount && table.table.rowCount == keyCount)
    }

    @Test("A merge leaves dead rows out; what died behind the flush position stays, dead")
    func leftOut() throws {
        let table = try UpsertedTable()
        try table.put(Array(0..<100))
        try table.seal()
        try table.put(Array(0..<30))
        try table.seal()
        try table.put(Array(30..<35))
        let before = try table.living()
        let report = table.merge()
        #expect(report.merges.count == 1 && report.merges[0].failure == nil)
        #expect(table.table.segments.map(\.entry.rowCount) == [100])
        #expect(table.table.dead.values.map(\.count) == [5])
        #expect(try table.living() == before)
        #expect(table.table.rowCount == 100)
    }

    @Test(
        "A lone segment is written again where a fifth of its rows is dead, and goes without rows")
    func lone() throws {
        let table = try UpsertedTable()
        try table.put(Array(0..<100))
        try table.seal()
        try table.put(Array(0..<20))
        try table.seal()
        #expect(table.merge(isForced: false).merges.isEmpty)
        try table.put(Array(20..<22))
        try table.seal()
        let report = table.merge(isForced: false)
        #expect(report.merges.map(\.failure) == [nil])
        #expect(table.table.rowCount == 100)
        #expect(table.table.segments.map(\.entry.rowCount).sorted() == [2, 20, 78])
        try table.put(Array(0..<100))
        try table.seal()
        #expect(table.merge(isForced: false).merges.allSatisfy { $0.failure == nil })
        #expect(table.table.segments.map(\.entry.rowCount) == [100])
        #expect(table.table.dead.isEmpty && table.table.rowCount == 100)
    }

    @Test("A merge leaves expired rows out, and says that the others are all there")
    func expired() throws {
        let table = try FragmentedTable()
        for part in 0..<5 {
            try table.seal(first: part * 100, count: 100, lsn: UInt64(part + 1))
        }
        var schema = table.schema
        schema.timeToLive = .days(1, column: 1)
        let edit = TableChange(from: table.schema, to: schema)
        _ = try table.catalog.changeTable(edit, adding: [], flushedTo: 0)
        let second: Int64 = 1_000_000
        table.clock.setWall(microseconds: CivilTime.microsecondsPerDay + 149 * second)
        let report = table.compactor().run(isForced: true)
        #expect(report.expired.count == 1)
        #expect(report.merges.map(\.failure) == [nil])
        let rows = try FragmentedTable.rows(of: table.catalog)
        #expect(rows.count == 350)
        #expect(rows.allSatisfy { $0[1] != .timestamp(149 * second) })
        #expect(rows.contains { $0[1] == .timestamp(150 * second) })
    }
}
