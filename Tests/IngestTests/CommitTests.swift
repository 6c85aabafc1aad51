import Segments
import TestSupport
import Testing

@testable import Ingest

@Suite struct CommitTests {
    @Test("A request is durable, visible and counted when it is acknowledged")
    func commit() throws {
        let fixture = try IngestFixture(SimulatedFileSystem())
        let version = try fixture.ingestion.createTable(IngestFixture.schema).version
        let outcome = try fixture.commit([
            IngestFixture.line("a"), IngestFixture.line("b", amount: 2),
        ])
        #expect(outcome.counts == IngestCounts(accepted: 2))
        #expect(outcome.version == version + 1)
        #expect(fixture.catalog.snapshot.version == outcome.version)
        #expect(try fixture.amounts() == ["a": 1, "b": 2])
        let cut = try IngestFixture(fixture.disk.afterPowerCut(.loseUnsynced))
        #expect(try cut.amounts() == ["a": 1, "b": 2])
        #expect(cut.catalog.snapshot.version >= outcome.version)
    }

    /// Where the first row of an id is when the second one comes.
    enum Place: CaseIterable {
        case sameBatch, sameGroup, live, frozen, sealed, restarted, sealedAndRestarted
    }

    @Test(
        "An id is taken once, wherever its first row is",
        arguments: Place.allCases, [1, 2])
    func uniqueness(place: Place, amount: Int) throws {
        var fixture = try IngestFixture(SimulatedFileSystem())
        let first = IngestFixture.line("x")
        let second = IngestFixture.line("x", amount: amount)
        let expected =
            amount == 1
            ? IngestCounts(accepted: 1, duplicate: 1) : IngestCounts(accepted: 1, conflict: 1)
        let outcome: CommitOutcome
        switch place {
        case .sameBatch:
            outcome = try fixture.commit(["", first, second, IngestFixture.line("y")])
            #expect(outcome.counts.accepted == 2)
        case .sameGroup:
            let outcomes = try fixture.ingestion.commit([
                fixture.request([first]), fixture.request([second, IngestFixture.line("y")]),
            ])
            outcome = try outcomes[1].get()
        default:
            try fixture.commit([first])
            if place == .frozen {
                fixture.disk.inject(
                    SimulatedFault(.operations([.open], from: fixture.disk.callCount), .fail(28)))
                #expect(throws: IngestError.self) { try fixture.ingestion.sealer.sealNow() }
                fixture.disk.clearFaults()
            }
            if place == .sealed || place == .sealedAndRestarted {
                try fixture.ingestion.sealer.sealNow()
                let table = fixture.catalog.snapshot.table(named: "payments")
                #expect(table?.live.isEmpty == true)
                #expect(table?.segments.count == 1)
            }
            if place == .restarted || place == .sealedAndRestarted {
                fixture = try fixture.restarted()
            }
            outcome = try fixture.commit([second, IngestFixture.line("y")])
        }
        #expect(outcome.counts.duplicate == expected.duplicate)
        #expect(outcome.counts.conflict == expected.conflict)
        #expect(outcome.refused.map(\.code) == (amount == 1 ? [] : [.conflict]))
        #expect(try fixture.amounts() == ["x": 1, "y": 1])
        #expect(try fixture.rows(RejectsTable.name).count == expected.conflict)
        // And so it stays.
        let again = try fixture.restarted()
        #expect(try again.amounts() == ["x": 1, "y": 1])
        #expect(try again.commit([second]).counts.accepted == 0)
    }

