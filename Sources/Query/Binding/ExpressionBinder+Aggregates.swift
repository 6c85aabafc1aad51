import Segments

/// Aggregate calls.
extension ExpressionBinder {
    /// Binds an aggregate and gives it a column behind those of the input.
    mutating func aggregate(
        _ call: Syntax.Call, _ entry: AggregateEntry, at range: SourceRange
    ) throws(QueryError) -> BoundExpression {
        let name = call.name.name.uppercased()
        let bound = try insideAggregate(name, at: call.name.range) { (binder) throws(QueryError) in
            var argument: BoundExpression?
            if !call.isStar { argument = try binder.aggregateArgument(call, entry, at: range) }
            guard !call.isStar || entry.function == .count else {
                throw QueryError(
                    .invalidArgument, "\(name) takes an argument, only COUNT takes *", at: range,
                    hint: name + entry.signature)
            }
            guard !(call.isStar && call.isDistinct) else {
                throw QueryError(
                    .invalidArgument, "COUNT(DISTINCT *) does not say which columns", at: range,
                    hint: "COUNT(DISTINCT column)")
            }
            guard !(entry.takesFraction && call.isDistinct) else {
                throw QueryError(.invalidArgument, "\(name) takes no DISTINCT", at: range)
            }
            let filter = try call.filter.map { (condition) throws(QueryError) in
                try binder.condition(condition)
            }
            var bound = try binder.aggregateCall(
                entry, argument, isDistinct: call.isDistinct, filter: filter, at: range)
            try binder.bindRest(of: call, entry, into: &bound)
            return bound
        }
        let same = calls.firstIndex { $0.withoutPlaces == bound.withoutPlaces }
        if same == nil { calls.append(bound) }
        return .column(index: scope.columns.count + (same ?? calls.count - 1), type: bound.type)
    }

    mutating func aggregateArgument(
        _ call: Syntax.Call, _ entry: AggregateEntry, at range: SourceRange
    ) throws(QueryError) -> BoundExpression {
        let name = call.name.name.uppercased()
        guard entry.count.contains(call.arguments.count) else {
            throw QueryError(
                .unknownFunction,
                "\(name) takes \(Self.describe(entry.count)), not \(call.arguments.count)",
                at: range,
                hint: name + entry.signature)
        }
        let argument = try bind(call.arguments[0])
        guard entry.takesCondition else { return argument }
        if argument.isNullConstant { return .literal(.null, .boolean) }
        guard argument.type == .boolean else {
            throw QueryError(
                .typeMismatch, "\(name) takes a BOOLEAN, this is \(argument.type)",
                at: call.arguments[0].range, hint: "for example \(name)(amount > 0)")
        }
        return argument
    }

    /// What stands behind the first argument.
    private mutating func bindRest(
        of call: Syntax.Call, _ entry: AggregateEntry, into bound: inout AggregateCall
    ) throws(QueryError) {
        switch entry.form {
        case .plain:
            if entry.takesKey { bound.key = try key(call.arguments[1], entry) }
            if entry.takesFraction { bound.fraction = try fraction(call.arguments[1], entry) }
            for extra in call.arguments.dropFirst(entry.count.lowerBound) {
                try checkConstant(extra, entry)
            }
            if let word = entry.names.first(where: { $0 == call.name.name.uppercased() }),
                word.hasSuffix("EST_BY"), bound.key?.type != .timestamp
            {
                throw QueryError(
                    .typeMismatch,
                    "\(word) decides by a TIMESTAMP",
                    at: call.arguments[1].range, hint: "ARG_MAX and ARG_MIN decide by any number")
            }
        case .overTime:
            let time = Syntax.Identifier(name: "__time", isQuoted: true, range: call.name.range)
            bound.key = try bind(
                Syntax.Expression(kind: .column([time]), range: call.name.range, height: 1))
            for extra in call.arguments.dropFirst() { try checkConstant(extra, entry) }
        case .median: bound.fraction = 0.5
        case .boolean, .condition: break
        case .texts:
            let separator = try call.arguments.count > 1 ? bind(call.arguments[1]) : nil
            guard let text = separator.map({ $0.constantText }) ?? Text("") else {
                throw QueryError(
                    .invalidArgument, "the separator is a constant text",
                    at: call.arguments[1].range, hint: "for example ', '")
            }
            bound.list = .init(separator: text, maximumByteCount: try size(call, 2))
        case .array:
            bound.list = .init(separator: nil, maximumByteCount: try size(call, 1))
        }
        for item in call.orderBy {
            let key = try bind(item.expression)
            guard key.type.isComparable else {
                throw QueryError(
                    .typeMismatch, "values of type \(key.type) cannot be ordered",
                    at: item.expression.range)
            }
            bound.order.append(
                SortKey(
                    key, isAscending: !item.isDescending,
                    nullsFirst: item.nullsFirst ?? !item.isDescending))
        }
    }

