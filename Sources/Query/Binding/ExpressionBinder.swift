import Segments

/// Binds the expressions of one SELECT: names become positions, types are settled, constants
/// folded.
///
/// While binding, an aggregate call is a column behind those of the input: call `i` is column
/// `scope.columns.count + i`. `Grouping` then turns input columns into keys, or refuses them. What
/// is computed elsewhere stands for itself by a position no input has (`Provisional`).
struct ExpressionBinder {
    /// Which clause is being bound: what names may mean there, and whether aggregates may stand.
    enum Clause: String {
        case select = "SELECT"
        case filter = "WHERE"
        case groupBy = "GROUP BY"
        case having = "HAVING"
        case orderBy = "ORDER BY"
        case values = "VALUES"
        case defaultValue = "DEFAULT"
        case limit = "LIMIT"
        case join = "ON"
        case qualify = "QUALIFY"
        case from = "FROM"

        var allowsAggregates: Bool { allowsWindows || self == .having }

        var allowsWindows: Bool { self == .select || self == .orderBy || self == .qualify }
    }

    /// A column of the input, where a text names it.
    struct Reference {
        var column: Int
        var range: SourceRange
        var isInsideAggregate: Bool
    }

    let options: BindOptions
    let scope: Scope
    /// Binds the queries inside expressions; nil where none may stand.
    var queries: Binder?
    /// Queries inside expressions, so far.
    var subqueries: [Subquery] = []
    /// Those of them that rows are filtered, grouped or aggregated by.
    var earlySubqueries: Set<Int> = []
    /// Arrays whose elements become rows, so far.
    var unnests: [BoundExpression] = []
    /// Window functions, so far, and what WINDOW names.
    var windowCalls: [WindowCall] = []
    var windows: [Syntax.NamedWindow] = []
    /// The arguments of each GROUPING, so far.
    var groupings: [[BoundExpression]] = []
    /// Where the first of `unnests` stands.
    var unnestPlace: SourceRange?
    /// Which clause is being bound.
    var clause = Clause.select
    /// Aggregate calls so far, without repetition.
    var calls: [AggregateCall] = []
    /// Every name bound so far: where errors of grouping point.
    var references: [Reference] = []
    /// Select items by alias, for the clauses where one may stand for its expression.
    var aliases: [(name: String, expression: BoundExpression)] = []
    /// Names written as aliases anywhere in SELECT, for hints.
    var aliasNames: [String] = []
    /// Columns that GROUP BY names directly: they come before aliases in HAVING and ORDER BY.
    var keyColumns: Set<Int> = []
    /// Whether HAVING and ORDER BY may prefer an alias to a column that is no key.
    var isGrouped = false
    private(set) var isInsideAggregate = false
    /// Whether an argument or the window of a window function is being bound.
    var isInsideWindow = false

    init(options: BindOptions, scope: Scope) {
        self.options = options
        self.scope = scope
    }

    /// Binds one expression, whatever its type.
    ///
    /// - Throws: the first thing that does not fit, at its place.
    mutating func bind(_ expression: Syntax.Expression) throws(QueryError) -> BoundExpression {
        let range = expression.range
        switch expression.kind {
        case .literal(let literal):
            let constant = try Binder.constant(literal, at: range, in: options.timeZone)
            return .literal(constant.value, constant.type)
        case .column(let parts): return try column(parts, at: range)
        case .parameter(let parameter): return try self.parameter(parameter)
        case .unit(let unit):
            throw QueryError(
                .syntax, "\(unit.rawValue) is a unit, not a value", at: range)
        case .unary(let symbol, let operand): return try unary(symbol, operand, at: range)
        case .binary(let symbol, let left, let right):
            return try binary(symbol, left, right, at: range)
        case .conjunction(let operands): return ConstantFolding.and(try conditions(operands))
        case .disjunction(let operands): return ConstantFolding.or(try conditions(operands))
        case .truth(let operand, let test, let isNegated):
            return try truth(operand, test, isNegated: isNegated)
        case .distinctFrom(let left, let right, let isNegated):
            return try compare(isNegated ? .notDistinctFrom : .distinctFrom, left, right, at: range)
        case .inList(let value, let elements, let isNegated):
            let result = try inList(value, elements, at: range)
            return isNegated ? ConstantFolding.not(result) : result
        case .between(let value, let low, let high, let isNegated):
            let result = try between(value, low, high, at: range)
            return isNegated ? ConstantFolding.not(result) : result
        case .like(let like): return try self.like(like, at: range)
        case .caseWhen(let form): return try caseWhen(form, at: range)
        case .cast(let value, let type, let isTry): return try cast(value, type, isTry: isTry)
        case .call(let call): return try self.call(call, at: range)
        case .array(let elements): return try array(elements, at: range)
        case .row:
            throw QueryError(
                .unsupported, "a row of values stands beside =, <> and IN only", at: range)
        case .member(let json, let name, let isText):
            return try member(json, name, isText: isText, at: range)
        case .subquery(let query): return try scalar(query, at: range)
        case .exists(let query): return try exists(query, at: range)
        case .inSubquery(let value, let query, let isNegated):
            let result = try isMember(value, of: query, at: range)
            return isNegated ? ConstantFolding.not(result) : result
        }
    }

