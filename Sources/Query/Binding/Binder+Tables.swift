import Segments

/// CREATE TABLE, DROP TABLE and INSERT.
extension Binder {
    /// The schema a CREATE TABLE declares, checked.
    ///
    /// - Throws: `unknown_column` for a key without a column, `unsupported_sql` for what is not
    ///   there yet, `invalid_argument` for everything else that makes no table.
    ///
    /// - Parameter queried: The columns where a query gives them; else the table's own.
    func schema(
        of table: Syntax.CreateTable, queried: [ColumnDefinition] = []
    ) throws(QueryError) -> TableSchema {
        try checkSchemaName(table.name)
        var schema = TableSchema(id: TableID(0), name: table.name.name.name, columns: queried)
        for (index, column) in table.columns.enumerated() {
            schema.columns.append(try definition(column, index))
        }
        try checkDuplicates(table.columns)
        func positions(_ names: [Syntax.Identifier]) throws(QueryError) -> [Int] {
            var positions: [Int] = []
            for name in names { positions.append(try position(of: name, in: schema)) }
            return positions
        }
        schema.uniqueColumns = try positions(table.unique ?? [])
        schema.clusterColumns = try positions(table.clusterBy)
        schema.lookupColumns = try positions(table.lookup)
        if let timestamp = table.timestamp {
            let index = try position(of: timestamp, in: schema)
            schema.timestampColumn = index
            if !queried.isEmpty { schema.columns[index].isNullable = false }
            // A table in time without PARTITION BY has a chunk a day.
            schema.granularity = .day
        }
        if let partition = table.partition {
            guard table.timestamp != nil else {
                throw QueryError(
                    .invalidArgument, "PARTITION BY needs TIMESTAMP (column)", at: partition.range,
                    hint: "name the time column: TIMESTAMP (column) PARTITION BY DAY")
            }
            schema.granularity = Granularity(rawValue: partition.unit.rawValue) ?? .day
        }
        for lookup in table.sparseLookups { try add(lookup, to: &schema) }
        schema.timeToLive = try table.timeToLive.map { live throws(QueryError) in
            try timeToLive(live, in: schema)
        }
        if let key = table.primaryKey { try apply(key, of: table, to: &schema) }
        for option in table.options { try apply(option, to: &schema) }
        if schema.isStateTable { schema.addStateColumns() }
        do throws(SchemaError) {
            try schema.validate()
        } catch {
            throw QueryError(.invalidArgument, error.message, at: table.name.range)
        }
        return schema
    }

    func checkSchemaName(_ name: Syntax.ObjectName) throws(QueryError) {
        guard let schema = name.schema else { return }
        guard CatalogView.tableSchemas.contains(schema.name.lowercased()) else {
            throw QueryError(
                .invalidArgument, "tables cannot be made in schema \(schema.name)",
                at: schema.range,
                hint: "leave the schema out")
        }
    }

    /// Declares a look-up of one value.
    func add(
        _ lookup: Syntax.SparseLookup, to schema: inout TableSchema
    ) throws(QueryError) {
        let column = try position(of: lookup.column, in: schema)
        guard try position(of: lookup.compared, in: schema) == column else {
            throw QueryError(
                .invalidArgument, "the condition of a look-up is on its own column",
                at: lookup.compared.range,
                hint: "LOOKUP (\(lookup.column.name)) WHERE \(lookup.column.name) = '...'")
        }
        let sparse = SparseLookup(column: column, value: Text(lookup.value))
        if !schema.sparseLookups.contains(sparse) { schema.sparseLookups.append(sparse) }
    }

    /// How long rows of a table live.
    func timeToLive(
        _ live: Syntax.TimeToLive, in schema: TableSchema
    ) throws(QueryError) -> TimeToLive {
        var position = schema.timestampColumn
        if let column = live.column { position = try self.position(of: column, in: schema) }
        guard let position else {
            throw QueryError(
                .invalidArgument, "a TTL counts from a time", at: live.range,
                hint: "name the column: TTL (expires_at), or TIMESTAMP (column) TTL 400 DAYS")
        }
        let (microseconds, overflow) = live.count.multipliedReportingOverflow(
            by: live.unit.lifeMicroseconds)
        guard !overflow, live.column != nil || live.count > 0,
            (0...TimeToLive.maximumMicroseconds).contains(microseconds)
        else {
            throw QueryError(
                .invalidArgument, "a TTL is 1 second to 1000000 days", at: live.range)
        }
        return TimeToLive(column: position, microseconds: microseconds)
    }

