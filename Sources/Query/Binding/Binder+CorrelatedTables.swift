import Segments

/// Derived tables that compare their rows with the query around the one they stand in.
extension Binder {
    /// A derived table that is all of FROM and may name columns of the query around its own.
    ///
    /// What it compares with them is taken out: each inner side becomes a hidden column, grouped by
    /// where the table is grouped, and the comparison is left to the query that reads the table.
    /// `outer` is set here.
    func correlated(
        _ query: Syntax.QueryExpression, _ alias: Syntax.TableAlias?
    ) throws(QueryError) -> Source {
        let found: Decorrelated
        switch try decorrelated(query, at: query.range) {
        case .plain(let bound): return try derived(bound, alias)
        case .correlated(let correlated): found = correlated
        }
        try refuseBounds(query, at: query.range)
        // One row over no rows would be no row of any group.
        guard !found.isTotal, found.rest.isEmpty else {
            throw Self.refusedCorrelation(at: query.range)
        }
        let items = found.parts.items
        // The rows are kept apart by what they are compared with, as `single` keeps them.
        let subquery = try self.subquery(.single, found, showing: items, at: query.range)
        let fields = items.map { ResultField(name: $0.name, type: $0.expression.type) }
        var source = try derived(BoundQuery(plan: subquery.plan, fields: fields), alias)
        for key in subquery.keys { source.scope.correlate(key.left, key.right.type) }
        return source
    }
}
