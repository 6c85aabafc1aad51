import Segments

/// CREATE ROLLUP, DROP ROLLUP and SHOW ROLLUPS.
extension Binder {
    /// The rollup a CREATE ROLLUP declares, checked.
    ///
    /// - Throws: `invalid_argument` or `unsupported_sql` at the item that a rollup cannot have.
    func rollup(_ statement: Syntax.CreateRollup) throws(QueryError) -> Rollup {
        try checkSchemaName(statement.name)
        guard case .stored(let table) = try self.table(statement.table), !table.isSystem else {
            throw QueryError(
                .invalidArgument, "system tables have no rollups", at: statement.table.range)
        }
        var rollup = Rollup(
            id: TableID(0), name: statement.name.name.name, tableID: table.id, dimensions: [],
            measures: [])
        var binder = ExpressionBinder(options: options, scope: Scope(table: table, alias: nil))
        var items: [(expression: BoundExpression, range: SourceRange)] = []
        for item in statement.items { items.append((try binder.bind(item), item.range)) }
        binder.clause = .groupBy
        var keys: Set<BoundExpression> = []
        for key in statement.groupBy {
            let (expression, range) = try rollupKey(key, items, &binder)
            let dimension = try dimension(expression, table, at: range)
            guard keys.insert(expression.withoutPlaces).inserted else {
                throw QueryError(.invalidArgument, "a dimension is named twice", at: key.range)
            }
            rollup.dimensions.append(dimension)
        }
        for (expression, range) in items where !keys.contains(expression.withoutPlaces) {
            let calls = binder.calls
            try addMeasure(expression, calls, table, at: range, to: &rollup)
        }
        for name in statement.clusterBy {
            rollup.clusterDimensions.append(try clusterDimension(name, rollup, table))
        }
        do throws(SchemaError) { try rollup.validate(for: table) } catch {
            throw QueryError(.invalidArgument, error.message, at: statement.name.range)
        }
        return rollup
    }

    /// A position in SELECT, or an expression.
    private func rollupKey(
        _ key: Syntax.Expression, _ items: [(expression: BoundExpression, range: SourceRange)],
        _ binder: inout ExpressionBinder
    ) throws(QueryError) -> (expression: BoundExpression, range: SourceRange) {
        guard case .literal(.integer(let position)) = key.kind else {
            return (try binder.bind(key), key.range)
        }
        guard (1...Int64(items.count)).contains(position) else {
            throw QueryError(
                .invalidArgument, "GROUP BY \(position): there is no such item in SELECT",
                at: key.range, hint: "positions run from 1 to \(items.count)")
        }
        return items[Int(position) - 1]
    }

    private func dimension(
        _ key: BoundExpression, _ table: TableSchema, at range: SourceRange
    ) throws(QueryError) -> Rollup.Dimension {
        switch key {
        case .column(let index, let type) where index < table.columns.count:
            guard index != table.timestampColumn else {
                throw QueryError(
                    .invalidArgument, "a rollup groups by steps of time", at: range,
                    hint: "for example TIME_FLOOR(\(table.columns[index].name), 'PT1H')")
            }
            guard type.isRollupDimension else {
                throw QueryError(
                    .invalidArgument, "a \(type) cannot be a dimension of a rollup", at: range)
            }
            return .column(table.columns[index].id)
        case .call(.timeFloor(let step), let operands, _, _):
            guard case .column(let index, _)? = operands.first, index == table.timestampColumn
            else { break }
            guard step.zone == nil else {
                throw QueryError(
                    .invalidArgument, "the steps of a rollup are in UTC", at: range,
                    hint: "steps of an hour answer for most zones, too")
            }
            guard step.months == 0, step.origin % step.microseconds == 0 else {
                throw QueryError(
                    .invalidArgument, "a whole number of a rollup's steps makes a day", at: range,
                    hint: "coarser steps are answered from it too")
            }
            do throws(SchemaError) {
                try Rollup.validate(stepMicroseconds: step.microseconds, table.granularity)
            } catch {
                throw QueryError(.invalidArgument, error.message, at: range)
            }
            return .time(stepMicroseconds: step.microseconds)
        default: break
        }
        throw QueryError(
            .unsupported, "a rollup groups by columns, and by one TIME_FLOOR of the table's time",
            at: range)
    }

