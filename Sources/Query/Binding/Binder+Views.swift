import Segments

/// Views: queries that are read again wherever their names stand.
extension Binder {
    /// The view called `name`, if a table of the schema it names could be meant.
    func view(_ name: Syntax.ObjectName) -> View? {
        guard !catalog.views.isEmpty,
            name.schema.map({ CatalogView.tableSchemas.contains($0.name.lowercased()) }) ?? true
        else { return nil }
        return find(name.name.name, in: catalog.views, \.name)
    }

    /// A view's query, every place in it that of the name.
    ///
    /// - Throws: at `range`, what is wrong inside of the view: what it reads may be gone.
    func query(of view: View, at range: SourceRange) throws(QueryError) -> BoundQuery {
        guard !viewPath.contains(view.name) else {
            throw QueryError(
                .invalidArgument,
                "view \(view.name) would read itself: "
                    + (viewPath + [view.name]).joined(separator: " reads "), at: range)
        }
        guard viewPath.count < SQLLimits.viewDepth else {
            throw QueryError(
                .limit, "views read one another deeper than \(SQLLimits.viewDepth) levels",
                at: range, hint: "let one of them read the tables")
        }
        var inner = Binder(catalog: catalog, options: options.withoutParameters)
        inner.viewPath = viewPath + [view.name]
        do throws(QueryError) {
            guard case .query(let syntax) = try Parser.parse(view.sql).statement else {
                throw QueryError(.syntax, "it is no query")
            }
            var query = try inner.query(syntax)
            query.plan = try query.plan.placed(at: range)
            try checkSize(query.plan, at: range)
            return query
        } catch {
            throw QueryError(
                error.code, "view \(view.name): \(error.message)", at: range, hint: error.hint)
        }
    }

    /// What FROM gives for a view.
    func read(
        _ view: View, as alias: Syntax.TableAlias?, at range: SourceRange
    ) throws(QueryError) -> Source {
        let query = try query(of: view, at: range)
        let item = Scope.Source(
            name: alias?.name.name ?? view.name,
            schemas: alias == nil ? CatalogView.tableSchemas : [])
        var scope = Scope(fields: query.fields, source: item)
        scope.rename(try columnNames(alias?.columns ?? [], query.fields))
        return (query.plan, scope)
    }

    // MARK: Statements

    /// CREATE VIEW: bound once, so that a view works when it is made.
    func createView(_ statement: Syntax.CreateView) throws(QueryError) -> BoundStatement {
        try checkSchemaName(statement.name)
        let name = statement.name.name.name
        let isTaken =
            catalog.tables.contains { $0.name.lowercased() == name.lowercased() }
            || catalog.rollups.contains { $0.name.lowercased() == name.lowercased() }
        guard !isTaken, !name.hasPrefix(TableSchema.systemPrefix) else {
            throw QueryError(
                .invalidArgument, "the name \(name) is taken", at: statement.name.range)
        }
        // Another spelling of a view's name is that view.
        let view = View(name: self.view(statement.name)?.name ?? name, sql: statement.text)
        do throws(SchemaError) { try view.validate() } catch {
            throw QueryError(.invalidArgument, error.message, at: statement.name.range)
        }
        var inner = self
        inner.viewPath = [view.name]
        let query = try inner.query(statement.query)
        var names: Set<String> = []
        for field in query.fields where !names.insert(field.name).inserted {
            throw QueryError(
                .ambiguous, "the view has two columns \"\(field.name)\"",
                at: statement.query.range, hint: "give one of them another name with AS")
        }
        return .createView(
            view, isReplacing: statement.isReplacing, ifNotExists: statement.ifNotExists)
    }

    /// DROP VIEW.
    func dropView(
        _ name: Syntax.ObjectName, ifExists: Bool
    ) throws(QueryError) -> BoundStatement {
        if let view = view(name) { return .dropView(name: view.name, ifExists: ifExists) }
        guard ifExists else { throw unknownView(name) }
        return .dropView(name: name.name.name, ifExists: true)
    }

    /// SHOW VIEWS: name and statement of each.
    func showViews() -> BoundQuery {
        let views = catalog.views.sorted { $0.name < $1.name }
        return texts(["view_name", "create_view"], views.map { [$0.name, Self.statement($0)] })
    }

    /// SHOW CREATE VIEW: one row with the statement that makes the view.
    func showCreateView(_ name: Syntax.ObjectName) throws(QueryError) -> BoundQuery {
        guard let view = view(name) else { throw unknownView(name) }
        return texts(["view_name", "create_view"], [[view.name, Self.statement(view)]])
    }

    private static func statement(_ view: View) -> String {
        "CREATE VIEW \(SchemaPrinter.name(view.name)) AS\n\(view.sql)"
    }

    private func unknownView(_ name: Syntax.ObjectName) -> QueryError {
        let meant = Spelling.nearest(to: name.name.name, among: catalog.views.map(\.name))
        return QueryError(
            .unknownTable, "there is no view \"\(name.name.name)\"", at: name.range,
            hint: meant.map { "did you mean \($0)?" } ?? "SHOW VIEWS lists them")
    }
}

extension BindOptions {
    /// The same options for a text that has no parameters.
    fileprivate var withoutParameters: BindOptions {
        var options = self
        options.parameters = []
        options.namedParameters = [:]
        return options
    }
}
