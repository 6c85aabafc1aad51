import Compaction
import Segments
import TestSupport
import Testing

@testable import Ingest

/// The whole product of RELIABILITY T20: by what a request is recognised, what became of the first
/// one's rows, and how it comes again.
@Suite("Idempotency: every origin in every state")
struct IdempotencyTests {
    /// By what a request is recognised.
    enum Kind: CaseIterable {
        case producer, keyWithTime, key, stream, eventID
    }

    /// What happened between the first request and its twin.
    enum Passage: CaseIterable {
        case nothing, sameGroup, otherRequests, restart, powerCut, seal, sealAndRestart
        case compaction, checkpointOnly, stopInGoodOrder, dayLater
    }

    /// What the twin is like.
    enum Twin: CaseIterable {
        case same, otherBody
    }

    private static func create(_ name: String, isUnique: Bool) -> String {
        """
        CREATE TABLE \(name) (id VARCHAR NOT NULL, at TIMESTAMP NOT NULL, amount BIGINT\
        \(isUnique ? ", UNIQUE (id)" : "")) TIMESTAMP (at) PARTITION BY DAY
        """
    }

    /// A life of one database, whose process may change.
    private final class Life {
        var disk = SimulatedFileSystem()
        let clock = ManualClock()
        var database: SimulatedDatabase

        init() throws {
            database = try SimulatedDatabase(disk, clock: clock)
            _ = try database.create(IdempotencyTests.create("plain", isUnique: false))
            _ = try database.create(IdempotencyTests.create("unique_ids", isUnique: true))
        }

        func restart(_ cut: PowerCut? = nil) throws {
            database.close()
            disk = cut.map { disk.afterPowerCut($0) } ?? disk.afterKill()
            database = try SimulatedDatabase(disk, clock: clock)
        }

        func request(
            _ table: String, _ ids: [String], amount: Int = 1, _ origin: RequestOrigin
        ) throws -> CommitRequest {
            let schema = try #require(database.catalog.snapshot.table(named: table)?.schema)
            let milliseconds = clock.wallMicroseconds() / 1_000
            let lines = ids.map { #"{"id":"\#($0)","at":\#(milliseconds),"amount":\#(amount)}"# }
            let events = try EventParser(schema: schema).parse(
                Array(lines.joined(separator: "\n").utf8), now: clock.wallMicroseconds())
            return CommitRequest(
                schema: schema, events: events, onError: .quarantine, requestID: "t20",
                origin: origin)
        }

        func commit(_ requests: CommitRequest...) -> [Result<CommitOutcome, IngestError>] {
            database.commit(requests)
        }

        func total(_ table: String) throws -> [[Value]] {
            try database.rows("SELECT COUNT(*), SUM(amount) FROM \(table)")
        }
    }

    private func table(_ kind: Kind) -> String {
        kind == .eventID || kind == .key ? "unique_ids" : "plain"
    }

    /// The origin of request `number`, with the hash of its body.
    private func origin(_ kind: Kind, _ number: Int, body: UInt64, _ life: Life) -> RequestOrigin {
        let table = life.database.catalog.snapshot.table(named: table(kind))?.schema.id
        switch kind {
        case .producer:
            return .producer(
                ProducerStep(producer: "p", epoch: 0, sequence: UInt64(number), bodyHash: body))
        case .keyWithTime, .key:
            let time: Int64 = 1_767_225_600_000_000
            return .key(
                RequestKey(
                    "k\(number)", table: table ?? TableID(0),
                    time: kind == .key ? nil : time, bodyHash: body))
        case .stream:
            let first = UInt64(number) * 10
            return .stream(
                StreamOrigin(
                    source: 1, spans: [StreamSpan(partition: 0, first: first, next: first + 10)]))
        case .eventID: return .none
        }
    }

