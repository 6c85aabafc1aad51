extension SyntaxPrinter {
    /// The text of a column between parentheses or behind ADD COLUMN.
    static func text(of column: Syntax.ColumnDefinition) -> String {
        "\(name(column.name)) \(type(column.type))" + (column.isNotNull ? " NOT NULL" : "")
            + (column.defaultValue.map { " DEFAULT " + text(of: $0) } ?? "")
    }

    /// The text of one action of ALTER TABLE.
    static func action(_ action: Syntax.AlterAction) -> String {
        switch action {
        case .addColumn(let column, let ifNotExists):
            "ADD COLUMN \(ifNotExists ? "IF NOT EXISTS " : "")\(text(of: column))"
        case .dropColumn(let column, let ifExists):
            "DROP COLUMN \(ifExists ? "IF EXISTS " : "")\(name(column))"
        case .renameColumn(let column, let new): "RENAME COLUMN \(name(column)) TO \(name(new))"
        case .renameTable(let new): "RENAME TO \(name(new))"
        case .setType(let column, let new):
            "ALTER COLUMN \(name(column)) SET DATA TYPE \(type(new))"
        case .setDefault(let column, let value):
            "ALTER COLUMN \(name(column)) "
                + (value.map { "SET DEFAULT " + text(of: $0) } ?? "DROP DEFAULT")
        case .setOptions(let options): "SET (\(options.map(setting).joined(separator: ", ")))"
        case .setTimeToLive(let live): live.map { "SET TTL " + text(of: $0) } ?? "DROP TTL"
        case .clusterBy(let columns):
            columns.isEmpty ? "DROP CLUSTER BY" : "CLUSTER BY (\(names(columns)))"
        case .addSparseLookup(let lookup): "ADD " + text(of: lookup)
        case .addLookup(let columns): "ADD LOOKUP (\(names(columns)))"
        case .dropLookup(let columns): "DROP LOOKUP (\(names(columns)))"
        }
    }
}
