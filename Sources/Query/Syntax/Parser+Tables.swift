extension Parser {
    /// CREATE TABLE; the other things one can create get an answer of their own.
    mutating func create() throws(QueryError) -> Syntax.Statement {
        advance()
        switch current.keyword {
        case .table: break
        case .rollup: return .createRollup(try createRollup())
        case .view: return .createView(try createView(isReplacing: false))
        case .source: return .createSource(try createSource())
        case .endpoint: return .createEndpoint(try createEndpoint(isReplacing: false))
        case .index, .unique:
            throw unsupported(
                "there is no CREATE INDEX: columns are indexed where their data make it pay",
                hint: "declare ids for look-ups with LOOKUP (columns) in CREATE TABLE")
        case .or: return try createOrReplace()
        default:
            throw unexpected(
                "TABLE, ROLLUP, VIEW, SOURCE or ENDPOINT after CREATE",
                near: [.table, .rollup, .view, .source, .endpoint])
        }
        advance()
        let ifNotExists = try acceptIfNotExists()
        let name = try objectName("the name of the table")
        var table = Syntax.CreateTable(name: name, ifNotExists: ifNotExists, columns: [])
        let hasColumns = !isAt(.as) && !isAtTableClause
        if hasColumns {
            try expect(.leftParenthesis, " before the columns")
            _ = try list("columns and keys") { (parser) throws(QueryError) in
                try parser.tableElement(of: &table)
            }
            try expect(.rightParenthesis, " after the columns")
        }
        while try tableClause(of: &table) {}
        if hasColumns, isAt(.as) {
            throw unsupported(
                "CREATE TABLE ... AS takes its columns from the query",
                hint:
                    "leave the columns out; for keys, create the table, then INSERT INTO ... SELECT"
            )
        }
        if !hasColumns {
            try expect(.as, " and a query, or columns")
            table.query = try queryExpression()
        }
        return .createTable(table)
    }

    mutating func drop() throws(QueryError) -> Syntax.Statement {
        advance()
        switch current.keyword {
        case .table, .rollup, .view, .endpoint: break
        case .source:
            advance()
            let ifExists = acceptIfExists()
            return .dropSource(try identifier("the name of the source"), ifExists: ifExists)
        default:
            throw unexpected(
                "TABLE, ROLLUP, VIEW, SOURCE or ENDPOINT after DROP",
                near: [.table, .rollup, .view, .source, .endpoint])
        }
        let kind = advance().keyword
        let ifExists = acceptIfExists()
        switch kind {
        case .rollup:
            return .dropRollup(try objectName("the name of the rollup"), ifExists: ifExists)
        case .endpoint:
            return .dropEndpoint(try identifier("the name of the endpoint"), ifExists: ifExists)
        case .view: return .dropView(try objectName("the name of the view"), ifExists: ifExists)
        default: return .dropTable(try objectName("the name of the table"), ifExists: ifExists)
        }
    }

    mutating func acceptIfExists() -> Bool {
        guard isAt(.if), following.keyword == .exists else { return false }
        advance()
        advance()
        return true
    }

    mutating func acceptIfNotExists() throws(QueryError) -> Bool {
        guard isAt(.if), following.keyword == .not else { return false }
        advance()
        advance()
        try expect(.exists, " after IF NOT")
        return true
    }

    mutating func insert() throws(QueryError) -> Syntax.Statement {
        advance()
        try expect(.into, " after INSERT")
        let table = try objectName("a table")
        var columns: [Syntax.Identifier]?
        if isAt(.leftParenthesis),
            ![.select, .with, .values].contains(following.keyword),
            following.kind != .symbol(.leftParenthesis)
        {
            columns = try names("columns", "a column")
        }
        let begins: (Token) -> Bool = { [.select, .with, .values].contains($0.keyword) }
        if isAt(.select) || isAt(.with)
            || isAt(.leftParenthesis)
                && (begins(following) || following.kind == .symbol(.leftParenthesis))
        {
            let query = try queryExpression()
            return .insert(Syntax.Insert(table: table, columns: columns, query: query))
        }
        guard accept(.values) else {
            throw unexpected("VALUES or a query", near: [.values, .select, .with])
        }
        let rows = try list(limit: Int.max, "rows") { (parser) throws(QueryError) in
            try parser.valuesRow()
        }
        return .insert(Syntax.Insert(table: table, columns: columns, rows: rows))
    }
}

