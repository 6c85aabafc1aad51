import Segments

/// Inner joins that stand together, taken apart: their inputs, and what has to hold of a row of
/// all of them side by side.
struct JoinRegion {
    /// A semi or anti join of the rows of some inputs with a plan that is none of them.
    struct Reducer {
        var join: Join
        /// The columns of the region that the join's left columns are.
        var columns: [Int]
        var other: LogicalPlan

        /// The columns of the region that decide about a row.
        var read: Set<Int> {
            var read: Set<Int> = []
            for key in join.keys { read.formUnion(key.left.columnTypes.keys) }
            read.formUnion((join.condition?.columnTypes ?? [:]).keys.filter { $0 < columns.count })
            return Set(read.map { columns[$0] })
        }
    }

    /// Plans that are no inner join.
    private(set) var inputs: [LogicalPlan] = []
    /// Of each column of the inputs side by side, which input it is of.
    private(set) var owners: [Int] = []
    /// The first column of each input.
    private(set) var starts: [Int] = []
    /// Over the columns of the inputs side by side.
    private(set) var conditions: [BoundExpression] = []
    /// From below upwards.
    private(set) var reducers: [Reducer] = []
    /// What the columns of the plan are.
    private(set) var output: [Int] = []

    /// The region whose top is `plan`; nil where that is no join of its kind, or one that has to
    /// stay as it is, because a condition of it may fail for rows that others keep from it.
    init?(_ plan: LogicalPlan) {
        switch plan {
        case .join(let join, _, _) where [.inner, .semi, .anti].contains(join.kind): break
        default: return nil
        }
        output = add(plan)
        guard inputs.count > 1, !conditions.contains(where: \.canFail),
            !reducers.contains(where: { reducer in
                reducer.join.keys.contains { $0.left.canFail }
                    || reducer.join.condition?.canFail ?? false
            })
        else { return nil }
    }

    private mutating func add(_ plan: LogicalPlan) -> [Int] {
        switch plan {
        case .join(let join, let left, let right) where join.kind == .inner:
            let (one, other) = (add(left), add(right))
            for key in join.keys {
                conditions.append(.compare(.equal, key.left.at(one), key.right.at(other)))
            }
            conditions += (join.condition?.conjuncts ?? []).map { $0.at(one + other) }
            return one + other
        case .join(let join, let left, let right) where join.kind == .semi || join.kind == .anti:
            let columns = add(left)
            reducers.append(Reducer(join: join, columns: columns, other: right))
            return columns
        case .project(let expressions, let input) where Self.isJoin(input):
            var places: [Int] = []
            for expression in expressions {
                guard case .column(let index, _) = expression else { return append(plan) }
                places.append(index)
            }
            let columns = add(input)
            return places.map { columns[$0] }
        default: return append(plan)
        }
    }

    private static func isJoin(_ plan: LogicalPlan) -> Bool {
        switch plan {
        case .join: true
        case .project(_, let input): isJoin(input)
        default: false
        }
    }

    private mutating func append(_ plan: LogicalPlan) -> [Int] {
        let start = owners.count
        starts.append(start)
        let width = plan.types.count
        owners += Array(repeating: inputs.count, count: width)
        inputs.append(plan)
        return Array(start..<start + width)
    }

    /// The inputs that an expression over the region's columns reads.
    func inputs(of expression: BoundExpression) -> Set<Int> {
        Set(expression.columnTypes.keys.map { owners[$0] })
    }

    /// Changes every input, and the other side of every reducer.
    mutating func mapPlans(
        _ change: (LogicalPlan) throws(QueryError) -> LogicalPlan
    ) throws(QueryError) {
        for index in inputs.indices { inputs[index] = try change(inputs[index]) }
        for index in reducers.indices { reducers[index].other = try change(reducers[index].other) }
    }

    /// The type of a column of the region.
    func type(of column: Int) -> LogicalType {
        inputs[owners[column]].types[column - starts[owners[column]]]
    }

    /// Another plan of the same columns in place of an input.
    mutating func replace(_ input: Int, with plan: LogicalPlan) { inputs[input] = plan }

    /// Asks `condition`, over the region's columns, of the rows of one input.
    mutating func filter(_ input: Int, by condition: BoundExpression) {
        let moved = condition.mappingColumns { [starts] index, type in
            .column(index: index - starts[input], type: type)
        }
        inputs[input] = Optimizer.push([moved], into: inputs[input])
    }

    /// Puts a reducer that reads one input only on top of that input.
    mutating func reduce(_ input: Int, by index: Int) {
        let reducer = reducers.remove(at: index)
        let width = inputs[input].types.count
        inputs[input] = reducer.attached(
            to: inputs[input], columns: Array(starts[input]..<starts[input] + width))
    }
}

extension JoinRegion.Reducer {
    /// The join on top of a plan whose columns are those columns of the region.
    func attached(to plan: LogicalPlan, columns now: [Int]) -> LogicalPlan {
        var positions: [Int: Int] = [:]
        for (position, column) in now.enumerated() { positions[column] = position }
        var moved: [Int: Int] = [:]
        for (index, column) in columns.enumerated() { moved[index] = positions[column] }
        var join = join
        join.keys = join.keys.map { Join.Key(left: $0.left.moved(to: moved), right: $0.right) }
        for index in other.types.indices { moved[columns.count + index] = now.count + index }
        join.condition = join.condition?.moved(to: moved)
        return .join(join, plan, other)
    }
}

extension BoundExpression {
    /// The expression whose column `index` is column `columns[index]`.
    fileprivate func at(_ columns: [Int]) -> BoundExpression {
        mappingColumns { .column(index: columns[$0], type: $1) }
    }
}
