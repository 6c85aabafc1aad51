import Segments

/// FROM and WITH: what they read, and how names address it.
extension Binder {
    /// The rows of FROM and the names of their columns.
    typealias Source = (plan: LogicalPlan, scope: Scope)

    /// This binder with the tables of WITH.
    func with(_ tables: [Syntax.CommonTable]) throws(QueryError) -> Binder {
        var binder = self
        var names: Set<String> = []
        for table in tables {
            guard names.insert(table.name.name.lowercased()).inserted else {
                throw QueryError(
                    .ambiguous, "WITH names \(table.name.name) twice", at: table.name.range,
                    hint: "give one of them another name")
            }
            var inner = binder
            inner.outer = nil
            var query = try inner.query(table.query)
            for (index, name) in try columnNames(table.columns, query.fields).enumerated() {
                query.fields[index].name = name
            }
            try checkSize(query.plan, at: table.name.range)
            binder.commonTables.append(CommonTable(name: table.name.name, query: query))
        }
        return binder
    }

    /// Refuses a plan that names in WITH have made too large.
    func checkSize(_ plan: LogicalPlan, at range: SourceRange) throws(QueryError) {
        guard plan.nodeCount(upTo: SQLLimits.planNodeCount) <= SQLLimits.planNodeCount else {
            throw QueryError(
                .limit, "the plan has more than \(SQLLimits.planNodeCount) steps", at: range,
                hint: "a name of WITH is computed wherever it stands: use it less often")
        }
    }

    /// What FROM gives.
    func from(_ reference: Syntax.TableReference?) throws(QueryError) -> Source {
        guard let reference else { return (.values(rows: [[]], types: []), .empty) }
        let source: Source
        if outer != nil, case .derived(let query, let alias) = reference {
            source = try correlated(query, alias)
        } else {
            source = try item(reference, beside: .empty, nil)
        }
        if !commonTables.isEmpty { try checkSize(source.plan, at: SourceRange(0, 0)) }
        return source
    }

    /// One item; UNNEST reads the columns of `left`, on which it is stacked.
    func item(
        _ reference: Syntax.TableReference, beside scope: Scope, _ left: LogicalPlan?
    ) throws(QueryError) -> Source {
        switch reference {
        case .table(let name, let alias): return try named(name, alias)
        case .derived(let query, let alias):
            var binder = self
            binder.outer = nil
            return try derived(try binder.query(query), alias)
        case .unnest(let array, let alias):
            let input = left ?? .values(rows: [[]], types: [])
            return try unnest(array, alias, over: (input, scope), keepsEmpty: false)
        case .join(let join): return try self.join(join)
        }
    }

    private func named(
        _ name: Syntax.ObjectName, _ alias: Syntax.TableAlias?
    ) throws(QueryError) -> Source {
        if name.schema == nil, let table = commonTable(name.name.name) {
            let own = Syntax.TableAlias(name: name.name)
            return try derived(table.query, alias ?? own)
        }
        if let view = view(name) { return try read(view, as: alias, at: name.range) }
        var source: Source
        switch try table(name) {
        case .stored(let schema):
            let stored = schema.stored
            let scan = TableScan(table: stored, columns: Array(stored.columns.indices))
            source = (.scan(scan), Scope(table: stored, alias: alias))
        case .system(let table):
            let item = Scope.Source(
                name: alias?.name.name ?? table.name,
                schemas: alias == nil ? [table.schema.lowercased()] : [])
            let plan = LogicalPlan.values(rows: table.rows(), types: table.columns.map(\.type))
            source = (plan, Scope(fields: table.columns, source: item))
        }
        let fields = source.scope.columns.filter { !$0.isSystem }
            .map { ResultField(name: $0.name, type: $0.type) }
        source.scope.rename(try columnNames(alias?.columns ?? [], fields))
        return source
    }

    private func commonTable(_ name: String) -> CommonTable? {
        commonTables.last { $0.name == name }
            ?? commonTables.last { $0.name.lowercased() == name.lowercased() }
    }

    func derived(
        _ query: BoundQuery, _ alias: Syntax.TableAlias?
    ) throws(QueryError) -> Source {
        let item = alias.map { Scope.Source(name: $0.name.name, schemas: []) }
        var scope = Scope(fields: query.fields, source: item)
        scope.rename(try columnNames(alias?.columns ?? [], query.fields))
        return (query.plan, scope)
    }

    /// New names of the first columns.
    func columnNames(
        _ names: [Syntax.Identifier], _ fields: [ResultField]
    ) throws(QueryError) -> [String] {
        guard names.count <= fields.count else {
            throw QueryError(
                .invalidArgument,
                "\(names.count) names are given to \(fields.count) columns",
                at: names[fields.count].range, hint: "leave the last ones out")
        }
        return names.map(\.name)
    }

    // MARK: UNNEST

    /// One row per element of an array of `input`; the element is the last column.
    func unnest(
        _ array: Syntax.Expression, _ alias: Syntax.TableAlias?, over input: Source,
        keepsEmpty: Bool
    ) throws(QueryError) -> Source {
        var binder = ExpressionBinder(options: options, scope: input.scope)
        binder.clause = .from
        let bound = try binder.bind(array)
        let element = try ExpressionBinder.element(of: bound, at: array.range)
        let field = ResultField(name: alias?.name.name ?? "EXPR$0", type: element)
        let item = alias.map { Scope.Source(name: $0.name.name, schemas: []) }
        var scope = Scope(fields: [field], source: item)
        scope.rename(try columnNames(alias?.columns ?? [], [field]))
        let plan = LogicalPlan.unnest(bound, keepsEmpty: keepsEmpty, input.plan)
        return (plan, input.scope.joined(with: scope))
    }
}
