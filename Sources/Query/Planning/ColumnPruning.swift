import Segments

/// Leaves out of a plan the columns that nobody above asks for.
///
/// Every node keeps what its own expressions read and what is asked of it; scans read fewer
/// columns, projections compute fewer, aggregations have fewer calls. Keys of groups and columns of
/// DISTINCT stay: they decide which rows there are.
enum ColumnPruning {
    /// A plan of fewer columns, and where each column that was asked for lies now.
    private typealias Pruned = (plan: LogicalPlan, positions: [Int: Int])

    /// The plan with the same output columns.
    static func pruned(_ plan: LogicalPlan) -> LogicalPlan {
        let types = plan.types
        let result = prune(plan, keeping: Set(types.indices))
        return aligned(result, Array(types.indices), types)
    }

    /// Exactly the columns `wanted`, in that order.
    private static func aligned(
        _ pruned: Pruned, _ wanted: [Int], _ types: [LogicalType]
    ) -> LogicalPlan {
        let columns = wanted.map { index in
            BoundExpression.column(index: pruned.positions[index] ?? index, type: types[index])
        }
        return pruned.plan.hasColumns(columns) ? pruned.plan : .project(columns, pruned.plan)
    }

    private static func prune(_ plan: LogicalPlan, keeping columns: Set<Int>) -> Pruned {
        switch plan {
        case .scan(let scan): return prune(scan, columns)
        case .values(let rows, let types):
            let kept = columns.sorted()
            let plan = LogicalPlan.values(
                rows: rows.map { row in kept.map { row[$0] } }, types: kept.map { types[$0] })
            return (plan, positions(of: kept))
        case .filter(let condition, let input):
            let below = prune(input, keeping: columns.union(condition.columnTypes.keys))
            return (.filter(condition.moved(to: below.positions), below.plan), below.positions)
        case .project(let expressions, let input): return prune(expressions, input, columns)
        case .aggregate(let keys, let calls, let input):
            return prune(keys, calls, input, columns)
        case .distinct(let input):
            return (.distinct(pruned(input)), positions(of: Array(input.types.indices)))
        case .sort(let keys, let input):
            let read = keys.flatMap { $0.expression.columnTypes.keys }
            let below = prune(input, keeping: columns.union(read))
            let moved = keys.map { key in
                SortKey(
                    key.expression.moved(to: below.positions), isAscending: key.isAscending,
                    nullsFirst: key.nullsFirst)
            }
            return (.sort(moved, below.plan), below.positions)
        case .limit(let count, let offset, let input):
            let below = prune(input, keeping: columns)
            return (.limit(count: count, offset: offset, below.plan), below.positions)
        case .unnest(let array, let keepsEmpty, let input):
            return prune(unnest: array, keepsEmpty: keepsEmpty, input, columns)
        case .join(let join, let left, let right): return prune(join, left, right, columns)
        case .union(let inputs): return prune(inputs, columns)
        case .window(let calls, let input): return prune(calls, input, columns)
        }
    }

    private static func prune(_ inputs: [LogicalPlan], _ columns: Set<Int>) -> Pruned {
        let kept = columns.sorted()
        let plans = inputs.map { aligned(prune($0, keeping: columns), kept, $0.types) }
        return (.union(plans), positions(of: kept))
    }

    private static func prune(
        _ calls: [WindowCall], _ input: LogicalPlan, _ columns: Set<Int>
    ) -> Pruned {
        let width = input.types.count
        let kept = calls.indices.filter { columns.contains(width + $0) }
        var read = columns.filter { $0 < width }
        for expression in kept.flatMap({ calls[$0].operands }) {
            read.formUnion(expression.columnTypes.keys)
        }
        let below = prune(input, keeping: read)
        guard !kept.isEmpty else { return below }
        var positions = below.positions
        let newWidth = below.plan.types.count
        for (offset, index) in kept.enumerated() { positions[width + index] = newWidth + offset }
        return (.window(kept.map { calls[$0].moved(to: below.positions) }, below.plan), positions)
    }

    /// `kept[i]` lies at `i`.
    private static func positions(of kept: [Int]) -> [Int: Int] {
        Dictionary(uniqueKeysWithValues: kept.enumerated().map { ($0.element, $0.offset) })
    }

