import Segments

/// Places: where errors of evaluation point.
extension LogicalPlan {
    /// The plan with every place in it the same: that of the name that stands for it.
    func placed(at range: SourceRange) throws(QueryError) -> LogicalPlan {
        func placed(_ expression: BoundExpression) -> BoundExpression {
            expression.placed(at: range)
        }
        let plan = try mapInputs { (input) throws(QueryError) in try input.placed(at: range) }
        switch plan {
        case .values, .distinct, .limit, .union: return plan
        case .scan(var scan):
            scan.filter = scan.filter.map(placed)
            return .scan(scan)
        case .filter(let condition, let input): return .filter(placed(condition), input)
        case .project(let expressions, let input):
            return .project(expressions.map(placed), input)
        case .aggregate(let keys, let calls, let input):
            return .aggregate(
                keys: keys.map(placed), calls: calls.map { $0.placed(at: range) }, input)
        case .sort(let keys, let input):
            return .sort(keys.map { $0.placed(at: range) }, input)
        case .unnest(let array, let keepsEmpty, let input):
            return .unnest(placed(array), keepsEmpty: keepsEmpty, input)
        case .join(var join, let left, let right):
            join.keys = join.keys.map {
                Join.Key(left: placed($0.left), right: placed($0.right))
            }
            join.condition = join.condition.map(placed)
            join.range = range
            return .join(join, left, right)
        case .window(let calls, let input):
            return .window(calls.map { $0.placed(at: range) }, input)
        }
    }
}

extension BoundExpression {
    /// The expression with every place in it the same.
    func placed(at range: SourceRange) -> BoundExpression {
        switch self {
        case .column, .literal: return self
        case .call(let function, let operands, let type, _):
            return .call(
                function, operands.map { $0.placed(at: range) }, type: type, at: range)
        case .cast(let operand, let type, let failure, _):
            return .cast(operand.placed(at: range), to: type, onFailure: failure, at: range)
        default: return rewritten { $0.placed(at: range) }
        }
    }

    /// The expression with all places alike: equal for texts that mean the same.
    var withoutPlaces: BoundExpression { placed(at: SourceRange(0, 0)) }
}

extension AggregateCall {
    /// The same call with every place in it the same.
    func placed(at range: SourceRange) -> AggregateCall {
        var call = mapping { $0.placed(at: range) }
        call.range = range
        return call
    }

    /// The same call with all places alike.
    var withoutPlaces: AggregateCall { placed(at: SourceRange(0, 0)) }
}

extension SortKey {
    fileprivate func placed(at range: SourceRange) -> SortKey {
        SortKey(expression.placed(at: range), isAscending: isAscending, nullsFirst: nullsFirst)
    }
}

extension WindowCall {
    /// The same call with every place in it the same.
    func placed(at range: SourceRange) -> WindowCall {
        var call = self
        call.arguments = arguments.map { $0.placed(at: range) }
        call.filter = filter?.placed(at: range)
        call.partition = partition.map { $0.placed(at: range) }
        call.order = order.map { $0.placed(at: range) }
        call.range = range
        return call
    }

    /// The same call with all places alike.
    var withoutPlaces: WindowCall { placed(at: SourceRange(0, 0)) }
}
