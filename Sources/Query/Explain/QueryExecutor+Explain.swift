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
        for scan in plan.scans { lines.append(try Self.describe(scan, snapshot)) }
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

    private static func describe(
        _ scan: TableScan, _ snapshot: Snapshot
    ) throws(QueryError) -> String {
        let pruning = try ScanPruning(scan, snapshot)
        let counts = pruning.statistics
        var (blocks, picked, live) = (0, 0, 0)
        for unit in pruning.units {
            switch unit {
            case .live(_, let range): live += range.count
            case .block: blocks += 1
            case .rows(_, let rows): picked += rows.count
            }
        }
        var line =
            "\(scan.table.name): \(counts.segmentsTotal - counts.segmentsPruned) of "
            + "\(counts.segmentsTotal) segments, \(blocks) of \(blocks + counts.blocksPruned) "
            + "blocks, \(live) live rows"
        if !pruning.indexedColumns.isEmpty {
            let names = pruning.indexedColumns.sorted().joined(separator: ", ")
            line += ", \(picked) rows by the key index of \(names)"
        }
        return line
    }
}
