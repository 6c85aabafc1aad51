import Segments

extension TimeStep {
    /// Weeks are counted from Monday, 1970-01-05.
    private static let weekOrigin = 4 * CivilTime.microsecondsPerDay

    /// One of a unit; nil for those that are parts of a time only, such as DOW.
    init?(_ unit: Syntax.TimeUnit) {
        switch unit {
        case .microsecond: self.init(microseconds: 1)
        case .millisecond: self.init(microseconds: 1_000)
        case .second: self.init(microseconds: CivilTime.microsecondsPerSecond)
        case .minute: self.init(microseconds: CivilTime.microsecondsPerMinute)
        case .hour: self.init(microseconds: CivilTime.microsecondsPerHour)
        case .day: self.init(microseconds: CivilTime.microsecondsPerDay)
        case .week:
            self.init(microseconds: 7 * CivilTime.microsecondsPerDay, origin: Self.weekOrigin)
        case .month: self.init(months: 1)
        case .quarter: self.init(months: 3)
        case .year: self.init(months: 12)
        case .decade: self.init(months: 120)
        case .century, .epoch, .dayOfWeek, .isoDayOfWeek, .dayOfYear: return nil
        }
    }

    /// The step of an ISO 8601 period such as `PT15M`, `P1D`, `P3M` or `P1Y6M`.
    ///
    /// - Returns: nil for another text, a zero or huge period, and one that mixes months with parts
    ///   of fixed length.
    init?(isoPeriod text: String) {
        var bytes = Array(text.utf8)[...]
        guard bytes.popFirst() == UInt8(ascii: "P") else { return nil }
        var (months, microseconds, isTime, isWeek) = (0, Int64(0), false, false)
        while let first = bytes.first {
            if first == UInt8(ascii: "T"), !isTime {
                isTime = true
                bytes.removeFirst()
            }
            var count: Int64 = 0
            var digits = 0
            while let digit = bytes.first, (0x30...0x39).contains(digit) {
                count = count * 10 + Int64(digit &- 0x30)
                digits += 1
                guard digits <= 6 else { return nil }
                bytes.removeFirst()
            }
            guard digits > 0, let unit = bytes.popFirst() else { return nil }
            switch (isTime, Unicode.Scalar(unit)) {
            case (false, "Y"): months += Int(count) * 12
            case (false, "M"): months += Int(count)
            case (false, "W"):
                microseconds += count * 7 * CivilTime.microsecondsPerDay
                isWeek = true
            case (false, "D"): microseconds += count * CivilTime.microsecondsPerDay
            case (true, "H"): microseconds += count * CivilTime.microsecondsPerHour
            case (true, "M"): microseconds += count * CivilTime.microsecondsPerMinute
            case (true, "S"): microseconds += count * CivilTime.microsecondsPerSecond
            default: return nil
            }
        }
        guard (months > 0) != (microseconds > 0) else { return nil }
        self.init(
            months: months, microseconds: microseconds,
            origin: isWeek && microseconds % (7 * CivilTime.microsecondsPerDay) == 0
                ? Self.weekOrigin : 0)
    }

    /// `time` moved by `count` steps; a day that the month lacks becomes its last. Nil on overflow.
    func shifted(_ time: Int64, by count: Int64) -> Int64? {
        if months == 0 {
            let (distance, tooFar) = microseconds.multipliedReportingOverflow(by: count)
            let (moved, overflow) = time.addingReportingOverflow(distance)
            return tooFar || overflow ? nil : moved
        }
        let (distance, tooFar) = Int64(months).multipliedReportingOverflow(by: count)
        guard !tooFar, abs(distance) < 12 * 400_000 else { return nil }
        let midnight = time.roundedDown(toMultipleOf: CivilTime.microsecondsPerDay)
        let date = CivilTime.civil(fromDays: midnight / CivilTime.microsecondsPerDay)
        let month = date.year * 12 + Int64(date.month - 1) + distance
        let year = month.roundedDown(toMultipleOf: 12) / 12
        let monthOfYear = Int(month - year * 12) + 1
        let day = min(date.day, CivilTime.dayCount(year: year, month: monthOfYear))
        let days = CivilTime.days(year: year, month: monthOfYear, day: day)
        let (start, overflow) = days.multipliedReportingOverflow(by: CivilTime.microsecondsPerDay)
        let (moved, isBeyond) = start.addingReportingOverflow(time &- midnight)
        return overflow || isBeyond ? nil : moved
    }

    /// The start of the step that holds `time`. Nil on overflow.
    func floor(_ time: Int64) -> Int64? {
        if months == 0 {
            let (offset, overflow) = time.subtractingReportingOverflow(origin)
            guard !overflow else { return nil }
            let (start, isBeyond) = offset.roundedDown(toMultipleOf: microseconds)
                .addingReportingOverflow(origin)
            return isBeyond ? nil : start
        }
        guard origin == 0 else { return nil }
        let midnight = time.roundedDown(toMultipleOf: CivilTime.microsecondsPerDay)
        let date = CivilTime.civil(fromDays: midnight / CivilTime.microsecondsPerDay)
        // Months are counted from 1970, so that quarters and decades begin where people expect.
        let month = ((date.year - 1970) * 12 + Int64(date.month - 1))
            .roundedDown(toMultipleOf: Int64(months))
        let year = 1970 + month.roundedDown(toMultipleOf: 12) / 12
        let days = CivilTime.days(
            year: year, month: Int(month - month.roundedDown(toMultipleOf: 12)) + 1, day: 1)
        let (start, overflow) = days.multipliedReportingOverflow(by: CivilTime.microsecondsPerDay)
        return overflow ? nil : start
    }
}

extension TimeField {
    /// The field EXTRACT reads directly; nil for those computed from others, such as DOW.
    init?(_ unit: Syntax.TimeUnit) {
        switch unit {
        case .decade, .century, .dayOfWeek: return nil
        default: self.init(rawValue: unit.rawValue)
        }
    }
}