    @Test("A request that asks for all or nothing leaves nothing, its ids included")
    func abort() throws {
        let fixture = try IngestFixture(SimulatedFileSystem())
        try fixture.commit([IngestFixture.line("taken")])
        let version = fixture.catalog.snapshot.version
        for bad in ["{}", "nonsense", IngestFixture.line("taken", amount: 9)] {
            #expect(throws: IngestError.self) {
                try fixture.commit(
                    [IngestFixture.line("new"), IngestFixture.line("taken"), bad], onError: .abort)
            }
        }
        #expect(fixture.catalog.snapshot.version == version)
        #expect(try fixture.rows(RejectsTable.name).isEmpty)
        let outcome = try fixture.commit(
            [IngestFixture.line("new"), IngestFixture.line("taken")], onError: .abort)
        #expect(outcome.counts == IngestCounts(accepted: 1, duplicate: 1))
    }

    @Test("Refused rows are kept with reason, line and bytes, in the same record")
    func deadLetters() throws {
        let fixture = try IngestFixture(SimulatedFileSystem())
        let schema = try fixture.table()
        var body = Array((IngestFixture.line("a") + "\n{\"id\":7}\n").utf8)
        body += [0x7b, 0xff, 0x7d]
        let events = try EventParser(schema: schema).parse(body, now: IngestFixture.start)
        let outcome = try fixture.ingestion.commit([
            CommitRequest(schema: schema, events: events, onError: .quarantine, requestID: "q1")
        ])[0].get()
        #expect(outcome.counts == IngestCounts(accepted: 1, rejected: 2))
        for fixture in [fixture, try fixture.restarted()] {
            let rows = try fixture.rows(RejectsTable.name)
            #expect(rows.count == 2)
            #expect(rows[0][1...3] == [.varchar("payments"), .varchar("q1"), .bigint(2)])
            #expect(rows[0][4] == .varchar("type_mismatch"))
            #expect(rows[0][5] == .varchar("id"))
            #expect(rows[0][7...9] == [.varchar(#"{"id":7}"#), .varchar("utf-8"), .bigint(1)])
            #expect(rows[1][7...8] == [.varchar("7bff7d"), .varchar("hex")])
            #expect(try fixture.amounts() == ["a": 1])
        }
        try fixture.ingestion.sealer.sealNow()
        #expect(try fixture.rows(RejectsTable.name).count == 2)
        #expect(fixture.catalog.snapshot.table(named: RejectsTable.name)?.live.isEmpty == true)
    }

    @Test("Late rows go to segments of their own chunks, and no row is lost or doubled by sealing")
    func sealing() throws {
        var fixture = try IngestFixture(SimulatedFileSystem())
        var expected: [String: Int64] = [:]
        for round in 0..<4 {
            var lines: [String] = []
            for index in 0..<50 {
                let id = "\(round)-\(index)"
                lines.append(IngestFixture.line(id, amount: index, day: (index * 7 + round) % 5))
                expected[id] = Int64(index)
            }
            try fixture.commit(lines)
            if round != 2 { try fixture.ingestion.sealer.sealNow() }
            #expect(try fixture.amounts() == expected)
            if round == 2 { fixture = try fixture.restarted() }
        }
        let table = try #require(fixture.catalog.snapshot.table(named: "payments"))
        #expect(table.live.isEmpty)
        #expect(table.segments.count == 15)
        #expect(Set(table.segments.map(\.entry.chunk.start)).count == 5)
        #expect(table.flushedLSN == fixture.catalog.snapshot.version)
    }

    @Test("Sealing lets the log go, and idle tables do not hold it back")
    func truncation() throws {
        let fixture = try IngestFixture(SimulatedFileSystem())
        var other = IngestFixture.schema
        other.name = "idle"
        _ = try fixture.ingestion.createTable(other)
        for round in 0..<30 {
            try fixture.commit((0..<40).map { IngestFixture.line("\(round)-\($0)") })
            if round % 3 == 2 { try fixture.ingestion.sealer.sealNow() }
            #expect(try fixture.disk.list("wal").count < 12)
        }
        let again = try fixture.restarted()
        #expect(try again.amounts().count == 1_200)
        #expect(Ingestion.canRecover(again.disk, from: again.catalog.manifest))
    }

    @Test("Dropped tables stay dropped, and their records are passed over")
    func dropping() throws {
        var fixture = try IngestFixture(SimulatedFileSystem())
        try fixture.commit([IngestFixture.line("a")])
        let request = try fixture.request([IngestFixture.line("b")])
        let version = try fixture.ingestion.dropTable(named: "payments")
        #expect(version == fixture.catalog.snapshot.version)
        #expect(fixture.ingestion.commit([request])[0] == .failure(.tableChanged("payments")))
        #expect(throws: IngestError.self) {
            try fixture.ingestion.dropTable(named: RejectsTable.name)
        }
        fixture = try fixture.restarted()
        #expect(fixture.catalog.snapshot.table(named: "payments") == nil)
        try fixture.commit([IngestFixture.line("a", amount: 5)])
        #expect(try fixture.amounts() == ["a": 5])
        fixture = try fixture.restarted()
        #expect(try fixture.amounts() == ["a": 5])
    }

    @Test("Tables are sealed by rows, bytes or age, the largest first")
    func policy() {
        var settings = IngestSettings()
        settings.sealRowCount = 100
        settings.sealByteCount = 10_000
        settings.sealAgeSeconds = 60
        settings.liveByteLimit = 30_000
        let policy = SealPolicy(settings)
        func waiting(_ id: UInt32, _ rows: Int, _ bytes: Int, _ at: UInt64) -> CommitCore.Waiting {
            CommitCore.Waiting(
                table: TableID(id), rowCount: rows, memoryBytes: bytes, openedAt: at)
        }
        let second: UInt64 = 1_000_000_000
        let tables = [
            waiting(1, 99, 9_999, second), waiting(2, 100, 1, 30 * second),
            waiting(3, 1, 10_000, 30 * second), waiting(4, 1, 5, 50 * second),
        ]
        #expect(policy.due(tables, now: 60 * second) == [TableID(3), TableID(2)])
        #expect(policy.due(tables, now: 61 * second) == [TableID(3), TableID(1), TableID(2)])
        #expect(
            policy.due([waiting(1, 1, 9_000, 0), waiting(2, 1, 8_000, 0)], now: 1) == [TableID(1)])
    }
}
