import Query
import Segments

/// Evaluates an expression over one row.
struct ReferenceExpression {
    private let row: [Value]

    init(_ row: [Value]) { self.row = row }

    func value(of expression: BoundExpression) throws(QueryError) -> Value {
        switch expression {
        case .column(let index, _): return row[index]
        case .literal(let value, _): return value
        case .call(let function, let operands, let type, let range):
            return try call(function, operands, type, range)
        case .compare(let comparison, let one, let other):
            return compare(comparison, try value(of: one), try value(of: other))
        case .and(let operands): return try logic(operands, decisive: false)
        case .or(let operands): return try logic(operands, decisive: true)
        case .not(let operand):
            guard case .boolean(let truth) = try value(of: operand) else { return .null }
            return .boolean(!truth)
        case .isNull(let operand): return .boolean(try value(of: operand).isNull)
        case .isTruth(let truth, let operand):
            return .boolean(try value(of: operand) == .boolean(truth))
        case .inList(let operand, let list, let hasNull):
            let value = ReferenceEngine.canonical(try value(of: operand))
            if value.isNull { return .null }
            if list.contains(where: { ReferenceEngine.canonical($0) == value }) {
                return .boolean(true)
            }
            return hasNull ? .null : .boolean(false)
        case .like(let operand, let pattern):
            guard case .varchar(let text) = try value(of: operand) else { return .null }
            return .boolean(
                Self.matches(Array(text.string.unicodeScalars)[...], pattern.pieces[...], pattern))
        case .caseWhen(let branches, let otherwise, _):
            for branch in branches where try value(of: branch.condition) == .boolean(true) {
                return try value(of: branch.result)
            }
            return try value(of: otherwise)
        case .cast(let operand, let type, let onFailure, let range):
            let value = try value(of: operand)
            if let converted = value.converted(to: type) { return converted }
            if onFailure == .null { return .null }
            throw QueryError(.invalidCast, "\(value)", at: range)
        }
    }

    private func logic(
        _ operands: [BoundExpression], decisive: Bool
    ) throws(QueryError) -> Value {
        var sawNull = false
        for operand in operands {
            let value = try value(of: operand)
            if value == .boolean(decisive) { return value }
            if value.isNull { sawNull = true }
        }
        return sawNull ? .null : .boolean(!decisive)
    }

    private func compare(_ comparison: Comparison, _ one: Value, _ other: Value) -> Value {
        if one.isNull || other.isNull {
            switch comparison {
            case .distinctFrom: return .boolean(one.isNull != other.isNull)
            case .notDistinctFrom: return .boolean(one.isNull == other.isNull)
            default: return .null
            }
        }
        let order = ReferenceEngine.compare(one, other)
        switch comparison {
        case .equal, .notDistinctFrom: return .boolean(order == 0)
        case .notEqual, .distinctFrom: return .boolean(order != 0)
        case .less: return .boolean(order < 0)
        case .lessOrEqual: return .boolean(order <= 0)
        case .greater: return .boolean(order > 0)
        case .greaterOrEqual: return .boolean(order >= 0)
        }
    }

    /// Backtracks, which is exponential and obviously right.
    private static func matches(
        _ text: ArraySlice<Unicode.Scalar>, _ pieces: ArraySlice<LikePattern.Piece>,
        _ pattern: LikePattern
    ) -> Bool {
        guard let piece = pieces.first else { return text.isEmpty }
        let rest = pieces.dropFirst()
        switch piece {
        case .anyCharacter: return !text.isEmpty && matches(text.dropFirst(), rest, pattern)
        case .anyRun:
            return (0...text.count).contains { matches(text.dropFirst($0), rest, pattern) }
        case .literal(let literal):
            let wanted = Array(literal.string.unicodeScalars)
            guard text.count >= wanted.count else { return false }
            let isEqual = zip(text, wanted).allSatisfy { one, other in
                one == other
                    || pattern.ignoresCase && one.isASCII && other.isASCII
                        && one.properties.lowercaseMapping == other.properties.lowercaseMapping
            }
            return isEqual && matches(text.dropFirst(wanted.count), rest, pattern)
        }
    }

    private func call(
        _ function: ScalarFunction, _ operands: [BoundExpression], _ type: LogicalType,
        _ range: SourceRange
    ) throws(QueryError) -> Value {
        if function == .coalesce {
            for operand in operands {
                let value = try value(of: operand)
                if !value.isNull { return value }
            }
            return .null
        }
        var values: [Value] = []
        for operand in operands { values.append(try value(of: operand)) }
        switch function {
        case .greatest, .least:
            let known = values.filter { !$0.isNull }
            let best =
                function == .greatest
                ? known.max { ReferenceEngine.compare($0, $1) < 0 }
                : known.min { ReferenceEngine.compare($0, $1) < 0 }
            return best ?? .null
        case .nullIf:
            if values[0].isNull || values[1].isNull { return values[0] }
            return ReferenceEngine.compare(values[0], values[1]) == 0 ? .null : values[0]
        default: break
        }
        if values.contains(where: \.isNull) { return .null }
        do {
            return try ReferenceFunctions.apply(function, values, type)
        } catch {
            throw QueryError(error.code, "\(function) of \(values)", at: range)
        }
    }
}
