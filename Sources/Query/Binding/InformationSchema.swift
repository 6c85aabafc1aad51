import Segments

/// The catalogue as tables, with the columns clients of Druid's SQL expect.
enum InformationSchema {
    /// The schema's name.
    static let name = "INFORMATION_SCHEMA"
    /// The only catalogue there is.
    static let catalogName = "druid"

    /// SCHEMATA, TABLES, COLUMNS, VIEWS and ROUTINES over `catalog`; rows are made when they are
    /// read.
    static func tables(of catalog: CatalogView) -> [SystemTable] {
        [
            SystemTable(schema: name, name: "SCHEMATA", columns: texts(schemataColumns)) {
                schemata(catalog)
            },
            SystemTable(schema: name, name: "TABLES", columns: texts(tablesColumns)) {
                tableRows(catalog)
            },
            SystemTable(schema: name, name: "COLUMNS", columns: columnsColumns) {
                columnRows(catalog)
            },
            SystemTable(schema: name, name: "VIEWS", columns: texts(viewsColumns)) {
                catalog.views.map { view in
                    [catalogName, CatalogView.tableSchemas[0], view.name, view.sql].map(text)
                }
            },
            SystemTable(
                schema: name, name: "ROUTINES", columns: texts(routinesColumns), rows: routines),
        ]
    }

    private static let schemataColumns = [
        "CATALOG_NAME", "SCHEMA_NAME", "SCHEMA_OWNER", "DEFAULT_CHARACTER_SET_CATALOG",
        "DEFAULT_CHARACTER_SET_SCHEMA", "DEFAULT_CHARACTER_SET_NAME", "SQL_PATH",
    ]

    private static let tablesColumns = [
        "TABLE_CATALOG", "TABLE_SCHEMA", "TABLE_NAME", "TABLE_TYPE", "IS_JOINABLE", "IS_BROADCAST",
    ]

    private static let viewsColumns = [
        "TABLE_CATALOG", "TABLE_SCHEMA", "TABLE_NAME", "VIEW_DEFINITION",
    ]

    private static let routinesColumns = [
        "ROUTINE_CATALOG", "ROUTINE_SCHEMA", "ROUTINE_NAME", "ROUTINE_TYPE", "IS_AGGREGATOR",
        "SIGNATURES",
    ]

    private static let columnsColumns: [ResultField] = {
        let numbers: Set<String> = [
            "ORDINAL_POSITION", "CHARACTER_MAXIMUM_LENGTH", "CHARACTER_OCTET_LENGTH",
            "NUMERIC_PRECISION", "NUMERIC_PRECISION_RADIX", "NUMERIC_SCALE", "DATETIME_PRECISION",
            "JDBC_TYPE",
        ]
        let names = [
            "TABLE_CATALOG", "TABLE_SCHEMA", "TABLE_NAME", "COLUMN_NAME", "ORDINAL_POSITION",
            "COLUMN_DEFAULT", "IS_NULLABLE", "DATA_TYPE", "CHARACTER_MAXIMUM_LENGTH",
            "CHARACTER_OCTET_LENGTH", "NUMERIC_PRECISION", "NUMERIC_PRECISION_RADIX",
            "NUMERIC_SCALE", "DATETIME_PRECISION", "CHARACTER_SET_NAME", "COLLATION_NAME",
            "JDBC_TYPE",
        ]
        return names.map { ResultField(name: $0, type: numbers.contains($0) ? .bigint : .varchar) }
    }()

    private static func texts(_ names: [String]) -> [ResultField] {
        names.map { ResultField(name: $0, type: .varchar) }
    }

    private static func text(_ string: String) -> Value { .varchar(Text(string)) }

    private static func schemata(_ catalog: CatalogView) -> [[Value]] {
        let schemas = ["druid", name] + Set(catalog.systemTables.map(\.schema)).sorted()
        return schemas.map { [text(catalogName), text($0)] + Array(repeating: .null, count: 5) }
    }

