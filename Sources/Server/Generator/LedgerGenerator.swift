/// Writes an endless, seeded ledger in order of arrival, and keeps the truth about it.
///
///     Pace ──► next entity begins ──► its life and fates ──► PendingQueue
///                                                                 │ earliest arrival
///                      buffer ◄── line, drawn again from its number
///                      truth  ◄── what it said
///
/// One thread, no clock, no environment. Memory follows the lines that are still to come: a few
/// days' worth at 24 bytes each, not the length of the run.
public struct LedgerGenerator: Sendable {
    /// What was asked for.
    public let options: GeneratorOptions
    /// The truth about the lines written so far.
    public private(set) var truth: GeneratorTruth

    let streams: EventStreams
    private let waiting = WaitingTimes()
    private var writer: LineWriter
    private var pace: Pace
    private var queue: PendingQueue
    private var nextEntity: UInt64
    private var nextStart: Int64

    /// Entities of the trial run that finds the pace.
    private static let trialCount = 65_536
    /// Where a truncated line breaks off: inside its first members, which are ASCII.
    private static let truncatedLength = 45

    /// Throws if an option is outside its limits.
    public init(_ options: GeneratorOptions) throws(GeneratorError) {
        try options.validate()
        self.options = options
        var book = PhraseBook()
        streams = EventStreams(options, book: &book)
        writer = LineWriter(book: book)
        let linesPerEntity = Self.trial(options, streams, waiting)
        let entities = Double(options.rows) / linesPerEntity
        pace = Pace(
            seed: options.seed, base: options.base,
            entitiesPerWeight: entities / Pace.weight(days: options.days, from: options.base))
        queue = PendingQueue(from: 0)
        nextEntity = pace.entity
        nextStart = pace.nextStart()
        queue = PendingQueue(from: nextStart)
        truth = GeneratorTruth(
            options: options, entities: UInt64(entities),
            merchants: streams.sampleMerchants)
    }

    /// Replaces the content of `buffer` by the next lines, at most `rows` of them.
    ///
    /// - Returns: The count of lines; 0 once all lines of the options are written.
    /// - Complexity: O(lines), without allocating per line once the buffer has grown. The bytes of
    ///   a run do not depend on how it is cut into calls.
    public mutating func fill(_ buffer: inout [UInt8], rows: Int) -> Int {
        let wanted = max(0, min(rows, options.rows - truth.lines))
        writer.begin(with: &buffer)
        for _ in 0..<wanted {
            writer.reserveLine()
            write(nextLine())
        }
        truth.bytes += writer.count
        writer.end(into: &buffer)
        return wanted
    }

    /// The line that arrives next; there always is one, since new entities never end.
    private mutating func nextLine() -> PendingLine {
        while true {
            if let first = queue.first, first.arrival <= nextStart, let line = queue.popFirst() {
                return line
            }
            if queue.isOpen(nextStart) {
                openEntity()
            } else {
                queue.turnPage()
            }
        }
    }

    /// Plans the life of the next entity.
    private mutating func openEntity() {
        precondition(nextEntity < GeneratedID.maximumEntities)
        let plan = EntityPlan(
            entity: nextEntity, start: nextStart, options: options, streams: streams,
            waiting: waiting)
        plan.forEachLine { queue.push($0) }
        nextEntity = pace.entity
        nextStart = pace.nextStart()
    }

    private mutating func write(_ pending: PendingLine) {
        let life = streams.life(of: pending.entity, start: pending.start)
        let slot = pending.slot
        let isPoison = pending.copy == .poison
        let poison =
            isPoison
            ? Poison(entity: pending.entity, slot: slot, seed: options.seed) : nil
        let line = EventLine(
            entity: pending.entity, start: pending.start, slot: slot, life: life,
            time: eventTime(of: pending, life),
            conflict: pending.copy == .conflict ? 10 * (1 + Int64(pending.entity % 997)) : 0,
            poison: poison, seed: options.seed)
        let lineStart = writer.count
        let facts = streams.write(line, to: &writer)
        truth.lines += 1
        switch pending.copy {
        case .first:
            truth.accept(
                facts, entity: pending.entity, start: pending.start, slot: slot, time: line.time,
                opensEntity: pending.opensEntity, isLate: pending.isLate)
        case .duplicate: truth.duplicates += 1
        case .conflict: truth.conflicts += 1
        case .poison:
            guard let poison else { return }
            truth.rejected[poison.kind.rawValue] += 1
            if poison.isTruncated {
                writer.breakLine(from: lineStart, after: Self.truncatedLength)
            }
        }
    }

    private func eventTime(of pending: PendingLine, _ life: LifeCycle) -> Int64 {
        let slot = pending.slot
        guard slot >= LifeCycle.capacity else { return life.time(slot) }
        let corrected = slot - LifeCycle.capacity
        let fate = Fate(
            entity: pending.entity, slot: corrected, options: options, waiting: waiting)
        return life.time(corrected) + (fate.correctionDelay ?? 0)
    }

    /// How many lines an entity has on average that arrive within the days asked for: entities
    /// that begin near the end still have most of their life before them.
    private static func trial(
        _ options: GeneratorOptions, _ streams: EventStreams, _ waiting: WaitingTimes
    ) -> Double {
        let weight = Pace.weight(days: options.days, from: options.base)
        var pace = Pace(
            seed: options.seed, base: options.base,
            entitiesPerWeight: Double(trialCount) / weight)
        let start = Int64(options.base.daysSince1970) * Milliseconds.day - Milliseconds.korea
        let end = start + Int64(options.days) * Milliseconds.day
        var lines = 0
        for entity in 0..<trialCount {
            let plan = EntityPlan(
                entity: UInt64(entity), start: pace.nextStart(), options: options,
                streams: streams, waiting: waiting)
            plan.forEachLine { lines += $0.arrival < end ? 1 : 0 }
        }
        return Double(lines) / Double(trialCount)
    }
}
