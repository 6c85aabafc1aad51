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
}

extension Column {
    /// The rows at `rows`, NULL where the number is below zero.
    func gather(orNull rows: [Int32]) -> Column {
        guard let first = rows.firstIndex(where: { $0 < 0 }) else { return gather(rows) }
        guard count > 0 else { return .nulls(of: type, count: rows.count) }
        var bits = Bitmap(repeating: true, count: rows.count)
        for index in first..<rows.count where rows[index] < 0 { bits.set(index, to: false) }
        if let validity {
            for index in 0..<rows.count where rows[index] >= 0 && !validity[Int(rows[index])] {
                bits.set(index, to: false)
            }
        }
        return Column(type: type, values: values.gather(orZero: rows), validity: bits)
    }
}

extension Column.Values {
    /// The slots at `rows`; zero, or what is empty, where the number is below zero: whoever adds
    /// up a column relies on what the slots of NULL rows hold.
    fileprivate func gather(orZero rows: [Int32]) -> Column.Values {
        switch self {
        case .booleans(let values): return .booleans(Self.pick(values, rows, or: 0))
        case .integers(let values): return .integers(Self.pick(values, rows, or: 0))
        case .wideIntegers(let values): return .wideIntegers(Self.pick(values, rows, or: 0))
        case .doubles(let values): return .doubles(Self.pick(values, rows, or: 0))
        case .codes(let codes, let dictionary):
            return .codes(Self.pick(codes, rows, or: 0), dictionary)
        case .packedTexts(let codes, let pattern):
            return .packedTexts(Self.pick(codes, rows, or: 0), pattern)
        case .widePackedTexts(let codes, let pattern):
            return .widePackedTexts(Self.pick(codes, rows, or: 0), pattern)
        case .strings(let strings):
            var picked = StringVector()
            for row in rows {
                if row < 0 {
                    picked.finishString()
                } else {
                    picked.append(strings.span(at: Int(row)))
                }
            }
            return .strings(picked)
        case .arrays(let offsets, let elements):
            var picked: [Int32] = []
            var ends: [UInt32] = [0]
            for row in rows {
                if row >= 0 {
                    for element in offsets[Int(row)]..<offsets[Int(row) + 1] {
                        picked.append(Int32(truncatingIfNeeded: element))
                    }
                }
                ends.append(UInt32(picked.count))
            }
            return .arrays(offsets: ends, elements: elements.gather(picked))
        }
    }

    private static func pick<Element>(
        _ values: [Element], _ rows: [Int32], or zero: Element
    ) -> [Element] {
        rows.map { $0 < 0 ? zero : values[Int($0)] }
    }
}
