/// Some rows of a batch, without copying them.
public struct RowSelection: Sendable {
    /// The batch.
    public let batch: RowBatch
    /// The rows, in the order wanted; `nil` for all of them.
    public let rows: [Int32]?

    /// - Precondition: every row is below the batch's `rowCount`.
    public init(batch: RowBatch, rows: [Int32]? = nil) {
        self.batch = batch
        self.rows = rows
    }

    /// How many rows are selected.
    public var rowCount: Int { rows?.count ?? batch.rowCount }

    /// One column of the selected rows: a copy, but where all rows are.
    func column(_ index: Int) -> Column {
        rows.map { batch.columns[index].gather($0) } ?? batch.columns[index]
    }
}
