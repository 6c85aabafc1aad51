import Segments

/// SELECT and VALUES to a plan: FROM, WHERE, GROUP BY, HAVING, SELECT, DISTINCT, ORDER BY, LIMIT,
/// in the order in which they run.
extension Binder {
    /// A query with its result columns.
    func query(_ query: Syntax.QueryExpression) throws(QueryError) -> BoundQuery {
        let binder = try with(query.with)
        switch query.body {
        case .select(let select): return try binder.select(select, query)
        case .values(let rows): return try binder.values(rows, query)
        case .combined(let operation): return try binder.combined(operation, query)
        }
    }

    /// The statement's own query, cut at the rows that the client wants at most.
    func limited(_ query: Syntax.QueryExpression) throws(QueryError) -> BoundQuery {
        var bound = try self.query(query)
        if let count = options.outerLimit {
            bound.plan = .limit(count: count, offset: 0, bound.plan)
        }
        return bound
    }

    // MARK: SELECT

    private func select(
        _ select: Syntax.Select, _ query: Syntax.QueryExpression
    ) throws(QueryError) -> BoundQuery {
        var (parts, input, binder) = try clauses(select, query)
        guard binder.scope.correlations.isEmpty else {
            throw Self.refusedCorrelation(at: query.range)
        }
        return try plan(
            &parts, input, binder, isDistinct: select.isDistinct && select.distinctOn.isEmpty,
            try bounds(of: query))
    }

    /// The clauses of a SELECT, bound over the rows of its FROM.
    func clauses(
        _ select: Syntax.Select, _ query: Syntax.QueryExpression
    ) throws(QueryError) -> (parts: SelectParts, input: LogicalPlan, binder: ExpressionBinder) {
        let (input, scope) = try from(select.from)
        var binder = ExpressionBinder(options: options, scope: scope)
        binder.queries = self
        binder.windows = select.windows
        binder.aliasNames = select.items.compactMap { item in
            if case .expression(_, let alias) = item { alias?.name } else { nil }
        }
        var parts = SelectParts(items: try items(select.items, &binder))
        if let filter = select.filter {
            binder.clause = .filter
            parts.filter = try binder.condition(filter)
        }
        binder.clause = .groupBy
        try group(select, &parts, &binder)
        binder.isGrouped =
            !select.groupBy.isEmpty || select.groupsByAll || select.having != nil
            || !binder.calls.isEmpty || query.orderBy.contains { containsAggregate($0.expression) }
            || select.qualify.map(containsAggregate) ?? false
        binder.keyColumns = Set(
            parts.keys.compactMap { if case .column(let index, _) = $0 { index } else { nil } })
        binder.aliases = parts.items.compactMap { item in
            item.isNamed ? (item.name, item.expression) : nil
        }
        if let having = select.having {
            binder.clause = .having
            parts.having = try binder.condition(having)
        }
        if let qualify = select.qualify {
            binder.clause = .qualify
            parts.qualify = try binder.condition(qualify)
        }
        binder.clause = .orderBy
        parts.order = try order(query.orderBy, parts.items, &binder)
        for expression in select.distinctOn {
            parts.distinctOn.append(try distinctKey(expression, parts.items, &binder))
        }
        if binder.isGrouped, let place = binder.unnestPlace {
            throw QueryError(
                .unsupported, "UNNEST beside aggregates or GROUP BY is not supported", at: place,
                hint: "unnest in a derived table, or in FROM: CROSS JOIN UNNEST(x) AS u(y)")
        }
        return (parts, input, binder)
    }

