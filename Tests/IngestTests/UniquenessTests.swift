import Segments
import Synchronization
import TestSupport
import Testing

@testable import Ingest

/// `UNIQUE (id)` over the whole table: whatever time an event claims, whatever became of the row
/// since.
@Suite("Ids without horizon")
struct UniquenessTests {
    private static func runs(_ fixture: IngestFixture) throws -> [String] {
        try fixture.disk.list(IDRunFiles.directory).sorted()
    }

    private static func index(_ fixture: IngestFixture) throws -> IDIndex {
        let id = try fixture.table().id
        return try #require(fixture.ingestion.index(of: id))
    }

    /// Where the first row of an id is when the second one comes.
    enum Place: CaseIterable { case live, sealed, mergedRuns, restarted, altered }

    @Test(
        "L2: an id with other content or another time is a conflict, and the first row stays",
        arguments: Place.allCases, [false, true])
    func conflict(place: Place, hasOtherTime: Bool) throws {
        var fixture = try IngestFixture(SimulatedFileSystem())
        try fixture.commit([IngestFixture.line("x", amount: 1, day: 3)])
        if place != .live { try fixture.ingestion.sealer.sealNow() }
        if place == .mergedRuns {
            for number in 0..<9 {
                try fixture.commit([IngestFixture.line("y\(number)", day: number)])
                try fixture.ingestion.sealer.sealNow()
            }
        }
        if place == .altered {
            let before = try fixture.table()
            var after = before
            after.addColumn(
                ColumnDefinition(id: 9, name: "note", type: .bigint), unlike: before)
            _ = try fixture.ingestion.changeTable(TableChange(from: before, to: after))
        }
        if place == .restarted { fixture = try fixture.restarted() }
        let second =
            hasOtherTime
            ? IngestFixture.line("x", amount: 1, day: 7)
            : IngestFixture.line("x", amount: 2, day: 3)
        let outcome = try fixture.commit([second, IngestFixture.line("new")])
        #expect(outcome.counts == IngestCounts(accepted: 1, conflict: 1))
        #expect(outcome.refused.map(\.code) == [.conflict])
        #expect(try fixture.amounts()["x"] == 1)
        let letters = try fixture.rows(RejectsTable.name)
        #expect(letters.count == 1 && letters[0][7] == .varchar(Text(second)))
        // The first one, sent again, is still what it was.
        let again = try fixture.commit([IngestFixture.line("x", amount: 1, day: 3)])
        #expect(again.counts == IngestCounts(duplicate: 1))
    }

    @Test("T2: the same events long apart are duplicates, also after many seals and restarts")
    func farApart() throws {
        var fixture = try IngestFixture(SimulatedFileSystem())
        var lines: [String] = []
        for round in 0..<30 {
            let new = (0..<20).map {
                IngestFixture.line("\(round)-\($0)", amount: $0, day: (round + $0) % 12)
            }
            #expect(try fixture.commit(new).counts == IngestCounts(accepted: 20))
            lines += new
            if round % 2 == 0 { try fixture.ingestion.sealer.sealNow() }
            if round % 11 == 10 { fixture = try fixture.restarted() }
        }
        let before = try fixture.amounts()
        var random = SeededGenerator(seed: 2)
        for _ in 0..<2 {
            lines.shuffle(using: &random)
            for start in stride(from: 0, to: lines.count, by: 50) {
                let outcome = try fixture.commit(Array(lines[start..<start + 50]))
                #expect(outcome.counts == IngestCounts(duplicate: 50))
            }
            try fixture.ingestion.sealer.sealNow()
            fixture = try fixture.restarted()
        }
        #expect(try fixture.amounts() == before)
    }

    @Test(
        "Whatever is sent, the answers are those of a dictionary", arguments: 0..<6 as Range<UInt64>
    )
    func reference(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        var fixture = try IngestFixture(SimulatedFileSystem())
        var taken: [String: String] = [:]
        var sent: [String] = []
        let isOrdered = seed % 2 == 0
        for step in 0..<40 {
            var lines: [String] = []
            var expected = IngestCounts()
            for row in 0..<Int.random(in: 1...40, using: &random) {
                let number = String(step * 100 + row + 10_000)
                var id = isOrdered ? "event \(number)" : "\(random.next())"
                var line = IngestFixture.line(
                    id, amount: row, day: Int.random(in: 0...9, using: &random))
                switch Int.random(in: 0..<8, using: &random) {
                case 0: line = sent.randomElement(using: &random) ?? line
                case 1:
                    id = taken.keys.sorted().randomElement(using: &random) ?? id
                    line = IngestFixture.line(
                        id, amount: Int.random(in: 0...40, using: &random),
                        day: Int.random(in: 0...9, using: &random))
                default: break
                }
                let key = String(line.split(separator: "\"")[3])
                if let first = taken[key] {
                    if first == line { expected.duplicate += 1 } else { expected.conflict += 1 }
                } else {
                    taken[key] = line
                    expected.accepted += 1
                }
                lines.append(line)
                sent.append(line)
            }
            #expect(try fixture.commit(lines).counts == expected, "seed \(seed), step \(step)")
            if Int.random(in: 0..<4, using: &random) == 0 {
                try fixture.ingestion.sealer.sealNow()
                #expect(try Self.index(fixture).coveredLSN == fixture.table(flushed: ()))
            }
            if Int.random(in: 0..<12, using: &random) == 0 { fixture = try fixture.restarted() }
        }
        #expect(try fixture.amounts().count == taken.count)
    }

