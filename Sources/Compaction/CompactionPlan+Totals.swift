import Segments

/// Conservation: what a merge publishes holds exactly what it takes away.
extension CompactionPlan {
    /// Compares what went in with what comes out, total by total.
    ///
    /// - Throws: `CompactionError.controlTotalsDiffer` that names the first total that differs.
    public func checkTotals(of outputs: [SegmentEntry]) throws(CompactionError) {
        var expected = ControlTotals()
        for input in inputs { expected.add(input.totals) }
        var found = ControlTotals()
        for output in outputs { found.add(output.totals) }
        func differ(_ field: String, _ one: String, _ other: String) -> CompactionError {
            .controlTotalsDiffer(
                table: schema.name, field: field, expected: one, found: other)
        }
        guard expected.rowCount == found.rowCount else {
            throw differ("row count", "\(expected.rowCount)", "\(found.rowCount)")
        }
        for sum in expected.sums {
            let other = found.sums.first { $0.columnID == sum.columnID }
            guard other == sum else {
                let name = schema.columns.first { $0.id == sum.columnID }?.name ?? "?"
                throw differ(
                    "sum of \(name)", "\(sum.sum)", other.map { "\($0.sum)" } ?? "nothing")
            }
        }
        guard expected.rows == found.rows else {
            throw differ("row hash", expected.rows.description, found.rows.description)
        }
    }
}
