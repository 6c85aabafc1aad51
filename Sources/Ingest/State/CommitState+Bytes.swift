import Segments

/// The byte form of the state of requests, the contents of a checkpoint.
///
/// ```
/// i64 time
/// u32 producers: u32 table, name, u64 epoch, u64 next, u128 low, u128 high of the window,
///     i64 time, optional i64 complete through, u64 abandoned,
///     u32 answers: u64 sequence, u64 body hash, answer
///     u32 declarations: u64 sequence, i64 time
/// u32 retired producers: u64 hash, u64 epoch, i64 time
/// u32 days: i64 day, u32 keys: u128 hash, u64 body hash, answer
/// u32 sources: u32 number, u32 positions: u32 partition, u64 position
///     u32 gaps: u32 partition, u64 from, u64 next, i64 time
///     u32 times: u32 partition, i64 complete through
/// u32 tables: u32 number, u64 late rows,
///     u32 declarers: u8 0 and a name, or u8 1, u32 source, u32 partition; i64 time
/// u32 records with open dead letters: u64 position, u32 table, u64 bytes, u32 open: u32 place
///     u32 tried: u32 place, u32 attempts
/// answer: 7 × u32 counts, u64 version
/// ```
/// Everything ascends by what it is found by, so that equal states have equal bytes.
extension CommitState {
    private static let maximumCount = 1 << 26

    /// Its bytes.
    func encoded() -> [UInt8] {
        var writer = ByteWriter()
        writer.append(time)
        appendProducers(to: &writer)
        writer.append(UInt32(retired.count))
        for (hash, producer) in retired.sorted(by: { $0.key < $1.key }) {
            writer.append(hash)
            writer.append(producer.epoch)
            writer.append(producer.time)
        }
        writer.append(UInt32(keys.days.count))
        for (day, answers) in keys.days.sorted(by: { $0.key < $1.key }) {
            writer.append(day)
            writer.append(UInt32(answers.count))
            for (hash, kept) in answers.sorted(by: { $0.key < $1.key }) {
                writer.append(hash)
                writer.append(kept.bodyHash)
                writer.append(kept.answer)
            }
        }
        appendStreams(to: &writer)
        appendTables(to: &writer)
        appendLetters(to: &writer)
        return writer.bytes
    }

    private func appendLetters(to writer: inout ByteWriter) {
        writer.append(UInt32(letters.groups.count))
        for (lsn, group) in letters.groups.sorted(by: { $0.key < $1.key }) {
            writer.append(lsn)
            writer.append(group.table.rawValue)
            writer.append(UInt64(group.byteCount))
            writer.append(UInt32(group.open.count))
            for index in group.open { writer.append(index) }
            writer.append(UInt32(group.attempts.count))
            for (index, count) in group.attempts.sorted(by: { $0.key < $1.key }) {
                writer.append(index)
                writer.append(count)
            }
        }
    }

    private func appendProducers(to writer: inout ByteWriter) {
        writer.append(UInt32(producers.count))
        let ordered = producers.sorted {
            ($0.key.table, $0.key.name) < ($1.key.table, $1.key.name)
        }
        for (id, state) in ordered {
            writer.append(id.table.rawValue)
            writer.append(string: id.name)
            writer.append(state.epoch)
            writer.append(state.window.next)
            writer.append(state.window.low)
            writer.append(state.window.high)
            writer.append(state.time)
            writer.append(optional: state.completeThrough)
            writer.append(state.abandonedCount)
            writer.append(UInt32(state.answers.count))
            for kept in state.answers {
                writer.append(kept.sequence)
                writer.append(kept.bodyHash)
                writer.append(kept.answer)
            }
            writer.append(UInt32(state.declarations.count))
            for declaration in state.declarations {
                writer.append(declaration.sequence)
                writer.append(declaration.time)
            }
        }
    }

