import Ingest
import Segments

/// By what a request of events says that it is to be recognised when it comes again
/// ([docs/guarantees.md](../../../docs/guarantees.md)).
///
/// Either `Daybook-Producer` with `Daybook-Seq`, and perhaps `Daybook-Epoch` and
/// `Daybook-Complete-Through`, or `Idempotency-Key`, perhaps with `Idempotency-Key-Time`. A
/// producer without a sequence number is a name alone.
struct OriginHeaders {
    static let producer = "Daybook-Producer"
    static let epoch = "Daybook-Epoch"
    static let sequence = "Daybook-Seq"
    static let completeThrough = "Daybook-Complete-Through"
    static let key = "Idempotency-Key"
    static let keyTime = "Idempotency-Key-Time"
    /// In an answer: the request was here before, and this is what the first one was answered.
    static let replay = "Idempotent-Replay"

    private let headers: HTTPHeaders

    /// The fields of a head.
    ///
    /// - Throws: `invalid_header` where one of them is given twice.
    init(_ head: HTTPRequestHead) throws(ProblemDetails) {
        headers = head.headers
        for name in [
            Self.producer, Self.epoch, Self.sequence, Self.completeThrough, Self.key, Self.keyTime,
        ] where headers.count(of: name) > 1 {
            throw Self.invalid("\(name) is given more than once")
        }
    }

    private static func invalid(_ detail: String) -> ProblemDetails {
        var problem = ProblemDetails.badRequest("invalid_header", detail)
        problem.applied = false
        return problem
    }

    /// The origin of a request with this body.
    func origin(body: [UInt8], table: TableSchema) throws(ProblemDetails) -> RequestOrigin {
        let bodyHash = Hashing.hash(body.span)
        if let text = headers[Self.sequence] {
            guard headers[Self.key] == nil else {
                throw Self.invalid(
                    "\(Self.sequence) and \(Self.key) are two ways of saying one thing: send one")
            }
            return .producer(try step(text, bodyHash))
        }
        for name in [Self.epoch, Self.completeThrough] where headers[name] != nil {
            throw Self.invalid("\(name) says nothing without \(Self.sequence)")
        }
        guard let key = headers[Self.key] else {
            guard headers[Self.keyTime] == nil else {
                throw Self.invalid("\(Self.keyTime) says nothing without \(Self.key)")
            }
            return .none
        }
        guard (1...RequestKey.maximumByteCount).contains(key.utf8.count) else {
            throw Self.invalid("\(Self.key) has 1 to \(RequestKey.maximumByteCount) bytes")
        }
        let time = try time(Self.keyTime) ?? Self.time(within: key)
        if time == nil, table.uniqueColumns.isEmpty {
            var problem = ProblemDetails.badRequest(
                "key_without_time",
                "'\(table.name)' has no unique id, so a key must say how old it is: after "
                    + "\(RequestKey.horizonMicroseconds / 86_400_000_000) days it is forgotten, "
                    + "and could not be refused")
            problem.hint = "send \(Self.keyTime), or a ULID or a UUID of version 7 as the key"
            problem.applied = false
            throw problem
        }
        return .key(RequestKey(key, table: table.id, time: time, bodyHash: bodyHash))
    }

    private func step(_ sequence: String, _ bodyHash: UInt64) throws(ProblemDetails) -> ProducerStep
    {
        guard let name = headers[Self.producer] else {
            throw Self.invalid("\(Self.sequence) says nothing without \(Self.producer)")
        }
        guard ProducerStep.isName(name) else {
            throw Self.invalid(
                "\(Self.producer) is 1 to \(ProducerStep.maximumNameByteCount) letters, digits, "
                    + "'.', '_', ':' or '-' where a sequence number comes with it")
        }
        return ProducerStep(
            producer: name, epoch: try Self.number(headers[Self.epoch] ?? "0", Self.epoch),
            sequence: try Self.number(sequence, Self.sequence), bodyHash: bodyHash,
            completeThrough: try time(Self.completeThrough))
    }

    private static func number(
        _ text: String, _ name: String
    ) throws(ProblemDetails) -> UInt64 {
        let isPlain = text.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
        guard isPlain, let number = UInt64(text), number < ProducerStep.endOfNumbers else {
            throw invalid("\(name) is a whole number from 0 to 2^62 - 1, not '\(text)'")
        }
        return number
    }

    /// A time as events have it: RFC 3339, or milliseconds since 1970.
    private func time(_ name: String) throws(ProblemDetails) -> Int64? {
        guard let text = headers[name] else { return nil }
        if let milliseconds = Int64(text) {
            let (time, isTooLarge) = milliseconds.multipliedReportingOverflow(by: 1_000)
            if !isTooLarge { return time }
        }
        let bytes = Array(text.utf8)
        guard let time = CivilTime.parseTimestamp(bytes.span) else {
            throw Self.invalid("\(name) is a time such as 2026-05-31T15:00:00Z, not '\(text)'")
        }
        return time
    }

    // MARK: Keys that have a time

    /// The time, in microseconds, within a ULID or a UUID of version 7.
    static func time(within key: String) -> Int64? {
        let bytes = Array(key.utf8)
        let milliseconds = bytes.count == 36 ? timeOfUUID(bytes) : timeOfULID(bytes)
        return milliseconds.map { $0 * 1_000 }
    }

    /// `xxxxxxxx-xxxx-7xxx-…`: the first 48 bits.
    private static func timeOfUUID(_ bytes: [UInt8]) -> Int64? {
        var digits: [UInt8] = []
        for (index, byte) in bytes.enumerated() {
            let isDash = byte == UInt8(ascii: "-")
            guard isDash == [8, 13, 18, 23].contains(index) else { return nil }
            if !isDash { digits.append(byte) }
        }
        guard digits[12] == UInt8(ascii: "7"),
            let whole = UInt128(String(decoding: digits, as: UTF8.self), radix: 16)
        else { return nil }
        return Int64(truncatingIfNeeded: whole >> 80)
    }

    private static let ulidDigits = Array("0123456789ABCDEFGHJKMNPQRSTVWXYZ".utf8)

    /// 26 digits of base 32, of which the first 10 are the time.
    private static func timeOfULID(_ bytes: [UInt8]) -> Int64? {
        guard bytes.count == 26, bytes[0] <= UInt8(ascii: "7") else { return nil }
        var time: Int64 = 0
        for (index, byte) in bytes.enumerated() {
            let upper = byte >= UInt8(ascii: "a") ? byte & 0xdf : byte
            guard let digit = ulidDigits.firstIndex(of: upper) else { return nil }
            if index < 10 { time = time << 5 | Int64(digit) }
        }
        return time
    }
}
