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
        let aggregate = AggregateCatalogue.entry(named: call.name.name)
        if let item = call.orderBy.first, aggregate?.takesOrder != true {
            throw QueryError(
                .invalidArgument, "\(call.name.name) takes no ORDER BY", at: item.expression.range)
        }
        if let aggregate { return try self.aggregate(call, aggregate, at: range) }
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

    static func describe(_ count: ClosedRange<Int>) -> String {
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
        case let other:
            hint =
                Self.substitutes[other]
                ?? Spelling.nearest(to: name.name, among: known).map { "did you mean \($0)?" }
        }
        return QueryError(
            .unknownFunction, "there is no function \(name.name)", at: name.range, hint: hint)
    }

    /// What to write for functions of others that there are not here.
    private static let substitutes: [String: String] = {
        let quantile = "APPROX_QUANTILE(x, 0.95) gives the quantile itself"
        let count = "APPROX_COUNT_DISTINCT(x) gives the count itself"
        return [
            "STRING_FORMAT": "join texts with ||, pad with LPAD(x, n, '0'), "
                + "round with CAST(x AS DECIMAL(18, 2))",
            "ARRAY_CONCAT_AGG":
                "take the arrays apart: ARRAY_AGG(u.e) over CROSS JOIN UNNEST(a) AS u (e)",
            "MV_FILTER_ONLY":
                "take the array apart: CROSS JOIN UNNEST(a) AS u (e) WHERE u.e IN (...)",
            "MV_FILTER_NONE":
                "take the array apart: CROSS JOIN UNNEST(a) AS u (e) WHERE u.e NOT IN (...)",
            "DS_QUANTILES_SKETCH": quantile, "DS_GET_QUANTILE": quantile,
            "DS_GET_QUANTILES": quantile, "DS_QUANTILE_SUMMARY": quantile, "DS_HISTOGRAM": quantile,
            "DS_CDF": quantile, "DS_RANK": quantile, "DS_HLL": count, "HLL_SKETCH_ESTIMATE": count,
            "DS_THETA": count, "THETA_SKETCH_ESTIMATE": count,
            "ISNULL": "write x IS NULL",
            "GETDATE": "write CURRENT_TIMESTAMP",
            "GROUP_CONCAT": "write STRING_AGG(x, ',')",
            "TO_CHAR": "write TIME_FORMAT(t, 'yyyy-MM-dd')",
            "TO_TIMESTAMP": "write TIME_PARSE(text), or MILLIS_TO_TIMESTAMP(number)",
        ]
    }()

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
        if kind == .clockTime, case .literal(.timestamp(let text)) = argument.kind {
            return .literal(.varchar(Text(text)), .varchar)
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
        case .clockTime where bound.constantText != nil: return bound
        case .time, .clockTime: return try timestamp(bound, at: argument.range)
        }
    }
}
