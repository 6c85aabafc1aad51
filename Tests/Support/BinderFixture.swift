import Query
import Segments

/// The tables that the binder's tests name.
public enum BinderFixture {
    /// When statements begin, in microseconds since 1970.
    public static let now: Int64 = 1_795_000_000_000_000

    /// A table with a column of every kind.
    public static let payments: TableSchema = {
        let columns: [(String, LogicalType, Bool)] = [
            ("event_id", .varchar, false), ("event_time", .timestamp, false),
            ("merchant_id", .varchar, true), ("method", .varchar, true), ("status", .varchar, true),
            ("amount", .bigint, true), ("fee", .decimal(precision: 18, scale: 2), true),
            ("discount", .double, true), ("is_test", .boolean, true), ("settle_date", .date, true),
            ("coupon_ids", .array(.varchar), true), ("attrs", .json, true),
        ]
        return TableSchema(
            id: TableID(1), name: "payments",
            columns: columns.enumerated().map { index, column in
                ColumnDefinition(
                    id: UInt32(index + 1), name: column.0, type: column.1, isNullable: column.2)
            }, timestampColumn: 1, granularity: .day, clusterColumns: [2], uniqueColumns: [0])
    }()

    /// It, and a system table.
    public static let catalog = CatalogView(
        tables: [payments],
        systemTables: [
            SystemTable(
                schema: "sys", name: "segments",
                columns: [ResultField(name: "segment_id", type: .varchar)]
            ) { [[.varchar("a")]] }
        ])

    /// Two positional parameters and one by name.
    public static let options = BindOptions(
        now: now, parameters: [ParameterValue(.bigint(7)), ParameterValue(.varchar("two"))],
        namedParameters: ["m": ParameterValue(.varchar("CARD"))])

    /// Binds a statement with as many of the parameters as it has.
    public static func bind(_ sql: String) throws(QueryError) -> BoundStatement {
        let statement = try ParsedStatement(parsing: sql)
        var options = options
        options.parameters.removeLast(max(0, 2 - statement.positionalParameterCount))
        return try statement.bound(to: catalog, options: options)
    }

    /// Binds a query, or one to explain.
    public static func query(_ sql: String) throws(QueryError) -> BoundQuery {
        switch try bind(sql) {
        case .query(let query), .explain(let query, _): return query
        default: throw QueryError(.syntax, "no query")
        }
    }
}
