import Segments

/// SHOW and DESCRIBE: constant rows.
extension Binder {
    /// SHOW TABLES [FROM schema]: names in order.
    func showTables(_ schema: Syntax.Identifier?) throws(QueryError) -> BoundQuery {
        let wanted = schema?.name.lowercased()
        var names: [String] = []
        if wanted.map(CatalogView.tableSchemas.contains) ?? true {
            names = catalog.tables.filter { !$0.isSystem }.map(\.name) + catalog.views.map(\.name)
        } else {
            let system = InformationSchema.tables(of: catalog) + catalog.systemTables
            names = system.filter { $0.schema.lowercased() == wanted }.map(\.name)
            guard !names.isEmpty else {
                throw QueryError(
                    .unknownTable, "there is no schema \(schema?.name ?? "")", at: schema?.range,
                    hint: "SELECT SCHEMA_NAME FROM INFORMATION_SCHEMA.SCHEMATA lists them")
            }
        }
        return texts(["table_name"], names.sorted().map { [$0] })
    }

    /// SHOW COLUMNS and DESCRIBE: name, type, nullability, default and role.
    func showColumns(_ name: Syntax.ObjectName) throws(QueryError) -> BoundQuery {
        let header = ["column_name", "data_type", "is_nullable", "column_default", "role"]
        if let view = view(name) {
            let fields = try query(of: view, at: name.range).fields
            return texts(header, fields.map { [$0.name, $0.type.description, "YES", "", ""] })
        }
        switch try table(name) {
        case .stored(let schema):
            let rows = schema.visibleColumns.enumerated().map { index, column in
                [
                    column.name, column.type.description, column.isNullable ? "YES" : "NO",
                    column.defaultValue.isNull ? "" : SchemaPrinter.literal(column.defaultValue),
                    role(of: index, in: schema),
                ]
            }
            return texts(header, rows)
        case .system(let table):
            return texts(
                header, table.columns.map { [$0.name, $0.type.description, "YES", "", ""] })
        }
    }

    /// SHOW CREATE TABLE: one row with the statement that makes the table.
    func showCreateTable(_ name: Syntax.ObjectName) throws(QueryError) -> BoundQuery {
        guard case .stored(let schema) = try table(name) else {
            throw QueryError(
                .invalidArgument, "system tables are not made by a statement", at: name.range)
        }
        return texts(
            ["table_name", "create_table"], [[schema.name, SchemaPrinter.createTable(schema)]])
    }

    private func role(of column: Int, in schema: TableSchema) -> String {
        var roles: [String] = []
        if schema.timestampColumn == column { roles.append("TIMESTAMP") }
        if schema.uniqueColumns.contains(column) { roles.append("UNIQUE") }
        if schema.primaryKey.contains(column) { roles.append("PRIMARY KEY") }
        if schema.versionColumn == column { roles.append("VERSION BY") }
        if schema.clusterColumns.contains(column) { roles.append("CLUSTER BY") }
        if schema.lookupColumns.contains(column) { roles.append("LOOKUP") }
        return roles.joined(separator: ", ")
    }

    func texts(_ names: [String], _ rows: [[String]]) -> BoundQuery {
        let fields = names.map { ResultField(name: $0, type: .varchar) }
        let values = rows.map { row in row.map { Value.varchar(Text($0)) } }
        return BoundQuery(
            plan: .values(rows: values, types: fields.map(\.type)), fields: fields)
    }
}
