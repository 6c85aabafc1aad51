import Segments

/// Joins: which side is kept in memory, and what the other side need not read.
extension PlanRunner {
    /// Reads the side of a join that is kept in memory.
    ///
    /// - Parameter wanted: The columns of the join that are asked for; nil for all.
    /// - Returns: the step that finds matches in it, and the plan of the rows that look for them.
    func probe(
        _ join: Join, _ left: LogicalPlan, _ right: LogicalPlan, wanted: Set<Int>?
    ) throws(QueryError) -> (probe: JoinProbe, input: LogicalPlan) {
        let probeIsLeft = join.kind == .right ? false : join.kept == .right
        let shape = JoinShape(join, left, right, probeIsLeft: probeIsLeft, wanted: wanted)
        let table = try build(shape, probeIsLeft ? right : left)
        var input = probeIsLeft ? left : right
        if !shape.keepsProbeRows { input = JoinFilter(shape, table).applied(to: input) }
        return (JoinProbe(shape: shape, table: table, context: context), input)
    }

    private func build(_ shape: JoinShape, _ plan: LogicalPlan) throws(QueryError) -> JoinTable {
        var wanted: Set<Int> = []
        for (index, isCarried) in shape.isCarried.enumerated() where isCarried {
            wanted.insert(index)
        }
        for key in shape.buildKeys { wanted.formUnion(key.columnTypes.keys) }
        let pipeline = try pipeline(plan, wanted: wanted)
        let context = context
        let run = ParallelRun(pipeline, units: 0..<pipeline.source.unitCount, context) {
            JoinBuildSink(shape, context)
        }
        return try JoinBuilder.table(shape, try run.run(), context)
    }

    // MARK: - Values

    /// The plan with queries that are the same for every row run, and their values written in: so
    /// that conditions on them prune.
    func withValues(_ plan: LogicalPlan) throws(QueryError) -> LogicalPlan {
        guard plan.hasLooseQuery else { return plan }
        let plan = try plan.mapInputs { (input) throws(QueryError) in try withValues(input) }
        guard case .join(let join, let left, let right) = plan, join.isLoose else { return plan }
        let bounded = LogicalPlan.limit(count: 2, offset: 0, right)
        let rows = try collect(try Optimizer.optimized(bounded, context)).flatMap { batch in
            (0..<batch.rowCount).map { batch.row(at: $0) }
        }
        var columns = left.types.enumerated().map {
            BoundExpression.column(index: $0.offset, type: $0.element)
        }
        if join.kind == .mark {
            columns.append(.literal(.boolean(!rows.isEmpty), .boolean))
        } else {
            guard rows.count < 2 else { throw join.severalRows }
            for (index, type) in right.types.enumerated() {
                columns.append(.literal(rows.first?[index] ?? .null, type))
            }
        }
        return .project(columns, left)
    }
}

extension Join {
    /// Whether the right side is a value of its own: a query that names nothing of the left.
    fileprivate var isLoose: Bool {
        (kind == .single || kind == .mark) && keys.isEmpty && condition == nil
    }

    /// A query used as a value gives more.
    var severalRows: QueryError {
        QueryError(
            .invalidArgument, "a query used as a value gives more than one row", at: range,
            hint: "aggregate it, or compare with IN")
    }
}

extension LogicalPlan {
    /// Whether there is a query in it that is the same for every row.
    fileprivate var hasLooseQuery: Bool {
        if case .join(let join, _, _) = self, join.isLoose { return true }
        return inputs.contains(where: \.hasLooseQuery)
    }
}
