import Segments

/// What depends on the dialect of the statement, and comparisons of rows of values.
extension ExpressionBinder {
    /// Both sides of a comparison, of one type or exact numbers of one scale.
    func comparable(
        _ left: (expression: BoundExpression, range: SourceRange),
        _ right: (expression: BoundExpression, range: SourceRange), at range: SourceRange
    ) throws(QueryError) -> (BoundExpression, BoundExpression) {
        try Coercion.comparable(left, right, at: range, options)
    }

    /// The operand of IN, a number if that is what Druid's dialect makes of it beside such a list.
    func asNumber(
        _ operand: BoundExpression,
        among elements: [(expression: BoundExpression, range: SourceRange)], at range: SourceRange
    ) -> BoundExpression {
        let values = elements.map(\.expression).filter { !$0.isNullConstant }
        guard !values.isEmpty, values.allSatisfy(\.type.isNumeric) else { return operand }
        let widest = values.first { $0.type != .bigint } ?? values[0]
        return Coercion.asNumber(operand, beside: widest, at: range)
    }

    /// A text as BIGINT in Druid's dialect: digits behind a point are cut off, what is no number is
    /// NULL.
    func wholePart(
        _ text: BoundExpression, at range: SourceRange
    ) throws(QueryError) -> BoundExpression {
        let whole = try Coercion.convert(text, to: .bigint, at: range, onFailure: .null)
        let number = try Coercion.convert(text, to: .double, at: range, onFailure: .null)
        let cut = try Coercion.convert(
            ConstantFolding.call(.truncate(digits: 0), [number], type: .double, at: range),
            to: .bigint, at: range, onFailure: .null)
        return ConstantFolding.call(.coalesce, [whole, cut], type: .bigint, at: range)
    }

    /// `(a, b) = (x, y)`: whether all parts are equal, NULL where that is not known.
    mutating func areEqual(
        _ values: [Syntax.Expression], _ other: Syntax.Expression, at range: SourceRange
    ) throws(QueryError) -> BoundExpression {
        guard case .row(let others) = other.kind, others.count == values.count else {
            throw QueryError(
                .typeMismatch, "a row of \(values.count) values is compared with another such row",
                at: other.range)
        }
        var parts: [BoundExpression] = []
        for (one, other) in zip(values, others) {
            parts.append(try compare(.equal, one, other, at: range))
        }
        return ConstantFolding.and(parts)
    }
}
