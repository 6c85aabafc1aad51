import Segments

extension QueryExecutor {
    /// What EXPLAIN answers: one VARCHAR column, a line per row.
    ///
    /// The optimised plan as a tree; then, per table, what is read of it after pruning; with
    /// `analyze` the query is run and what it did is told, too.
    ///
    /// ```
    /// aggregate COUNT(*) by merchant_id
    ///   scan payments (merchant_id, event_time) where (event_time >= ...)
    /// payments: 3 of 120 segments, 40 of 7300 blocks, 512 live rows
    /// rollup payments_hourly: method is not one of its dimensions
    /// ```
    public func explain(
        _ query: BoundQuery, analyze: Bool, cancellation: Cancellation = Cancellation()
    ) throws(QueryError) -> QueryResult {
        let context = context(cancellation)
        let plan = try Optimizer.optimized(query.plan, context)
        var lines = PlanPrinter.lines(of: plan)
        for scan in plan.scans { lines.append(try describe(scan, now: context.now)) }
        for aggregation in plan.aggregations {
            lines += try Self.describeRollups(of: aggregation, snapshot, now: context.now)
        }
        var statistics = QueryStatistics()
        if analyze {
            statistics = try run(query, cancellation: cancellation) { _ in }
            let milliseconds = Double(statistics.elapsedNanoseconds / 1_000) / 1_000
            lines.append(
                "run: \(statistics.resultRows) rows, read \(statistics.rowsRead) of "
                    + "\(statistics.rowsTotal) rows, \(statistics.blocksRead) blocks read, "
                    + "\(statistics.blocksPruned) pruned, "
                    + (statistics.rowsHidden > 0
                        ? "\(statistics.rowsHidden) rows dead or expired, " : "")
                    + "\(milliseconds) ms")
        }
        let rows = lines.map { [Value.varchar(Text($0))] }
        let builder = ColumnBuilder(type: .varchar)
        for row in rows { builder.append(row[0]) }
        let batch = RowBatch(rowCount: rows.count, columns: [builder.finish()])
        return QueryResult(
            fields: [ResultField(name: "PLAN", type: .varchar)], batches: [batch],
            statistics: statistics)
    }

    private func describe(_ scan: TableScan, now: Int64) throws(QueryError) -> String {
        let pruning = try ScanPruning(
            scan, snapshot, now: now, usesCodeIndexes: limits.usesCodeIndexes)
        let counts = pruning.statistics
        var (blocks, live) = (0, 0)
        for unit in pruning.units {
            switch unit.place {
            case .live(_, let range): live += range.count
            case .block: blocks += 1
            case .rows: break
            }
        }
        var line =
            "\(scan.table.name): \(counts.segmentsTotal - counts.segmentsPruned) of "
            + "\(counts.segmentsTotal) segments, \(blocks) of \(blocks + counts.blocksPruned) "
            + "blocks, \(live) live rows"
        let sparse = Set(scan.table.sparseLookups.map { scan.table.columns[$0.column].name })
        let codes = sparse.isSuperset(of: pruning.codeUse.columns) ? "sparse look-up" : "codes"
        for (use, kind) in [(pruning.keyUse, "key index"), (pruning.codeUse, codes)]
        where !use.columns.isEmpty {
            let names = use.columns.sorted().joined(separator: ", ")
            line += ", \(use.rowCount) rows by the \(kind) of \(names)"
            line += " in \(use.segmentCount) segments"
        }
        return line
    }
}

extension QueryExecutor {
    /// A line for each rollup of an aggregation's table: what it saves, or why it is not used.
    private static func describeRollups(
        of aggregation: TableAggregation, _ snapshot: Snapshot, now: Int64
    ) throws(QueryError) -> [String] {
        guard let table = snapshot.table(aggregation.scan.table.id) else { return [] }
        let choice = try RollupChoice(aggregation, table, now: now)
        var lines: [String] = []
        if let chosen = choice.chosen {
            let plan = chosen.plan
            let used = plan.whole.count + plan.cut.count
            let beside = chosen.rowParts.reduce(0) { $0 + $1.pruning.rowCount }
            lines.append(
                "rollup \(plan.rollup.rollup.name): answers for \(used) of "
                    + "\(table.segments.count) segments, \(chosen.rowCount - beside) rows of it "
                    + "and \(beside) beside it instead of \(choice.rowCount)")
        }
        for miss in choice.misses { lines.append("rollup \(miss.name): \(miss.reason)") }
        if choice.chosen == nil, let advice = advice(on: aggregation, table) {
            lines.append(advice)
        }
        return lines
    }

    /// Larger segments take too long to look at for a plan.
    private static let advisedRowCount = 1_000_000

    /// What a rollup of just this aggregation would make of the table's largest segment.
    private static func advice(
        on aggregation: TableAggregation, _ table: TableSnapshot
    ) -> String? {
        guard let rollup = RollupAdvice.rollup(for: aggregation),
            let largest = table.segments.max(by: { $0.entry.rowCount < $1.entry.rowCount }),
            largest.entry.rowCount <= advisedRowCount
        else { return nil }
        let names = rollup.dimensions.map { RollupPrinter.dimension($0, table.schema) }
            .joined(separator: ", ")
        do throws(SegmentError) {
            let estimate = try RollupEstimate(rollup, of: largest.reader(), table: table.schema)
            return "advice: a rollup by \(names) would keep \(estimate.rowCount) of "
                + "\(estimate.sourceRowCount) rows of the largest segment"
        } catch {
            // What is wrong with the segment is the query's to say.
            return nil
        }
    }
}

extension LogicalPlan {
    /// The aggregations of one table's rows in the plan.
    fileprivate var aggregations: [TableAggregation] {
        switch self {
        case .aggregate(let keys, let calls, let input):
            TableAggregation(keys, calls, input).map { [$0] } ?? input.aggregations
        case .distinct(let input):
            TableAggregation(input.outputColumns, [], input).map { [$0] } ?? input.aggregations
        case .filter(_, let input), .project(_, let input), .sort(_, let input),
            .limit(_, _, let input):
            input.aggregations
        default: []
        }
    }

    private var outputColumns: [BoundExpression] {
        types.enumerated().map { .column(index: $0.offset, type: $0.element) }
    }
}
