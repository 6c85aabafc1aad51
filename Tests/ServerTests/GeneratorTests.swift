import Testing

@testable import Server

/// All bytes of a run, made in calls of `batch` lines.
func generated(_ options: GeneratorOptions, batch: Int = 1_000) throws -> (
    bytes: [UInt8], generator: LedgerGenerator
) {
    var generator = try LedgerGenerator(options)
    var bytes: [UInt8] = []
    var buffer: [UInt8] = []
    while generator.fill(&buffer, rows: batch) > 0 { bytes += buffer }
    return (bytes, generator)
}

/// Options with something of everything.
func mixedOptions(_ stream: GeneratorOptions.Stream = .ledger) -> GeneratorOptions {
    GeneratorOptions(
        rows: 12_000, days: 5, seed: 2_026, late: Share(partsPerMillion: 30_000),
        duplicates: Share(partsPerMillion: 20_000), conflicts: Share(partsPerMillion: 10_000),
        corrections: Share(partsPerMillion: stream == .ledger ? 20_000 : 0),
        poison: Share(partsPerMillion: 40_000), stream: stream)
}

@Suite struct GeneratorTests {
    @Test(
        "Equal seeds give equal bytes, other seeds other bytes",
        arguments: GeneratorOptions.Stream.allCases)
    func determinism(stream: GeneratorOptions.Stream) throws {
        var options = mixedOptions(stream)
        let first = try generated(options)
        #expect(first.bytes == (try generated(options).bytes))
        options.seed += 1
        #expect(first.bytes != (try generated(options).bytes))
    }

    @Test(
        "Bytes and truth do not depend on how a run is cut into calls", arguments: [1, 7, 50_000])
    func batches(batch: Int) throws {
        let whole = try generated(mixedOptions())
        let cut = try generated(mixedOptions(), batch: batch)
        #expect(whole.bytes == cut.bytes)
        #expect(whole.generator.truthJSON() == cut.generator.truthJSON())
    }

    @Test("A run has exactly the lines asked for, one of them too", arguments: [1, 2, 999])
    func exactRows(rows: Int) throws {
        let run = try generated(GeneratorOptions(rows: rows, days: 1))
        #expect(run.bytes.count { $0 == UInt8(ascii: "\n") } == rows)
        #expect(run.generator.truth.lines == rows)
        #expect(run.generator.truth.bytes == run.bytes.count)
    }

    @Test("What is planted comes as often as asked, and spreads over the days asked")
    func shares() throws {
        var options = mixedOptions()
        options.rows = 60_000
        options.days = 20
        let truth = try generated(options).generator.truth
        let events = Double(truth.accepted)
        let planted: [(Int, Share)] = [
            (truth.late, options.late), (truth.duplicates, options.duplicates),
            (truth.conflicts, options.conflicts), (truth.corrections, options.corrections),
            (truth.rejectedCount, options.poison),
        ]
        for (count, share) in planted {
            let expected = events * Double(share.partsPerMillion) / 1_000_000
            // Copies still to come when a run ends make it a little less.
            #expect(Double(count) > expected * 0.75 && Double(count) < expected * 1.15)
        }
        for kind in truth.rejected { #expect(Double(kind) > Double(truth.rejectedCount) / 10) }
        let days = Double(truth.maximumTime - truth.minimumTime) / Double(Milliseconds.day)
        #expect(days > 19.5 && days < 20.5)
        #expect(truth.outOfOrder > 0 && truth.outOfOrder <= truth.late + truth.corrections)
    }

    @Test("The lives of entities have rising times", arguments: GeneratorOptions.Stream.allCases)
    func lives(stream: GeneratorOptions.Stream) throws {
        var book = PhraseBook()
        let streams = EventStreams(GeneratorOptions(stream: stream), book: &book)
        for entity in 0..<20_000 {
            let start = 1_788_188_400_000 + Int64(entity) * 12_345
            let life = streams.life(of: UInt64(entity), start: start)
            #expect(life.count >= 1 && life.time(0) == start)
            for slot in 1..<max(1, life.count) { #expect(life.time(slot) > life.time(slot - 1)) }
            #expect(life.time(life.count - 1) - start < PendingQueue.horizon / 2)
        }
    }

    @Test("Lines arrive in order: whatever is on time is not older than what came before it")
    func arrivalOrder() throws {
        var options = mixedOptions()
        options.late = .none
        #expect(try generated(options).generator.truth.outOfOrder == 0)
    }

    @Test("Lines leave the queue in order of arrival, however they came in")
    func queueOrder() {
        var random = RandomStream(seed: 99, .row, 0)
        var queue = PendingQueue(from: 0)
        let arrivals = (0..<5_000).map { _ in random.below(20 * Milliseconds.day) }
        for (entity, arrival) in arrivals.enumerated() {
            queue.push(
                PendingLine(
                    arrival: arrival, start: 0, entity: UInt64(entity), slot: 0, copy: .first,
                    flags: 0))
        }
        var left: [Int64] = []
        while left.count < arrivals.count {
            if let line = queue.popFirst() { left.append(line.arrival) } else { queue.turnPage() }
        }
        #expect(left == arrivals.sorted())
    }

    @Test("Our logarithm and exponential are each other's inverse")
    func portableMath() {
        for x in [1e-6, 0.1, 0.5, 1, 1.49, 1.51, 2, 28_000, 1e12] {
            let back = PortableMath.exp(PortableMath.ln(x))
            #expect((back / x - 1).magnitude < 1e-13)
        }
        #expect((PortableMath.ln(10) - 2.302_585_092_994_046).magnitude < 1e-14)
        #expect((PortableMath.exp(1) - 2.718_281_828_459_045).magnitude < 1e-14)
    }

    @Test("A weighted choice draws by weight")
    func weightedChoice() {
        let choice = WeightedChoice([5, 0, 3, 2])
        var random = RandomStream(seed: 5, .row, 0)
        var counts = [0, 0, 0, 0]
        for _ in 0..<100_000 { counts[choice.draw(&random)] += 1 }
        for (count, expected) in zip(counts, [50_000, 0, 30_000, 20_000]) {
            #expect((count - expected).magnitude < 700)
        }
    }
}
