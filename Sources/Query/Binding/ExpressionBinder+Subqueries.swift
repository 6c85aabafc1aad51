import Segments

/// Queries inside expressions.
extension ExpressionBinder {
    mutating func scalar(
        _ query: Syntax.QueryExpression, at range: SourceRange
    ) throws(QueryError) -> BoundExpression {
        throw QueryError(
            .unsupported, "a query inside an expression is not supported yet", at: range)
    }

    mutating func exists(
        _ query: Syntax.QueryExpression, at range: SourceRange
    ) throws(QueryError) -> BoundExpression {
        throw QueryError(.unsupported, "EXISTS is not supported yet", at: range)
    }

    mutating func isMember(
        _ value: Syntax.Expression, of query: Syntax.QueryExpression, at range: SourceRange
    ) throws(QueryError) -> BoundExpression {
        throw QueryError(.unsupported, "IN (SELECT ...) is not supported yet", at: range)
    }
}
