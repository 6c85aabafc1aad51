/// A table's number; given once, never reused, so that a dropped table cannot come back by name.
public struct TableID: Hashable, Sendable, Comparable {
    /// Counts from 1.
    public let rawValue: UInt32

    /// The number as stored in the manifest and the log.
    public init(_ rawValue: UInt32) { self.rawValue = rawValue }

    /// Orders by age.
    public static func < (one: TableID, other: TableID) -> Bool { one.rawValue < other.rawValue }
}

/// One column of a table.
public struct ColumnDefinition: Hashable, Sendable {
    /// Stable within the table across renames; counts from 1 and is never reused.
    public var id: UInt32
    /// The name as written in `CREATE TABLE`.
    public var name: String
    /// What the column holds.
    public var type: LogicalType
    /// Whether a row may lack a value.
    public var isNullable: Bool
    /// What a row without the field gets; `null` where nothing was declared.
    public var defaultValue: Value
    /// What rows answer whose segment was written before the column was added: the default of that
    /// moment, whatever the default is now.
    public var initialValue: Value

    /// A column; `id` is unique within the table.
    public init(
        id: UInt32, name: String, type: LogicalType, isNullable: Bool = true,
        defaultValue: Value = .null, initialValue: Value = .null
    ) {
        self.id = id
        self.name = name
        self.type = type
        self.isNullable = isNullable
        self.defaultValue = defaultValue
        self.initialValue = initialValue
    }
}

/// What ingestion does with a field that no column has.
public enum UnknownFields: String, Hashable, Sendable, CaseIterable {
    case reject, ignore
}

/// A table as declared: columns, time, keys, order and settings.
///
/// Columns are referred to by their position in `columns`; positions of keys are checked by
/// `TableSchema.validate()` before a schema reaches the catalog.
public struct TableSchema: Hashable, Sendable {
    /// The table's number.
    public var id: TableID
    /// The name as written in `CREATE TABLE`.
    public var name: String
    /// Counts the schema's changes from 1.
    public var version: UInt32
    /// In declared order.
    public var columns: [ColumnDefinition]
    /// The column that places a row in time, or `nil` for a table with a single chunk.
    public var timestampColumn: Int?
    /// The step of the time chunks.
    public var granularity: Granularity
    /// Order of rows inside a segment, before time.
    public var clusterColumns: [Int]
    /// The columns whose values together name a row once, for ever; empty where none do.
    public var uniqueColumns: [Int]
    /// The columns of the key of which the table keeps the newest row; empty where it keeps all.
    public var primaryKey: [Int] = []
    /// The column that says which row of a key is the newest; `nil` where the last to come is.
    public var versionColumn: Int?
    /// Whether an event overwrites only the fields it has.
    public var isMerge = false
    /// Columns with an id look-up besides the unique ones.
    public var lookupColumns: [Int]
    /// Columns with a look-up of one value: what is pending, among many rows that are not.
    public var sparseLookups: [SparseLookup] = []
    /// How long rows live; `nil` for ever.
    public var timeToLive: TimeToLive?
    /// What to do with fields that no column has.
    public var unknownFields: UnknownFields

    /// A schema; see `validate()` for what must hold.
    public init(
        id: TableID, name: String, version: UInt32 = 1, columns: [ColumnDefinition],
        timestampColumn: Int? = nil, granularity: Granularity = .all, clusterColumns: [Int] = [],
        uniqueColumns: [Int] = [], lookupColumns: [Int] = [], timeToLive: TimeToLive? = nil,
        unknownFields: UnknownFields = .reject
    ) {
        self.id = id
        self.name = name
        self.version = version
        self.columns = columns
        self.timestampColumn = timestampColumn
        self.granularity = granularity
        self.clusterColumns = clusterColumns
        self.uniqueColumns = uniqueColumns
        self.lookupColumns = lookupColumns
        self.timeToLive = timeToLive
        self.unknownFields = unknownFields
    }

    /// The widest table, so that a row's positions fit small integers everywhere.
    public static let maximumColumnCount = 1_000

    /// The most columns of stored rows.
    static let maximumStoredColumnCount = 2 * maximumColumnCount + 16

    /// The name under which every table's timestamp column can be addressed.
    public static let timestampAlias = "__time"

    /// The position of a column by exact name, `__time` included; O(columns).
    public func columnIndex(named name: String) -> Int? {
        if let found = columns.firstIndex(where: { $0.name == name }) { return found }
        return name == Self.timestampAlias ? timestampColumn : nil
    }

