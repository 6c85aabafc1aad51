extension SyntaxPrinter {
    /// The text of a script: its settings and its statement.
    static func text(of script: Syntax.Script) -> String {
        let settings = script.settings.map { "SET \(setting($0)); " }
        return settings.joined() + text(of: script.statement)
    }

    /// The text of a statement.
    static func text(of statement: Syntax.Statement) -> String {
        switch statement {
        case .query(let query): return text(of: query)
        case .explain(let explain):
            return "EXPLAIN \(explain.isAnalyze ? "ANALYZE " : "")\(text(of: explain.query))"
        case .createTable(let table): return text(of: table)
        case .dropTable(let name, let ifExists):
            return "DROP TABLE \(ifExists ? "IF EXISTS " : "")\(objectName(name))"
        case .alterTable(let change):
            return "ALTER TABLE \(objectName(change.name)) "
                + change.actions.map(action).joined(separator: ", ")
        case .insert(let insert):
            let columns = insert.columns.map { " (\(names($0)))" } ?? ""
            return "INSERT INTO \(objectName(insert.table))\(columns) "
                + (insert.query.map(text(of:)) ?? "VALUES " + rows(insert.rows.map(\.values)))
        case .copy(let copy):
            let options = copy.options.map(setting).joined(separator: ", ")
            return "COPY \(objectName(copy.table)) FROM \(quoted(copy.path, "'"))"
                + (options.isEmpty ? "" : " WITH (\(options))")
        case .createEndpoint(let endpoint): return text(of: endpoint)
        case .dropEndpoint(let endpoint, let ifExists):
            return "DROP ENDPOINT \(ifExists ? "IF EXISTS " : "")\(name(endpoint))"
        case .showEndpoints: return "SHOW ENDPOINTS"
        case .createView(let view):
            return "CREATE \(view.isReplacing ? "OR REPLACE " : "")VIEW "
                + "\(view.ifNotExists ? "IF NOT EXISTS " : "")\(objectName(view.name)) AS "
                + text(of: view.query)
        case .dropView(let name, let ifExists):
            return "DROP VIEW \(ifExists ? "IF EXISTS " : "")\(objectName(name))"
        case .showViews: return "SHOW VIEWS"
        case .showCreateView(let view): return "SHOW CREATE VIEW " + objectName(view)
        case .showTables(let schema):
            return "SHOW TABLES" + (schema.map { " FROM " + name($0) } ?? "")
        case .showColumns(let table): return "SHOW COLUMNS FROM " + objectName(table)
        case .showCreateTable(let table): return "SHOW CREATE TABLE " + objectName(table)
        case .createRollup(let rollup): return text(of: rollup)
        case .explainRollup(let rollup): return "EXPLAIN " + text(of: rollup)
        case .dropRollup(let name, let ifExists):
            return "DROP ROLLUP \(ifExists ? "IF EXISTS " : "")\(objectName(name))"
        case .createSource(let source): return text(of: source)
        case .dropSource(let source, let ifExists):
            return "DROP SOURCE \(ifExists ? "IF EXISTS " : "")\(name(source))"
        case .changeSource(let source, let change): return text(of: change, source)
        case .showRollups(let table):
            return "SHOW ROLLUPS" + (table.map { " FROM " + objectName($0) } ?? "")
        }
    }

    private static func text(of endpoint: Syntax.CreateEndpoint) -> String {
        let parameters = endpoint.parameters.map { parameter in
            "\(name(parameter.name)) \(type(parameter.type))"
                + (parameter.defaultValue.map { " DEFAULT " + text(of: $0) } ?? "")
        }
        return "CREATE \(endpoint.isReplacing ? "OR REPLACE " : "")ENDPOINT "
            + "\(endpoint.ifNotExists ? "IF NOT EXISTS " : "")\(name(endpoint.name))"
            + (parameters.isEmpty ? "" : " (\(parameters.joined(separator: ", ")))")
            + " AS " + text(of: endpoint.query)
    }

    private static func text(of rollup: Syntax.CreateRollup) -> String {
        func list(_ expressions: [Syntax.Expression]) -> String {
            expressions.map(text(of:)).joined(separator: ", ")
        }
        let cluster = rollup.clusterBy.isEmpty ? "" : " CLUSTER BY (\(names(rollup.clusterBy)))"
        return "CREATE ROLLUP \(rollup.ifNotExists ? "IF NOT EXISTS " : "")"
            + "\(objectName(rollup.name)) ON \(objectName(rollup.table)) AS "
            + "SELECT \(list(rollup.items)) GROUP BY \(list(rollup.groupBy))" + cluster
    }

    /// The text of a query.
    static func text(of query: Syntax.QueryExpression) -> String {
        var parts: [String] = []
        if !query.with.isEmpty {
            parts.append("WITH " + query.with.map(commonTable).joined(separator: ", "))
        }
        switch query.body {
        case .select(let select): parts.append(text(of: select))
        case .values(let values): parts.append("VALUES " + rows(values))
        case .combined(let operation):
            let all = operation.isAll ? " ALL" : ""
            parts.append(
                "(\(text(of: operation.left))) \(operation.kind.rawValue)\(all) "
                    + "(\(text(of: operation.right)))")
        }
        if !query.orderBy.isEmpty { parts.append(orderBy(query.orderBy)) }
        if let limit = query.limit { parts.append("LIMIT " + text(of: limit)) }
        if let offset = query.offset { parts.append("OFFSET " + text(of: offset)) }
        return parts.joined(separator: " ")
    }

    private static func text(of select: Syntax.Select) -> String {
        var parts = [select.isDistinct ? "SELECT DISTINCT" : "SELECT"]
        if !select.distinctOn.isEmpty { parts.append("ON (\(list(select.distinctOn)))") }
        parts.append(select.items.map(item).joined(separator: ", "))
        if let from = select.from { parts.append("FROM " + reference(from)) }
        if let filter = select.filter { parts.append("WHERE " + text(of: filter)) }
        if select.groupsByAll { parts.append("GROUP BY ALL") }
        if !select.groupBy.isEmpty {
            parts.append("GROUP BY " + select.groupBy.map(groupItem).joined(separator: ", "))
        }
        if let having = select.having { parts.append("HAVING " + text(of: having)) }
        if !select.windows.isEmpty {
            let windows = select.windows.map { name($0.name) + " AS " + window($0.window) }
            parts.append("WINDOW " + windows.joined(separator: ", "))
        }
        if let qualify = select.qualify { parts.append("QUALIFY " + text(of: qualify)) }
        return parts.joined(separator: " ")
    }

    private static func item(_ item: Syntax.SelectItem) -> String {
        switch item {
        case .star(let qualifier, let except, let replace, _):
            let others = replace.map { "\(text(of: $0.value)) AS \(name($0.column))" }
            return (qualifier.map(name) + ["*"]).joined(separator: ".")
                + (except.isEmpty ? "" : " EXCEPT (\(names(except)))")
                + (others.isEmpty ? "" : " REPLACE (\(others.joined(separator: ", ")))")
        case .expression(let value, let alias): return text(of: value) + aliased(alias)
        }
    }

    private static func commonTable(_ table: Syntax.CommonTable) -> String {
        "\(name(table.name))\(columns(table.columns)) AS (\(text(of: table.query)))"
    }

    private static func reference(_ reference: Syntax.TableReference) -> String {
        switch reference {
        case .table(let table, let alias): return objectName(table) + aliased(alias)
        case .derived(let query, let alias): return "(\(text(of: query)))" + aliased(alias)
        case .unnest(let array, let alias): return "UNNEST(\(text(of: array)))" + aliased(alias)
        case .join(let join):
            var right = SyntaxPrinter.reference(join.right)
            if case .join = join.right { right = "(\(right))" }
            let natural = join.constraint == .natural ? "NATURAL " : ""
            var result =
                "\(SyntaxPrinter.reference(join.left)) \(natural)\(join.kind.rawValue) \(right)"
            switch join.constraint {
            case .none, .natural: break
            case .on(let condition): result += " ON \(text(of: condition))"
            case .using(let columns): result += " USING (\(names(columns)))"
            }
            return result
        }
    }

    private static func aliased(_ alias: Syntax.TableAlias?) -> String {
        alias.map { " AS " + name($0.name) + columns($0.columns) } ?? ""
    }

    private static func columns(_ columns: [Syntax.Identifier]) -> String {
        columns.isEmpty ? "" : " (\(names(columns)))"
    }

    private static func aliased(_ alias: Syntax.Identifier?) -> String {
        alias.map { " AS " + name($0) } ?? ""
    }

    private static func groupItem(_ item: Syntax.GroupItem) -> String {
        func sets(_ sets: [[Syntax.Expression]]) -> String {
            sets.map { $0.count == 1 ? text(of: $0[0]) : "(\(list($0)))" }.joined(separator: ", ")
        }
        switch item {
        case .expression(let expression): return text(of: expression)
        case .rollup(let elements, _): return "ROLLUP (\(sets(elements)))"
        case .cube(let elements, _): return "CUBE (\(sets(elements)))"
        case .sets(let elements, _):
            let texts = elements.map { set in
                let items = set.map(groupItem).joined(separator: ", ")
                // A ROLLUP or CUBE stands alone, without parentheses of a set.
                if set.count == 1, set[0].isNested { return items }
                return "(\(items))"
            }
            return "GROUPING SETS (\(texts.joined(separator: ", ")))"
        }
    }

    /// `ORDER BY ...`.
    static func orderBy(_ items: [Syntax.OrderItem]) -> String {
        "ORDER BY " + items.map(orderItem).joined(separator: ", ")
    }

    /// `(...)` of OVER or WINDOW.
    static func window(_ window: Syntax.Window) -> String {
        var parts = window.base.map { [name($0)] } ?? []
        if !window.partitionBy.isEmpty { parts.append("PARTITION BY " + list(window.partitionBy)) }
        if !window.orderBy.isEmpty { parts.append(orderBy(window.orderBy)) }
        if let frame = window.frame {
            parts.append(
                "\(frame.unit.rawValue) BETWEEN \(bound(frame.start)) AND \(bound(frame.end))")
        }
        return "(\(parts.joined(separator: " ")))"
    }

    private static func bound(_ bound: Syntax.Frame.Bound) -> String {
        switch bound {
        case .unboundedPreceding: "UNBOUNDED PRECEDING"
        case .preceding(let count): text(of: count) + " PRECEDING"
        case .currentRow: "CURRENT ROW"
        case .following(let count): text(of: count) + " FOLLOWING"
        case .unboundedFollowing: "UNBOUNDED FOLLOWING"
        }
    }

    private static func orderItem(_ item: Syntax.OrderItem) -> String {
        let nulls = item.nullsFirst.map { $0 ? " NULLS FIRST" : " NULLS LAST" } ?? ""
        return text(of: item.expression) + (item.isDescending ? " DESC" : "") + nulls
    }

    private static func rows(_ rows: [[Syntax.Expression]]) -> String {
        rows.map { "(" + $0.map(text(of:)).joined(separator: ", ") + ")" }.joined(separator: ", ")
    }

    static func objectName(_ object: Syntax.ObjectName) -> String {
        (object.schema.map { name($0) + "." } ?? "") + name(object.name)
    }

    static func names(_ identifiers: [Syntax.Identifier]) -> String {
        identifiers.map(name).joined(separator: ", ")
    }

    static func setting(_ setting: Syntax.Setting) -> String {
        "\(name(setting.key)) = \(literal(setting.value))"
    }

    private static func text(of table: Syntax.CreateTable) -> String {
        var elements = table.columns.map(text(of:))
        if let unique = table.unique { elements.append("UNIQUE (\(names(unique)))") }
        if let key = table.primaryKey {
            let version = key.version.map { " VERSION BY " + name($0) } ?? ""
            elements.append("PRIMARY KEY (\(names(key.columns)))" + version)
        }
        var result = "CREATE TABLE \(table.ifNotExists ? "IF NOT EXISTS " : "")"
        result += objectName(table.name)
        if table.query == nil { result += " (\(elements.joined(separator: ", ")))" }
        if let column = table.timestamp { result += " TIMESTAMP (\(name(column)))" }
        if let partition = table.partition { result += " PARTITION BY \(partition.unit.rawValue)" }
        if !table.clusterBy.isEmpty { result += " CLUSTER BY (\(names(table.clusterBy)))" }
        if !table.lookup.isEmpty { result += " LOOKUP (\(names(table.lookup)))" }
        for lookup in table.sparseLookups { result += " " + text(of: lookup) }
        if let live = table.timeToLive { result += " TTL " + text(of: live) }
        if !table.options.isEmpty {
            result += " WITH (\(table.options.map(setting).joined(separator: ", ")))"
        }
        if let query = table.query { result += " AS " + text(of: query) }
        return result
    }

    /// A look-up of one value.
    static func text(of lookup: Syntax.SparseLookup) -> String {
        "LOOKUP (\(name(lookup.column))) WHERE \(name(lookup.compared)) = "
            + quoted(lookup.value, "'")
    }

    /// What stands behind TTL.
    static func text(of live: Syntax.TimeToLive) -> String {
        let time = "\(live.count) \(live.unit.rawValue)S"
        guard let column = live.column else { return time }
        return "(\(name(column)))" + (live.count == 0 ? "" : " + " + time)
    }
}