// MARK: - COPY

extension Parser {
    /// `COPY table FROM 'path' [WITH (options)]`.
    mutating func copy() throws(QueryError) -> Syntax.Statement {
        advance()
        let table = try objectName("a table")
        if isAt(.to) {
            throw unsupported(
                "COPY ... TO is not supported",
                hint: "daybook sql --format csv -c 'SELECT ...' > FILE")
        }
        try expect(.from, " after the table")
        guard current.kind == .string else {
            throw unexpected("the path of a file", hint: "paths take single quotes: 'FILE'")
        }
        var copy = Syntax.Copy(table: table, path: unquoted(advance()))
        if accept(.with) { copy.options = try options() }
        return .copy(copy)
    }
}

// MARK: - Columns and keys

extension Parser {
    /// `(name, ...)`.
    mutating func names(
        _ many: String, _ one: String
    ) throws(QueryError) -> [Syntax.Identifier] {
        try expect(.leftParenthesis, " before the \(many)")
        let names = try list(many) { (parser) throws(QueryError) in try parser.identifier(one) }
        try expect(.rightParenthesis, " after the \(many)")
        return names
    }

    /// A column, UNIQUE (...) or PRIMARY KEY (...).
    private mutating func tableElement(of table: inout Syntax.CreateTable) throws(QueryError) {
        let start = current.range
        if isAt(.rightParenthesis), !table.columns.isEmpty {
            throw unexpected("a column or a key", hint: "remove the comma before \")\"")
        }
        if accept(.unique) {
            guard table.unique == nil else { throw repeated("UNIQUE", at: start) }
            table.unique = try names("columns", "a column")
        } else if accept(.primary) {
            guard table.primaryKey == nil else { throw repeated("PRIMARY KEY", at: start) }
            try expect(.key, " after PRIMARY")
            let columns = try names("columns", "a column")
            var key = Syntax.PrimaryKey(columns: columns, range: start)
            if accept(.version) {
                try expect(.by, " after VERSION")
                key.version = try identifier("a column")
            }
            key.range = range(from: start.lowerBound)
            table.primaryKey = key
        } else {
            table.columns.append(try columnDefinition())
        }
    }

    mutating func columnDefinition() throws(QueryError) -> Syntax.ColumnDefinition {
        let name = try identifier("a column, UNIQUE or PRIMARY KEY", near: [.unique, .primary])
        let type = try typeName()
        var column = Syntax.ColumnDefinition(name: name, type: type, isNotNull: false)
        while true {
            let start = current.range
            switch current.keyword {
            case .not:
                advance()
                try expect(.null, " after NOT")
                column.isNotNull = true
            case .null:
                advance()
            case .default:
                advance()
                guard column.defaultValue == nil else { throw repeated("DEFAULT", at: start) }
                let value = try expression()
                guard case .literal = value.kind else {
                    throw QueryError(.syntax, "a DEFAULT must be a literal", at: value.range)
                }
                column.defaultValue = value
            case .primary, .unique:
                let what = isAt(.unique) ? "UNIQUE" : "PRIMARY KEY"
                throw QueryError(
                    .syntax, "\(what) is declared after the columns", at: start,
                    hint: "add a line: \(what) (\(name.name))")
            default:
                return column
            }
        }
    }
}

// MARK: - Clauses after the columns

extension Parser {
    private var isAtTableClause: Bool {
        switch current.keyword {
        case .timestamp, .partition, .cluster, .lookup, .ttl, .with: true
        default: false
        }
    }

