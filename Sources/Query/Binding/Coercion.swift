import Segments

/// The implicit conversions, all of them.
///
/// A constant text becomes whatever it meets; NULL has every type; numbers widen from BIGINT to
/// DECIMAL to DOUBLE; DATE widens to TIMESTAMP. Everything else takes a CAST. `docs/sql.md` has
/// the same rules for people.
enum Coercion {
    /// `expression` as `type`: unchanged if it is of it, folded if it is a constant.
    ///
    /// An implicit conversion of a constant text keeps all it says; only an explicit CAST rounds
    /// digits and cuts the time off a date. Texts, days and instants are those of the clock of
    /// `zone`.
    ///
    /// - Throws: `invalid_cast` for a constant that does not convert.
    static func convert(
        _ expression: BoundExpression, to type: LogicalType, at range: SourceRange,
        onFailure: CastFailure = .error, isExplicit: Bool = false, in zone: TimeZone = .utc
    ) throws(QueryError) -> BoundExpression {
        guard expression.type != type else { return expression }
        if !zone.isUTC, !expression.isNullConstant,
            let converted = onClock(expression, to: type, at: range, onFailure, zone)
        {
            return converted
        }
        guard let value = expression.constant else {
            return .cast(expression, to: type, onFailure: onFailure, at: range)
        }
        let isExact =
            isExplicit || expression.constantText.map { saysNoMore($0, than: type) } ?? true
        if isExact, let converted = value.converted(to: type) { return .literal(converted, type) }
        if onFailure == .null { return .literal(.null, type) }
        throw QueryError(
            .invalidCast, "'\(value)' is no \(type)", at: range, hint: example(of: type))
    }

    /// What a conversion is on the clock of a zone; nil where clocks do not matter.
    private static func onClock(
        _ expression: BoundExpression, to type: LogicalType, at range: SourceRange,
        _ onFailure: CastFailure, _ zone: TimeZone
    ) -> BoundExpression? {
        func call(
            _ function: ScalarFunction, _ operand: BoundExpression, _ type: LogicalType
        ) -> BoundExpression {
            ConstantFolding.call(function, [operand], type: type, at: range)
        }
        switch (expression.type, type) {
        case (.varchar, .timestamp):
            let format = TimeFormat(zone: zone)
            return call(.parseTime(format, isStrict: onFailure == .error), expression, type)
        case (.timestamp, .varchar):
            return call(.formatTime(TimeFormat(zone: zone)), expression, type)
        case (.date, .timestamp):
            let midnight = try? convert(expression, to: .timestamp, at: range)
            return midnight.map { call(.instant(zone), $0, type) }
        case (.timestamp, .date):
            let shown = call(.localTime(zone), expression, .timestamp)
            return try? convert(shown, to: .date, at: range)
        default: return nil
        }
    }

    /// Whether nothing of a text is lost in a value of `type`.
    static func saysNoMore(_ text: Text, than type: LogicalType) -> Bool {
        switch type {
        case .decimal(_, let scale):
            Decimal(parsing: text.bytes).map { $0.rescaled(to: scale) != nil } ?? true
        case .date: CivilTime.parseTimestamp(text.bytes.span) == nil || isDate(text)
        default: true
        }
    }

    private static func isDate(_ text: Text) -> Bool {
        CivilTime.parseDate(text.bytes.span) != nil
    }

    /// A constant text beside a number or a date as what it says: `fee > '1.005'` compares with
    /// 1.005 though the column has two digits, `day < '2026-01-01 12:00'` with noon.
    ///
    /// - Parameter onFailure: What a text that is no number becomes.
    static func read(
        _ expression: BoundExpression, beside type: LogicalType, at range: SourceRange,
        onFailure: CastFailure = .error, in zone: TimeZone
    ) throws(QueryError) -> BoundExpression {
        guard let text = expression.constantText else { return expression }
        if type == .date, !saysNoMore(text, than: .date) {
            return try convert(expression, to: .timestamp, at: range, in: zone)
        }
        guard type.isNumeric else { return expression }
        guard let decimal = Decimal(parsing: text.bytes) else {
            // Texts such as 'x' are refused by the type they stand beside, 1e3 is a number.
            let isNumber = expression.constant?.converted(to: .double) != nil
            return try convert(
                expression, to: isNumber ? .double : type, at: range, onFailure: onFailure)
        }
        if decimal.scale == 0, let integer = Int64(exactly: decimal.unscaled) {
            return .literal(.bigint(integer), .bigint)
        }
        return .literal(.decimal(decimal), Binder.type(of: decimal))
    }

    /// In Druid's dialect, a text that is no constant as the kind of number it stands beside: NULL
    /// where it says none. Anything else as it is.
    static func asNumber(
        _ text: BoundExpression, beside other: BoundExpression, at range: SourceRange
    ) -> BoundExpression {
        guard text.type == .varchar, text.constant == nil, other.type.isNumeric else { return text }
        let type: LogicalType = other.type == .bigint ? .bigint : .double
        return .cast(text, to: type, onFailure: .null, at: range)
    }

    /// How a constant of the type is written.
    static func example(of type: LogicalType) -> String? {
        switch type {
        case .timestamp: "a timestamp is written '2026-01-31 23:59:59'"
        case .date: "a date is written '2026-01-31'"
        case .bigint: "a BIGINT is a whole number between -2^63 and 2^63 - 1"
        case .boolean: "a boolean is TRUE or FALSE"
        case .decimal(let precision, let scale):
            "\(type) has \(precision - scale) digits before and \(scale) after the point"
        default: nil
        }
    }

