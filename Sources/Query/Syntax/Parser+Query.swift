extension Parser {
    /// Queries put together, with ORDER BY and bounds of the whole.
    mutating func queryExpression() throws(QueryError) -> Syntax.QueryExpression {
        let start = current.range.lowerBound
        let with = try with()
        var query = try combination(from: start)
        if !with.isEmpty, !query.with.isEmpty {
            throw unsupported("WITH before a query that begins with WITH is not supported")
        }
        if !with.isEmpty { query.with = with }
        query.range = range(from: start)
        guard query.orderBy.isEmpty, query.limit == nil, query.offset == nil else { return query }
        if accept(.order) { query.orderBy = try orderItems() }
        try bounds(of: &query)
        query.range = range(from: start)
        return query
    }

    /// What follows ORDER.
    mutating func orderItems() throws(QueryError) -> [Syntax.OrderItem] {
        try expect(.by, " after ORDER")
        return try list("items in ORDER BY") { (parser) throws(QueryError) in
            try parser.orderItem()
        }
    }

    /// UNION and EXCEPT, from left to right; INTERSECT binds tighter.
    private mutating func combination(from start: Int) throws(QueryError) -> Syntax.QueryExpression
    {
        var left = try intersection(from: start)
        var count = 1
        while isAt(.union) || isAt(.except) {
            count += 1
            left = try combined(left, isAt(.union) ? .union : .except, from: start, count) {
                (parser) throws(QueryError) in
                try parser.intersection(from: parser.current.range.lowerBound)
            }
        }
        return left
    }

    private mutating func intersection(from start: Int) throws(QueryError) -> Syntax.QueryExpression
    {
        var left = try term(from: start)
        var count = 1
        while isAt(.intersect) {
            count += 1
            left = try combined(left, .intersect, from: start, count) {
                (parser) throws(QueryError) in
                try parser.term(from: parser.current.range.lowerBound)
            }
        }
        return left
    }

    private mutating func combined(
        _ left: Syntax.QueryExpression, _ kind: Syntax.SetOperation.Kind, from start: Int,
        _ count: Int, _ right: (inout Parser) throws(QueryError) -> Syntax.QueryExpression
    ) throws(QueryError) -> Syntax.QueryExpression {
        let word = advance().range.lowerBound
        guard count <= SQLLimits.setOperandCount else {
            throw QueryError(
                .limit, "more than \(SQLLimits.setOperandCount) queries in a row",
                at: range(from: word))
        }
        let isAll = accept(.all)
        if !isAll { _ = accept(.distinct) }
        let words = range(from: word)
        let operation = Syntax.SetOperation(
            kind: kind, isAll: isAll, left: left, right: try right(&self), range: words)
        return Syntax.QueryExpression(body: .combined(operation), range: range(from: start))
    }

    /// A SELECT, VALUES, or a query in parentheses.
    private mutating func term(from start: Int) throws(QueryError) -> Syntax.QueryExpression {
        guard accept(.leftParenthesis) else {
            return Syntax.QueryExpression(body: try body(), range: range(from: start))
        }
        var query = try nested { (parser) throws(QueryError) in try parser.queryExpression() }
        try expect(.rightParenthesis, " after the query")
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
            case .order where query.limit != nil || query.offset != nil:
                throw misplaced("ORDER BY", before: "LIMIT and OFFSET")
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
        var distinctOn: [Syntax.Expression] = []
        if isDistinct, accept(.on) { distinctOn = try parenthesisedList("items in DISTINCT ON") }
        if !isDistinct { _ = accept(.all) }
        let items = try list("items in SELECT") { (parser) throws(QueryError) in
            try parser.selectItem()
        }
        var select = Syntax.Select(
            isDistinct: isDistinct, distinctOn: distinctOn, items: items, groupBy: [])
        if accept(.from) { select.from = try from() }
        if accept(.where) { select.filter = try expression() }
        if accept(.group) {
            try expect(.by, " after GROUP")
            try groupBy(of: &select)
        }
        if accept(.having) { select.having = try expression() }
        if accept(.window) { select.windows = try namedWindows() }
        if accept(.qualify) { select.qualify = try expression() }
        switch current.keyword {
        case .where: throw misplaced("WHERE", before: "GROUP BY, HAVING and ORDER BY")
        case .group where select.having != nil: throw misplaced("GROUP BY", before: "HAVING")
        default: return select
        }
    }

    /// `(expression, ...)`; none where `isEmpty` may be.
    private mutating func parenthesisedList(
        _ what: String, mayBeEmpty: Bool = false
    ) throws(QueryError) -> [Syntax.Expression] {
        try expect(.leftParenthesis, " before the \(what)")
        if mayBeEmpty, accept(.rightParenthesis) { return [] }
        let elements = try nested { (parser) throws(QueryError) in
            try parser.list(what) { (parser) throws(QueryError) in try parser.expression() }
        }
        try expect(.rightParenthesis, " after the \(what)")
        return elements
    }

    func misplaced(_ clause: String, before others: String) -> QueryError {
        QueryError(
            .syntax, "\(clause) stands in the wrong place", at: current.range,
            hint: "\(clause) comes before \(others)")
    }

    private mutating func selectItem() throws(QueryError) -> Syntax.SelectItem {
        let start = current.range.lowerBound
        if accept(.star) { return try star([], from: start) }
        let value = try expression()
        if case .column(let qualifier) = value.kind, isAt(.period), following.kind == .symbol(.star)
        {
            advance()
            advance()
            return try star(qualifier, from: start)
        }
        return .expression(value, alias: try alias())
    }

    /// What follows `*`: perhaps EXCEPT or EXCLUDE and columns, perhaps REPLACE and others.
    private mutating func star(
        _ qualifier: [Syntax.Identifier], from start: Int
    ) throws(QueryError) -> Syntax.SelectItem {
        let place = range(from: start)
        var except: [Syntax.Identifier] = []
        var replace: [Syntax.Replacement] = []
        if isAt(.except) || isAt(.exclude), following.kind == .symbol(.leftParenthesis) {
            advance()
            except = try columnNames()
        }
        if isAt(.replace), following.kind == .symbol(.leftParenthesis) {
            advance()
            advance()
            replace = try nested { (parser) throws(QueryError) in
                try parser.list("columns") { (parser) throws(QueryError) in
                    let value = try parser.expression()
                    try parser.expect(.as, " and the column that is replaced")
                    return Syntax.Replacement(
                        value: value, column: try parser.identifier("a column"))
                }
            }
            try expect(.rightParenthesis, " after the columns")
        }
        return .star(qualifier: qualifier, except: except, replace: replace, range: place)
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

    // MARK: GROUP BY

    private mutating func groupBy(of select: inout Syntax.Select) throws(QueryError) {
        if accept(.all) {
            select.groupsByAll = true
            return
        }
        select.groupBy = try list("items in GROUP BY") { (parser) throws(QueryError) in
            try parser.groupItem()
        }
    }

    /// An expression, ROLLUP, CUBE or GROUPING SETS.
    private mutating func groupItem() throws(QueryError) -> Syntax.GroupItem {
        let start = current.range.lowerBound
        let isCall = following.kind == .symbol(.leftParenthesis)
        if isCall, isAt(.rollup) || isAt(.cube) {
            let isRollup = advance().keyword == .rollup
            let elements = try groupElements()
            let place = range(from: start)
            return isRollup ? .rollup(elements, range: place) : .cube(elements, range: place)
        }
        if isAt(.grouping), following.keyword == .sets {
            advance()
            advance()
            try expect(.leftParenthesis, " before the grouping sets")
            let sets = try nested { (parser) throws(QueryError) in
                try parser.list("grouping sets") { (parser) throws(QueryError) in
                    try parser.groupingSet()
                }
            }
            try expect(.rightParenthesis, " after the grouping sets")
            return .sets(sets, range: range(from: start))
        }
        return .expression(try expression())
    }

    /// `(a, (b, c))` of ROLLUP and CUBE.
    private mutating func groupElements() throws(QueryError) -> [[Syntax.Expression]] {
        try expect(.leftParenthesis)
        let elements = try list("elements") { (parser) throws(QueryError) in
            parser.isAt(.leftParenthesis)
                ? try parser.parenthesisedList("elements") : [try parser.expression()]
        }
        try expect(.rightParenthesis, " after the elements")
        return elements
    }

    /// One set: an expression, several in parentheses, none, or a ROLLUP.
    private mutating func groupingSet() throws(QueryError) -> [Syntax.GroupItem] {
        guard isAt(.leftParenthesis) else { return [try groupItem()] }
        return try parenthesisedList("grouping sets", mayBeEmpty: true).map { .expression($0) }
    }
}
