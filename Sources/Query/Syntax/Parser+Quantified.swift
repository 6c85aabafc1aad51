/// `x = ANY (...)`, `x < ALL (...)` and their like, written as what they mean.
extension Parser {
    /// Behind a comparison, at ANY, SOME or ALL.
    mutating func quantified(
        _ left: Syntax.Expression, _ symbol: Syntax.BinaryOperator, from start: Int
    ) throws(QueryError) -> Syntax.Expression {
        let place = current.range
        let isAll = advance().keyword == .all
        try expect(.leftParenthesis)
        guard isAtQuery else { return try overArray(left, symbol, isAll: isAll, place) }
        let tablesBefore = tableCount
        let query = try subquery()
        // An order is asked of the query's rows three times: each counts as if it were written.
        let copies = symbol == .equal || symbol == .notEqual && isAll ? 0 : 2
        for _ in 0..<(copies * max(1, tableCount - tablesBefore)) { try countTable(at: place) }
        switch (symbol, isAll) {
        case (.equal, false):
            return try node(.inSubquery(left, query, isNegated: false), from: start, over: [left])
        case (.notEqual, true):
            return try node(.inSubquery(left, query, isNegated: true), from: start, over: [left])
        case (.equal, true):
            return try not(try different(left, query, from: start), from: start)
        case (.notEqual, false): return try different(left, query, from: start)
        case (_, true):
            let opposite: Syntax.BinaryOperator =
                switch symbol {
                case .less: .greaterOrEqual
                case .lessOrEqual: .greater
                case .greater: .lessOrEqual
                default: .less
                }
            return try not(try ordered(left, opposite, query, from: start), from: start)
        case (_, false): return try ordered(left, symbol, query, from: start)
        }
    }

    /// `x = ANY (array)` and `x <> ALL (array)`.
    private mutating func overArray(
        _ left: Syntax.Expression, _ symbol: Syntax.BinaryOperator, isAll: Bool,
        _ place: SourceRange
    ) throws(QueryError) -> Syntax.Expression {
        let array = try nested { (parser) throws(QueryError) in try parser.expression() }
        try expect(.rightParenthesis, " after the array")
        let start = left.range.lowerBound
        let contains = try call("ARRAY_CONTAINS", [array, left], from: start)
        switch (symbol, isAll) {
        case (.equal, false): return contains
        case (.notEqual, true): return try not(contains, from: start)
        default:
            throw QueryError(
                .unsupported, "an array is compared with = ANY or <> ALL only", at: place,
                hint: "compare with a query: x < ANY (SELECT u.e FROM UNNEST(array) AS u (e))")
        }
    }

    /// Whether a row of the query is another: less, or greater.
    private mutating func different(
        _ left: Syntax.Expression, _ query: Syntax.QueryExpression, from start: Int
    ) throws(QueryError) -> Syntax.Expression {
        let sides = [
            try ordered(left, .less, query, from: start),
            try ordered(left, .greater, query, from: start),
        ]
        return try node(.disjunction(sides), from: start, over: sides)
    }

    /// Whether `x` compares so with a row of the query:
    ///
    ///     CASE WHEN (SELECT COUNT(*) FROM q) = 0 THEN FALSE
    ///     ELSE x < (SELECT MAX(v) FROM q)
    ///       OR (SELECT CASE WHEN COUNT(*) > COUNT(v) THEN NULL ELSE FALSE END FROM q) END
    private mutating func ordered(
        _ left: Syntax.Expression, _ symbol: Syntax.BinaryOperator, _ query: Syntax.QueryExpression,
        from start: Int
    ) throws(QueryError) -> Syntax.Expression {
        let range = query.range
        let value = Syntax.Identifier(name: "value", isQuoted: false, range: range)
        let column = try node(.column([value]), from: start)
        let isLess = symbol == .less || symbol == .lessOrEqual
        let extreme = try call(isLess ? "MAX" : "MIN", [column], from: start)
        let all = try node(
            .call(Syntax.Call(name: named("COUNT", range), isStar: true, arguments: [])),
            from: start)
        let some = try call("COUNT", [column], from: start)
        let zero = try node(.literal(.integer(0)), from: start)
        let no = try node(.literal(.boolean(false)), from: start)
        let unknown = try node(.literal(.null), from: start)

        let hasNull = try node(.binary(.greater, all, some), from: start, over: [all, some])
        let rest = try node(
            .caseWhen(
                Syntax.Case(
                    branches: [.init(condition: hasNull, result: unknown)], otherwise: no)),
            from: start, over: [hasNull])
        let bound = try one(extreme, of: query, from: start)
        let found = try node(.binary(symbol, left, bound), from: start, over: [left, bound])
        let sides = [found, try one(rest, of: query, from: start)]
        let either = try node(.disjunction(sides), from: start, over: sides)
        let count = try one(all, of: query, from: start)
        let isEmpty = try node(.binary(.equal, count, zero), from: start, over: [count, zero])
        return try node(
            .caseWhen(
                Syntax.Case(
                    branches: [.init(condition: isEmpty, result: no)], otherwise: either)),
            from: start, over: [isEmpty, either])
    }

    /// `(SELECT item FROM (query) AS compared (value))`.
    private mutating func one(
        _ item: Syntax.Expression, of query: Syntax.QueryExpression, from start: Int
    ) throws(QueryError) -> Syntax.Expression {
        let alias = Syntax.TableAlias(
            name: named("compared", query.range), columns: [named("value", query.range)])
        var select = Syntax.Select(
            isDistinct: false, items: [.expression(item, alias: nil)], groupBy: [])
        select.from = .derived(query, alias: alias)
        let outer = Syntax.QueryExpression(body: .select(select), range: query.range)
        return try node(.subquery(outer), from: start)
    }

    private func named(_ name: String, _ range: SourceRange) -> Syntax.Identifier {
        Syntax.Identifier(name: name, isQuoted: false, range: range)
    }

    private mutating func call(
        _ name: String, _ arguments: [Syntax.Expression], from start: Int
    ) throws(QueryError) -> Syntax.Expression {
        let call = Syntax.Call(name: named(name, range(from: start)), arguments: arguments)
        return try node(.call(call), from: start, over: arguments)
    }

    private mutating func not(
        _ operand: Syntax.Expression, from start: Int
    ) throws(QueryError) -> Syntax.Expression {
        try node(.unary(.not, operand), from: start, over: [operand])
    }
}
