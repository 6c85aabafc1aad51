import Segments

/// UNION, INTERSECT and EXCEPT.
extension Binder {
    /// Two queries put together; names are those of the first.
    func combined(
        _ operation: Syntax.SetOperation, _ query: Syntax.QueryExpression
    ) throws(QueryError) -> BoundQuery {
        let left = try self.query(operation.left)
        let right = try self.query(operation.right)
        let (one, two) = (left.fields.count, right.fields.count)
        guard one == two else {
            throw QueryError(
                .invalidArgument, "\(operation.kind.rawValue) of \(one) and \(two) columns",
                at: operation.range, hint: "both queries give the same number of columns")
        }
        var fields = left.fields
        for index in fields.indices {
            fields[index].type = try common(left, right, index, operation)
        }
        let types = fields.map(\.type)
        let first = converted(left.plan, types, at: operation.range)
        let second = converted(right.plan, types, at: operation.range)
        guard operation.kind != .union || !operation.isAll else {
            return try ordered(.union(Self.flat(first) + [second]), fields, query)
        }
        if let type = types.first(where: { !$0.isComparable }) {
            throw QueryError(
                .typeMismatch, "\(operation.kind.rawValue) cannot compare values of type \(type)",
                at: operation.range,
                hint: operation.kind == .union ? "UNION ALL does not compare" : nil)
        }
        if operation.kind == .union {
            return try ordered(.distinct(.union(Self.flat(first) + [second])), fields, query)
        }
        return try ordered(matched(operation, first, second, types), fields, query)
    }

    /// The inputs of a UNION ALL, so that a chain of them is one node.
    private static func flat(_ plan: LogicalPlan) -> [LogicalPlan] {
        if case .union(let inputs) = plan { inputs } else { [plan] }
    }

    private func common(
        _ left: BoundQuery, _ right: BoundQuery, _ index: Int, _ operation: Syntax.SetOperation
    ) throws(QueryError) -> LogicalType {
        let types = (left.fields[index].type, right.fields[index].type)
        if left.plan.isNull(at: index) { return types.1 }
        if right.plan.isNull(at: index) { return types.0 }
        guard let type = Coercion.commonType(types.0, types.1) else {
            throw QueryError(
                .typeMismatch,
                "column \(index + 1) is \(types.0) on one side of \(operation.kind.rawValue), "
                    + "\(types.1) on the other", at: operation.range,
                hint: "convert one of them with CAST(x AS \(types.0))")
        }
        return type
    }

    private func converted(
        _ plan: LogicalPlan, _ types: [LogicalType], at range: SourceRange
    ) -> LogicalPlan {
        let own = plan.types
        if own == types { return plan }
        let columns = own.enumerated().map { index, type -> BoundExpression in
            if plan.isNull(at: index) { return .literal(.null, types[index]) }
            let column = BoundExpression.column(index: index, type: type)
            return type == types[index]
                ? column : .cast(column, to: types[index], onFailure: .error, at: range)
        }
        return .project(columns, plan)
    }

    /// Rows of one side that the other has, or has not: grouped over both, counted by side, so that
    /// NULL equals NULL.
    ///
    /// With ALL, equal rows of a side are numbered first, and the number is one column more: the
    /// third of equal rows matches the third.
    private func matched(
        _ operation: Syntax.SetOperation, _ left: LogicalPlan, _ right: LogicalPlan,
        _ types: [LogicalType]
    ) -> LogicalPlan {
        let columns = types.enumerated().map {
            BoundExpression.column(index: $0.offset, type: $0.element)
        }
        func marked(_ plan: LogicalPlan, _ isLeft: Bool) -> LogicalPlan {
            .project(columns + [.literal(.boolean(isLeft), .boolean)], plan)
        }
        let side = BoundExpression.column(index: types.count, type: .boolean)
        let calls = [side, .not(side)].map { filter in
            AggregateCall(.count, of: nil, filter: filter, type: .bigint, at: operation.range)
        }
        var rows = LogicalPlan.union([marked(left, true), marked(right, false)])
        var keys = columns
        if operation.isAll {
            let number = WindowCall(
                .rowNumber, partition: columns + [side], type: .bigint, at: operation.range)
            rows = .window([number], rows)
            keys.append(.column(index: types.count + 1, type: .bigint))
        }
        let counted = LogicalPlan.aggregate(keys: keys, calls: calls, rows)
        func count(_ index: Int, _ comparison: Comparison) -> BoundExpression {
            .compare(
                comparison, .column(index: keys.count + index, type: .bigint),
                .literal(.bigint(0), .bigint))
        }
        let isIntersect = operation.kind == .intersect
        let condition = BoundExpression.and([
            count(0, .greater), count(1, isIntersect ? .greater : .equal),
        ])
        return .project(columns, .filter(condition, counted))
    }
}

extension LogicalPlan {
    /// Whether a column is the constant NULL, which has every type.
    fileprivate func isNull(at index: Int) -> Bool {
        switch self {
        case .project(let expressions, _): expressions[index].isNullConstant
        case .values(let rows, _): !rows.isEmpty && rows.allSatisfy { $0[index].isNull }
        case .filter(_, let input), .distinct(let input), .sort(_, let input),
            .limit(_, _, let input):
            input.isNull(at: index)
        case .union(let inputs): inputs.allSatisfy { $0.isNull(at: index) }
        default: false
        }
    }
}
