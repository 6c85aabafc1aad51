import Segments

/// Computes what is known before the first row is read: constants stay constants through
/// arithmetic, comparison, logic, casts and the functions of time that WHERE clauses are made of.
///
/// Folding never fails: what would be an error at run time is left as it is, and is an error only
/// if a row gets there (`CASE WHEN FALSE THEN 1 / 0 END`).
enum ConstantFolding {
    /// A call, or its value.
    static func call(
        _ function: ScalarFunction, _ operands: [BoundExpression], type: LogicalType,
        at range: SourceRange
    ) -> BoundExpression {
        let call = BoundExpression.call(function, operands, type: type, at: range)
        var values: [Value] = []
        for operand in operands {
            guard let value = operand.constant else { return call }
            values.append(value)
        }
        if !passesNull(function), values.contains(where: \.isNull) { return .literal(.null, type) }
        guard let value = evaluate(function, values, operands, type) else { return call }
        return .literal(value, type)
    }

    /// Whether NULL operands do not simply give NULL.
    private static func passesNull(_ function: ScalarFunction) -> Bool {
        switch function {
        case .greatest, .least, .coalesce, .nullIf, .arrayContains, .arrayOf, .jsonObject:
            true
        default: false
        }
    }

    /// A comparison, or its value.
    static func compare(
        _ comparison: Comparison, _ left: BoundExpression, _ right: BoundExpression
    ) -> BoundExpression {
        guard let one = left.constant, let other = right.constant else {
            // NULL equals nothing: the whole comparison is NULL whatever the other side.
            let ignoresNull = comparison == .distinctFrom || comparison == .notDistinctFrom
            if !ignoresNull, left.isNullConstant || right.isNullConstant {
                return .literal(.null, .boolean)
            }
            return .compare(comparison, left, right)
        }
        if one.isNull || other.isNull {
            switch comparison {
            case .distinctFrom: return .literal(.boolean(one.isNull != other.isNull), .boolean)
            case .notDistinctFrom: return .literal(.boolean(one.isNull == other.isNull), .boolean)
            default: return .literal(.null, .boolean)
            }
        }
        guard let order = order(one, other) else { return .compare(comparison, left, right) }
        let result =
            switch comparison {
            case .equal, .notDistinctFrom: order == 0
            case .notEqual, .distinctFrom: order != 0
            case .less: order < 0
            case .lessOrEqual: order <= 0
            case .greater: order > 0
            case .greaterOrEqual: order >= 0
            }
        return .literal(.boolean(result), .boolean)
    }

    /// -1, 0 or 1; nil if the values do not compare.
    static func order(_ left: Value, _ right: Value) -> Int? {
        func sign<Element: Comparable>(_ one: Element, _ other: Element) -> Int {
            one < other ? -1 : one == other ? 0 : 1
        }
        switch (left, right) {
        case (.boolean(let one), .boolean(let other)): return sign(one ? 1 : 0, other ? 1 : 0)
        case (.bigint(let one), .bigint(let other)), (.timestamp(let one), .timestamp(let other)),
            (.date(let one), .date(let other)):
            return sign(one, other)
        case (.double(let one), .double(let other)):
            return one.isNaN || other.isNaN ? nil : sign(one, other)
        case (.decimal(let one), .decimal(let other)): return one.compare(other)
        case (.bigint(let one), .decimal(let other)):
            return Decimal(unscaled: Int128(one), scale: 0).compare(other)
        case (.decimal(let one), .bigint(let other)):
            return one.compare(Decimal(unscaled: Int128(other), scale: 0))
        case (.varchar(let one), .varchar(let other)): return sign(one, other)
        default: return nil
        }
    }

    /// AND without constants that do not matter.
    static func and(_ operands: [BoundExpression]) -> BoundExpression {
        logical(operands, absorbing: false, BoundExpression.and)
    }

    /// OR without constants that do not matter.
    static func or(_ operands: [BoundExpression]) -> BoundExpression {
        logical(operands, absorbing: true, BoundExpression.or)
    }

    private static func logical(
        _ operands: [BoundExpression], absorbing: Bool,
        _ make: ([BoundExpression]) -> BoundExpression
    ) -> BoundExpression {
        var rest: [BoundExpression] = []
        for operand in operands {
            guard case .boolean(let value)? = operand.constant else {
                rest.append(operand)
                continue
            }
            if value == absorbing { return .literal(.boolean(absorbing), .boolean) }
        }
        if rest.isEmpty { return .literal(.boolean(!absorbing), .boolean) }
        if rest.allSatisfy(\.isNullConstant) { return .literal(.null, .boolean) }
        return rest.count == 1 ? rest[0] : make(rest)
    }

    /// NOT, or its value; a double NOT is none.
    static func not(_ operand: BoundExpression) -> BoundExpression {
        switch operand {
        case .literal(.boolean(let value), _): .literal(.boolean(!value), .boolean)
        case .literal(.null, _): operand
        case .not(let inner): inner
        default: .not(operand)
        }
    }

    /// IS NULL, or its value.
    static func isNull(_ operand: BoundExpression) -> BoundExpression {
        operand.constant.map { .literal(.boolean($0.isNull), .boolean) } ?? .isNull(operand)
    }

    /// IS TRUE and IS FALSE, or their value.
    static func isTruth(_ truth: Bool, _ operand: BoundExpression) -> BoundExpression {
        operand.constant.map { .literal(.boolean($0 == .boolean(truth)), .boolean) }
            ?? .isTruth(truth, operand)
    }
}
