import Segments

/// The keys of requests of the last seven days (RELIABILITY calls it R-IDE-2).
///
/// Kept by the day of their time, so that whole days go at once. A key without a time of its own
/// has that of its first arrival.
struct KeyWindow: Hashable, Sendable {
    /// What is kept of a request.
    struct Answer: Hashable, Sendable {
        let bodyHash: UInt64
        let answer: RequestAnswer
    }

    static let dayMicroseconds: Int64 = 86_400_000_000

    /// Answers by key, by day since 1970.
    private(set) var days: [Int64: [UInt128: Answer]] = [:]

    var count: Int { days.values.reduce(0) { $0 + $1.count } }

    /// What a request is to those before it.
    func standing(
        of key: RequestKey, now: Int64, limit: Int
    ) throws(OriginRefusal) -> Recognition {
        if let time = key.time {
            let isOld = time < now - RequestKey.horizonMicroseconds
            if isOld || time > now + RequestKey.aheadMicroseconds {
                throw .keyExpired(time: time, now: now)
            }
        }
        for answers in days.values {
            guard let kept = answers[key.hash] else { continue }
            guard kept.bodyHash == key.bodyHash else { throw .keyReuse }
            return .repeated(kept.answer)
        }
        guard count < limit else { throw .tooManyKeys(limit: limit) }
        return .first
    }

    /// Keeps a key.
    ///
    /// - Returns: The day under which it is kept.
    @discardableResult
    mutating func keep(_ key: RequestKey, _ answer: RequestAnswer, now: Int64) -> Int64 {
        let day = Self.day(of: key.time ?? now)
        days[day, default: [:]][key.hash] = Answer(bodyHash: key.bodyHash, answer: answer)
        return day
    }

    /// Takes a key back that was kept last.
    mutating func remove(_ hash: UInt128, day: Int64) {
        days[day]?[hash] = nil
        if days[day]?.isEmpty == true { days[day] = nil }
    }

    /// Forgets the days all of whose keys are refused by now.
    mutating func expire(now: Int64) {
        days = days.filter { day, _ in
            (day + 1) * Self.dayMicroseconds > now - RequestKey.horizonMicroseconds
        }
    }

    private static func day(of time: Int64) -> Int64 {
        let (quotient, remainder) = time.quotientAndRemainder(dividingBy: dayMicroseconds)
        return remainder < 0 ? quotient - 1 : quotient
    }

    /// Puts a key back as a checkpoint has it.
    mutating func restore(_ hash: UInt128, _ answer: Answer, day: Int64) {
        days[day, default: [:]][hash] = answer
    }
}
