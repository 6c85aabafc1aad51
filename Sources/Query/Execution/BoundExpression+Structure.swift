import Segments

extension BoundExpression {
    /// The same expression with every column replaced by what `body` gives for its position.
    func mappingColumns(_ body: (Int, LogicalType) -> BoundExpression) -> BoundExpression {
        if case .column(let index, let type) = self { return body(index, type) }
        return rewritten { $0.mappingColumns(body) }
    }

    /// The input columns read, by position.
    var columnTypes: [Int: LogicalType] {
        var types: [Int: LogicalType] = [:]
        forEachColumn { types[$0] = $1 }
        return types
    }

    /// Calls `body` with each column as often as it is read, without copying operands.
    func forEachColumn(_ body: (Int, LogicalType) -> Void) {
        switch self {
        case .column(let index, let type): body(index, type)
        case .literal: break
        case .call(_, let operands, _, _), .and(let operands), .or(let operands):
            for operand in operands { operand.forEachColumn(body) }
        case .compare(_, let left, let right):
            left.forEachColumn(body)
            right.forEachColumn(body)
        case .not(let operand), .isNull(let operand), .isTruth(_, let operand),
            .inList(let operand, _, _), .like(let operand, _), .cast(let operand, _, _, _):
            operand.forEachColumn(body)
        case .caseWhen(let branches, let otherwise, _):
            for branch in branches {
                branch.condition.forEachColumn(body)
                branch.result.forEachColumn(body)
            }
            otherwise.forEachColumn(body)
        }
    }

    /// The operands of a conjunction, or the expression itself.
    var conjuncts: [BoundExpression] {
        if case .and(let operands) = self { return operands.flatMap(\.conjuncts) }
        return [self]
    }

    /// What all branches of an OR have in common, and the OR of the rest, which together say the
    /// same; the expression itself where there is nothing in common.
    var factored: [BoundExpression] {
        guard case .or(let branches) = self, let first = branches.first else { return [self] }
        let parts = branches.map(\.conjuncts)
        let bare = parts.map { Set($0.map(\.withoutPlaces)) }
        let shared = bare.dropFirst().reduce(bare[0]) { $0.intersection($1) }
        guard !shared.isEmpty else { return [self] }
        let common = first.conjuncts.filter { shared.contains($0.withoutPlaces) }
        let rest = parts.map { part in
            BoundExpression.conjunction(part.filter { !shared.contains($0.withoutPlaces) })
        }
        // A branch that says no more is true wherever the common part is.
        if rest.contains(nil) { return common }
        return common + [.or(rest.compactMap { $0 })]
    }

    /// The conjunction of `conditions`; `nil` for none.
    static func conjunction(_ conditions: [BoundExpression]) -> BoundExpression? {
        conditions.count > 1 ? .and(conditions) : conditions.first
    }

    /// Whether evaluation can end in an error for some row.
    var canFail: Bool { canFailItself || operands.contains(where: \.canFail) }

    /// Whether the node itself, given operands without error, can end in one.
    var canFailItself: Bool {
        switch self {
        case .cast(_, _, let onFailure, _): return onFailure == .error
        case .call(let function, let operands, let type, _):
            switch function {
            case .add, .subtract, .multiply, .divide, .modulo, .negate, .absolute, .round,
                .truncate, .floor, .ceiling, .safeDivide, .sign:
                return type != .double || operands.contains { $0.type != .double }
            case .repeated, .padLeft, .padRight, .replace, .concatenate, .timeFloor,
                .timeCeiling, .timeShift, .timeDifference, .fromMilliseconds, .localTime, .instant:
                return true
            case .parseTime(_, let isStrict), .parseJSON(let isStrict): return isStrict
            case .splitPart, .like, .regexReplace, .encode, .arrayToText, .capitalised,
                .jsonObject, .toJSON:
                return true
            default: return false
            }
        default: return false
        }
    }
}
