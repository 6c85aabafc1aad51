import Segments

/// LIMIT, OFFSET and VALUES.
extension Binder {
    /// LIMIT and OFFSET as numbers.
    func bounds(
        of query: Syntax.QueryExpression
    ) throws(QueryError) -> (count: Int?, offset: Int) {
        (try bound(query.limit, "LIMIT"), try bound(query.offset, "OFFSET") ?? 0)
    }

    private func bound(
        _ expression: Syntax.Expression?, _ clause: String
    ) throws(QueryError) -> Int? {
        guard let expression else { return nil }
        var binder = ExpressionBinder(options: options, scope: .empty)
        binder.clause = .limit
        let value = try binder.bind(expression)
        if value.isNullConstant { return nil }
        guard case .bigint(let count)? = value.constant, count >= 0 else {
            throw QueryError(
                .invalidArgument, "\(clause) takes a whole number from 0", at: expression.range)
        }
        return Int(count)
    }

    /// Rows of constants with one type per column.
    func values(
        _ rows: [[Syntax.Expression]], _ query: Syntax.QueryExpression
    ) throws(QueryError) -> BoundQuery {
        let width = rows.first?.count ?? 0
        var columns: [[(expression: BoundExpression, range: SourceRange)]] = Array(
            repeating: [], count: width)
        for row in rows {
            guard row.count == width else {
                let place = SourceRange(
                    row.first?.range.lowerBound ?? 0, row.last?.range.upperBound ?? 0)
                throw QueryError(
                    .invalidArgument, "a row of VALUES has \(row.count) values, the first \(width)",
                    at: place)
            }
            for (index, expression) in row.enumerated() {
                columns[index].append((try constant(expression), expression.range))
            }
        }
        var table: [[Value]] = Array(repeating: [], count: rows.count)
        var fields: [ResultField] = []
        for column in columns {
            let unified = try ExpressionBinder(options: options, scope: .empty)
                .unify(column, "the values of a column")
            fields.append(ResultField(name: "EXPR$\(fields.count)", type: unified.type))
            for (row, value) in unified.expressions.enumerated() {
                table[row].append(value.constant ?? .null)
            }
        }
        let plan = LogicalPlan.values(rows: table, types: fields.map(\.type))
        return try ordered(plan, fields, query)
    }

    /// An expression that is known before the first row.
    func constant(_ expression: Syntax.Expression) throws(QueryError) -> BoundExpression {
        var binder = ExpressionBinder(options: options, scope: .empty)
        binder.clause = .values
        let bound = try binder.bind(expression)
        guard bound.constant != nil else {
            throw QueryError(
                .unsupported, "VALUES takes constants", at: expression.range,
                hint: "compute it in a SELECT")
        }
        return bound
    }
}
