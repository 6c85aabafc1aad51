import Segments

/// The columns that names in an expression may mean.
struct Scope {
    /// One column of the input, by its position.
    struct Column {
        var name: String
        var type: LogicalType
    }

    /// How FROM names its only table; nil without FROM.
    struct Source {
        /// The alias, or the table's own name.
        var name: String
        /// What may stand before the name; empty for an alias.
        var schemas: [String]
    }

    /// By position in the input.
    var columns: [Column]
    /// The table before the columns' names.
    var source: Source?
    /// The position of the column that `__time` means, too.
    var timestampColumn: Int?

    /// A scope without columns: a SELECT without FROM.
    static let empty = Scope(columns: [])

    /// The columns of a stored table.
    init(table: TableSchema, alias: Syntax.Identifier?) {
        columns = table.columns.map { Column(name: $0.name, type: $0.type) }
        source = Source(
            name: alias?.name ?? table.name, schemas: alias == nil ? CatalogView.tableSchemas : [])
        timestampColumn = table.timestampColumn
    }

    /// The columns of a system table or a derived one.
    init(fields: [ResultField], source: Source?) {
        columns = fields.map { Column(name: $0.name, type: $0.type) }
        self.source = source
    }

    private init(columns: [Column]) { self.columns = columns }

    /// The position of the column `parts` names; nil if the scope has none of that name.
    ///
    /// A name means the column of exactly that name, else the only one that differs in case.
    ///
    /// - Throws: `ambiguous_name` if several columns fit; `unknown_table` for a wrong qualifier.
    func index(of parts: [Syntax.Identifier], at range: SourceRange) throws(QueryError) -> Int? {
        try checkQualifier(Array(parts.dropLast()))
        guard let name = parts.last?.name else { return nil }
        let exact = columns.indices.filter { columns[$0].name == name }
        if let index = try only(exact, name, at: range) { return index }
        if name == TableSchema.timestampAlias, let timestampColumn { return timestampColumn }
        let folded = name.lowercased()
        let similar = columns.indices.filter { columns[$0].name.lowercased() == folded }
        if let index = try only(similar, name, at: range) { return index }
        return folded == TableSchema.timestampAlias ? timestampColumn : nil
    }

    private func only(
        _ indices: [Int], _ name: String, at range: SourceRange
    ) throws(QueryError) -> Int? {
        guard indices.count > 1 else { return indices.first }
        let names = Set(indices.map { "\"\(columns[$0].name)\"" }).sorted()
        throw QueryError(
            .ambiguous, "\"\(name)\" may mean several columns", at: range,
            hint: names.count > 1
                ? "write one of \(names.joined(separator: ", "))" : "give the columns aliases")
    }

    private func checkQualifier(_ qualifier: [Syntax.Identifier]) throws(QueryError) {
        guard let table = qualifier.last else { return }
        let range = SourceRange(
            qualifier[0].range.lowerBound, table.range.upperBound)
        guard let source else {
            throw QueryError(
                .unknownTable, "there is no table \(table.name) here", at: range,
                hint: columns.isEmpty
                    ? "add FROM \(table.name)" : "give the derived table the alias \(table.name)")
        }
        let schemaFits =
            qualifier.count == 1
            || source.schemas.contains { $0.lowercased() == qualifier[0].name.lowercased() }
        guard schemaFits, table.name.lowercased() == source.name.lowercased() else {
            throw QueryError(
                .unknownTable, "FROM has no table \(qualifier.map(\.name).joined(separator: "."))",
                at: range, hint: "the table is called \(source.name) here")
        }
    }

    /// Whether `qualifier.*` means this scope's table; throws as `index(of:at:)`.
    func checkStar(_ qualifier: [Syntax.Identifier], at range: SourceRange) throws(QueryError) {
        guard source != nil || !columns.isEmpty else {
            throw QueryError(
                .unknownColumn, "* needs a table", at: range, hint: "add FROM table")
        }
        try checkQualifier(qualifier)
    }
}
