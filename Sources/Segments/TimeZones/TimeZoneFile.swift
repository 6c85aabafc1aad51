/// Reads a compiled time-zone file (RFC 8536, version 2 and later).
///
/// ```
/// "TZif" version 15×0  6 counts      data of version 1, 32-bit times: passed over
/// "TZif" version 15×0  6 counts      isutcnt isstdcnt leapcnt timecnt typecnt charcnt
/// timecnt × 8    instants of transitions, seconds, ascending
/// timecnt × 1    the type from each on
/// typecnt × 6    offset (4), is daylight saving time (1), where its name begins (1)
/// charcnt        names, each ended by a zero byte
/// leapcnt × 12, isstdcnt, isutcnt: not needed
/// "\n" rule "\n"                     what holds behind the table, or nothing
/// ```
///
/// Numbers are big-endian. Every place is checked: the file is the world's.
struct TimeZoneFile {
    /// Larger files are none of a time zone.
    static let maximumByteCount = 1 << 18
    private static let headerByteCount = 44
    /// No clock is further from UTC, and no rule of the calendar needs more.
    private static let maximumOffset = 26 * CivilTime.microsecondsPerHour

    private let bytes: [UInt8]
    private var position = 0

    private struct Counts {
        var isUTC, isStandard, leaps, times, types, characters: Int
    }

    /// The zone that a file describes; `nil` where it is malformed.
    static func zone(named name: String, _ bytes: [UInt8]) -> TimeZone? {
        var file = TimeZoneFile(bytes: bytes)
        return file.read(name)
    }

    /// Whether the bytes begin as such a file does.
    static func isOne(_ bytes: [UInt8]) -> Bool { bytes.starts(with: "TZif".utf8) }

    private init(bytes: [UInt8]) { self.bytes = bytes }

    private mutating func read(_ name: String) -> TimeZone? {
        guard let old = header() else { return nil }
        guard bytes[4] >= UInt8(ascii: "2") else { return nil }
        let oldByteCount =
            old.times * 5 + old.types * 6 + old.characters + old.leaps * 8 + old.isStandard
            + old.isUTC
        guard oldByteCount <= bytes.count - position else { return nil }
        position += oldByteCount
        guard let counts = header() else { return nil }
        let byteCount =
            counts.times * 9 + counts.types * 6 + counts.characters + counts.leaps * 12
            + counts.isStandard + counts.isUTC
        guard counts.types > 0, byteCount <= bytes.count - position else { return nil }
        let body = position
        position += byteCount
        guard let footer = footer(), let table = table(counts, at: body) else { return nil }
        if footer.isEmpty { return Self.zone(name, table.transitions, table.types, nil) }
        guard let rule = TimeZoneRule(parsing: footer),
            rule.standard.offset.magnitude < Self.maximumOffset.magnitude,
            rule.daylight?.type.offset.magnitude ?? 0 < Self.maximumOffset.magnitude
        else { return nil }
        return Self.zone(name, table.transitions, table.types, rule)
    }

    private mutating func header() -> Counts? {
        guard bytes.count - position >= Self.headerByteCount, Self.isOne(Array(bytes[position...]))
        else { return nil }
        let numbers = (0..<6).map { Int(big(position + 20 + $0 * 4, 4)) }
        position += Self.headerByteCount
        guard numbers.allSatisfy({ $0 <= Self.maximumByteCount }) else { return nil }
        return Counts(
            isUTC: numbers[0], isStandard: numbers[1], leaps: numbers[2], times: numbers[3],
            types: numbers[4], characters: numbers[5])
    }

    /// An unsigned number; the place was checked.
    private func big(_ offset: Int, _ count: Int) -> UInt64 {
        bytes[offset..<offset + count].reduce(0) { $0 << 8 | UInt64($1) }
    }

    /// Transitions, and one type more than there are of them.
    private func table(
        _ counts: Counts, at body: Int
    ) -> (transitions: [Int64], types: [TimeZone.LocalType])? {
        let kinds = body + counts.times * 8
        let records = kinds + counts.times
        let names = records + counts.types * 6
        var types: [TimeZone.LocalType] = []
        for index in 0..<counts.types {
            let record = records + index * 6
            let seconds = Int64(Int32(truncatingIfNeeded: big(record, 4)))
            let offset = seconds * CivilTime.microsecondsPerSecond
            let name = Int(bytes[record + 5])
            guard offset.magnitude < Self.maximumOffset.magnitude, name < counts.characters else {
                return nil
            }
            let letters = bytes[names + name..<names + counts.characters].prefix { $0 != 0 }
            types.append(
                TimeZone.LocalType(
                    offset: offset, isDaylight: bytes[record + 4] != 0,
                    abbreviation: String(decoding: letters, as: UTF8.self)))
        }
        var transitions: [Int64] = []
        var states = [types[0]]
        for index in 0..<counts.times {
            let seconds = Int64(bitPattern: big(body + index * 8, 8))
            let (time, overflow) = seconds.multipliedReportingOverflow(
                by: CivilTime.microsecondsPerSecond)
            let kind = Int(bytes[kinds + index])
            guard kind < types.count else { return nil }
            // A first transition before all time says only what the first type is.
            if overflow, seconds < 0, transitions.isEmpty {
                states = [types[kind]]
                continue
            }
            guard !overflow, transitions.last.map({ $0 < time }) ?? true else { return nil }
            transitions.append(time)
            states.append(types[kind])
        }
        return (transitions, states)
    }

    /// The rule at the end; an empty one says that nothing changes any more.
    private func footer() -> String? {
        guard position < bytes.count, bytes[position] == UInt8(ascii: "\n"),
            let end = bytes[(position + 1)...].firstIndex(of: UInt8(ascii: "\n"))
        else { return nil }
        return String(decoding: bytes[position + 1..<end], as: UTF8.self)
    }

    /// The table, and the rule's changes for one cycle of the calendar behind it.
    private static func zone(
        _ name: String, _ transitions: [Int64], _ types: [TimeZone.LocalType],
        _ rule: TimeZoneRule?
    ) -> TimeZone? {
        guard let rule, rule.daylight != nil else {
            return TimeZone(name: name, transitions: transitions, types: types)
        }
        var (transitions, types) = (transitions, types)
        let last = max(transitions.last ?? 0, 0)
        guard last < cycleLimit else { return nil }
        let year = CivilTime.civil(
            fromDays: last.roundedDown(toMultipleOf: CivilTime.microsecondsPerDay)
                / CivilTime.microsecondsPerDay
        ).year
        // A year more at the front, so that the whole cycle lies behind the table.
        for year in year...(year + 401) {
            for change in rule.changes(in: year) where change.instant > transitions.last ?? .min {
                transitions.append(change.instant)
                types.append(change.type)
            }
        }
        let start = CivilTime.days(year: year + 1, month: 1, day: 1)
        return TimeZone(
            name: name, transitions: transitions, types: types,
            cycleEnd: start * CivilTime.microsecondsPerDay + TimeZone.cycle)
    }

    /// Tables end within some thousand years.
    private static let cycleLimit = 8 * TimeZone.cycle
}