    /// The items between SELECT and FROM, stars spread out.
    private func items(
        _ items: [Syntax.SelectItem], _ binder: inout ExpressionBinder
    ) throws(QueryError) -> [SelectParts.Item] {
        var bound: [SelectParts.Item] = []
        for item in items {
            switch item {
            case .star(let qualifier, let except, let replace, let range):
                let all = try binder.scope.star(qualifier, at: range)
                let columns = try remaining(all, except, binder.scope)
                let replaced = try replaced(columns, replace, &binder)
                for index in columns {
                    let column = binder.scope.columns[index]
                    if let item = replaced[index] {
                        bound.append(item)
                        continue
                    }
                    bound.append(
                        SelectParts.Item(
                            expression: .column(index: index, type: column.type),
                            name: column.name, isNamed: false, range: range))
                    binder.references.append(
                        .init(column: index, range: range, isInsideAggregate: false))
                }
            case .expression(let expression, let alias):
                var name = alias?.name
                if name == nil, case .column(let parts) = expression.kind {
                    name = columnName(parts, binder.scope)
                }
                bound.append(
                    SelectParts.Item(
                        expression: try binder.bind(expression),
                        name: name ?? "EXPR$\(bound.count)",
                        isNamed: alias != nil, range: expression.range))
            }
        }
        guard bound.count <= SQLLimits.listCount else {
            throw QueryError(.limit, "more than \(SQLLimits.listCount) result columns")
        }
        return bound
    }

    /// What stands for columns of a star by REPLACE, by their positions.
    private func replaced(
        _ columns: [Int], _ replacements: [Syntax.Replacement], _ binder: inout ExpressionBinder
    ) throws(QueryError) -> [Int: SelectParts.Item] {
        var items: [Int: SelectParts.Item] = [:]
        for replacement in replacements {
            // The same checks, and the same message, as for a column that EXCEPT leaves out.
            let others = try remaining(columns, [replacement.column], binder.scope)
            let expression = try binder.bind(replacement.value)
            for index in columns where !others.contains(index) {
                guard items[index] == nil else {
                    throw QueryError(
                        .invalidArgument,
                        "column \"\(replacement.column.name)\" is replaced twice",
                        at: replacement.column.range)
                }
                items[index] = SelectParts.Item(
                    expression: expression, name: binder.scope.columns[index].name,
                    isNamed: false, range: replacement.value.range)
            }
        }
        return items
    }

    /// The columns of a star without those of EXCEPT.
    private func remaining(
        _ columns: [Int], _ except: [Syntax.Identifier], _ scope: Scope
    ) throws(QueryError) -> [Int] {
        var columns = columns
        for name in except {
            let folded = name.name.lowercased()
            guard columns.contains(where: { scope.columns[$0].name.lowercased() == folded }) else {
                let names = columns.map { scope.columns[$0].name }
                throw QueryError(
                    .unknownColumn, "* has no column \"\(name.name)\"", at: name.range,
                    hint: Spelling.nearest(to: name.name, among: names).map {
                        "did you mean \($0)?"
                    })
            }
            columns.removeAll { scope.columns[$0].name.lowercased() == folded }
        }
        return columns
    }

    /// A column keeps the name of the table, whatever case it was asked for in; `__time` stays.
    private func columnName(_ parts: [Syntax.Identifier], _ scope: Scope) -> String? {
        guard let name = parts.last?.name else { return nil }
        let names = scope.columns.map(\.name)
        return names.contains(name)
            ? name : names.first { $0.lowercased() == name.lowercased() } ?? name
    }

    // MARK: GROUP BY and ORDER BY

    /// A position, a column, an alias (a column wins), or an expression.
    func groupKey(
        _ key: Syntax.Expression, _ items: [SelectParts.Item], _ binder: inout ExpressionBinder
    ) throws(QueryError) -> BoundExpression {
        if let index = try position(key, items.count, "GROUP BY") {
            try refuseAggregate(items[index], at: key.range, binder)
            return try groupable(items[index].expression, at: key.range)
        }
        if case .column(let parts) = key.kind, parts.count == 1,
            try binder.scope.find(parts, at: key.range) == nil
        {
            var aliased = binder
            aliased.aliases = items.filter(\.isNamed).map { ($0.name, $0.expression) }
            if let expression = try aliased.aliased(parts[0], at: key.range) {
                let item = SelectParts.Item(
                    expression: expression, name: parts[0].name, isNamed: true, range: key.range)
                try refuseAggregate(item, at: key.range, binder)
                return try groupable(expression, at: key.range)
            }
        }
        return try groupable(try binder.bind(key), at: key.range)
    }