    private static func tableRows(_ catalog: CatalogView) -> [[Value]] {
        func row(_ schema: String, _ table: String, _ type: String) -> [Value] {
            [catalogName, schema, table, type, "NO", "NO"].map(text)
        }
        let stored = catalog.tables.map {
            row($0.address.schema, $0.address.name, $0.isSystem ? "SYSTEM_TABLE" : "TABLE")
        }
        let views = catalog.views.map { row(CatalogView.tableSchemas[0], $0.name, "VIEW") }
        return stored + views
            + allSystem(catalog).map { row($0.schema, $0.name, "SYSTEM_TABLE") }
    }

    private static func columnRows(_ catalog: CatalogView) -> [[Value]] {
        var rows: [[Value]] = []
        for table in catalog.tables {
            for (index, column) in table.visibleColumns.enumerated() {
                rows.append(
                    row(
                        table.address.schema, table.address.name, column.name, index, column.type,
                        column.isNullable))
            }
        }
        for view in catalog.views {
            for (index, field) in fields(of: view, catalog).enumerated() {
                rows.append(
                    row(
                        CatalogView.tableSchemas[0], view.name, field.name, index, field.type,
                        true))
            }
        }
        for table in allSystem(catalog) {
            for (index, column) in table.columns.enumerated() {
                rows.append(row(table.schema, table.name, column.name, index, column.type, true))
            }
        }
        return rows
    }

    /// Every function under each of its names, aggregates and window functions included.
    @Sendable private static func routines() -> [[Value]] {
        func rows(_ names: [String], _ signature: String, _ isAggregate: Bool) -> [[Value]] {
            names.map { routine in
                [
                    catalogName, name, routine, "FUNCTION", isAggregate ? "YES" : "NO",
                    routine + signature,
                ].map(text)
            }
        }
        return FunctionCatalogue.chapters.flatMap(\.entries).flatMap {
            rows($0.names, $0.signature, false)
        } + AggregateCatalogue.entries.flatMap { rows($0.names, $0.signature, true) }
            + WindowCatalogue.entries.flatMap { rows($0.names, $0.signature, false) }
    }

    /// The columns of a view; none where what it reads is gone.
    private static func fields(of view: View, _ catalog: CatalogView) -> [ResultField] {
        let binder = Binder(catalog: catalog, options: BindOptions(now: 0))
        do throws(QueryError) {
            return try binder.query(of: view, at: SourceRange(0, 0)).fields
        } catch {
            return []
        }
    }

    private static func allSystem(_ catalog: CatalogView) -> [SystemTable] {
        tables(of: catalog) + catalog.systemTables
    }

    private static func row(
        _ schema: String, _ table: String, _ column: String, _ index: Int, _ type: LogicalType,
        _ isNullable: Bool
    ) -> [Value] {
        let (dataType, jdbcType, precision) = jdbc(type)
        let isTime = type == .timestamp
        return [
            text(catalogName), text(schema), text(table), text(column), .bigint(Int64(index + 1)),
            // Clients compare the default with '': NULL would read as a default.
            text(""), text(isNullable ? "YES" : "NO"), text(dataType), .null, .null,
            precision.map { .bigint($0) } ?? .null, precision == nil ? .null : .bigint(10),
            type.isExactNumeric ? .bigint(Int64(type.scale)) : .null,
            isTime ? .bigint(6) : .null, .null, .null, .bigint(jdbcType),
        ]
    }

    /// The type's name, its number in java.sql.Types, and its decimal digits.
    private static func jdbc(_ type: LogicalType) -> (String, Int64, precision: Int64?) {
        switch type {
        case .boolean: ("BOOLEAN", 16, nil)
        case .bigint: ("BIGINT", -5, 19)
        case .double: ("DOUBLE", 8, 15)
        case .decimal(let precision, _): ("DECIMAL", 3, Int64(precision))
        case .varchar: ("VARCHAR", 12, nil)
        case .timestamp: ("TIMESTAMP", 93, nil)
        case .date: ("DATE", 91, nil)
        case .json: ("COMPLEX<json>", 1111, nil)
        case .array: ("ARRAY", 2003, nil)
        }
    }
}