    private func pass(_ passage: Passage, _ kind: Kind, _ life: Life) throws {
        switch passage {
        case .nothing, .sameGroup: break
        case .otherRequests:
            for number in 1...20 {
                let other = try life.request(
                    table(kind), ["other\(number)"], origin(kind, number, body: 7, life))
                _ = try life.commit(other)[0].get()
            }
        case .restart: try life.restart()
        case .powerCut: try life.restart(.loseUnsynced)
        case .seal, .sealAndRestart:
            try life.database.ingestion.sealer.sealNow()
            if passage == .sealAndRestart { try life.restart() }
        case .compaction:
            try life.database.ingestion.sealer.sealNow()
            let other = try life.request(
                table(kind), ["late"], origin(kind, 1, body: 7, life))
            _ = try life.commit(other)[0].get()
            try life.database.ingestion.sealer.sealNow()
            let table = try #require(life.database.catalog.snapshot.table(named: table(kind)))
            let report = life.database.compactor.run(table: table.schema.id, isForced: true)
            #expect(report.failures.isEmpty)
        case .checkpointOnly:
            // So much that the log file of the first request goes.
            for number in 1...12 {
                let ids = (0..<60).map { "bulk\(number)-\($0)" }
                let other = try life.request(
                    table(kind), ids, origin(kind, number, body: 7, life))
                _ = try life.commit(other)[0].get()
                try life.database.ingestion.sealer.sealNow()
            }
            let first = try #require(LogReader.firstHeader(life.disk))
            #expect(first.startLSN > 4, "the record of the first request is gone")
            try life.restart()
        case .stopInGoodOrder:
            life.database.ingestion.stop(sealingNanoseconds: 1_000_000_000)
            try life.restart()
        case .dayLater:
            life.clock.advance(seconds: 86_400)
            try life.restart()
        }
    }

    @Test(
        "A request is done once, and its twin is answered as it was or refused",
        arguments: Kind.allCases, Passage.allCases)
    func product(kind: Kind, passage: Passage) throws {
        for twin in Twin.allCases {
            let life = try Life()
            let first = try life.request(
                table(kind), ["a", "b"], origin(kind, 0, body: 1, life))
            let second = try life.request(
                table(kind), ["a", "b"], amount: twin == .same ? 1 : 2,
                origin(kind, 0, body: twin == .same ? 1 : 2, life))
            let outcome: Result<CommitOutcome, IngestError>
            let answer: CommitOutcome
            let before: [[Value]]
            if passage == .sameGroup {
                let outcomes = life.commit(first, second)
                answer = try outcomes[0].get()
                outcome = outcomes[1]
                before = [[.bigint(2), .bigint(2)]]
            } else {
                answer = try life.commit(first)[0].get()
                try pass(passage, kind, life)
                before = try life.total(table(kind))
                outcome = life.commit(second)[0]
            }
            let what: Comment = "\(kind), \(passage), \(twin)"
            #expect(answer.counts == IngestCounts(accepted: 2), what)
            #expect(try life.total(table(kind)) == before, what)
            switch (kind, twin) {
            case (.eventID, .same):
                #expect(try outcome.get().counts == IngestCounts(duplicate: 2), what)
            case (.eventID, .otherBody):
                #expect(try outcome.get().counts == IngestCounts(conflict: 2), what)
            case (.stream, _):
                #expect(try outcome.get().standing == .repeatedLongAgo, what)
            case (.producer, _) where passage == .otherRequests:
                #expect(try outcome.get().standing == .repeatedLongAgo, what)
            case (_, .same):
                let repeated = try outcome.get()
                #expect(repeated.standing == .repeated, what)
                #expect(repeated.counts == answer.counts, what)
                #expect(repeated.version == answer.version, what)
            case (.producer, .otherBody):
                #expect(outcome == .failure(.origin(.sequenceReuse("p", sequence: 0))), what)
            case (_, .otherBody): #expect(outcome == .failure(.origin(.keyReuse)), what)
            }
        }
    }

    @Test(
        "A request whose sync fails is there once after the next try, whatever the disk kept",
        arguments: Kind.allCases, [PowerCut.loseUnsynced, .keepAll])
    func beforeAcknowledgement(kind: Kind, cut: PowerCut) throws {
        let life = try Life()
        let first = try life.request(table(kind), ["a", "b"], origin(kind, 0, body: 1, life))
        life.disk.inject(SimulatedFault(.operations([.sync], from: life.disk.callCount), .fail(5)))
        guard case .failure(.durabilityUnknown) = life.commit(first)[0] else {
            Issue.record("the failure was not reported")
            return
        }
        try life.restart(cut)
        for _ in 0..<2 {
            let again = try life.request(table(kind), ["a", "b"], origin(kind, 0, body: 1, life))
            _ = try life.commit(again)[0].get()
            #expect(try life.total(table(kind)) == [[.bigint(2), .bigint(2)]])
        }
    }

