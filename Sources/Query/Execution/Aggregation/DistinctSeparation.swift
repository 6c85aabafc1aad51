import Segments

/// Distinct aggregates in two steps, each of which many workers share.
///
/// `SELECT k, COUNT(DISTINCT x) … GROUP BY k` is the count of `x` over the groups of `k, x`: where
/// all aggregates are over one distinct argument, repetition is taken out by an aggregation.
enum DistinctSeparation {
    /// The aggregation over one of the keys and the argument; `nil` where calls differ in more than
    /// what they do with the argument.
    static func separated(
        _ keys: [BoundExpression], _ calls: [AggregateCall], _ input: LogicalPlan
    ) -> (keys: [BoundExpression], calls: [AggregateCall], input: LogicalPlan)? {
        guard !keys.isEmpty, let argument = calls.first?.argument,
            calls.allSatisfy({
                $0.isDistinct && $0.argument == argument && $0.filter == nil && $0.list == nil
            })
        else { return nil }
        let inner = LogicalPlan.aggregate(keys: keys + [argument], calls: [], input)
        let outer = calls.map { call in
            var call = call
            call.isDistinct = false
            call.argument = .column(index: keys.count, type: argument.type)
            return call
        }
        let columns = keys.enumerated().map { index, key in
            BoundExpression.column(index: index, type: key.type)
        }
        return (columns, outer, inner)
    }
}