    private func appendStreams(to writer: inout ByteWriter) {
        writer.append(UInt32(streams.count))
        for (source, state) in streams.sorted(by: { $0.key < $1.key }) {
            writer.append(source)
            writer.append(UInt32(state.positions.count))
            for (partition, position) in state.positions.sorted(by: { $0.key < $1.key }) {
                writer.append(partition)
                writer.append(position)
            }
            writer.append(UInt32(state.gaps.count))
            for gap in state.gaps {
                writer.append(gap.partition)
                writer.append(gap.from)
                writer.append(gap.next)
                writer.append(gap.time)
            }
            writer.append(UInt32(state.completeThrough.count))
            for (partition, time) in state.completeThrough.sorted(by: { $0.key < $1.key }) {
                writer.append(partition)
                writer.append(time)
            }
        }
    }

    private func appendTables(to writer: inout ByteWriter) {
        writer.append(UInt32(tables.count))
        for (table, arrivals) in tables.sorted(by: { $0.key < $1.key }) {
            writer.append(table.rawValue)
            writer.append(UInt64(clamping: arrivals.lateRowCount))
            writer.append(UInt32(arrivals.declared.count))
            for (declarer, time) in arrivals.declared.sorted(by: { $0.key < $1.key }) {
                switch declarer {
                case .producer(let name):
                    writer.append(UInt8(0))
                    writer.append(string: name)
                case .stream(let source, let partition):
                    writer.append(UInt8(1))
                    writer.append(source)
                    writer.append(partition)
                }
                writer.append(time)
            }
        }
    }

    /// Reads a state; throws on anything that `encoded` would not have written.
    init(_ bytes: [UInt8]) throws(ByteError) {
        var reader = ByteReader(bytes)
        time = try reader.readInt64()
        for _ in 0..<(try reader.readCount(limit: Self.maximumCount)) {
            try readProducer(&reader)
        }
        for _ in 0..<(try reader.readCount(limit: Self.maximumCount)) {
            let hash = try reader.readUInt64()
            retired[hash] = RetiredProducer(
                epoch: try reader.readUInt64(), time: try reader.readInt64())
        }
        for _ in 0..<(try reader.readCount(limit: Self.maximumCount)) {
            let day = try reader.readInt64()
            for _ in 0..<(try reader.readCount(limit: Self.maximumCount)) {
                let hash = UInt128(truncatingIfNeeded: try reader.readInt128())
                let bodyHash = try reader.readUInt64()
                let answer = try reader.readAnswer()
                keys.restore(
                    hash, KeyWindow.Answer(bodyHash: bodyHash, answer: answer), day: day)
            }
        }
        for _ in 0..<(try reader.readCount(limit: Self.maximumCount)) {
            try readStream(&reader)
        }
        for _ in 0..<(try reader.readCount(limit: Self.maximumCount)) { try readTable(&reader) }
        for _ in 0..<(try reader.readCount(limit: Self.maximumCount)) { try readLetters(&reader) }
        guard reader.isAtEnd else {
            throw .invalid("state: bytes are left", byteOffset: reader.byteOffset)
        }
    }

    private mutating func readProducer(_ reader: inout ByteReader) throws(ByteError) {
        let id = ProducerID(
            table: TableID(try reader.readUInt32()), name: try reader.readString())
        var state = ProducerState(epoch: try reader.readUInt64(), time: 0)
        let at = reader.byteOffset
        let next = try reader.readUInt64()
        let low = UInt128(truncatingIfNeeded: try reader.readInt128())
        let high = UInt128(truncatingIfNeeded: try reader.readInt128())
        guard next < ProducerStep.endOfNumbers + 1, low & 1 == 0 else {
            throw .invalid("window of a producer", byteOffset: at)
        }
        state.window = SequenceWindow(next: next, low: low, high: high)
        state.time = try reader.readInt64()
        state.completeThrough = try reader.readOptionalInt64()
        state.abandonedCount = try reader.readUInt64()
        for _ in 0..<(try reader.readCount(limit: ProducerState.answerCount)) {
            state.answers.append(
                ProducerState.Answer(
                    sequence: try reader.readUInt64(), bodyHash: try reader.readUInt64(),
                    answer: try reader.readAnswer()))
        }
        for _ in 0..<(try reader.readCount(limit: Int(SequenceWindow.width))) {
            state.declarations.append(
                ProducerState.Declaration(
                    sequence: try reader.readUInt64(), time: try reader.readInt64()))
        }
        producers[id] = state
    }

