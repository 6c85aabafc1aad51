import Segments
import TestSupport
import Testing

@testable import Ingest

@Suite struct StateTableTests {
    typealias Fixture = StateFixture

    private static func line(_ version: Int, a: Int, day: Int = 0) -> String {
        Fixture.line(1, version, day: day, a: a)
    }

    private static func deletion(_ version: Int) -> String {
        Fixture.line(1, version, day: nil, isDeletion: true)
    }

    /// Where the row of a key is when the next one comes.
    enum Place: CaseIterable {
        case sameBatch, sameGroup, live, frozen, sealed, restarted, sealedAndRestarted
    }

    /// Brings `first` to a place, then sends `second`.
    private func send(
        _ first: String, _ second: String, at place: Place, _ schema: TableSchema
    ) throws -> (fixture: Fixture, counts: IngestCounts) {
        var fixture = try Fixture(schema)
        switch place {
        case .sameBatch:
            var counts = try fixture.commit([first, second]).counts
            counts.accepted -= 1
            return (fixture, counts)
        case .sameGroup:
            let outcomes = try fixture.base.ingestion.commit([
                fixture.request([first]), fixture.request([second]),
            ])
            return (fixture, try outcomes[1].get().counts)
        default: try fixture.commit([first])
        }
        if place == .frozen {
            let disk = fixture.base.disk
            disk.inject(SimulatedFault(.operations([.open], from: disk.callCount), .fail(28)))
            #expect(throws: IngestError.self) { try fixture.seal() }
            disk.clearFaults()
        }
        if place == .sealed || place == .sealedAndRestarted {
            try fixture.seal()
            let table = fixture.base.catalog.snapshot.table(fixture.schema.id)
            #expect(table?.live.isEmpty == true && table?.segments.isEmpty == false)
        }
        if place == .restarted || place == .sealedAndRestarted { fixture = try fixture.restarted() }
        return (fixture, try fixture.commit([second]).counts)
    }

    @Test("A newer row replaces an older one wherever that is", arguments: Place.allCases)
    func newer(place: Place) throws {
        let sent = try send(
            Self.line(1, a: 1), Self.line(2, a: 2), at: place, Fixture.schema())
        #expect(sent.counts == IngestCounts(accepted: 1, updated: 1))
        #expect(try sent.fixture.rows() == [1: Fixture.Row(version: 2, day: 0, a: 2, c: 7)])
        let again = try sent.fixture.restarted()
        #expect(try again.rows() == [1: Fixture.Row(version: 2, day: 0, a: 2, c: 7)])
    }

    @Test("An older row is stale wherever the newer one is", arguments: Place.allCases)
    func stale(place: Place) throws {
        let sent = try send(
            Self.line(2, a: 2), Self.line(1, a: 1), at: place, Fixture.schema())
        #expect(sent.counts == IngestCounts(stale: 1))
        #expect(try sent.fixture.rows().mapValues(\.a) == [1: 2])
    }

    @Test("The same row again is a duplicate wherever it is", arguments: Place.allCases)
    func duplicate(place: Place) throws {
        for isVersioned in [true, false] {
            let sent = try send(
                Self.line(1, a: 1), Self.line(1, a: 1), at: place,
                Fixture.schema(isVersioned: isVersioned))
            #expect(sent.counts == IngestCounts(duplicate: 1))
            #expect(try sent.fixture.rows().mapValues(\.a) == [1: 1])
        }
    }

    @Test("Of one version, or without versions, the later row stays", arguments: Place.allCases)
    func later(place: Place) throws {
        for isVersioned in [true, false] {
            let sent = try send(
                Self.line(1, a: 1), Self.line(1, a: 2), at: place,
                Fixture.schema(isVersioned: isVersioned))
            #expect(sent.counts == IngestCounts(accepted: 1, updated: 1))
            #expect(try sent.fixture.rows().mapValues(\.a) == [1: 2])
        }
    }

    @Test(
        "T6: a date that moves from May to June leaves one row, in June alone",
        arguments: Place.allCases)
    func movesBetweenChunks(place: Place) throws {
        let sent = try send(
            Self.line(1, a: 5, day: 0), Self.line(2, a: 5, day: 1), at: place, Fixture.schema())
        let rows = [1: Fixture.Row(version: 2, day: 1, a: 5, c: 7)]
        #expect(try sent.fixture.rows() == rows)
        try sent.fixture.seal()
        #expect(try sent.fixture.rows() == rows)
        #expect(try sent.fixture.restarted().rows() == rows)
    }

