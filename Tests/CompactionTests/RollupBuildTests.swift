import Compaction
import Segments
import TestSupport
import Testing

@Suite("Rollups and compaction")
struct RollupBuildTests {
    private static func createRollup(_ table: FragmentedTable) throws -> Rollup {
        try table.catalog.createRollup(
            Rollup(
                id: TableID(0), name: "minutes", tableID: table.schema.id,
                dimensions: [.time(stepMicroseconds: 60_000_000)],
                measures: [Rollup.Measure(.sum, of: 3), Rollup.Measure(.count, of: 3)]))
    }

    /// Every segment has a sound file of the rollup, and no other.
    private static func check(_ table: FragmentedTable, _ rollup: Rollup) throws {
        let snapshot = try #require(table.catalog.snapshot.tables.first)
        let files = try #require(snapshot.rollups.first).files
        #expect(Set(files.keys) == Set(snapshot.segments.map(\.entry.id)))
        for segment in snapshot.segments {
            let file = try #require(files[segment.entry.id])
            let findings =
                SegmentCheck.findings(fileSystem: table.fileSystem, entry: file.entry)
                + RollupCheck.findings(
                    fileSystem: table.fileSystem, entry: file.entry, of: segment.entry,
                    rollup: rollup, table: table.schema)
            #expect(findings.isEmpty, "\(findings)")
        }
    }

    @Test("A pass makes a new rollup of old segments, and merges keep it")
    func builds() throws {
        let table = try FragmentedTable()
        for part in 0..<3 { try table.seal(first: part * 100, count: 100, lsn: UInt64(part + 1)) }
        let rollup = try Self.createRollup(table)
        let compactor = table.compactor()
        let report = compactor.run()
        #expect(report.rollups.map(\.segmentCount) == [3])
        #expect(report.rollups.first?.failure == nil)
        try Self.check(table, rollup)
        #expect(compactor.run().rollups.isEmpty, "a second pass finds nothing to do")
        for part in 3..<9 { try table.seal(first: part * 100, count: 100, lsn: UInt64(part + 1)) }
        let merged = compactor.run(isForced: true)
        #expect(merged.merges.count == 1 && merged.rollups.isEmpty)
        try Self.check(table, rollup)
    }

    @Test("Whatever call fails, old or new state stands, and a later pass makes the rollup")
    func failures() throws {
        for call in 1..<200 {
            let table = try FragmentedTable()
            for part in 0..<2 {
                try table.seal(first: part * 100, count: 100, lsn: UInt64(part + 1))
            }
            let rollup = try Self.createRollup(table)
            table.fileSystem.inject(
                SimulatedFault(.call(table.fileSystem.callCount + call), .fail(5)))
            let before = table.fileSystem.callCount
            _ = table.compactor().run()
            let wasReached = table.fileSystem.callCount - before >= call
            table.fileSystem.clearFaults()
            if table.catalog.failure == nil {
                _ = table.compactor().run()
                try Self.check(table, rollup)
            }
            if !wasReached { return }
        }
        Issue.record("a pass takes more than 200 calls")
    }
}