    private func addMeasure(
        _ item: BoundExpression, _ calls: [AggregateCall], _ table: TableSchema,
        at range: SourceRange, to rollup: inout Rollup
    ) throws(QueryError) {
        guard case .column(let index, _) = item, index >= table.columns.count,
            calls.indices.contains(index - table.columns.count)
        else {
            throw QueryError(
                .invalidArgument, "what is selected must be grouped by or aggregated", at: range,
                hint: "a rollup keeps COUNT, SUM, MIN, MAX and AVG of columns")
        }
        let call = calls[index - table.columns.count]
        let functions = try measures(call, at: range)
        guard let argument = call.argument else { return }
        guard case .column(let position, let type) = argument else {
            throw QueryError(
                .unsupported, "a rollup aggregates columns, not expressions", at: range)
        }
        let column = table.columns[position]
        var added = functions
        // A sum of nothing is NULL: only the count tells how many values there were.
        if functions.contains(.sum), !functions.contains(.count) { added.append(.count) }
        for function in added where function != .count || column.isNullable {
            guard function.takes(type) else {
                throw QueryError(
                    .invalidArgument, "\(function.name) of \(type) cannot be kept in a rollup",
                    at: range,
                    hint: type == .double
                        ? "sums of DOUBLE depend on the order of rows: use BIGINT or DECIMAL"
                        : "sums take BIGINT and DECIMAL of up to "
                            + "\(Rollup.maximumSumPrecision) digits")
            }
            let measure = Rollup.Measure(function, of: column.id)
            if !rollup.measures.contains(measure) { rollup.measures.append(measure) }
        }
    }

    /// What a rollup keeps for an aggregate.
    private func measures(
        _ call: AggregateCall, at range: SourceRange
    ) throws(QueryError) -> [Rollup.Function] {
        guard call.filter == nil else {
            throw QueryError(.unsupported, "the measures of a rollup have no FILTER", at: range)
        }
        switch (call.function, call.isDistinct) {
        case (.count, false): return [.count]
        case (.sum, false): return [.sum]
        case (.average, false): return [.sum, .count]
        case (.minimum, _): return [.minimum]
        case (.maximum, _): return [.maximum]
        default:
            throw QueryError(
                .unsupported,
                "\(call.function.rawValue)\(call.isDistinct ? "(DISTINCT ...)" : "") cannot be kept"
                    + " in a rollup", at: range,
                hint: "a rollup keeps COUNT, SUM, MIN, MAX and AVG of columns")
        }
    }

    private func clusterDimension(
        _ name: Syntax.Identifier, _ rollup: Rollup, _ table: TableSchema
    ) throws(QueryError) -> Int {
        let position = try position(of: name, in: table)
        let found =
            position == table.timestampColumn
            ? rollup.timeDimension : rollup.dimension(ofColumn: table.columns[position].id)
        guard let found, !rollup.clusterDimensions.contains(found) else {
            throw QueryError(
                .invalidArgument, "CLUSTER BY of a rollup names its dimensions, each once",
                at: name.range)
        }
        return found
    }

    /// DROP ROLLUP.
    func dropRollup(
        _ name: Syntax.ObjectName, ifExists: Bool
    ) throws(QueryError) -> BoundStatement {
        let names = catalog.rollups.map(\.name)
        let wanted = name.name.name
        let found =
            names.first { $0 == wanted } ?? names.first { $0.lowercased() == wanted.lowercased() }
        if found == nil, !ifExists {
            let meant = Spelling.nearest(to: wanted, among: names)
            throw QueryError(
                .unknownTable, "there is no rollup \"\(wanted)\"", at: name.range,
                hint: meant.map { "did you mean \($0)?" } ?? "SHOW ROLLUPS lists them")
        }
        return .dropRollup(name: found ?? wanted, ifExists: ifExists)
    }

    /// SHOW ROLLUPS [FROM table]: name, table and statement of each.
    func showRollups(_ name: Syntax.ObjectName?) throws(QueryError) -> BoundQuery {
        var wanted: TableID?
        if let name {
            guard case .stored(let table) = try table(name) else {
                throw QueryError(
                    .invalidArgument, "system tables have no rollups", at: name.range)
            }
            wanted = table.id
        }
        var rows: [[String]] = []
        for rollup in catalog.rollups where wanted == nil || rollup.tableID == wanted {
            guard let table = catalog.tables.first(where: { $0.id == rollup.tableID }) else {
                continue
            }
            rows.append(
                [rollup.name, table.name, RollupPrinter.createRollup(rollup, of: table)])
        }
        return texts(["rollup_name", "table_name", "create_rollup"], rows)
    }
}
