import Segments

/// Rows of one batch of the side of a join that is kept in memory.
struct JoinPiece: Sendable {
    let rowCount: Int
    /// The columns that are asked for after the join; nil for the others.
    let columns: [Column?]
    /// The evaluated keys.
    let keys: [Column]
    /// The rows without NULL among their keys; nil for all.
    let validity: Bitmap?
}

/// Collects the rows of the side of a join that is kept in memory; belongs to one worker.
final class JoinBuildSink: Sink {
    private let evaluator: JoinKeyEvaluator
    private let shape: JoinShape
    private let context: QueryContext
    private(set) var pieces: [JoinPiece] = []
    /// Rows that were added, those with a NULL among their keys included.
    private(set) var totalCount = 0
    /// Bytes accounted for.
    private(set) var heldBytes = 0

    init(_ shape: JoinShape, _ context: QueryContext) {
        self.shape = shape
        self.context = context
        evaluator = JoinKeyEvaluator(shape.buildKeys)
    }

    func add(_ batch: Batch) throws(QueryError) {
        totalCount += batch.rowCount
        var batch = batch
        var found = try evaluator.keys(of: batch)
        if let bits = found.validity, !shape.keepsBuildRows {
            let rows = (0..<Int32(truncatingIfNeeded: batch.rowCount)).filter { bits[Int($0)] }
            if rows.isEmpty { return }
            if rows.count < batch.rowCount {
                batch = batch.narrowed(to: rows)
                found.columns = found.columns.map { $0.gather(rows) }
            }
            found.validity = nil
        }
        var columns: [Column?] = []
        var bytes = found.columns.reduce(0) { $0 + $1.byteCount }
        for index in shape.buildTypes.indices {
            let column = shape.isCarried[index] ? try batch.column(index) : nil
            bytes += column?.byteCount ?? 0
            columns.append(column)
        }
        pieces.append(
            JoinPiece(
                rowCount: batch.rowCount, columns: columns, keys: found.columns,
                validity: found.validity))
        heldBytes += bytes
        try context.hold(bytes, hint: JoinShape.memoryHint)
    }
}
