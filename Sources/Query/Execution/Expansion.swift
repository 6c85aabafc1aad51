import Segments

/// A step that makes several rows of one, or none: what each worker gets its own `Expander` of.
protocol Expansion: Sendable {
    /// An expander for one worker.
    func expander() -> any Expander
}

/// Expands the batches of one worker.
protocol Expander: AnyObject {
    /// Hands over what becomes of the rows of `batch`, in batches of 1 row to a block.
    func expand(
        _ batch: Batch, _ emit: (Batch) throws(QueryError) -> Void
    ) throws(QueryError)
}

/// Rows of a batch, repeated or left out, beside columns of another origin.
struct ExpandedSource: BatchSource {
    let batch: Batch
    /// For each row the row of `batch` it continues; nil for all of them, once each.
    let rows: [Int32]?
    /// The columns behind those of `batch`.
    let others: [Column]

    func load(_ index: Int) throws(QueryError) -> Column {
        guard index < batch.columnCount else { return others[index - batch.columnCount] }
        let column = try batch.column(index)
        return rows.map { column.gather($0) } ?? column
    }

    func zone(_ index: Int) -> ValueRange? { index < batch.columnCount ? batch.zone(index) : nil }
}

/// UNNEST: one row per element of an array.
struct UnnestExpansion: Expansion {
    let array: BoundExpression
    /// Whether a row without elements stays, with NULL.
    let keepsEmpty: Bool

    func expander() -> any Expander { UnnestExpander(array, keepsEmpty: keepsEmpty) }
}

private final class UnnestExpander: Expander {
    private let array: Evaluator
    private let keepsEmpty: Bool

    init(_ array: BoundExpression, keepsEmpty: Bool) {
        self.array = Evaluator(array)
        self.keepsEmpty = keepsEmpty
    }

    func expand(
        _ batch: Batch, _ emit: (Batch) throws(QueryError) -> Void
    ) throws(QueryError) {
        let column = try array.evaluate(batch).column(count: batch.rowCount)
        guard case .arrays(let offsets, let elements) = column.values else {
            preconditionFailure("\(column.type) is no array")
        }
        if !keepsEmpty, column.validity == nil, elements.count <= Block.rowCount,
            offsets.first == 0, offsets.last == UInt32(elements.count)
        {
            return try expandAll(batch, offsets.span, elements, emit)
        }
        var rows: [Int32] = []
        var picked: [Int32] = []
        func flush() throws(QueryError) {
            guard !rows.isEmpty else { return }
            let source = ExpandedSource(
                batch: batch, rows: rows, others: [elements.gather(orNull: picked)])
            try emit(
                Batch(rowCount: rows.count, columnCount: batch.columnCount + 1, source: source))
            rows.removeAll(keepingCapacity: true)
            picked.removeAll(keepingCapacity: true)
        }
        for row in 0..<batch.rowCount {
            let isNull = column.isNull(row)
            let end = isNull ? offsets[row] : offsets[row + 1]
            if keepsEmpty, offsets[row] == end {
                rows.append(Int32(truncatingIfNeeded: row))
                picked.append(-1)
            }
            for element in offsets[row]..<end {
                rows.append(Int32(truncatingIfNeeded: row))
                picked.append(Int32(truncatingIfNeeded: element))
                if rows.count == Block.rowCount { try flush() }
            }
            if rows.count == Block.rowCount { try flush() }
        }
        try flush()
    }

    /// All elements, which lie in the order of the rows: one batch at most.
    private func expandAll(
        _ batch: Batch, _ offsets: Span<UInt32>, _ elements: Column,
        _ emit: (Batch) throws(QueryError) -> Void
    ) throws(QueryError) {
        if elements.count == 0 { return }
        let rows = Column.rows(ofElements: offsets, count: elements.count)
        let source = ExpandedSource(batch: batch, rows: rows, others: [elements])
        try emit(
            Batch(rowCount: rows.count, columnCount: batch.columnCount + 1, source: source))
    }
}
