import Segments

extension Binder {
    /// Stacks the clauses on their input, reading no column that nobody asks for.
    func plan(
        _ parts: inout SelectParts, _ input: LogicalPlan, _ binder: ExpressionBinder,
        isDistinct: Bool, _ bounds: (count: Int?, offset: Int)
    ) throws(QueryError) -> BoundQuery {
        var calls = binder.calls
        let isGrouped = binder.isGrouped
        let grouping = Grouping(keys: parts.keys, binder: binder)
        let early = earlySubqueries(parts, binder)
        if isGrouped { try group(&parts, grouping) }

        var columns = columnsRead(parts, calls, isGrouped: isGrouped)
        for array in binder.unnests { array.collectColumns(into: &columns) }
        for index in early { binder.subqueries[index].collectColumns(into: &columns) }
        for call in binder.windowCalls where !isGrouped {
            for expression in call.operands { expression.collectColumns(into: &columns) }
        }
        var (plan, positions) = pruned(input, to: columns.filter { $0 < Provisional.start })
        for index in early {
            let known = positions
            try attach(binder.subqueries[index], index, to: &plan, &positions) {
                (expression) throws(QueryError) in expression.moved(to: known)
            }
        }
        if let filter = parts.filter { plan = filtered(plan, by: filter.moved(to: positions)) }
        for (index, array) in binder.unnests.enumerated() {
            positions[Provisional.unnest + index] = plan.types.count
            plan = .unnest(array.moved(to: positions), keepsEmpty: false, plan)
        }
        if isGrouped {
            calls = calls.map { $0.mapping { $0.moved(to: positions) } }
            let keys = parts.keys.map { $0.moved(to: positions) }
            positions = [:]
            plan = try aggregated(parts, keys, calls, binder, plan, &positions)
            for index in binder.subqueries.indices where !early.contains(index) {
                try attach(binder.subqueries[index], index, to: &plan, &positions) {
                    (expression) throws(QueryError) in
                    try grouping.moved(expression, in: binder.subqueries[index].range)
                }
            }
            if let having = parts.having {
                plan = filtered(plan, by: having.moved(to: positions))
            }
        }
        plan = try windowed(plan, parts, binder, isGrouped ? grouping : nil, &positions)
        for index in parts.items.indices {
            parts.items[index].expression = parts.items[index].expression.moved(to: positions)
        }
        for index in parts.order.indices {
            parts.order[index].expression = parts.order[index].expression.moved(to: positions)
        }
        plan = try projected(plan, parts, isDistinct: isDistinct, bounds)
        return BoundQuery(
            plan: plan,
            fields: parts.items.map { ResultField(name: $0.name, type: $0.expression.type) })
    }

    /// Window functions, QUALIFY and DISTINCT ON over the rows of `input`.
    private func windowed(
        _ input: LogicalPlan, _ parts: SelectParts, _ binder: ExpressionBinder,
        _ grouping: Grouping?, _ positions: inout [Int: Int]
    ) throws(QueryError) -> LogicalPlan {
        var plan = input
        let known = positions
        if !binder.windowCalls.isEmpty {
            var calls: [WindowCall] = []
            for call in binder.windowCalls {
                calls.append(
                    try call.mapping { (expression) throws(QueryError) in
                        let moved = try grouping?.moved(expression, in: call.range) ?? expression
                        return moved.moved(to: known)
                    })
            }
            for index in calls.indices {
                positions[Provisional.window + index] = plan.types.count + index
            }
            plan = .window(calls, plan)
        }
        if let qualify = parts.qualify {
            plan = filtered(plan, by: qualify.moved(to: positions))
        }
        guard !parts.distinctOn.isEmpty else { return plan }
        let first = WindowCall(
            .rowNumber, partition: parts.distinctOn.map { $0.moved(to: positions) },
            order: parts.order.map { order in
                SortKey(
                    order.expression.moved(to: positions), isAscending: order.isAscending,
                    nullsFirst: order.nullsFirst)
            }, type: .bigint, at: SourceRange(0, 0))
        let number = BoundExpression.column(index: plan.types.count, type: .bigint)
        return .filter(
            .compare(.equal, number, .literal(.bigint(1), .bigint)), .window([first], plan))
    }

    /// The queries inside expressions that are needed before rows are grouped, in order.
    private func earlySubqueries(_ parts: SelectParts, _ binder: ExpressionBinder) -> [Int] {
        guard binder.isGrouped else { return Array(binder.subqueries.indices) }
        let read = parts.keys.reduce(into: Set<Int>()) { $0.formUnion($1.columnTypes.keys) }
        let keyed = read.filter { $0 >= Provisional.subquery }.map {
            ($0 - Provisional.subquery) / Provisional.width
        }
        return binder.earlySubqueries.union(keyed).sorted()
    }

    /// Joins the query inside an expression to the plan, and notes where its columns lie.
    private func attach(
        _ subquery: Subquery, _ index: Int, to plan: inout LogicalPlan,
        _ positions: inout [Int: Int],
        _ moved: (BoundExpression) throws(QueryError) -> BoundExpression
    ) throws(QueryError) {
        let width = plan.types.count
        plan = try subquery.attached(to: plan, moved)
        for column in 0..<subquery.width {
            positions[Provisional.subquery + index * Provisional.width + column] = width + column
        }
    }

