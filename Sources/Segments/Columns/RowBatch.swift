/// Rows of one table, column by column, in the order of the schema's columns.
public struct RowBatch: Sendable {
    /// How many rows there are.
    public let rowCount: Int
    /// One column per column of the schema, each of `rowCount` rows.
    public let columns: [Column]

    /// - Precondition: every column has `rowCount` rows.
    public init(rowCount: Int, columns: [Column]) {
        precondition(columns.allSatisfy { $0.count == rowCount })
        self.rowCount = rowCount
        self.columns = columns
    }

    /// No rows of `schema`.
    public static func empty(_ schema: TableSchema) -> RowBatch {
        RowBatch(
            rowCount: 0, columns: schema.columns.map { ColumnBuilder(type: $0.type).finish() })
    }

    /// One row as values, in column order; for the cold paths.
    public func row(at index: Int) -> [Value] { columns.map { $0.value(at: index) } }

    /// A copy of the rows at `rows`, in that order.
    public func gather(_ rows: [Int32]) -> RowBatch {
        RowBatch(rowCount: rows.count, columns: columns.map { $0.gather(rows) })
    }

    /// The same rows, with every packed text as its own bytes.
    public var withoutPackedTexts: RowBatch {
        guard columns.contains(where: { $0.textPattern != nil }) else { return self }
        return RowBatch(rowCount: rowCount, columns: columns.map(\.withoutPackedTexts))
    }

    /// A copy of the rows in `range`.
    public func slice(_ range: Range<Int>) -> RowBatch {
        RowBatch(rowCount: range.count, columns: columns.map { $0.slice(range) })
    }

    /// Builds a batch from rows of values, each in column order; for the cold paths.
    public init(_ schema: TableSchema, rows: [[Value]]) {
        let builders = schema.columns.map { ColumnBuilder(type: $0.type) }
        for row in rows {
            precondition(row.count == builders.count)
            for (builder, value) in zip(builders, row) { builder.append(value) }
        }
        self.init(rowCount: rows.count, columns: builders.map { $0.finish() })
    }
}
