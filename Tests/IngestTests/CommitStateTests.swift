import Segments
import TestSupport
import Testing

@testable import Ingest

@Suite("The state of requests")
struct CommitStateTests {
    private static let table = TableID(7)
    private static let limits = CommitState.Limits(producerCount: 100, keyCount: 100)

    @Test("A window knows exactly the numbers taken, and its gaps are exactly those missing")
    func window() {
        for seed in 1...200 as ClosedRange<UInt64> {
            var random = SeededGenerator(seed: seed)
            var window = SequenceWindow()
            var taken: Set<UInt64> = []
            for _ in 0..<600 {
                let number = window.next + UInt64.random(in: 0..<300, using: &random)
                #expect(
                    window.reaches(number) == (number < window.next + SequenceWindow.width),
                    "seed \(seed)")
                #expect(window.contains(number) == taken.contains(number), "seed \(seed)")
                let nearest = Bool.random(using: &random) ? window.next : number
                guard window.reaches(nearest), !taken.contains(nearest) else { continue }
                window.take(nearest)
                taken.insert(nearest)
                let missing = (0...(taken.max() ?? 0)).filter { !taken.contains($0) }
                #expect(window.gaps.flatMap { Array($0) } == missing, "seed \(seed)")
                #expect(window.next == missing.first ?? (taken.max() ?? 0) + 1, "seed \(seed)")
            }
        }
    }

    /// A random life: facts as they would be in records.
    private func randomFacts(
        _ random: inout SeededGenerator, _ state: CommitState, at time: Int64
    ) -> RequestFacts? {
        let origin: RequestOrigin
        switch UInt64.random(in: 0..<8, using: &random) {
        case 0...3:
            let name = "p\(Int.random(in: 0..<5, using: &random))"
            let known = state.producers[ProducerID(table: Self.table, name: name)]
            let next = known?.window.next ?? 0
            let isAnew = Int.random(in: 0..<20, using: &random) == 0
            origin = .producer(
                ProducerStep(
                    producer: name, epoch: (known?.epoch ?? 0) + (isAnew ? 1 : 0),
                    sequence: isAnew ? 0 : next + UInt64.random(in: 0..<6, using: &random),
                    bodyHash: UInt64.random(in: 0..<9, using: &random),
                    completeThrough: Bool.random(using: &random)
                        ? time - Int64.random(in: 0..<1_000, using: &random) : nil))
        case 4...5:
            origin = .key(
                RequestKey(
                    "k\(Int.random(in: 0..<500, using: &random))", table: Self.table,
                    time: Bool.random(using: &random) ? time : nil, bodyHash: 3))
        case 6:
            let position = state.streams[1]?.positions[2] ?? 0
            let span = StreamSpan(
                partition: 2, first: position, next: position + 5, completeThrough: time)
            origin = .stream(StreamOrigin(source: 1, spans: [span]))
        default:
            let span = StreamSpan(partition: 2, first: 0, next: 9)
            origin =
                Bool.random(using: &random)
                ? .streamMove(StreamOrigin(source: 1, spans: [span])) : .streamEnd(source: 1)
        }
        guard
            (try? state.standing(
                of: origin, table: Self.table, now: time, limits: Self.limits)) == .first
        else { return nil }
        return RequestFacts(
            origin: origin, table: Self.table, time: time,
            lateRowCount: Int.random(in: 0..<2, using: &random))
    }

    @Test(
        "What is taken back has never been, records read back are the same, and so is a checkpoint")
    func laws() throws {
        for seed in 1...40 as ClosedRange<UInt64> {
            var random = SeededGenerator(seed: seed)
            var state = CommitState()
            var replayed = CommitState()
            var time: Int64 = 1_767_225_600_000_000
            for lsn in 1...300 as ClosedRange<UInt64> {
                time += Int64.random(in: 0..<6_000_000_000, using: &random)
                guard let facts = randomFacts(&random, state, at: time) else { continue }
                let counts = IngestCounts(accepted: Int(lsn), duplicate: 1)
                // A day that began stays begun: what came of age is forgotten either way.
                state.apply(
                    RequestFacts(origin: .none, table: Self.table, time: time),
                    counts: counts, lsn: lsn)
                let before = state
                state.revert(state.apply(facts, counts: counts, lsn: lsn))
                let isBack = state == before
                #expect(isBack, "seed \(seed), \(facts)")
                state.apply(facts, counts: counts, lsn: lsn)
                var writer = ByteWriter()
                facts.append(to: &writer)
                var reader = ByteReader(writer.bytes)
                let read = try RequestFacts(from: &reader)
                #expect(read == facts && reader.isAtEnd, "seed \(seed)")
                replayed.apply(read, counts: counts, lsn: lsn)
            }
            let isReplayed = replayed == state
            #expect(isReplayed, "seed \(seed)")
            let bytes = state.encoded()
            let read = try CommitState(bytes)
            let isRead = read == state && read.encoded() == bytes
            #expect(isRead, "seed \(seed)")
        }
    }

    @Test("A checkpoint that is cut off or has any byte changed is refused")
    func damage() throws {
        var state = CommitState()
        let step = ProducerStep(producer: "p", epoch: 1, sequence: 0, bodyHash: 5)
        state.apply(
            RequestFacts(origin: .producer(step), table: Self.table, time: 9),
            counts: IngestCounts(accepted: 3), lsn: 4)
        let bytes = CheckpointFile(databaseID: 11, lsn: 4, state: state).encoded()
        #expect(try CheckpointFile(bytes).state == state)
        for count in 0..<bytes.count {
            #expect(throws: ByteError.self) { try CheckpointFile(Array(bytes[..<count])) }
        }
        for index in bytes.indices {
            var damaged = bytes
            damaged[index] ^= 1 << (index % 8)
            #expect(throws: ByteError.self) { try CheckpointFile(damaged) }
        }
        let contents = state.encoded()
        for count in 0..<contents.count {
            #expect(throws: ByteError.self) { try CommitState(Array(contents[..<count])) }
        }
    }

    @Test("Producers and keys beyond their limit are refused, and the ones that are known go on")
    func limits() throws {
        var state = CommitState()
        func standing(_ origin: RequestOrigin, _ state: CommitState) throws -> Recognition {
            try state.standing(
                of: origin, table: Self.table, now: 50,
                limits: CommitState.Limits(producerCount: 1, keyCount: 1))
        }
        func step(_ name: String, _ sequence: UInt64) -> RequestOrigin {
            .producer(ProducerStep(producer: name, epoch: 0, sequence: sequence, bodyHash: 0))
        }
        func key(_ text: String) -> RequestOrigin {
            .key(RequestKey(text, table: Self.table, time: nil, bodyHash: 0))
        }
        for origin in [step("a", 0), key("a")] {
            state.apply(
                RequestFacts(origin: origin, table: Self.table, time: 50),
                counts: IngestCounts(), lsn: 1)
        }
        #expect(throws: OriginRefusal.tooManyProducers(limit: 1)) {
            try standing(step("b", 0), state)
        }
        #expect(throws: OriginRefusal.tooManyKeys(limit: 1)) { try standing(key("b"), state) }
        #expect(try standing(step("a", 1), state) == .first)
        #expect(throws: OriginRefusal.unknownProducer("b", sequence: 3)) {
            try standing(step("b", 3), state)
        }
    }
}
