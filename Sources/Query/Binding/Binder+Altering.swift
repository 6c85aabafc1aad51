import Segments

/// ALTER TABLE: actions in the order in which they stand, each over what the ones before made.
extension Binder {
    /// The table's schema before and after.
    ///
    /// - Throws: at the name, type or value that cannot be; nothing is half done.
    func alter(_ statement: Syntax.AlterTable) throws(QueryError) -> BoundStatement {
        guard case .stored(let before) = try table(statement.name), !before.isSystem else {
            throw QueryError(
                .invalidArgument, "system tables cannot be altered", at: statement.name.range)
        }
        var after = before
        for action in statement.actions { try apply(action, to: &after, of: before) }
        do throws(SchemaError) { try after.validate() } catch {
            throw QueryError(.invalidArgument, error.message, at: statement.name.range)
        }
        return .alterTable(TableChange(from: before, to: after))
    }

    private func apply(
        _ action: Syntax.AlterAction, to schema: inout TableSchema, of before: TableSchema
    ) throws(QueryError) {
        switch action {
        case .addColumn(let column, let ifNotExists):
            try add(column, ifNotExists: ifNotExists, to: &schema, of: before)
        case .dropColumn(let name, let ifExists):
            try drop(name, ifExists: ifExists, of: &schema)
        case .renameColumn(let name, let new):
            let index = try declared(name, in: schema)
            try checkFree(new, in: schema, besides: index)
            schema.columns[index].name = new.name
        case .renameTable(let new):
            try checkFree(new)
            schema.name = new.name
        case .setType(let name, let type): try widen(name, to: type, in: &schema)
        case .setDefault(let name, let value):
            let index = try declared(name, in: schema)
            let column = schema.columns[index]
            schema.columns[index].defaultValue =
                try value.map { value throws(QueryError) in
                    try stored(try constant(value), in: column.name, column.type, at: value.range)
                } ?? .null
        case .setOptions(let options): for option in options { try apply(option, to: &schema) }
        case .setTimeToLive(let live):
            schema.timeToLive = try live.map { live throws(QueryError) in
                try timeToLive(live, in: schema)
            }
        case .clusterBy(let names): schema.clusterColumns = try positions(names, in: schema)
        case .addLookup(let names):
            for name in names {
                let index = try declared(name, in: schema)
                if !schema.lookupColumns.contains(index) { schema.lookupColumns.append(index) }
            }
        case .addSparseLookup(let lookup): try add(lookup, to: &schema)
        case .dropLookup(let names):
            for name in names {
                let index = try position(of: name, in: schema)
                if schema.sparseLookups.contains(where: { $0.column == index }) {
                    schema.sparseLookups.removeAll { $0.column == index }
                    continue
                }
                guard let place = schema.lookupColumns.firstIndex(of: index) else {
                    throw QueryError(
                        .invalidArgument, "column \"\(name.name)\" is not in LOOKUP",
                        at: name.range)
                }
                schema.lookupColumns.remove(at: place)
            }
        }
    }

    private func positions(
        _ names: [Syntax.Identifier], in schema: TableSchema
    ) throws(QueryError) -> [Int] {
        var positions: [Int] = []
        for name in names {
            let index = try declared(name, in: schema)
            guard !positions.contains(index) else {
                throw QueryError(
                    .invalidArgument, "column \"\(name.name)\" is named twice", at: name.range)
            }
            positions.append(index)
        }
        return positions
    }

    /// The position of a column that was declared.
    private func declared(
        _ name: Syntax.Identifier, in schema: TableSchema
    ) throws(QueryError) -> Int {
        let index = try position(of: name, in: schema)
        guard !schema.columns[index].isHidden else {
            throw QueryError(
                .invalidArgument, "column \"\(name.name)\" is the engine's own", at: name.range)
        }
        return index
    }

    // MARK: Columns

    private func add(
        _ column: Syntax.ColumnDefinition, ifNotExists: Bool, to schema: inout TableSchema,
        of before: TableSchema
    ) throws(QueryError) {
        let name = column.name.name
        if ifNotExists,
            schema.columns.contains(where: { $0.name.lowercased() == name.lowercased() })
        {
            return
        }
        try checkFree(column.name, in: schema)
        var definition = try definition(column, schema.visibleColumnCount)
        guard definition.isNullable || !definition.defaultValue.isNull else {
            throw QueryError(
                .invalidArgument, "column \"\(name)\" is NOT NULL and has no DEFAULT",
                at: column.name.range, hint: "rows that are there need a value")
        }
        definition.initialValue = definition.defaultValue
        schema.addColumn(definition, unlike: before)
    }

    private func drop(
        _ name: Syntax.Identifier, ifExists: Bool, of schema: inout TableSchema
    ) throws(QueryError) {
        let index: Int
        do throws(QueryError) { index = try declared(name, in: schema) } catch {
            if ifExists, error.code == .unknownColumn { return }
            throw error
        }
        try checkUnused(schema.columns[index], of: schema, at: name.range)
        do throws(SchemaError) { try schema.removeColumn(at: index) } catch {
            throw QueryError(.invalidArgument, error.message, at: name.range)
        }
    }

    private func widen(
        _ name: Syntax.Identifier, to type: Syntax.TypeName, in schema: inout TableSchema
    ) throws(QueryError) {
        let index = try declared(name, in: schema)
        let wider = try Binder.type(type)
        var column = schema.columns[index]
        if wider == column.type { return }
        try checkUnused(column, of: schema, at: name.range)
        do throws(SchemaError) { try schema.widenColumn(at: index, to: wider) } catch {
            throw QueryError(.invalidArgument, error.message, at: type.range)
        }
        column.type = wider
        // A value of the narrower type is one of the wider.
        column.defaultValue = column.defaultValue.converted(to: wider) ?? .null
        column.initialValue = column.initialValue.converted(to: wider) ?? .null
        schema.columns[index] = column
    }

    // MARK: What stands in the way

    private func checkUnused(
        _ column: ColumnDefinition, of schema: TableSchema, at range: SourceRange
    ) throws(QueryError) {
        let user = catalog.rollups.first { $0.tableID == schema.id && $0.uses(column: column.id) }
        guard let user else { return }
        throw QueryError(
            .invalidArgument, "column \"\(column.name)\" is used by rollup \(user.name)",
            at: range, hint: "DROP ROLLUP \(user.name) first")
    }

    private func checkFree(
        _ name: Syntax.Identifier, in schema: TableSchema, besides own: Int? = nil
    ) throws(QueryError) {
        let wanted = name.name.lowercased()
        try checkReserved(name)
        for (index, column) in schema.columns.enumerated()
        where index != own && column.name.lowercased() == wanted {
            throw QueryError(
                .invalidArgument, "there is a column \"\(column.name)\" already", at: name.range,
                hint: "names that differ in case only count as the same")
        }
    }

    private func checkFree(_ name: Syntax.Identifier) throws(QueryError) {
        let isTaken =
            catalog.tables.contains { $0.name == name.name }
            || catalog.rollups.contains { $0.name == name.name }
            || catalog.views.contains { $0.name == name.name }
        guard !isTaken, !name.name.hasPrefix(TableSchema.systemPrefix) else {
            throw QueryError(
                .invalidArgument, "the name \(name.name) is taken", at: name.range)
        }
    }
}
