import Segments

/// The columns that names in an expression may mean.
struct Scope {
    /// One column of the input, by its position.
    struct Column {
        var name: String
        var type: LogicalType
        /// The item of FROM it belongs to, by position in `sources`; nil for none with a name.
        var source: Int?
        /// Whether only a qualified name means it: one of two columns that USING made one.
        var isHidden = false
        /// Whether `*` and NATURAL leave it out.
        var isSystem = false
    }

    /// How FROM names one of its items.
    struct Source {
        /// The alias, or the table's own name.
        var name: String
        /// What may stand before the name; empty for an alias.
        var schemas: [String]
        /// The position of the column that `__time` means, too.
        var timestampColumn: Int?
    }

    /// What a row of names means: a column, and members of its JSON.
    struct Match: Equatable {
        var index: Int
        /// How many of the names, from the end, are members.
        var memberCount: Int
    }

    /// By position in the input.
    private(set) var columns: [Column]
    /// In order of FROM.
    private(set) var sources: [Source]
    /// Columns that USING made of two: `*` gives them first.
    private var merged: [Int] = []
    /// Hidden columns that must equal expressions over the query around: what a derived table
    /// compares with the columns of that query.
    private(set) var correlations: [(outer: BoundExpression, column: Int)] = []

    /// A scope without columns: a SELECT without FROM.
    static let empty = Scope(fields: [], source: nil)

    /// The columns of a stored table.
    init(table: TableSchema, alias: Syntax.TableAlias?) {
        columns = table.columns.map {
            Column(name: $0.name, type: $0.type, source: 0, isSystem: $0.isHidden)
        }
        let source = Source(
            name: alias?.name.name ?? table.name,
            schemas: alias == nil ? CatalogView.tableSchemas : [],
            timestampColumn: table.timestampColumn)
        sources = [source]
    }

    /// The columns of a system table or a derived one.
    init(fields: [ResultField], source: Source?) {
        let index = source == nil ? nil : 0
        columns = fields.map { Column(name: $0.name, type: $0.type, source: index) }
        sources = source.map { [$0] } ?? []
    }

    /// Gives the first columns other names.
    mutating func rename(_ names: [String]) {
        for (index, name) in names.enumerated() { columns[index].name = name }
    }

    /// The columns of both, those of `other` behind.
    func joined(with other: Scope) -> Scope {
        var joined = self
        for source in other.sources {
            var source = source
            source.timestampColumn = source.timestampColumn.map { $0 + columns.count }
            joined.sources.append(source)
        }
        for column in other.columns {
            var column = column
            column.source = column.source.map { $0 + sources.count }
            joined.columns.append(column)
        }
        joined.merged += other.merged.map { $0 + columns.count }
        return joined
    }

    /// Makes two columns of one name one: `hidden` are left to qualified names.
    mutating func merge(_ index: Int, hiding hidden: [Int]) {
        for index in hidden { columns[index].isHidden = true }
        merged.removeAll(where: hidden.contains)
        if !merged.contains(index) { merged.append(index) }
    }

    /// Adds a column that no name means and that must equal `outer`.
    mutating func correlate(_ outer: BoundExpression, _ type: LogicalType) {
        columns.append(Column(name: "", type: type, isHidden: true))
        correlations.append((outer, columns.count - 1))
    }

    /// Adds a column that belongs to no item of FROM.
    ///
    /// - Returns: its position.
    mutating func append(_ name: String, _ type: LogicalType) -> Int {
        columns.append(Column(name: name, type: type))
        return columns.count - 1
    }
}

extension Scope.Column {
    /// Whether it is there without being named.
    var isListed: Bool { !isHidden && !isSystem }
}

// MARK: - Names

extension Scope {
    /// What `parts` mean; nil if the scope has nothing of that name.
    ///
    /// A name means the column of exactly that name, else the only one that differs in case. A
    /// qualified column comes before members of a JSON column that is called as the table.
    ///
    /// - Throws: `ambiguous_name` if several columns fit.
    func find(_ parts: [Syntax.Identifier], at range: SourceRange) throws(QueryError) -> Match? {
        if let (source, used) = source(of: parts),
            let index = try index(of: parts[used].name, in: source, at: range)
        {
            return match(index, memberCount: parts.count - used - 1)
        }
        guard let first = parts.first, let index = try index(of: first.name, in: nil, at: range)
        else { return nil }
        return match(index, memberCount: parts.count - 1)
    }

    private func match(_ index: Int, memberCount: Int) -> Match? {
        memberCount == 0 || columns[index].type == .json
            ? Match(index: index, memberCount: memberCount) : nil
    }