    /// A column as declared, under the id that follows its position.
    func definition(
        _ column: Syntax.ColumnDefinition, _ index: Int
    ) throws(QueryError) -> ColumnDefinition {
        let type = try Binder.type(column.type)
        var value = Value.null
        if let expression = column.defaultValue {
            value = try stored(
                try constant(expression), in: column.name.name, type, at: expression.range)
        }
        return ColumnDefinition(
            id: UInt32(index + 1), name: column.name.name, type: type,
            isNullable: !column.isNotNull, defaultValue: value)
    }

    private func checkDuplicates(_ columns: [Syntax.ColumnDefinition]) throws(QueryError) {
        var names: Set<String> = []
        for column in columns {
            guard names.insert(column.name.name.lowercased()).inserted else {
                throw QueryError(
                    .invalidArgument, "column \"\(column.name.name)\" is declared twice",
                    at: column.name.range, hint: "names that differ in case only count as the same")
            }
            try checkReserved(column.name)
        }
    }

    /// Refuses names that mean a column of every table.
    func checkReserved(_ name: Syntax.Identifier) throws(QueryError) {
        let meaning: String
        switch name.name.lowercased() {
        case TableSchema.timestampAlias: meaning = "timestamp column"
        case TableSchema.birthColumn.name: meaning = "column of the version that brought the row"
        default: return
        }
        throw QueryError(
            .invalidArgument, "\(name.name.lowercased()) already names every table's \(meaning)",
            at: name.range, hint: "give the column another name")
    }

    /// The position of a column by name: exact, else the only one that differs in case.
    func position(
        of name: Syntax.Identifier, in schema: TableSchema
    ) throws(QueryError) -> Int {
        let scope = Scope(table: schema, alias: nil)
        if let match = try scope.find([name], at: name.range) { return match.index }
        let meant = Spelling.nearest(to: name.name, among: schema.columns.map(\.name))
        throw QueryError(
            .unknownColumn, "there is no column \"\(name.name)\" in \(schema.name)", at: name.range,
            hint: meant.map { "did you mean \($0)?" })
    }

    func apply(
        _ option: Syntax.Setting, to schema: inout TableSchema
    ) throws(QueryError) {
        switch option.key.name.lowercased() {
        case "unknown_fields": try applyUnknownFields(option, to: &schema)
        case "mode": try applyMode(option, to: &schema)
        default:
            let options = ["unknown_fields", "mode"]
            let meant = Spelling.nearest(to: option.key.name, among: options)
            throw QueryError(
                .invalidArgument, "there is no option \(option.key.name)", at: option.key.range,
                hint: meant.map { "did you mean \($0)?" }
                    ?? "options: \(options.joined(separator: ", "))")
        }
    }

    private func applyUnknownFields(
        _ option: Syntax.Setting, to schema: inout TableSchema
    ) throws(QueryError) {
        if option.value == .string("capture") {
            throw QueryError(
                .unsupported, "unknown_fields = 'capture' is not supported yet",
                at: option.valueRange, hint: "use 'ignore' or 'reject'")
        }
        guard case .string(let text) = option.value,
            let unknownFields = UnknownFields(rawValue: text)
        else {
            throw QueryError(
                .invalidArgument, "unknown_fields is 'ignore' or 'reject'", at: option.valueRange)
        }
        schema.unknownFields = unknownFields
    }

    /// What a newer row of a key does to the older one.
    private func applyMode(
        _ option: Syntax.Setting, to schema: inout TableSchema
    ) throws(QueryError) {
        guard case .string(let text) = option.value, ["replace", "merge"].contains(text) else {
            throw QueryError(
                .invalidArgument, "mode is 'replace' or 'merge'", at: option.valueRange)
        }
        let isMerge = text == "merge"
        guard schema.isStateTable else {
            throw QueryError(
                .invalidArgument, "mode is for tables with a PRIMARY KEY", at: option.key.range)
        }
        guard schema.tombstoneColumn == nil || schema.isMerge == isMerge else {
            throw QueryError(
                .invalidArgument, "the mode of a table cannot be changed", at: option.key.range,
                hint: "make another table")
        }
        schema.isMerge = isMerge
    }

    /// PRIMARY KEY with its version column.
    private func apply(
        _ key: Syntax.PrimaryKey, of table: Syntax.CreateTable, to schema: inout TableSchema
    ) throws(QueryError) {
        if table.unique != nil {
            throw QueryError(
                .invalidArgument, "a table has a UNIQUE id or a PRIMARY KEY, not both",
                at: key.range,
                hint: "UNIQUE keeps the first row of an id, PRIMARY KEY the newest of a key")
        }
        for name in key.columns {
            let index = try position(of: name, in: schema)
            guard !schema.primaryKey.contains(index) else {
                throw QueryError(
                    .invalidArgument, "column \"\(name.name)\" is named twice", at: name.range)
            }
            schema.primaryKey.append(index)
        }
        schema.versionColumn = try key.version.map { name throws(QueryError) in
            try position(of: name, in: schema)
        }
        for column in schema.columns where column.name.lowercased().hasPrefix("__") {
            throw QueryError(
                .invalidArgument,
                "column \"\(column.name)\": names that begin with __ are the "
                    + "engine's in a table with a PRIMARY KEY", at: table.name.range)
        }
    }