    /// The type both of two expressions can take without loss of meaning; nil if there is none.
    static func commonType(_ left: BoundExpression, _ right: BoundExpression) -> LogicalType? {
        if left.isNullConstant { return right.type }
        if right.isNullConstant { return left.type }
        if left.type == right.type { return left.type }
        if left.constantText != nil, right.type != .json { return right.type }
        if right.constantText != nil, left.type != .json { return left.type }
        return commonType(left.type, right.type)
    }

    /// The type of a value that may be of either type; nil if there is none.
    static func commonType(_ left: LogicalType, _ right: LogicalType) -> LogicalType? {
        switch (left, right) {
        case _ where left == right: return left
        case (.timestamp, .date), (.date, .timestamp): return .timestamp
        case _ where left.isNumeric && right.isNumeric:
            guard left != .double, right != .double else { return .double }
            let (one, other) = (digits(of: left), digits(of: right))
            let scale = max(one.scale, other.scale)
            let whole = max(one.precision - one.scale, other.precision - other.scale)
            return .decimal(
                precision: min(LogicalType.maximumDecimalPrecision, whole + scale), scale: scale)
        default: return nil
        }
    }

    /// Digits of an exact number: a BIGINT has 19.
    static func digits(of type: LogicalType) -> (precision: Int, scale: Int) {
        if case .decimal(let precision, let scale) = type { return (precision, scale) }
        return (19, 0)
    }

    /// Both sides of a comparison, of one type or exact numbers of one scale.
    ///
    /// A constant takes the other side's type where it fits exactly, so that columns are compared
    /// as they are stored.
    ///
    /// - Throws: `type_mismatch` if the types do not compare; `invalid_cast` for a text that is no
    ///   constant of the other side's type.
    static func comparable(
        _ left: (expression: BoundExpression, range: SourceRange),
        _ right: (expression: BoundExpression, range: SourceRange), at range: SourceRange,
        _ options: BindOptions
    ) throws(QueryError) -> (BoundExpression, BoundExpression) {
        var (left, right) = (left, right)
        var onFailure = CastFailure.error
        if options.dialect == .druid {
            onFailure = .null
            left.expression = asNumber(left.expression, beside: right.expression, at: left.range)
            right.expression = asNumber(right.expression, beside: left.expression, at: right.range)
        }
        let zone = options.timeZone
        left.expression = try read(
            left.expression, beside: right.expression.type, at: left.range, onFailure: onFailure,
            in: zone)
        right.expression = try read(
            right.expression, beside: left.expression.type, at: right.range, onFailure: onFailure,
            in: zone)
        guard let common = commonType(left.expression, right.expression) else {
            throw mismatch(left.expression.type, right.expression.type, at: range)
        }
        guard common.isComparable else {
            throw QueryError(
                .typeMismatch, "values of type \(common) cannot be compared", at: range,
                hint: common == .json
                    ? "compare a part of it: JSON_VALUE(x, '$.path')" : "use ARRAY_CONTAINS")
        }
        if let exact = exactConstant(left.expression, as: right.expression.type) {
            return (exact, right.expression)
        }
        if let exact = exactConstant(right.expression, as: left.expression.type) {
            return (left.expression, exact)
        }
        let types = (left.expression.type, right.expression.type)
        if types.0.isExactNumeric, types.1.isExactNumeric, types.0.scale == types.1.scale {
            return (left.expression, right.expression)
        }
        return (
            try convert(left.expression, to: common, at: left.range, in: zone),
            try convert(right.expression, to: common, at: right.range, in: zone)
        )
    }

    /// A numeric constant as `type`, if that is exact; nil for other expressions and types.
    static func exactConstant(
        _ expression: BoundExpression, as type: LogicalType
    ) -> BoundExpression? {
        guard let value = expression.constant, expression.type != type, type.isExactNumeric else {
            return nil
        }
        let decimal: Decimal
        switch value {
        case .bigint(let integer): decimal = Decimal(unscaled: Int128(integer), scale: 0)
        case .decimal(let exact): decimal = exact
        default: return nil
        }
        guard let rescaled = decimal.rescaled(to: type.scale) else { return nil }
        if type == .bigint {
            return Int64(exactly: rescaled.unscaled).map { .literal(.bigint($0), .bigint) }
        }
        guard rescaled.fits(precision: digits(of: type).precision) else { return nil }
        return .literal(.decimal(rescaled), type)
    }

    /// Two types that do not go together.
    static func mismatch(
        _ left: LogicalType, _ right: LogicalType, at range: SourceRange
    ) -> QueryError {
        let hint: String
        switch (left, right) {
        case (.timestamp, .bigint), (.bigint, .timestamp):
            hint = "MILLIS_TO_TIMESTAMP(x) makes a timestamp of a number"
        case (.varchar, _) where right.isNumeric, (_, .varchar) where left.isNumeric:
            hint = "write numbers without quotes, or convert with CAST(x AS VARCHAR)"
        case (.json, _), (_, .json): hint = "read a part of it: JSON_VALUE(x, '$.path')"
        default: hint = "convert one of them with CAST(x AS \(left))"
        }
        return QueryError(
            .typeMismatch, "\(left) and \(right) do not go together here", at: range, hint: hint)
    }
}
