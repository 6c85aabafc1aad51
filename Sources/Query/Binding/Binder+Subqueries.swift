import Segments

/// What queries inside expressions become, columns of the outer query taken out of them.
///
/// `outer` is set here: the scope of the query around this one.
extension Binder {
    /// A SELECT without the parts of its WHERE that name outer columns.
    struct Decorrelated {
        var parts: SelectParts
        var input: LogicalPlan
        var binder: ExpressionBinder
        /// Outer expressions and what they equal, over the rows of FROM.
        var pairs: [(outer: BoundExpression, inner: BoundExpression)] = []
        /// The other parts, over outer columns and those of FROM.
        var rest: [BoundExpression] = []
        var isDistinct: Bool

        var isCorrelated: Bool { !pairs.isEmpty || !rest.isEmpty }
        /// Whether it aggregates all rows to one.
        var isTotal: Bool { binder.isGrouped && parts.keys.isEmpty }
    }

    /// What a query inside an expression turns out to be.
    enum Inner {
        case plain(BoundQuery)
        case correlated(Decorrelated)
    }

    /// A column of the outer query where none may stand.
    static func refusedCorrelation(at range: SourceRange) -> QueryError {
        QueryError(
            .unsupported, "a column of the outer query may stand in the WHERE of a subquery only",
            at: range, hint: "write it as a join")
    }

    /// The query as a value: the join that brings it, and the value over the join's own columns.
    func scalar(
        _ query: Syntax.QueryExpression, at range: SourceRange
    ) throws(QueryError) -> (subquery: Subquery, value: BoundExpression) {
        let found: Decorrelated
        switch try decorrelated(query, at: range) {
        case .plain(let bound):
            let type = try onlyColumn(bound.fields, at: range)
            return (
                Subquery(kind: .single, plan: bound.plan, range: range),
                .column(index: 0, type: type)
            )
        case .correlated(let correlated): found = correlated
        }
        _ = try onlyColumn(found.parts.items.map { ($0.name, $0.expression.type) }, at: range)
        try refuseBounds(query, at: range)
        guard found.isTotal else {
            let subquery = try self.subquery(.single, found, showing: found.parts.items, at: range)
            return (subquery, .column(index: 0, type: found.parts.items[0].expression.type))
        }
        return try total(found, at: range)
    }

    /// The query as a condition that some row of it matches.
    func exists(
        _ query: Syntax.QueryExpression, at range: SourceRange
    ) throws(QueryError) -> Subquery {
        let found: Decorrelated
        switch try decorrelated(query, at: range) {
        case .plain(let bound):
            let plan = LogicalPlan.limit(count: 1, offset: 0, bound.plan)
            return Subquery(kind: .mark, plan: plan, range: range)
        case .correlated(let correlated): found = correlated
        }
        let (count, offset) = try bounds(of: query)
        guard !found.isTotal, offset == 0, count != 0 else {
            throw QueryError(
                .unsupported, "this EXISTS asks for rows that are always there, or for their count",
                at: range, hint: "leave aggregates and OFFSET out")
        }
        return try subquery(.mark, found, showing: [], at: range)
    }

    /// Whether `operands`, one or a row of several, are among the rows of the query.
    func member(
        _ operands: [(expression: BoundExpression, range: SourceRange)],
        of query: Syntax.QueryExpression, at range: SourceRange
    ) throws(QueryError) -> Subquery {
        var subquery: Subquery
        let types: [LogicalType]
        var isCorrelated = false
        switch try decorrelated(query, at: range) {
        case .correlated(let found):
            isCorrelated = true
            types = found.parts.items.map(\.expression.type)
            try check(types.count, is: operands.count, at: range)
            try refuseBounds(query, at: range)
            guard !found.isTotal else {
                throw QueryError(
                    .unsupported, "IN takes no correlated query of one row", at: range,
                    hint: "compare with =")
            }
            subquery = try self.subquery(.mark, found, showing: found.parts.items, at: range)
        case .plain(let bound):
            types = bound.fields.map(\.type)
            try check(types.count, is: operands.count, at: range)
            subquery = Subquery(kind: .mark, plan: bound.plan, range: range)
        }
        subquery.isNullAware = true
        var compared: [BoundExpression] = []
        for (index, operand) in operands.enumerated() {
            let (one, other) = try Coercion.comparable(
                operand, (.column(index: index, type: types[index]), range), at: range,
                options)
            if operands.count == 1, !isCorrelated {
                subquery.keys = [Join.Key(left: one, right: other)]
                return subquery
            }
            compared.append(
                .compare(
                    .equal,
                    one.mappingColumns { .column(index: $0 + Provisional.outer, type: $1) }, other))
        }
        subquery.condition = .conjunction(compared + (subquery.condition?.conjuncts ?? []))
        return subquery
    }

