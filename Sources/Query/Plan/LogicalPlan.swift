import Segments

/// What a SELECT does, as a tree: each node's output columns are the next node's input.
public indirect enum LogicalPlan: Hashable, Sendable {
    /// Rows of a table. Output: the columns at `columns`, in that order, then one VARCHAR for each
    /// of `paths`.
    case scan(TableScan)
    /// Constant rows: VALUES, catalogue tables, and one row without columns for a SELECT without
    /// FROM. `types` has one entry per column.
    case values(rows: [[Value]], types: [LogicalType])
    /// Rows for which `condition` is true. Output: as the input.
    case filter(BoundExpression, LogicalPlan)
    /// One output column per expression over the input.
    case project([BoundExpression], LogicalPlan)
    /// Output: one column per key, then one per call. Without keys exactly one row.
    case aggregate(keys: [BoundExpression], calls: [AggregateCall], LogicalPlan)
    /// The input's rows without repetition; NULL equals NULL here.
    case distinct(LogicalPlan)
    /// The input's rows in order; ties in no particular order.
    case sort([SortKey], LogicalPlan)
    /// At most `count` rows after passing over `offset`.
    case limit(count: Int?, offset: Int, LogicalPlan)
    /// One row per element of an array; output: the input's columns, then the element. Rows whose
    /// array is NULL or empty are left out, or kept once with NULL where `keepsEmpty`.
    case unnest(BoundExpression, keepsEmpty: Bool, LogicalPlan)
    /// Rows of two inputs that match. Output: the columns of the left input, then those of the
    /// right, or the mark, or nothing.
    case join(Join, LogicalPlan, LogicalPlan)
    /// The rows of one input behind those of another; all have the same types, and there is one.
    case union([LogicalPlan])
    /// Output: the input's columns, then one per call.
    case window([WindowCall], LogicalPlan)
}

/// A table to read.
public struct TableScan: Hashable, Sendable {
    /// The table as declared in the snapshot that the statement was bound to.
    public var table: TableSchema
    /// Positions in `table.columns` of the output columns, in output order.
    public var columns: [Int]
    /// What must hold of every output row, over the output columns; filled by push-down, so that
    /// segments and blocks can be pruned by it.
    public var filter: BoundExpression?
    /// What holds of every row that matters to the query, over the output columns, besides: found
    /// out while it runs, pruned by, and never asked of a row.
    var hint: BoundExpression?
    /// Paths of JSON columns whose scalars are output columns, too; filled by the optimiser.
    public var paths: [PathColumn] = []

    /// What JSON_VALUE gives for a column and a path.
    public struct PathColumn: Hashable, Sendable {
        /// The JSON column's position in `table.columns`.
        public var column: Int
        /// Names of members, outermost first.
        public var path: [Text]

        /// A path of a column.
        public init(column: Int, path: [Text]) {
            self.column = column
            self.path = path
        }
    }

    /// A scan of some of a table's columns.
    public init(table: TableSchema, columns: [Int], filter: BoundExpression? = nil) {
        self.table = table
        self.columns = columns
        self.filter = filter
    }
}

/// One aggregate of an aggregation.
public struct AggregateCall: Hashable, Sendable {
    /// Which aggregate.
    public enum Function: String, Hashable, Sendable, CaseIterable {
        /// Rows, or rows whose argument is not NULL.
        case count = "COUNT"
        /// Exact in 128 bits; a result beyond the result type is an error. NULL over no values.
        case sum = "SUM"
        case minimum = "MIN"
        case maximum = "MAX"
        /// DOUBLE, from the exact sum where the argument is exact.
        case average = "AVG"
        /// Some value of the group.
        case anyValue = "ANY_VALUE"
        /// BIGINT, by a sketch.
        case approximateCount = "APPROX_COUNT_DISTINCT"
        /// The first value whose share of the values up to it reaches `fraction`.
        case quantile = "QUANTILE_DISC"
        /// DOUBLE, interpolated between two values.
        case continuousQuantile = "QUANTILE_CONT"
        /// A value near the quantile, by a sketch.
        case approximateQuantile = "APPROX_QUANTILE"
        /// The argument in the row whose `key` is greatest; rows where either is NULL do not count.
        case argumentOfMaximum = "ARG_MAX"
        case argumentOfMinimum = "ARG_MIN"
        /// DOUBLE; of all values, and of a sample with one degree of freedom less.
        case populationVariance = "VAR_POP"
        case sampleVariance = "VAR_SAMP"
        case populationDeviation = "STDDEV_POP"
        case sampleDeviation = "STDDEV_SAMP"
        /// BIGINT.
        case bitAnd = "BIT_AND"
        case bitOr = "BIT_OR"
        case bitXor = "BIT_XOR"
        /// All values as one text, or as an array with its NULLs.
        case textList = "STRING_AGG"
        case arrayList = "ARRAY_AGG"
    }

