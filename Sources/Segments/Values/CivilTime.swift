/// Calendar arithmetic on days and microseconds since 1970-01-01 UTC, proleptic Gregorian.
///
/// Years run from `minimumYear` to `maximumYear` in texts; the arithmetic itself is exact for every
/// 64-bit microsecond. The day count is the usual era computation: 400 years are 146,097 days, and
/// a year that starts in March keeps the leap day last.
public enum CivilTime {
    /// Microseconds in a second, minute, hour and day.
    public static let microsecondsPerSecond: Int64 = 1_000_000
    /// 60 seconds.
    public static let microsecondsPerMinute: Int64 = 60_000_000
    /// 60 minutes.
    public static let microsecondsPerHour: Int64 = 3_600_000_000
    /// 24 hours.
    public static let microsecondsPerDay: Int64 = 86_400_000_000
    /// The first year that a text may name.
    public static let minimumYear: Int64 = 1
    /// The last year that a text may name.
    public static let maximumYear: Int64 = 9999

    /// A calendar date; `month` 1 to 12, `day` 1 to 31.
    public struct Date: Hashable, Sendable {
        /// The astronomical year.
        public var year: Int64
        /// 1 is January.
        public var month: Int
        /// Counts from 1.
        public var day: Int
    }

    /// Days from 1970-01-01 to a date. O(1), exact, not validating: day 32 is the next month's.
    public static func days(year: Int64, month: Int, day: Int) -> Int64 {
        let shiftedYear = month <= 2 ? year - 1 : year
        let era = shiftedYear.roundedDown(toMultipleOf: 400) / 400
        let yearOfEra = shiftedYear - era * 400
        let monthFromMarch = Int64((month + 9) % 12)
        let dayOfYear = (153 * monthFromMarch + 2) / 5 + Int64(day) - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return era * 146_097 + dayOfEra - 719_468
    }

