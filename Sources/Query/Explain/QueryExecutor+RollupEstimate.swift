import Segments

extension QueryExecutor {
    /// What EXPLAIN CREATE ROLLUP answers: one row that says what the rollup of the table's largest
    /// segment would take, and whether that pays.
    ///
    /// - Throws: `invalid_argument` where the table has no segment yet.
    public func estimate(_ rollup: Rollup) throws(QueryError) -> QueryResult {
        guard let table = snapshot.table(rollup.tableID) else {
            throw QueryError(.unknownTable, "the table does not exist any more")
        }
        let largest = table.segments.max { $0.entry.rowCount < $1.entry.rowCount }
        guard let largest else {
            throw QueryError(
                .invalidArgument, "table '\(table.schema.name)' has no segment to look at yet",
                hint: "live rows become segments within a minute")
        }
        let estimate: RollupEstimate
        do {
            estimate = try RollupEstimate(rollup, of: largest.reader(), table: table.schema)
        } catch {
            throw QueryError(error)
        }
        let fields = [
            ResultField(name: "dimensions", type: .varchar),
            ResultField(name: "segment_rows", type: .bigint),
            ResultField(name: "rollup_rows", type: .bigint),
            ResultField(name: "ratio", type: .double),
            ResultField(name: "segment_bytes", type: .bigint),
            ResultField(name: "rollup_bytes", type: .bigint),
            ResultField(name: "advice", type: .varchar),
        ]
        let dimensions = rollup.dimensions.map { RollupPrinter.dimension($0, table.schema) }
        let values: [Value] = [
            .varchar(Text(dimensions.joined(separator: ", "))),
            .bigint(Int64(estimate.sourceRowCount)), .bigint(Int64(estimate.rowCount)),
            .double((estimate.ratio * 10).rounded() / 10),
            .bigint(Int64(estimate.sourceByteCount)), .bigint(Int64(estimate.byteCount)),
            .varchar(Text(Self.advice(ratio: estimate.ratio))),
        ]
        let columns = zip(fields, values).map { field, value in
            Column.repeating(value, of: field.type, count: 1)
        }
        return QueryResult(
            fields: fields, batches: [RowBatch(rowCount: 1, columns: columns)],
            statistics: QueryStatistics())
    }

    private static func advice(ratio: Double) -> String {
        if ratio < 2 { return "does not pay: drop a dimension, or take a coarser step" }
        if ratio < 10 { return "pays where queries need just these dimensions" }
        return "pays"
    }
}
