import Segments

/// Conservation: what a merge publishes holds exactly what it takes away, but for dead and expired
/// rows, whose totals are added up on their own.
extension CompactionPlan {
    /// Compares what went in with what comes out, total by total.
    ///
    /// - Parameter expected: The totals of the inputs' rows under the plan's schema, where some of
    ///   them were written under another or are left out; by default those that the manifest lists.
    /// - Throws: `CompactionError.controlTotalsDiffer` that names the first total that differs.
    public func checkTotals(
        of outputs: [SegmentEntry], expecting totals: ControlTotals? = nil
    ) throws(CompactionError) {
        let expected = totals ?? inputTotals
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
            let nothing = ControlTotals.ColumnSum(columnID: sum.columnID, valueCount: 0, sum: 0)
            guard other ?? nothing == sum else {
                let name = schema.columns.first { $0.id == sum.columnID }?.name ?? "?"
                throw differ(
                    "sum of \(name)", "\(sum.sum)", other.map { "\($0.sum)" } ?? "nothing")
            }
        }
        guard expected.rows == found.rows else {
            throw differ("row hash", expected.rows.description, found.rows.description)
        }
    }

    /// What the manifest says of all inputs.
    private var inputTotals: ControlTotals {
        inputs.reduce(into: ControlTotals()) { $0.add($1.totals) }
    }
}
