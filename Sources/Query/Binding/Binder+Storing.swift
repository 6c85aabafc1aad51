import Segments

/// INSERT ... SELECT and CREATE TABLE ... AS: queries whose rows are stored.
extension Binder {
    /// A query whose columns go to `targets`; the other columns get their defaults.
    func insert(
        _ syntax: Syntax.QueryExpression, _ targets: [Int], _ schema: TableSchema
    ) throws(QueryError) -> BoundStatement {
        let query = try query(syntax)
        guard query.fields.count == targets.count else {
            throw QueryError(
                .invalidArgument,
                "the query has \(query.fields.count) columns, \(targets.count) are needed",
                at: syntax.range)
        }
        var expressions = schema.columns.map {
            BoundExpression.literal($0.defaultValue, $0.type)
        }
        for (index, target) in targets.enumerated() {
            expressions[target] = try stored(
                index, of: query, in: schema.columns[target], at: syntax.range)
        }
        for (index, column) in schema.columns.enumerated()
        where !targets.contains(index) && column.defaultValue.isNull && !column.isNullable {
            throw QueryError(
                .invalidArgument, "column \"\(column.name)\" is NOT NULL and has no value",
                at: syntax.range)
        }
        let fields = schema.columns.map { ResultField(name: $0.name, type: $0.type) }
        return .insertQuery(
            schema, BoundQuery(plan: .project(expressions, query.plan), fields: fields))
    }

    /// A column of a query's result as a column stores it: without loss, or an error.
    private func stored(
        _ index: Int, of query: BoundQuery, in column: ColumnDefinition, at range: SourceRange
    ) throws(QueryError) -> BoundExpression {
        let (source, target) = (query.fields[index].type, column.type)
        if let constant = query.plan.constant(index) {
            let value = try stored(constant, in: column.name, target, at: range)
            return .literal(value, target)
        }
        let expression = BoundExpression.column(index: index, type: source)
        let keepsAll: Bool =
            switch (source, target) {
            case _ where source == target: true
            case (_, .double): source.isNumeric
            case (.date, .timestamp): true
            default:
                source.isExactNumeric && target.isExactNumeric && source.scale <= target.scale
            }
        guard keepsAll else {
            throw QueryError(
                .typeMismatch,
                "column \"\(column.name)\" is \(target), "
                    + "column \(index + 1) of the query is \(source)",
                at: range,
                hint: target == .json
                    ? "make JSON of a text with PARSE_JSON(x)"
                    : "convert it: CAST(x AS \(target))")
        }
        return try Coercion.convert(
            expression, to: target, at: range, isExplicit: true, in: options.timeZone)
    }

    /// CREATE TABLE ... AS: columns with the names and types of the query's.
    func createTable(
        _ table: Syntax.CreateTable, as syntax: Syntax.QueryExpression
    ) throws(QueryError) -> BoundStatement {
        let query = try query(syntax)
        var names: Set<String> = []
        var columns: [ColumnDefinition] = []
        for (index, field) in query.fields.enumerated() {
            let name = field.name.lowercased()
            guard !name.hasPrefix("expr$"), name != TableSchema.timestampAlias else {
                throw QueryError(
                    .invalidArgument, "column \(index + 1) of the query needs a name",
                    at: syntax.range, hint: "write expression AS name")
            }
            guard names.insert(name).inserted else {
                throw QueryError(
                    .ambiguous, "the query has two columns \"\(field.name)\"",
                    at: syntax.range, hint: "give one of them another name with AS")
            }
            columns.append(
                ColumnDefinition(
                    id: UInt32(index + 1), name: field.name, type: field.type, isNullable: true))
        }
        let schema = try schema(of: table, queried: columns)
        return .createTableAs(schema, query, ifNotExists: table.ifNotExists)
    }
}

extension LogicalPlan {
    /// The constant that a column of the output is, where the plan says so itself.
    fileprivate func constant(_ column: Int) -> BoundExpression? {
        guard case .project(let expressions, _) = self, expressions[column].constant != nil else {
            return nil
        }
        return expressions[column]
    }
}
