import Segments

/// One source at work: reads messages, makes them rows, commits rows and positions together.
///
/// Everything but the thread: `step` does one round and says how long to wait before the next. The
/// positions it trusts are those of the log; what a stream delivers is checked against them.
struct SourceLoop {
    /// Opens what the source is read from.
    typealias Opening = () throws(SourceError) -> any PartitionedStream

    /// What it is doing.
    private(set) var status = SourceStatus(.starting)

    private let definition: SourceDefinition
    private let sink: any SourceSink
    private let clock: any Clock
    private let limits: SourceLimits
    private let open: Opening
    private let jitter: () -> Double

    private var stream: (any PartitionedStream)?
    private var batch: MessageBatch?
    private var parser: EventParser?
    private var isHeldBack = false
    private var failureCount = 0
    private var nextCheck: UInt64 = 0
    private var breaker = (rows: 0, rejected: 0)
    private var rate: (since: UInt64, rows: Int)

    /// - Parameters:
    ///   - jitter: Draws from 0..<1.
    init(
        _ definition: SourceDefinition, sink: any SourceSink, clock: any Clock,
        limits: SourceLimits = SourceLimits(),
        jitter: @escaping () -> Double = { Double.random(in: 0..<1) }, open: @escaping Opening
    ) {
        self.definition = definition
        self.sink = sink
        self.clock = clock
        self.limits = limits
        self.jitter = jitter
        self.open = open
        rate = (clock.steadyNanoseconds(), 0)
    }

    /// Does one round.
    ///
    /// - Returns: Nanoseconds to wait before the next; `nil` where an operator has to decide first.
    mutating func step() -> UInt64? {
        do throws(SourceError) {
            try round()
            if failureCount > 0, !isHeldBack { recover() }
            // A full batch takes nothing more, so that asking the stream would not wait.
            let isStuck = isHeldBack && batch?.isFull == true
            return isStuck ? UInt64(limits.waitMilliseconds) * 1_000_000 : 0
        } catch {
            return fail(error)
        }
    }

    private mutating func round() throws(SourceError) {
        if stream == nil { try start() }
        guard let stream, var batch else { return }
        let now = clock.steadyNanoseconds()
        if now >= nextCheck {
            nextCheck = now + limits.checkNanoseconds
            guard try check(stream, batch) else { return }
        }
        if isHeldBack || !sink.hasRoom {
            try holdBack(stream, &batch)
        } else {
            self.batch = nil
            defer { self.batch = batch }
            try stream.fill(&batch, waitMilliseconds: limits.waitMilliseconds)
        }
        guard !isHeldBack, self.batch?.isEmpty == false else { return noteRate() }
        try commit(stream)
        noteRate()
    }
}

// MARK: - Beginning

extension SourceLoop {
    /// Opens the stream and settles where each partition goes on.
    private mutating func start() throws(SourceError) {
        status.state = .starting
        guard let schema = sink.schema(of: definition.tableID) else { throw .tableGone }
        let layout = try MessageLayout(SourceOptions(definition), schema)
        let parser = EventParser(schema: schema)
        let rowLimit = max(1, min(limits.rowCount, parser.rowLimit / 2))
        var batch = MessageBatch(layout: layout, rowLimit: rowLimit, byteLimit: limits.byteCount)
        let stream = try open()
        try settle(stream, &batch)
        try stream.assign(batch.positions)
        self.parser = parser
        self.batch = batch
        self.stream = stream
        isHeldBack = false
        nextCheck = clock.steadyNanoseconds() + limits.checkNanoseconds
        status.state = .running
    }

