import Query
import Segments

/// Random joins of a table with itself.
extension RandomPlans {
    /// A join of random kind over random rows of `table`, perhaps filtered, aggregated and joined
    /// once more.
    public mutating func join(over table: TableSchema) -> LogicalPlan {
        var plan = side(of: table)
        let leftTypes = plan.types
        plan = joined(plan, side(of: table), pick(Join.Kind.allCases.filter { $0 != .single }))
        if chance(20) { plan = joined(plan, side(of: table), pick([.inner, .left, .semi, .mark])) }
        inputs = plan.types
        if chance(50) { plan = .filter(condition(depth: 2), plan) }
        if plan.types.count > leftTypes.count, plan.types.last == .boolean, chance(50) {
            let mark = BoundExpression.column(index: plan.types.count - 1, type: .boolean)
            plan = .filter(chance(50) ? mark : .not(mark), plan)
        }
        inputs = plan.types
        if chance(30) { plan = project(plan) }
        if chance(30) { plan = aggregate(plan) }
        return plan
    }

    /// Rows of the table: some columns, perhaps filtered, at least one of each key's type.
    private mutating func side(of table: TableSchema) -> LogicalPlan {
        let scan = TableScan(table: table, columns: Array(table.columns.indices))
        inputs = table.columns.map(\.type)
        var plan = LogicalPlan.scan(scan)
        if chance(60) { plan = .filter(condition(depth: 2), plan) }
        guard chance(20) else { return plan }
        let keys = [1, 3, 4].map { BoundExpression.column(index: $0, type: inputs[$0]) }
        let count = AggregateCall(.count, of: nil, type: .bigint, at: Self.nowhere)
        return .aggregate(keys: keys, calls: [count], plan)
    }

    private mutating func joined(
        _ left: LogicalPlan, _ right: LogicalPlan, _ kind: Join.Kind
    ) -> LogicalPlan {
        let (leftTypes, rightTypes) = (left.types, right.types)
        var join = Join(kind, at: Self.nowhere)
        for _ in 0..<pick([0, 1, 1, 1, 2]) {
            let pairs = leftTypes.indices.flatMap { one in
                rightTypes.indices.filter { other in
                    leftTypes[one] == rightTypes[other] && Self.compares(leftTypes[one])
                }.map { (one, $0) }
            }
            let (one, other) = pick(pairs)
            join.keys.append(
                Join.Key(
                    left: .column(index: one, type: leftTypes[one]),
                    right: .column(index: other, type: rightTypes[other])))
        }
        if chance(40) || join.keys.isEmpty {
            inputs = leftTypes + rightTypes
            join.condition = condition(depth: 1)
        }
        let isMark = kind == .mark || kind == .anti
        if isMark, join.condition != nil || join.keys.count == 1 { join.isNullAware = chance(50) }
        return .join(join, left, right)
    }

    private static func compares(_ type: LogicalType) -> Bool {
        switch type {
        case .json, .array: false
        default: true
        }
    }
}
