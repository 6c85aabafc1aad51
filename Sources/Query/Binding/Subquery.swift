import Segments

/// A query inside an expression, as a join with the rows of the query around it.
///
/// Where it names columns of the outer query, it is decorrelated: what its WHERE compares with them
/// becomes keys and conditions of the join, so that it is run once, and not once per row.
struct Subquery {
    /// `single` for a value, `mark` for EXISTS and IN.
    var kind: Join.Kind
    /// What it reads, without any column of the outer query.
    var plan: LogicalPlan
    /// Expressions over the outer query, equal to expressions over `plan`.
    var keys: [Join.Key] = []
    /// What has to hold besides: over outer columns (`Provisional.outer`) and those of `plan`.
    var condition: BoundExpression?
    /// Whether it is IN: NULL counts.
    var isNullAware = false
    /// Where it stands.
    var range: SourceRange

    /// How many columns it adds to a row.
    var width: Int { kind == .mark ? 1 : plan.types.count }

    /// The outer columns it reads.
    func collectColumns(into columns: inout Set<Int>) {
        for key in keys { key.left.collectColumns(into: &columns) }
        guard let condition else { return }
        var read: Set<Int> = []
        condition.collectColumns(into: &read)
        columns.formUnion(read.filter { $0 >= Provisional.outer }.map { $0 - Provisional.outer })
    }

    /// The rows of `input` beside the query's columns, its outer expressions changed by `moved`.
    func attached(
        to input: LogicalPlan,
        _ moved: (BoundExpression) throws(QueryError) -> BoundExpression
    ) throws(QueryError) -> LogicalPlan {
        let width = input.types.count
        var join = Join(kind, isNullAware: isNullAware, at: range)
        for key in keys { join.keys.append(Join.Key(left: try moved(key.left), right: key.right)) }
        join.condition = try condition.map { (condition) throws(QueryError) in
            try Self.placed(condition, behind: width, moved)
        }
        return .join(join, input, plan)
    }

    /// Outer columns where `moved` puts them, those of the query behind `width` others.
    private static func placed(
        _ expression: BoundExpression, behind width: Int,
        _ moved: (BoundExpression) throws(QueryError) -> BoundExpression
    ) throws(QueryError) -> BoundExpression {
        if case .column(let index, let type) = expression {
            guard index >= Provisional.outer else {
                return .column(index: width + index, type: type)
            }
            return try moved(.column(index: index - Provisional.outer, type: type))
        }
        return try expression.mapOperands { (operand) throws(QueryError) in
            try placed(operand, behind: width, moved)
        }
    }
}

extension BoundExpression {
    /// Whether it reads a column of the query around its own.
    var readsOuter: Bool {
        columnTypes.keys.contains { (Provisional.outer..<Provisional.subquery).contains($0) }
    }

    /// Whether it reads columns, and only of the query around its own.
    var readsOnlyOuter: Bool {
        let read = columnTypes.keys
        return !read.isEmpty
            && read.allSatisfy { (Provisional.outer..<Provisional.subquery).contains($0) }
    }

    /// Outer columns as the outer query counts them.
    var inOuter: BoundExpression {
        mappingColumns { .column(index: $0 - Provisional.outer, type: $1) }
    }
}
