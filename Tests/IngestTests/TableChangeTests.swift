import Segments
import TestSupport
import Testing

@testable import Ingest

@Suite("A table that changes while rows come")
struct TableChangeTests {
    /// The change that adds a column of 7s.
    private static func adding(_ schema: TableSchema) -> TableChange {
        var after = schema
        after.addColumn(
            ColumnDefinition(
                id: 0, name: "n", type: .bigint, defaultValue: .bigint(7),
                initialValue: .bigint(7)), unlike: schema)
        return TableChange(from: schema, to: after)
    }

    @Test("Rows before and after a change are read under the new schema, after a restart, too")
    func rows() throws {
        let first = try IngestFixture(SimulatedFileSystem())
        try first.commit([IngestFixture.line("a"), IngestFixture.line("b", day: 1)])
        try first.ingestion.sealer.sealNow()
        try first.commit([IngestFixture.line("c")])
        let schema = try first.table()
        let version = try first.ingestion.changeTable(Self.adding(schema))
        #expect(version == first.catalog.snapshot.version)
        #expect(try first.table().version == 2)
        #expect(first.catalog.snapshot.table(schema.id)?.live.isEmpty == true)
        let outcome = try first.commit([
            IngestFixture.line("d"), IngestFixture.line("c"), IngestFixture.line("a", amount: 2),
        ])
        #expect(outcome.counts == IngestCounts(accepted: 1, duplicate: 1, conflict: 1))
        for fixture in [first, try first.restarted()] {
            #expect(try fixture.amounts() == ["a": 1, "b": 1, "c": 1, "d": 1])
            #expect(try fixture.rows().map { $0[4] } == Array(repeating: .bigint(7), count: 4))
            fixture.catalog.close()
        }
    }

    @Test("A request that was read under the old schema is refused, and nothing of it is taken")
    func slower() throws {
        let fixture = try IngestFixture(SimulatedFileSystem())
        let late = try fixture.request([IngestFixture.line("a")])
        let schema = try fixture.table()
        _ = try fixture.ingestion.changeTable(Self.adding(schema))
        #expect(throws: IngestError.tableChanged("payments")) {
            try fixture.ingestion.commit([late])[0].get()
        }
        #expect(throws: IngestError.tableChanged("payments")) {
            try fixture.ingestion.changeTable(Self.adding(schema))
        }
        #expect(try fixture.rows().isEmpty)
        #expect(throws: IngestError.self) {
            try fixture.ingestion.changeTable(
                Self.adding(
                    try #require(fixture.catalog.snapshot.table(named: "sys.rejects")).schema))
        }
    }

    /// Rows, a change over live ones, rows. What was acknowledged is noted.
    private func script(_ disk: SimulatedFileSystem) -> (ids: Set<String>, isChanged: Bool) {
        var told: (ids: Set<String>, isChanged: Bool) = ([], false)
        do {
            let fixture = try IngestFixture(disk)
            defer { fixture.catalog.close() }
            for part in 0..<2 {
                for id in ["a\(part)", "b\(part)"] {
                    try fixture.commit([IngestFixture.line(id, day: part)])
                    told.ids.insert(id)
                }
                if part == 0 {
                    _ = try fixture.ingestion.changeTable(Self.adding(try fixture.table()))
                    told.isChanged = true
                }
            }
            try fixture.ingestion.sealer.sealNow()
        } catch {
            return told
        }
        return told
    }

    @Test("A power cut at any call finds the old schema or the new one, and every row once")
    func powerCuts() throws {
        let whole = SimulatedFileSystem()
        #expect(script(whole).ids.count == 4)
        var states = 0
        for call in 1...whole.callCount {
            let disk = SimulatedFileSystem()
            disk.inject(SimulatedFault(.call(call), .stop))
            let told = script(disk)
            for cut in disk.powerCuts(seed: UInt64(call), limit: 6) {
                let context = "power cut \(cut) at call \(call)"
                let fixture = try IngestFixture(disk.afterPowerCut(cut))
                let schema = try fixture.table()
                #expect(schema.version == 2 || !told.isChanged, "\(context)")
                #expect(told.ids.isSubset(of: try fixture.amounts().keys), "\(context)")
                for row in try fixture.rows() where schema.version == 2 {
                    #expect(row[4] == .bigint(7), "\(context)")
                }
                if schema.version == 1 {
                    _ = try fixture.ingestion.changeTable(Self.adding(schema))
                }
                try fixture.commit(["a0", "b0"].map { IngestFixture.line($0) })
                #expect(Set(try fixture.amounts().keys).isSuperset(of: ["a0", "b0"]), "\(context)")
                fixture.catalog.close()
                states += 1
            }
        }
        #expect(states > 100)
    }

    @Test(
        "Whichever call fails, the change is there whole or not at all",
        arguments: [5, 28] as [Int32])
    func failures(code: Int32) throws {
        let whole = SimulatedFileSystem()
        _ = script(whole)
        for call in 1...whole.callCount {
            let disk = SimulatedFileSystem()
            disk.inject(SimulatedFault(.call(call), .fail(code)))
            let told = script(disk)
            disk.clearFaults()
            let fixture = try IngestFixture(disk.afterKill())
            let version = try fixture.table().version
            #expect(version == 2 || !told.isChanged, "call \(call)")
            #expect(told.ids.isSubset(of: try fixture.amounts().keys), "call \(call)")
            fixture.catalog.close()
        }
    }

    @Test("The log does not make up for a manifest that had the change")
    func lostManifest() throws {
        let fixture = try IngestFixture(SimulatedFileSystem())
        try fixture.commit([IngestFixture.line("a")])
        try fixture.ingestion.sealer.sealNow()
        try fixture.commit([IngestFixture.line("b")])
        let before = fixture.catalog.manifest
        #expect(Ingestion.canRecover(fixture.disk, from: before))
        _ = try fixture.ingestion.changeTable(Self.adding(try fixture.table()))
        #expect(!Ingestion.canRecover(fixture.disk, from: before))
    }
}
