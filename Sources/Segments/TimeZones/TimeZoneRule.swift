/// What a time-zone file says of the years behind its table, as POSIX writes it (TZ of IEEE
/// 1003.1, with hours up to 167 and names in angle brackets as RFC 8536 allows).
///
/// ```
/// EST5EDT,M3.2.0,M11.1.0         second Sunday of March to first Sunday of November, at 2:00
/// <+1030>-10:30<+11>-11,M10.1.0,M4.1.0
/// KST-9                          no daylight saving time
/// ```
///
/// Offsets are written west of Greenwich; here they are kept ahead of UTC.
struct TimeZoneRule {
    /// When a change comes each year, on the clock before it.
    struct Change: Hashable {
        /// Which day of a year.
        enum Day: Hashable {
            /// 1 to 365; the 29th of February is never counted.
            case withoutLeapDay(Int)
            /// 0 to 365.
            case ofYear(Int)
            /// The `week`th of a weekday (0 is Sunday) in a month; 5 is the last.
            case weekday(Int, week: Int, month: Int)
        }

        var day: Day
        /// Microseconds after midnight; may be negative or days.
        var time: Int64

        /// Microseconds from 1970 on the clock before the change.
        func local(in year: Int64) -> Int64 {
            days(in: year) * CivilTime.microsecondsPerDay + time
        }

        private func days(in year: Int64) -> Int64 {
            let first = CivilTime.days(year: year, month: 1, day: 1)
            switch day {
            case .ofYear(let day): return first + Int64(day)
            case .withoutLeapDay(let day):
                let isLeap = CivilTime.dayCount(year: year, month: 2) == 29
                return first + Int64(day) - (isLeap && day > 59 ? 0 : 1)
            case .weekday(let weekday, let week, let month):
                let start = CivilTime.days(year: year, month: month, day: 1)
                // Day 0 of 1970 was a Thursday, which is 4.
                let firstWeekday = (start + 4) - (start + 4).roundedDown(toMultipleOf: 7)
                var day = start + (Int64(weekday) - firstWeekday + 7) % 7 + Int64(week - 1) * 7
                if day >= start + Int64(CivilTime.dayCount(year: year, month: month)) { day -= 7 }
                return day
            }
        }
    }

    /// The clock of winter, or of all year.
    var standard: TimeZone.LocalType
    /// The clock of summer, and when it begins and ends.
    var daylight: (type: TimeZone.LocalType, begins: Change, ends: Change)?

    /// Both changes of a year, in order.
    func changes(in year: Int64) -> [(instant: Int64, type: TimeZone.LocalType)] {
        guard let daylight else { return [] }
        let begins = daylight.begins.local(in: year) - standard.offset
        let ends = daylight.ends.local(in: year) - daylight.type.offset
        let changes = [(begins, daylight.type), (ends, standard)]
        return begins <= ends ? changes : changes.reversed()
    }
}

extension TimeZoneRule {
    /// Reads a rule; `nil` for anything else.
    init?(parsing text: String) {
        var scanner = RuleScanner(bytes: Array(text.utf8))
        guard let name = scanner.name(), let offset = scanner.offset() else { return nil }
        standard = TimeZone.LocalType(offset: -offset, isDaylight: false, abbreviation: name)
        guard !scanner.isAtEnd else { return }
        guard let summer = scanner.name() else { return nil }
        var summerOffset = standard.offset + CivilTime.microsecondsPerHour
        if scanner.peek != UInt8(ascii: ",") {
            guard let offset = scanner.offset() else { return nil }
            summerOffset = -offset
        }
        guard let begins = scanner.change(), let ends = scanner.change(), scanner.isAtEnd else {
            return nil
        }
        let type = TimeZone.LocalType(
            offset: summerOffset, isDaylight: true, abbreviation: summer)
        daylight = (type, begins, ends)
    }
}

/// Reads the parts of a rule from left to right.
private struct RuleScanner {
    let bytes: [UInt8]
    var position = 0

    var isAtEnd: Bool { position == bytes.count }
    var peek: UInt8? { position < bytes.count ? bytes[position] : nil }

    mutating func skip(_ character: Unicode.Scalar) -> Bool {
        guard peek == UInt8(ascii: character) else { return false }
        position += 1
        return true
    }

    /// Three letters or more, or anything in angle brackets.
    mutating func name() -> String? {
        let isQuoted = skip("<")
        let start = position
        while let byte = peek {
            let isLetter = (byte | 0x20) &- UInt8(ascii: "a") < 26
            let isSign = byte == UInt8(ascii: "+") || byte == UInt8(ascii: "-")
            guard isLetter || (isQuoted && (isSign || byte &- UInt8(ascii: "0") < 10)) else {
                break
            }
            position += 1
        }
        let name = String(decoding: bytes[start..<position], as: UTF8.self)
        guard name.utf8.count >= 3, !isQuoted || skip(">") else { return nil }
        return name
    }

    private mutating func number(through maximum: Int) -> Int? {
        var (number, digits) = (0, 0)
        while let byte = peek, byte &- UInt8(ascii: "0") < 10, digits < 3 {
            number = number * 10 + Int(byte - UInt8(ascii: "0"))
            digits += 1
            position += 1
        }
        return digits > 0 && number <= maximum ? number : nil
    }

    /// `[+|-]hh[:mm[:ss]]`.
    mutating func offset() -> Int64? {
        let isNegative = peek == UInt8(ascii: "-")
        if peek == UInt8(ascii: "-") || peek == UInt8(ascii: "+") { position += 1 }
        guard let hours = number(through: 167) else { return nil }
        var (minutes, seconds) = (0, 0)
        if skip(":") {
            guard let read = number(through: 59) else { return nil }
            minutes = read
            if skip(":") {
                guard let read = number(through: 59) else { return nil }
                seconds = read
            }
        }
        let length =
            Int64(hours) * CivilTime.microsecondsPerHour
            + Int64(minutes) * CivilTime.microsecondsPerMinute
            + Int64(seconds) * CivilTime.microsecondsPerSecond
        return isNegative ? -length : length
    }

    /// `,Mm.w.d`, `,Jn` or `,n`, and `/time`.
    mutating func change() -> TimeZoneRule.Change? {
        guard skip(",") else { return nil }
        let day: TimeZoneRule.Change.Day
        if skip("M") {
            guard let month = number(through: 12), month > 0, skip("."),
                let week = number(through: 5), week > 0, skip("."),
                let weekday = number(through: 6)
            else { return nil }
            day = .weekday(weekday, week: week, month: month)
        } else if skip("J") {
            guard let number = number(through: 365), number > 0 else { return nil }
            day = .withoutLeapDay(number)
        } else {
            guard let number = number(through: 365) else { return nil }
            day = .ofYear(number)
        }
        var time = 2 * CivilTime.microsecondsPerHour
        if skip("/") {
            guard let read = offset() else { return nil }
            time = read
        }
        return TimeZoneRule.Change(day: day, time: time)
    }
}