    /// The date of a day number. O(1).
    public static func civil(fromDays days: Int64) -> Date {
        let shifted = days + 719_468
        let era = shifted.roundedDown(toMultipleOf: 146_097) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra =
            (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthFromMarch = (5 * dayOfYear + 2) / 153
        let day = Int(dayOfYear - (153 * monthFromMarch + 2) / 5) + 1
        let month = Int(monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9)
        return Date(year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month: month, day: day)
    }

    /// 28 to 31.
    public static func dayCount(year: Int64, month: Int) -> Int {
        switch month {
        case 4, 6, 9, 11: 30
        case 2: (year % 4 == 0 && year % 100 != 0) || year % 400 == 0 ? 29 : 28
        default: 31
        }
    }
}

// MARK: - Texts

extension CivilTime {
    /// `2026-09-01T00:00:00.000Z`; six digits of fraction where the microseconds need them.
    public static func iso8601(microseconds: Int64) -> String {
        var bytes: [UInt8] = []
        appendISO8601(microseconds: microseconds, to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    /// The same on the clock of `zone`, with its offset: `2026-09-01T09:00:00.000+09:00`.
    public static func appendISO8601(
        microseconds: Int64, in zone: TimeZone, to bytes: inout [UInt8]
    ) {
        let offset = zone.offset(at: microseconds)
        appendISO8601(microseconds: microseconds.addingClamped(offset), to: &bytes)
        if zone.isUTC { return }
        bytes.removeLast()
        appendOffset(offset, to: &bytes)
    }

    /// Appends `+09:00`, with seconds where an offset has them.
    public static func appendOffset(_ offset: Int64, to bytes: inout [UInt8]) {
        bytes.append(UInt8(ascii: offset < 0 ? "-" : "+"))
        let length = Int64(offset.magnitude)
        appendDigits(length / microsecondsPerHour, width: 2, to: &bytes)
        bytes.append(UInt8(ascii: ":"))
        appendDigits(length / microsecondsPerMinute % 60, width: 2, to: &bytes)
        let seconds = length / microsecondsPerSecond % 60
        if seconds == 0 { return }
        bytes.append(UInt8(ascii: ":"))
        appendDigits(seconds, width: 2, to: &bytes)
    }

    /// Appends the form of `iso8601(microseconds:)` without making a string.
    public static func appendISO8601(microseconds: Int64, to bytes: inout [UInt8]) {
        let midnight = microseconds.roundedDown(toMultipleOf: microsecondsPerDay)
        appendDate(days: midnight / microsecondsPerDay, to: &bytes)
        let ofDay = microseconds &- midnight
        bytes.append(UInt8(ascii: "T"))
        appendDigits(ofDay / microsecondsPerHour, width: 2, to: &bytes)
        bytes.append(UInt8(ascii: ":"))
        appendDigits(ofDay / microsecondsPerMinute % 60, width: 2, to: &bytes)
        bytes.append(UInt8(ascii: ":"))
        appendDigits(ofDay / microsecondsPerSecond % 60, width: 2, to: &bytes)
        bytes.append(UInt8(ascii: "."))
        let fraction = ofDay % microsecondsPerSecond
        if fraction % 1_000 == 0 {
            appendDigits(fraction / 1_000, width: 3, to: &bytes)
        } else {
            appendDigits(fraction, width: 6, to: &bytes)
        }
        bytes.append(UInt8(ascii: "Z"))
    }

    /// `2026-09-01`.
    public static func isoDate(days: Int64) -> String {
        var bytes: [UInt8] = []
        appendDate(days: days, to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Appends `yyyy-mm-dd`; years beyond four digits are written out, negative ones with a sign.
    public static func appendDate(days: Int64, to bytes: inout [UInt8]) {
        let date = civil(fromDays: days)
        if date.year < 0 { bytes.append(UInt8(ascii: "-")) }
        appendDigits(Int64(date.year.magnitude), width: 4, to: &bytes)
        bytes.append(UInt8(ascii: "-"))
        appendDigits(Int64(date.month), width: 2, to: &bytes)
        bytes.append(UInt8(ascii: "-"))
        appendDigits(Int64(date.day), width: 2, to: &bytes)
    }

    static func appendDigits(_ number: Int64, width: Int, to bytes: inout [UInt8]) {
        var divisor: Int64 = 1
        for _ in 1..<width { divisor *= 10 }
        while number / divisor >= 10 { divisor *= 10 }
        while divisor > 0 {
            bytes.append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: number / divisor % 10))
            divisor /= 10
        }
    }

    /// Reads `yyyy-mm-dd` as days since 1970; `nil` for anything else, impossible days included.
    public static func parseDate(_ text: Span<UInt8>) -> Int64? {
        var scanner = TimeScanner(text)
        guard let days = scanner.date(), scanner.isAtEnd else { return nil }
        return days
    }

    /// Reads an RFC 3339 instant as microseconds since 1970.
    ///
    /// Accepted: `yyyy-mm-dd`, then optionally `T`, `t` or a blank, `hh:mm[:ss[.fraction]]`, and
    /// optionally `Z`, `z` or an offset `±hh:mm`; without an offset the time is UTC. Up to nine
    /// digits of fraction, those past microseconds cut off.
    ///
    /// - Returns: `nil` for anything else. Leap seconds (`:60`) are refused.
    public static func parseTimestamp(_ text: Span<UInt8>) -> Int64? {
        parseTime(text)?.microseconds
    }

    /// The same, on the clock of `zone` where the text says no offset.
    public static func parseTimestamp(_ text: Span<UInt8>, in zone: TimeZone) -> Int64? {
        guard let time = parseTime(text) else { return nil }
        return time.isLocal ? zone.instant(ofLocal: time.microseconds) : time.microseconds
    }

    /// What a text says, and whether it leaves open of which clock.
    public static func parseTime(
        _ text: Span<UInt8>
    ) -> (microseconds: Int64, isLocal: Bool)? {
        var scanner = TimeScanner(text)
        guard let days = scanner.date() else { return nil }
        let midnight = days * microsecondsPerDay
        guard !scanner.isAtEnd else { return (midnight, true) }
        guard scanner.skip(oneOf: "T", "t", " "), let ofDay = scanner.timeOfDay() else {
            return nil
        }
        if scanner.isAtEnd { return (midnight + ofDay, true) }
        guard let offset = scanner.offset(), scanner.isAtEnd else { return nil }
        return (midnight + ofDay - offset, false)
    }
}

/// Reads the parts of a date or time text from left to right.
private struct TimeScanner: ~Escapable {
    private let text: Span<UInt8>
    private var position = 0

    @_lifetime(copy text)
    init(_ text: Span<UInt8>) { self.text = text }

    var isAtEnd: Bool { position == text.count }

    mutating func skip(oneOf characters: Unicode.Scalar...) -> Bool {
        guard position < text.count else { return false }
        for character in characters where text[position] == UInt8(ascii: character) {
            position += 1
            return true
        }
        return false
    }

    mutating func number(digits: Int) -> Int64? {
        guard position + digits <= text.count else { return nil }
        var number: Int64 = 0
        for index in position..<position + digits {
            let digit = text[index] &- UInt8(ascii: "0")
            guard digit < 10 else { return nil }
            number = number &* 10 &+ Int64(digit)
        }
        position += digits
        return number
    }

    mutating func date() -> Int64? {
        guard let year = number(digits: 4), skip(oneOf: "-"), let month = number(digits: 2),
            skip(oneOf: "-"), let day = number(digits: 2),
            year >= CivilTime.minimumYear, (1...12).contains(month), day >= 1,
            day <= Int64(CivilTime.dayCount(year: year, month: Int(month)))
        else { return nil }
        return CivilTime.days(year: year, month: Int(month), day: Int(day))
    }

    mutating func timeOfDay() -> Int64? {
        guard let hour = number(digits: 2), hour < 24, skip(oneOf: ":"),
            let minute = number(digits: 2), minute < 60
        else { return nil }
        var time = hour * CivilTime.microsecondsPerHour + minute * CivilTime.microsecondsPerMinute
        guard skip(oneOf: ":") else { return time }
        guard let second = number(digits: 2), second < 60 else { return nil }
        time += second * CivilTime.microsecondsPerSecond
        guard skip(oneOf: ".") else { return time }
        return fraction().map { time + $0 }
    }

    private mutating func fraction() -> Int64? {
        var fraction: Int64 = 0
        var weight = CivilTime.microsecondsPerSecond / 10
        var count = 0
        while let digit = number(digits: 1) {
            count += 1
            fraction += digit * weight
            weight /= 10
        }
        return (1...9).contains(count) ? fraction : nil
    }

    mutating func offset() -> Int64? {
        if skip(oneOf: "Z", "z") { return 0 }
        let isNegative = position < text.count && text[position] == UInt8(ascii: "-")
        guard skip(oneOf: "+", "-"), let hours = number(digits: 2), hours < 24, skip(oneOf: ":"),
            let minutes = number(digits: 2), minutes < 60
        else { return nil }
        let offset =
            hours * CivilTime.microsecondsPerHour + minutes * CivilTime.microsecondsPerMinute
        return isNegative ? -offset : offset
    }
}
