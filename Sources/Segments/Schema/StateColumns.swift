/// Hidden columns of tables with a primary key.
///
/// Other than the version that brought a row they are part of `columns`: events and INSERT have
/// them, if only as their defaults, and so has the log.
extension ColumnDefinition {
    /// Marks a row of a state table that stands for a deleted key.
    public static let deleted = ColumnDefinition(
        id: TableSchema.tombstoneColumnID, name: "__deleted", type: .boolean,
        isNullable: false,
        defaultValue: .boolean(false), initialValue: .boolean(false))

    /// Of a table that merges by version: first the largest version of a deletion, then, at the
    /// place `id`, the version that wrote the column with that id; `unwrittenVersion` where none
    /// did.
    public static let fieldVersions = ColumnDefinition(
        id: TableSchema.firstHiddenColumnID + 2, name: "__field_versions", type: .array(.bigint),
        isNullable: false, defaultValue: .array([]), initialValue: .array([]))

    /// Below every version.
    public static let unwrittenVersion = Int64.min
}

extension TableSchema {
    /// How many columns were declared; the hidden ones come behind them.
    public var visibleColumnCount: Int {
        columns.firstIndex { $0.isHidden } ?? columns.count
    }

    /// The columns that were declared.
    public var visibleColumns: ArraySlice<ColumnDefinition> { columns.prefix(visibleColumnCount) }

    /// Whether the table keeps the newest row of each key.
    public var isStateTable: Bool { !primaryKey.isEmpty }

    /// The column that marks tombstones; `nil` in a table that has none.
    public var tombstoneColumn: Int? { hiddenColumn(.deleted) }

    /// The column with a version for each field; `nil` in a table that has none.
    public var fieldVersionsColumn: Int? { hiddenColumn(.fieldVersions) }

    /// The column under which the key table of a primary key lies that no column has by itself: one
    /// of several columns, or of a type that is not looked up.
    public var wholeKeyColumn: Int? {
        guard isStateTable, !isKeyOneLookup else { return nil }
        return tombstoneColumn
    }

    /// Whether the primary key is one column that has a key index like every looked-up one.
    var isKeyOneLookup: Bool {
        guard primaryKey.count == 1, columns.indices.contains(primaryKey[0]) else { return false }
        switch columns[primaryKey[0]].type {
        case .varchar, .bigint: return true
        default: return false
        }
    }

    private func hiddenColumn(_ definition: ColumnDefinition) -> Int? {
        columns.lastIndex { $0.id == definition.id }
    }

    /// Puts the hidden columns of a state table behind the declared ones.
    ///
    /// - Precondition: the key is set, and none of them is there yet.
    public mutating func addStateColumns() {
        precondition(isStateTable && tombstoneColumn == nil)
        columns.append(.deleted)
        if isMerge, versionColumn != nil { columns.append(.fieldVersions) }
    }

    /// The table as events name its fields: without the hidden columns that no event has.
    public var eventSchema: TableSchema {
        guard columns.count > visibleColumnCount else { return self }
        var schema = self
        schema.columns.removeAll { $0.isHidden && $0.id != ColumnDefinition.deleted.id }
        return schema
    }
}

// MARK: - What must hold

extension TableSchema {
    /// The most columns of a primary key.
    public static let maximumKeyColumnCount = 16

    /// Checks the primary key, its version column and the columns that go with them.
    func validateState() throws(SchemaError) {
        guard isStateTable else {
            guard versionColumn == nil, !isMerge else {
                throw SchemaError("VERSION BY and mode = 'merge' need a PRIMARY KEY")
            }
            return
        }
        guard uniqueColumns.isEmpty else {
            throw SchemaError("a table has a UNIQUE id or a PRIMARY KEY, not both")
        }
        guard primaryKey.count <= Self.maximumKeyColumnCount,
            Set(primaryKey).count == primaryKey.count
        else {
            throw SchemaError(
                "PRIMARY KEY takes 1 to \(Self.maximumKeyColumnCount) different columns")
        }
        for index in primaryKey { try validateKey(index) }
        if let versionColumn { try validateVersion(versionColumn) }
        let hidden = columns.dropFirst(visibleColumnCount)
        guard hidden.allSatisfy(\.isHidden), tombstoneColumn != nil,
            (fieldVersionsColumn != nil) == (isMerge && versionColumn != nil)
        else { throw SchemaError("a hidden column of the PRIMARY KEY is missing or misplaced") }
        if isMerge { try validateMerge() }
    }

    private func validateKey(_ index: Int) throws(SchemaError) {
        guard index >= 0, index < visibleColumnCount else {
            throw SchemaError("PRIMARY KEY names a column that does not exist")
        }
        let column = columns[index]
        switch column.type {
        case .varchar, .bigint, .date, .timestamp: break
        default:
            throw SchemaError(
                "column '\(column.name)' cannot be in PRIMARY KEY: "
                    + "keys are VARCHAR, BIGINT, DATE or TIMESTAMP")
        }
        guard !column.isNullable else {
            throw SchemaError("column '\(column.name)' is in PRIMARY KEY and must be NOT NULL")
        }
    }

    private func validateVersion(_ index: Int) throws(SchemaError) {
        guard index >= 0, index < visibleColumnCount, !primaryKey.contains(index) else {
            throw SchemaError("VERSION BY takes a column that is not in the PRIMARY KEY")
        }
        let column = columns[index]
        switch column.type {
        case .bigint, .timestamp, .date: break
        default:
            throw SchemaError(
                "VERSION BY takes a BIGINT, TIMESTAMP or DATE, not '\(column.name)'")
        }
        guard !column.isNullable else {
            throw SchemaError("column '\(column.name)' is in VERSION BY and must be NOT NULL")
        }
    }

    /// Fields that another stream will bring cannot be demanded of each event.
    private func validateMerge() throws(SchemaError) {
        for (index, column) in visibleColumns.enumerated()
        where !column.isNullable && column.defaultValue.isNull && !primaryKey.contains(index)
            && index != versionColumn && index != timestampColumn
        {
            throw SchemaError(
                "column '\(column.name)' of a table that merges must be nullable "
                    + "or have a DEFAULT")
        }
    }
}
