import Segments

/// UNNEST between SELECT and FROM: each row once per element of an array.
extension ExpressionBinder {
    /// The element of an UNNEST, a column that `Binder.plan` finds a place for.
    mutating func unnest(
        _ call: Syntax.Call, at range: SourceRange
    ) throws(QueryError) -> BoundExpression {
        guard call.arguments.count == 1, !call.isStar, !call.isDistinct, call.filter == nil else {
            throw QueryError(
                .unknownFunction, "UNNEST takes 1 argument, an array", at: range,
                hint: "UNNEST(array)")
        }
        guard clause == .select, !isInsideAggregate else {
            throw QueryError(
                .unsupported, "UNNEST stands in SELECT or FROM only", at: range,
                hint: "FROM t CROSS JOIN UNNEST(t.x) AS u(y) gives the elements a name")
        }
        let array = try bind(call.arguments[0])
        let element = try Self.element(of: array, at: call.arguments[0].range)
        guard unnests.isEmpty || unnests[0].withoutPlaces == array.withoutPlaces else {
            throw QueryError(
                .unsupported, "a SELECT unnests one array only", at: range,
                hint: "unnest the others in FROM: CROSS JOIN UNNEST(x) AS u(y)")
        }
        if unnests.isEmpty { (unnests, unnestPlace) = ([array], range) }
        return .column(index: Provisional.unnest, type: element)
    }

    /// The type of an array's elements.
    ///
    /// - Throws: `type_mismatch` for anything but an array.
    static func element(
        of array: BoundExpression, at range: SourceRange
    ) throws(QueryError) -> LogicalType {
        guard case .array = array.type else {
            throw QueryError(
                .typeMismatch, "UNNEST takes an array, this is \(array.type)", at: range)
        }
        return array.type.elementType
    }
}