    @Test(
        "A request that wrote nothing has not used its number or key", arguments: Kind.allCases)
    func definiteFailure(kind: Kind) throws {
        let life = try Life()
        // The disk is full: nothing of the group is there, neither of the twins is taken.
        let first = try life.request(table(kind), ["a", "b"], origin(kind, 0, body: 1, life))
        life.disk.inject(
            SimulatedFault(.operations([.write], from: life.disk.callCount), .fail(28)))
        for outcome in life.commit(first, first) {
            guard case .failure(.diskFull) = outcome else {
                Issue.record("\(outcome)")
                return
            }
        }
        life.disk.clearFaults()
        // Another body under the same number is a first one, too.
        let second = try life.request(table(kind), ["c"], origin(kind, 0, body: 2, life))
        #expect(try life.commit(second)[0].get().standing == .first)
        #expect(try life.total(table(kind)) == [[.bigint(1), .bigint(1)]])
    }

    @Test("Beyond what is kept a request is refused, and never taken twice")
    func horizons() throws {
        let life = try Life()
        for kind in [Kind.producer, .keyWithTime] {
            let first = try life.request("plain", ["a"], origin(kind, 0, body: 1, life))
            _ = try life.commit(first)[0].get()
        }
        life.clock.advance(seconds: 31 * 86_400)
        try life.restart()
        // Somebody else's request begins the day on which what came of age is forgotten.
        let other = try life.request(
            "plain", ["z"],
            .producer(ProducerStep(producer: "q", epoch: 0, sequence: 0, bodyHash: 0)))
        _ = try life.commit(other)[0].get()
        let before = try life.total("plain")
        for sequence in 0...1 {
            let late = try life.request(
                "plain", ["a"], origin(.producer, sequence, body: 1, life))
            #expect(
                life.commit(late)[0]
                    == .failure(.origin(.unknownProducer("p", sequence: UInt64(sequence)))))
        }
        let late = try life.request("plain", ["a"], origin(.keyWithTime, 0, body: 1, life))
        guard case .failure(.origin(.keyExpired)) = life.commit(late)[0] else {
            Issue.record("an expired key was taken")
            return
        }
        #expect(try life.total("plain") == before)
        // A new incarnation may begin, and ends the old one.
        let next = try life.request(
            "plain", ["n"],
            .producer(ProducerStep(producer: "p", epoch: 1, sequence: 0, bodyHash: 0)))
        #expect(try life.commit(next)[0].get().standing == .first)
        let old = try life.request("plain", ["o"], origin(.producer, 1, body: 1, life))
        #expect(life.commit(old)[0] == .failure(.origin(.fenced("p", epoch: 1))))
    }

    @Test("Holes and reordering leave exactly the gaps that are open, and they close by themselves")
    func gaps() throws {
        let life = try Life()
        func send(_ sequence: UInt64) throws -> Result<CommitOutcome, IngestError> {
            let step = ProducerStep(
                producer: "outbox", epoch: 0, sequence: sequence, bodyHash: sequence)
            return life.commit(try life.request("plain", ["s\(sequence)"], .producer(step)))[0]
        }
        var open: Set<UInt64> = []
        var sent: Set<UInt64> = [0]
        _ = try send(0).get()
        var random = SeededGenerator(seed: 8)
        var waiting = Array(1...400 as ClosedRange<UInt64>)
        while !waiting.isEmpty {
            // Out of order within the window, as threads of an outbox would.
            let index = Int.random(in: 0..<min(8, waiting.count), using: &random)
            let sequence = waiting.remove(at: index)
            #expect(try send(sequence).get().standing == .first)
            sent.insert(sequence)
            open = Set((0..<(sent.max() ?? 0)).filter { !sent.contains($0) })
            if sequence % 100 == 0 { try life.restart() }
            let gaps = life.database.ingestion.producers().flatMap(\.gaps)
            #expect(Set(gaps.flatMap { Array($0) }) == open)
        }
        #expect(open.isEmpty)
        #expect(
            try send(401 + 256) == .failure(.origin(.sequenceGap("outbox", next: 401))))
    }
}
