import Segments

/// A statement whose text has been read, before its names are looked up.
///
/// ```
/// let statement = try ParsedStatement(parsing: "SELECT 1")
/// let bound = try statement.bound(to: catalog, options: BindOptions(now: now))
/// ```
public struct ParsedStatement: Sendable {
    /// The text that ranges of errors refer to.
    public let sql: String
    /// `SET key = literal;` before the statement, in order; the caller knows the keys.
    public let settings: [StatementSetting]
    let script: Syntax.Script

    /// Reads a text.
    ///
    /// - Throws: `sql_syntax`, `unsupported_sql` or `query_limit`, with the place.
    /// - Complexity: O(bytes).
    public init(parsing sql: String) throws(QueryError) {
        self.sql = sql
        script = try Parser.parse(sql)
        var settings: [StatementSetting] = []
        for setting in script.settings {
            let value = try Binder.constant(setting.value, at: setting.valueRange)
            settings.append(
                StatementSetting(
                    key: setting.key.name, value: value.value, range: setting.key.range))
        }
        self.settings = settings
    }

    /// How many values `?` and `$n` ask for.
    public var positionalParameterCount: Int {
        script.parameters.reduce(0) { count, parameter in
            if case .index(let index) = parameter.key { max(count, index + 1) } else { count }
        }
    }

    /// Looks names up, settles types and builds the plan.
    ///
    /// - Throws: any code that concerns the text, with its place and perhaps a hint.
    /// - Complexity: O(nodes × columns).
    public func bound(
        to catalog: CatalogView, options: BindOptions
    ) throws(QueryError) -> BoundStatement {
        let (given, wanted) = (options.parameters.count, positionalParameterCount)
        guard given <= wanted else {
            throw QueryError(
                .parameter, "\(given) parameters were given, the statement has \(wanted)",
                hint: "parameters are written ?, or $1 for the first")
        }
        return try Binder(catalog: catalog, options: options).bind(script.statement)
    }
}

/// One `SET key = literal`.
public struct StatementSetting: Hashable, Sendable {
    /// The key as written.
    public let key: String
    /// Its value.
    public let value: Value
    /// Where the key stands, for errors.
    public let range: SourceRange
}
