import Segments

/// What a request for one row of a state table asks besides its row.
public struct RowRequest: Hashable, Sendable {
    /// What must be so for the row to be taken.
    public enum Condition: Hashable, Sendable {
        case none
        /// There is a row of the key.
        case exists
        /// There is a row of the key, and it has one of these tags (`RowTag`).
        case matches([String])
        /// There is no row of the key.
        case absent
    }

    /// What must be so.
    public var condition: Condition
    /// Whether the row deletes whatever version is there, rather than name one.
    public var deletesAnyVersion: Bool

    /// A request.
    public init(condition: Condition = .none, deletesAnyVersion: Bool = false) {
        self.condition = condition
        self.deletesAnyVersion = deletesAnyVersion
    }

    /// Whether it may be carried out while the key's row has that tag; `nil` for no row.
    func isMet(by tag: String?) -> Bool {
        switch condition {
        case .none: true
        case .exists: tag != nil
        case .matches(let tags): tag.map(tags.contains) ?? false
        case .absent: tag == nil
        }
    }
}

/// A name for the content of a row: equal for equal rows, and with all but certainty only for them.
///
/// Made of the declared columns alone: it survives sealing, compaction and restarts, and comes back
/// when the same content does.
public enum RowTag {
    /// 32 hexadecimal digits.
    ///
    /// - Parameter rows: With the declared columns, or all of the table's.
    public static func tag(of rows: RowBatch, row: Int, _ schema: TableSchema) -> String {
        var declared = schema
        declared.columns = Array(schema.visibleColumns)
        let place = [Int32(truncatingIfNeeded: row)]
        let columns = rows.columns.prefix(declared.columns.count).map { $0.gather(place) }
        return ControlTotals(of: RowBatch(rowCount: 1, columns: columns), schema: declared)
            .rows.description
    }
}
