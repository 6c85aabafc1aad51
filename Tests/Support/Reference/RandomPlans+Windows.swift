import Query
import Segments

/// Random window functions and unions over a table.
extension RandomPlans {
    /// Window functions over random rows of `table`, or a union of such rows.
    public mutating func windows(over table: TableSchema) -> LogicalPlan {
        let scan = LogicalPlan.scan(
            TableScan(table: table, columns: Array(table.columns.indices)))
        inputs = table.columns.map(\.type)
        var plan = chance(40) ? .filter(condition(depth: 2), scan) : scan
        if chance(30) {
            plan = .union([plan, .filter(condition(depth: 1), scan), scan])
        }
        let columnCount = inputs.count
        let calls = (0..<Int.random(in: 1...3, using: &generator)).map { _ in windowCall() }
        plan = .window(calls, plan)
        inputs = plan.types
        if chance(40) { plan = .filter(condition(depth: 1), plan) }
        guard chance(30) else { return plan }
        let kept = (columnCount..<inputs.count).map {
            BoundExpression.column(index: $0, type: inputs[$0])
        }
        return .project(kept, plan)
    }

    private mutating func windowCall() -> WindowCall {
        let partition = (0..<pick([0, 1, 1, 2])).map { _ in
            leaf(pick([.varchar, .boolean, .bigint]))
        }
        let isRange = chance(50)
        let needsDistance = isRange && chance(50)
        var order = (0..<(needsDistance ? 1 : pick([1, 1, 2]))).map { _ in
            SortKey(
                leaf(
                    needsDistance
                        ? pick([.bigint, .timestamp, .date]) : pick([.bigint, .varchar, .double])),
                isAscending: chance(50), nullsFirst: chance(50))
        }
        // A total order, so that rows have one position: the time is different in most rows only.
        if !isRange {
            for (index, type) in inputs.enumerated() where type != .json {
                if case .array = type { continue }
                order.append(SortKey(.column(index: index, type: type), nullsFirst: true))
            }
        }
        let frame = WindowFrame(
            isRange: isRange, start: bound(isRange && !needsDistance, isStart: true),
            end: bound(isRange && !needsDistance, isStart: false))
        func made(
            _ function: WindowCall.Function, _ arguments: [BoundExpression], _ type: LogicalType,
            filter: BoundExpression? = nil, ignoresNulls: Bool = false
        ) -> WindowCall {
            WindowCall(
                function, of: arguments, filter: filter, partition: partition, order: order,
                frame: frame, ignoresNulls: ignoresNulls, type: type, at: Self.nowhere)
        }
        let filter = chance(20) ? condition(depth: 1) : nil
        // Without a total order only what equal rows share has one value.
        switch Int.random(in: 0..<(isRange ? 7 : 12), using: &generator) {
        case 0: return made(.rank, [], .bigint)
        case 1: return made(.denseRank, [], .bigint)
        case 2: return made(.percentRank, [], .double)
        case 3: return made(.cumulativeDistribution, [], .double)
        case 4: return made(.aggregate(.count), [], .bigint, filter: filter)
        case 5:
            let type = pick([LogicalType.bigint, .varchar, .date])
            let function = pick([AggregateCall.Function.minimum, .maximum])
            return made(.aggregate(function), [leaf(type)], type, filter: filter)
        case 6: return made(.aggregate(.sum), [leaf(.bigint)], .bigint, filter: filter)
        case 7: return made(.rowNumber, [], .bigint)
        case 8:
            let count = BoundExpression.literal(
                .bigint(Int64.random(in: 1...6, using: &generator)), .bigint)
            return made(.tile, [count], .bigint)
        case 9:
            let distance = BoundExpression.literal(
                .bigint(Int64.random(in: 0...3, using: &generator)), .bigint)
            let values = [leaf(.varchar), distance] + (chance(40) ? [leaf(.varchar)] : [])
            return made(pick([.lag, .lead]), values, .varchar, ignoresNulls: chance(30))
        case 10:
            let nth = BoundExpression.literal(
                .bigint(Int64.random(in: 1...3, using: &generator)), .bigint)
            return made(.nthValue, [leaf(.bigint), nth], .bigint, ignoresNulls: chance(30))
        default:
            return made(
                pick([.firstValue, .lastValue]), [leaf(.varchar)], .varchar,
                ignoresNulls: chance(30))
        }
    }

    private mutating func bound(_ isPlain: Bool, isStart: Bool) -> WindowFrame.Bound {
        let distance = pick([0, 1, 2, 86_400_000_000] as [Int64])
        let plain: [WindowFrame.Bound] = [
            .currentRow, isStart ? .unboundedPreceding : .unboundedFollowing,
        ]
        return isPlain ? pick(plain) : pick(plain + [.preceding(distance), .following(distance)])
    }
}
