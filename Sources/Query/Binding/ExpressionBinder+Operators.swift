import Segments

/// Arithmetic, comparison and logic.
extension ExpressionBinder {
    mutating func unary(
        _ symbol: Syntax.UnaryOperator, _ operand: Syntax.Expression, at range: SourceRange
    ) throws(QueryError) -> BoundExpression {
        if symbol == .not { return ConstantFolding.not(try condition(operand)) }
        let bound = try bind(operand)
        if bound.isNullConstant {
            return .literal(.null, bound.type.isNumeric ? bound.type : .bigint)
        }
        guard bound.type.isNumeric else {
            throw QueryError(
                .typeMismatch, "\(symbol.rawValue) takes a number, this is \(bound.type)",
                at: operand.range)
        }
        guard symbol == .minus else { return bound }
        return ConstantFolding.call(.negate, [bound], type: bound.type, at: range)
    }

    mutating func binary(
        _ symbol: Syntax.BinaryOperator, _ left: Syntax.Expression, _ right: Syntax.Expression,
        at range: SourceRange
    ) throws(QueryError) -> BoundExpression {
        switch symbol {
        case .equal, .notEqual, .less, .lessOrEqual, .greater, .greaterOrEqual:
            let comparison = Comparison(rawValue: symbol.rawValue) ?? .equal
            return try compare(comparison, left, right, at: range)
        case .concat: return try concatenate([left, right], at: range)
        case .add, .subtract, .multiply, .divide, .remainder:
            if let shifted = try intervalArithmetic(symbol, left, right, at: range) {
                return shifted
            }
            return try arithmetic(
                symbol, (try bind(left), left.range), (try bind(right), right.range), at: range)
        }
    }

    mutating func compare(
        _ comparison: Comparison, _ left: Syntax.Expression, _ right: Syntax.Expression,
        at range: SourceRange
    ) throws(QueryError) -> BoundExpression {
        if case .row(let values) = left.kind, comparison == .equal || comparison == .notEqual {
            let isEqual = try areEqual(values, right, at: range)
            return comparison == .equal ? isEqual : ConstantFolding.not(isEqual)
        }
        let (one, other) = try comparable(
            (try bind(left), left.range), (try bind(right), right.range), at: range)
        return ConstantFolding.compare(comparison, one, other)
    }

    /// `a || b || c` as one call; whatever is no text is written as one.
    mutating func concatenate(
        _ operands: [Syntax.Expression], at range: SourceRange
    ) throws(QueryError) -> BoundExpression {
        var texts: [BoundExpression] = []
        for operand in operands {
            let bound = try bind(operand)
            if case .call(.concatenate, let inner, _, _) = bound {
                texts += inner
            } else {
                texts.append(
                    try Coercion.convert(
                        bound, to: .varchar, at: operand.range, in: options.timeZone))
            }
        }
        return ConstantFolding.call(.concatenate, texts, type: .varchar, at: range)
    }

    /// + - * / % on numbers. `docs/sql.md` states the scales of DECIMAL results.
    func arithmetic(
        _ symbol: Syntax.BinaryOperator,
        _ left: (expression: BoundExpression, range: SourceRange),
        _ right: (expression: BoundExpression, range: SourceRange), at range: SourceRange
    ) throws(QueryError) -> BoundExpression {
        var one = try number(left.expression, beside: right.expression, at: left.range)
        var other = try number(right.expression, beside: left.expression, at: right.range)
        if case .decimal = one.type { other = Self.narrow(other) }
        if case .decimal = other.type { one = Self.narrow(one) }
        guard one.type.isNumeric, other.type.isNumeric else {
            throw notArithmetic(symbol, one.type, other.type, at: range)
        }
        let (function, type) = try Self.arithmeticType(symbol, one.type, other.type, at: range)
        var operands = [one, other]
        for (index, place) in [left.range, right.range].enumerated() {
            // Factors and divisors keep their scales; everything else is brought to the result's.
            var target = type
            if symbol == .multiply || symbol == .divide, type.isExactNumeric, type != .bigint {
                let digits = Coercion.digits(of: operands[index].type)
                target = .decimal(precision: digits.precision, scale: digits.scale)
            }
            operands[index] = try Coercion.convert(operands[index], to: target, at: place)
        }
        return ConstantFolding.call(function, operands, type: type, at: range)
    }

    /// A text constant or NULL beside a number is a number.
    private func number(
        _ expression: BoundExpression, beside other: BoundExpression, at range: SourceRange
    ) throws(QueryError) -> BoundExpression {
        let wanted = other.type.isNumeric ? other.type : LogicalType.bigint
        if expression.isNullConstant { return .literal(.null, wanted) }
        return try Coercion.read(
            expression, beside: other.type, at: range, in: options.timeZone)
    }

    /// A whole constant beside a DECIMAL has its own digits, not the 19 of BIGINT.
    private static func narrow(_ expression: BoundExpression) -> BoundExpression {
        guard case .bigint(let integer)? = expression.constant else { return expression }
        let decimal = Decimal(unscaled: Int128(integer), scale: 0)
        return .literal(.decimal(decimal), Binder.type(of: decimal))
    }

