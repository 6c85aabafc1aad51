import Segments

/// Calendar arithmetic on vectors of microseconds since 1970, UTC.
enum TimeKernels {
    /// The start of the step that holds each time; `nil` where a valid row's is not representable.
    ///
    /// Times in a vector are often close to one another: the last step found is tried first, which
    /// leaves one division per step and not per row.
    static func floor(_ times: [Int64], _ step: TimeStep, validity: Bitmap?) -> [Int64]? {
        var result = [Int64](repeating: 0, count: times.count)
        var output = result.mutableSpan
        let input = times.span
        var last = Step(start: 0, from: 1, end: 0)
        for row in 0..<input.count {
            let time = input[row]
            if time < last.from || time >= last.end {
                if let found = self.step(of: time, step) {
                    last = found
                } else if validity.map({ $0[row] }) ?? true {
                    return nil
                } else {
                    continue
                }
            }
            output[row] = last.start
        }
        return result
    }

    /// The step that holds `time`, and what else is in it; `nil` where it is not representable.
    static func step(of time: Int64, _ step: TimeStep) -> Step? {
        if let zone = step.zone { return self.step(of: time, step, in: zone) }
        return bounds(of: time, step).map { Step(start: $0.start, from: $0.start, end: $0.end) }
    }

    /// The step in UTC that holds `time`: its start, and the start of the next (or the last
    /// instant).
    static func bounds(of time: Int64, _ step: TimeStep) -> (start: Int64, end: Int64)? {
        if step.months == 0 {
            let offset = time.subtractingReportingOverflow(step.origin)
            guard !offset.overflow else { return nil }
            let rest = offset.partialValue % step.microseconds
            let start = time.subtractingReportingOverflow(
                rest < 0 ? rest + step.microseconds : rest)
            guard !start.overflow else { return nil }
            let end = start.partialValue.addingReportingOverflow(step.microseconds)
            return (start.partialValue, end.overflow ? .max : end.partialValue)
        }
        if step.origin != 0 { return monthBounds(of: time, step) }
        let size = Int64(step.months)
        let month = monthIndex(of: time).roundedDown(toMultipleOf: size)
        guard let start = startOfMonth(month) else { return nil }
        return (start, startOfMonth(month + size) ?? .max)
    }

    /// The step of months that holds `time`, counted from an origin inside a month.
    private static func monthBounds(
        of time: Int64, _ step: TimeStep
    ) -> (start: Int64, end: Int64)? {
        let size = Int64(step.months)
        let distance = monthIndex(of: time) - monthIndex(of: step.origin)
        var count = distance.roundedDown(toMultipleOf: size) / size
        guard var start = shift(step.origin, step, by: count) else { return nil }
        if start > time {
            count -= 1
            guard let earlier = shift(step.origin, step, by: count) else { return nil }
            start = earlier
        }
        return (start, shift(step.origin, step, by: count + 1) ?? .max)
    }

    /// The start of the next step, or the time itself where it begins one; `nil` on overflow.
    static func ceiling(_ time: Int64, _ step: TimeStep) -> Int64? {
        if let zone = step.zone { return ceiling(time, step, in: zone) }
        guard let bounds = bounds(of: time, step) else { return nil }
        if bounds.start == time { return time }
        return bounds.end < .max ? bounds.end : nil
    }

    /// `time` moved by `count` steps; a day that a month lacks becomes its last. `nil` on overflow.
    static func shift(_ time: Int64, _ step: TimeStep, by count: Int64) -> Int64? {
        if let zone = step.zone { return shift(time, step, by: count, in: zone) }
        if step.months == 0 {
            let distance = step.microseconds.multipliedReportingOverflow(by: count)
            let moved = time.addingReportingOverflow(distance.partialValue)
            return distance.overflow || moved.overflow ? nil : moved.partialValue
        }
        let distance = Int64(step.months).multipliedReportingOverflow(by: count)
        guard !distance.overflow, distance.partialValue.magnitude < maximumMonths else {
            return nil
        }
        let midnight = days(of: time)
        let day = CivilTime.civil(fromDays: midnight).day
        let month = monthIndex(of: time) + distance.partialValue
        let year = 1970 + month.roundedDown(toMultipleOf: 12) / 12
        let ofYear = Int(month - month.roundedDown(toMultipleOf: 12)) + 1
        let last = CivilTime.dayCount(year: year, month: ofYear)
        let moved = CivilTime.days(year: year, month: ofYear, day: min(day, last))
            .multipliedReportingOverflow(by: CivilTime.microsecondsPerDay)
        let ofDay = time &- midnight &* CivilTime.microsecondsPerDay
        let result = moved.partialValue.addingReportingOverflow(ofDay)
        return moved.overflow || result.overflow ? nil : result.partialValue
    }

