import Segments

/// Where the conditions above a join, and its own, are asked.
///
/// ```
/// both sides equal    → key of the join           one side only → below, on that side
/// an outer join's      → only those of the side whose rows all stay
/// a mark that is asked → semi or anti join        one key's range → the other side's, too
/// ```
///
/// Nothing that could fail moves below a join from above it: a row that the join leaves out would
/// be evaluated that was not before.
struct JoinPushDown {
    private var join: Join
    private let left: LogicalPlan
    private let right: LogicalPlan
    private let width: Int
    private var residual: [BoundExpression] = []
    private var toLeft: [BoundExpression] = []
    private var toRight: [BoundExpression] = []
    private var above: [BoundExpression] = []

    /// What a condition reads.
    private enum Side { case left, right, both }

    private init(_ join: Join, _ left: LogicalPlan, _ right: LogicalPlan) {
        self.join = join
        self.left = left
        self.right = right
        width = left.types.count
    }

    /// The join with `conditions` over its output applied as deep as they go.
    static func push(
        _ conditions: [BoundExpression], _ join: Join, _ left: LogicalPlan, _ right: LogicalPlan
    ) -> LogicalPlan {
        var rewriting = JoinPushDown(join, left, right)
        if join.kind == .mark, let plan = rewriting.withoutMark(conditions) { return plan }
        if join.kind == .left, conditions.contains(where: rewriting.refusesNullRows) {
            rewriting.join.kind = .inner
        }
        rewriting.placeOwn()
        rewriting.place(conditions)
        rewriting.copyRanges()
        return rewriting.plan()
    }

    /// The join with those of its conditions as keys that are equalities of both sides.
    static func keyed(_ join: Join, _ left: LogicalPlan, _ right: LogicalPlan) -> Join {
        var keyed = JoinPushDown(join, left, right)
        for condition in join.condition?.conjuncts ?? [] {
            if let key = keyed.key(condition) {
                keyed.join.keys.append(key)
            } else {
                keyed.residual.append(condition)
            }
        }
        keyed.join.condition = .conjunction(keyed.residual)
        return keyed.join
    }

    private func plan() -> LogicalPlan {
        var join = join
        join.condition = .conjunction(residual)
        let below = LogicalPlan.join(
            join, Optimizer.push(toLeft, into: left), Optimizer.push(toRight, into: right))
        return Optimizer.kept(above, below)
    }

    private func side(of condition: BoundExpression) -> Side {
        let read = condition.columnTypes.keys
        if read.allSatisfy({ $0 < width }) { return .left }
        return read.allSatisfy { $0 >= width } ? .right : .both
    }

    private func overRight(_ condition: BoundExpression) -> BoundExpression {
        condition.mappingColumns { .column(index: $0 - width, type: $1) }
    }

    // MARK: - Marks

    /// A filter that asks for the mark, or for its opposite, is a semi or anti join.
    private func withoutMark(_ conditions: [BoundExpression]) -> LogicalPlan? {
        let mark = BoundExpression.column(index: width, type: .boolean)
        guard let index = conditions.firstIndex(where: { $0 == mark || $0 == .not(mark) }) else {
            return nil
        }
        var join = join
        join.kind = conditions[index] == mark ? .semi : .anti
        if join.kind == .semi { join.isNullAware = false }
        var rest = conditions
        rest.remove(at: index)
        let columns = left.types.enumerated().map {
            BoundExpression.column(index: $0.offset, type: $0.element)
        }
        let truth = BoundExpression.literal(.boolean(join.kind == .semi), .boolean)
        return Optimizer.push(rest, into: .project(columns + [truth], .join(join, left, right)))
    }

    // MARK: - Conditions

    /// Whether no row passes whose right columns are all NULL.
    private func refusesNullRows(_ condition: BoundExpression) -> Bool {
        func isRight(_ expression: BoundExpression) -> Bool {
            if case .column(let index, _) = expression { index >= width } else { false }
        }
        switch condition {
        case .compare(.distinctFrom, _, _), .compare(.notDistinctFrom, _, _): return false
        case .compare(_, let one, let other): return isRight(one) || isRight(other)
        case .inList(let operand, _, _), .like(let operand, _), .isTruth(_, let operand),
            .not(.isNull(let operand)):
            return isRight(operand)
        default: return isRight(condition)
        }
    }

    /// The join's own conditions: to a side, to the keys, or where they are.
    private mutating func placeOwn() {
        let own = join.condition?.conjuncts.flatMap(\.factored) ?? []
        let (movesLeft, movesRight, makesKeys): (Bool, Bool, Bool) =
            switch join.kind {
            case .inner, .semi: (true, true, true)
            case .left, .single: (false, true, true)
            case .right: (true, false, true)
            case .full: (false, false, true)
            case .anti, .mark: (false, !join.isNullAware, !join.isNullAware)
            }
        for condition in own {
            let side = side(of: condition)
            if side == .left, movesLeft, !condition.canFail {
                toLeft.append(condition)
            } else if side == .right, movesRight, !condition.canFail {
                toRight.append(overRight(condition))
            } else if side == .both, makesKeys, let key = key(condition) {
                join.keys.append(key)
            } else {
                residual.append(condition)
            }
        }
    }

    /// Conditions from above.
    private mutating func place(_ conditions: [BoundExpression]) {
        let showsRight = join.kind == .inner || join.kind == .right
        for condition in conditions {
            guard !condition.canFail else {
                above.append(condition)
                continue
            }
            switch side(of: condition) {
            case .left where join.kind != .right && join.kind != .full: toLeft.append(condition)
            case .right where showsRight: toRight.append(overRight(condition))
            case .both where join.kind == .inner:
                if let key = key(condition) {
                    join.keys.append(key)
                } else {
                    residual.append(condition)
                }
            default: above.append(condition)
            }
        }
    }

    /// The key an equality of both sides makes.
    private func key(_ condition: BoundExpression) -> Join.Key? {
        guard case .compare(.equal, let one, let other) = condition else { return nil }
        switch (side(of: one), side(of: other)) {
        case (.left, .right) where !one.columnTypes.isEmpty:
            return Join.Key(left: one, right: overRight(other))
        case (.right, .left) where !other.columnTypes.isEmpty:
            return Join.Key(left: other, right: overRight(one))
        default: return nil
        }
    }

    /// What holds of a key on one side holds of it on the other.
    private mutating func copyRanges() {
        let toRightSide: Set<Join.Kind> = [.inner, .left, .single, .semi]
        let toLeftSide: Set<Join.Kind> = [.inner, .semi, .right]
        for key in join.keys {
            guard case .column(let one, let type) = key.left,
                case .column(let other, type) = key.right
            else { continue }
            func moved(
                _ conditions: [BoundExpression], from: Int, to: Int
            ) -> [BoundExpression] {
                conditions.filter { !$0.canFail && Array($0.columnTypes.keys) == [from] }
                    .map { $0.moved(to: [from: to]) }
            }
            let forRight = moved(toLeft, from: one, to: other)
            let forLeft = moved(toRight, from: other, to: one)
            if toRightSide.contains(join.kind) {
                toRight += forRight.filter { !toRight.contains($0) }
            }
            if toLeftSide.contains(join.kind) {
                toLeft += forLeft.filter { !toLeft.contains($0) }
            }
        }
    }
}
