import TestSupport
import Testing

@testable import Segments

@Suite("Dead rows on disk")
struct DeadRowFileTests {
    /// A table whose rows lie in real segments, and which of them are dead.
    private struct Bench {
        let disk = SimulatedFileSystem()
        var catalog: Catalog
        var schema: TableSchema
        var lsn: UInt64 = 0
        var options = CatalogOptions()

        init() throws {
            catalog = try Catalog.open(disk)
            schema = try catalog.createTable(Fixture.schema("t"))
        }

        var table: TableSnapshot { catalog.snapshot.tables[0] }

        /// One live row more, and the deaths of others.
        mutating func append(
            _ number: Int, _ kill: (inout TableDeaths, UInt64) -> Void = { _, _ in }
        ) {
            lsn += 1
            var deaths = TableDeaths()
            kill(&deaths, lsn)
            catalog.appendLive(
                version: lsn,
                [(schema.id, Fixture.live(schema, lsn: lsn, first: number, count: 1))],
                deaths: [schema.id: deaths])
        }

        /// Seals all live rows in reverse, so that rows move; `meanwhile` runs before publication.
        mutating func seal(meanwhile: (inout Bench) -> Void = { _ in }) throws {
            let frozen = catalog.freezeLive(schema.id)
            let flushLSN = lsn
            let rows = RowBatch(joining: frozen.map(\.rows))
            let order = (0..<Int32(rows.rowCount)).reversed().map { $0 }
            let entry = try SegmentWriter(fileSystem: disk).write(
                rows.gather(order), schema: schema,
                as: SegmentDescription(
                    id: catalog.reserveSegmentID(), chunk: .everything, level: 0,
                    firstLSN: frozen[0].firstLSN, lastLSN: flushLSN))
            meanwhile(&self)
            var edit = ManifestEdit()
            edit.addedSegments = [entry]
            edit.flushedLSN = [schema.id: flushLSN]
            edit.moves[schema.id] = [
                RowMove(
                    frozen.map {
                        RowMove.Part(.live(firstLSN: $0.firstLSN), rowCount: $0.rows.rowCount)
                    }, order: order, outputs: [(entry.id, entry.rowCount)])
            ]
            try catalog.publish(edit)
        }

        mutating func restart() throws {
            catalog.close()
            catalog = try Catalog.open(disk)
            schema = catalog.snapshot.tables[0].schema
        }

        /// The numbers of the rows that live, in segments and live.
        func living() throws -> [Int64] {
            var numbers: [Int64] = []
            func add(_ batch: RowBatch, _ dead: DeadRows?) {
                for row in 0..<batch.rowCount where dead?.contains(row) != true {
                    guard case .timestamp(let time) = batch.row(at: row)[1] else { continue }
                    numbers.append(time / 1_000_000)
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
            return numbers.sorted()
        }
    }

    @Test("Rows that died before, during and after a seal stay dead, here and after a restart")
    func sealed() throws {
        var bench = try Bench()
        for number in 0..<10 { bench.append(number) }
        bench.append(10) { $0.kill(0, liveSince: 3, at: $1) }
        try bench.seal { bench in
            bench.append(11) { $0.kill(0, liveSince: 5, at: $1) }
        }
        #expect(try bench.living() == [0, 1, 3, 5, 6, 7, 8, 9, 10, 11])
        let segment = bench.table.segments[0].entry.id
        let dead = try #require(bench.table.dead[segment])
        #expect(dead.rows.members == [6, 8] && dead.undone(after: 11)?.rows.members == [8])
        bench.append(12) { $0.kill(0, of: segment, at: $1) }
        #expect(try bench.living() == [0, 1, 3, 5, 6, 7, 8, 9, 11, 12])
        #expect(bench.catalog.manifest.segments.count == 2)

        try bench.restart()
        // What lies behind the flush position is the log's to kill again.
        #expect(try bench.living() == [0, 1, 3, 4, 5, 6, 7, 8, 9, 10])
        #expect(bench.table.dead[segment]?.undone(after: 10)?.count == 0)
        #expect(bench.table.rowCount == 10)
        bench.lsn = 11
        bench.append(11) { $0.kill(6, of: segment, at: $1) }
        bench.append(12) { $0.kill(0, of: segment, at: $1) }
        #expect(try bench.living() == [0, 1, 3, 5, 6, 7, 8, 9, 11, 12])

        try bench.seal()
        try bench.restart()
        #expect(try bench.living() == [0, 1, 3, 5, 6, 7, 8, 9, 11, 12])
        #expect(bench.table.dead[segment]?.count == 3)
        #expect(bench.catalog.manifest.segments.count == 3)
    }

    @Test("Old files of dead rows go like segments; a lost one is an error")
    func collected() throws {
        var bench = try Bench()
        for number in 0..<5 { bench.append(number) }
        try bench.seal()
        let segment = bench.table.segments[0].entry.id
        let clock = ManualClock()
        for round in 0..<4 {
            bench.append(10 + round) { $0.kill(UInt32(round), of: segment, at: $1) }
            try bench.seal()
        }
        for _ in 0..<3 { try bench.catalog.publish(ManifestEdit()) }
        _ = bench.catalog.collectGarbage(clock: clock, graceNanoseconds: 0)
        _ = bench.catalog.collectGarbage(clock: clock, graceNanoseconds: 0)
        let listed = Set(bench.catalog.manifest.segments.map(\.path))
        #expect(Set(try bench.disk.list("seg").map { "seg/" + $0 }) == listed)
        #expect(listed.count == 6)
        let (file, source) = try #require(bench.catalog.manifest.deadRowFiles.first)
        #expect(
            source.id == segment
                && DeadRowFile.findings(fileSystem: bench.disk, entry: file, of: source).isEmpty)
        bench.catalog.close()
        try bench.disk.remove(file.path)
        #expect(throws: CatalogError.missingSegment(path: file.path)) {
            try Catalog.open(bench.disk)
        }
    }

    @Test("A manifest that cannot be published leaves no file of dead rows behind")
    func refused() throws {
        var bench = try Bench()
        for number in 0..<5 { bench.append(number) }
        try bench.seal()
        let segment = bench.table.segments[0].entry.id
        bench.append(7) { $0.kill(1, of: segment, at: $1) }
        let before = try bench.disk.list("seg").count
        var edit = ManifestEdit()
        edit.flushedLSN = [bench.schema.id: bench.lsn]
        edit.removedSegments = [SegmentID(999)]
        #expect(throws: CatalogError.segmentGone(SegmentID(999))) {
            try bench.catalog.publish(edit)
        }
        #expect(try bench.disk.list("seg").count == before)
        #expect(bench.table.rowCount == 5)
    }
}
