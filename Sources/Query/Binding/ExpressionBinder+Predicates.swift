import Segments

/// IS, IN, BETWEEN, LIKE, CASE and CAST.
extension ExpressionBinder {
    mutating func truth(
        _ operand: Syntax.Expression, _ test: Syntax.TruthTest, isNegated: Bool
    ) throws(QueryError) -> BoundExpression {
        let result: BoundExpression
        switch test {
        case .null: result = ConstantFolding.isNull(try bind(operand))
        case .unknown: result = ConstantFolding.isNull(try condition(operand))
        case .true: result = ConstantFolding.isTruth(true, try condition(operand))
        case .false: result = ConstantFolding.isTruth(false, try condition(operand))
        }
        return isNegated ? ConstantFolding.not(result) : result
    }

    mutating func between(
        _ value: Syntax.Expression, _ low: Syntax.Expression, _ high: Syntax.Expression,
        at range: SourceRange
    ) throws(QueryError) -> BoundExpression {
        let bound = try bind(value)
        let fromLow = try comparable(
            (bound, value.range), (try bind(low), low.range), at: range)
        let toHigh = try comparable(
            (bound, value.range), (try bind(high), high.range), at: range)
        return ConstantFolding.and([
            ConstantFolding.compare(.greaterOrEqual, fromLow.0, fromLow.1),
            ConstantFolding.compare(.lessOrEqual, toHigh.0, toHigh.1),
        ])
    }

    /// A set of constants where it can be one, else a chain of comparisons.
    mutating func inList(
        _ value: Syntax.Expression, _ elements: [Syntax.Expression], at range: SourceRange
    ) throws(QueryError) -> BoundExpression {
        if case .row(let values) = value.kind {
            var rows: [BoundExpression] = []
            for element in elements { rows.append(try areEqual(values, element, at: range)) }
            return ConstantFolding.or(rows)
        }
        var operand = try bind(value)
        var bound: [(expression: BoundExpression, range: SourceRange)] = []
        bound.reserveCapacity(elements.count)
        for element in elements { bound.append((try bind(element), element.range)) }
        if options.dialect == .druid { operand = asNumber(operand, among: bound, at: value.range) }
        for index in bound.indices {
            bound[index].expression = try Coercion.read(
                bound[index].expression, beside: operand.type, at: bound[index].range,
                onFailure: options.conversionFailure, in: options.timeZone)
        }
        if let set = try constantSet(bound, comparedWith: operand, at: value.range) {
            if operand.isNullConstant { return .literal(.null, .boolean) }
            let result = BoundExpression.inList(operand, set.values, hasNull: set.hasNull)
            guard let constant = operand.constant else { return result }
            let isFound = set.values.contains(constant)
            return .literal(
                isFound ? .boolean(true) : set.hasNull ? .null : .boolean(false), .boolean)
        }
        var comparisons: [BoundExpression] = []
        for element in bound {
            let (one, other) = try comparable((operand, value.range), element, at: range)
            comparisons.append(ConstantFolding.compare(.equal, one, other))
        }
        return ConstantFolding.or(comparisons)
    }

    /// The elements as values of the operand's type; nil if one is no constant or has to be
    /// compared in another type.
    ///
    /// A number the operand's type cannot hold equals none of its values and is left out.
    private func constantSet(
        _ elements: [(expression: BoundExpression, range: SourceRange)],
        comparedWith operand: BoundExpression, at range: SourceRange
    ) throws(QueryError) -> (values: Set<Value>, hasNull: Bool)? {
        guard elements.allSatisfy({ $0.expression.constant != nil }) else { return nil }
        if operand.constantText != nil { return nil }
        var values: Set<Value> = []
        values.reserveCapacity(elements.count)
        var hasNull = false
        for (element, place) in elements {
            guard let value = element.constant, !value.isNull else {
                hasNull = true
                continue
            }
            guard let common = Coercion.commonType(operand, element) else {
                throw Coercion.mismatch(operand.type, element.type, at: place)
            }
            guard common.isComparable else {
                throw Coercion.mismatch(operand.type, element.type, at: place)
            }
            if let exact = Coercion.exactConstant(element, as: operand.type)?.constant {
                values.insert(exact)
            } else if common == operand.type {
                let converted = try Coercion.convert(
                    element, to: common, at: place, in: options.timeZone)
                if let converted = converted.constant { values.insert(converted) }
            } else if !(operand.type.isExactNumeric && element.type.isExactNumeric) {
                return nil
            }
        }
        return (values, hasNull)
    }

    // MARK: LIKE

