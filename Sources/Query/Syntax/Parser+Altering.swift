/// ALTER TABLE.
extension Parser {
    mutating func alter() throws(QueryError) -> Syntax.Statement {
        advance()
        guard accept(.table) else {
            throw unexpected(
                "TABLE after ALTER", near: [.table],
                hint: "rollups are dropped and created again")
        }
        let name = try objectName("the name of the table")
        let actions = try list("actions") { (parser) throws(QueryError) in
            try parser.alterAction()
        }
        return .alterTable(Syntax.AlterTable(name: name, actions: actions))
    }

    private mutating func alterAction() throws(QueryError) -> Syntax.AlterAction {
        switch current.keyword {
        case .add:
            advance()
            return try added()
        case .drop:
            advance()
            return try dropped()
        case .rename:
            advance()
            return try renamed()
        case .alter:
            advance()
            return try alteredColumn()
        case .cluster:
            advance()
            try expect(.by, " after CLUSTER")
            return .clusterBy(try names("columns", "a column"))
        case .set:
            advance()
            if accept(.ttl) { return .setTimeToLive(try timeToLive()) }
            return .setOptions(try options())
        default:
            throw unexpected(
                "ADD, DROP, RENAME, ALTER, SET or CLUSTER BY",
                near: [.add, .drop, .rename, .alter, .set, .cluster],
                hint: "for example: ALTER TABLE t ADD COLUMN c BIGINT")
        }
    }

    private mutating func added() throws(QueryError) -> Syntax.AlterAction {
        if isAt(.lookup), following.kind == .symbol(.leftParenthesis) {
            advance()
            let columns = try names("columns", "a column")
            return try sparseLookup(columns).map { .addSparseLookup($0) } ?? .addLookup(columns)
        }
        if isAt(.unique) || isAt(.primary) {
            throw unsupported(
                "a key cannot be added: rows that are there were taken without it",
                hint: "make a new table with the key")
        }
        acceptColumn()
        let ifNotExists = try acceptIfNotExists()
        return .addColumn(try columnDefinition(), ifNotExists: ifNotExists)
    }

    private mutating func dropped() throws(QueryError) -> Syntax.AlterAction {
        if isAt(.lookup), following.kind == .symbol(.leftParenthesis) {
            advance()
            return .dropLookup(try names("columns", "a column"))
        }
        if isAt(.cluster), following.keyword == .by {
            advance()
            advance()
            return .clusterBy([])
        }
        if isAt(.ttl) {
            advance()
            return .setTimeToLive(nil)
        }
        acceptColumn()
        let ifExists = acceptIfExists()
        return .dropColumn(try identifier("a column"), ifExists: ifExists)
    }

    private mutating func renamed() throws(QueryError) -> Syntax.AlterAction {
        if accept(.to) { return .renameTable(try identifier("the new name of the table")) }
        acceptColumn()
        let column = try identifier("a column, or TO")
        try expect(.to, " after the column")
        return .renameColumn(column, to: try identifier("the new name of the column"))
    }

    private mutating func alteredColumn() throws(QueryError) -> Syntax.AlterAction {
        acceptColumn()
        let column = try identifier("a column")
        switch current.keyword {
        case .type:
            advance()
            return .setType(column, try typeName())
        case .drop where following.keyword == .default:
            advance()
            advance()
            return .setDefault(column, nil)
        case .set where following.keyword == .default:
            advance()
            advance()
            let value = try expression()
            guard case .literal = value.kind else {
                throw QueryError(.syntax, "a DEFAULT must be a literal", at: value.range)
            }
            return .setDefault(column, value)
        case .set where following.keyword == .data:
            advance()
            advance()
            try expect(.type, " after SET DATA")
            return .setType(column, try typeName())
        case .set where following.keyword == .not, .drop where following.keyword == .not:
            throw unsupported("whether a column takes NULL is settled when it is made")
        default:
            throw unexpected(
                "SET DATA TYPE, TYPE, SET DEFAULT or DROP DEFAULT", near: [.set, .type, .drop],
                hint: "for example: ALTER COLUMN c SET DATA TYPE DECIMAL(38,2)")
        }
    }

    /// The word COLUMN, unless it is the column's name.
    private mutating func acceptColumn() {
        guard isAt(.column), following.kind != .end, following.keyword != .to,
            following.kind != .symbol(.comma), following.kind != .symbol(.semicolon)
        else { return }
        advance()
    }
}
