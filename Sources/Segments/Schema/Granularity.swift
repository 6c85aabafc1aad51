/// The calendar step of a table's time chunks, in UTC.
public enum Granularity: String, Hashable, Sendable, CaseIterable {
    case hour = "HOUR"
    case day = "DAY"
    /// ISO weeks: Monday to Sunday.
    case week = "WEEK"
    case month = "MONTH"
    case year = "YEAR"
    /// A table without a timestamp has one chunk for everything.
    case all = "ALL"

    /// The chunk that holds `time`: half open, in microseconds, clamped to the representable range.
    public func chunk(containing time: Int64) -> TimeRange {
        switch self {
        case .hour: fixedStep(time, CivilTime.microsecondsPerHour, offset: 0)
        case .day: fixedStep(time, CivilTime.microsecondsPerDay, offset: 0)
        case .week:
            // 1970-01-01 was a Thursday: Mondays lie 3 days before a multiple of 7 days.
            fixedStep(
                time, 7 * CivilTime.microsecondsPerDay, offset: -3 * CivilTime.microsecondsPerDay)
        case .month: monthStep(time, months: 1)
        case .year: monthStep(time, months: 12)
        case .all: .everything
        }
    }

    private func fixedStep(_ time: Int64, _ step: Int64, offset: Int64) -> TimeRange {
        let shifted = time.subtractingReportingOverflow(offset)
        guard !shifted.overflow else { return .everything }
        let start = shifted.partialValue.roundedDown(toMultipleOf: step)
            .addingReportingOverflow(offset)
        let end = start.partialValue.addingReportingOverflow(step)
        return TimeRange(
            start: start.overflow ? .min : start.partialValue,
            end: end.overflow ? .max : end.partialValue)
    }

    private func monthStep(_ time: Int64, months: Int) -> TimeRange {
        let days =
            time.roundedDown(toMultipleOf: CivilTime.microsecondsPerDay)
            / CivilTime.microsecondsPerDay
        let date = CivilTime.civil(fromDays: days)
        let month = months == 12 ? 1 : date.month
        let next = date.year * 12 + Int64(month - 1) + Int64(months)
        let start = CivilTime.days(year: date.year, month: month, day: 1)
        let end = CivilTime.days(
            year: next.roundedDown(toMultipleOf: 12) / 12,
            month: Int(next - next.roundedDown(toMultipleOf: 12)) + 1, day: 1)
        return TimeRange(
            start: start.multipliedClamping(by: CivilTime.microsecondsPerDay),
            end: end.multipliedClamping(by: CivilTime.microsecondsPerDay))
    }
}

/// A half-open range of microseconds since 1970, UTC.
public struct TimeRange: Hashable, Sendable {
    /// The first microsecond.
    public let start: Int64
    /// One past the last microsecond.
    public let end: Int64

    /// - Precondition: `start <= end`.
    public init(start: Int64, end: Int64) {
        precondition(start <= end, "a time range cannot be inverted")
        self.start = start
        self.end = end
    }

    /// Every representable instant.
    public static let everything = TimeRange(start: .min, end: .max)

    /// Whether `time` lies inside. The last chunk of time includes its end, which nothing follows.
    public func contains(_ time: Int64) -> Bool {
        start <= time && (time < end || end == .max)
    }

    /// Whether the two share an instant.
    public func overlaps(_ other: TimeRange) -> Bool {
        start < other.end && other.start < end
    }
}

extension Int64 {
    /// The largest multiple of `step` that is not above the value; `Int64.min`'s own multiple where
    /// the exact one is not representable.
    ///
    /// - Precondition: `step > 0`.
    @inlinable
    public func roundedDown(toMultipleOf step: Int64) -> Int64 {
        let remainder = self % step
        if remainder >= 0 { return self &- remainder }
        let below = (self &- remainder).subtractingReportingOverflow(step)
        return below.overflow ? self &- remainder : below.partialValue
    }

    /// The product, or the nearest bound where it does not fit.
    @inlinable
    public func multipliedClamping(by factor: Int64) -> Int64 {
        let product = multipliedReportingOverflow(by: factor)
        guard product.overflow else { return product.partialValue }
        return (self < 0) == (factor < 0) ? .max : .min
    }
}