    /// Columns that have a key index in each segment: the unique or primary key where it is one
    /// column, then the look-up columns, without repetition.
    public var keyIndexColumns: [Int] {
        var columns = uniqueColumns.count == 1 ? uniqueColumns : []
        if isKeyOneLookup { columns = primaryKey }
        for column in lookupColumns where !columns.contains(column) { columns.append(column) }
        return columns
    }

    /// The chunk of a row by its time; everything for a table without time.
    public func chunk(containing time: Int64) -> TimeRange {
        timestampColumn == nil ? .everything : granularity.chunk(containing: time)
    }
}

/// Why a schema cannot be a table.
public struct SchemaError: Error, Hashable, Sendable {
    /// One sentence naming the column or setting.
    public let message: String

    /// A reason.
    public init(_ message: String) { self.message = message }
}

extension TableSchema {
    /// Checks what every user of a schema relies on: unique names and ids, positions in range, a
    /// NOT NULL timestamp column, key columns of indexable types.
    public func validate() throws(SchemaError) {
        guard !name.isEmpty, name.utf8.count <= 128 else {
            throw SchemaError("a table name has 1 to 128 bytes")
        }
        let declaredCount = columns.count { !$0.isHidden }
        guard declaredCount > 0, declaredCount <= Self.maximumColumnCount else {
            throw SchemaError("a table has 1 to \(Self.maximumColumnCount) columns")
        }
        try validateColumns()
        try validateTime()
        try validateState()
        for index in clusterColumns + uniqueColumns + lookupColumns {
            guard columns.indices.contains(index) else {
                throw SchemaError("a key names a column that does not exist")
            }
        }
        for index in uniqueColumns + lookupColumns {
            switch columns[index].type {
            case .varchar, .bigint: break
            default:
                throw SchemaError(
                    "column '\(columns[index].name)' cannot be a key: keys are VARCHAR or BIGINT")
            }
        }
        for index in uniqueColumns where columns[index].isNullable {
            throw SchemaError("column '\(columns[index].name)' is in UNIQUE and must be NOT NULL")
        }
        guard uniqueColumns.count <= 1 else {
            throw SchemaError("UNIQUE takes one column")
        }
        try validateTimeToLive()
        try validateSparseLookups()
    }

    private func validateColumns() throws(SchemaError) {
        var names: Set<String> = []
        var ids: Set<UInt32> = []
        for column in columns {
            guard !column.name.isEmpty, column.name.utf8.count <= 128 else {
                throw SchemaError("a column name has 1 to 128 bytes")
            }
            guard column.name != Self.timestampAlias else {
                throw SchemaError("'__time' already names every table's timestamp column")
            }
            guard names.insert(column.name).inserted else {
                throw SchemaError("column '\(column.name)' is declared twice")
            }
            guard column.type.holds(column.defaultValue), column.type.holds(column.initialValue)
            else {
                throw SchemaError("the default of column '\(column.name)' is no \(column.type)")
            }
            guard ids.insert(column.id).inserted else {
                throw SchemaError("column id \(column.id) is used twice")
            }
        }
    }

    private func validateTime() throws(SchemaError) {
        guard let timestampColumn else {
            guard granularity == .all else {
                throw SchemaError("PARTITION BY needs TIMESTAMP (column)")
            }
            return
        }
        guard columns.indices.contains(timestampColumn) else {
            throw SchemaError("TIMESTAMP names a column that does not exist")
        }
        let column = columns[timestampColumn]
        guard column.type == .timestamp, !column.isNullable else {
            throw SchemaError("TIMESTAMP needs a TIMESTAMP NOT NULL column, not '\(column.name)'")
        }
    }

    private func validateSparseLookups() throws(SchemaError) {
        guard Set(sparseLookups).count == sparseLookups.count else {
            throw SchemaError("a look-up of one value is declared twice")
        }
        for lookup in sparseLookups {
            guard columns.indices.contains(lookup.column) else {
                throw SchemaError("a key names a column that does not exist")
            }
            guard columns[lookup.column].type == .varchar else {
                throw SchemaError("a look-up of one value is of a VARCHAR column")
            }
        }
    }

    private func validateTimeToLive() throws(SchemaError) {
        guard let timeToLive else { return }
        guard columns.indices.contains(timeToLive.column) else {
            throw SchemaError("TTL names a column that does not exist")
        }
        let column = columns[timeToLive.column]
        guard column.type == .timestamp else {
            throw SchemaError("TTL counts from a TIMESTAMP column, not from '\(column.name)'")
        }
        guard (0...TimeToLive.maximumMicroseconds).contains(timeToLive.microseconds) else {
            throw SchemaError("a TTL is at most a million days")
        }
    }
}
