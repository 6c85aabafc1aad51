import Segments

extension PlanRunner {
    /// Window functions over all rows of a plan.
    func window(
        _ calls: [WindowCall], _ input: LogicalPlan, _ emit: Emit
    ) throws(QueryError) {
        var columns = input.types.map { ColumnAppender($0) }
        var rowCount = 0
        for batch in try collect(input) {
            for index in columns.indices { columns[index].append(batch.columns[index]) }
            rowCount += batch.rowCount
        }
        guard rowCount > 0 else { return }
        var all = columns.map { $0.finish() }
        var runner = WindowRunner(rowCount: rowCount, columns: all, context)
        for call in calls {
            let result = try runner.result(of: call)
            try context.hold(result.byteCount)
            all.append(result)
        }
        for start in stride(from: 0, to: rowCount, by: Block.rowCount) {
            let range = start..<min(rowCount, start + Block.rowCount)
            let part = RowBatch(rowCount: range.count, columns: all.map { $0.slice(range) })
            guard try emit(part) else { return }
        }
    }
}
