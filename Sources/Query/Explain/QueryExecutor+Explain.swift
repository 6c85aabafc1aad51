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
    /// ```
    public func explain(
        _ query: BoundQuery, analyze: Bool, cancellation: Cancellation = Cancellation()
    ) throws(QueryError) -> QueryResult {
        let plan = Optimizer.optimized(query.plan)
        var lines = PlanPrinter.lines(of: plan)
        for scan in plan.scans { lines.append(try describe(scan)) }
        var statistics = QueryStatistics()
        if analyze {
            statistics = try run(query, cancellation: cancellation) { _ in }
            let milliseconds = Double(statistics.elapsedNanoseconds / 1_000) / 1_000
            lines.append(
                "run: \(statistics.resultRows) rows, read \(statistics.rowsRead) of "
                    + "\(statistics.rowsTotal) rows, \(statistics.blocksRead) blocks read, "
                    + "\(statistics.blocksPruned) pruned, \(milliseconds) ms")
        }
        let rows = lines.map { [Value.varchar(Text($0))] }
        let builder = ColumnBuilder(type: .varchar)
        for row in rows { builder.append(row[0]) }
        let batch = RowBatch(rowCount: rows.count, columns: [builder.finish()])
        return QueryResult(
            fields: [ResultField(name: "PLAN", type: .varchar)], batches: [batch],
            statistics: statistics)
    }

    private func describe(_ scan: TableScan) throws(QueryError) -> String {
        let pruning = try ScanPruning(
            scan, snapshot, usesCodeIndexes: limits.usesCodeIndexes)
        let counts = pruning.statistics
        var (blocks, live) = (0, 0)
        for unit in pruning.units {
            switch unit {
            case .live(_, let range): live += range.count
            case .block: blocks += 1
            case .rows: break
            }
        }
        var line =
            "\(scan.table.name): \(counts.segmentsTotal - counts.segmentsPruned) of "
            + "\(counts.segmentsTotal) segments, \(blocks) of \(blocks + counts.blocksPruned) "
            + "blocks, \(live) live rows"
        for (use, kind) in [(pruning.keyUse, "key index"), (pruning.codeUse, "bitmaps")]
        where !use.columns.isEmpty {
            let names = use.columns.sorted().joined(separator: ", ")
            line += ", \(use.rowCount) rows by the \(kind) of \(names)"
            line += " in \(use.segmentCount) segments"
        }
        return line
    }
}
