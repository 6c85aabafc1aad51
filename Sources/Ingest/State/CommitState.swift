import Segments

/// What the log has said about requests: producers and their sequences, keys, positions of sources,
/// how complete tables are.
///
/// Advanced by records alone, in order of their positions, so that a replay comes to the same; no
/// clock, no file. A checkpoint is its bytes (`CommitState+Bytes.swift`).
struct CommitState: Hashable, Sendable {
    var producers: [ProducerID: ProducerState] = [:]
    /// Producers that were forgotten, by the hash of their id.
    var retired: [UInt64: RetiredProducer] = [:]
    var keys = KeyWindow()
    var streams: [UInt32: StreamState] = [:]
    var tables: [TableID: TableArrivals] = [:]
    var letters = OpenLetters()
    /// The latest time of any record, in microseconds; the clock of everything that ends here.
    var time: Int64 = 0

    /// How much may be known at a time; what is beyond it is refused, never forgotten.
    struct Limits {
        var producerCount: Int
        var keyCount: Int
        var letterCount = 200_000
        var letterByteCount = 256 << 20
    }

    // MARK: Asking

    /// What a request of `table` is to those before it, and what the first one was answered.
    func standing(
        of origin: RequestOrigin, table: TableID, now: Int64, limits: Limits
    ) throws(OriginRefusal) -> Recognition {
        switch origin {
        case .none, .streamMove, .streamEnd: .first
        case .producer(let step): try standing(of: step, table: table, limits)
        case .key(let key):
            try keys.standing(of: key, now: max(now, time), limit: limits.keyCount)
        case .stream(let origin):
            try (streams[origin.source] ?? StreamState()).standing(of: origin)
        }
    }

    private func standing(
        of step: ProducerStep, table: TableID, _ limits: Limits
    ) throws(OriginRefusal) -> Recognition {
        let id = ProducerID(table: table, name: step.producer)
        if let known = producers[id] { return try known.standing(of: step) }
        let isRetired = retired[id.hash64].map { step.epoch <= $0.epoch } ?? false
        guard step.sequence == 0, !isRetired else {
            throw .unknownProducer(step.producer, sequence: step.sequence)
        }
        guard producers.count < limits.producerCount else {
            throw .tooManyProducers(limit: limits.producerCount)
        }
        return .first
    }

    // MARK: Advancing

    /// What `revert` needs to take the last record back.
    struct Undo {
        fileprivate var producer: (id: ProducerID, state: ProducerState?)?
        fileprivate var key: (hash: UInt128, day: Int64)?
        fileprivate var stream: (source: UInt32, state: StreamState?)?
        fileprivate var tables: [TableID: TableArrivals?] = [:]
        fileprivate var letters: [UInt64: OpenLetters.Group?] = [:]
    }

    /// Learns a record.
    ///
    /// - Precondition: its request stood as the first.
    /// - Returns: What takes it back, for a record that does not become durable.
    @discardableResult
    mutating func apply(_ facts: RequestFacts, counts: IngestCounts, lsn: UInt64) -> Undo {
        advance(to: facts.time)
        var undo = Undo()
        let answer = RequestAnswer(counts: counts, version: lsn)
        if facts.lateRowCount > 0 {
            keep(facts.table, &undo)
            tables[facts.table, default: TableArrivals()].lateRowCount += facts.lateRowCount
        }
        learnLetters(of: facts, lsn, &undo)
        switch facts.origin {
        case .none: break
        case .producer(let step): take(step, facts, answer, &undo)
        case .key(let key): undo.key = (key.hash, keys.keep(key, answer, now: time))
        case .stream(let origin): take(origin, facts.table, &undo)
        case .streamMove(let origin):
            undo.stream = (origin.source, streams[origin.source])
            streams[origin.source, default: StreamState()].move(origin.spans, at: facts.time)
        case .streamEnd(let source):
            undo.stream = (source, streams[source])
            streams[source] = nil
            for table in tables.keys {
                keep(table, &undo)
                tables[table]?.forget { declarer in
                    if case .stream(source, _) = declarer { return true }
                    return false
                }
            }
        }
        return undo
    }