    /// Gives every partition of the stream its position: the log's, or for a source that was never
    /// read the one its definition asks for, made durable before anything is read.
    private mutating func settle(
        _ stream: any PartitionedStream, _ batch: inout MessageBatch
    ) throws(SourceError) {
        let known = sink.positions(of: definition.id.rawValue)
        let partitions = try stream.partitions()
        guard !partitions.isEmpty else { throw .unavailable("there are no partitions yet") }
        let begin = try StreamStart(definition["start"] ?? "earliest", option: "start")
        var added: [StreamSpan] = []
        var ends: [UInt32: UInt64] = [:]
        for partition in partitions {
            let bounds = try stream.bounds(of: partition)
            ends[partition] = bounds.high
            var next = known[partition]
            if next == nil {
                // One that was added later is read from its beginning, wherever that is by now.
                let first =
                    known.isEmpty
                    ? try position(begin, of: partition, bounds, in: stream) : 0
                added.append(StreamSpan(partition: partition, first: first, next: first))
                next = first
            }
            try Self.check(partition, next: next ?? 0, bounds)
            batch.expect(partition, from: next ?? 0)
        }
        if !added.isEmpty {
            do throws(IngestError) { try sink.move(definition, added) } catch {
                throw .ingest(error)
            }
        }
        note(batch.positions, ends)
    }

    private func position(
        _ begin: StreamStart, of partition: UInt32, _ bounds: StreamBounds,
        in stream: any PartitionedStream
    ) throws(SourceError) -> UInt64 {
        switch begin {
        case .earliest: bounds.low
        case .latest: bounds.high
        case .time(let milliseconds): try stream.position(of: partition, at: milliseconds)
        }
    }

    /// Refuses to go on where the stream does not have what comes next.
    private static func check(
        _ partition: UInt32, next: UInt64, _ bounds: StreamBounds
    ) throws(SourceError) {
        if bounds.high < next {
            throw .topicRecreated(partition: partition, next: next, high: bounds.high)
        }
        if bounds.low > next {
            throw .gapDetected(partition: partition, next: next, low: bounds.low)
        }
    }

    /// Looks at the partitions again: for new ones, and for what expired or was made anew.
    ///
    /// - Returns: Whether all is as it was; else the stream has begun anew, with what is durable.
    private mutating func check(
        _ stream: any PartitionedStream, _ batch: MessageBatch
    ) throws(SourceError) -> Bool {
        let known = Dictionary(
            uniqueKeysWithValues: batch.positions.map { ($0.partition, $0.next) })
        let partitions = try stream.partitions()
        guard partitions.allSatisfy({ known[$0] != nil }) else {
            self.stream = nil
            self.batch = nil
            try start()
            return false
        }
        var ends: [UInt32: UInt64] = [:]
        for partition in partitions {
            let bounds = try stream.bounds(of: partition)
            ends[partition] = bounds.high
            try Self.check(partition, next: known[partition] ?? 0, bounds)
        }
        let durable = sink.positions(of: definition.id.rawValue)
        note(durable.map { ($0.key, $0.value) }, ends)
        stream.report(durable.map { ($0.key, $0.value) }.sorted { $0.0 < $1.0 })
        return true
    }
}

// MARK: - Committing

extension SourceLoop {
    /// Lets the stream deliver nothing while ingestion has no room, but keeps talking to it.
    private mutating func holdBack(
        _ stream: any PartitionedStream, _ batch: inout MessageBatch
    ) throws(SourceError) {
        if !isHeldBack {
            isHeldBack = true
            status.state = .waiting
            try stream.pause()
        }
        self.batch = nil
        defer { self.batch = batch }
        // What was on its way still comes, and is kept in order.
        try stream.fill(&batch, waitMilliseconds: limits.waitMilliseconds)
        guard sink.hasRoom else { return }
        // Positions are said again rather than resumed: the library skipped some after a pause.
        try stream.assign(batch.positions)
        isHeldBack = false
        status.state = .running
    }

    /// Commits the batch with its positions.
    private mutating func commit(_ stream: any PartitionedStream) throws(SourceError) {
        guard var batch, !batch.isEmpty else { return }
        for hole in batch.holes {
            // Markers of transactions and compaction leave holes; expiry does, too, and is loss.
            let bounds = try stream.bounds(of: hole.partition)
            try Self.check(hole.partition, next: hole.first, bounds)
        }
        let spans = batch.spans
        let counts = try take(batch, spans)
        status.messageCount += batch.messageCount
        status.skippedCount += batch.skippedCount
        status.repeatedCount = batch.droppedCount
        status.holeCount += batch.holes.reduce(0) { $0 + $1.count }
        status.newestMilliseconds = batch.newestMilliseconds ?? status.newestMilliseconds
        status.counts.add(counts)
        rate.rows += counts.accepted + counts.duplicate + counts.stale
        self.batch = nil
        batch.clear()
        self.batch = batch
        var ends: [UInt32: UInt64] = [:]
        for span in spans { ends[span.partition] = stream.knownEnd(of: span.partition) }
        note(spans.map { ($0.partition, $0.next) }, ends)
        try judge(counts)
    }

