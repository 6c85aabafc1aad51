import Segments

extension BoundExpression {
    /// The same expression with every direct operand replaced by what `change` makes of it.
    func mapOperands(
        _ change: (BoundExpression) throws(QueryError) -> BoundExpression
    ) throws(QueryError) -> BoundExpression {
        switch self {
        case .column, .literal: return self
        case .call(let function, let operands, let type, let range):
            return .call(function, try all(operands, change), type: type, at: range)
        case .compare(let comparison, let left, let right):
            return .compare(comparison, try change(left), try change(right))
        case .and(let operands): return .and(try all(operands, change))
        case .or(let operands): return .or(try all(operands, change))
        case .not(let operand): return .not(try change(operand))
        case .isNull(let operand): return .isNull(try change(operand))
        case .isTruth(let truth, let operand): return .isTruth(truth, try change(operand))
        case .inList(let operand, let values, let hasNull):
            return .inList(try change(operand), values, hasNull: hasNull)
        case .like(let operand, let pattern): return .like(try change(operand), pattern)
        case .caseWhen(let branches, let otherwise, let type):
            var changed: [CaseBranch] = []
            for branch in branches {
                changed.append(
                    CaseBranch(
                        condition: try change(branch.condition), result: try change(branch.result)))
            }
            return .caseWhen(changed, otherwise: try change(otherwise), type: type)
        case .cast(let operand, let type, let failure, let range):
            return .cast(try change(operand), to: type, onFailure: failure, at: range)
        }
    }

    private func all(
        _ operands: [BoundExpression],
        _ change: (BoundExpression) throws(QueryError) -> BoundExpression
    ) throws(QueryError) -> [BoundExpression] {
        var changed: [BoundExpression] = []
        changed.reserveCapacity(operands.count)
        for operand in operands { changed.append(try change(operand)) }
        return changed
    }

    /// The direct operands, in order.
    var operands: [BoundExpression] {
        switch self {
        case .column, .literal: []
        case .call(_, let operands, _, _), .and(let operands), .or(let operands): operands
        case .compare(_, let left, let right): [left, right]
        case .not(let operand), .isNull(let operand), .isTruth(_, let operand),
            .inList(let operand, _, _), .like(let operand, _), .cast(let operand, _, _, _):
            [operand]
        case .caseWhen(let branches, let otherwise, _):
            branches.flatMap { [$0.condition, $0.result] } + [otherwise]
        }
    }

    /// Adds the positions of all columns read to `indices`.
    func collectColumns(into indices: inout Set<Int>) {
        forEachColumn { index, _ in indices.insert(index) }
    }

    /// The expression over an input whose column `positions[index]` was column `index` before.
    func moved(to positions: [Int: Int]) -> BoundExpression {
        if case .column(let index, let type) = self {
            return .column(index: positions[index] ?? index, type: type)
        }
        return rewritten { $0.moved(to: positions) }
    }

    /// `mapOperands` with a change that cannot fail.
    func rewritten(_ change: (BoundExpression) -> BoundExpression) -> BoundExpression {
        do {
            return try mapOperands { (operand) throws(QueryError) in change(operand) }
        } catch {
            preconditionFailure("a change that does not throw threw \(error)")
        }
    }

    /// The value of a constant.
    var constant: Value? {
        if case .literal(let value, _) = self { value } else { nil }
    }

    /// Whether the expression is the constant NULL.
    var isNullConstant: Bool { constant?.isNull ?? false }

    /// The constant `text` of type VARCHAR.
    var constantText: Text? {
        if case .literal(.varchar(let text), _) = self { text } else { nil }
    }
}
