/// The words the grammar knows; the raw value is their canonical spelling.
///
/// Most of them are still free as names. Those in `isReserved` need double quotes to name a column
/// or a table, because a statement would read two ways otherwise.
enum Keyword: String, CaseIterable, Sendable {
    // Queries.
    case select = "SELECT", distinct = "DISTINCT", all = "ALL", from = "FROM", `where` = "WHERE"
    case group = "GROUP", by = "BY", having = "HAVING", order = "ORDER", asc = "ASC"
    case desc = "DESC", nulls = "NULLS", first = "FIRST", last = "LAST", limit = "LIMIT"
    case offset = "OFFSET", fetch = "FETCH", next = "NEXT", row = "ROW", rows = "ROWS"
    case only = "ONLY", values = "VALUES", `as` = "AS", union = "UNION", intersect = "INTERSECT"
    case except = "EXCEPT", with = "WITH", join = "JOIN", inner = "INNER", left = "LEFT"
    case right = "RIGHT", full = "FULL", cross = "CROSS", natural = "NATURAL", on = "ON"
    case using = "USING", window = "WINDOW", qualify = "QUALIFY", over = "OVER"
    case within = "WITHIN"
    case filter = "FILTER", explain = "EXPLAIN", analyze = "ANALYZE", plan = "PLAN", `for` = "FOR"
    case set = "SET", outer = "OUTER", recursive = "RECURSIVE", lateral = "LATERAL"
    case cube = "CUBE", grouping = "GROUPING", sets = "SETS", range = "RANGE"
    case groups = "GROUPS", unbounded = "UNBOUNDED", preceding = "PRECEDING"
    case following = "FOLLOWING", current = "CURRENT", ignore = "IGNORE", respect = "RESPECT"
    case exclude = "EXCLUDE"
    case unnest = "UNNEST", ordinality = "ORDINALITY", materialized = "MATERIALIZED"

    // Expressions.
    case and = "AND", or = "OR", not = "NOT", `is` = "IS", null = "NULL", `true` = "TRUE"
    case `false` = "FALSE", unknown = "UNKNOWN", `in` = "IN", between = "BETWEEN", like = "LIKE"
    case ilike = "ILIKE", escape = "ESCAPE", `case` = "CASE", when = "WHEN", then = "THEN"
    case `else` = "ELSE", end = "END", cast = "CAST", tryCast = "TRY_CAST", exists = "EXISTS"
    case extract = "EXTRACT", floor = "FLOOR", ceil = "CEIL", ceiling = "CEILING", to = "TO"
    case trim = "TRIM", both = "BOTH", leading = "LEADING", trailing = "TRAILING"
    case substring = "SUBSTRING", position = "POSITION", timestampAdd = "TIMESTAMPADD"
    case timestampDiff = "TIMESTAMPDIFF", currentTimestamp = "CURRENT_TIMESTAMP"
    case currentDate = "CURRENT_DATE", localTimestamp = "LOCALTIMESTAMP", interval = "INTERVAL",
        at = "AT"

    // Types and tables.
    case timestamp = "TIMESTAMP", date = "DATE", array = "ARRAY", create = "CREATE"
    case table = "TABLE", drop = "DROP", `if` = "IF", insert = "INSERT", into = "INTO"
    case show = "SHOW", tables = "TABLES", columns = "COLUMNS", describe = "DESCRIBE"
    case `default` = "DEFAULT", unique = "UNIQUE", primary = "PRIMARY", key = "KEY"
    case version = "VERSION", partition = "PARTITION", cluster = "CLUSTER", lookup = "LOOKUP"
    case ttl = "TTL", rollup = "ROLLUP", rollups = "ROLLUPS", add = "ADD", rename = "RENAME"
    case column = "COLUMN", data = "DATA", type = "TYPE", views = "VIEWS", endpoints = "ENDPOINTS"

    // Statements and clauses that exist elsewhere and get an answer of their own.
    case update = "UPDATE", delete = "DELETE", alter = "ALTER", merge = "MERGE"
    case truncate = "TRUNCATE", replace = "REPLACE", source = "SOURCE", pause = "PAUSE"
    case resume = "RESUME", reset = "RESET"
    case endpoint = "ENDPOINT", view = "VIEW", index = "INDEX", begin = "BEGIN"
    case commit = "COMMIT", rollback = "ROLLBACK", copy = "COPY", use = "USE"

    /// The keyword spelled by `upperCased`, if it is one.
    init?(upperCased: String) {
        guard let keyword = Keyword.bySpelling[upperCased] else { return nil }
        self = keyword
    }

    /// Whether the word needs quotes to be a name.
    var isReserved: Bool { Keyword.reserved.contains(self) }

    /// The longest spelling, in bytes: longer words are no keywords.
    static let maximumByteCount = 17

    private static let bySpelling: [String: Keyword] = Dictionary(
        uniqueKeysWithValues: allCases.map { ($0.rawValue, $0) })

    private static let reserved: Set<Keyword> = [
        .select, .distinct, .all, .from, .where, .group, .by, .having, .order, .asc, .desc, .limit,
        .offset, .fetch, .values, .as, .union, .intersect, .except, .with, .join, .inner, .left,
        .right, .full, .cross, .natural, .on, .using, .window, .qualify, .for, .and, .or, .not, .is,
        .null, .true, .false, .in, .between, .like, .ilike, .escape, .case, .when, .then, .else,
        .end, .cast, .exists, .to, .currentTimestamp, .currentDate, .localTimestamp, .create,
        .table, .into,
        .primary,
        .unique,
    ]
}
