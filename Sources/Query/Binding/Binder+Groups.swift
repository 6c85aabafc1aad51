import Segments

/// GROUP BY: keys and grouping sets, and DISTINCT ON.
extension Binder {
    /// Binds GROUP BY into `parts`.
    func group(
        _ select: Syntax.Select, _ parts: inout SelectParts, _ binder: inout ExpressionBinder
    ) throws(QueryError) {
        if select.groupsByAll {
            let width = binder.scope.columns.count
            for item in parts.items {
                let read = item.expression.columnTypes.keys
                guard !read.contains(where: { $0 >= width && $0 < Provisional.start }),
                    !read.contains(where: { $0 >= Provisional.window && $0 < Provisional.outer }),
                    item.expression.constant == nil
                else { continue }
                parts.keys.append(try groupable(item.expression, at: item.range))
            }
            return
        }
        var sets: [[Int]] = [[]]
        for item in select.groupBy {
            let own = try self.sets(of: item, &parts, &binder)
            sets = sets.flatMap { set in own.map { set + $0 } }
            guard sets.count <= SQLLimits.groupingSetCount else {
                throw QueryError(
                    .limit, "more than \(SQLLimits.groupingSetCount) grouping sets",
                    hint: "ROLLUP makes fewer than CUBE")
            }
        }
        let isPlain = select.groupBy.allSatisfy { if case .expression = $0 { true } else { false } }
        if !isPlain { parts.groupingSets = sets.map { Array(Set($0)).sorted() } }
    }

    /// The grouping sets an item stands for, as positions of keys, which it adds.
    private func sets(
        of item: Syntax.GroupItem, _ parts: inout SelectParts, _ binder: inout ExpressionBinder
    ) throws(QueryError) -> [[Int]] {
        switch item {
        case .expression(let expression): return [[try key(expression, &parts, &binder)]]
        case .rollup(let elements, _):
            let keys = try self.keys(elements, &parts, &binder)
            return (0...keys.count).reversed().map { Array(keys[..<$0].joined()) }
        case .cube(let elements, let range):
            guard elements.count < Int.bitWidth - 1,
                1 << elements.count <= SQLLimits.groupingSetCount
            else {
                throw QueryError(
                    .limit, "more than \(SQLLimits.groupingSetCount) grouping sets", at: range,
                    hint: "ROLLUP makes fewer than CUBE")
            }
            let keys = try self.keys(elements, &parts, &binder)
            return (0..<1 << keys.count).reversed().map { choice in
                keys.indices.filter { choice >> (keys.count - 1 - $0) & 1 == 1 }.flatMap {
                    keys[$0]
                }
            }
        case .sets(let elements, _):
            var sets: [[Int]] = []
            for element in elements {
                var own: [[Int]] = [[]]
                for part in element {
                    let inner = try self.sets(of: part, &parts, &binder)
                    own = own.flatMap { set in inner.map { set + $0 } }
                }
                sets += own
            }
            return sets
        }
    }

    private func keys(
        _ elements: [[Syntax.Expression]], _ parts: inout SelectParts,
        _ binder: inout ExpressionBinder
    ) throws(QueryError) -> [[Int]] {
        var keys: [[Int]] = []
        for element in elements {
            var own: [Int] = []
            for part in element { own.append(try key(part, &parts, &binder)) }
            keys.append(own)
        }
        return keys
    }

    private func key(
        _ expression: Syntax.Expression, _ parts: inout SelectParts,
        _ binder: inout ExpressionBinder
    ) throws(QueryError) -> Int {
        let key = try groupKey(expression, parts.items, &binder)
        let shape = key.withoutPlaces
        if let same = parts.keys.firstIndex(where: { $0.withoutPlaces == shape }) { return same }
        parts.keys.append(key)
        return parts.keys.count - 1
    }

    /// An item of DISTINCT ON: a position, an alias or an expression.
    func distinctKey(
        _ expression: Syntax.Expression, _ items: [SelectParts.Item],
        _ binder: inout ExpressionBinder
    ) throws(QueryError) -> BoundExpression {
        binder.clause = .orderBy
        return try groupKey(expression, items, &binder)
    }

    /// The rows of an aggregation, once for each grouping set: keys that are not in the set are
    /// NULL, and each GROUPING says which those are.
    func aggregated(
        _ parts: SelectParts, _ keys: [BoundExpression], _ calls: [AggregateCall],
        _ binder: ExpressionBinder, _ input: LogicalPlan, _ positions: inout [Int: Int]
    ) throws(QueryError) -> LogicalPlan {
        let masks = try groupingBits(parts, binder)
        let width = keys.count + calls.count
        for index in masks.indices { positions[Provisional.grouping + index] = width + index }
        let plain = LogicalPlan.aggregate(keys: keys, calls: calls, input)
        guard parts.groupingSets != nil || !masks.isEmpty else { return plain }
        let sets = parts.groupingSets ?? [Array(keys.indices)]
        let plans = sets.map { set in
            let below = LogicalPlan.aggregate(keys: set.map { keys[$0] }, calls: calls, input)
            var columns = keys.enumerated().map { index, key in
                set.firstIndex(of: index).map { BoundExpression.column(index: $0, type: key.type) }
                    ?? .literal(.null, key.type)
            }
            columns += calls.enumerated().map { index, call in
                .column(index: set.count + index, type: call.type)
            }
            for bits in masks {
                let value = bits.reduce(Int64(0)) { $0 << 1 | (set.contains($1) ? 0 : 1) }
                columns.append(.literal(.bigint(value), .bigint))
            }
            return LogicalPlan.project(columns, below)
        }
        return plans.count == 1 ? plans[0] : .union(plans)
    }

    /// For each GROUPING the positions of the keys it asks for.
    private func groupingBits(
        _ parts: SelectParts, _ binder: ExpressionBinder
    ) throws(QueryError) -> [[Int]] {
        var masks: [[Int]] = []
        for arguments in binder.groupings {
            var mask: [Int] = []
            for argument in arguments {
                let shape = argument.withoutPlaces
                guard let key = parts.keys.firstIndex(where: { $0.withoutPlaces == shape }) else {
                    throw QueryError(
                        .invalidArgument, "GROUPING takes expressions of GROUP BY only",
                        hint: "group by what it asks for")
                }
                mask.append(key)
            }
            masks.append(mask)
        }
        return masks
    }
}
