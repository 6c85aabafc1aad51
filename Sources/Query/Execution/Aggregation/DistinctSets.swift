import Segments

/// DISTINCT aggregates without GROUP BY: `SELECT COUNT(DISTINCT a), COUNT(DISTINCT b), SUM(c)`.
///
/// The distinct values of an argument are the groups of a GROUP BY of it, and the aggregate goes
/// over these. All sets, and the calls that have none, are filled by one pass over the rows.
struct DistinctSets {
    /// One per argument and filter.
    private(set) var sets: [Values] = []
    /// The calls that are not DISTINCT.
    private(set) var others: [AggregateCall] = []
    /// For each call, where its result is: in a set's calls, or in `others`.
    private(set) var places: [(set: Int?, call: Int)] = []

    /// The distinct values of an argument.
    struct Values {
        let argument: BoundExpression
        /// Rows that count; `nil` for all.
        let filter: BoundExpression?
        /// What is asked of the values, which are column 0.
        var calls: [AggregateCall]
    }

    /// `nil` where no call needs a set.
    init?(_ calls: [AggregateCall]) {
        for call in calls {
            guard let argument = Self.distinctArgument(call) else {
                places.append((nil, others.count))
                others.append(call)
                continue
            }
            var outer = call
            outer.isDistinct = false
            outer.filter = nil
            outer.argument = .column(index: 0, type: argument.type)
            let known = sets.firstIndex { $0.argument == argument && $0.filter == call.filter }
            if let known {
                places.append((known, sets[known].calls.count))
                sets[known].calls.append(outer)
            } else {
                places.append((sets.count, 0))
                sets.append(Values(argument: argument, filter: call.filter, calls: [outer]))
            }
        }
        if sets.isEmpty { return nil }
    }

    private static func distinctArgument(_ call: AggregateCall) -> BoundExpression? {
        switch call.function {
        // Repetition does not change these.
        case .minimum, .maximum, .anyValue, .bitAnd, .bitOr: nil
        // They see to it themselves.
        case .textList, .arrayList: nil
        default: call.isDistinct && call.key == nil ? call.argument : nil
        }
    }
}

/// The sets of one worker.
final class DistinctSink: Sink {
    /// The groups of each set's values.
    let sets: [AggregateSink]
    /// What needs no set.
    let others: AggregateSink
    private let filters: [FilterStep?]

    /// No values; `shared` is what the workers share for each set.
    init(_ sets: DistinctSets, _ shared: [SharedGroups], _ context: QueryContext) {
        self.sets = zip(sets.sets, shared).map { set, shared in
            AggregateSink([set.argument], [], shared: shared, context)
        }
        others = AggregateSink([], sets.others, context)
        filters = sets.sets.map { set in set.filter.map { FilterStep($0.conjuncts) } }
    }

    func add(_ batch: Batch) throws(QueryError) {
        try others.add(batch)
        for (set, filter) in zip(sets, filters) {
            if let filter {
                if let kept = try filter.apply(batch) { try set.add(kept) }
            } else {
                try set.add(batch)
            }
        }
    }
}

extension PlanRunner {
    /// The only row of an aggregation with DISTINCT calls and no keys.
    func row(of sets: DistinctSets, _ pipeline: Pipeline) throws(QueryError) -> RowBatch {
        let shared = sets.sets.map { SharedGroups([$0.argument], [], pipeline, context) }
        let run = ParallelRun(pipeline, units: 0..<pipeline.source.unitCount, context) {
            DistinctSink(sets, shared, context)
        }
        let sinks = try run.run()
        let others = try only(sinks.map(\.others))
        var results: [RowBatch] = []
        for (index, set) in sets.sets.enumerated() {
            let groups = try merged(sinks.map { $0.sets[index] }, shared[index])
            let values = Pipeline(source: try source(of: groups, 1), steps: [])
            let run = ParallelRun(values, units: 0..<values.source.unitCount, context) {
                AggregateSink([], set.calls, context)
            }
            results.append(try only(try run.run()))
        }
        let columns = sets.places.map { place in
            (place.set.map { results[$0] } ?? others).columns[place.call]
        }
        return RowBatch(rowCount: 1, columns: columns)
    }

    /// The row of workers that have one group each.
    private func only(_ sinks: [AggregateSink]) throws(QueryError) -> RowBatch {
        for other in sinks.dropFirst() { try sinks[0].merge(other) }
        let row = try sinks[0].finish(0..<1)
        try sinks[0].release()
        return row
    }
}
