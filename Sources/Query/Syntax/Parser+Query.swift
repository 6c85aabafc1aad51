extension Parser {
    /// A SELECT or VALUES with ORDER BY and its bounds.
    mutating func queryExpression() throws(QueryError) -> Syntax.QueryExpression {
        let start = current.range.lowerBound
        let with = try with()
        var query: Syntax.QueryExpression
        if accept(.leftParenthesis) {
            query = try nested { (parser) throws(QueryError) in try parser.queryExpression() }
            try expect(.rightParenthesis, " after the query")
            if !with.isEmpty, !query.with.isEmpty {
                throw unsupported("WITH before a query that begins with WITH is not supported")
            }
            if !with.isEmpty { query.with = with }
            guard query.orderBy.isEmpty, query.limit == nil, query.offset == nil else {
                query.range = range(from: start)
                return query
            }
        } else {
            query = Syntax.QueryExpression(
                with: with, body: try body(), range: range(from: start))
        }
        if let keyword = current.keyword, [.union, .intersect, .except].contains(keyword) {
            throw unsupported("\(keyword.rawValue) is not supported yet")
        }
        if accept(.order) {
            try expect(.by, " after ORDER")
            query.orderBy = try list("items in ORDER BY") { (parser) throws(QueryError) in
                try parser.orderItem()
            }
        }
        try bounds(of: &query)
        query.range = range(from: start)
        return query
    }

    /// LIMIT, OFFSET and FETCH, in any order, each once.
    private mutating func bounds(of query: inout Syntax.QueryExpression) throws(QueryError) {
        while true {
            let start = current.range
            switch current.keyword {
            case .limit:
                advance()
                guard query.limit == nil else { throw repeated("a bound on the rows", at: start) }
                if accept(.all) { continue }
                query.limit = try expression()
            case .offset:
                advance()
                guard query.offset == nil else { throw repeated("OFFSET", at: start) }
                query.offset = try expression()
                if !accept(.rows) { _ = accept(.row) }
            case .fetch:
                advance()
                guard query.limit == nil else { throw repeated("a bound on the rows", at: start) }
                if !accept(.first) { try expect(.next, " or FIRST after FETCH") }
                query.limit =
                    isAt(.row) || isAt(.rows)
                    ? try node(.literal(.integer(1)), from: start.lowerBound) : try expression()
                if !accept(.row) { try expect(.rows, " after the count") }
                try expect(.only, " after FETCH ... ROWS")
            default:
                return
            }
        }
    }

    /// A clause given a second time.
    func repeated(_ what: String, at range: SourceRange) -> QueryError {
        QueryError(.syntax, "\(what) is given twice", at: range, hint: "remove one of them")
    }

    private mutating func orderItem() throws(QueryError) -> Syntax.OrderItem {
        var item = Syntax.OrderItem(expression: try expression(), isDescending: false)
        if accept(.desc) { item.isDescending = true } else { _ = accept(.asc) }
        if accept(.nulls) {
            if accept(.first) {
                item.nullsFirst = true
            } else if accept(.last) {
                item.nullsFirst = false
            } else {
                throw unexpected("FIRST or LAST after NULLS", near: [.first, .last])
            }
        }
        return item
    }

    private mutating func body() throws(QueryError) -> Syntax.QueryExpression.Body {
        if accept(.values) {
            let rows = try list(limit: Int.max, "rows") { (parser) throws(QueryError) in
                try parser.valuesRow().values
            }
            return .values(rows)
        }
        try expect(.select)
        return .select(try select())
    }

    /// `(expression, ...)` of VALUES.
    mutating func valuesRow() throws(QueryError) -> Syntax.Insert.Row {
        let start = current.range.lowerBound
        try expect(.leftParenthesis, " before the values of a row")
        let values = try list("values in a row") { (parser) throws(QueryError) in
            let value = try parser.expression()
            parser.uncount(value)
            return value
        }
        try expect(.rightParenthesis, " after the values of a row")
        return Syntax.Insert.Row(values: values, range: range(from: start))
    }

    /// What follows SELECT.
    private mutating func select() throws(QueryError) -> Syntax.Select {
        let isDistinct = accept(.distinct)
        if isDistinct, isAt(.on) { throw unsupported("DISTINCT ON is not supported yet") }
        if !isDistinct { _ = accept(.all) }
        let items = try list("items in SELECT") { (parser) throws(QueryError) in
            try parser.selectItem()
        }
        var select = Syntax.Select(isDistinct: isDistinct, items: items, groupBy: [])
        if accept(.from) { select.from = try from() }
        if accept(.where) { select.filter = try expression() }
        if accept(.group) {
            try expect(.by, " after GROUP")
            select.groupBy = try groupBy()
        }
        if accept(.having) { select.having = try expression() }
        switch current.keyword {
        case .window: throw unsupported("WINDOW is not supported yet")
        case .qualify: throw unsupported("QUALIFY is not supported yet")
        case .where: throw misplaced("WHERE", before: "GROUP BY, HAVING and ORDER BY")
        case .group where select.having != nil: throw misplaced("GROUP BY", before: "HAVING")
        default: return select
        }
    }

    private func misplaced(_ clause: String, before others: String) -> QueryError {
        QueryError(
            .syntax, "\(clause) stands in the wrong place", at: current.range,
            hint: "\(clause) comes before \(others)")
    }

    private mutating func selectItem() throws(QueryError) -> Syntax.SelectItem {
        let start = current.range.lowerBound
        if accept(.star) {
            if isAt(.except) || isAt(.replace) {
                throw unsupported("SELECT * \(text(of: current).uppercased()) is not supported yet")
            }
            return .star(qualifier: [], range: range(from: start))
        }
        let value = try expression()
        if case .column(let qualifier) = value.kind, isAt(.period), following.kind == .symbol(.star)
        {
            advance()
            advance()
            return .star(qualifier: qualifier, range: range(from: start))
        }
        return .expression(value, alias: try alias())
    }

    /// `[AS] name`; after AS even a reserved word will do.
    mutating func alias() throws(QueryError) -> Syntax.Identifier? {
        if accept(.as) {
            guard current.kind == .identifier || current.kind == .quotedIdentifier else {
                throw unexpected(
                    "a name after AS",
                    hint: current.kind == .string
                        ? "names take double quotes, not single ones" : nil)
            }
            return name(of: advance())
        }
        return isAtName ? name(of: advance()) : nil
    }

    private mutating func groupBy() throws(QueryError) -> [Syntax.Expression] {
        if isAt(.all) { throw unsupported("GROUP BY ALL is not supported yet") }
        if let word = current.keyword, word == .rollup, following.kind == .symbol(.leftParenthesis)
        {
            throw unsupported("GROUP BY ROLLUP is not supported yet")
        }
        return try list("items in GROUP BY") { (parser) throws(QueryError) in
            try parser.expression()
        }
    }
}
