import Segments

/// The functions and operators that a bound expression calls, one case per behaviour.
///
/// NULL in gives NULL out unless a case says otherwise. Operand types are settled by the binder.
public enum ScalarFunction: Hashable, Sendable {
    // Arithmetic: operands and result are BIGINT, DOUBLE, or DECIMAL. Overflow is an error.
    case add, subtract, multiply
    /// BIGINT by BIGINT cuts towards zero; division by zero is an error for exact types.
    case divide
    /// The remainder has the sign of the dividend.
    case modulo
    case negate
    case absolute, sign, floor, ceiling, squareRoot, power, naturalLogarithm, logarithm10
    case exponential
    /// The second operand is the number of digits kept, a constant; half away from zero.
    case round(digits: Int)
    case truncate(digits: Int)
    /// NULL instead of an error where the divisor is zero.
    case safeDivide
    /// NULL operands are passed over; NULL only if all are.
    case greatest, least

    // Strings. Positions and lengths count characters from 1.
    case lower, upper, length, concatenate, replace, reverse, repeated
    /// `(text, start, count?)`
    case substring
    case left, right
    /// `(text, characters)`; both, the front or the end.
    case trim, trimLeading, trimTrailing
    /// `(text, count, fill)`
    case padLeft, padRight
    /// `(text, part)`: position of the first occurrence, 0 if there is none.
    case position
    case startsWith, endsWith, contains

    // Choice.
    /// The first operand that is not NULL.
    case coalesce
    /// NULL if both are equal, else the first.
    case nullIf

    // Time. TIMESTAMP in microseconds.
    case timeFloor(TimeStep), timeCeiling(TimeStep)
    /// `(timestamp, count)`: moves by `count` steps.
    case timeShift(TimeStep)
    /// BIGINT out of a TIMESTAMP.
    case extract(TimeField)
    /// Whole steps from the first operand to the second.
    case timeDifference(TimeField)
    /// TIMESTAMP from BIGINT and back.
    case fromMilliseconds, toMilliseconds
    /// NULL where the text is no RFC 3339 instant.
    case parseTime
    /// A TIMESTAMP as ISO 8601 text.
    case formatTime

    // Arrays and JSON.
    /// `(array, element)`
    case arrayContains
    case arrayLength
    /// `(array, array)`: whether they share an element.
    case arrayOverlaps
    /// The scalar at a path of member names, as text; NULL where there is none or it is no scalar.
    case jsonValue(path: [Text])
    /// What lies at a path of member names, as JSON; NULL where there is nothing or JSON's null.
    case jsonQuery(path: [Text])
}

/// A calendar step: whole months, or whole microseconds, never both.
public struct TimeStep: Hashable, Sendable {
    /// Months of the step; years are twelve of them. 0 for a step of fixed length.
    public var months: Int
    /// Length of a fixed step in microseconds; 0 for a step of months.
    public var microseconds: Int64
    /// Where steps are counted from: microseconds since 1970. Weeks count from a Monday.
    public var origin: Int64

    /// A step; exactly one of `months` and `microseconds` is above 0.
    public init(months: Int = 0, microseconds: Int64 = 0, origin: Int64 = 0) {
        precondition((months > 0) != (microseconds > 0))
        self.months = months
        self.microseconds = microseconds
        self.origin = origin
    }
}

/// A part of a timestamp.
public enum TimeField: String, Hashable, Sendable, CaseIterable {
    case microsecond = "MICROSECOND"
    case millisecond = "MILLISECOND"
    case second = "SECOND"
    case minute = "MINUTE"
    case hour = "HOUR"
    case day = "DAY"
    /// 1 is Monday (`DOW` counts Sunday as 0 and is bound as arithmetic on this).
    case isoDayOfWeek = "ISODOW"
    case dayOfYear = "DOY"
    case week = "WEEK"
    case month = "MONTH"
    case quarter = "QUARTER"
    case year = "YEAR"
    case epoch = "EPOCH"
}
