/// WITH and FROM: tables, derived tables, UNNEST and joins.
extension Parser {
    /// `WITH name [(columns)] AS (query), ...`, or nothing.
    mutating func with() throws(QueryError) -> [Syntax.CommonTable] {
        guard accept(.with) else { return [] }
        if isAt(.recursive), following.keyword != .as {
            throw unsupported(
                "WITH RECURSIVE is not supported",
                hint: "leave RECURSIVE out if no query names itself")
        }
        return try list("tables in WITH") { (parser) throws(QueryError) in
            try parser.commonTable()
        }
    }

    private mutating func commonTable() throws(QueryError) -> Syntax.CommonTable {
        let name = try identifier("the name of a table of WITH")
        let columns = isAt(.leftParenthesis) ? try columnNames() : []
        try expect(.as, " before the query")
        if accept(.not) { try expect(.materialized) } else { _ = accept(.materialized) }
        try expect(.leftParenthesis, " before the query")
        guard isAtQuery || isAt(.leftParenthesis) else {
            throw unexpected("a query after \"(\"", near: [.select, .values])
        }
        return Syntax.CommonTable(name: name, columns: columns, query: try subquery())
    }

    /// `(name, ...)`.
    mutating func columnNames() throws(QueryError) -> [Syntax.Identifier] {
        try expect(.leftParenthesis, " before the columns")
        let names = try list("columns") { (parser) throws(QueryError) in
            try parser.identifier("a column")
        }
        try expect(.rightParenthesis, " after the columns")
        return names
    }

    /// What follows FROM: items joined by words and commas.
    mutating func from() throws(QueryError) -> Syntax.TableReference {
        var left = try joined()
        while isAt(.comma) {
            let start = advance().range.lowerBound
            let right = try joined()
            left = .join(
                Syntax.Join(
                    kind: .cross, left: left, right: right, constraint: .none,
                    range: range(from: start)))
        }
        return left
    }

    /// Items with JOINs between them, read from left to right.
    private mutating func joined() throws(QueryError) -> Syntax.TableReference {
        var left = try tableReference()
        while let (kind, isNatural, start) = try joinWords() {
            _ = accept(.lateral)
            let right = try tableReference()
            let constraint = try constraint(of: kind, isNatural: isNatural)
            left = .join(
                Syntax.Join(
                    kind: kind, left: left, right: right, constraint: constraint,
                    range: range(from: start)))
        }
        return left
    }

    /// `[NATURAL] [INNER | LEFT | RIGHT | FULL [OUTER] | CROSS] JOIN`, or nothing.
    private mutating func joinWords() throws(QueryError) -> (Syntax.Join.Kind, Bool, Int)? {
        let start = current.range.lowerBound
        let isNatural = accept(.natural)
        var kind = Syntax.Join.Kind.inner
        switch current.keyword {
        case .join: break
        case .inner: advance()
        case .left, .right, .full:
            kind = isAt(.left) ? .left : isAt(.right) ? .right : .full
            advance()
            _ = accept(.outer)
        case .cross where !isNatural:
            kind = .cross
            advance()
        default:
            guard isNatural else { return nil }
        }
        try expect(.join)
        return (kind, isNatural, start)
    }

    private mutating func constraint(
        of kind: Syntax.Join.Kind, isNatural: Bool
    ) throws(QueryError) -> Syntax.Join.Constraint {
        if isNatural { return .natural }
        if kind == .cross { return .none }
        if accept(.on) { return .on(try expression()) }
        if accept(.using) { return .using(try columnNames()) }
        throw unexpected(
            "ON or USING after \(kind.rawValue)", near: [.on, .using],
            hint: "every row with every row is written CROSS JOIN")
    }

    private mutating func tableReference() throws(QueryError) -> Syntax.TableReference {
        try countTable(at: current.range)
        _ = accept(.lateral)
        guard accept(.leftParenthesis) else {
            if isAt(.unnest), following.kind == .symbol(.leftParenthesis) { return try unnest() }
            let name = try objectName("a table")
            if isAt(.leftParenthesis) { throw unsupported("table functions are not supported yet") }
            return .table(name, alias: try tableAlias())
        }
        if isAt(.leftParenthesis) || !isAtQuery {
            return try parenthesisedReference()
        }
        let query = try subquery()
        return .derived(query, alias: try tableAlias())
    }

    /// `(a JOIN b ...)`, or a query in more than one pair of parentheses.
    private mutating func parenthesisedReference() throws(QueryError) -> Syntax.TableReference {
        guard isAtName || isAt(.leftParenthesis) else {
            throw unexpected("a query after \"(\"", near: [.select, .values])
        }
        let inner = try nested { (parser) throws(QueryError) in try parser.from() }
        try expect(.rightParenthesis, " after the tables")
        switch inner {
        case .derived(let query, nil): return .derived(query, alias: try tableAlias())
        default: return inner
        }
    }

    private mutating func unnest() throws(QueryError) -> Syntax.TableReference {
        advance()
        advance()
        let array = try nested { (parser) throws(QueryError) in try parser.expression() }
        if isAt(.comma) {
            throw unsupported(
                "UNNEST of several arrays is not supported yet", hint: "write UNNEST(a), UNNEST(b)")
        }
        try expect(.rightParenthesis, " after the array")
        if isAt(.with), following.keyword == .ordinality {
            throw unsupported("WITH ORDINALITY is not supported yet")
        }
        return .unnest(array, alias: try tableAlias())
    }

    /// `[AS] name [(columns)]`.
    private mutating func tableAlias() throws(QueryError) -> Syntax.TableAlias? {
        guard let name = try alias() else { return nil }
        let columns = isAt(.leftParenthesis) ? try columnNames() : []
        return Syntax.TableAlias(name: name, columns: columns)
    }
}