    /// A part of a time.
    static func extract(_ field: TimeField, _ time: Int64) -> Int64 {
        let day = days(of: time)
        let ofDay = time &- day &* CivilTime.microsecondsPerDay
        switch field {
        case .microsecond: return ofDay % CivilTime.microsecondsPerSecond
        case .millisecond: return ofDay / 1_000 % 1_000
        case .second: return ofDay / CivilTime.microsecondsPerSecond % 60
        case .minute: return ofDay / CivilTime.microsecondsPerMinute % 60
        case .hour: return ofDay / CivilTime.microsecondsPerHour
        case .day: return Int64(CivilTime.civil(fromDays: day).day)
        case .isoDayOfWeek: return weekday(day)
        case .dayOfYear: return dayOfYear(day)
        case .week: return (dayOfYear(day - weekday(day) + 4) - 1) / 7 + 1
        case .month: return Int64(CivilTime.civil(fromDays: day).month)
        case .quarter: return Int64((CivilTime.civil(fromDays: day).month + 2) / 3)
        case .year: return CivilTime.civil(fromDays: day).year
        case .weekYear: return CivilTime.civil(fromDays: day - weekday(day) + 4).year
        case .epoch:
            return floorDivide(time, CivilTime.microsecondsPerSecond)
        }
    }

    /// Whole steps from one time to another, cut towards zero; `nil` on overflow.
    static func difference(_ field: TimeField, from: Int64, to: Int64) -> Int64? {
        switch field {
        case .month: return months(from: from, to: to)
        case .quarter: return months(from: from, to: to).map { $0 / 3 }
        case .year: return months(from: from, to: to).map { $0 / 12 }
        default: break
        }
        let difference = to.subtractingReportingOverflow(from)
        guard difference.overflow else { return difference.partialValue / microseconds(of: field) }
        return Int64(exactly: (Int128(to) - Int128(from)) / Int128(microseconds(of: field)))
    }

    private static func microseconds(of field: TimeField) -> Int64 {
        switch field {
        case .millisecond: 1_000
        case .second, .epoch: CivilTime.microsecondsPerSecond
        case .minute: CivilTime.microsecondsPerMinute
        case .hour: CivilTime.microsecondsPerHour
        case .day, .isoDayOfWeek, .dayOfYear: CivilTime.microsecondsPerDay
        case .week: 7 * CivilTime.microsecondsPerDay
        default: 1
        }
    }

    private static func months(from: Int64, to: Int64) -> Int64? {
        if to < from { return months(from: to, to: from).map { -$0 } }
        let count = monthIndex(of: to) - monthIndex(of: from)
        guard let moved = shift(from, TimeStep(months: 1), by: count), moved <= to else {
            return count - 1
        }
        return count
    }

    /// More months than the representable range of times has.
    private static let maximumMonths: UInt64 = 12 * 400_000

    /// The quotient rounded down; exact at both ends of the range.
    static func floorDivide(_ value: Int64, _ divisor: Int64) -> Int64 {
        let (quotient, rest) = value.quotientAndRemainder(dividingBy: divisor)
        return rest < 0 ? quotient - 1 : quotient
    }

    private static func days(of time: Int64) -> Int64 {
        floorDivide(time, CivilTime.microsecondsPerDay)
    }

    /// Months since January 1970.
    private static func monthIndex(of time: Int64) -> Int64 {
        let date = CivilTime.civil(fromDays: days(of: time))
        return (date.year - 1970) * 12 + Int64(date.month - 1)
    }

    private static func startOfMonth(_ month: Int64) -> Int64? {
        let first = month.roundedDown(toMultipleOf: 12)
        let days = CivilTime.days(year: 1970 + first / 12, month: Int(month - first) + 1, day: 1)
        let start = days.multipliedReportingOverflow(by: CivilTime.microsecondsPerDay)
        return start.overflow ? nil : start.partialValue
    }

    private static func weekday(_ day: Int64) -> Int64 {
        day - (day + 3).roundedDown(toMultipleOf: 7) + 4
    }

    private static func dayOfYear(_ day: Int64) -> Int64 {
        day - CivilTime.days(year: CivilTime.civil(fromDays: day).year, month: 1, day: 1) + 1
    }
}
