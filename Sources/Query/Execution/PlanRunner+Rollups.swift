import Segments

/// Aggregations that a rollup answers.
extension PlanRunner {
    /// Runs an aggregation from a rollup, if one covers it.
    ///
    /// Partial results of the rollup's rows and of the rows beside them are rows again; a second
    /// aggregation makes one result of both. Where a file of the rollup turns out to be damaged,
    /// the table's rows answer.
    ///
    /// - Returns: Whether it did; else nothing was emitted.
    func aggregateFromRollup(
        _ keys: [BoundExpression], _ calls: [AggregateCall], _ input: LogicalPlan, _ emit: Emit
    ) throws(QueryError) -> Bool {
        guard let aggregation = TableAggregation(keys, calls, input),
            let table = context.snapshot.table(aggregation.scan.table.id), !table.rollups.isEmpty,
            let chosen = try RollupChoice(aggregation, table, now: context.now).chosen
        else { return false }
        let run = RollupRun(chosen, context)
        let result: AggregateSink
        do throws(QueryError) { result = try run.run() } catch {
            guard error.code == .damagedSegment else { throw error }
            return false
        }
        context.count(chosen.statistics)
        for start in stride(from: 0, to: result.count, by: Block.rowCount) {
            try context.check()
            let range = start..<min(result.count, start + Block.rowCount)
            guard try emit(run.finished(result.finish(range))) else { break }
        }
        try result.release()
        return true
    }
}

/// One aggregation on its way through a rollup.
struct RollupRun {
    private let pruned: PrunedRollupPlan
    private let context: QueryContext

    init(_ pruned: PrunedRollupPlan, _ context: QueryContext) {
        self.pruned = pruned
        self.context = context
    }

    private var plan: RollupPlan { pruned.plan }

    /// The groups with the combined parts of all calls.
    func run() throws(QueryError) -> AggregateSink {
        let hasRows = pruned.rowParts.contains { !$0.pruning.units.isEmpty }
        var ofRollup: [AggregateCall] = []
        for (index, call) in plan.calls.enumerated() {
            for part in call.parts {
                var whole = part.overRollup
                if !hasRows { whole.type = resultType(of: part, index) }
                ofRollup.append(whole)
            }
        }
        let sink = try aggregated(pruned.rollupParts, plan.keys, ofRollup)
        guard hasRows || sink == nil else { return sink ?? combined() }
        let ofRows = plan.calls.flatMap(\.parts).map(\.overRows)
        let rows = try aggregated(pruned.rowParts, plan.aggregation.keys, ofRows)
        let result = combined()
        for partial in [sink, rows] { if let partial { try join(partial, into: result) } }
        return result
    }

    /// Aggregates scans of the same shape into one sink; `nil` where there is nothing to read.
    private func aggregated(
        _ scans: [(scan: TableScan, pruning: ScanPruning)], _ keys: [BoundExpression],
        _ calls: [AggregateCall]
    ) throws(QueryError) -> AggregateSink? {
        var result: AggregateSink?
        for part in scans where !part.pruning.units.isEmpty {
            let pipeline = Pipeline(
                source: TableSource(part.scan, part.pruning, context),
                sourceFilter: part.scan.filter?.conjuncts ?? [], steps: [])
            let run = ParallelRun(pipeline, units: 0..<part.pruning.units.count, context) {
                AggregateSink(keys, calls, context)
            }
            for sink in try run.run() {
                try context.check()
                if let result { try result.merge(sink) } else { result = sink }
            }
        }
        return result
    }

    /// A sink for the partial results of several.
    private func combined() -> AggregateSink {
        let keys = plan.keys.enumerated().map {
            BoundExpression.column(index: $0.offset, type: $0.element.type)
        }
        var calls: [AggregateCall] = []
        for (index, call) in plan.calls.enumerated() {
            for part in call.parts {
                let argument = BoundExpression.column(
                    index: keys.count + calls.count, type: part.type)
                calls.append(
                    AggregateCall(
                        part.combining, of: argument, type: resultType(of: part, index),
                        at: part.overRows.range))
            }
        }
        return AggregateSink(keys, calls, context)
    }

    private func join(
        _ partial: AggregateSink, into result: AggregateSink
    ) throws(QueryError) {
        for start in stride(from: 0, to: partial.count, by: Block.rowCount) {
            try context.check()
            let rows = try partial.finish(start..<min(partial.count, start + Block.rowCount))
            try result.add(Batch(rowCount: rows.rowCount, columns: rows.columns))
        }
        try partial.release()
    }

    /// A sum becomes what the query asked for; only parts of a mean stay as they are.
    private func resultType(of part: RollupCall.Part, _ call: Int) -> LogicalType {
        if case .average = plan.calls[call].result { return part.type }
        return plan.aggregation.calls[call].type
    }

    /// The aggregation's output, of groups with combined parts.
    func finished(_ rows: RowBatch) -> RowBatch {
        var columns = Array(rows.columns[..<plan.keys.count])
        var next = plan.keys.count
        for call in plan.calls {
            let parts = rows.columns[next..<next + call.parts.count]
            next += call.parts.count
            columns.append(Self.finished(Array(parts), call.result))
        }
        return RowBatch(rowCount: rows.rowCount, columns: columns)
    }

    private static func finished(_ parts: [Column], _ result: RollupCall.Result) -> Column {
        switch result {
        case .value: return parts[0]
        case .count: return Column(type: parts[0].type, values: parts[0].values)
        case .average(let scale):
            guard case .wideIntegers(let sums) = parts[0].values,
                case .integers(let counts) = parts[1].values
            else { preconditionFailure("a mean is made of a wide sum and a count") }
            let means = sums.indices.map { row in
                ExactMean.of(sums[row], count: counts[row], scale: scale)
            }
            return .doubles(means, .double, parts[0].validity)
        }
    }
}