    private func check(
        _ count: Int, is wanted: Int, at range: SourceRange
    ) throws(QueryError) {
        guard count == wanted else {
            throw QueryError(
                .invalidArgument,
                wanted == 1
                    ? "a query used as a value gives \(count) columns, not one"
                    : "a row of \(wanted) values is looked for among rows of \(count)",
                at: range, hint: wanted == 1 ? "select one of them" : nil)
        }
    }

    private func onlyColumn(
        _ fields: [ResultField], at range: SourceRange
    ) throws(QueryError) -> LogicalType {
        try onlyColumn(fields.map { ($0.name, $0.type) }, at: range)
    }

    private func onlyColumn(
        _ fields: [(name: String, type: LogicalType)], at range: SourceRange
    ) throws(QueryError) -> LogicalType {
        guard fields.count == 1 else {
            throw QueryError(
                .invalidArgument, "a query used as a value gives \(fields.count) columns, not one",
                at: range, hint: "select one of them")
        }
        return fields[0].type
    }

    func refuseBounds(
        _ query: Syntax.QueryExpression, at range: SourceRange
    ) throws(QueryError) {
        guard query.limit == nil, query.offset == nil else {
            throw QueryError(
                .unsupported,
                "LIMIT in a query that names columns of the outer one is not supported yet",
                at: range, hint: "take the first with MIN or MAX")
        }
    }

    // MARK: Decorrelation

    /// The query, bound once, with its outer columns taken out.
    func decorrelated(
        _ query: Syntax.QueryExpression, at range: SourceRange
    ) throws(QueryError) -> Inner {
        guard case .select(let select) = query.body else {
            var binder = self
            binder.outer = nil
            return .plain(try binder.query(query))
        }
        var (parts, input, bound) = try with(query.with).clauses(select, query)
        var found = Decorrelated(
            parts: parts, input: input, binder: bound,
            isDistinct: select.isDistinct && select.distinctOn.isEmpty)
        for (outer, column) in bound.scope.correlations {
            let type = bound.scope.columns[column].type
            found.pairs.append((outer, .column(index: column, type: type)))
        }
        var kept: [BoundExpression] = []
        for condition in parts.filter?.conjuncts ?? [] {
            guard condition.readsOuter else {
                kept.append(condition)
                continue
            }
            if case .compare(.equal, let one, let other) = condition {
                if one.readsOnlyOuter, !other.readsOuter, !other.columnTypes.isEmpty {
                    found.pairs.append((one.inOuter, other))
                    continue
                }
                if other.readsOnlyOuter, !one.readsOuter, !one.columnTypes.isEmpty {
                    found.pairs.append((other.inOuter, one))
                    continue
                }
            }
            found.rest.append(condition)
        }
        found.parts.filter = .conjunction(kept)
        let others =
            parts.items.map(\.expression) + parts.keys + parts.order.map(\.expression)
            + ([parts.having, parts.qualify].compactMap { $0 }) + parts.distinctOn
            + bound.calls.flatMap(\.operands) + bound.unnests
            + bound.windowCalls.flatMap(\.operands)
        guard !others.contains(where: \.readsOuter),
            !bound.subqueries.contains(where: { $0.keys.contains { $0.left.readsOuter } })
        else { throw Self.refusedCorrelation(at: range) }
        guard found.isCorrelated else {
            let plain = try plan(
                &parts, input, bound, isDistinct: found.isDistinct, try bounds(of: query))
            return .plain(plain)
        }
        guard
            found.rest.allSatisfy({ condition in
                condition.columnTypes.keys.allSatisfy { $0 < Provisional.subquery }
            }), bound.unnests.isEmpty, bound.windowCalls.isEmpty, parts.distinctOn.isEmpty
        else { throw Self.refusedCorrelation(at: range) }
        return .correlated(found)
    }

