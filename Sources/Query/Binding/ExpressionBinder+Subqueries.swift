import Segments

/// Queries inside expressions: a value, EXISTS, and IN.
extension ExpressionBinder {
    /// `(SELECT ...)` as the value of its only row, NULL without rows.
    mutating func scalar(
        _ query: Syntax.QueryExpression, at range: SourceRange
    ) throws(QueryError) -> BoundExpression {
        let binder = try subqueryBinder(at: range)
        let (subquery, value) = try binder.scalar(query, at: range)
        let first = Provisional.subquery + subqueries.count * Provisional.width
        append(subquery)
        return value.mappingColumns { .column(index: first + $0, type: $1) }
    }

    /// EXISTS: true or false.
    mutating func exists(
        _ query: Syntax.QueryExpression, at range: SourceRange
    ) throws(QueryError) -> BoundExpression {
        let binder = try subqueryBinder(at: range)
        return add(mark: try binder.exists(query, at: range))
    }

    /// `value IN (SELECT ...)`: NULL where it is not found beside a NULL.
    mutating func isMember(
        _ value: Syntax.Expression, of query: Syntax.QueryExpression, at range: SourceRange
    ) throws(QueryError) -> BoundExpression {
        var values = [value]
        if case .row(let parts) = value.kind { values = parts }
        var operands: [(expression: BoundExpression, range: SourceRange)] = []
        for value in values { operands.append((try bind(value), value.range)) }
        guard !operands.contains(where: { $0.expression.readsOuter }) else {
            throw Binder.refusedCorrelation(at: value.range)
        }
        let binder = try subqueryBinder(at: range)
        return add(mark: try binder.member(operands, of: query, at: range))
    }

    private mutating func append(_ subquery: Subquery) {
        subqueries.append(subquery)
        if isInsideAggregate || clause == .filter || clause == .groupBy {
            earlySubqueries.insert(subqueries.count - 1)
        }
    }

    private mutating func add(mark subquery: Subquery) -> BoundExpression {
        append(subquery)
        let index = Provisional.subquery + (subqueries.count - 1) * Provisional.width
        return .column(index: index, type: .boolean)
    }

    /// The binder of a query that may name the columns of this one.
    private func subqueryBinder(at range: SourceRange) throws(QueryError) -> Binder {
        guard var binder = queries else {
            throw QueryError(
                .unsupported, "a query cannot stand in \(clause.rawValue)", at: range,
                hint: clause == .join ? "write the condition in WHERE" : nil)
        }
        guard binder.subqueryDepth < SQLLimits.subqueryDepth else {
            throw QueryError(
                .limit,
                "queries inside expressions nest deeper than \(SQLLimits.subqueryDepth) levels",
                at: range, hint: "name the inner ones in WITH")
        }
        binder.subqueryDepth += 1
        binder.outer = scope
        return binder
    }
}
