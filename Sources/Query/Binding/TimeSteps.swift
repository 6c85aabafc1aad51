import Segments

extension TimeStep {
    /// Weeks are counted from Monday, 1970-01-05.
    private static let weekOrigin = 4 * CivilTime.microsecondsPerDay

    /// Centuries and millennia begin with their year 1.
    private static let centuryOrigin =
        CivilTime.days(year: 2001, month: 1, day: 1) * CivilTime.microsecondsPerDay

    /// The same step on the clock of `zone`.
    ///
    /// - Parameter isCivil: Whether it is a step of the calendar: a day, not 24 hours.
    func on(_ zone: TimeZone, isCivil: Bool) -> TimeStep {
        guard !zone.isUTC else { return self }
        var step = self
        step.zone = zone
        step.isCivil = isCivil
        return step
    }

    /// One of a unit, on the clock of `zone`; nil for parts of a time only, such as DOW.
    init?(_ unit: Syntax.TimeUnit, in zone: TimeZone) {
        self.init(unit)
        let isCivil = months > 0 || microseconds >= CivilTime.microsecondsPerDay
        self = on(zone, isCivil: isCivil)
    }

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
        case .century: self.init(months: 1_200, origin: Self.centuryOrigin)
        case .millennium: self.init(months: 12_000, origin: Self.centuryOrigin)
        case .isoYear, .epoch, .dayOfWeek, .isoDayOfWeek, .dayOfYear: return nil
        }
    }

    /// The step of an ISO 8601 period such as `PT15M`, `P1D`, `P3M` or `P1Y6M`.
    ///
    /// - Returns: nil for another text, a zero or huge period, and one that mixes months with parts
    ///   of fixed length.
    init?(isoPeriod text: String, in zone: TimeZone = .utc) {
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
        self = on(zone, isCivil: !isTime)
    }
}

extension TimeField {
    /// The field EXTRACT reads directly; nil for those computed from others, such as DOW.
    init?(_ unit: Syntax.TimeUnit) {
        switch unit {
        case .decade, .century, .millennium, .dayOfWeek: return nil
        default: self.init(rawValue: unit.rawValue)
        }
    }
}
