import Compaction
import Segments
import Testing
import TestSupport

/// A catalog with fragments of one table, on a simulated disk.
struct FragmentedTable {
    let fileSystem: SimulatedFileSystem
    let catalog: Catalog
    let schema: TableSchema
    let clock = ManualClock()

    init(_ fileSystem: SimulatedFileSystem = SimulatedFileSystem()) throws {
        self.fileSystem = fileSystem
        catalog = try Catalog.open(fileSystem)
        schema = try catalog.createTable(Fixture.schema("payments"))
    }

    /// Publishes rows `first..<first + count` as one segment of the first day.
    func seal(first: Int, count: Int, lsn: UInt64) throws {
        let rows = RowOrder.sorted(
            [Fixture.rows(schema, first: first, count: count)], schema: schema)
        let description = SegmentDescription(
            id: catalog.reserveSegmentID(), chunk: schema.chunk(containing: 0), level: 0,
            firstLSN: lsn, lastLSN: lsn)
        let entry = try SegmentWriter(fileSystem: fileSystem)
            .write(rows, schema: schema, as: description)
        try fileSystem.sync(directory: SegmentEntry.directory)
        var edit = ManifestEdit()
        edit.addedSegments = [entry]
        try catalog.publish(edit)
    }

    func compactor(_ policy: CompactionPolicy = CompactionPolicy()) -> Compactor {
        Compactor(catalog: catalog, policy: policy, clock: clock)
    }

    /// Every visible row, in the order of its id's number.
    static func rows(of catalog: Catalog) throws -> [[Value]] {
        var rows: [[Value]] = []
        for table in catalog.snapshot.tables {
            for handle in table.segments {
                let reader = try SegmentReader(
                    fileSystem: catalog.fileSystem, entry: handle.entry)
                for block in 0..<reader.blockCount {
                    let columns = try table.schema.columns.map {
                        try reader.column($0, block: block)
                    }
                    for row in 0..<(columns.first?.count ?? 0) {
                        rows.append(columns.map { $0.value(at: row) })
                    }
                }
            }
        }
        return rows.sorted { "\($0)" < "\($1)" }
    }
}

@Suite("Compaction")
struct CompactorTests {
    @Test("A merge keeps the version that brought each row, that of older segments included")
    func births() throws {
        let table = try FragmentedTable()
        for part in 0..<8 {
            let schema = part % 2 == 0 ? table.schema.stored : table.schema
            let live = Fixture.live(
                table.schema, lsn: UInt64(part + 1), first: part * 100, count: 100)
            let entry = try SegmentWriter(fileSystem: table.fileSystem).write(
                part % 2 == 0 ? live.stored : live.rows, schema: schema,
                as: SegmentDescription(
                    id: table.catalog.reserveSegmentID(), chunk: schema.chunk(containing: 0),
                    level: 0, firstLSN: UInt64(part + 1), lastLSN: UInt64(part + 1)))
            var edit = ManifestEdit()
            edit.addedSegments = [entry]
            try table.catalog.publish(edit)
        }
        let report = table.compactor().run(isForced: true)
        #expect(report.merges.count == 1 && report.merges.first?.failure == nil)
        let handle = try #require(table.catalog.snapshot.tables.first?.segments.first)
        let reader = try handle.reader()
        let rows = try reader.rows(
            at: (0..<800).map { Int32($0) },
            columns: [table.schema.columns[0], TableSchema.birthColumn])
        for row in 0..<800 {
            // Ids are e0, e1, ...; part p has those from 100 p on, and is of version p + 1.
            guard case .varchar(let id) = rows.columns[0].value(at: row),
                let number = Int64(id.string.dropFirst())
            else { continue }
            #expect(rows.columns[1].value(at: row) == .bigint(number / 100 + 1))
        }
    }

    @Test("A pass merges fragments; rows and control totals are the same before and after")
    func merges() throws {
        let table = try FragmentedTable()
        for part in 0..<8 {
            try table.seal(first: part * 100, count: 100, lsn: UInt64(part + 1))
        }
        let before = try FragmentedTable.rows(of: table.catalog)
        let totals = Self.totals(table.catalog)
        let compactor = table.compactor()
        let report = compactor.run()
        #expect(report.merges.count == 1)
        #expect(report.merges.first?.failure == nil)
        #expect(table.catalog.snapshot.tables.first?.segments.count == 1)
        #expect(try FragmentedTable.rows(of: table.catalog) == before)
        #expect(Self.totals(table.catalog) == totals)
        let entry = try #require(table.catalog.snapshot.tables.first?.segments.first?.entry)
        #expect(entry.level == 1)
        #expect((entry.firstLSN, entry.lastLSN) == (1, 8))
        #expect(compactor.run().merges.isEmpty, "a second pass finds nothing to do")
        #expect(compactor.status.mergeCount == 1)
    }

    @Test("A large merge is cut into segments of the target size")
    func cuts() throws {
        let table = try FragmentedTable()
        for part in 0..<10 {
            try table.seal(first: part * 90, count: 90, lsn: UInt64(part + 1))
        }
        var policy = CompactionPolicy()
        policy.targetRowCount = 300
        let before = try FragmentedTable.rows(of: table.catalog)
        table.compactor(policy).run(isForced: true)
        let counts = table.catalog.snapshot.tables.first?.segments.map(\.entry.rowCount)
        #expect(counts == [300, 300, 300])
        #expect(try FragmentedTable.rows(of: table.catalog) == before)
    }