    /// The rows of a query that has rows, as a join: the items, then what keys and conditions read.
    func subquery(
        _ kind: Join.Kind, _ found: Decorrelated, showing items: [SelectParts.Item],
        at range: SourceRange
    ) throws(QueryError) -> Subquery {
        var found = found
        guard !found.binder.isGrouped || found.rest.isEmpty else {
            throw QueryError(
                .unsupported,
                "a grouped query compares columns of the outer one with = only, not otherwise",
                at: range, hint: "write it as a join")
        }
        let read = found.rest.reduce(into: Set<Int>()) { $0.formUnion($1.columnTypes.keys) }
        let columns = read.filter { $0 < Provisional.start }.sorted()
        let extra =
            found.pairs.map(\.inner)
            + columns.map { .column(index: $0, type: found.binder.scope.columns[$0].type) }
        found.parts.items = items
        for expression in extra {
            found.parts.items.append(
                SelectParts.Item(expression: expression, name: "", isNamed: false, range: range))
        }
        found.parts.order = []
        if found.binder.isGrouped { found.parts.keys += found.pairs.map(\.inner) }
        let bound = try plan(
            &found.parts, found.input, found.binder,
            isDistinct: kind == .single && found.isDistinct, (nil, 0))
        var positions: [Int: Int] = [:]
        for (offset, column) in columns.enumerated() {
            positions[column] = items.count + found.pairs.count + offset
        }
        var result = Subquery(kind: kind, plan: bound.plan, range: range)
        result.keys = found.pairs.enumerated().map { offset, pair in
            Join.Key(
                left: pair.outer,
                right: .column(index: items.count + offset, type: pair.inner.type))
        }
        result.condition = .conjunction(found.rest.map { $0.moved(to: positions) })
        return result
    }

    /// A query that aggregates the rows of each outer row: groups by what it compares, and what an
    /// aggregate gives over no rows where there is no group.
    private func total(
        _ found: Decorrelated, at range: SourceRange
    ) throws(QueryError) -> (subquery: Subquery, value: BoundExpression) {
        guard found.rest.isEmpty, found.parts.having == nil, found.binder.subqueries.isEmpty else {
            throw QueryError(
                .unsupported,
                "an aggregate over rows of the outer query compares them with = only, no HAVING",
                at: range, hint: "write it as a join")
        }
        let value = try Grouping(keys: [], binder: found.binder)
            .moved(found.parts.items[0].expression, in: found.parts.items[0].range)
        var parts = SelectParts(items: [])
        parts.filter = found.parts.filter
        parts.keys = found.pairs.map(\.inner)
        let inputCount = found.binder.scope.columns.count
        for (index, call) in found.binder.calls.enumerated() {
            parts.items.append(
                SelectParts.Item(
                    expression: .column(index: inputCount + index, type: call.type), name: "",
                    isNamed: false, range: range))
        }
        for pair in found.pairs {
            parts.items.append(
                SelectParts.Item(
                    expression: pair.inner, name: "", isNamed: false, range: range))
        }
        let bound = try plan(&parts, found.input, found.binder, isDistinct: false, (nil, 0))
        var result = Subquery(kind: .single, plan: bound.plan, range: range)
        let calls = found.binder.calls
        result.keys = found.pairs.enumerated().map { offset, pair in
            Join.Key(
                left: pair.outer, right: .column(index: calls.count + offset, type: pair.inner.type)
            )
        }
        let filled = value.mappingColumns { index, type in
            let column = BoundExpression.column(index: index, type: type)
            guard let empty = calls[index].emptyValue else { return column }
            return .call(.coalesce, [column, .literal(empty, type)], type: type, at: range)
        }
        return (result, filled)
    }
}

extension AggregateCall {
    /// What it gives over no rows, if not NULL.
    var emptyValue: Value? {
        function == .count || function == .approximateCount ? .bigint(0) : nil
    }
}
