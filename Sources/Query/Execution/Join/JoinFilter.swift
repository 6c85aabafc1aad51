import Segments

/// What the keys in memory say about the rows that look for them: known before these are read, so
/// that segments and blocks without a match are passed over.
///
/// Few keys are a list, which key indexes answer and dictionaries are asked for once; many keys are
/// their least and greatest, which only prune and are not asked row by row.
struct JoinFilter {
    private let shape: JoinShape
    private let table: JoinTable

    /// Most keys of a list.
    private static let listCount = 1_000
    /// Most strings whose least and greatest are looked for.
    private static let textCount = 1 << 18

    init(_ shape: JoinShape, _ table: JoinTable) {
        self.shape = shape
        self.table = table
    }

    /// The plan of the probing side, with what is known written into its scans.
    func applied(to plan: LogicalPlan) -> LogicalPlan {
        guard table.rowCount > 0 else { return .values(rows: [], types: plan.types) }
        var plan = plan
        for (key, other) in zip(shape.probeKeys, shape.buildKeys) {
            guard case .column(let index, let type) = key, case .column(let source, type) = other
            else { continue }
            let column = table.columns[source]
            // Zeros of both signs are one key, and two values.
            if table.rowCount <= Self.listCount, type != .double {
                let values = Set((0..<column.count).map { column.value(at: $0) }).subtracting([
                    .null
                ])
                let list = BoundExpression.inList(key, values, hasNull: false)
                plan = Optimizer.push([list], into: plan)
            } else if let bounds = bounds(of: column) {
                let range = BoundExpression.and([
                    .compare(.greaterOrEqual, key, .literal(bounds.least, type)),
                    .compare(.lessOrEqual, key, .literal(bounds.greatest, type)),
                ])
                plan = plan.pruned(by: range, at: index)
            }
        }
        return plan
    }

    private func bounds(of column: Column) -> (least: Value, greatest: Value)? {
        var (least, greatest) = (-1, -1)
        func look(_ isLess: (Int, Int) -> Bool) {
            for row in 0..<column.count where !column.isNull(row) {
                if least < 0 || isLess(row, least) { least = row }
                if greatest < 0 || isLess(greatest, row) { greatest = row }
            }
        }
        switch column.values {
        case .integers(let values):
            let values = values.span
            look { values[$0] < values[$1] }
        case _ where column.type == .varchar:
            guard column.count <= Self.textCount else { return nil }
            let texts = TextOperand(column)
            look { ByteStrings.compare(texts.span(at: $0), texts.span(at: $1)) < 0 }
        default: return nil
        }
        guard least >= 0 else { return nil }
        return (column.value(at: least), column.value(at: greatest))
    }
}

extension LogicalPlan {
    /// The plan whose scan passes over rows that `range`, over its column `index`, excludes: some
    /// of them, as far as pruning goes.
    fileprivate func pruned(by range: BoundExpression, at index: Int) -> LogicalPlan {
        switch self {
        case .scan(var scan):
            scan.hint = .conjunction((scan.hint?.conjuncts ?? []) + range.conjuncts)
            return .scan(scan)
        case .filter(let condition, let input):
            return .filter(condition, input.pruned(by: range, at: index))
        case .project(let expressions, let input):
            guard case .column(let below, _) = expressions[index] else { return self }
            let moved = range.moved(to: [index: below])
            return .project(expressions, input.pruned(by: moved, at: below))
        case .join(let join, let left, let right):
            guard index < left.types.count, join.kind != .right, join.kind != .full else {
                return self
            }
            return .join(join, left.pruned(by: range, at: index), right)
        default: return self
        }
    }
}