    @Test("A reader that began before a merge goes on reading what it saw")
    func readersKeepTheirFiles() throws {
        let table = try FragmentedTable()
        for part in 0..<5 {
            try table.seal(first: part * 10, count: 10, lsn: UInt64(part + 1))
        }
        let snapshot = table.catalog.snapshot
        table.compactor().run()
        table.clock.advance(seconds: 86_400)
        table.compactor().run()
        for handle in snapshot.tables.flatMap(\.segments) {
            let reader = try SegmentReader(
                fileSystem: table.fileSystem, entry: handle.entry)
            #expect(reader.rowCount == 10)
        }
    }

    @Test("A damaged input ends the merge; everything stays as it was, and the chunk rests")
    func damagedInput() throws {
        let table = try FragmentedTable()
        for part in 0..<5 {
            try table.seal(first: part * 10, count: 10, lsn: UInt64(part + 1))
        }
        let entries = try #require(table.catalog.snapshot.tables.first).segments.map(\.entry)
        var bytes = try #require(table.fileSystem.contents(of: entries[2].path))
        for index in 64..<bytes.count / 3 { bytes[index] ^= 0x40 }
        table.fileSystem.setContents(of: entries[2].path, bytes)
        let compactor = table.compactor()
        let report = compactor.run()
        #expect(report.merges.count == 1)
        #expect(report.merges.first?.failure != nil)
        #expect(table.catalog.snapshot.tables.first?.segments.map(\.entry) == entries)
        let files = try table.fileSystem.list(SegmentEntry.directory).count
        #expect(files == 5, "a failed merge leaves no file behind")
        #expect(compactor.run().merges.isEmpty, "the chunk rests after a failure")
        table.clock.advance(seconds: 61)
        #expect(compactor.run().merges.count == 1, "and is tried again")
    }

    @Test("Totals that differ are refused, total by total")
    func totalsChecked() throws {
        let table = try FragmentedTable()
        for part in 0..<5 {
            try table.seal(first: part * 10, count: 10, lsn: UInt64(part + 1))
        }
        // A manifest entry that promises a row more than the file holds.
        let entry = try #require(table.catalog.snapshot.tables.first?.segments.first?.entry)
        var lying = entry
        lying.totals.sums[0].sum += 1
        let plan = CompactionPlan(
            schema: table.schema, chunk: entry.chunk, inputs: [lying], reason: "",
            targetRowCount: 100)
        #expect(throws: CompactionError.self) {
            try plan.checkTotals(of: [entry])
        }
        #expect(throws: Never.self) {
            try plan.checkTotals(of: [lying])
        }
    }

    @Test("Any failing file call leaves the old or the new segments, never a mixture")
    func everyFailingCall() throws {
        let calls = try Self.script(SimulatedFileSystem()).callCount
        var failures = 0
        for call in 1...calls {
            for effect in [SimulatedFault.Effect.fail(5), .doneButFails(5), .fail(28)] {
                let fileSystem = SimulatedFileSystem()
                let table = try FragmentedTable(fileSystem)
                for part in 0..<5 {
                    try table.seal(first: part * 10, count: 10, lsn: UInt64(part + 1))
                }
                let before = try FragmentedTable.rows(of: table.catalog)
                fileSystem.inject(SimulatedFault(.call(fileSystem.callCount + call), effect))
                let report = table.compactor().run()
                failures += report.merges.filter { $0.failure != nil }.count
                fileSystem.clearFaults()
                table.catalog.close()
                let restarted = fileSystem.afterKill()
                let catalog = try Catalog.open(restarted)
                #expect(try FragmentedTable.rows(of: catalog) == before, "call \(call), \(effect)")
            }
        }
        #expect(failures > 10, "the faults were felt")
    }

    @Test("A power cut at any file call leaves every row exactly once")
    func everyPowerCut() throws {
        let calls = try Self.script(SimulatedFileSystem()).callCount
        var states = 0
        for call in 1...calls {
            let fileSystem = SimulatedFileSystem()
            let table = try FragmentedTable(fileSystem)
            for part in 0..<5 {
                try table.seal(first: part * 10, count: 10, lsn: UInt64(part + 1))
            }
            let before = try FragmentedTable.rows(of: table.catalog)
            fileSystem.inject(SimulatedFault(.call(fileSystem.callCount + call), .stop))
            _ = table.compactor().run()
            for state in fileSystem.crashStates(seed: UInt64(call), limit: 8) {
                let catalog = try Catalog.open(state)
                #expect(try FragmentedTable.rows(of: catalog) == before, "call \(call)")
                states += 1
            }
        }
        #expect(states >= calls * 3)
    }

    /// One merge of five fragments; the file system's calls are counted from its start.
    private static func script(
        _ fileSystem: SimulatedFileSystem
    ) throws -> (callCount: Int, catalog: Catalog) {
        let table = try FragmentedTable(fileSystem)
        for part in 0..<5 {
            try table.seal(first: part * 10, count: 10, lsn: UInt64(part + 1))
        }
        let before = fileSystem.callCount
        table.compactor().run()
        return (fileSystem.callCount - before, table.catalog)
    }

    private static func totals(_ catalog: Catalog) -> ControlTotals {
        var totals = ControlTotals()
        for table in catalog.snapshot.tables {
            for segment in table.segments { totals.add(segment.entry.totals) }
        }
        return totals
    }
}