    func groupable(
        _ key: BoundExpression, at range: SourceRange
    ) throws(QueryError) -> BoundExpression {
        guard key.type.isComparable else {
            throw QueryError(
                .typeMismatch, "values of type \(key.type) cannot be grouped by", at: range,
                hint: "group by a part of it")
        }
        return key
    }

    private func refuseAggregate(
        _ item: SelectParts.Item, at range: SourceRange, _ binder: ExpressionBinder
    ) throws(QueryError) {
        var columns: Set<Int> = []
        item.expression.collectColumns(into: &columns)
        guard columns.allSatisfy({ $0 < binder.scope.columns.count || $0 >= Provisional.start })
        else {
            throw QueryError(
                .invalidArgument, "\"\(item.name)\" contains an aggregate: it cannot be grouped by",
                at: range, hint: "group by the other items")
        }
    }

    /// The item a whole number stands for; nil for other expressions.
    private func position(
        _ expression: Syntax.Expression, _ count: Int, _ clause: String
    ) throws(QueryError) -> Int? {
        guard case .literal(.integer(let position)) = expression.kind else { return nil }
        guard (1...Int64(count)).contains(position) else {
            throw QueryError(
                .invalidArgument, "\(clause) \(position): there is no such item in SELECT",
                at: expression.range, hint: "positions run from 1 to \(count)")
        }
        return Int(position) - 1
    }

    /// A position, an alias (it wins over a column), or an expression.
    private func order(
        _ orderBy: [Syntax.OrderItem], _ items: [SelectParts.Item],
        _ binder: inout ExpressionBinder
    ) throws(QueryError) -> [SelectParts.Order] {
        var order: [SelectParts.Order] = []
        for item in orderBy {
            let expression: BoundExpression
            if let index = try position(item.expression, items.count, "ORDER BY") {
                expression = items[index].expression
            } else if case .column(let parts) = item.expression.kind, parts.count == 1,
                let aliased = try binder.aliased(parts[0], at: item.expression.range)
            {
                expression = aliased
            } else {
                expression = try binder.bind(item.expression)
            }
            guard expression.type.isComparable else {
                throw QueryError(
                    .typeMismatch, "values of type \(expression.type) have no order",
                    at: item.expression.range)
            }
            order.append(
                SelectParts.Order(
                    expression: expression, isAscending: !item.isDescending,
                    nullsFirst: item.nullsFirst ?? !item.isDescending, range: item.expression.range)
            )
        }
        return order
    }

    /// Whether the expression calls an aggregate: `SELECT 1 FROM t ORDER BY COUNT(*)` groups.
    private func containsAggregate(_ expression: Syntax.Expression) -> Bool {
        if case .call(let call) = expression.kind, call.over == nil,
            AggregateCatalogue.entry(named: call.name.name) != nil
        {
            return true
        }
        return expression.children.contains(where: containsAggregate)
    }

    /// A query's own ORDER BY over rows that are there.
    func ordered(
        _ plan: LogicalPlan, _ fields: [ResultField], _ query: Syntax.QueryExpression
    ) throws(QueryError) -> BoundQuery {
        let scope = Scope(fields: fields, source: nil)
        var binder = ExpressionBinder(options: options, scope: scope)
        var parts = SelectParts(
            items: fields.enumerated().map { index, field in
                SelectParts.Item(
                    expression: .column(index: index, type: field.type), name: field.name,
                    isNamed: true, range: query.range)
            })
        binder.aliases = parts.items.map { ($0.name, $0.expression) }
        binder.clause = .orderBy
        parts.order = try order(query.orderBy, parts.items, &binder)
        return try self.plan(&parts, plan, binder, isDistinct: false, try bounds(of: query))
    }
}
