import Segments

/// Joins whose result has rows of the side in memory that are known only when all of the other side
/// has looked for its matches: those without match, or those with one.
extension PlanRunner {
    /// All rows of such a join; nil for a join that is a step of a pipeline.
    func keptRows(
        _ join: Join, _ left: LogicalPlan, _ right: LogicalPlan
    ) throws(QueryError) -> [RowBatch]? {
        let isKept = join.kept == .left
        switch join.kind {
        case .full: return try pairsAndRest(join, left, right, nullsOf: left)
        case .left where isKept, .single where isKept:
            return try pairsAndRest(join, left, right, nullsOf: right)
        case .semi where isKept, .anti where isKept: return try marked(join, left, right)
        case .inner, .left, .right, .single, .semi, .anti, .mark: return nil
        }
    }

    /// The rows of the side that looks for matches, then those in memory that none was found for,
    /// beside NULLs for the columns of `missing`.
    private func pairsAndRest(
        _ join: Join, _ left: LogicalPlan, _ right: LogicalPlan, nullsOf missing: LogicalPlan
    ) throws(QueryError) -> [RowBatch] {
        var (probe, input) = try self.probe(join, left, right, wanted: nil)
        let matched = MatchedRows(
            count: probe.table.rowCount, severalError: join.kind == .single ? join : nil)
        probe.matched = matched
        let collected = CollectedUnits()
        try run(probe, input) { CollectSink(collected, context) }
        var batches = collected.inOrder()
        let nullsComeFirst = probe.shape.probeIsLeft
        try append(matched.unmatched, of: probe.table, to: &batches) { kept, count in
            let nulls = missing.types.map { Column.nulls(of: $0, count: count) }
            return nullsComeFirst ? nulls + kept : kept + nulls
        }
        return batches
    }

    /// The rows in memory with a match, or without one.
    private func marked(
        _ join: Join, _ left: LogicalPlan, _ right: LogicalPlan
    ) throws(QueryError) -> [RowBatch] {
        var (probe, input) = try self.probe(join, left, right, wanted: nil)
        let matched = MatchedRows(count: probe.table.rowCount)
        probe.matched = matched
        try run(probe, input) { NoSink() }
        var batches: [RowBatch] = []
        let rows = join.kind == .semi ? matched.matched : matched.unmatched
        try append(rows, of: probe.table, to: &batches) { kept, _ in kept }
        return batches
    }

    private func run<Target: Sink>(
        _ probe: JoinProbe, _ input: LogicalPlan, _ sink: @escaping () -> Target
    ) throws(QueryError) {
        let below = try pipeline(input)
        let pipeline = Pipeline(
            source: below.source, sourceFilter: below.sourceFilter,
            steps: below.steps + [.expand(probe)])
        let run = ParallelRun(
            pipeline, units: 0..<pipeline.source.unitCount, context, sink)
        _ = try run.run()
    }

    /// Rows of a table, a block at a time, beside what `whole` adds.
    private func append(
        _ rows: [Int32], of table: JoinTable, to batches: inout [RowBatch],
        _ whole: (_ kept: [Column], _ count: Int) -> [Column]
    ) throws(QueryError) {
        for start in stride(from: 0, to: rows.count, by: Block.rowCount) {
            let part = Array(rows[start..<min(rows.count, start + Block.rowCount)])
            let kept = table.columns.compactMap { $0?.gather(part) }
            let batch = RowBatch(rowCount: part.count, columns: whole(kept, part.count))
            try context.hold(batch.byteCount, hint: JoinShape.memoryHint)
            batches.append(batch)
        }
    }
}

/// Takes rows that nobody asks for.
private final class NoSink: Sink {
    func add(_ batch: Batch) {}
}