    /// Reads one clause; false if none follows.
    private mutating func tableClause(of table: inout Syntax.CreateTable) throws(QueryError) -> Bool
    {
        let start = current.range
        switch current.keyword {
        case .timestamp:
            advance()
            guard table.timestamp == nil else { throw repeated("TIMESTAMP", at: start) }
            try expect(.leftParenthesis, " before the time column")
            table.timestamp = try identifier("a column")
            try expect(.rightParenthesis, " after the time column")
        case .partition:
            advance()
            guard table.partition == nil else { throw repeated("PARTITION BY", at: start) }
            try expect(.by, " after PARTITION")
            table.partition = try partition()
        case .cluster:
            advance()
            guard table.clusterBy.isEmpty else { throw repeated("CLUSTER BY", at: start) }
            try expect(.by, " after CLUSTER")
            table.clusterBy = try names("columns", "a column")
        case .lookup:
            advance()
            let columns = try names("columns", "a column")
            if let sparse = try sparseLookup(columns) {
                table.sparseLookups.append(sparse)
                break
            }
            guard table.lookup.isEmpty else { throw repeated("LOOKUP", at: start) }
            table.lookup = columns
        case .ttl:
            advance()
            guard table.timeToLive == nil else { throw repeated("TTL", at: start) }
            table.timeToLive = try timeToLive()
        case .with:
            advance()
            guard table.options.isEmpty else { throw repeated("WITH", at: start) }
            table.options = try options()
        case .rollup:
            throw unsupported("ROLLUP ONLY is not supported yet")
        default:
            guard current.kind != .end, !isAt(.semicolon), !isAt(.as) else { return false }
            throw unexpected(
                "TIMESTAMP, PARTITION BY, CLUSTER BY, LOOKUP, TTL or WITH",
                near: [.timestamp, .partition, .cluster, .lookup, .ttl, .with])
        }
        return true
    }

    /// `(key = literal, ...)`.
    mutating func options() throws(QueryError) -> [Syntax.Setting] {
        try expect(.leftParenthesis, " before the options")
        let options = try list("options") { (parser) throws(QueryError) in
            try parser.setting("the name of an option")
        }
        try expect(.rightParenthesis, " after the options")
        return options
    }

    private mutating func partition() throws(QueryError) -> Syntax.Partition {
        let range = current.range
        let unit = try timeUnit()
        guard [.hour, .day, .week, .month, .year].contains(unit) else {
            throw QueryError(
                .syntax, "tables are not partitioned by \(unit.rawValue)", at: range,
                hint: "use HOUR, DAY, WEEK, MONTH or YEAR")
        }
        return Syntax.Partition(unit: unit, range: range)
    }

    /// `WHERE column = 'value'` behind the columns of a look-up, if it follows.
    mutating func sparseLookup(
        _ columns: [Syntax.Identifier]
    ) throws(QueryError) -> Syntax.SparseLookup? {
        let start = current.range
        guard accept(.where) else { return nil }
        guard columns.count == 1 else {
            throw QueryError(
                .syntax, "a look-up of one value has one column", at: start,
                hint: "for example: LOOKUP (status) WHERE status = 'PENDING'")
        }
        let compared = try identifier("a column")
        try expect(.equal, " after the column")
        guard current.kind == .string else {
            throw unexpected(
                "the value as a string",
                hint: "for example: LOOKUP (status) WHERE status = 'PENDING'")
        }
        let value = unquoted(current)
        advance()
        return Syntax.SparseLookup(column: columns[0], compared: compared, value: value)
    }

    /// `n DAYS`, `(column)`, `(column) + n MINUTES`.
    mutating func timeToLive() throws(QueryError) -> Syntax.TimeToLive {
        let start = current.range.lowerBound
        var live = Syntax.TimeToLive(column: nil, count: 0, unit: .second, range: current.range)
        if accept(.leftParenthesis) {
            live.column = try identifier("a column")
            try expect(.rightParenthesis, " after the column")
            guard accept(.plus) else {
                live.range = range(from: start)
                return live
            }
        }
        guard current.kind == .integer, let count = Int64(text(of: current)) else {
            throw unexpected(
                live.column == nil ? "a number or a column after TTL" : "a number after +",
                hint: "for example: TTL 400 DAYS, TTL (expires_at)")
        }
        live.count = count
        advance()
        live.unit = try timeUnit()
        live.range = range(from: start)
        guard [.second, .minute, .hour, .day, .week].contains(live.unit) else {
            throw QueryError(
                .syntax, "a TTL is counted in weeks, days, hours, minutes or seconds",
                at: live.range, hint: "for example: TTL 400 DAYS")
        }
        return live
    }
}
