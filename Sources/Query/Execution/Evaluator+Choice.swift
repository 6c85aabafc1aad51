import Segments

extension Evaluator {
    /// CASE: each branch is evaluated for the rows that reach it.
    func choose(_ batch: Batch, _ type: LogicalType) throws(QueryError) -> Vector {
        var open: [Int32]?
        var parts = ChosenParts(type: type, rowCount: batch.rowCount)
        for branch in 0..<operands.count / 2 {
            let rest = open.map { batch.narrowed(to: $0) } ?? batch
            let truth = try operands[2 * branch].truth(rest)
            if truth.trueCount(of: rest.rowCount) == 0 { continue }
            let hits = truth.rows(of: rest.rowCount, where: Truth.whereTrue)
            let values = try operands[2 * branch + 1].evaluate(rest.narrowed(to: hits))
            if hits.count == batch.rowCount { return values }
            parts.add(values, rows: hits.map { open?[Int($0)] ?? $0 })
            let misses = truth.rows(of: rest.rowCount, where: Truth.whereNotTrue)
            if misses.isEmpty { return .column(parts.finish()) }
            open = misses.map { open?[Int($0)] ?? $0 }
        }
        let rest = open.map { batch.narrowed(to: $0) } ?? batch
        let values = try operands[operands.count - 1].evaluate(rest)
        guard let open else { return values }
        parts.add(values, rows: open)
        return .column(parts.finish())
    }

    /// COALESCE: each operand is evaluated for the rows that are still NULL.
    func coalesce(_ batch: Batch, _ type: LogicalType) throws(QueryError) -> Vector {
        var open: [Int32]?
        var parts = ChosenParts(type: type, rowCount: batch.rowCount)
        for operand in operands {
            let rest = open.map { batch.narrowed(to: $0) } ?? batch
            let vector = try operand.evaluate(rest)
            if vector.isNullConstant { continue }
            guard let validity = vector.validity else {
                guard let open else { return vector }
                parts.add(vector, rows: open)
                return .column(parts.finish())
            }
            var (hits, misses): ([Int32], [Int32]) = ([], [])
            for row in 0..<Int32(truncatingIfNeeded: rest.rowCount) {
                if validity[Int(row)] { hits.append(row) } else { misses.append(row) }
            }
            if !hits.isEmpty {
                let found = vector.column(count: rest.rowCount).gather(hits)
                parts.add(.column(found), rows: hits.map { open?[Int($0)] ?? $0 })
            }
            open = misses.map { open?[Int($0)] ?? $0 }
        }
        if let open { parts.add(.constant(.null, type), rows: open) }
        return .column(parts.finish())
    }
}

/// Puts together a column whose rows were computed in several parts.
private struct ChosenParts {
    private let type: LogicalType
    private var appended: ColumnAppender
    private var origin: [Int32]

    init(type: LogicalType, rowCount: Int) {
        self.type = type
        appended = ColumnAppender(type)
        origin = [Int32](repeating: 0, count: rowCount)
    }

    /// Value `i` of `values` belongs to row `rows[i]`.
    mutating func add(_ values: Vector, rows: [Int32]) {
        for (position, row) in rows.enumerated() {
            origin[Int(row)] = Int32(truncatingIfNeeded: appended.count + position)
        }
        appended.append(values.column(count: rows.count))
    }

    /// All rows in order; each must have been added once.
    func finish() -> Column { appended.finish().gather(origin) }
}