    /// Moves SELECT, HAVING and ORDER BY to the output of the aggregation.
    private func group(
        _ parts: inout SelectParts, _ grouping: Grouping
    ) throws(QueryError) {
        let everywhere = SourceRange(0, SQLLimits.textBytes)
        for index in parts.items.indices {
            let item = parts.items[index]
            parts.items[index].expression = try grouping.moved(item.expression, in: item.range)
        }
        parts.having = try parts.having.map { (having) throws(QueryError) in
            try grouping.moved(having, in: everywhere)
        }
        parts.qualify = try parts.qualify.map { (qualify) throws(QueryError) in
            try grouping.moved(qualify, in: everywhere)
        }
        for index in parts.distinctOn.indices {
            parts.distinctOn[index] = try grouping.moved(parts.distinctOn[index], in: everywhere)
        }
        for index in parts.order.indices {
            let order = parts.order[index]
            parts.order[index].expression = try grouping.moved(order.expression, in: order.range)
        }
    }

    /// Positions of the input's columns that any clause reads.
    private func columnsRead(
        _ parts: SelectParts, _ calls: [AggregateCall], isGrouped: Bool
    ) -> Set<Int> {
        var columns: Set<Int> = []
        parts.filter?.collectColumns(into: &columns)
        if isGrouped {
            for key in parts.keys { key.collectColumns(into: &columns) }
            for expression in calls.flatMap(\.operands) {
                expression.collectColumns(into: &columns)
            }
        } else {
            for item in parts.items { item.expression.collectColumns(into: &columns) }
            for order in parts.order { order.expression.collectColumns(into: &columns) }
            for key in parts.distinctOn { key.collectColumns(into: &columns) }
            parts.qualify?.collectColumns(into: &columns)
        }
        return columns
    }

    /// The input with only `columns`, and where each of them went.
    private func pruned(
        _ input: LogicalPlan, to columns: Set<Int>
    ) -> (plan: LogicalPlan, positions: [Int: Int]) {
        guard case .scan(var scan) = input else { return (input, [:]) }
        let kept = columns.sorted()
        scan.columns = kept.map { scan.columns[$0] }
        let positions = Dictionary(
            uniqueKeysWithValues: kept.enumerated().map { ($0.element, $0.offset) })
        return (.scan(scan), positions)
    }

    /// A filter, unless it is known to hold for every row or for none.
    private func filtered(_ plan: LogicalPlan, by condition: BoundExpression) -> LogicalPlan {
        guard let constant = condition.constant else { return .filter(condition, plan) }
        if constant == .boolean(true) { return plan }
        return .values(rows: [], types: plan.types)
    }

    /// SELECT, DISTINCT, ORDER BY and LIMIT. What is ordered by but not selected is computed, too,
    /// and taken away at the end.
    private func projected(
        _ input: LogicalPlan, _ parts: SelectParts, isDistinct: Bool,
        _ bounds: (count: Int?, offset: Int)
    ) throws(QueryError) -> LogicalPlan {
        var expressions = parts.items.map(\.expression)
        var positions: [BoundExpression: Int] = [:]
        for (index, expression) in expressions.enumerated()
        where positions[expression.withoutPlaces] == nil {
            positions[expression.withoutPlaces] = index
        }
        var keys: [SortKey] = []
        for order in parts.order where order.expression.constant == nil {
            let shape = order.expression.withoutPlaces
            let index = positions[shape] ?? expressions.count
            if index == expressions.count {
                guard !isDistinct else {
                    throw QueryError(
                        .invalidArgument, "with DISTINCT, ORDER BY takes items of SELECT only",
                        at: order.range, hint: "add the expression to SELECT")
                }
                positions[shape] = index
                expressions.append(order.expression)
            }
            keys.append(
                SortKey(
                    .column(index: index, type: order.expression.type),
                    isAscending: order.isAscending, nullsFirst: order.nullsFirst))
        }
        var plan = input
        if !input.hasColumns(expressions) { plan = .project(expressions, input) }
        if isDistinct {
            for item in parts.items where !item.expression.type.isComparable {
                throw QueryError(
                    .typeMismatch, "DISTINCT cannot compare values of type \(item.expression.type)",
                    at: item.range)
            }
            plan = .distinct(plan)
        }
        if !keys.isEmpty { plan = .sort(keys, plan) }
        if bounds.count != nil || bounds.offset > 0 {
            plan = .limit(count: bounds.count, offset: bounds.offset, plan)
        }
        guard expressions.count > parts.items.count else { return plan }
        let selected = parts.items.enumerated().map { index, item in
            BoundExpression.column(index: index, type: item.expression.type)
        }
        return .project(selected, plan)
    }
}

extension LogicalType {
    /// Whether values can be compared, ordered and grouped by.
    var isComparable: Bool {
        switch self {
        case .json, .array: false
        default: true
        }
    }
}

extension LogicalPlan {
    /// Whether `expressions` are just the output's columns, all of them in order.
    func hasColumns(_ expressions: [BoundExpression]) -> Bool {
        let columns = types.enumerated().map { index, type in
            BoundExpression.column(index: index, type: type)
        }
        return columns == expressions
    }
}
