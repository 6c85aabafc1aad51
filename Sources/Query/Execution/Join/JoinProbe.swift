import Segments
import Synchronization

/// The step of a pipeline that finds the matches of its rows in a table.
struct JoinProbe: Expansion {
    let shape: JoinShape
    let table: JoinTable
    let context: QueryContext
    /// Where rows of the table that have a match are noted; nil where nobody asks.
    var matched: MatchedRows?

    func expander() -> any Expander { JoinExpander(self) }
}

/// The rows of a table that have found a match, of all workers.
final class MatchedRows: Sendable {
    private let rows: Mutex<Bitmap>
    private let count: Int
    /// The join that is wrong where a row has two matches; nil where none is.
    private let single: Join?

    init(count: Int, severalError single: Join? = nil) {
        rows = Mutex(Bitmap(count: count))
        self.count = count
        self.single = single
    }

    func note(_ others: [Int32]) throws(QueryError) {
        let isRepeated = rows.withLock { rows in
            var isRepeated = false
            for other in others where other >= 0 {
                isRepeated = isRepeated || rows[Int(other)]
                rows.set(Int(other), to: true)
            }
            return isRepeated
        }
        if isRepeated, let single { throw single.severalRows }
    }

    /// Rows with a match, ascending.
    var matched: [Int32] { rows(true) }

    /// Rows without match, ascending.
    var unmatched: [Int32] { rows(false) }

    private func rows(_ isMatched: Bool) -> [Int32] {
        rows.withLock { rows in
            (0..<Int32(truncatingIfNeeded: count)).filter { rows[Int($0)] == isMatched }
        }
    }
}

/// Probes the batches of one worker.
private final class JoinExpander: Expander {
    private let shape: JoinShape
    private let table: JoinTable
    private let context: QueryContext
    private let matched: MatchedRows?
    private let search: JoinSearch
    private let condition: Evaluator?

    init(_ probe: JoinProbe) {
        shape = probe.shape
        table = probe.table
        context = probe.context
        matched = probe.matched
        search = JoinSearch(shape, table)
        condition = shape.join.condition.map { Evaluator($0) }
    }

    func expand(
        _ batch: Batch, _ emit: (Batch) throws(QueryError) -> Void
    ) throws(QueryError) {
        switch shape.join.kind {
        case .semi, .anti, .mark: try mark(batch, emit)
        case .inner, .left, .right, .full, .single: try pair(batch, emit)
        }
    }

    // MARK: - Pairs

    /// Calls `body` with the pairs of equal keys, at most a block of them at a time.
    private func forEachPair(
        _ batch: Batch, _ first: [UInt32]?,
        _ body: (_ rows: [Int32], _ others: [Int32]) throws(QueryError) -> Void
    ) throws(QueryError) {
        var rows: [Int32] = []
        var others: [Int32] = []
        func flush() throws(QueryError) {
            try context.check()
            try body(rows, others)
            rows.removeAll(keepingCapacity: true)
            others.removeAll(keepingCapacity: true)
        }
        if let first, !table.slots.hasDuplicates {
            let pairs = Self.pairs(first)
            if pairs.rows.isEmpty { return }
            try context.check()
            return try body(pairs.rows, pairs.others)
        }
        for row in 0..<batch.rowCount {
            var other = first.map { $0[row] } ?? (table.rowCount > 0 ? 1 : 0)
            while other != 0 {
                rows.append(Int32(truncatingIfNeeded: row))
                others.append(Int32(truncatingIfNeeded: other &- 1))
                if rows.count == Block.rowCount { try flush() }
                if first != nil {
                    other = table.slots.row(after: other)
                } else {
                    other = Int(other) < table.rowCount ? other + 1 : 0
                }
            }
        }
        if !rows.isEmpty { try flush() }
    }

    /// The first match of each row; nil where there are no keys and every row matches.
    private func firstMatches(_ batch: Batch) throws(QueryError) -> [UInt32]? {
        shape.probeKeys.isEmpty ? nil : try search.find(batch).firstRows
    }

    /// The pairs of a batch of at most a block where no two rows of the table have the same keys.
    private static func pairs(_ first: [UInt32]) -> (rows: [Int32], others: [Int32]) {
        var rows = [Int32](repeating: 0, count: first.count)
        var others = rows
        var count = 0
        var rowOutput = rows.mutableSpan
        var otherOutput = others.mutableSpan
        for row in first.indices {
            // Written in any case, and overwritten unless it counts.
            rowOutput[count] = Int32(truncatingIfNeeded: row)
            otherOutput[count] = Int32(truncatingIfNeeded: first[row]) &- 1
            count &+= first[row] == 0 ? 0 : 1
        }
        rows.removeLast(rows.count - count)
        others.removeLast(others.count - count)
        return (rows, others)
    }