    /// How STRING_AGG and ARRAY_AGG put values together.
    public struct List: Hashable, Sendable {
        /// Between texts; `nil` for an array.
        public var separator: Text?
        /// A longer result is an error.
        public var maximumByteCount: Int
    }

    /// Which aggregate.
    public var function: Function
    /// What it is taken over; `nil` only for COUNT(*).
    public var argument: BoundExpression?
    /// What decides which argument is taken; only for ARG_MAX and ARG_MIN.
    public var key: BoundExpression?
    /// From 0 to 1; only for quantiles.
    public var fraction: Double?
    /// In what order; only for STRING_AGG and ARRAY_AGG.
    public var order: [SortKey] = []
    /// Only for STRING_AGG and ARRAY_AGG.
    public var list: List?
    /// Whether equal arguments count once.
    public var isDistinct: Bool
    /// Rows that count; `nil` for all.
    public var filter: BoundExpression?
    /// The result's type.
    public var type: LogicalType
    /// Where an error of evaluation points.
    public var range: SourceRange

    /// An aggregate call.
    public init(
        _ function: Function, of argument: BoundExpression?, isDistinct: Bool = false,
        filter: BoundExpression? = nil, type: LogicalType, at range: SourceRange
    ) {
        self.function = function
        self.argument = argument
        self.isDistinct = isDistinct
        self.filter = filter
        self.type = type
        self.range = range
    }
}

/// One part of an ORDER BY.
public struct SortKey: Hashable, Sendable {
    /// Over the columns of the sorted input.
    public var expression: BoundExpression
    /// Ascending order.
    public var isAscending: Bool
    /// Whether NULL comes before everything else.
    public var nullsFirst: Bool

    /// A sort key.
    public init(_ expression: BoundExpression, isAscending: Bool = true, nullsFirst: Bool) {
        self.expression = expression
        self.isAscending = isAscending
        self.nullsFirst = nullsFirst
    }
}

/// A column of a result.
public struct ResultField: Hashable, Sendable {
    /// The alias, the column's name, or `EXPR$n`.
    public var name: String
    /// The type of its values.
    public var type: LogicalType

    /// A column of a result.
    public init(name: String, type: LogicalType) {
        self.name = name
        self.type = type
    }
}

/// A SELECT ready to run.
public struct BoundQuery: Hashable, Sendable {
    /// What to do.
    public var plan: LogicalPlan
    /// One per output column of `plan`.
    public var fields: [ResultField]
    /// The tables that it reads; a table of the system's own is none.
    public var tables: Set<TableID> { Set(plan.scans.map(\.table.id)) }
    /// Whether the plan has been through the optimiser.
    private(set) var isOptimized = false

    /// The same, optimised once for many runs; as it is where it has joins, whose order depends on
    /// what the tables hold, and some of which are run before.
    var optimized: BoundQuery {
        guard !isOptimized, !plan.hasJoins else { return self }
        var query = self
        query.plan = Optimizer.optimized(plan)
        query.isOptimized = true
        return query
    }

    /// A SELECT ready to run.
    public init(plan: LogicalPlan, fields: [ResultField]) {
        self.plan = plan
        self.fields = fields
    }
}

/// A statement whose names and types are settled against one snapshot.
public enum BoundStatement: Hashable, Sendable {
    /// SELECT, VALUES, SHOW and DESCRIBE.
    case query(BoundQuery)
    case explain(BoundQuery, analyze: Bool)
    /// The schema's id is 0: the catalog gives the real one.
    case createTable(TableSchema, ifNotExists: Bool)
    case dropTable(name: String, ifExists: Bool)
    /// Both the same where IF [NOT] EXISTS finds nothing to do.
    case alterTable(TableChange)
    /// The rollup's id is 0: the catalog gives the real one.
    case createRollup(Rollup, ifNotExists: Bool)
    /// What such a rollup would take.
    case explainRollup(Rollup)
    case dropRollup(name: String, ifExists: Bool)
    /// The view's id is 0: the catalog gives the real one.
    case createView(View, isReplacing: Bool, ifNotExists: Bool)
    case dropView(name: String, ifExists: Bool)
    /// The definition's id is 0: the catalog gives the real one.
    case createSource(SourceDefinition, ifNotExists: Bool)
    case dropSource(name: String, ifExists: Bool)
    case changeSource(name: String, SourceChange)
    /// The endpoint's id is 0: the catalog gives the real one.
    case createEndpoint(Endpoint, isReplacing: Bool, ifNotExists: Bool)
    case dropEndpoint(name: String, ifExists: Bool)
    /// Rows in the order of the table's columns, defaults filled in.
    case insert(TableSchema, rows: [[Value]])
    /// A query that gives such rows; columns that are NOT NULL are yet to be checked.
    case insertQuery(TableSchema, BoundQuery)
    /// As `createTable`, with the rows of a query, as in `insertQuery`.
    case createTableAs(TableSchema, BoundQuery, ifNotExists: Bool)
}
