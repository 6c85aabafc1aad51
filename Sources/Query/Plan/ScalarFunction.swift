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

    /// One DOUBLE in, one out.
    case math(MathFunction)
    /// `(y, x)`: the angle of a point.
    case arcTangent2
    /// `(base, x)`
    case logarithm
    case bits(BitFunction)
    /// A BIGINT as text with a unit.
    case readable(ReadableUnit, digits: Int)

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

    case containsIgnoringCase, capitalised
    /// `(text, delimiter, number)`
    case splitPart
    /// `(text, pattern)`: LIKE with a pattern that is no constant.
    case like(ignoresCase: Bool, escape: Unicode.Scalar?)
    case regexMatches(Regex)
    /// What a group of the first match holds; NULL without match.
    case regexExtract(Regex, group: Int)
    case regexReplace(Regex, RegexReplacement)
    /// In hexadecimal.
    case digest(Digest)
    case encode(TextCoding)
    /// NULL where nothing, or no text, is coded so.
    case decode(TextCoding)

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
    /// A TIMESTAMP from a text of that form; where it has another, an error if the function is
    /// strict, else NULL.
    case parseTime(TimeFormat, isStrict: Bool)
    /// A TIMESTAMP as text.
    case formatTime(TimeFormat)
    /// What a zone's clock shows at an instant, as if it were UTC.
    case localTime(TimeZone)
    /// The instant at which a zone's clock shows a time.
    case instant(TimeZone)

    // Arrays and JSON.
    /// `(array, element)`
    case arrayContains
    case arrayLength
    /// `(array, array)`: whether they share an element.
    case arrayOverlaps
    /// An array of the operands; NULL operands are elements.
    case arrayOf
    /// `(array, index)`, counted from `first`; NULL beyond the ends.
    case arrayElement(first: Int64)
    /// `(array, element)`: its first index; NULL where it is not in.
    case arrayPosition(first: Int64)
    /// `(array, start, end?)`: elements from `start` (0) up to `end`.
    case arraySlice
    /// `(array, array)`
    case arrayConcatenate
    /// `(array, separator)`: elements that are not NULL.
    case arrayToText
    /// `(text, separator)`
    case textToArray
    /// The scalar at a path of member names, as text; NULL where there is none or it is no scalar.
    case jsonValue(path: [Text])
    /// What lies at a path of member names, as JSON; NULL where there is nothing or JSON's null.
    case jsonQuery(path: [Text])
    /// The names of the members of the object at a path; NULL where there is none.
    case jsonKeys(path: [Text])
    case jsonPaths
    /// An object of the operands, NULL as `null`.
    case jsonObject(keys: [Text])
    /// Any value as JSON, in a text.
    case toJSON
    /// A text as JSON; where it is none, an error if the function is strict, else NULL.
    case parseJSON(isStrict: Bool)
}

/// A calendar step: whole months, or whole microseconds, never both.
public struct TimeStep: Hashable, Sendable {
    /// Months of the step; years are twelve of them. 0 for a step of fixed length.
    public var months: Int
    /// Length of a fixed step in microseconds; 0 for a step of months.
    public var microseconds: Int64
    /// Where steps are counted from: microseconds since 1970, on the zone's clock. Weeks count from
    /// a Monday.
    public var origin: Int64
    /// On whose clock steps begin; `nil` for UTC, which is the same for every step.
    public var zone: TimeZone?
    /// Whether a move by the step is one on the calendar of a zone: a day is a day there, though it
    /// may have 23 hours. Only with a zone.
    public var isCivil = false

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
    /// The year of the week's Thursday.
    case weekYear = "ISOYEAR"
    case epoch = "EPOCH"
}
