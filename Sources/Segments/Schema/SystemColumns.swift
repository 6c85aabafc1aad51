/// Columns that rows are stored with besides those that a table declares.
///
/// They stand behind the declared ones, under numbers that no declared column gets. They are no
/// part of what a row says: control totals leave them out, and so do `SELECT *` and the
/// catalogue's tables. By name, SQL reads them like any other.
extension TableSchema {
    /// Declared columns have numbers below this one.
    public static let firstHiddenColumnID: UInt32 = 0xffff_ff00

    /// The version that brought the row: the log position of its request.
    ///
    /// Rows of a segment that was written without the column are of the segment's last position.
    public static let birthColumn = ColumnDefinition(
        id: firstHiddenColumnID, name: "__version", type: .bigint, isNullable: false)

    /// The table as its rows are stored, in segments and as live ones: its columns, then the
    /// version that brought the row.
    ///
    /// - Precondition: this is a table as declared.
    public var stored: TableSchema {
        precondition(columns.last?.id != Self.birthColumn.id, "the schema is one of stored rows")
        var birth = Self.birthColumn
        // Tables made before the name was reserved may have it for a column of their own.
        while columns.contains(where: { $0.name == birth.name }) { birth.name = "_" + birth.name }
        var stored = self
        stored.columns.append(birth)
        return stored
    }
}

extension ColumnDefinition {
    /// Whether the column is the system's, not declared by the table.
    public var isHidden: Bool { id >= TableSchema.firstHiddenColumnID }
}

extension RowBatch {
    /// Rows as they are stored, given rows as they were sent.
    ///
    /// - Parameter version: The log position of all of them.
    /// - Complexity: O(rows); the columns are shared.
    func stored(version: UInt64) -> RowBatch {
        let births = [Int64](repeating: Int64(truncatingIfNeeded: version), count: rowCount)
        return RowBatch(
            rowCount: rowCount,
            columns: columns + [Column(type: .bigint, values: .integers(births))])
    }
}

extension TableSchema {
    /// The reserved id of the column that is true in rows that stand for a deletion.
    public static let tombstoneColumnID: UInt32 = 0xffff_ff01
}
