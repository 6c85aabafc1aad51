import Segments

/// A producer's sequence for one table.
struct ProducerID: Hashable, Sendable {
    let table: TableID
    let name: String

    /// What is kept of one that was forgotten.
    var hash64: UInt64 {
        Hashing.hash(Array(name.utf8).span, seed: Hashing.stableSeed ^ UInt64(table.rawValue))
    }
}

/// What is kept of a producer that was forgotten: enough not to take its first request again.
struct RetiredProducer: Hashable, Sendable {
    let epoch: UInt64
    /// When it last sent something new, in microseconds.
    let time: Int64

    /// How many are kept, the newest ones.
    static let limit = 1_000_000
}

/// What is known of a producer: at most about 1 KiB (RELIABILITY calls it R-IDE-1).
struct ProducerState: Hashable, Sendable {
    /// An answer with what it takes to recognise its request.
    struct Answer: Hashable, Sendable {
        let sequence: UInt64
        let bodyHash: UInt64
        let answer: RequestAnswer
    }

    /// A time declared by a request that others of smaller numbers are missing before.
    struct Declaration: Hashable, Sendable {
        let sequence: UInt64
        let time: Int64
    }

    /// Answers kept, the newest ones.
    static let answerCount = 16
    /// A producer that has been silent for so long is forgotten, in microseconds: 30 days.
    static let idleMicroseconds: Int64 = 30 * 86_400_000_000

    var epoch: UInt64
    var window = SequenceWindow()
    /// In order of arrival.
    var answers: [Answer] = []
    /// When it last sent something new, in microseconds.
    var time: Int64
    /// Every event before this time has been taken.
    var completeThrough: Int64?
    /// Of requests behind a gap, ascending; at most as many as the window is wide.
    var declarations: [Declaration] = []
    /// Numbers of earlier epochs that were missing when those ended.
    var abandonedCount: UInt64 = 0

    init(epoch: UInt64, time: Int64) {
        self.epoch = epoch
        self.time = time
    }

    /// What a request is to those before it.
    func standing(of step: ProducerStep) throws(OriginRefusal) -> Recognition {
        if step.epoch < epoch { throw .fenced(step.producer, epoch: epoch) }
        if step.epoch > epoch {
            guard step.sequence == 0 else { throw .sequenceGap(step.producer, next: 0) }
            return .first
        }
        if window.contains(step.sequence) {
            guard let kept = answers.last(where: { $0.sequence == step.sequence }) else {
                return .repeatedLongAgo
            }
            guard kept.bodyHash == step.bodyHash else {
                throw .sequenceReuse(step.producer, sequence: step.sequence)
            }
            return .repeated(kept.answer)
        }
        guard window.reaches(step.sequence) else {
            throw .sequenceGap(step.producer, next: window.next)
        }
        return .first
    }

    /// Takes a request that stands as the first of its number.
    mutating func take(_ step: ProducerStep, _ answer: RequestAnswer, at time: Int64) {
        if step.epoch > epoch {
            abandonedCount += window.missingCount
            epoch = step.epoch
            window = SequenceWindow()
            answers = []
            declarations = []
        }
        window.take(step.sequence)
        if answers.count == Self.answerCount { answers.removeFirst() }
        answers.append(
            Answer(sequence: step.sequence, bodyHash: step.bodyHash, answer: answer))
        self.time = max(self.time, time)
        if let declared = step.completeThrough {
            declarations.append(Declaration(sequence: step.sequence, time: declared))
            declarations.sort { $0.sequence < $1.sequence }
        }
        while let first = declarations.first, first.sequence < window.next {
            completeThrough = max(completeThrough ?? first.time, first.time)
            declarations.removeFirst()
        }
    }

    /// Whether it is forgotten at `now`.
    func isIdle(at now: Int64) -> Bool { now - time >= Self.idleMicroseconds }
}