    /// Binds a condition: a boolean.
    mutating func condition(_ expression: Syntax.Expression) throws(QueryError) -> BoundExpression {
        let bound = try bind(expression)
        if bound.isNullConstant { return .literal(.null, .boolean) }
        guard bound.type == .boolean else {
            throw QueryError(
                .typeMismatch, "a condition must be BOOLEAN, this is \(bound.type)",
                at: expression.range,
                hint: bound.type.isNumeric ? "compare it with a number: x <> 0" : nil)
        }
        return bound
    }

    private mutating func conditions(
        _ operands: [Syntax.Expression]
    ) throws(QueryError) -> [BoundExpression] {
        var bound: [BoundExpression] = []
        bound.reserveCapacity(operands.count)
        for operand in operands { bound.append(try condition(operand)) }
        return bound
    }

    /// Runs `body` as an argument of an aggregate.
    mutating func insideAggregate<Result>(
        _ name: String, at range: SourceRange,
        _ body: (inout ExpressionBinder) throws(QueryError) -> Result
    ) throws(QueryError) -> Result {
        guard !isInsideAggregate else {
            throw QueryError(
                .invalidArgument, "\(name) stands inside another aggregate", at: range,
                hint: "aggregate in a derived table: SELECT ... FROM (SELECT ... GROUP BY ...) x")
        }
        guard clause.allowsAggregates else {
            throw QueryError(
                .invalidArgument, "\(name) cannot stand in \(clause.rawValue)", at: range,
                hint: clause == .filter ? "conditions on aggregates stand in HAVING" : nil)
        }
        isInsideAggregate = true
        defer { isInsideAggregate = false }
        return try body(&self)
    }
}

// MARK: - Names and parameters

extension ExpressionBinder {
    private mutating func column(
        _ parts: [Syntax.Identifier], at range: SourceRange
    ) throws(QueryError) -> BoundExpression {
        let isAliasClause =
            (clause == .having || clause == .orderBy || clause == .qualify) && !isInsideAggregate
        let match = try scope.find(parts, at: range)
        let index = match?.index
        if parts.count == 1, isAliasClause,
            index == nil || (isGrouped && !keyColumns.contains(index ?? -1)),
            let alias = try aliased(parts[0], at: range)
        {
            return alias
        }
        guard let match else {
            if let outer = queries?.outer, let match = try outer.find(parts, at: range) {
                let column = BoundExpression.column(
                    index: Provisional.outer + match.index, type: outer.columns[match.index].type)
                return Self.member(column, parts.suffix(match.memberCount), at: range)
            }
            // Of a long path the first name is the table, of others all but the last.
            try scope.checkQualifier(Array(parts.dropLast().prefix(parts.count > 3 ? 1 : 2)))
            throw unknownColumn(parts, at: range)
        }
        references.append(
            Reference(column: match.index, range: range, isInsideAggregate: isInsideAggregate))
        let column = BoundExpression.column(
            index: match.index, type: scope.columns[match.index].type)
        return Self.member(column, parts.suffix(match.memberCount), at: range)
    }

    /// The scalar at the end of a path of members, or the column itself.
    private static func member(
        _ column: BoundExpression, _ names: ArraySlice<Syntax.Identifier>, at range: SourceRange
    ) -> BoundExpression {
        guard !names.isEmpty else { return column }
        return .call(
            .jsonValue(path: names.map { Text($0.name) }), [column], type: .varchar, at: range)
    }