    private mutating func readStream(_ reader: inout ByteReader) throws(ByteError) {
        let source = try reader.readUInt32()
        var state = StreamState()
        for _ in 0..<(try reader.readCount(limit: Self.maximumCount)) {
            let partition = try reader.readUInt32()
            state.positions[partition] = try reader.readUInt64()
        }
        for _ in 0..<(try reader.readCount(limit: StreamState.gapCount)) {
            state.gaps.append(
                StreamGap(
                    partition: try reader.readUInt32(), from: try reader.readUInt64(),
                    next: try reader.readUInt64(), time: try reader.readInt64()))
        }
        for _ in 0..<(try reader.readCount(limit: Self.maximumCount)) {
            let partition = try reader.readUInt32()
            state.completeThrough[partition] = try reader.readInt64()
        }
        streams[source] = state
    }

    private mutating func readLetters(_ reader: inout ByteReader) throws(ByteError) {
        let lsn = try reader.readUInt64()
        let table = TableID(try reader.readUInt32())
        let byteCount = Int(clamping: try reader.readUInt64())
        var open: [UInt32] = []
        for _ in 0..<(try reader.readCount(limit: RequestFacts.maximumLetterCount)) {
            open.append(try reader.readUInt32())
        }
        var group = OpenLetters.Group(table: table, byteCount: byteCount, open: open)
        for _ in 0..<(try reader.readCount(limit: RequestFacts.maximumLetterCount)) {
            let index = try reader.readUInt32()
            group.attempts[index] = try reader.readUInt32()
        }
        letters.restore(group, lsn: lsn)
    }

    private mutating func readTable(_ reader: inout ByteReader) throws(ByteError) {
        let table = TableID(try reader.readUInt32())
        var arrivals = TableArrivals()
        arrivals.lateRowCount = Int(clamping: try reader.readUInt64())
        for _ in 0..<(try reader.readCount(limit: Self.maximumCount)) {
            let at = reader.byteOffset
            let declarer: TableArrivals.Declarer
            switch try reader.readUInt8() {
            case 0: declarer = .producer(try reader.readString())
            case 1:
                declarer = .stream(
                    source: try reader.readUInt32(), partition: try reader.readUInt32())
            default: throw .invalid("kind of a declarer", byteOffset: at)
            }
            arrivals.declare(try reader.readInt64(), by: declarer)
        }
        tables[table] = arrivals
    }
}

extension TableArrivals.Declarer: Comparable {
    /// Producers by name, then sources by number and partition.
    static func < (one: Self, other: Self) -> Bool {
        switch (one, other) {
        case (.producer(let one), .producer(let other)): one < other
        case (.producer, .stream): true
        case (.stream, .producer): false
        case (.stream(let one, let part), .stream(let other, let otherPart)):
            (one, part) < (other, otherPart)
        }
    }
}

extension ByteWriter {
    fileprivate mutating func append(_ answer: RequestAnswer) {
        append(answer.counts)
        append(answer.version)
    }

    /// Appends seven counts.
    mutating func append(_ counts: IngestCounts) {
        for count in [
            counts.accepted, counts.duplicate, counts.conflict, counts.rejected, counts.stale,
            counts.updated, counts.deleted,
        ] { append(UInt32(truncatingIfNeeded: count)) }
    }
}

extension ByteReader {
    fileprivate mutating func readAnswer() throws(ByteError) -> RequestAnswer {
        RequestAnswer(counts: try readCounts(), version: try readUInt64())
    }

    /// Reads seven counts, or the first four, which records of the first kind have.
    mutating func readCounts(hasStates: Bool = true) throws(ByteError) -> IngestCounts {
        var counts = IngestCounts(
            accepted: Int(try readUInt32()), duplicate: Int(try readUInt32()),
            conflict: Int(try readUInt32()), rejected: Int(try readUInt32()))
        guard hasStates else { return counts }
        counts.stale = Int(try readUInt32())
        counts.updated = Int(try readUInt32())
        counts.deleted = Int(try readUInt32())
        return counts
    }
}