    /// DROP TABLE, by the name the table really has.
    func drop(_ name: Syntax.ObjectName, ifExists: Bool) throws(QueryError) -> BoundStatement {
        do throws(QueryError) {
            switch try table(name) {
            case .stored(let schema): return .dropTable(name: schema.name, ifExists: ifExists)
            case .system(let table):
                throw QueryError(
                    .invalidArgument, "\(table.schema).\(table.name) cannot be dropped",
                    at: name.range)
            }
        } catch {
            guard ifExists, error.code == .unknownTable else { throw error }
            return .dropTable(name: name.name.name, ifExists: true)
        }
    }
}

// MARK: - INSERT

extension Binder {
    /// Rows of constants in the order of the table's columns, defaults filled in.
    func insert(_ insert: Syntax.Insert) throws(QueryError) -> BoundStatement {
        guard case .stored(let schema) = try table(insert.table) else {
            throw QueryError(
                .invalidArgument, "system tables take no rows", at: insert.table.range)
        }
        var targets = Array(0..<schema.visibleColumnCount)
        if let names = insert.columns {
            targets = []
            for name in names {
                let index = try position(of: name, in: schema)
                guard !schema.columns[index].isHidden else {
                    throw QueryError(
                        .invalidArgument, "column \"\(name.name)\" takes no values",
                        at: name.range)
                }
                guard !targets.contains(index) else {
                    throw QueryError(
                        .invalidArgument, "column \"\(name.name)\" is named twice", at: name.range)
                }
                targets.append(index)
            }
        }
        if let query = insert.query { return try self.insert(query, targets, schema) }
        var rows: [[Value]] = []
        rows.reserveCapacity(insert.rows.count)
        for row in insert.rows { rows.append(try self.row(row, targets, schema)) }
        return .insert(schema, rows: rows)
    }

    private func row(
        _ row: Syntax.Insert.Row, _ targets: [Int], _ schema: TableSchema
    ) throws(QueryError) -> [Value] {
        guard row.values.count == targets.count else {
            throw QueryError(
                .invalidArgument,
                "the row has \(row.values.count) values, \(targets.count) are needed", at: row.range
            )
        }
        var values = schema.columns.map(\.defaultValue)
        for (expression, target) in zip(row.values, targets) {
            let column = schema.columns[target]
            let value = try constant(expression)
            values[target] = try stored(value, in: column.name, column.type, at: expression.range)
        }
        for (value, column) in zip(values, schema.columns) where value.isNull && !column.isNullable
        {
            throw QueryError(
                .invalidArgument, "column \"\(column.name)\" is NOT NULL and has no value",
                at: row.range)
        }
        return values
    }

    /// A constant as a column stores it: without loss, or not at all.
    func stored(
        _ constant: BoundExpression, in column: String, _ type: LogicalType, at range: SourceRange
    ) throws(QueryError) -> Value {
        if constant.isNullConstant { return .null }
        if let exact = Coercion.exactConstant(constant, as: type)?.constant { return exact }
        let isText = constant.constantText != nil
        let common = Coercion.commonType(constant, .literal(.null, type))
        let fits =
            isText || constant.type == type
            || common == constant.type
                && (type == .double && constant.type.isNumeric
                    || constant.type == .date && type == .timestamp)
        let isWhole = constant.constantText.map { Coercion.saysNoMore($0, than: type) } ?? true
        guard fits, isWhole, !(isText && type.isArray),
            let value = constant.constant?.converted(to: type)
        else {
            throw QueryError(
                .typeMismatch, "column \"\(column)\" is \(type), this is \(constant.type)",
                at: range, hint: Coercion.example(of: type))
        }
        return value
    }
}

extension LogicalType {
    /// Whether it is an array.
    fileprivate var isArray: Bool { if case .array = self { true } else { false } }
}

extension Syntax.TimeUnit {
    /// How long a unit is that a TTL may be counted in.
    fileprivate var lifeMicroseconds: Int64 {
        switch self {
        case .second: CivilTime.microsecondsPerSecond
        case .minute: CivilTime.microsecondsPerMinute
        case .hour: CivilTime.microsecondsPerHour
        case .week: 7 * CivilTime.microsecondsPerDay
        default: CivilTime.microsecondsPerDay
        }
    }
}