    /// Constants that say how a sketch is built elsewhere, or up to which size Druid keeps a text.
    private mutating func checkConstant(
        _ argument: Syntax.Expression, _ entry: AggregateEntry
    ) throws(QueryError) {
        let constant = try bind(argument).constant
        var fits = constant != nil
        if entry.takesSize {
            if case .bigint(let size)? = constant { fits = size > 0 } else { fits = false }
        }
        guard fits else {
            let wanted = entry.takesSize ? "a constant number of bytes" : "a constant"
            throw QueryError(
                .invalidArgument, "\(entry.names[0]) takes \(wanted) here",
                at: argument.range, hint: entry.names[0] + entry.signature)
        }
    }

    /// The bytes that a list may have; as many as a text, if nothing is said.
    private mutating func size(
        _ call: Syntax.Call, _ index: Int
    ) throws(QueryError) -> Int {
        guard index < call.arguments.count else { return FunctionCall.maximumTextByteCount }
        guard case .bigint(let count)? = try bind(call.arguments[index]).constant, count > 0 else {
            throw QueryError(
                .invalidArgument, "the size is a constant number of bytes",
                at: call.arguments[index].range)
        }
        return Int(min(count, Int64(FunctionCall.maximumTextByteCount)))
    }

    /// What decides which argument ARG_MAX and ARG_MIN take.
    private mutating func key(
        _ argument: Syntax.Expression, _ entry: AggregateEntry
    ) throws(QueryError) -> BoundExpression {
        let key = try bind(argument)
        guard AggregateEntry.isWord(key.type) else {
            throw QueryError(
                .typeMismatch,
                "\(entry.names[0]) decides by a number, a time or a BOOLEAN, this is \(key.type)",
                at: argument.range, hint: entry.names[0] + entry.signature)
        }
        return key
    }

    /// Which quantile.
    private mutating func fraction(
        _ argument: Syntax.Expression, _ entry: AggregateEntry
    ) throws(QueryError) -> Double {
        let fraction: Double? =
            switch try bind(argument).constant {
            case .bigint(let value)?: Double(value)
            case .double(let value)?: value
            case .decimal(let value)?:
                Double(value.unscaled) / Double(Decimal.powersOfTen[value.scale])
            default: nil
            }
        guard let fraction, fraction >= 0, fraction <= 1 else {
            throw QueryError(
                .invalidArgument, "\(entry.names[0]) takes a constant fraction from 0 to 1",
                at: argument.range, hint: entry.names[0] + entry.signature)
        }
        return fraction
    }

    func aggregateCall(
        _ entry: AggregateEntry, _ argument: BoundExpression?, isDistinct: Bool,
        filter: BoundExpression?, at range: SourceRange
    ) throws(QueryError) -> AggregateCall {
        var (argument, filter) = (argument, filter)
        if entry.isConditional, let condition = argument {
            filter = ConstantFolding.and([condition] + (filter.map { [$0] } ?? []))
            argument = nil
        }
        argument = try argument.map { (value) throws(QueryError) in
            try converted(value, entry, at: range)
        }
        if options.dialect == .druid, entry.takesNumbers, let text = argument,
            text.type == .varchar, !text.isNullConstant
        {
            argument = try Coercion.convert(text, to: .double, at: range, onFailure: .null)
        }
        // COUNT(1) counts rows, too.
        if entry.function == .count, !isDistinct, let constant = argument?.constant,
            !constant.isNull
        {
            argument = nil
        }
        let type: LogicalType
        if let argument {
            guard let result = entry.resultType(argument) else {
                let takesNumbers = entry.takesNumbers || entry.takesFraction
                let wanted = takesNumbers ? "a number" : "a value that compares"
                throw QueryError(
                    .typeMismatch,
                    "\(entry.function.rawValue) takes \(wanted), this is \(argument.type)",
                    at: range,
                    hint: argument.type == .boolean
                        ? "count rows with COUNT(*) FILTER (WHERE condition)" : nil)
            }
            guard !isDistinct || argument.type.isComparable else {
                throw QueryError(
                    .typeMismatch, "DISTINCT cannot compare values of type \(argument.type)",
                    at: range)
            }
            type = result
        } else {
            type = .bigint
        }
        if entry.takesNumbers, let inner = argument, inner.isNullConstant, !inner.type.isNumeric {
            argument = .literal(.null, .bigint)
        }
        // The least of different values is the least of all.
        let keepsRepetition =
            entry.takesKey
            || [.minimum, .maximum, .anyValue, .approximateCount].contains(entry.function)
        return AggregateCall(
            entry.function, of: argument, isDistinct: isDistinct && !keepsRepetition,
            filter: filter, type: type, at: range)
    }

    /// The argument in the type that the aggregate adds up.
    private func converted(
        _ argument: BoundExpression, _ entry: AggregateEntry, at range: SourceRange
    ) throws(QueryError) -> BoundExpression {
        switch entry.function {
        case .textList:
            return try Coercion.convert(argument, to: .varchar, at: range, in: options.timeZone)
        case .arrayList where argument.isNullConstant: return .literal(.null, .varchar)
        case .bitAnd, .bitOr, .bitXor:
            return argument.isNullConstant ? .literal(.null, .bigint) : argument
        case _ where entry.isVariance:
            if argument.isNullConstant { return .literal(.null, .double) }
            guard argument.type.isNumeric else { return argument }
            return try Coercion.convert(argument, to: .double, at: range)
        default: return argument
        }
    }
}