    private static func prune(_ scan: TableScan, _ columns: Set<Int>) -> Pruned {
        var scan = scan
        let read = scan.filter.map { Set($0.columnTypes.keys) } ?? []
        let kept = columns.union(read).sorted()
        let positions = positions(of: kept)
        scan.columns = kept.map { scan.columns[$0] }
        scan.filter = scan.filter?.moved(to: positions)
        return (.scan(scan), positions)
    }

    /// A projection of columns and constants over another is written into one.
    private static func prune(
        _ expressions: [BoundExpression], _ input: LogicalPlan, _ columns: Set<Int>
    ) -> Pruned {
        let kept = columns.sorted()
        let wanted = kept.map { expressions[$0] }
        let read = wanted.reduce(into: Set<Int>()) { $0.formUnion($1.columnTypes.keys) }
        var below = prune(input, keeping: read)
        var moved = wanted.map { $0.moved(to: below.positions) }
        if case .project(let inner, let source) = below.plan,
            inner.allSatisfy({ $0.operands.isEmpty })
        {
            moved = moved.map { $0.mappingColumns { index, _ in inner[index] } }
            below.plan = source
        }
        let isWhole = below.plan.hasColumns(moved)
        return (isWhole ? below.plan : .project(moved, below.plan), positions(of: kept))
    }

    private static func prune(
        _ keys: [BoundExpression], _ calls: [AggregateCall], _ input: LogicalPlan,
        _ columns: Set<Int>
    ) -> Pruned {
        let keptCalls = calls.indices.filter { columns.contains(keys.count + $0) }
        var read: Set<Int> = []
        for key in keys { read.formUnion(key.columnTypes.keys) }
        for index in keptCalls {
            for expression in calls[index].operands { read.formUnion(expression.columnTypes.keys) }
        }
        let below = prune(input, keeping: read)
        let moved = keptCalls.map { calls[$0].mapping { $0.moved(to: below.positions) } }
        let plan = LogicalPlan.aggregate(
            keys: keys.map { $0.moved(to: below.positions) }, calls: moved, below.plan)
        return (plan, positions(of: Array(keys.indices) + keptCalls.map { keys.count + $0 }))
    }

    private static func prune(
        unnest array: BoundExpression, keepsEmpty: Bool, _ input: LogicalPlan,
        _ columns: Set<Int>
    ) -> Pruned {
        let width = input.types.count
        let wanted = columns.filter { $0 < width }
        let below = prune(input, keeping: wanted.union(array.columnTypes.keys))
        var positions = below.positions
        positions[width] = below.plan.types.count
        return (
            .unnest(array.moved(to: below.positions), keepsEmpty: keepsEmpty, below.plan), positions
        )
    }

    private static func prune(
        _ join: Join, _ left: LogicalPlan, _ right: LogicalPlan, _ columns: Set<Int>
    ) -> Pruned {
        let width = left.types.count
        var (fromLeft, fromRight): (Set<Int>, Set<Int>) = ([], [])
        func read(_ indices: some Sequence<Int>) {
            for index in indices {
                if index < width { fromLeft.insert(index) } else { fromRight.insert(index - width) }
            }
        }
        read(join.showsRight ? columns : columns.filter { $0 < width })
        read((join.condition?.columnTypes ?? [:]).keys)
        for key in join.keys {
            fromLeft.formUnion(key.left.columnTypes.keys)
            fromRight.formUnion(key.right.columnTypes.keys)
        }
        let one = prune(left, keeping: fromLeft)
        let other = prune(right, keeping: fromRight)
        let newWidth = one.plan.types.count
        var positions = one.positions
        for (index, position) in other.positions { positions[width + index] = newWidth + position }
        var join = join
        join.keys = join.keys.map { key in
            Join.Key(
                left: key.left.moved(to: one.positions), right: key.right.moved(to: other.positions)
            )
        }
        join.condition = join.condition?.moved(to: positions)
        if join.kind == .mark { positions[width] = newWidth }
        return (.join(join, one.plan, other.plan), positions)
    }
}