    /// The function and the type of its result.
    static func arithmeticType(
        _ symbol: Syntax.BinaryOperator, _ left: LogicalType, _ right: LogicalType,
        at range: SourceRange
    ) throws(QueryError) -> (ScalarFunction, LogicalType) {
        let function: ScalarFunction =
            switch symbol {
            case .add: .add
            case .subtract: .subtract
            case .multiply: .multiply
            case .divide: .divide
            default: .modulo
            }
        if left == .double || right == .double { return (function, .double) }
        if left == .bigint, right == .bigint { return (function, .bigint) }
        let (one, other) = (Coercion.digits(of: left), Coercion.digits(of: right))
        let scale: Int
        let whole: Int
        switch symbol {
        case .multiply:
            scale = one.scale + other.scale
            whole = one.precision - one.scale + other.precision - other.scale
        case .divide:
            scale = max(6, one.scale)
            whole = one.precision - one.scale + other.scale
        case .remainder:
            scale = max(one.scale, other.scale)
            whole = max(one.precision - one.scale, other.precision - other.scale)
        default:
            scale = max(one.scale, other.scale)
            whole = max(one.precision - one.scale, other.precision - other.scale) + 1
        }
        guard scale <= LogicalType.maximumDecimalPrecision else {
            throw QueryError(
                .typeMismatch, "the exact product would have \(scale) digits after the point",
                at: range, hint: "bring one factor to fewer digits: CAST(x AS DECIMAL(18, 2))")
        }
        let precision = min(LogicalType.maximumDecimalPrecision, whole + scale)
        return (function, .decimal(precision: max(1, precision), scale: scale))
    }

    private func notArithmetic(
        _ symbol: Syntax.BinaryOperator, _ left: LogicalType, _ right: LogicalType,
        at range: SourceRange
    ) -> QueryError {
        let isTime = [LogicalType.timestamp, .date].contains { $0 == left || $0 == right }
        let hint: String?
        if isTime, symbol == .subtract, !left.isNumeric, !right.isNumeric {
            hint = "TIMESTAMPDIFF(DAY, b, a) counts the days from b to a"
        } else if isTime {
            hint = "move a time by an interval: t + INTERVAL '1' DAY"
        } else if left == .varchar || right == .varchar {
            hint =
                symbol == .add
                ? "join strings with ||, or convert with CAST(x AS BIGINT)"
                : "convert it with CAST(x AS BIGINT)"
        } else {
            hint = nil
        }
        return QueryError(
            .typeMismatch, "\(symbol.rawValue) is not defined for \(left) and \(right)", at: range,
            hint: hint)
    }
}

// MARK: - Intervals

extension ExpressionBinder {
    /// `t + INTERVAL`, `t - INTERVAL` and `INTERVAL + t`; nil if no side is an interval.
    private mutating func intervalArithmetic(
        _ symbol: Syntax.BinaryOperator, _ left: Syntax.Expression, _ right: Syntax.Expression,
        at range: SourceRange
    ) throws(QueryError) -> BoundExpression? {
        let time: Syntax.Expression
        let interval: (count: Int64, unit: Syntax.TimeUnit)
        if case .literal(.interval(let count, let unit)) = right.kind,
            symbol == .add || symbol == .subtract
        {
            (time, interval) = (left, (symbol == .add ? count : 0 &- count, unit))
        } else if case .literal(.interval(let count, let unit)) = left.kind, symbol == .add {
            (time, interval) = (right, (count, unit))
        } else {
            return nil
        }
        guard let step = TimeStep(interval.unit, in: options.timeZone) else {
            throw QueryError(
                .invalidArgument, "there is no interval of \(interval.unit.rawValue)", at: range)
        }
        return try shift(
            try bind(time), at: time.range, by: .literal(.bigint(interval.count), .bigint), step,
            place: range)
    }

    /// `time` moved by `count` steps; a DATE moved by whole days stays a DATE.
    func shift(
        _ time: BoundExpression, at timeRange: SourceRange, by count: BoundExpression,
        _ step: TimeStep, place: SourceRange
    ) throws(QueryError) -> BoundExpression {
        let instant = try timestamp(time, at: timeRange)
        let moved = ConstantFolding.call(
            .timeShift(step), [instant, count], type: .timestamp, at: place)
        let isWholeDays =
            step.months > 0 || step.microseconds % CivilTime.microsecondsPerDay == 0
        guard time.type == .date, isWholeDays else { return moved }
        return try Coercion.convert(moved, to: .date, at: place, in: options.timeZone)
    }

    /// The expression as a TIMESTAMP: one already, a DATE, or a constant text.
    func timestamp(
        _ expression: BoundExpression, at range: SourceRange
    ) throws(QueryError) -> BoundExpression {
        switch expression.type {
        case .timestamp: return expression
        case .date:
            return try Coercion.convert(
                expression, to: .timestamp, at: range, in: options.timeZone)
        default:
            if expression.isNullConstant || expression.constantText != nil {
                return try Coercion.convert(
                    expression, to: .timestamp, at: range, in: options.timeZone)
            }
            throw QueryError(
                .typeMismatch, "expected a TIMESTAMP, this is \(expression.type)", at: range,
                hint: expression.type == .bigint
                    ? "MILLIS_TO_TIMESTAMP(x) makes a timestamp of a number"
                    : "convert it with CAST(x AS TIMESTAMP)")
        }
    }
}