    /// `json -> 'name'` and `json ->> 'name'`.
    private mutating func member(
        _ json: Syntax.Expression, _ name: Syntax.Expression, isText: Bool, at range: SourceRange
    ) throws(QueryError) -> BoundExpression {
        var base = try bind(json)
        guard let key = try bind(name).constantText else {
            throw QueryError(
                .unsupported, "the member of a JSON must be a constant text", at: name.range,
                hint: "for example: attrs -> 'device' ->> 'os'")
        }
        if base.type == .varchar, base.constantText != nil {
            base = try Coercion.convert(base, to: .json, at: json.range)
        }
        guard base.type == .json else {
            throw QueryError(
                .typeMismatch, "\(isText ? "->>" : "->") takes a JSON, this is \(base.type)",
                at: json.range)
        }
        var path = [key]
        if case .call(.jsonQuery(let above), let operands, _, _) = base {
            path = above + path
            base = operands[0]
        }
        return isText
            ? ConstantFolding.call(.jsonValue(path: path), [base], type: .varchar, at: range)
            : ConstantFolding.call(.jsonQuery(path: path), [base], type: .json, at: range)
    }

    /// The expression an alias of SELECT stands for: the exact name, else the only one that
    /// differs in case.
    func aliased(
        _ name: Syntax.Identifier, at range: SourceRange
    ) throws(QueryError) -> BoundExpression? {
        var found = aliases.filter { $0.name == name.name }
        if found.isEmpty {
            let folded = name.name.lowercased()
            found = aliases.filter { $0.name.lowercased() == folded }
        }
        let places = Set(found.map(\.expression.withoutPlaces))
        guard places.count <= 1 else {
            throw QueryError(
                .ambiguous, "\"\(name.name)\" may mean several items of SELECT", at: range,
                hint: "use the position of the item")
        }
        return found.first?.expression
    }

    private func unknownColumn(
        _ parts: [Syntax.Identifier], at range: SourceRange
    ) -> QueryError {
        let name = parts.last?.name ?? ""
        let place = scope.sources.count == 1 ? " in \(scope.sources[0].name)" : ""
        let hint: String?
        if aliasNames.contains(where: { $0.lowercased() == name.lowercased() }) {
            hint = "an alias has no meaning in \(clause.rawValue): repeat its expression"
        } else if scope.columns.isEmpty {
            hint = scope.sources.isEmpty ? "add FROM table, or write strings in single quotes" : nil
        } else if let near = Spelling.nearest(
            to: name, among: scope.columns.map(\.name) + aliasNames)
        {
            hint = "did you mean \(near)?"
        } else if parts.last?.isQuoted == true {
            hint = "double quotes are for names: if it is a string, write '\(name)'"
        } else {
            let declared = scope.columns.filter { !$0.isSystem }
            let names = declared.prefix(8).map(\.name).joined(separator: ", ")
            hint = "columns: \(names)\(declared.count > 8 ? ", ..." : "")"
        }
        return QueryError(
            .unknownColumn, "there is no column \"\(name)\"\(place)", at: range, hint: hint)
    }

    private func parameter(
        _ parameter: Syntax.Parameter
    ) throws(QueryError) -> BoundExpression {
        let found: ParameterValue?
        let name: String
        switch parameter.key {
        case .index(let index):
            found = index < options.parameters.count ? options.parameters[index] : nil
            name = "parameter \(index + 1)"
        case .name(let key):
            found = options.namedParameters[key]
            name = "parameter :\(key)"
        }
        guard let found else {
            throw QueryError(
                .parameter, "\(name) has no value", at: parameter.range,
                hint: "values given: \(options.parameters.count + options.namedParameters.count)")
        }
        return .literal(found.value, found.type)
    }

    /// ARRAY[...]: of texts or of whole numbers.
    private mutating func array(
        _ elements: [Syntax.Expression], at range: SourceRange
    ) throws(QueryError) -> BoundExpression {
        var bound: [BoundExpression] = []
        for element in elements { bound.append(try bind(element)) }
        let type = bound.first { !$0.isNullConstant }?.type ?? .varchar
        guard type == .varchar || type == .bigint,
            bound.allSatisfy({ $0.isNullConstant || $0.type == type })
        else {
            throw QueryError(
                .typeMismatch, "an array holds texts only, or whole numbers only", at: range)
        }
        let array = LogicalType.array(type == .bigint ? .bigint : .varchar)
        let values = bound.compactMap(\.constant)
        if values.count == bound.count { return .literal(.array(values), array) }
        for index in bound.indices where bound[index].isNullConstant {
            bound[index] = .literal(.null, type)
        }
        return .call(.arrayOf, bound, type: array, at: range)
    }
}
