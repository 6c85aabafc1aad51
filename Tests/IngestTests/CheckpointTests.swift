import Segments
import TestSupport
import Testing

@testable import Ingest

@Suite("Checkpoints and the log behind them")
struct CheckpointTests {
    private static func origin(_ sequence: Int) -> RequestOrigin {
        .producer(
            ProducerStep(
                producer: "p", epoch: 0, sequence: UInt64(sequence), bodyHash: UInt64(sequence)))
    }

    /// Commits requests of the producer, sealing after each third one, so that log files go.
    private func filled(_ count: Int) throws -> IngestFixture {
        let fixture = try IngestFixture(SimulatedFileSystem())
        for sequence in 0..<count {
            var request = try fixture.request(
                (0..<40).map { IngestFixture.line("\(sequence)-\($0)") })
            request.origin = Self.origin(sequence)
            let outcome = try fixture.ingestion.commit([request])[0].get()
            #expect(outcome.standing == .first)
            if sequence % 3 == 2 { try fixture.ingestion.sealer.sealNow() }
        }
        return fixture
    }

    private func checkpoints(_ disk: SimulatedFileSystem) throws -> [String] {
        try disk.list("wal").filter { $0.hasPrefix("checkpoint-") }.sorted()
    }

    /// Whether all requests are known: the last one's answer, and that none before it is new.
    private func expectKnown(_ count: Int, _ fixture: IngestFixture) throws {
        for sequence in 0..<count {
            var request = try fixture.request([IngestFixture.line("other\(sequence)")])
            request.origin = .producer(
                ProducerStep(
                    producer: "p", epoch: 0, sequence: UInt64(sequence),
                    bodyHash: UInt64(sequence)))
            let outcome = try fixture.ingestion.commit([request])[0].get()
            #expect(outcome.standing != .first, "\(sequence)")
            if outcome.standing == .repeated { #expect(outcome.counts.accepted == 40) }
        }
        #expect(try fixture.amounts().count == count * 40)
    }

    @Test("The log goes as far as the older of two checkpoints, and every request stays known")
    func removal() throws {
        let fixture = try filled(30)
        let files = try fixture.disk.list("wal")
        #expect(try checkpoints(fixture.disk).count == 2, "\(files)")
        #expect(!files.contains("0000000000000001.wal"), "the log goes")
        let first = try #require(LogReader.firstHeader(fixture.disk))
        let older = try #require(CheckpointFile.lsn(ofName: checkpoints(fixture.disk)[0]))
        #expect(first.startLSN > 1 && first.startLSN <= older + 1)
        try expectKnown(30, fixture.restarted())
    }

    @Test("A damaged or missing newest checkpoint costs nothing: the older one and the log have it")
    func fallback() throws {
        let names = try checkpoints(filled(30).disk)
        for bytes: [UInt8]? in [nil, [], [1, 2, 3]] {
            let disk = try filled(30).disk.afterKill()
            disk.setContents(of: "wal/" + names[1], bytes)
            try expectKnown(30, IngestFixture(disk))
        }
    }

    @Test("Without both checkpoints the start is refused, and a repair says so and goes on")
    func refusal() throws {
        let disk = try filled(30).disk.afterKill()
        for name in try checkpoints(disk) { disk.setContents(of: "wal/" + name, [0]) }
        do {
            _ = try IngestFixture(disk)
            Issue.record("the start was not refused")
        } catch IngestError.log(let error) {
            #expect("\(error)".contains("checkpoint"), "\(error)")
            #expect("\(error)".contains("repair"), "\(error)")
        }
        let other = try filled(30).disk.afterKill()
        for name in try checkpoints(other) { other.setContents(of: "wal/" + name, [0]) }
        let catalog = try Catalog.open(other)
        let repair = LogRepair(
            catalog: catalog, clock: ManualClock(), settings: IngestFixture.settings())
        let salvage = try #require(try repair.inspect())
        #expect(salvage.problem.contains("checkpoint"))
        _ = try repair.run(salvage, stamp: "x")
        catalog.close()
        #expect(try IngestFixture(other.afterKill()).amounts().count == 1_200)
    }

    @Test("A log of a build without checkpoints is read, and its requests have no state")
    func olderBuild() throws {
        let fixture = try IngestFixture(SimulatedFileSystem())
        for number in 0..<6 { try fixture.commit([IngestFixture.line("\(number)")]) }
        let disk = fixture.disk.afterKill()
        // As an older build leaves it: sealed, the first file gone, no flag in the headers.
        let path = LogFormat.path(of: 1)
        let bytes = try #require(disk.contents(of: path))
        var header = try LogFileHeader(bytes)
        #expect(header.hasState)
        header.hasState = false
        #expect(try LogFileHeader(header.encoded().bytes) == header)
    }

    @Test("A stop in good order leaves a checkpoint of everything")
    func stop() throws {
        let fixture = try filled(4)
        let version = fixture.catalog.snapshot.version
        fixture.ingestion.stop(sealingNanoseconds: 1_000_000_000)
        let names = try checkpoints(fixture.disk)
        #expect(names.compactMap { CheckpointFile.lsn(ofName: $0) }.last == version)
        try expectKnown(4, fixture.restarted())
    }

    @Test("Positions of a source come back, rows or not, and a part of them is refused")
    func streams() throws {
        var fixture = try IngestFixture(SimulatedFileSystem())
        func request(_ spans: [StreamSpan], _ lines: [String]) throws -> CommitRequest {
            var request = try fixture.request(lines)
            request.origin = .stream(StreamOrigin(source: 3, spans: spans))
            return request
        }
        let line = IngestFixture.line("a")
        _ = try fixture.ingestion.commit([
            request([StreamSpan(partition: 0, first: 5, next: 9)], [line])
        ])[0].get()
        // A batch of duplicates alone moves positions, too.
        let second = try fixture.ingestion.commit([
            request(
                [
                    StreamSpan(partition: 0, first: 9, next: 12),
                    StreamSpan(partition: 1, first: 0, next: 4),
                ], [line])
        ])[0].get()
        #expect(second.counts == IngestCounts(duplicate: 1))
        for round in 0..<2 {
            #expect(fixture.ingestion.streamPositions(of: 3) == [0: 12, 1: 4])
            let again = try fixture.ingestion.commit([
                request([StreamSpan(partition: 0, first: 5, next: 9)], [IngestFixture.line("b")])
            ])[0].get()
            #expect(again.standing != .first && again.counts == IngestCounts())
            let overlap = try fixture.ingestion.commit([
                request([StreamSpan(partition: 0, first: 11, next: 14)], [IngestFixture.line("b")])
            ])[0]
            #expect(
                overlap
                    == .failure(.origin(.streamMoved(source: 3, partition: 0, committed: 12))))
            #expect(try fixture.amounts() == ["a": 1])
            if round == 0 { fixture = try fixture.restarted() }
        }
        _ = try fixture.ingestion.moveStream(
            3, [StreamSpan(partition: 0, first: 12, next: 20)], requestID: "operator")
        _ = try fixture.ingestion.moveStream(
            3, [StreamSpan(partition: 1, first: 4, next: 0)], requestID: "operator")
        fixture = try fixture.restarted()
        #expect(fixture.ingestion.streamPositions(of: 3) == [0: 20, 1: 0])
        #expect(
            fixture.ingestion.streamGaps(of: 3).map { [$0.from, $0.next] } == [[12, 20], [4, 0]])
        _ = try fixture.ingestion.forgetStream(3)
        #expect(try fixture.restarted().ingestion.streamPositions(of: 3) == [:])
    }
}
