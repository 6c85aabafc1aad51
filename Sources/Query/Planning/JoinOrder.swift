import Segments

/// Chooses which joins come first, and which of their sides is kept in memory.
///
/// Inner joins that stand together are joined anew, always those two whose rows together are
/// estimated to be fewest, whatever the text's order: a star's smallest dimensions filter first,
/// and no tables are joined every row with every row that a third one connects. The larger side of
/// each join looks for its matches in the smaller one, which is in memory.
///
/// What is equal to one column is equal to all that this one is equal to, so that a join may use
/// an equality that nobody wrote.
struct JoinOrder {
    private let estimate: PlanEstimate

    init(_ context: QueryContext) { estimate = PlanEstimate(context) }

    /// Of more inputs the first ones are joined as they stand.
    private static let inputCount = 24
    /// A semi join that leaves at most this part of an input comes before its joins.
    private static let reducedShare = 0.5
    /// The left side of a join is kept where it has fewer rows than this part of the right one's.
    private static let keptShare = 0.5
    /// The same, where its keys are few enough to be looked for below the right side.
    private static let listedShare = 1.0 / 16

    /// The plan with the same rows and columns.
    func ordered(_ plan: LogicalPlan) throws(QueryError) -> LogicalPlan {
        if var region = JoinRegion(plan) {
            try region.mapPlans { (input) throws(QueryError) in try ordered(input) }
            return try joined(&region)
        }
        let plan = try plan.mapInputs { (input) throws(QueryError) in try ordered(input) }
        guard case .join(let join, let left, let right) = plan else { return plan }
        return .join(try settled(join, left, right), left, right)
    }

    // MARK: - Sides

    /// The join that keeps the side that makes less work.
    private func settled(
        _ join: Join, _ left: LogicalPlan, _ right: LogicalPlan
    ) throws(QueryError) -> Join {
        var join = join
        switch join.kind {
        case .right: join.kept = .left
        case .full, .mark: join.kept = .right
        case .inner:
            join.kept = try estimate.rows(of: right) <= estimate.rows(of: left) ? .right : .left
        case .left, .single, .semi, .anti:
            guard !join.isNullAware, !join.keys.isEmpty else { break }
            let count = try estimate.rows(of: left)
            let isSmall = try count < estimate.rows(of: right) * Self.keptShare
            let isListed =
                count <= Double(JoinFilter.listCount)
                && count < estimate.tableRows(of: right) * Self.listedShare
            join.kept = isSmall || isListed ? .left : .right
        }
        return join
    }

    // MARK: - Order

    /// Some inputs joined.
    private struct Part {
        var plan: LogicalPlan
        var inputs: Set<Int>
        /// The columns of the region that the plan's are.
        var columns: [Int]
        var rows: Double
    }

    private func joined(_ region: inout JoinRegion) throws(QueryError) -> LogicalPlan {
        let equalities = JoinEqualities(region)
        for (input, condition) in equalities.implied(region) {
            region.filter(input, by: condition)
        }
        try reduce(&region)
        var parts: [Part] = []
        for (index, plan) in region.inputs.enumerated() {
            let start = region.starts[index]
            parts.append(
                Part(
                    plan: plan, inputs: [index],
                    columns: Array(start..<start + plan.types.count),
                    rows: try estimate.rows(of: plan)))
        }
        let counts = try distinctCounts(equalities, region)
        var conditions = equalities.others
        while parts.count > 1 {
            let (one, other) = next(parts, equalities, counts)
            let right = parts.remove(at: max(one, other))
            let left = parts.remove(at: min(one, other))
            let part = merged(left, right, equalities, counts, &conditions, region)
            parts.append(part)
        }
        var plan = parts[0].plan
        for reducer in region.reducers {
            plan = reducer.attached(to: plan, columns: parts[0].columns)
            guard case .join(let join, let left, let right) = plan else { continue }
            plan = .join(try settled(join, left, right), left, right)
        }
        let positions = Dictionary(
            uniqueKeysWithValues: parts[0].columns.enumerated().map { ($0.element, $0.offset) })
        let types = plan.types
        let columns = region.output.map { column in
            let position = positions[column] ?? 0
            return BoundExpression.column(index: position, type: types[position])
        }
        return plan.hasColumns(columns) ? plan : .project(columns, plan)
    }

