import Segments

/// By what a request is recognised when it comes a second time.
public enum RequestOrigin: Hashable, Sendable {
    /// By nothing; the rows of a table with a unique id still are.
    case none
    /// By its place in the sequence of a producer.
    case producer(ProducerStep)
    /// By a key that its sender chose.
    case key(RequestKey)
    /// By positions in the stream of a source.
    case stream(StreamOrigin)
    /// An operator's word on where a source goes on, backwards too: no rows, positions become
    /// `next`, and what is jumped over is kept as a gap.
    case streamMove(StreamOrigin)
    /// The source is gone.
    case streamEnd(source: UInt32)
}

/// A request's place in the sequence of a producer for one table.
public struct ProducerStep: Hashable, Sendable {
    /// The producer's name, see `isName`.
    public var producer: String
    /// Counts the producer's incarnations: a higher one begins at sequence 0 and fences all lower
    /// ones off.
    public var epoch: UInt64
    /// Counts requests from 0; below 2^62.
    public var sequence: UInt64
    /// The hash of the body.
    public var bodyHash: UInt64
    /// Every event before this time, in microseconds, is in this request or one of a smaller
    /// sequence number; `nil` where the producer does not say.
    public var completeThrough: Int64?

    /// A place in a sequence.
    public init(
        producer: String, epoch: UInt64, sequence: UInt64, bodyHash: UInt64,
        completeThrough: Int64? = nil
    ) {
        self.producer = producer
        self.epoch = epoch
        self.sequence = sequence
        self.bodyHash = bodyHash
        self.completeThrough = completeThrough
    }

    /// Sequence numbers and epochs lie below this.
    public static let endOfNumbers: UInt64 = 1 << 62
    /// The longest name.
    public static let maximumNameByteCount = 64

    /// Whether a text can name a producer: 1 to 64 letters, digits, `.`, `_`, `:` or `-` of ASCII,
    /// so that a UUID, a number in hexadecimal and `outbox-7` all can.
    public static func isName(_ text: String) -> Bool {
        let bytes = text.utf8
        return !bytes.isEmpty && bytes.count <= maximumNameByteCount
            && bytes.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"),
                    UInt8(ascii: ":"), UInt8(ascii: "-"):
                    true
                default: false
                }
            }
    }
}

/// A key that a sender chose for a request.
public struct RequestKey: Hashable, Sendable {
    /// 128 bits over the key and its table.
    public var hash: UInt128
    /// When the sender made the key, in microseconds; `nil` where it does not say.
    public var time: Int64?
    /// The hash of the body.
    public var bodyHash: UInt64

    /// The longest key.
    public static let maximumByteCount = 255
    /// How long a key is kept, in microseconds: 7 days.
    public static let horizonMicroseconds: Int64 = 7 * 86_400_000_000
    /// How far ahead of our clock a sender's may be, in microseconds: a day.
    public static let aheadMicroseconds: Int64 = 86_400_000_000

    /// The key `text` of a table.
    public init(_ text: String, table: TableID, time: Int64?, bodyHash: UInt64) {
        var writer = ByteWriter()
        writer.append(table.rawValue)
        writer.append(string: text)
        let low = Hashing.hash(writer.bytes.span)
        let high = Hashing.hash(writer.bytes.span, seed: ~Hashing.stableSeed)
        self.init(hash: UInt128(high) << 64 | UInt128(low), time: time, bodyHash: bodyHash)
    }

    init(hash: UInt128, time: Int64?, bodyHash: UInt64) {
        self.hash = hash
        self.time = time
        self.bodyHash = bodyHash
    }
}

/// What was answered to a request, as far as it is kept.
public struct RequestAnswer: Hashable, Sendable {
    /// What became of its rows.
    public var counts: IngestCounts
    /// Its position in the log: the version at which all of it can be read.
    public var version: UInt64
}

/// Why a request that has an origin is refused; nothing of it was done.
public enum OriginRefusal: Error, Hashable, Sendable {
    /// The producer is not known, or no longer: it must begin at sequence 0.
    case unknownProducer(String, sequence: UInt64)
    /// A higher epoch of the producer is at work.
    case fenced(String, epoch: UInt64)
    /// The number is too far ahead of the first that is missing.
    case sequenceGap(String, next: UInt64)
    /// The number was used for a request with another body.
    case sequenceReuse(String, sequence: UInt64)
    /// The key was used for a request with another body.
    case keyReuse
    /// The key is older than keys are kept, or its time lies ahead of the clock.
    case keyExpired(time: Int64, now: Int64)
    /// So many producers are known already.
    case tooManyProducers(limit: Int)
    /// So many keys are kept already.
    case tooManyKeys(limit: Int)
    /// A part of the span has been committed already: cut it off.
    case streamMoved(source: UInt32, partition: UInt32, committed: UInt64)
    /// A dead letter has been replayed or discarded, or never was one of this table.
    case letterClosed(LetterID)
}

/// What a request is to those before it.
public enum RequestStanding: Hashable, Sendable {
    /// It has not been here before.
    case first
    /// It has, and nothing was done this time; the answer is the first one's.
    case repeated
    /// The same, but its answer is not kept: it was too long ago, or a source's.
    case repeatedLongAgo
}

/// What is found out about a request by its origin alone.
enum Recognition: Hashable, Sendable {
    /// It comes first.
    case first
    /// It was here before and was answered so.
    case repeated(RequestAnswer)
    /// It was here before; the answer is not kept any more, or never was.
    case repeatedLongAgo
}