    /// Parses and submits; again where the table's columns changed meanwhile.
    private mutating func take(
        _ batch: MessageBatch, _ spans: [StreamSpan]
    ) throws(SourceError) -> IngestCounts {
        while true {
            guard let parser else { throw .tableGone }
            do throws(IngestError) {
                var events = try parser.parse(
                    texts: batch.body, ends: batch.ends, now: clock.wallMicroseconds())
                events.places = batch.places
                return try sink.take(events, of: definition, into: parser.schema, spans)
            } catch {
                guard case .tableChanged = error else { throw .ingest(error) }
                guard let schema = sink.schema(of: definition.tableID) else { throw .tableGone }
                guard schema != parser.schema else { throw .ingest(error) }
                self.parser = EventParser(schema: schema)
            }
        }
    }

    /// Stops the source where too much of what it sends cannot be taken.
    private mutating func judge(_ counts: IngestCounts) throws(SourceError) {
        let rejected = counts.rejected + counts.conflict
        breaker.rows += counts.accepted + counts.duplicate + counts.stale + rejected
        breaker.rejected += rejected
        guard breaker.rows >= limits.breakerRowCount else { return }
        let run = breaker
        breaker = (0, 0)
        guard run.rejected * 100 > run.rows * limits.breakerPercent else { return }
        throw .tooManyRejects(rows: run.rows, rejected: run.rejected)
    }
}

// MARK: - Failing

extension SourceLoop {
    /// Notes a failure.
    ///
    /// - Returns: How long to wait before another attempt; `nil` for an operator's word.
    private mutating func fail(_ error: SourceError) -> UInt64? {
        status.error = error
        status.errorTime = clock.wallMicroseconds()
        guard !error.needsOperator else {
            stream = nil
            batch = nil
            status.state = .paused
            return nil
        }
        failureCount += 1
        if case .ingest(let refusal) = error, refusal.isTemporary {
            // The batch waits as it is: the log says nothing of it, so sending it again is right.
            status.state = .waiting
        } else {
            stream = nil
            batch = nil
            status.state = .failing
        }
        let isWaiting = status.state == .waiting
        let doubled = limits.firstPauseNanoseconds << UInt64(min(failureCount - 1, 16))
        let pause = min(
            doubled, isWaiting ? limits.longestWaitNanoseconds : limits.longestPauseNanoseconds)
        return pause - pause / 10 + UInt64(Double(pause / 5) * jitter())
    }

    /// Notes that it goes on after failures. The last error stays to be seen.
    private mutating func recover() {
        failureCount = 0
        status.state = .running
    }

    private mutating func note(
        _ positions: [(partition: UInt32, next: UInt64)], _ ends: [UInt32: UInt64]
    ) {
        for (number, next) in positions {
            if let index = status.partitions.firstIndex(where: { $0.number == number }) {
                status.partitions[index].next = next
                if let end = ends[number] { status.partitions[index].end = end }
            } else {
                status.partitions.append(
                    SourceStatus.Partition(number: number, next: next, end: ends[number]))
                status.partitions.sort { $0.number < $1.number }
            }
        }
    }

    private static let rateNanoseconds: UInt64 = 5_000_000_000

    private mutating func noteRate() {
        let now = clock.steadyNanoseconds()
        guard now >= rate.since + Self.rateNanoseconds else { return }
        status.rowsPerSecond = Double(rate.rows) * 1e9 / Double(now - rate.since)
        rate = (now, 0)
    }
}

extension IngestError {
    /// Whether the same batch may be taken a little later.
    var isTemporary: Bool {
        switch self {
        case .overloaded, .diskFull, .notAppended: true
        default: false
        }
    }
}

extension IngestCounts {
    fileprivate mutating func add(_ more: IngestCounts) {
        accepted += more.accepted
        duplicate += more.duplicate
        conflict += more.conflict
        rejected += more.rejected
        stale += more.stale
        updated += more.updated
        deleted += more.deleted
    }
}
