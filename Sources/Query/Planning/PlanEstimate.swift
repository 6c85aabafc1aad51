import Segments

/// Estimates how many rows a plan gives, and how many different values its columns have: what the
/// order of joins is chosen by.
///
/// The filters of scans are tried on a few blocks, once; different values of a column are bounded
/// by dictionaries and by zone maps. Nothing here has to be right.
final class PlanEstimate {
    private let context: QueryContext
    private var scans: [TableScan: Double] = [:]

    /// Blocks looked at to learn how many rows pass a scan's filter.
    private static let sampledUnitCount = 4
    /// What passes a filter nobody has looked at.
    static let filterShare = 0.25
    /// What passes HAVING, which asks for the few.
    private static let havingShare = 0.1
    /// Elements of an array.
    private static let elementCount = 2.0

    init(_ context: QueryContext) { self.context = context }

    // MARK: - Rows

    /// About how many rows `plan` gives.
    func rows(of plan: LogicalPlan) throws(QueryError) -> Double {
        switch plan {
        case .scan(let scan): return try rows(of: scan)
        case .values(let rows, _): return Double(rows.count)
        case .filter(_, .aggregate(let keys, let calls, let input)):
            return try rows(of: .aggregate(keys: keys, calls: calls, input)) * Self.havingShare
        case .filter(_, let input): return try rows(of: input) * Self.filterShare
        case .project(_, let input), .sort(_, let input), .distinct(let input),
            .window(_, let input):
            return try rows(of: input)
        case .union(let inputs):
            var sum = 0.0
            for input in inputs { sum += try rows(of: input) }
            return sum
        case .aggregate(let keys, _, let input): return try groups(keys, input)
        case .limit(let count, _, let input):
            return min(Double(count ?? .max), try rows(of: input))
        case .unnest(_, _, let input): return try rows(of: input) * Self.elementCount
        case .join(let join, let left, let right): return try rows(of: join, left, right)
        }
    }

    private func groups(
        _ keys: [BoundExpression], _ input: LogicalPlan
    ) throws(QueryError) -> Double {
        let all = try rows(of: input)
        var groups = 1.0
        for key in keys { groups *= try distinctCount(of: key, in: input) ?? all }
        return min(groups, all)
    }

    private func rows(
        of join: Join, _ left: LogicalPlan, _ right: LogicalPlan
    ) throws(QueryError) -> Double {
        let (one, other) = (try rows(of: left), try rows(of: right))
        if join.kind == .mark || join.kind == .single { return one }
        var counts: [Double] = []
        for key in join.keys {
            let leftCount = try distinctCount(of: key.left, in: left) ?? one
            let rightCount = try distinctCount(of: key.right, in: right) ?? other
            counts.append(max(min(leftCount, one), min(rightCount, other)))
        }
        var matched = Self.pairs(one, other, keys: counts)
        if join.condition != nil, join.kind != .semi { matched *= Self.filterShare }
        switch join.kind {
        case .inner: return matched
        case .left: return max(matched, one)
        case .right: return max(matched, other)
        case .full: return max(matched, one, other)
        case .semi: return min(matched, one)
        case .single, .anti, .mark: return one
        }
    }

    /// About how many pairs of rows are equal in keys with so many different values each.
    ///
    /// Keys of one join are seldom independent: the second counts as its root, and so on.
    static func pairs(_ left: Double, _ right: Double, keys counts: [Double]) -> Double {
        var pairs = left * right
        var power = 1.0
        for count in counts.sorted(by: >) {
            var divisor = max(count, 1)
            for _ in 1..<max(Int(power), 1) { divisor = divisor.squareRoot() }
            pairs /= divisor
            power += 1
        }
        return pairs
    }

    private func rows(of scan: TableScan) throws(QueryError) -> Double {
        if let known = scans[scan] { return known }
        let rows = try sampledRows(of: scan)
        scans[scan] = rows
        return rows
    }

    private func sampledRows(of scan: TableScan) throws(QueryError) -> Double {
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

    /// How many rows the tables below `plan` have, whatever is asked of them.
    func tableRows(of plan: LogicalPlan) -> Double {
        plan.scans.reduce(0) { sum, scan in
            sum + Double(context.snapshot.table(scan.table.id)?.rowCount ?? 0)
        }
    }

    // MARK: - Different values

    /// At most how many different values an expression over a plan's columns has; nil where that
    /// is not known.
    func distinctCount(
        of expression: BoundExpression, in plan: LogicalPlan
    ) throws(QueryError) -> Double? {
        guard case .column(let index, _) = expression else { return nil }
        switch plan {
        case .scan(let scan): return try distinctCount(of: index, in: scan)
        case .filter(_, let input), .sort(_, let input), .distinct(let input),
            .limit(_, _, let input):
            return try distinctCount(of: expression, in: input)
        case .project(let expressions, let input):
            return try distinctCount(of: expressions[index], in: input)
        case .aggregate(let keys, _, let input) where index < keys.count:
            return try distinctCount(of: keys[index], in: input)
        case .join(_, let left, let right):
            let width = left.types.count
            if index < width { return try distinctCount(of: expression, in: left) }
            guard index < width + right.types.count else { return nil }
            return try distinctCount(
                of: .column(index: index - width, type: expression.type), in: right)
        default: return nil
        }
    }

    private func distinctCount(
        of index: Int, in scan: TableScan
    ) throws(QueryError) -> Double? {
        guard scan.path(index) == nil, let table = context.snapshot.table(scan.table.id) else {
            return nil
        }
        let column = scan.definition(index)
        var zone: ZoneMap?
        var entries = 0
        do {
            for segment in table.segments {
                let reader = try segment.reader()
                guard let part = reader.zoneMap(columnID: column.id) else { continue }
                zone =
                    zone.map { whole in
                        var whole = whole
                        whole.merge(part)
                        return whole
                    } ?? part
                entries += reader.entryCount(columnID: column.id) ?? part.rowCount
            }
        } catch {
            throw QueryError(error)
        }
        let live = table.live.reduce(0) { $0 + $1.rows.rowCount }
        var count = Double(entries + live)
        if case .integers(let least, let greatest)? = zone?.bounds {
            count = min(count, Double(greatest) - Double(least) + 1 + Double(live))
        }
        return count
    }
}
