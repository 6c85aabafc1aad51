extension Parser {
    /// Settings, one statement, and at most a semicolon.
    mutating func script() throws(QueryError) -> Syntax.Script {
        let settings = try settings()
        guard current.kind != .end else {
            throw QueryError(
                .syntax, settings.isEmpty ? "the statement is empty" : "no statement follows SET",
                at: current.range, hint: "for example: SELECT 1")
        }
        let statement = try statement()
        while accept(.semicolon) {}
        guard current.kind == .end else {
            if following.kind != .end, previousEnd > 0, bytes[previousEnd - 1] == UInt8(ascii: ";")
            {
                throw unexpected("the end after \";\"", hint: "send one statement at a time")
            }
            throw unexpectedEnd()
        }
        return Syntax.Script(settings: settings, statement: statement, parameters: parameters)
    }

    private func unexpectedEnd() -> QueryError {
        if isAt(.comma) {
            return unexpected(
                "the end of the statement", hint: "LIMIT m, n is written LIMIT n OFFSET m")
        }
        switch current.keyword {
        case .where: return misplaced("WHERE", before: "GROUP BY, HAVING, ORDER BY and LIMIT")
        case .group: return misplaced("GROUP BY", before: "HAVING, ORDER BY and LIMIT")
        case .having: return misplaced("HAVING", before: "ORDER BY and LIMIT")
        default: break
        }
        return unexpected(
            "the end of the statement",
            near: [.from, .where, .group, .having, .order, .limit, .offset, .values, .fetch],
            hint: hintOfSurplus)
    }

    /// What may have been meant by a token behind a whole statement.
    private var hintOfSurplus: String? {
        let mayBeMissing = "is a comma or an operator missing before it?"
        switch current.kind {
        case .symbol(.rightParenthesis): return "it closes nothing: remove it"
        case .symbol, .end: return nil
        case .string, .integer, .decimal, .double, .parameter: return mayBeMissing
        case .identifier, .quotedIdentifier:
            if isAtName { return mayBeMissing }
            let isAlias =
                following.kind == .symbol(.comma) || following.kind == .end
                || following.keyword == .from
            return isAlias ? "if \(text(of: current)) is an alias, write AS before it" : nil
        }
    }

    private mutating func settings() throws(QueryError) -> [Syntax.Setting] {
        var settings: [Syntax.Setting] = []
        while accept(.set) {
            guard settings.count < SQLLimits.listCount else {
                throw QueryError(
                    .limit, "more than \(SQLLimits.listCount) settings", at: current.range)
            }
            settings.append(try setting("the name of a setting"))
            if current.kind != .end { try expect(.semicolon, " after SET") }
        }
        return settings
    }

    /// `key = literal`.
    mutating func setting(_ what: String) throws(QueryError) -> Syntax.Setting {
        let key = try identifier(what)
        try expect(.equal)
        let start = current.range.lowerBound
        let value = try expression()
        guard case .literal(let literal) = value.kind else {
            throw QueryError(
                .syntax, "the value of \(key.name) must be a literal", at: range(from: start),
                hint: "strings take single quotes")
        }
        return Syntax.Setting(key: key, value: literal, valueRange: range(from: start))
    }

    private mutating func statement() throws(QueryError) -> Syntax.Statement {
        switch current.keyword {
        case .select, .values, .with:
            return .query(try queryExpression())
        case .explain: return try explain()
        case .create: return try create()
        case .drop: return try drop()
        case .insert: return try insert()
        case .show: return try show()
        case .describe, .desc:
            advance()
            _ = accept(.table)
            return .showColumns(try objectName("a table"))
        case .update, .delete, .merge, .truncate, .replace:
            throw unsupported(
                "\(text(of: current).uppercased()) is not supported: event tables only grow",
                hint: "give the table a TTL to let old rows go")
        case .alter: return try alter()
        case .pause, .resume, .reset: return try changeSource()
        case .copy: return try copy()
        case .begin, .commit, .rollback:
            throw unsupported(
                "there are no transactions: each statement is atomic by itself",
                hint: "send the statement alone")
        case .use:
            throw unsupported("USE is not supported", hint: "write schema.table")
        default:
            if isAt(.leftParenthesis) { return .query(try queryExpression()) }
            throw unexpected(
                "a statement",
                near: [
                    .select, .insert, .create, .drop, .show, .explain, .describe, .values, .set,
                ],
                hint:
                    "statements begin with SELECT, VALUES, EXPLAIN, INSERT, CREATE, ALTER, DROP or "
                    + "SHOW")
        }
    }

    private mutating func explain() throws(QueryError) -> Syntax.Statement {
        advance()
        let isAnalyze = accept(.analyze)
        if accept(.plan) { try expect(.for, " after EXPLAIN PLAN") }
        switch current.keyword {
        case .select, .values, .with: break
        case .create where following.keyword == .rollup && !isAnalyze:
            advance()
            return .explainRollup(try createRollup())
        case .insert, .create, .drop, .show, .describe, .explain:
            throw unsupported("EXPLAIN shows the plan of a query, not of other statements")
        default:
            if !isAt(.leftParenthesis) {
                throw unexpected("a query", near: [.select, .plan, .analyze])
            }
        }
        let query = try queryExpression()
        return .explain(Syntax.Explain(isAnalyze: isAnalyze, query: query))
    }

    private mutating func show() throws(QueryError) -> Syntax.Statement {
        advance()
        switch current.keyword {
        case .tables:
            advance()
            guard accept(.from) || accept(.in) else { return .showTables(schema: nil) }
            return .showTables(schema: try identifier("a schema"))
        case .columns:
            advance()
            if !accept(.in) { try expect(.from, " after SHOW COLUMNS") }
            return .showColumns(try objectName("a table"))
        case .create:
            advance()
            if accept(.view) { return .showCreateView(try objectName("a view")) }
            guard accept(.table) else {
                throw unexpected("TABLE or VIEW after SHOW CREATE", near: [.table, .view])
            }
            return .showCreateTable(try objectName("a table"))
        case .views:
            advance()
            return .showViews
        case .endpoints:
            advance()
            return .showEndpoints
        case .rollups:
            advance()
            guard accept(.from) || accept(.in) else { return .showRollups(table: nil) }
            return .showRollups(table: try objectName("a table"))
        default:
            throw unexpected(
                "TABLES, COLUMNS, ROLLUPS, VIEWS, ENDPOINTS or CREATE TABLE after SHOW",
                near: [.tables, .columns, .rollups, .views, .endpoints, .create])
        }
    }
}
