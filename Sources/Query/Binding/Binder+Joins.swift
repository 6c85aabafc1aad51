import Segments

/// Joins in FROM: their sides, their conditions, and the names above them.
extension Binder {
    /// Two items of FROM and what their rows have in common.
    func join(_ join: Syntax.Join) throws(QueryError) -> Source {
        let left = try item(join.left, beside: .empty, nil)
        if case .unnest(let array, let alias) = join.right {
            return try joinUnnest(join, array, alias, over: left)
        }
        let right = try item(join.right, beside: .empty, nil)
        try checkNames(left.scope, right.scope, at: join.range)
        let scope = left.scope.joined(with: right.scope)
        switch join.constraint {
        case .none: return (.join(Join(.inner, at: join.range), left.plan, right.plan), scope)
        case .on(let condition):
            var binder = ExpressionBinder(options: options, scope: scope)
            binder.clause = .join
            var made = Join(Join.Kind(join.kind), at: join.range)
            made.condition = try binder.condition(condition)
            return (.join(made, left.plan, right.plan), scope)
        case .using(let names): return try using(names, join, left, right)
        case .natural:
            return try using(commonNames(left.scope, right.scope, join), join, left, right)
        }
    }

    private func checkNames(
        _ left: Scope, _ right: Scope, at range: SourceRange
    ) throws(QueryError) {
        let names = Set(left.sources.map { $0.name.lowercased() })
        for source in right.sources where names.contains(source.name.lowercased()) {
            throw QueryError(
                .ambiguous, "two tables are called \(source.name)", at: range,
                hint: "give one of them an alias: FROM \(source.name) a, \(source.name) b")
        }
    }

    private func commonNames(
        _ left: Scope, _ right: Scope, _ join: Syntax.Join
    ) throws(QueryError) -> [Syntax.Identifier] {
        let others = Set(
            right.columns.filter { !$0.isHidden && !$0.isSystem }.map { $0.name.lowercased() })
        let names = left.columns.filter { column in
            !column.isHidden && !column.isSystem && others.contains(column.name.lowercased())
        }
        guard !names.isEmpty else {
            throw QueryError(
                .invalidArgument, "the sides of NATURAL JOIN have no column in common",
                at: join.range, hint: "write ON condition")
        }
        return names.map {
            Syntax.Identifier(name: $0.name, isQuoted: true, range: join.range)
        }
    }

    /// Equal columns of one name on both sides, which become one.
    private func using(
        _ names: [Syntax.Identifier], _ join: Syntax.Join, _ left: Source, _ right: Source
    ) throws(QueryError) -> Source {
        let width = left.scope.columns.count
        var scope = left.scope.joined(with: right.scope)
        var made = Join(Join.Kind(join.kind), at: join.range)
        var merged: [BoundExpression] = []
        for name in names {
            let one = try column(name, left.scope, "left")
            let other = try column(name, right.scope, "right")
            let (first, second) = try Coercion.comparable(
                (one.expression, name.range), (other.expression, name.range), at: name.range,
                options)
            made.keys.append(Join.Key(left: first, right: second))
            switch join.kind {
            case .right: scope.merge(width + other.index, hiding: [one.index])
            case .full:
                let both = [
                    first, second.mappingColumns { .column(index: $0 + width, type: $1) },
                ]
                merged.append(
                    .call(.coalesce, both, type: first.type, at: name.range))
                let index = scope.append(name.name, first.type)
                scope.merge(index, hiding: [one.index, width + other.index])
            case .inner, .left, .cross: scope.merge(one.index, hiding: [width + other.index])
            }
        }
        let plan = LogicalPlan.join(made, left.plan, right.plan)
        guard !merged.isEmpty else { return (plan, scope) }
        let columns = plan.types.enumerated().map {
            BoundExpression.column(index: $0.offset, type: $0.element)
        }
        return (.project(columns + merged, plan), scope)
    }

    private func column(
        _ name: Syntax.Identifier, _ scope: Scope, _ side: String
    ) throws(QueryError) -> (index: Int, expression: BoundExpression) {
        guard let match = try scope.find([name], at: name.range) else {
            let near = Spelling.nearest(to: name.name, among: scope.columns.map(\.name))
            throw QueryError(
                .unknownColumn, "the \(side) side of the join has no column \"\(name.name)\"",
                at: name.range, hint: near.map { "did you mean \($0)?" })
        }
        let type = scope.columns[match.index].type
        return (match.index, .column(index: match.index, type: type))
    }

    private func joinUnnest(
        _ join: Syntax.Join, _ array: Syntax.Expression, _ alias: Syntax.TableAlias?,
        over left: Source
    ) throws(QueryError) -> Source {
        let isPlain: Bool
        switch join.constraint {
        case .none: isPlain = true
        case .on(let condition): isPlain = condition.kind == .literal(.boolean(true))
        case .using, .natural: isPlain = false
        }
        guard isPlain, join.kind == .cross || join.kind == .inner || join.kind == .left else {
            throw QueryError(
                .unsupported, "UNNEST is joined by CROSS JOIN, or LEFT JOIN ... ON TRUE",
                at: join.range, hint: "conditions stand in WHERE")
        }
        return try unnest(array, alias, over: left, keepsEmpty: join.kind == .left)
    }
}

extension Join.Kind {
    /// The kind that was written.
    init(_ kind: Syntax.Join.Kind) {
        switch kind {
        case .inner, .cross: self = .inner
        case .left: self = .left
        case .right: self = .right
        case .full: self = .full
        }
    }
}