    @Test(
        "reg_delete_not_resurrected: a deletion keeps older rows out, wherever it is",
        arguments: Place.allCases)
    func notResurrected(place: Place) throws {
        let sent = try send(
            Self.line(1, a: 1), Self.deletion(3), at: place, Fixture.schema())
        #expect(sent.counts == IngestCounts(accepted: 1, deleted: 1))
        var fixture = sent.fixture
        for round in 0..<4 {
            #expect(try fixture.rows().isEmpty)
            #expect(try fixture.commit([Self.line(2, a: 2)]).counts == IngestCounts(stale: 1))
            #expect(try fixture.commit([Self.line(3, a: 3)]).counts == IngestCounts(stale: 1))
            #expect(try fixture.commit([Self.deletion(3)]).counts == IngestCounts(duplicate: 1))
            if round == 0 { try fixture.seal() } else { fixture = try fixture.restarted() }
        }
        #expect(
            try fixture.commit([Self.line(4, a: 4)]).counts == IngestCounts(accepted: 1))
        #expect(try fixture.rows().mapValues(\.a) == [1: 4])
    }

    @Test("A deletion that comes before its row keeps it out")
    func deletionFirst() throws {
        let fixture = try Fixture()
        #expect(try fixture.commit([Self.deletion(5)]).counts == IngestCounts(accepted: 1))
        #expect(try fixture.commit([Self.line(4, a: 1)]).counts == IngestCounts(stale: 1))
        #expect(try fixture.rows().isEmpty)
        #expect(try fixture.commit([Self.line(6, a: 1)]).counts == IngestCounts(accepted: 1))
        #expect(try fixture.rows().count == 1)
    }

    @Test("Without versions a deletion of nothing is nothing, and a later row is there")
    func deletionWithoutVersions() throws {
        let fixture = try Fixture(Fixture.schema(isVersioned: false))
        #expect(try fixture.commit([Self.deletion(1)]).counts == IngestCounts(duplicate: 1))
        try fixture.commit([Self.line(1, a: 1)])
        #expect(
            try fixture.commit([Self.deletion(1)]).counts == IngestCounts(accepted: 1, deleted: 1))
        #expect(try fixture.rows().isEmpty)
        try fixture.commit([Self.line(1, a: 2)])
        #expect(try fixture.rows().mapValues(\.a) == [1: 2])
    }

    @Test(
        "reg_partial_upsert_handoff: fields that an event lacks stay, wherever the row is",
        arguments: Place.allCases)
    func partial(place: Place) throws {
        for isVersioned in [true, false] {
            let schema = Fixture.schema(isVersioned: isVersioned, isMerge: true)
            let sent = try send(
                Fixture.line(1, 1, a: 1, b: "x"), Fixture.line(1, 2, day: nil, a: 2, c: 9),
                at: place, schema)
            let version: Int64 = 2
            let rows = [1: Fixture.Row(version: version, day: 0, a: 2, b: "x", c: 9)]
            #expect(try sent.fixture.rows() == rows)
            try sent.fixture.seal()
            #expect(try sent.fixture.restarted().rows() == rows)
        }
    }

    @Test("A null field overwrites, a missing one does not")
    func nullIsNotMissing() throws {
        let fixture = try Fixture(Fixture.schema(isMerge: true))
        try fixture.commit([Fixture.line(1, 1, a: 1, b: "x")])
        try fixture.commit([#"{"owner":"m","number":1,"version":2,"a":null}"#])
        #expect(try fixture.rows() == [1: Fixture.Row(version: 2, day: 0, a: nil, b: "x", c: 7)])
    }

    @Test("A row that merges needs its time once")
    func missingTime() throws {
        let fixture = try Fixture(Fixture.schema(isMerge: true))
        let outcome = try fixture.commit([Fixture.line(1, 1, day: nil, a: 1)])
        #expect(outcome.counts == IngestCounts(rejected: 1))
        #expect(outcome.refused.map(\.code) == [.missingField])
        #expect(outcome.refused.map(\.field) == ["at"])
    }

    @Test("T10: three streams build one row, in whatever order their events come")
    func unified() throws {
        let events = [
            Fixture.line(1, 1, a: 100), Fixture.line(1, 2, b: "acquired"),
            Fixture.line(1, 3, c: 42), Fixture.line(1, 4, a: 90),
        ]
        let expected = [1: Fixture.Row(version: 4, day: 0, a: 90, b: "acquired", c: 42)]
        try Self.forEachOrder(events) { order in
            let fixture = try Fixture(Fixture.schema(isMerge: true))
            for (index, event) in order.enumerated() {
                try fixture.commit([event])
                if index == 1 { try fixture.seal() }
            }
            #expect(try fixture.rows() == expected, "\(order)")
        }
    }

    @Test("Deletions and fields of any versions give one row in every order")
    func deletionsInEveryOrder() throws {
        let events = [
            Fixture.line(1, 1, a: 1, b: "one"), Fixture.line(1, 2, isDeletion: true),
            Fixture.line(1, 3, b: "three"), Fixture.line(1, 4, c: 4),
        ]
        let expected = [1: Fixture.Row(version: 4, day: 0, a: nil, b: "three", c: 4)]
        try Self.forEachOrder(events) { order in
            let one = try Fixture(Fixture.schema(isMerge: true))
            try one.commit(order)
            #expect(try one.rows() == expected, "\(order)")
            let many = try Fixture(Fixture.schema(isMerge: true))
            for event in order { try many.commit([event]) }
            #expect(try many.rows() == expected, "\(order)")
        }
    }

    private static func forEachOrder(
        _ events: [String], _ body: ([String]) throws -> Void, chosen: [String] = []
    ) throws {
        guard !events.isEmpty else { return try body(chosen) }
        for index in events.indices {
            var rest = events
            let event = rest.remove(at: index)
            try forEachOrder(rest, body, chosen: chosen + [event])
        }
    }

    @Test("M6, Z5: of two conditional writes over one row the first wins, the other is told")
    func conditions() throws {
        let fixture = try Fixture()
        let created = try fixture.commit([Self.line(1, a: 1)], row: RowRequest(condition: .absent))
        let tag = try #require(created.tag)
        #expect(throws: IngestError.conditionFailed(current: tag)) {
            try fixture.commit([Self.line(2, a: 2)], row: RowRequest(condition: .absent))
        }
        let condition = RowRequest(condition: .matches([tag]))
        let outcomes = try fixture.base.ingestion.commit([
            fixture.request([Self.line(2, a: 2)], row: condition),
            fixture.request([Self.line(2, a: 3)], row: condition),
        ])
        let winner = try outcomes[0].get()
        #expect(throws: IngestError.conditionFailed(current: winner.tag)) {
            try outcomes[1].get()
        }
        #expect(try fixture.rows().mapValues(\.a) == [1: 2])
        let stale = try fixture.commit([Self.line(1, a: 9)], row: RowRequest())
        #expect(stale.counts == IngestCounts(stale: 1))
        #expect(stale.tag == winner.tag)
        try fixture.seal()
        let removed = try fixture.commit(
            [Self.deletion(0)],
            row: RowRequest(
                condition: .matches([winner.tag ?? ""]), deletesAnyVersion: true))
        #expect(removed.counts == IngestCounts(accepted: 1, deleted: 1))
        #expect(removed.tag == nil)
        #expect(throws: IngestError.rowNotFound) {
            try fixture.commit([Self.deletion(0)], row: RowRequest(deletesAnyVersion: true))
        }
        #expect(try fixture.commit([Self.line(2, a: 2)]).counts == IngestCounts(stale: 1))
    }

    @Test("A group that does not become durable leaves keys and rows as they were")
    func failedGroup() throws {
        let fixture = try Fixture()
        try fixture.commit([Self.line(1, a: 1)])
        let disk = fixture.base.disk
        disk.inject(SimulatedFault(.call(disk.callCount + 1), .fail(28)))
        #expect(throws: IngestError.self) { try fixture.commit([Self.line(5, a: 5)]) }
        disk.clearFaults()
        #expect(
            try fixture.commit([Self.line(2, a: 2)]).counts
                == IngestCounts(accepted: 1, updated: 1))
        #expect(try fixture.rows().mapValues(\.a) == [1: 2])
    }

    @Test(
        "Random events, seals and restarts leave what a plain model says",
        arguments: 0..<8, [(true, false), (false, false), (true, true), (false, true)])
    func randomLife(seed: Int, mode: (isVersioned: Bool, isMerge: Bool)) throws {
        var random = SeededGenerator(seed: UInt64(seed))
        var fixture = try Fixture(
            Fixture.schema(isVersioned: mode.isVersioned, isMerge: mode.isMerge))
        var model = StateModel(isVersioned: mode.isVersioned, isMerge: mode.isMerge)
        for step in 0..<60 {
            switch Int.random(in: 0..<10, using: &random) {
            case 0: try fixture.seal()
            case 1: fixture = try fixture.restarted()
            default:
                let requests = try (0..<Int.random(in: 1...3, using: &random)).map { _ in
                    let events = Self.events(&random)
                    for event in events { model.add(event) }
                    return try fixture.request(events.map(\.line))
                }
                for outcome in fixture.base.ingestion.commit(requests) { _ = try outcome.get() }
            }
            #expect(try fixture.rows() == model.rows, "seed \(seed), step \(step), \(mode)")
        }
    }

    private static func events(_ random: inout SeededGenerator) -> [StateModel.Event] {
        (0..<Int.random(in: 1...12, using: &random)).map { _ in
            let version = Int.random(in: 1...40, using: &random)
            // The time follows from the version, so that it does not matter who brings it.
            return StateModel.Event(
                number: Int.random(in: 0..<10, using: &random), version: version,
                day: version % 3,
                a: Bool.random(using: &random) ? Int.random(in: 0..<5, using: &random) : nil,
                b: Bool.random(using: &random) ? "b\(Int.random(in: 0..<5, using: &random))" : nil,
                c: Bool.random(using: &random) ? Int.random(in: 0..<5, using: &random) : nil,
                isDeletion: Int.random(in: 0..<6, using: &random) == 0)
        }
    }
}
