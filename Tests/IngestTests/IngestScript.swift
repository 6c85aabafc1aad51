import Segments
import TestSupport
import Testing

@testable import Ingest

/// A scripted life of a data directory, whose every request is remembered with its outcome, and
/// what must hold of the data whatever happened on the way.
struct IngestScript {
    /// What the sender knows about a request.
    enum Answer {
        case acknowledged(CommitOutcome)
        /// Refused for certain: nothing of it is there.
        case refused
        /// May be there, whole, or not at all.
        case unknown
    }

    struct Sent {
        let ids: [String]
        var answer: Answer
    }

    /// Requests in order; ids are never sent twice.
    private(set) var sent: [Sent] = []

    /// Runs until the end, or until the disk stops it.
    mutating func run(_ disk: SimulatedFileSystem) {
        guard let fixture = try? IngestFixture(disk) else { return }
        defer { fixture.catalog.close() }
        for round in 0..<5 {
            if (try? fixture.table()) == nil { continue }
            send(fixture, "\(round)a", 3)
            send(fixture, "\(round)b", 30)
            if round == 1 || round == 3 { try? fixture.ingestion.sealer.sealNow() }
        }
    }

    private mutating func send(_ fixture: IngestFixture, _ name: String, _ count: Int) {
        let ids = (0..<count).map { "\(name)-\($0)" }
        let lines = ids.enumerated().map { IngestFixture.line($1, amount: $0, day: $0 % 2) }
        guard let request = try? fixture.request(lines + ["bad row"], id: name) else { return }
        // Two requests of one group.
        let half = lines.count / 2
        guard let first = try? fixture.request(Array(lines[..<half]), id: name),
            let second = try? fixture.request(Array(lines[half...]) + ["bad"], id: name)
        else { return }
        let isGroup = count > 10
        let outcomes = fixture.ingestion.commit(isGroup ? [first, second] : [request])
        let parts = isGroup ? [Array(ids[..<half]), Array(ids[half...])] : [ids]
        for (outcome, ids) in zip(outcomes, parts) {
            switch outcome {
            case .success(let outcome): sent.append(Sent(ids: ids, answer: .acknowledged(outcome)))
            case .failure(.durabilityUnknown): sent.append(Sent(ids: ids, answer: .unknown))
            case .failure: sent.append(Sent(ids: ids, answer: .refused))
            }
        }
    }

    /// Acknowledged rows are there once, refused ones are not, unknown ones are whole or absent.
    func check(_ fixture: IngestFixture, _ context: String) throws {
        let amounts = try fixture.amounts()
        var known = 0
        var letters = 0
        for request in sent {
            let present = request.ids.count { amounts[$0] != nil }
            known += present
            switch request.answer {
            case .acknowledged(let outcome):
                #expect(present == request.ids.count, "\(context): acknowledged rows are lost")
                #expect(fixture.catalog.snapshot.version >= outcome.version, "\(context)")
                letters += outcome.counts.rejected
            case .refused: #expect(present == 0, "\(context): refused rows are there")
            case .unknown:
                #expect(present == 0 || present == request.ids.count, "\(context): half a request")
            }
            for id in request.ids {
                if let amount = amounts[id], let number = id.split(separator: "-").last {
                    #expect(amount == Int64(number), "\(context): \(id)")
                }
            }
        }
        #expect(known == amounts.count, "\(context): rows nobody sent")
        #expect(try fixture.rows(RejectsTable.name).count >= letters, "\(context): dead letters")
    }

    /// Sends everything again: what was there is a duplicate, what was not is taken now.
    func sendAgain(_ fixture: IngestFixture, _ context: String) throws {
        for request in sent {
            let lines = request.ids.map { id in
                let number = id.split(separator: "-").last.flatMap { Int($0) } ?? 0
                return IngestFixture.line(id, amount: number, day: number % 2)
            }
            let outcome = try fixture.commit(lines)
            #expect(outcome.counts.conflict == 0, "\(context)")
            if case .acknowledged = request.answer {
                #expect(outcome.counts.duplicate == lines.count, "\(context)")
            }
        }
        #expect(try fixture.amounts().count == sent.reduce(0) { $0 + $1.ids.count }, "\(context)")
    }
}