    private mutating func learnLetters(
        of facts: RequestFacts, _ lsn: UInt64, _ undo: inout Undo
    ) {
        for letter in facts.closedLetters + facts.triedLetters
        where undo.letters[letter.lsn] == nil {
            undo.letters[letter.lsn] = .some(letters.groups[letter.lsn])
        }
        letters.close(facts.closedLetters)
        letters.countAttempts(facts.triedLetters)
        guard let new = facts.newLetters else { return }
        undo.letters[lsn] = .some(nil)
        letters.add(new, table: facts.table, lsn: lsn)
    }

    private mutating func take(
        _ step: ProducerStep, _ facts: RequestFacts, _ answer: RequestAnswer, _ undo: inout Undo
    ) {
        let id = ProducerID(table: facts.table, name: step.producer)
        let before = producers[id]
        undo.producer = (id, before)
        var state = before ?? ProducerState(epoch: step.epoch, time: facts.time)
        state.take(step, answer, at: facts.time)
        producers[id] = state
        if let complete = state.completeThrough, complete != before?.completeThrough {
            declare(complete, by: .producer(step.producer), facts.table, &undo)
        }
    }

    private mutating func take(_ origin: StreamOrigin, _ table: TableID, _ undo: inout Undo) {
        undo.stream = (origin.source, streams[origin.source])
        streams[origin.source, default: StreamState()].take(origin.spans)
        for span in origin.spans {
            guard let time = span.completeThrough else { continue }
            declare(
                time, by: .stream(source: origin.source, partition: span.partition), table, &undo)
        }
    }

    private mutating func declare(
        _ time: Int64, by declarer: TableArrivals.Declarer, _ table: TableID, _ undo: inout Undo
    ) {
        keep(table, &undo)
        tables[table, default: TableArrivals()].declare(time, by: declarer)
    }

    /// Keeps what a table was before the record, once.
    private func keep(_ table: TableID, _ undo: inout Undo) {
        if undo.tables[table] == nil { undo.tables[table] = .some(tables[table]) }
    }

    /// Takes the last record back.
    mutating func revert(_ undo: Undo) {
        if let (id, state) = undo.producer { producers[id] = state }
        if let (hash, day) = undo.key { keys.remove(hash, day: day) }
        if let (source, state) = undo.stream { streams[source] = state }
        for (id, arrivals) in undo.tables { tables[id] = arrivals }
        letters.revert(undo.letters)
    }

    /// Lets time pass: once a day what has come of age is forgotten.
    private mutating func advance(to now: Int64) {
        guard now > time else { return }
        let isNewDay = now / KeyWindow.dayMicroseconds != time / KeyWindow.dayMicroseconds
        time = now
        guard isNewDay else { return }
        keys.expire(now: now)
        for (id, state) in producers.filter({ $0.value.isIdle(at: now) }) {
            producers[id] = nil
            retired[id.hash64] = RetiredProducer(epoch: state.epoch, time: state.time)
            tables[id.table]?.forget { $0 == .producer(id.name) }
        }
        guard retired.count > RetiredProducer.limit else { return }
        let surplus = retired.count - RetiredProducer.limit
        let oldest = retired.sorted { ($0.value.time, $0.key) < ($1.value.time, $1.key) }
        for (hash, _) in oldest.prefix(surplus) { retired[hash] = nil }
    }

    /// Forgets what belongs to tables that are gone; their numbers are never given again.
    mutating func keep(tables isThere: (TableID) -> Bool) {
        let gone = tables.keys.filter { !isThere($0) }
        for table in gone { tables[table] = nil }
        let producersGone = producers.keys.filter { !isThere($0.table) }
        for id in producersGone { producers[id] = nil }
        letters.keep(tables: isThere)
    }

    /// About how many bytes it occupies.
    var memoryBytes: Int {
        let answers = producers.values.reduce(0) { $0 + $1.answers.count }
        return producers.count * 240 + retired.count * 40 + answers
            * MemoryLayout<ProducerState.Answer>.stride
            + keys.count * 104 + letters.groups.count * 120 + letters.count * 4
            + streams.values.reduce(0) { $0 + $1.positions.count * 32 + $1.gaps.count * 32 }
    }
}