    private func joined(_ batch: Batch, _ rows: [Int32], _ others: [Int32]) -> Batch {
        let source = JoinedSource(
            batch: batch, table: table, probeIsLeft: shape.probeIsLeft, rows: rows, others: others)
        return Batch(
            rowCount: rows.count, columnCount: batch.columnCount + table.columns.count,
            source: source)
    }

    private func pair(
        _ batch: Batch, _ emit: (Batch) throws(QueryError) -> Void
    ) throws(QueryError) {
        let keepsProbe = shape.join.kind != .inner
        let isSingle = shape.join.kind == .single
        var hasMatch = [Bool](repeating: false, count: keepsProbe ? batch.rowCount : 0)
        let first = try firstMatches(batch)
        try forEachPair(batch, first) { (rows, others) throws(QueryError) in
            var (rows, others) = (rows, others)
            if let condition {
                let truth = try condition.truth(joined(batch, rows, others))
                let kept = truth.rows(of: rows.count, where: Truth.whereTrue)
                if kept.isEmpty { return }
                rows = kept.map { rows[Int($0)] }
                others = kept.map { others[Int($0)] }
            }
            if keepsProbe {
                for row in rows {
                    if isSingle, hasMatch[Int(row)] { throw shape.join.severalRows }
                    hasMatch[Int(row)] = true
                }
            }
            try matched?.note(others)
            try emit(joined(batch, rows, others))
        }
        guard keepsProbe else { return }
        let rest = (0..<Int32(truncatingIfNeeded: batch.rowCount)).filter { !hasMatch[Int($0)] }
        guard !rest.isEmpty else { return }
        try emit(joined(batch, rest, [Int32](repeating: -1, count: rest.count)))
    }

    // MARK: - Marks

    private func mark(
        _ batch: Batch, _ emit: (Batch) throws(QueryError) -> Void
    ) throws(QueryError) {
        let truths = try marks(batch)
        switch shape.join.kind {
        case .semi, .anti:
            let wanted = shape.join.kind == .semi ? Truth.yes : Truth.no
            let kept = truths.indices.filter { truths[$0] == wanted }
            guard !kept.isEmpty else { return }
            try emit(batch.narrowed(to: kept.map { Int32(truncatingIfNeeded: $0) }))
        default:
            let column = Truth.rows(truths).vector().column(count: batch.rowCount)
            let source = ExpandedSource(batch: batch, rows: nil, others: [column])
            try emit(
                Batch(
                    rowCount: batch.rowCount, columnCount: batch.columnCount + 1, source: source))
        }
    }

    /// Whether each row has a match: `Truth.yes`, `no` or, where NULL counts, `unknown`.
    private func marks(_ batch: Batch) throws(QueryError) -> [UInt8] {
        var truths = [UInt8](repeating: Truth.no, count: batch.rowCount)
        guard table.totalCount > 0 else { return truths }
        if let condition {
            let first = try firstMatches(batch)
            let isNullAware = shape.join.isNullAware
            try forEachPair(batch, first) { (rows, others) throws(QueryError) in
                let pairs = try condition.truth(joined(batch, rows, others))
                for (index, row) in rows.enumerated() {
                    let truth = pairs[index]
                    if truth == Truth.yes || (isNullAware && truths[Int(row)] == Truth.no) {
                        truths[Int(row)] = truth
                    }
                }
            }
            return truths
        }
        guard !shape.probeKeys.isEmpty else {
            return [UInt8](repeating: Truth.yes, count: batch.rowCount)
        }
        let found = try search.find(batch)
        for row in truths.indices where found.firstRows[row] != 0 { truths[row] = Truth.yes }
        guard shape.join.isNullAware else { return truths }
        for row in truths.indices
        where truths[row] == Truth.no && (table.hasNullKey || found.validity?[row] == false) {
            truths[row] = Truth.unknown
        }
        return truths
    }
}

extension Truth {
    /// The truth of one row.
    fileprivate subscript(row: Int) -> UInt8 {
        switch self {
        case .constant(let truth): truth
        case .rows(let truths): truths[row]
        }
    }
}
