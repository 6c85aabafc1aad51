import Segments

/// The tables that a statement's names may mean: those of one snapshot, and the system's own.
///
/// A value: binding the same text against an equal view gives an equal result.
public struct CatalogView: Sendable {
    /// The schema of every event and state table; both names stand for it.
    public static let tableSchemas = ["druid", "daybook"]

    /// Tables with stored rows.
    public var tables: [TableSchema]
    /// Tables the process answers from its own state, such as `sys.segments`.
    public var systemTables: [SystemTable]

    /// The rollups of `tables`.
    public var rollups: [Rollup]
    /// Queries with names, beside `tables`.
    public var views: [View]
    /// Queries that are offered over HTTP; their names mean nothing in a query.
    public var endpoints: [Endpoint]

    /// A view of these tables.
    public init(
        tables: [TableSchema], systemTables: [SystemTable] = [], rollups: [Rollup] = [],
        views: [View] = [], endpoints: [Endpoint] = []
    ) {
        self.tables = tables
        self.systemTables = systemTables
        self.rollups = rollups
        self.views = views
        self.endpoints = endpoints
    }
}

extension TableSchema {
    /// Stored tables whose names begin so belong to the system: they are read like others, and
    /// only the server writes them.
    static let systemPrefix = "sys."

    /// The schema and the name by which SQL addresses the table.
    var address: (schema: String, name: String) {
        guard name.hasPrefix(Self.systemPrefix) else { return (CatalogView.tableSchemas[0], name) }
        return ("sys", String(name.dropFirst(Self.systemPrefix.count)))
    }

    /// Whether the table belongs to the system.
    var isSystem: Bool { name.hasPrefix(Self.systemPrefix) }
}

/// A small table that exists only while it is asked for.
public struct SystemTable: Sendable {
    /// For example `sys`.
    public var schema: String
    /// For example `segments`.
    public var name: String
    /// Names and types, in order.
    public var columns: [ResultField]
    /// Makes the rows; called once per statement that reads the table. Each row has one value per
    /// column, of its type or NULL.
    public var rows: @Sendable () -> [[Value]]

    /// A table of these columns.
    public init(
        schema: String, name: String, columns: [ResultField],
        rows: @escaping @Sendable () -> [[Value]]
    ) {
        self.schema = schema
        self.name = name
        self.columns = columns
        self.rows = rows
    }
}
