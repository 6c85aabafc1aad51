import Segments

/// An aggregation of the rows of one table, its projections and filters written over the scan: what
/// a rollup can answer.
struct TableAggregation {
    /// With all conditions in its filter.
    private(set) var scan: TableScan
    /// Over the scan's output columns.
    private(set) var keys: [BoundExpression]
    /// Arguments and filters over the scan's output columns.
    private(set) var calls: [AggregateCall]

    /// The aggregation of `input`; `nil` where that is more than one table's rows.
    init?(_ keys: [BoundExpression], _ calls: [AggregateCall], _ input: LogicalPlan) {
        var conditions: [BoundExpression] = []
        var (keys, calls) = (keys, calls)
        var node = input
        while true {
            switch node {
            case .filter(let condition, let below):
                conditions = condition.conjuncts + conditions
                node = below
            case .project(let expressions, let below):
                func over(_ expression: BoundExpression) -> BoundExpression {
                    expression.mappingColumns { index, _ in expressions[index] }
                }
                keys = keys.map(over)
                conditions = conditions.map(over)
                for index in calls.indices {
                    calls[index].argument = calls[index].argument.map(over)
                    calls[index].filter = calls[index].filter.map(over)
                }
                node = below
            case .scan(var scan):
                // No rollup has paths of JSON columns.
                guard scan.paths.isEmpty else { return nil }
                scan.filter = .conjunction((scan.filter?.conjuncts ?? []) + conditions)
                (self.scan, self.keys, self.calls) = (scan, keys, calls)
                return
            default: return nil
            }
        }
    }

    /// The position, in the scan's output, of the table's time.
    var timeIndex: Int? {
        scan.table.timestampColumn.flatMap { time in scan.columns.firstIndex(of: time) }
    }
}

/// The times that conditions leave; bounds are inclusive.
struct TimeBounds: Equatable {
    var low = Int64.min
    var high = Int64.max

    /// The bounds that conditions set to the column at `timeIndex`, and the other conditions.
    static func split(
        _ conditions: [BoundExpression], timeIndex: Int?
    ) -> (bounds: TimeBounds, rest: [BoundExpression]) {
        var bounds = TimeBounds()
        var rest: [BoundExpression] = []
        for condition in conditions {
            guard let timeIndex, let (comparison, time) = condition.comparison(of: timeIndex),
                bounds.narrow(comparison, time)
            else {
                rest.append(condition)
                continue
            }
        }
        return (bounds, rest)
    }

    private mutating func narrow(_ comparison: Comparison, _ time: Int64) -> Bool {
        switch comparison {
        case .greaterOrEqual: low = max(low, time)
        case .greater where time < .max: low = max(low, time + 1)
        case .lessOrEqual: high = min(high, time)
        case .less where time > .min: high = min(high, time - 1)
        case .equal:
            low = max(low, time)
            high = min(high, time)
        default: return false
        }
        return true
    }

    /// The bounds of the steps that lie inside as a whole; `nil` for none.
    func aligned(to step: Int64) -> TimeBounds? {
        var inner = self
        if low > .min {
            let start = low.roundedDown(toMultipleOf: step)
            let (next, overflow) = start.addingReportingOverflow(step)
            guard start == low || !overflow else { return nil }
            inner.low = start == low ? low : next
        }
        if high < .max { inner.high = (high + 1).roundedDown(toMultipleOf: step) - 1 }
        return inner.low <= inner.high ? inner : nil
    }

    /// Whether all of a segment's rows lie inside.
    func contain(_ entry: SegmentEntry) -> Bool {
        low <= entry.minimumTime && entry.maximumTime <= high
    }

    /// Whether a row of the segment may lie inside.
    func overlap(_ entry: SegmentEntry) -> Bool {
        entry.minimumTime <= high && low <= entry.maximumTime
    }
}

extension BoundExpression {
    /// The comparison of the column at `index`, on the left, with a constant time.
    func comparison(of index: Int) -> (Comparison, Int64)? {
        switch self {
        case .compare(let comparison, .column(index, _), .literal(.timestamp(let time), _)):
            (comparison, time)
        case .compare(let comparison, .literal(.timestamp(let time), _), .column(index, _)):
            (comparison.mirrored, time)
        default: nil
        }
    }
}