    mutating func like(
        _ like: Syntax.Like, at range: SourceRange
    ) throws(QueryError) -> BoundExpression {
        let value = try bind(like.value)
        let pattern = try bind(like.pattern)
        let escape = try like.escape.map { (expression) throws(QueryError) in try bind(expression) }
        if value.isNullConstant || pattern.isNullConstant || escape?.isNullConstant == true {
            return .literal(.null, .boolean)
        }
        guard value.type == .varchar else {
            throw QueryError(
                .typeMismatch, "LIKE takes a VARCHAR, this is \(value.type)", at: like.value.range,
                hint: "convert it with CAST(x AS VARCHAR)")
        }
        guard pattern.type == .varchar else {
            throw QueryError(
                .typeMismatch, "the pattern of LIKE is a VARCHAR, this is \(pattern.type)",
                at: like.pattern.range)
        }
        var escapeByte: Unicode.Scalar?
        if let escape, let place = like.escape?.range {
            let scalars = escape.constantText.map { Array($0.string.unicodeScalars) } ?? []
            guard scalars.count == 1 else {
                throw QueryError(
                    .invalidArgument, "ESCAPE takes one character", at: place,
                    hint: "for example ESCAPE '!'")
            }
            escapeByte = scalars[0]
        }
        guard let text = pattern.constantText else {
            let result = ConstantFolding.call(
                .like(ignoresCase: like.ignoresCase, escape: escapeByte), [value, pattern],
                type: .boolean, at: range)
            return like.isNegated ? ConstantFolding.not(result) : result
        }
        guard
            let pieces = LikePattern(
                text, escape: escapeByte, ignoresCase: like.ignoresCase)
        else {
            throw QueryError(
                .invalidArgument, "the pattern ends with its escape character or escapes another",
                at: like.pattern.range, hint: "escape only %, _ and the escape character itself")
        }
        let result = BoundExpression.like(value, pieces)
        return like.isNegated ? ConstantFolding.not(result) : result
    }

    // MARK: CASE

    mutating func caseWhen(
        _ form: Syntax.Case, at range: SourceRange
    ) throws(QueryError) -> BoundExpression {
        var conditions: [BoundExpression] = []
        var results: [(expression: BoundExpression, range: SourceRange)] = []
        let operand = try form.operand.map { (expression) throws(QueryError) in
            (try bind(expression), expression.range)
        }
        for branch in form.branches {
            if let operand {
                let (one, other) = try comparable(
                    operand, (try bind(branch.condition), branch.condition.range),
                    at: branch.condition.range)
                conditions.append(ConstantFolding.compare(.equal, one, other))
            } else {
                conditions.append(try condition(branch.condition))
            }
            results.append((try bind(branch.result), branch.result.range))
        }
        if let otherwise = form.otherwise {
            results.append((try bind(otherwise), otherwise.range))
        }
        let unified = try unify(results, "the results of CASE")
        let otherwise =
            form.otherwise == nil
            ? BoundExpression.literal(.null, unified.type) : unified.expressions[conditions.count]
        return caseWhen(
            zip(conditions, unified.expressions).map { CaseBranch(condition: $0, result: $1) },
            otherwise: otherwise, type: unified.type)
    }

    /// Branches that are never or always taken are decided here.
    private func caseWhen(
        _ branches: [CaseBranch], otherwise: BoundExpression, type: LogicalType
    ) -> BoundExpression {
        var rest: [CaseBranch] = []
        for branch in branches {
            switch branch.condition.constant {
            case .boolean(true)?:
                if rest.isEmpty { return branch.result }
                return .caseWhen(rest, otherwise: branch.result, type: type)
            case .some: continue
            case nil: rest.append(branch)
            }
        }
        return rest.isEmpty ? otherwise : .caseWhen(rest, otherwise: otherwise, type: type)
    }

    /// The expressions in one common type.
    func unify(
        _ expressions: [(expression: BoundExpression, range: SourceRange)], _ what: String
    ) throws(QueryError) -> (expressions: [BoundExpression], type: LogicalType) {
        // Constant texts take the type of the others, so those decide first.
        let ordered =
            expressions.filter { $0.expression.constantText == nil }
            + expressions.filter { $0.expression.constantText != nil }
        var type = ordered.first?.expression.type ?? .varchar
        var isOpen = ordered.first?.expression.isNullConstant ?? true
        for (expression, place) in ordered.dropFirst() where !expression.isNullConstant {
            if isOpen {
                (type, isOpen) = (expression.type, false)
            } else if expression.constantText == nil || type == .json {
                guard let common = Coercion.commonType(type, expression.type) else {
                    throw QueryError(
                        .typeMismatch, "\(what) are \(type) and \(expression.type)", at: place,
                        hint: "convert one of them with CAST(x AS \(type))")
                }
                type = common
            }
        }
        var converted: [BoundExpression] = []
        for (expression, place) in expressions {
            converted.append(
                try Coercion.convert(expression, to: type, at: place, in: options.timeZone))
        }
        return (converted, type)
    }

    // MARK: CAST

    mutating func cast(
        _ value: Syntax.Expression, _ type: Syntax.TypeName, isTry: Bool
    ) throws(QueryError) -> BoundExpression {
        let bound = try bind(value)
        let target = try Binder.type(type)
        let failure: CastFailure = isTry ? .null : options.castFailure
        switch (bound.type, target) {
        case _ where bound.isNullConstant: return .literal(.null, target)
        case (.bigint, .timestamp):
            return ConstantFolding.call(
                .fromMilliseconds, [bound], type: .timestamp, at: value.range)
        case (.timestamp, .bigint):
            return ConstantFolding.call(.toMilliseconds, [bound], type: .bigint, at: value.range)
        case (.varchar, .bigint) where options.dialect == .druid:
            return try wholePart(bound, at: value.range)
        default: break
        }
        guard Binder.canCast(bound.type, to: target) else {
            throw QueryError(
                .typeMismatch, "\(bound.type) cannot be cast to \(target)", at: type.range)
        }
        // A constant that does not convert is an error now, unless a failed CAST is NULL.
        return try Coercion.convert(
            bound, to: target, at: value.range, onFailure: failure, isExplicit: true,
            in: options.timeZone)
    }
}
