import Query
import Segments

/// The time functions, by counting months and days.
enum ReferenceTimes {
    private static let day = CivilTime.microsecondsPerDay

    static func apply(
        _ function: ScalarFunction, _ values: [Value]
    ) throws(ReferenceFailure) -> Value? {
        if case .fromMilliseconds = function, case .bigint(let value) = values[0] {
            return .timestamp(try fitted(Int128(value) * 1_000))
        }
        let time: Int64
        switch values[0] {
        case .timestamp(let value): time = value
        case .date(let value): time = try fitted(Int128(value) * Int128(day))
        default: return nil
        }
        switch function {
        case .timeFloor(let step): return .timestamp(try floor(time, step))
        case .timeCeiling(let step):
            let floor = try floor(time, step)
            return .timestamp(floor == time ? time : try shifted(floor, step, 1))
        case .timeShift(let step):
            guard case .bigint(let count) = values[1] else { return nil }
            return .timestamp(try shifted(time, step, count))
        case .extract(let field): return .bigint(extract(field, time))
        case .timeDifference(let field):
            guard case .timestamp(let other) = values[1] else { return nil }
            return .bigint(try difference(field, time, other))
        case .toMilliseconds: return .bigint(floorDivide(time, 1_000))
        case .formatTime: return .varchar(Text(CivilTime.iso8601(microseconds: time)))
        default: return nil
        }
    }

    private static func fitted(_ value: Int128) throws(ReferenceFailure) -> Int64 {
        guard let result = Int64(exactly: value) else { throw ReferenceFailure(code: .overflow) }
        return result
    }

    private static func floorDivide(_ value: Int64, _ divisor: Int64) -> Int64 {
        let quotient = value / divisor
        return value % divisor < 0 ? quotient - 1 : quotient
    }

    private static func floor(_ time: Int64, _ step: TimeStep) throws(ReferenceFailure) -> Int64 {
        if step.months == 0 {
            let offset = Int128(time) - Int128(step.origin)
            let size = Int128(step.microseconds)
            var count = offset / size
            if offset % size < 0 { count -= 1 }
            return try fitted(count * size + Int128(step.origin))
        }
        let date = CivilTime.civil(fromDays: floorDivide(time, day))
        let months = (date.year - 1970) * 12 + Int64(date.month - 1)
        let start = floorDivide(months, Int64(step.months)) * Int64(step.months)
        return try fitted(Int128(firstDay(ofMonth: start)) * Int128(day))
    }

    /// Months count from January 1970.
    private static func firstDay(ofMonth months: Int64) -> Int64 {
        let year = floorDivide(months, 12)
        return CivilTime.days(year: 1970 + year, month: Int(months - year * 12) + 1, day: 1)
    }

    private static func shifted(
        _ time: Int64, _ step: TimeStep, _ count: Int64
    ) throws(ReferenceFailure) -> Int64 {
        if step.months == 0 {
            let (distance, overflow) = Int128(step.microseconds)
                .multipliedReportingOverflow(by: Int128(count))
            guard !overflow else { throw ReferenceFailure(code: .overflow) }
            return try fitted(Int128(time) + distance)
        }
        let (distance, overflow) = Int64(step.months).multipliedReportingOverflow(by: count)
        guard !overflow, distance.magnitude < 12 * 400_000 else {
            throw ReferenceFailure(code: .overflow)
        }
        let days = floorDivide(time, day)
        let date = CivilTime.civil(fromDays: days)
        let first = firstDay(ofMonth: (date.year - 1970) * 12 + Int64(date.month - 1) + distance)
        let target = CivilTime.civil(fromDays: first)
        let last = CivilTime.dayCount(year: target.year, month: target.month)
        let moved = first + Int64(min(date.day, last) - 1)
        return try fitted(Int128(moved) * Int128(day) + Int128(time) - Int128(days) * Int128(day))
    }

    private static func extract(_ field: TimeField, _ time: Int64) -> Int64 {
        let days = floorDivide(time, day)
        let ofDay = time &- days &* day
        let date = CivilTime.civil(fromDays: days)
        let january = CivilTime.days(year: date.year, month: 1, day: 1)
        switch field {
        case .microsecond: return ofDay % 1_000_000
        case .millisecond: return ofDay / 1_000 % 1_000
        case .second: return ofDay / 1_000_000 % 60
        case .minute: return ofDay / 60_000_000 % 60
        case .hour: return ofDay / 3_600_000_000
        case .day: return Int64(date.day)
        case .isoDayOfWeek: return weekday(days)
        case .dayOfYear: return days - january + 1
        case .week:
            // The week belongs to the year of its Thursday.
            let thursday = days - weekday(days) + 4
            let year = CivilTime.civil(fromDays: thursday).year
            return (thursday - CivilTime.days(year: year, month: 1, day: 1)) / 7 + 1
        case .month: return Int64(date.month)
        case .quarter: return Int64((date.month - 1) / 3 + 1)
        case .year: return date.year
        case .weekYear: return CivilTime.civil(fromDays: days - weekday(days) + 4).year
        case .epoch: return floorDivide(time, 1_000_000)
        }
    }

    private static func weekday(_ days: Int64) -> Int64 {
        days - floorDivide(days + 3, 7) * 7 + 4
    }

    private static func difference(
        _ field: TimeField, _ from: Int64, _ to: Int64
    ) throws(ReferenceFailure) -> Int64 {
        let unit: Int64
        switch field {
        case .microsecond: unit = 1
        case .millisecond: unit = 1_000
        case .second, .epoch: unit = 1_000_000
        case .minute: unit = 60_000_000
        case .hour: unit = 3_600_000_000
        case .day, .isoDayOfWeek, .dayOfYear: unit = day
        case .week: unit = 7 * day
        case .month: return try months(from, to)
        case .quarter: return try months(from, to) / 3
        case .year, .weekYear: return try months(from, to) / 12
        }
        return try fitted((Int128(to) - Int128(from)) / Int128(unit))
    }

    private static func months(_ from: Int64, _ to: Int64) throws(ReferenceFailure) -> Int64 {
        if to < from { return -(try months(to, from)) }
        let one = CivilTime.civil(fromDays: floorDivide(from, day))
        let other = CivilTime.civil(fromDays: floorDivide(to, day))
        let count = (other.year - one.year) * 12 + Int64(other.month - one.month)
        let moved = try? shifted(from, TimeStep(months: 1), count)
        return moved.map { $0 <= to } ?? false ? count : count - 1
    }
}