    /// Semi joins that leave little of one input come before all joins.
    private func reduce(_ region: inout JoinRegion) throws(QueryError) {
        for index in region.reducers.indices.reversed()
        where region.reducers[index].join.kind == .semi {
            let reducer = region.reducers[index]
            let owners = Set(reducer.read.map { region.owners[$0] })
            guard owners.count == 1, let input = owners.first else { continue }
            let before = try estimate.rows(of: region.inputs[input])
            var reduced = region
            reduced.reduce(input, by: index)
            guard case .join(let join, let left, let right) = reduced.inputs[input],
                try estimate.rows(of: reduced.inputs[input]) <= before * Self.reducedShare
            else { continue }
            region = reduced
            region.replace(input, with: .join(try settled(join, left, right), left, right))
        }
    }

    private func distinctCounts(
        _ equalities: JoinEqualities, _ region: JoinRegion
    ) throws(QueryError) -> [Int: Double] {
        var counts: [Int: Double] = [:]
        for column in equalities.classes.joined() {
            let input = region.owners[column]
            let plan = region.inputs[input]
            let place = column - region.starts[input]
            let expression = BoundExpression.column(index: place, type: plan.types[place])
            counts[column] = try estimate.distinctCount(of: expression, in: plan)
        }
        return counts
    }

    /// The parts to join next.
    private func next(
        _ parts: [Part], _ equalities: JoinEqualities, _ counts: [Int: Double]
    ) -> (Int, Int) {
        guard parts.count <= Self.inputCount else { return (0, 1) }
        var best: (one: Int, other: Int, isConnected: Bool, rows: Double)?
        for one in parts.indices {
            for other in parts.indices where other > one {
                let (left, right) = (parts[one], parts[other])
                let isConnected = equalities.connect(left.inputs, right.inputs)
                let rows = self.rows(left, right, equalities, counts)
                if let best, best.isConnected, !isConnected { continue }
                if best == nil || isConnected && best?.isConnected == false
                    || rows < best?.rows ?? 0
                {
                    best = (one, other, isConnected, rows)
                }
            }
        }
        return best.map { ($0.one, $0.other) } ?? (0, 1)
    }

    private func rows(
        _ left: Part, _ right: Part, _ equalities: JoinEqualities, _ counts: [Int: Double]
    ) -> Double {
        let keys = equalities.keys(left.columns, right.columns).map { one, other in
            max(
                min(counts[one] ?? left.rows, left.rows),
                min(counts[other] ?? right.rows, right.rows))
        }
        return PlanEstimate.pairs(left.rows, right.rows, keys: keys)
    }

    /// Two parts as one, and what can be asked of their rows now.
    private func merged(
        _ one: Part, _ other: Part, _ equalities: JoinEqualities, _ counts: [Int: Double],
        _ conditions: inout [BoundExpression], _ region: JoinRegion
    ) -> Part {
        // The larger one on the left looks for its matches in the other.
        let (left, right) = one.rows >= other.rows ? (one, other) : (other, one)
        let inputs = left.inputs.union(right.inputs)
        let columns = left.columns + right.columns
        var positions: [Int: Int] = [:]
        for (position, column) in columns.enumerated() { positions[column] = position }
        var join = Join(.inner)
        for (own, theirs) in equalities.keys(left.columns, right.columns) {
            let type = region.type(of: own)
            join.keys.append(
                Join.Key(
                    left: .column(index: positions[own] ?? 0, type: type),
                    right: .column(
                        index: (positions[theirs] ?? 0) - left.columns.count,
                        type: region.type(of: theirs))))
        }
        let asked = conditions.filter { region.inputs(of: $0).isSubset(of: inputs) }
        conditions.removeAll { region.inputs(of: $0).isSubset(of: inputs) }
        join.condition = .conjunction(asked.map { $0.moved(to: positions) })
        join = JoinPushDown.keyed(join, left.plan, right.plan)
        var rows = self.rows(left, right, equalities, counts)
        for _ in asked { rows *= PlanEstimate.filterShare }
        return Part(
            plan: .join(join, left.plan, right.plan), inputs: inputs, columns: columns,
            rows: max(rows, 1))
    }
}