    // MARK: The runs

    @Test("New ids are told from known ones without opening a segment, and runs stay few")
    func runsDecide() throws {
        var fixture = try IngestFixture(SimulatedFileSystem())
        for round in 0..<40 {
            try fixture.commit(
                (0..<10).map { IngestFixture.line("\($0 * 7_919)-\(round)", day: $0) })
            try fixture.ingestion.sealer.sealNow()
            let index = try Self.index(fixture)
            #expect(index.idCount == (round + 1) * 10)
            #expect(index.runs.count <= 6)
            #expect(try Self.runs(fixture).count == index.runs.count)
        }
        #expect(fixture.ingestion.idMemory.idCount == 400)
        #expect(fixture.ingestion.idMemory.runByteCount > 400 * 2)
        fixture = try fixture.restarted()
        #expect(fixture.ingestion.idMemory.idCount == 400)
        let opened = fixture.disk.callCount
        fixture.disk.inject(SimulatedFault(.operations([.open], from: opened), .fail(5)))
        let fresh = (0..<50).map { IngestFixture.line("fresh \($0)", day: $0 % 12) }
        #expect(try fixture.commit(fresh).counts == IngestCounts(accepted: 50))
        // A known one has to be looked up.
        #expect(throws: IngestError.self) {
            try fixture.commit([IngestFixture.line("0-0", day: 0)])
        }
        fixture.disk.clearFaults()
        #expect(try fixture.commit([IngestFixture.line("0-0", day: 0)]).counts.duplicate == 1)
    }

    @Test("A run that is damaged, missing, foreign or of another history is made again")
    func damagedRuns() throws {
        let fixture = try IngestFixture(SimulatedFileSystem())
        for round in 0..<6 {
            try fixture.commit(
                (0..<(200 >> round)).map { IngestFixture.line("\(round)-\($0)", day: $0 % 5) })
            try fixture.ingestion.sealer.sealNow()
        }
        let names = try Self.runs(fixture)
        #expect(names.count > 1)
        let count = fixture.ingestion.idMemory.idCount
        for name in names {
            let path = IDRunFiles.directory + "/" + name
            let good = try #require(fixture.disk.contents(of: path))
            var flipped = good
            flipped[good.count / 2] ^= 4
            for bad in [flipped, [], Array(good.dropLast(8)), nil] {
                let disk = fixture.disk.afterKill()
                if let bad { disk.setContents(of: path, bad) } else { try disk.remove(path) }
                // What other histories and other people left.
                let far =
                    "idx/\(String(repeating: "0", count: 15))2-"
                    + "\(String(repeating: "0", count: 16))-00000000000fffff.run"
                disk.setContents(of: far, good)
                disk.setContents(of: path + ".tmp", good)
                disk.setContents(of: "idx/notes.txt", [1])
                let events = Mutex<[IngestEvent]>([])
                var settings = IngestFixture.settings()
                settings.onEvent = { event in events.withLock { $0.append(event) } }
                let again = try IngestFixture(disk, settings: settings)
                #expect(again.ingestion.idMemory.idCount >= count)
                #expect(
                    try Self.index(again).coveredLSN
                        == again.catalog.snapshot.table(named: "payments")?.flushedLSN)
                #expect(
                    events.withLock { $0 }.contains {
                        if case .makingIDRun = $0 { true } else { false }
                    })
                let left = try Self.runs(again)
                #expect(left.contains("notes.txt") && disk.contents(of: far) == nil)
                #expect(left.count == (try Self.index(again).runs.count) + 1)
                let outcome = try again.commit([
                    IngestFixture.line("0-7", day: 2), IngestFixture.line("5-1", day: 4),
                    IngestFixture.line("6-1"),
                ])
                #expect(outcome.counts == IngestCounts(accepted: 1, duplicate: 1, conflict: 1))
            }
        }
    }

    @Test("Where runs cannot be written, ids are as exact as before, and runs come back")
    func unwritableRuns() throws {
        let fixture = try IngestFixture(SimulatedFileSystem())
        func round(_ number: Int) throws {
            let lines = (0..<30).map { IngestFixture.line("\(number)-\($0)", day: $0 % 3) }
            #expect(try fixture.commit(lines).counts == IngestCounts(accepted: 30))
            try fixture.ingestion.sealer.sealNow()
            #expect(try fixture.commit(lines).counts == IngestCounts(duplicate: 30))
        }
        try round(0)
        fixture.disk.inject(
            SimulatedFault(.every(.open, pathPrefix: "idx/"), .fail(28)))
        for number in 1..<8 { try round(number) }
        #expect(try Self.index(fixture).idCount == 240)
        fixture.disk.clearFaults()
        try round(8)
        let index = try Self.index(fixture)
        #expect(index.runs.allSatisfy { $0.path != nil })
        #expect(try Self.runs(fixture).count == index.runs.count)
        #expect(try fixture.restarted().ingestion.idMemory.idCount == 270)
    }

    @Test("A dropped table takes its runs along; one without ids never has any")
    func dropped() throws {
        let fixture = try IngestFixture(SimulatedFileSystem())
        var other = IngestFixture.schema
        other.name = "free"
        other.uniqueColumns = []
        let free = try fixture.ingestion.createTable(other).schema
        let body = Array(IngestFixture.line("a").utf8)
        let events = try EventParser(schema: free).parse(body, now: IngestFixture.start)
        for _ in 0..<2 {
            _ = try fixture.ingestion.commit([
                CommitRequest(schema: free, events: events, onError: .abort, requestID: "r")
            ])[0].get()
            try fixture.ingestion.sealer.sealNow()
        }
        #expect(try Self.runs(fixture).isEmpty)
        #expect(fixture.ingestion.index(of: free.id) == nil)
        try fixture.commit([IngestFixture.line("a")])
        try fixture.ingestion.sealer.sealNow()
        #expect(try Self.runs(fixture).count == 1)
        _ = try fixture.ingestion.dropTable(named: "payments")
        #expect(try Self.runs(fixture).isEmpty)
        #expect(try fixture.commit([IngestFixture.line("a")]).counts.accepted == 1)
    }

    @Test("An id lives as long as its row, and runs of rows that are gone are made anew")
    func retired() throws {
        let fixture = try IngestFixture(SimulatedFileSystem())
        try fixture.commit([IngestFixture.line("old"), IngestFixture.line("young", day: 9)])
        try fixture.ingestion.sealer.sealNow()
        let table = try #require(fixture.catalog.snapshot.table(named: "payments"))
        var edit = ManifestEdit()
        edit.removedSegments = [table.segments[0].entry.id]
        try fixture.catalog.publish(edit)
        let outcome = try fixture.commit([
            IngestFixture.line("old", amount: 5), IngestFixture.line("young", day: 9),
        ])
        #expect(outcome.counts == IngestCounts(accepted: 1, duplicate: 1))
        #expect(try fixture.amounts()["old"] == 5)
        #expect(!(try Self.index(fixture).isMostlyGone(rowCount: 1)))
    }

    @Test("Runs merge so that each has twice the ids of the next, and never past the limit")
    func policy() throws {
        var index = IDIndex()
        var written = 0
        for number in 0..<300 as Range<UInt64> {
            var hashes = (0..<10 as Range<UInt64>).map { Hashing.mix(number * 10 + $0) }
            let facts = IDRunFacts(
                databaseID: 1, tableID: TableID(1), afterLSN: number, throughLSN: number + 1,
                bounds: .none)
            index.append(IDRun(facts, sorting: &hashes))
            let due = try #require(index.due())
            #expect(due.upperBound == index.runs.count, "what is in memory is written")
            let disk = SimulatedFileSystem()
            try disk.createDirectory("idx")
            let run = try IDRun.write(Array(index.runs[due]), to: "idx/a", disk)
            written += run.count
            index.replace(due, with: run)
            #expect(index.due() == nil)
            for (one, next) in zip(index.runs, index.runs.dropFirst()) {
                #expect(one.count > 2 * next.count)
            }
            #expect(index.coveredLSN == number + 1)
        }
        #expect(index.idCount == 3_000)
        #expect(written < 3_000 * 9)
        #expect(index.due(maximumCount: 5) == nil)
    }
}

extension IngestFixture {
    /// The position up to which the table's rows are in segments.
    fileprivate func table(flushed: Void) throws -> UInt64 {
        try #require(catalog.snapshot.table(named: "payments")).flushedLSN
    }
}
