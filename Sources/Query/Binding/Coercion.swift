import Segments

/// The implicit conversions, all of them.
///
/// A constant text becomes whatever it meets; NULL has every type; numbers widen from BIGINT to
/// DECIMAL to DOUBLE; DATE widens to TIMESTAMP. Everything else takes a CAST. `docs/sql.md` has
/// the same rules for people.
enum Coercion {
    /// `expression` as `type`: unchanged if it is of it, folded if it is a constant.
    ///
    /// - Throws: `invalid_cast` for a constant that does not convert.
    static func convert(
        _ expression: BoundExpression, to type: LogicalType, at range: SourceRange,
        onFailure: CastFailure = .error
    ) throws(QueryError) -> BoundExpression {
        guard expression.type != type else { return expression }
        guard let value = expression.constant else {
            return .cast(expression, to: type, onFailure: onFailure, at: range)
        }
        if let converted = value.converted(to: type) { return .literal(converted, type) }
        if onFailure == .null { return .literal(.null, type) }
        throw QueryError(
            .invalidCast, "'\(value)' is no \(type)", at: range, hint: example(of: type))
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
        _ right: (expression: BoundExpression, range: SourceRange), at range: SourceRange
    ) throws(QueryError) -> (BoundExpression, BoundExpression) {
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
            try convert(left.expression, to: common, at: left.range),
            try convert(right.expression, to: common, at: right.range)
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
