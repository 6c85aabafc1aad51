import Segments

/// The rows that new rows are made of: those of the request, the ones they replace, and one that
/// has what a field gets that nobody has written.
struct StateSources {
    /// All of them, one behind the other: the request's, those replaced, the blank one. The
    /// request's alone where nothing is made of the others.
    let rows: RowBatch
    /// Where the blank row stands.
    var blank: Int32 { Int32(truncatingIfNeeded: rows.rowCount - 1) }

    /// - Parameters:
    ///   - bases: What the request's rows replace, as far as that is needed.
    ///   - now: The time of a tombstone of which nothing else says one, in microseconds.
    init(_ request: StateRows, bases: [RowBatch], now: Int64) {
        guard request.schema.isMerge || request.hasTombstones || !bases.isEmpty else {
            rows = request.batch
            return
        }
        rows = RowBatch.concatenating(
            [request.batch] + bases + [Self.blank(request.schema, now)], schema: request.schema)
    }

    private static func blank(_ schema: TableSchema, _ now: Int64) -> RowBatch {
        let values = schema.columns.enumerated().map { index, column -> Value in
            if !column.defaultValue.isNull || column.isNullable { return column.defaultValue }
            return index == schema.timestampColumn ? .timestamp(now) : column.type.zero
        }
        return RowBatch(schema, rows: [values])
    }

    /// Whether two rows say the same in a column.
    func areEqual(_ one: Int32, _ other: Int32, column: Int) -> Bool {
        one == other
            || RowEquality.areEqual(
                rows.columns[column], Int(one), rows.columns[column], Int(other))
    }

    /// Whether two rows say the same in the first columns.
    func areEqual(_ one: Int32, _ other: Int32, columnCount: Int) -> Bool {
        for column in 0..<columnCount where !areEqual(one, other, column: column) { return false }
        return true
    }
}

extension LogicalType {
    /// A value for a column that takes no NULL, in rows that nobody reads.
    fileprivate var zero: Value {
        switch self {
        case .boolean: .boolean(false)
        case .bigint: .bigint(0)
        case .double: .double(0)
        case .decimal(_, let scale): .decimal(Decimal(unscaled: 0, scale: scale))
        case .varchar: .varchar(Text(""))
        case .timestamp: .timestamp(0)
        case .date: .date(0)
        case .json: .json(Text("null"))
        case .array: .array([])
        }
    }
}
