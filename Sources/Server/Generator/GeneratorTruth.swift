/// The totals of what was generated, counted while it was written.
///
/// *Accepted* means: each event once, as its first copy says. Copies that come again, copies that
/// say something else and lines that must be rejected are counted apart.
public struct GeneratorTruth: Sendable {
    /// Rows and sums of one event type in one currency.
    public struct Totals: Equatable, Sendable {
        /// Accepted events.
        public internal(set) var rows = 0
        /// Sum of the stream's measure (`amount`, `quantity`, `face_value`).
        public internal(set) var measure: Int64 = 0
        /// Sum of `fee`; ledger only.
        public internal(set) var fee: Int64 = 0
        /// Sum of `tax`; ledger only.
        public internal(set) var tax: Int64 = 0
    }

    /// All that was accepted of one order (draft, consignment, coupon).
    public struct SampleEntity: Sendable {
        let entity: UInt64
        var start: Int64
        var rows = 0
        var measure: Int64 = 0
        /// Slot and time of the event accepted last.
        var lastSlot = 0
        var lastTime: Int64 = 0
    }

    /// What was asked for.
    public let options: GeneratorOptions
    /// Lines written, all kinds.
    public internal(set) var lines = 0
    /// Bytes written, line feeds included.
    public internal(set) var bytes = 0
    /// Distinct events accepted, which is also the count of distinct event ids.
    public internal(set) var accepted = 0
    /// Distinct orders (drafts, consignments, coupons) with an accepted event; in the ledger also
    /// the count of distinct payment keys.
    public internal(set) var entities = 0
    /// Accepted events that arrived late by plan.
    public internal(set) var late = 0
    /// Accepted events older than one accepted before them.
    public internal(set) var outOfOrder = 0
    /// Lines that repeat an accepted one byte for byte.
    public internal(set) var duplicates = 0
    /// Lines with the id of an accepted one and another measure.
    public internal(set) var conflicts = 0
    /// Accepted events that correct an earlier one.
    public internal(set) var corrections = 0
    /// Lines to be rejected, by ``PoisonKind``.
    var rejected = [Int](repeating: 0, count: PoisonKind.allCases.count)
    /// Least and greatest accepted time, in milliseconds since 1970; meaningless without rows.
    public internal(set) var minimumTime = Int64.max
    /// See ``minimumTime``.
    public internal(set) var maximumTime = Int64.min

    /// By event type × count of currencies + currency.
    var totals: [Totals]
    let currencyCount: Int
    /// Accepted events by UTC day, from the day before the first one on.
    var days: [Int] = []
    let firstDay: Int
    var samples: [SampleEntity] = []
    private let sampleStride: UInt64
    /// The merchants that the truth as JSON tells of.
    let merchants: [Int]
    /// By merchant; empty where the stream has none.
    var merchantTotals: [Totals]
    /// Payments approved in the first currency by UTC hour, from the first hour of `firstDay` on;
    /// ledger only.
    var approvedHours: [Totals] = []

    /// Orders whose totals are told.
    private static let sampleCount: UInt64 = 12

    init(options: GeneratorOptions, entities: UInt64, merchants: [Int]) {
        self.options = options
        currencyCount = max(1, options.stream.currencies.count)
        totals = Array(
            repeating: Totals(), count: options.stream.eventTypes.count * currencyCount)
        firstDay = options.base.daysSince1970 - 1
        sampleStride = max(1, entities / Self.sampleCount)
        self.merchants = merchants
        merchantTotals = Array(
            repeating: Totals(),
            count: options.stream == .ledger ? LedgerDimensions.merchantCount : 0)
    }

    /// Lines to be rejected.
    public var rejectedCount: Int { rejected.reduce(0, +) }

    /// Lines to be rejected for each code.
    public var rejectedByCode: [String: Int] {
        Dictionary(
            uniqueKeysWithValues: PoisonKind.allCases.map { ($0.code, rejected[$0.rawValue]) })
    }

    /// The totals of one event type in one currency (the first where there are none).
    public func totals(eventType: String, currency: String? = nil) -> Totals? {
        guard let type = options.stream.eventTypes.firstIndex(of: eventType) else { return nil }
        guard let currency else { return totals[type * currencyCount] }
        return options.stream.currencies.firstIndex(of: currency).map {
            totals[type * currencyCount + $0]
        }
    }

    /// Counts the first copy of an event.
    @inline(__always)
    mutating func accept(
        _ facts: EventFacts, entity: UInt64, start: Int64, slot: Int, time: Int64,
        opensEntity: Bool, isLate: Bool
    ) {
        accepted += 1
        entities += opensEntity ? 1 : 0
        late += isLate ? 1 : 0
        outOfOrder += time < maximumTime ? 1 : 0
        corrections += slot >= LifeCycle.capacity ? 1 : 0
        minimumTime = min(minimumTime, time)
        maximumTime = max(maximumTime, time)
        totals[facts.type * currencyCount + facts.currency].add(facts)
        if options.stream == .ledger {
            merchantTotals[facts.merchant].add(facts)
            addToHour(facts, time)
        }
        let day = Int(truncatingIfNeeded: time / Milliseconds.day) - firstDay
        while days.count <= day { days.append(0) }
        days[day] += 1
        sample(facts, entity: entity, start: start, slot: slot, time: time)
    }

    @inline(__always)
    private mutating func addToHour(_ facts: EventFacts, _ time: Int64) {
        guard facts.type == LedgerStream.EventType.paymentApproved, facts.currency == 0 else {
            return
        }
        let hour = Int(truncatingIfNeeded: time / Milliseconds.hour) - firstDay * 24
        while approvedHours.count <= hour { approvedHours.append(Totals()) }
        approvedHours[hour].add(facts)
    }

    @inline(__always)
    private mutating func sample(
        _ facts: EventFacts, entity: UInt64, start: Int64, slot: Int, time: Int64
    ) {
        guard entity % sampleStride == 0, entity / sampleStride < Self.sampleCount else { return }
        var index = 0
        while index < samples.count, samples[index].entity != entity { index += 1 }
        if index == samples.count { samples.append(SampleEntity(entity: entity, start: start)) }
        samples[index].rows += 1
        samples[index].measure += facts.measure
        samples[index].lastSlot = slot
        samples[index].lastTime = time
    }
}

extension GeneratorTruth.Totals {
    @inline(__always)
    mutating func add(_ facts: EventFacts) {
        rows += 1
        measure += facts.measure
        fee += facts.fee
        tax += facts.tax
    }
}
