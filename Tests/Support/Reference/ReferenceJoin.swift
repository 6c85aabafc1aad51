import Query
import Segments

/// A join by its definition: every left row against every right row.
struct ReferenceJoin {
    private let join: Join
    private let leftWidth: Int
    private let rightWidth: Int

    init(_ join: Join, leftWidth: Int, rightWidth: Int) {
        self.join = join
        self.leftWidth = leftWidth
        self.rightWidth = rightWidth
    }

    func rows(_ left: [[Value]], _ right: [[Value]]) throws(QueryError) -> [[Value]] {
        var result: [[Value]] = []
        var isMatched = [Bool](repeating: false, count: right.count)
        for one in left {
            var matches: [Int] = []
            var isUnknown = false
            for (index, other) in right.enumerated() {
                let truth = try match(one, other)
                if truth == .boolean(true) { matches.append(index) }
                if truth.isNull { isUnknown = true }
            }
            for index in matches { isMatched[index] = true }
            let mark: Value =
                !matches.isEmpty
                ? .boolean(true) : join.isNullAware && isUnknown ? .null : .boolean(false)
            switch join.kind {
            case .semi: if mark == .boolean(true) { result.append(one) }
            case .anti: if mark == .boolean(false) { result.append(one) }
            case .mark: result.append(one + [mark])
            default:
                if join.kind == .single, matches.count > 1 {
                    throw QueryError(.invalidArgument, "more than one row")
                }
                result += matches.map { one + right[$0] }
                if matches.isEmpty, join.kind != .inner, join.kind != .right {
                    result.append(one + Array(repeating: .null, count: rightWidth))
                }
            }
        }
        if join.kind == .right || join.kind == .full {
            for index in right.indices where !isMatched[index] {
                result.append(Array(repeating: .null, count: leftWidth) + right[index])
            }
        }
        return result
    }

    /// Whether two rows match; NULL where a comparison is NULL and none is false. Keys beside a
    /// condition only choose pairs: NULL among them is no match.
    private func match(_ one: [Value], _ other: [Value]) throws(QueryError) -> Value {
        var isUnknown = false
        for key in join.keys {
            let left = try ReferenceExpression(one).value(of: key.left)
            let right = try ReferenceExpression(other).value(of: key.right)
            if left.isNull || right.isNull {
                if join.condition != nil { return .boolean(false) }
                isUnknown = true
            } else if ReferenceEngine.compare(left, right) != 0 {
                return .boolean(false)
            }
        }
        guard let condition = join.condition else { return isUnknown ? .null : .boolean(true) }
        return try ReferenceExpression(one + other).value(of: condition)
    }
}
