/// The clock of a place: how far it is ahead of UTC, and from when to when.
///
/// ```
///            transitions[0]     transitions[1]          transitions[n - 1]   cycleEnd
/// ─ types[0] ──────┼── types[1] ──────┼── ... ──────────────────┼── types[n] ──┤ (400 years on)
/// ```
///
/// What a rule says of all years to come is written out for one cycle: the Gregorian calendar
/// repeats after 400 years, which are whole weeks, so that a later time has the offset of the same
/// time some cycles before. Every question is then one search by halving.
///
/// A class for its identity: expressions name it, blocks of rows ask it, nobody copies it.
public final class TimeZone: Sendable {
    /// What a clock shows between two transitions.
    public struct LocalType: Hashable, Sendable {
        /// Microseconds ahead of UTC.
        public var offset: Int64
        /// Whether it is daylight saving time.
        public var isDaylight: Bool
        /// `KST`, `+0330`.
        public var abbreviation: String
    }

    /// A time without transition, around an instant.
    public struct Stretch: Hashable, Sendable {
        /// The first instant; the least there is where the stretch has no beginning.
        public var start: Int64
        /// The instant behind the last one; the greatest there is where it has no end.
        public var end: Int64
        /// Microseconds ahead of UTC throughout.
        public var offset: Int64
    }

    /// The name it was asked for by: `Asia/Seoul`, `+09:00`, `UTC`.
    public let name: String
    /// The largest step that all offsets since 1970 and all instants of change since are whole
    /// multiples of: an hour for most zones; a day for UTC.
    public let grain: Int64
    private let transitions: [Int64]
    private let types: [LocalType]
    /// From here on, times are looked up some cycles earlier.
    private let cycleEnd: Int64

    /// Microseconds of 400 years.
    static let cycle = 146_097 * CivilTime.microsecondsPerDay

    /// More than any offset, so that what a clock shows lies so far from the instant at most.
    private static let margin = 26 * CivilTime.microsecondsPerHour

    /// UTC itself.
    public static let utc = TimeZone(
        name: "UTC", transitions: [],
        types: [LocalType(offset: 0, isDaylight: false, abbreviation: "UTC")])

    /// A zone of these transitions.
    ///
    /// - Parameters:
    ///   - types: One more than transitions: type `i` holds up to transition `i`.
    ///   - cycleEnd: From when on times repeat; the end of a whole cycle of transitions.
    /// - Precondition: Transitions ascend.
    init(name: String, transitions: [Int64], types: [LocalType], cycleEnd: Int64 = .max) {
        precondition(types.count == transitions.count + 1)
        self.name = name
        self.transitions = transitions
        self.types = types
        self.cycleEnd = cycleEnd
        var grain = CivilTime.microsecondsPerDay
        for index in types.indices where index == transitions.count || transitions[index] > 0 {
            grain = Self.commonDivisor(grain, types[index].offset)
            if index < transitions.count {
                grain = Self.commonDivisor(grain, transitions[index])
            }
        }
        self.grain = grain
    }

    private static func commonDivisor(_ one: Int64, _ other: Int64) -> Int64 {
        var (one, other) = (one.magnitude, other.magnitude)
        while other > 0 { (one, other) = (other, one % other) }
        return Int64(clamping: one)
    }

    /// Whether it is UTC, for ever and under whatever name.
    public var isUTC: Bool { transitions.isEmpty && types[0].offset == 0 }

    /// What the clock is at an instant. O(log transitions).
    public func type(at instant: Int64) -> LocalType {
        types[index(at: Self.withinCycle(instant, cycleEnd))]
    }

    /// Microseconds that the clock is ahead of UTC at an instant.
    public func offset(at instant: Int64) -> Int64 { type(at: instant).offset }

    /// The time around an instant during which the offset stays as it is.
    public func stretch(at instant: Int64) -> Stretch {
        let place = Self.withinCycle(instant, cycleEnd)
        let index = index(at: place)
        let moved = instant &- place
        // Behind the first cycle, a stretch ends with the cycle at the latest.
        let start = index > 0 ? transitions[index - 1] : .min
        let end = index < transitions.count ? transitions[index] : cycleEnd
        if moved == 0 { return Stretch(start: start, end: end, offset: types[index].offset) }
        return Stretch(
            start: max(start, cycleEnd - Self.cycle).addingClamped(moved),
            end: end.addingClamped(moved), offset: types[index].offset)
    }