    /// The item of FROM that the first names mean, and how many of them; more must follow.
    private func source(of parts: [Syntax.Identifier]) -> (index: Int, used: Int)? {
        guard parts.count > 1 else { return nil }
        if parts.count > 2 {
            let schema = parts[0].name.lowercased()
            let named = named(parts[1].name).filter { sources[$0].schemas.contains(schema) }
            if named.count == 1 { return (named[0], 2) }
        }
        let named = named(parts[0].name)
        return named.count == 1 ? (named[0], 1) : nil
    }

    /// The items of FROM of that name: exactly, else in another case.
    private func named(_ name: String) -> [Int] {
        let exact = sources.indices.filter { sources[$0].name == name }
        if !exact.isEmpty { return exact }
        let folded = name.lowercased()
        return sources.indices.filter { sources[$0].name.lowercased() == folded }
    }

    private func index(
        of name: String, in source: Int?, at range: SourceRange
    ) throws(QueryError) -> Int? {
        let eligible = columns.indices.filter {
            source == nil ? !columns[$0].isHidden : columns[$0].source == source
        }
        let exact = eligible.filter { columns[$0].name == name }
        if let index = try only(exact, name, at: range) { return index }
        let times = (source.map { [sources[$0]] } ?? sources).compactMap(\.timestampColumn)
        if name == TableSchema.timestampAlias, let index = try only(times, name, at: range) {
            return index
        }
        let folded = name.lowercased()
        let similar = eligible.filter { columns[$0].name.lowercased() == folded }
        if let index = try only(similar, name, at: range) { return index }
        return folded == TableSchema.timestampAlias ? try only(times, name, at: range) : nil
    }

    private func only(
        _ indices: [Int], _ name: String, at range: SourceRange
    ) throws(QueryError) -> Int? {
        guard indices.count > 1 else { return indices.first }
        let tables = Set(indices.compactMap { columns[$0].source }).sorted()
        let names = Set(indices.map { "\"\(columns[$0].name)\"" }).sorted()
        let hint: String
        if tables.count == indices.count {
            let qualified = tables.map { "\(sources[$0].name).\(name)" }
            hint = "write one of \(qualified.joined(separator: ", "))"
        } else if names.count > 1 {
            hint = "write one of \(names.joined(separator: ", "))"
        } else {
            hint = "give the columns aliases"
        }
        throw QueryError(
            .ambiguous, "\"\(name)\" may mean several columns", at: range, hint: hint)
    }

    /// The positions that `*` or `qualifier.*` stands for.
    ///
    /// - Throws: `unknown_table` for a wrong qualifier, `unknown_column` without FROM.
    func star(
        _ qualifier: [Syntax.Identifier], at range: SourceRange
    ) throws(QueryError) -> [Int] {
        guard !sources.isEmpty || !columns.isEmpty else {
            throw QueryError(
                .unknownColumn, "* needs a table", at: range, hint: "add FROM table")
        }
        if qualifier.isEmpty {
            return merged
                + columns.indices.filter {
                    !columns[$0].isHidden && !columns[$0].isSystem && !merged.contains($0)
                }
        }
        try checkQualifier(qualifier)
        // A name that follows makes the qualifier one.
        guard let (source, _) = source(of: qualifier + [qualifier[0]]) else { return [] }
        return columns.indices.filter { columns[$0].source == source && !columns[$0].isSystem }
    }

    /// Refuses names before a column that mean no item of FROM.
    func checkQualifier(_ qualifier: [Syntax.Identifier]) throws(QueryError) {
        guard let table = qualifier.last else { return }
        let range = SourceRange(
            qualifier[0].range.lowerBound, table.range.upperBound)
        guard !sources.isEmpty else {
            throw QueryError(
                .unknownTable, "there is no table \(table.name) here", at: range,
                hint: columns.isEmpty
                    ? "add FROM \(table.name)" : "give the derived table the alias \(table.name)")
        }
        let fitting = named(table.name).filter { index in
            qualifier.count == 1
                || sources[index].schemas.contains(qualifier[0].name.lowercased())
        }
        if fitting.count == 1 { return }
        let name = qualifier.map(\.name).joined(separator: ".")
        if fitting.count > 1 {
            throw QueryError(
                .ambiguous, "\"\(name)\" may mean several tables", at: range,
                hint: "give each of them its own alias")
        }
        let names = sources.map(\.name)
        throw QueryError(
            .unknownTable, "FROM has no table \(name)", at: range,
            hint: names.count == 1
                ? "the table is called \(names[0]) here"
                : "the tables are called \(names.joined(separator: ", ")) here")
    }
}
