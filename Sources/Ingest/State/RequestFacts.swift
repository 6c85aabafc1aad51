import Segments

/// What a log record says about its request besides rows: all that `CommitState` learns from it.
struct RequestFacts: Hashable, Sendable {
    /// By what the request is recognised.
    var origin: RequestOrigin
    /// The table of its rows.
    var table: TableID
    /// When it was decided, in microseconds.
    var time: Int64
    /// Rows that came after their time had been declared complete.
    var lateRowCount: Int = 0
    /// The dead letters that it leaves.
    var newLetters: NewLetters?
    /// Letters of before that it closes: they became rows, or were discarded.
    var closedLetters: [LetterID] = []
    /// Letters of before that it tried in vain.
    var triedLetters: [LetterID] = []

    /// Whether there is anything to learn.
    var isEmpty: Bool {
        origin == .none && lateRowCount == 0 && newLetters == nil && closedLetters.isEmpty
            && triedLetters.isEmpty
    }
}

extension RequestFacts {
    /// Notes what became of letters that were tried again, or else what letters a request leaves.
    mutating func note(_ letters: [LetterID], refused: [Rejection]) {
        guard !letters.isEmpty else {
            guard !refused.isEmpty else { return }
            newLetters = NewLetters(
                count: refused.count, byteCount: refused.reduce(0) { $0 + $1.raw.count })
            return
        }
        let lines = Set(refused.map(\.line))
        for (index, letter) in letters.enumerated() {
            if lines.contains(index + 1) {
                triedLetters.append(letter)
            } else {
                closedLetters.append(letter)
            }
        }
    }
}

// MARK: - Bytes

extension RequestFacts {
    private enum Kind {
        static let none: UInt8 = 0
        static let producer: UInt8 = 1
        static let key: UInt8 = 2
        static let stream: UInt8 = 3
        static let streamMove: UInt8 = 4
        static let streamEnd: UInt8 = 5
    }

    /// Spans of one request.
    static let maximumSpanCount = 65_536
    /// Letters of one request.
    static let maximumLetterCount = 1 << 20

    /// ```
    /// i64 time, u32 table, u32 late rows, u8 kind, then by kind
    ///   producer  name, u64 epoch, u64 sequence, u64 body hash, optional i64 complete through
    ///   key       u128 hash, optional i64 time, u64 body hash
    ///   stream    u32 source, u32 spans: u32 partition, u64 first, u64 next, optional i64
    ///             complete through; the same for a move
    ///   end       u32 source
    /// then u32 new letters, u64 their bytes, and twice, for closed and for tried ones,
    ///   u32 letters: u64 position, u32 place
    /// ```
    /// An optional is a byte, 0 or 1, and the value where it is 1.
    func append(to writer: inout ByteWriter) {
        writer.append(time)
        writer.append(table.rawValue)
        writer.append(UInt32(clamping: lateRowCount))
        switch origin {
        case .none: writer.append(Kind.none)
        case .producer(let step):
            writer.append(Kind.producer)
            writer.append(string: step.producer)
            writer.append(step.epoch)
            writer.append(step.sequence)
            writer.append(step.bodyHash)
            writer.append(optional: step.completeThrough)
        case .key(let key):
            writer.append(Kind.key)
            writer.append(key.hash)
            writer.append(optional: key.time)
            writer.append(key.bodyHash)
        case .stream(let origin): Self.append(Kind.stream, origin, to: &writer)
        case .streamMove(let origin): Self.append(Kind.streamMove, origin, to: &writer)
        case .streamEnd(let source):
            writer.append(Kind.streamEnd)
            writer.append(source)
        }
        writer.append(UInt32(newLetters?.count ?? 0))
        writer.append(UInt64(newLetters?.byteCount ?? 0))
        for letters in [closedLetters, triedLetters] {
            writer.append(UInt32(letters.count))
            for letter in letters {
                writer.append(letter.lsn)
                writer.append(letter.index)
            }
        }
    }

    private static func append(
        _ kind: UInt8, _ origin: StreamOrigin, to writer: inout ByteWriter
    ) {
        writer.append(kind)
        writer.append(origin.source)
        writer.append(UInt32(origin.spans.count))
        for span in origin.spans {
            writer.append(span.partition)
            writer.append(span.first)
            writer.append(span.next)
            writer.append(optional: span.completeThrough)
        }
    }

    init(from reader: inout ByteReader) throws(ByteError) {
        time = try reader.readInt64()
        table = TableID(try reader.readUInt32())
        lateRowCount = Int(try reader.readUInt32())
        let at = reader.byteOffset
        switch try reader.readUInt8() {
        case Kind.none: origin = .none
        case Kind.producer:
            origin = .producer(
                ProducerStep(
                    producer: try reader.readString(), epoch: try reader.readUInt64(),
                    sequence: try reader.readUInt64(), bodyHash: try reader.readUInt64(),
                    completeThrough: try reader.readOptionalInt64()))
        case Kind.key:
            origin = .key(
                RequestKey(
                    hash: UInt128(truncatingIfNeeded: try reader.readInt128()),
                    time: try reader.readOptionalInt64(), bodyHash: try reader.readUInt64()))
        case Kind.stream: origin = .stream(try Self.readStream(&reader))
        case Kind.streamMove: origin = .streamMove(try Self.readStream(&reader))
        case Kind.streamEnd: origin = .streamEnd(source: try reader.readUInt32())
        default: throw .invalid("kind of a request's origin", byteOffset: at)
        }
        let count = try reader.readCount(limit: Self.maximumLetterCount)
        let byteCount = Int(clamping: try reader.readUInt64())
        newLetters = count > 0 ? NewLetters(count: count, byteCount: byteCount) : nil
        closedLetters = try Self.readLetters(&reader)
        triedLetters = try Self.readLetters(&reader)
    }

    private static func readLetters(
        _ reader: inout ByteReader
    ) throws(ByteError) -> [LetterID] {
        var letters: [LetterID] = []
        for _ in 0..<(try reader.readCount(limit: maximumLetterCount)) {
            letters.append(LetterID(lsn: try reader.readUInt64(), index: try reader.readUInt32()))
        }
        return letters
    }

    private static func readStream(
        _ reader: inout ByteReader
    ) throws(ByteError) -> StreamOrigin {
        let source = try reader.readUInt32()
        var spans: [StreamSpan] = []
        for _ in 0..<(try reader.readCount(limit: maximumSpanCount)) {
            spans.append(
                StreamSpan(
                    partition: try reader.readUInt32(), first: try reader.readUInt64(),
                    next: try reader.readUInt64(),
                    completeThrough: try reader.readOptionalInt64()))
        }
        return StreamOrigin(source: source, spans: spans)
    }
}

extension ByteWriter {
    /// Appends a byte, 0 or 1, and the value where there is one.
    mutating func append(optional value: Int64?) {
        append(UInt8(value == nil ? 0 : 1))
        if let value { append(value) }
    }
}

extension ByteReader {
    /// Reads what `append(optional:)` wrote.
    mutating func readOptionalInt64() throws(ByteError) -> Int64? {
        let at = byteOffset
        switch try readUInt8() {
        case 0: return nil
        case 1: return try readInt64()
        default: throw .invalid("optional", byteOffset: at)
        }
    }
}