    /// What the clock shows at an instant, as microseconds since its own 1970; `nil` beyond the
    /// range of times.
    public func local(_ instant: Int64) -> Int64? {
        let (local, overflow) = instant.addingReportingOverflow(offset(at: instant))
        return overflow ? nil : local
    }

    /// The instant at which the clock shows a time; `nil` beyond the range of times.
    ///
    /// A time that is shown twice is the one at `preferred` ahead of UTC, or else the first; one
    /// that is left out is taken as if the clock had not been put forward yet, and so comes out
    /// later by what was left out.
    public func instant(ofLocal local: Int64, preferring preferred: Int64? = nil) -> Int64? {
        // No offset is longer than a day: both sides of a transition nearby are seen.
        let before = offset(at: local.addingClamped(-Self.margin))
        let after = offset(at: local.addingClamped(Self.margin))
        if before == after, preferred == nil || preferred == before {
            let (instant, overflow) = local.subtractingReportingOverflow(before)
            if !overflow, offset(at: instant) == before { return instant }
        }
        let found = candidates(local)
        if let preferred, let same = found.first(where: { local &- $0 == preferred }) {
            return same
        }
        if let first = found.first { return first }
        let (instant, overflow) = local.subtractingReportingOverflow(before)
        return overflow ? nil : instant
    }

    /// The first instant from which on the clock shows `local` or later; `nil` beyond the range.
    ///
    /// It is `instant(ofLocal:)` but for times that are left out: those begin with the transition.
    public func start(ofLocal local: Int64) -> Int64? {
        let around = stretch(at: local.addingClamped(-Self.margin))
        if around.end > local.addingClamped(Self.margin) {
            let (instant, overflow) = local.subtractingReportingOverflow(around.offset)
            return overflow ? nil : instant
        }
        let found = candidates(local)
        if let first = found.first { return first }
        guard let late = instant(ofLocal: local) else { return nil }
        return stretch(at: late).start
    }

    /// All instants that show a time, ascending: one, two, or none.
    private func candidates(_ local: Int64) -> [Int64] {
        var stretch = stretch(at: local.addingClamped(-CivilTime.microsecondsPerDay))
        let last = local.addingClamped(CivilTime.microsecondsPerDay)
        var found: [Int64] = []
        while true {
            let (instant, overflow) = local.subtractingReportingOverflow(stretch.offset)
            if !overflow, instant >= stretch.start, instant < stretch.end, found.last != instant {
                found.append(instant)
            }
            guard stretch.end <= last, stretch.end < .max else { return found }
            stretch = self.stretch(at: stretch.end)
        }
    }

    private static func withinCycle(_ instant: Int64, _ cycleEnd: Int64) -> Int64 {
        guard instant >= cycleEnd, cycleEnd < .max else { return instant }
        return instant - ((instant - cycleEnd) / cycle + 1) * cycle
    }

    private func index(at instant: Int64) -> Int {
        var (low, high) = (0, transitions.count)
        while low < high {
            let middle = (low + high) / 2
            if transitions[middle] <= instant { low = middle + 1 } else { high = middle }
        }
        return low
    }
}

extension TimeZone: Hashable {
    /// Zones of one name are the same.
    public static func == (one: TimeZone, other: TimeZone) -> Bool {
        one === other || one.name == other.name
    }

    /// By name.
    public func hash(into hasher: inout Hasher) { hasher.combine(name) }
}

extension TimeZone: CustomStringConvertible {
    /// The name.
    public var description: String { name }
}

extension Int64 {
    /// The sum, or the end of the range it lies beyond.
    func addingClamped(_ other: Int64) -> Int64 {
        let (sum, overflow) = addingReportingOverflow(other)
        return overflow ? (other < 0 ? .min : .max) : sum
    }
}
