import Segments

/// Estimates how many rows a plan gives: which side of a join is the smaller one.
struct RowEstimate {
    let context: QueryContext

    /// Blocks looked at to learn how many rows pass a scan's filter.
    private static let sampledUnitCount = 4
    /// What passes a filter nobody has looked at.
    private static let filterShare = 0.25
    /// Elements of an array.
    private static let elementCount = 2.0

    /// About how many rows `plan` gives; the filters of scans are tried on a few blocks.
    func rows(of plan: LogicalPlan) throws(QueryError) -> Double {
        switch plan {
        case .scan(let scan): return try rows(of: scan)
        case .values(let rows, _): return Double(rows.count)
        case .filter(_, let input): return try rows(of: input) * Self.filterShare
        case .project(_, let input), .sort(_, let input), .distinct(let input),
            .window(_, let input):
            return try rows(of: input)
        case .union(let inputs):
            var sum = 0.0
            for input in inputs { sum += try rows(of: input) }
            return sum
        case .aggregate(let keys, _, let input):
            return keys.isEmpty ? 1 : try rows(of: input) * Self.filterShare
        case .limit(let count, _, let input):
            return min(Double(count ?? .max), try rows(of: input))
        case .unnest(_, _, let input): return try rows(of: input) * Self.elementCount
        case .join(let join, let left, let right):
            let left = try rows(of: left)
            return join.showsRight ? max(left, try rows(of: right)) : left
        }
    }

    private func rows(of scan: TableScan) throws(QueryError) -> Double {
        let source = try TableSource(scan, context, isCounted: false)
        guard let filter = scan.filter, source.unitCount > 0 else { return Double(source.rowCount) }
        let step = FilterStep(filter.conjuncts)
        let stride = max(1, source.unitCount / Self.sampledUnitCount)
        var (seen, kept) = (0, 0)
        for unit in Swift.stride(from: stride / 2, to: source.unitCount, by: stride) {
            let batch = try source.batch(unit)
            guard batch.rowCount > 0 else { continue }
            seen += batch.rowCount
            kept += batch.passesScanFilter ? batch.rowCount : try step.apply(batch)?.rowCount ?? 0
        }
        // Nothing found in a sample is little, not nothing.
        return Double(source.rowCount) * (Double(kept) + 0.5) / Double(max(seen, 1))
    }
}
