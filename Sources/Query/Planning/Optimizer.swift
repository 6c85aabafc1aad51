import Segments

/// Rewrites a plan into one with the same result that reads less.
///
/// Conditions move down: through projections (written over what those compute), below sorts,
/// DISTINCT and the keys of aggregations, and into the scan, where segments and blocks are pruned
/// by them. Never through a LIMIT. A condition that has moved is evaluated for rows that other
/// conditions may have excluded before, or for fewer: a plan may fail less, never more, because
/// conditions keep their order.
///
/// Through joins they move as `JoinPushDown` says; then columns nobody asks for are left out
/// (`ColumnPruning`), and joins are put in order (`JoinOrder`).
enum Optimizer {
    /// The rewritten plan, without regard to what the tables hold.
    static func optimized(_ plan: LogicalPlan) -> LogicalPlan {
        JSONPathColumns.attached(ColumnPruning.pruned(push([], into: plan)))
    }

    /// The rewritten plan for the tables of a query's snapshot.
    static func optimized(
        _ plan: LogicalPlan, _ context: QueryContext
    ) throws(QueryError) -> LogicalPlan {
        let plan = ColumnPruning.pruned(push([], into: plan))
        guard plan.hasJoins else { return JSONPathColumns.attached(plan) }
        let ordered = try JoinOrder(context).ordered(plan)
        return JSONPathColumns.attached(ColumnPruning.pruned(ordered))
    }

    /// `plan` with `conditions` over its output columns applied as deep as they go.
    static func push(
        _ conditions: [BoundExpression], into plan: LogicalPlan
    ) -> LogicalPlan {
        switch plan {
        case .filter(let condition, let input):
            return push(condition.conjuncts.flatMap(\.factored) + conditions, into: input)
        case .scan(var scan):
            let all = (scan.filter?.conjuncts ?? []) + conditions
            scan.filter = .conjunction(all)
            return .scan(scan)
        case .project(let expressions, let input):
            let moved = conditions.map { condition in
                condition.mappingColumns { index, _ in expressions[index] }
            }
            return .project(expressions, push(moved, into: input))
        case .sort(let keys, let input): return .sort(keys, push(conditions, into: input))
        case .distinct(let input): return .distinct(push(conditions, into: input))
        case .aggregate(let keys, let calls, let input):
            return aggregate(conditions, keys, calls, input)
        case .limit(let count, let offset, let input):
            return kept(conditions, .limit(count: count, offset: offset, push([], into: input)))
        case .unnest(let array, let keepsEmpty, let input):
            return unnest(conditions, array, keepsEmpty: keepsEmpty, input)
        case .join(let join, let left, let right):
            return JoinPushDown.push(conditions, join, left, right)
        case .union(let inputs): return .union(inputs.map { push(conditions, into: $0) })
        case .window(let calls, let input): return window(conditions, calls, input)
        case .values: return kept(conditions, plan)
        }
    }

    private static func aggregate(
        _ conditions: [BoundExpression], _ keys: [BoundExpression], _ calls: [AggregateCall],
        _ input: LogicalPlan
    ) -> LogicalPlan {
        var (moved, rest): ([BoundExpression], [BoundExpression]) = ([], [])
        for condition in conditions {
            let read = condition.columnTypes.keys
            if !read.isEmpty, read.allSatisfy({ $0 < keys.count }) {
                moved.append(condition.mappingColumns { index, _ in keys[index] })
            } else {
                rest.append(condition)
            }
        }
        return kept(rest, .aggregate(keys: keys, calls: calls, push(moved, into: input)))
    }

    /// Conditions on what every call partitions by move below: they keep or drop whole partitions.
    private static func window(
        _ conditions: [BoundExpression], _ calls: [WindowCall], _ input: LogicalPlan
    ) -> LogicalPlan {
        let shared = calls.dropFirst().reduce(Set(calls.first?.partition ?? [])) {
            $0.intersection($1.partition)
        }
        let columns = Set(
            shared.compactMap { key in if case .column(let index, _) = key { index } else { nil } })
        let moved = conditions.filter { condition in
            let read = condition.columnTypes.keys
            return !condition.canFail && !read.isEmpty && read.allSatisfy(columns.contains)
        }
        let rest = conditions.filter { !moved.contains($0) }
        return kept(rest, .window(calls, push(moved, into: input)))
    }

    /// Conditions that do not read the element move below, unless they could fail: a row without
    /// elements would be evaluated that was not before.
    private static func unnest(
        _ conditions: [BoundExpression], _ array: BoundExpression, keepsEmpty: Bool,
        _ input: LogicalPlan
    ) -> LogicalPlan {
        let width = input.types.count
        let moved = conditions.filter { condition in
            !condition.canFail && condition.columnTypes.keys.allSatisfy { $0 < width }
        }
        let rest = conditions.filter { !moved.contains($0) }
        return kept(rest, .unnest(array, keepsEmpty: keepsEmpty, push(moved, into: input)))
    }

    /// The plan below what could not move.
    static func kept(_ conditions: [BoundExpression], _ plan: LogicalPlan) -> LogicalPlan {
        BoundExpression.conjunction(conditions).map { .filter($0, plan) } ?? plan
    }
}
