extension Syntax {
    /// `CREATE TABLE`: columns, keys, and the clauses after the parenthesis.
    struct CreateTable: Equatable, Sendable {
        var name: ObjectName
        var ifNotExists: Bool
        var columns: [ColumnDefinition]
        /// `UNIQUE (columns)`.
        var unique: [Identifier]?
        /// `PRIMARY KEY (columns) [VERSION BY column]`.
        var primaryKey: PrimaryKey?
        /// `TIMESTAMP (column)`.
        var timestamp: Identifier?
        /// `PARTITION BY unit`, with the place of the unit.
        var partition: Partition?
        /// `CLUSTER BY (columns)`.
        var clusterBy: [Identifier] = []
        /// `LOOKUP (columns)`.
        var lookup: [Identifier] = []
        /// `LOOKUP (column) WHERE column = 'value'`.
        var sparseLookups: [SparseLookup] = []
        /// `TTL n DAYS`, `TTL (column) [+ n MINUTES]`.
        var timeToLive: TimeToLive?
        /// `WITH (key = literal, ...)`.
        var options: [Setting] = []
        /// `AS query`, in place of columns.
        var query: QueryExpression?
    }

    /// `ALTER TABLE name action, ...`.
    struct AlterTable: Equatable, Sendable {
        var name: ObjectName
        var actions: [AlterAction]
    }

    /// One thing that ALTER TABLE does, with the place that an error points at.
    enum AlterAction: Equatable, Sendable {
        case addColumn(ColumnDefinition, ifNotExists: Bool)
        case dropColumn(Identifier, ifExists: Bool)
        case renameColumn(Identifier, to: Identifier)
        case renameTable(Identifier)
        case setType(Identifier, TypeName)
        /// Without a value: DROP DEFAULT.
        case setDefault(Identifier, Expression?)
        case setOptions([Setting])
        /// Without a value: DROP TTL.
        case setTimeToLive(TimeToLive?)
        /// Without columns: DROP CLUSTER BY.
        case clusterBy([Identifier])
        case addLookup([Identifier])
        case addSparseLookup(SparseLookup)
        case dropLookup([Identifier])
    }

    /// One column between the parentheses.
    struct ColumnDefinition: Equatable, Sendable {
        var name: Identifier
        var type: TypeName
        var isNotNull: Bool
        /// `DEFAULT literal`, with its sign applied.
        var defaultValue: Expression?
    }

    /// The key of a state table.
    struct PrimaryKey: Equatable, Sendable {
        var columns: [Identifier]
        var version: Identifier?
        var range: SourceRange
    }

    /// The calendar step of a time chunk.
    struct Partition: Equatable, Sendable {
        var unit: TimeUnit
        var range: SourceRange
    }

    /// A look-up of one value.
    struct SparseLookup: Equatable, Sendable {
        var column: Identifier
        /// The column that the condition names; the same.
        var compared: Identifier
        var value: String
    }

    /// How long rows live.
    struct TimeToLive: Equatable, Sendable {
        /// Counted from it; from the table's time where there is none.
        var column: Identifier?
        var count: Int64
        var unit: TimeUnit
        var range: SourceRange
    }

    /// `CREATE [OR REPLACE] VIEW [IF NOT EXISTS] name AS query`.
    struct CreateView: Equatable, Sendable {
        var name: ObjectName
        var isReplacing: Bool
        var ifNotExists: Bool
        var query: QueryExpression
        /// The query as it was written.
        var text: String
    }

    /// `CREATE [OR REPLACE] ENDPOINT [IF NOT EXISTS] name [(parameters)] AS query`.
    struct CreateEndpoint: Equatable, Sendable {
        var name: Identifier
        var isReplacing: Bool
        var ifNotExists: Bool
        var parameters: [EndpointParameter] = []
        var query: QueryExpression
        /// Where the query names parameters.
        var uses: [Parameter]
        /// The query as it was written.
        var text: String
    }

    /// `name type [DEFAULT literal]`.
    struct EndpointParameter: Equatable, Sendable {
        var name: Identifier
        var type: TypeName
        var defaultValue: Expression?
    }

    /// `COPY table FROM 'path' [WITH (key = literal, ...)]`.
    struct Copy: Equatable, Sendable {
        var table: ObjectName
        var path: String
        var options: [Setting] = []
    }

    /// `INSERT INTO table [(columns)] VALUES (...), ...`, or a query in place of the rows.
    struct Insert: Equatable, Sendable {
        var table: ObjectName
        /// The columns named; nil stands for all, in order of the table.
        var columns: [Identifier]?
        var rows: [Row] = []
        var query: QueryExpression?

        /// One parenthesised row.
        struct Row: Equatable, Sendable {
            var values: [Expression]
            var range: SourceRange
        }
    }
}
