import Segments

/// Function and aggregate calls.
extension ExpressionBinder {
    mutating func call(
        _ call: Syntax.Call, at range: SourceRange
    ) throws(QueryError) -> BoundExpression {
        if call.over != nil { return try window(call, at: range) }
        switch call.name.name.uppercased() {
        case "UNNEST": return try unnest(call, at: range)
        case "GROUPING": return try grouping(call, at: range)
        case let name where WindowCatalogue.entry(named: name) != nil:
            throw QueryError(
                .invalidArgument, "\(name) needs a window", at: range,
                hint: "\(name)(...) OVER (PARTITION BY x ORDER BY y)")
        default: break
        }
        if let item = call.orderBy.first {
            throw QueryError(
                .unsupported, "ORDER BY in a call of \(call.name.name) is not supported yet",
                at: item.expression.range)
        }
        if let aggregate = AggregateCatalogue.entry(named: call.name.name) {
            return try self.aggregate(call, aggregate, at: range)
        }
        guard let entry = FunctionCatalogue.entry(named: call.name.name) else {
            throw unknownFunction(call.name)
        }
        let name = call.name.name.uppercased()
        guard !call.isStar, !call.isDistinct, call.filter == nil else {
            throw QueryError(
                .invalidArgument, "\(name) is no aggregate: it takes no *, DISTINCT or FILTER",
                at: range)
        }
        guard entry.count.contains(call.arguments.count) else {
            throw QueryError(
                .unknownFunction,
                "\(name) takes \(Self.describe(entry.count)), not \(call.arguments.count)",
                at: range, hint: "\(name)\(entry.signature)")
        }
        var arguments: [BoundExpression] = []
        for (index, argument) in call.arguments.enumerated() {
            let kind = entry.arguments[min(index, entry.arguments.count - 1)]
            arguments.append(try self.argument(argument, kind, index, of: entry, name))
        }
        return try entry.bind(
            FunctionEntry.Call(
                name: name, arguments: arguments, places: call.arguments.map(\.range),
                range: range, binder: self))
    }

    private static func describe(_ count: ClosedRange<Int>) -> String {
        switch count {
        case let count where count.upperBound == SQLLimits.listCount:
            "at least \(count.lowerBound) argument\(count.lowerBound == 1 ? "" : "s")"
        case 0...0: "no arguments"
        case 1...1: "1 argument"
        case let count where count.count == 1: "\(count.lowerBound) arguments"
        default: "\(count.lowerBound) to \(count.upperBound) arguments"
        }
    }

    private func unknownFunction(_ name: Syntax.Identifier) -> QueryError {
        let known =
            FunctionCatalogue.allNames + AggregateCatalogue.allNames + WindowCatalogue.allNames
        let hint: String?
        switch name.name.uppercased() {
        case "NUMERIC", "DECIMAL", "VARCHAR", "BIGINT":
            hint = "convert with CAST(x AS \(name.name))"
        default: hint = Spelling.nearest(to: name.name, among: known).map { "did you mean \($0)?" }
        }
        return QueryError(
            .unknownFunction, "there is no function \(name.name)", at: name.range, hint: hint)
    }

    /// One argument, converted to what the function takes.
    private mutating func argument(
        _ argument: Syntax.Expression, _ kind: FunctionEntry.Argument, _ index: Int,
        of entry: FunctionEntry, _ name: String
    ) throws(QueryError) -> BoundExpression {
        if case .unit(let unit) = argument.kind {
            guard kind == .unit else {
                throw QueryError(
                    .invalidArgument, "\(name) takes no unit here", at: argument.range,
                    hint: "\(name)\(entry.signature)")
            }
            return .literal(.varchar(Text(unit.rawValue)), .varchar)
        }
        let bound = try bind(argument)
        func refused(_ wanted: String) -> QueryError {
            QueryError(
                .typeMismatch,
                "argument \(index + 1) of \(name) must be \(wanted), this is \(bound.type)",
                at: argument.range, hint: "\(name)\(entry.signature)")
        }
        switch kind {
        case .any: return bound
        case .text:
            if bound.isNullConstant { return .literal(.null, .varchar) }
            guard bound.type == .varchar else { throw refused("VARCHAR") }
            return bound
        case .constantText, .unit:
            guard bound.constantText != nil else { throw refused("a constant text") }
            return bound
        case .integer:
            if bound.type == .bigint { return bound }
            if bound.isNullConstant { return .literal(.null, .bigint) }
            if let exact = Coercion.exactConstant(bound, as: .bigint) { return exact }
            guard bound.constantText != nil else { throw refused("BIGINT") }
            return try Coercion.convert(bound, to: .bigint, at: argument.range)
        case .number, .double:
            var value = bound
            if bound.isNullConstant {
                value = .literal(.null, bound.type.isNumeric ? bound.type : .bigint)
            }
            guard value.type.isNumeric else { throw refused("a number") }
            return kind == .number
                ? value : try Coercion.convert(value, to: .double, at: argument.range)
        case .time: return try timestamp(bound, at: argument.range)
        }
    }
}

// MARK: - Aggregates

extension ExpressionBinder {
    /// Binds an aggregate and gives it a column behind those of the input.
    private mutating func aggregate(
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
            if entry.takesKey { bound.key = try binder.key(call.arguments[1], entry) }
            if entry.takesFraction {
                bound.fraction = try binder.fraction(call.arguments[1], entry)
            }
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
        let count = entry.takesKey || entry.takesFraction ? 2 : 1
        if entry.function == .anyValue, call.arguments.count == 2 {
            try checkSize(call.arguments[1], of: name)
            return try bind(call.arguments[0])
        }
        guard call.arguments.count == count else {
            throw QueryError(
                .unknownFunction,
                "\(name) takes \(Self.describe(count...count)), not \(call.arguments.count)",
                at: range,
                hint: name + entry.signature)
        }
        return try bind(call.arguments[0])
    }

    /// The size in bytes up to which Druid keeps a text; here texts are kept whole.
    mutating func checkSize(
        _ argument: Syntax.Expression, of name: String
    ) throws(QueryError) {
        guard case .bigint(let size)? = try bind(argument).constant, size > 0 else {
            throw QueryError(
                .invalidArgument, "\(name) takes a constant number of bytes here",
                at: argument.range)
        }
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
        var argument = argument
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
}
