import Segments

/// Settles a statement against the tables there are: names become positions, types are known,
/// conversions explicit, constants folded.
struct Binder {
    /// The tables.
    let catalog: CatalogView
    /// Parameters, time and casts.
    let options: BindOptions
    /// The tables of WITH that may be named here, the nearest last.
    var commonTables: [CommonTable] = []
    /// The columns of the query around this one, if it stands inside an expression.
    var outer: Scope?
    /// How many queries inside expressions this one is in.
    var subqueryDepth = 0

    /// The views whose queries this one is inside of, the outermost first.
    var viewPath: [String] = []

    /// A bound query of WITH.
    struct CommonTable {
        var name: String
        var query: BoundQuery
    }

    /// The statement, ready to run.
    func bind(_ statement: Syntax.Statement) throws(QueryError) -> BoundStatement {
        switch statement {
        case .query(let query): return .query(try limited(query))
        case .explain(let explain):
            return .explain(try query(explain.query), analyze: explain.isAnalyze)
        case .createTable(let table):
            if let query = table.query { return try createTable(table, as: query) }
            return .createTable(try schema(of: table), ifNotExists: table.ifNotExists)
        case .dropTable(let name, let ifExists): return try drop(name, ifExists: ifExists)
        case .alterTable(let change): return try alter(change)
        case .insert(let insert): return try self.insert(insert)
        case .copy(let copy):
            throw QueryError(
                .unsupported, "COPY reads a file where the client is: the server reads none",
                at: copy.table.range, hint: "daybook sql runs it, daybook ingest does the same")
        case .showTables(let schema): return .query(try showTables(schema))
        case .showColumns(let name): return .query(try showColumns(name))
        case .showCreateTable(let name): return .query(try showCreateTable(name))
        case .createRollup(let rollup):
            return .createRollup(try self.rollup(rollup), ifNotExists: rollup.ifNotExists)
        case .explainRollup(let rollup): return .explainRollup(try self.rollup(rollup))
        case .dropRollup(let name, let ifExists):
            return try dropRollup(name, ifExists: ifExists)
        case .createView(let view): return try createView(view)
        case .dropView(let name, let ifExists): return try dropView(name, ifExists: ifExists)
        case .showViews: return .query(showViews())
        case .createEndpoint(let endpoint): return try createEndpoint(endpoint)
        case .dropEndpoint(let name, let ifExists):
            return try dropEndpoint(name, ifExists: ifExists)
        case .showEndpoints: return .query(showEndpoints())
        case .showCreateView(let name): return .query(try showCreateView(name))
        case .createSource(let source):
            return .createSource(try self.source(source), ifNotExists: source.ifNotExists)
        case .dropSource(let name, let ifExists):
            return .dropSource(name: name.name, ifExists: ifExists)
        case .changeSource(let name, let change):
            return .changeSource(name: name.name, change)
        case .showRollups(let table): return .query(try showRollups(table))
        }
    }
}

// MARK: - Types and constants

extension Binder {
    /// The value and type of a literal.
    ///
    /// - Throws: `invalid_cast` for a typed literal that is none; `unsupported_sql` for an interval
    ///   outside `t + INTERVAL`.
    /// - Parameter zone: Of whose clock a TIMESTAMP without offset is.
    static func constant(
        _ literal: Syntax.Literal, at range: SourceRange, in zone: TimeZone = .utc
    ) throws(QueryError) -> (value: Value, type: LogicalType) {
        switch literal {
        case .null: return (.null, .varchar)
        case .boolean(let value): return (.boolean(value), .boolean)
        case .integer(let value): return (.bigint(value), .bigint)
        case .decimal(let unscaled, let scale):
            let decimal = Decimal(unscaled: unscaled, scale: scale)
            return (.decimal(decimal), type(of: decimal))
        case .double(let value): return (.double(value), .double)
        case .string(let text): return (.varchar(Text(text)), .varchar)
        case .timestamp(let text):
            return (try typed(text, .timestamp, at: range, in: zone), .timestamp)
        case .date(let text): return (try typed(text, .date, at: range, in: .utc), .date)
        case .interval:
            throw QueryError(
                .unsupported, "an interval stands beside a time only", at: range,
                hint: "for example: t + INTERVAL '1' DAY")
        }
    }

    private static func typed(
        _ text: String, _ type: LogicalType, at range: SourceRange, in zone: TimeZone
    ) throws(QueryError) -> Value {
        let written = BoundExpression.literal(.varchar(Text(text)), .varchar)
        let read = try Coercion.convert(
            written, to: type, at: range, onFailure: .null, isExplicit: true, in: zone)
        guard let value = read.constant, !value.isNull else {
            throw QueryError(
                .invalidCast, "'\(text)' is no \(type)", at: range, hint: Coercion.example(of: type)
            )
        }
        return value
    }

    /// The narrowest type that holds a decimal.
    static func type(of decimal: Decimal) -> LogicalType {
        let digits = String(decimal.unscaled.magnitude).utf8.count
        return .decimal(precision: max(digits, decimal.scale, 1), scale: decimal.scale)
    }

    /// The type a name stands for.
    ///
    /// - Throws: `unsupported_sql` for an array of what arrays do not hold.
    static func type(_ name: Syntax.TypeName) throws(QueryError) -> LogicalType {
        let base: LogicalType =
            switch name.base {
            case .boolean: .boolean
            case .bigint: .bigint
            case .double: .double
            case .decimal(let precision, let scale): .decimal(precision: precision, scale: scale)
            case .varchar: .varchar
            case .timestamp: .timestamp
            case .date: .date
            case .json: .json
            }
        guard name.isArray else { return base }
        switch base {
        case .varchar: return .array(.varchar)
        case .bigint: return .array(.bigint)
        default:
            throw QueryError(
                .unsupported, "there are no arrays of \(base)", at: name.range,
                hint: "arrays hold VARCHAR or BIGINT")
        }
    }

    /// Whether CAST converts between the types; single values may still not convert.
    static func canCast(_ source: LogicalType, to target: LogicalType) -> Bool {
        switch (source, target) {
        case _ where source == target: true
        case (.array, _), (_, .array): target == .varchar
        case (_, .varchar): true
        case (.varchar, _): true
        case (.boolean, _): target.isNumeric
        case (_, .boolean): source == .bigint || source == .double
        case (.timestamp, .date), (.date, .timestamp): true
        default: source.isNumeric && target.isNumeric
        }
    }
}

// MARK: - Tables by name

extension Binder {
    /// A table that a name means.
    enum FoundTable {
        case stored(TableSchema)
        case system(SystemTable)
    }

    /// The table called `name`: in the schema named, else any stored table, then system tables.
    ///
    /// - Throws: `unknown_table`, with the nearest name there is.
    func table(_ name: Syntax.ObjectName) throws(QueryError) -> FoundTable {
        let wanted = name.name.name
        let schema = name.schema?.name.lowercased()
        if schema.map(CatalogView.tableSchemas.contains) ?? true,
            let table = find(wanted, in: catalog.tables, \.name)
        {
            return .stored(table)
        }
        if schema == "sys",
            let table = find(wanted, in: catalog.tables.filter(\.isSystem), \.address.name)
        {
            return .stored(table)
        }
        if let view = view(name) {
            throw QueryError(
                .invalidArgument, "\(view.name) is a view, not a table", at: name.range)
        }
        let system = InformationSchema.tables(of: catalog) + catalog.systemTables
        let candidates = system.filter { schema == nil || $0.schema.lowercased() == schema }
        if schema != nil, let table = find(wanted, in: candidates, \.name) {
            options.volatility.note()
            return .system(table)
        }
        throw unknown(name, system: candidates)
    }

    func find<Table>(
        _ name: String, in tables: [Table], _ nameOf: (Table) -> String
    ) -> Table? {
        if let exact = tables.first(where: { nameOf($0) == name }) { return exact }
        let similar = tables.filter { nameOf($0).lowercased() == name.lowercased() }
        return similar.count == 1 ? similar[0] : nil
    }

    private func unknown(_ name: Syntax.ObjectName, system: [SystemTable]) -> QueryError {
        let schemas =
            CatalogView.tableSchemas + [InformationSchema.name]
            + Set(catalog.systemTables.map(\.schema)).sorted()
        let wanted = name.name.name
        if let schema = name.schema,
            !schemas.contains(where: { $0.lowercased() == schema.name.lowercased() })
        {
            let meant = Spelling.nearest(to: schema.name, among: schemas)
            return QueryError(
                .unknownTable, "there is no schema \(schema.name)", at: schema.range,
                hint: meant.map { "did you mean \($0)?" }
                    ?? "schemas: \(schemas.joined(separator: ", "))")
        }
        let isSystem = name.schema.map { schema in
            !CatalogView.tableSchemas.contains(schema.name.lowercased())
        }
        let known =
            isSystem == true
            ? system.map(\.name) : catalog.tables.map(\.name) + catalog.views.map(\.name)
        var hint = Spelling.nearest(to: wanted, among: known).map { "did you mean \($0)?" }
        if hint == nil, name.schema == nil,
            let other = find(wanted, in: system, \.name)
        {
            hint = "did you mean \(other.schema).\(other.name)?"
        }
        return QueryError(
            .unknownTable, "there is no table \"\(wanted)\"", at: name.range,
            hint: hint ?? (known.isEmpty ? "there are no tables yet" : "SHOW TABLES lists them"))
    }
}
