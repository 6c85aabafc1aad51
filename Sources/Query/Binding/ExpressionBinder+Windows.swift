import Segments

/// Calls with OVER, and GROUPING.
extension ExpressionBinder {
    /// The result of a window function, a column that `Binder.plan` finds a place for.
    mutating func window(
        _ call: Syntax.Call, at range: SourceRange
    ) throws(QueryError) -> BoundExpression {
        let name = call.name.name.uppercased()
        guard clause.allowsWindows, !isInsideAggregate, !isInsideWindow else {
            let isInside = isInsideAggregate || isInsideWindow
            throw QueryError(
                .invalidArgument,
                isInside
                    ? "\(name) OVER stands inside another function of rows"
                    : "\(name) OVER cannot stand in \(clause.rawValue)",
                at: range,
                hint: isInside
                    ? "compute the inner one in a derived table"
                    : "conditions on window functions stand in QUALIFY")
        }
        isInsideWindow = true
        defer { isInsideWindow = false }
        guard let over = call.over else { preconditionFailure("the call has no OVER") }
        let window = try resolved(over)
        var bound = try self.call(call, named: name, at: range)
        for key in window.partitionBy { bound.partition.append(try comparable(key, "grouped by")) }
        for item in window.orderBy {
            bound.order.append(
                SortKey(
                    try comparable(item.expression, "ordered"), isAscending: !item.isDescending,
                    nullsFirst: item.nullsFirst ?? !item.isDescending))
        }
        let entry = WindowCatalogue.entry(named: name)
        if let entry, entry.needsOrder, bound.order.isEmpty {
            throw QueryError(
                .invalidArgument, "\(name) needs an order", at: range,
                hint: "\(name)\(entry.signature) OVER (ORDER BY x)")
        }
        bound.frame = bound.order.isEmpty ? .partition : .upToPeers
        if let frame = window.frame {
            guard entry?.takesFrame ?? true else {
                throw QueryError(
                    .invalidArgument, "\(name) looks at no frame", at: frame.range,
                    hint: "leave the frame out")
            }
            bound.frame = try self.frame(frame, bound.order)
        }
        if let same = windowCalls.firstIndex(where: { $0.withoutPlaces == bound.withoutPlaces }) {
            return .column(index: Provisional.window + same, type: bound.type)
        }
        windowCalls.append(bound)
        return .column(index: Provisional.window + windowCalls.count - 1, type: bound.type)
    }

    private mutating func comparable(
        _ key: Syntax.Expression, _ what: String
    ) throws(QueryError) -> BoundExpression {
        let bound = try bind(key)
        guard bound.type.isComparable else {
            throw QueryError(
                .typeMismatch, "values of type \(bound.type) cannot be \(what)", at: key.range)
        }
        return bound
    }

    /// The window with what it continues.
    private func resolved(_ window: Syntax.Window) throws(QueryError) -> Syntax.Window {
        guard let base = window.base else { return window }
        let name = base.name.lowercased()
        guard let index = windows.firstIndex(where: { $0.name.name.lowercased() == name }) else {
            let near = Spelling.nearest(to: base.name, among: windows.map(\.name.name))
            throw QueryError(
                .unknownColumn, "there is no window \(base.name)", at: base.range,
                hint: near.map { "did you mean \($0)?" } ?? "WINDOW \(base.name) AS (...) makes one"
            )
        }
        guard windows[index].window.base == nil else {
            throw QueryError(
                .unsupported, "a window that continues a window is not supported", at: base.range)
        }
        var result = windows[index].window
        guard window.partitionBy.isEmpty, result.orderBy.isEmpty || window.orderBy.isEmpty,
            result.frame == nil || window.isName
        else {
            throw QueryError(
                .invalidArgument, "this window cannot change what \(base.name) says",
                at: window.range, hint: "write the whole window")
        }
        if !window.orderBy.isEmpty { result.orderBy = window.orderBy }
        if let frame = window.frame { result.frame = frame }
        return result
    }

    // MARK: - Functions

    private mutating func call(
        _ call: Syntax.Call, named name: String, at range: SourceRange
    ) throws(QueryError) -> WindowCall {
        if let aggregate = AggregateCatalogue.entry(named: name) {
            return try self.aggregate(call, aggregate, at: range)
        }
        guard let entry = WindowCatalogue.entry(named: name) else {
            throw QueryError(
                .unknownFunction, "\(name) is no window function", at: call.name.range,
                hint: Spelling.nearest(
                    to: name, among: WindowCatalogue.allNames + AggregateCatalogue.allNames
                ).map { "did you mean \($0)?" } ?? "leave OVER out")
        }
        guard !call.isStar, !call.isDistinct, call.filter == nil, call.orderBy.isEmpty,
            entry.count.contains(call.arguments.count)
        else {
            throw QueryError(
                .unknownFunction, "\(name) takes other arguments", at: range,
                hint: name + entry.signature)
        }
        var arguments: [BoundExpression] = []
        for argument in call.arguments { arguments.append(try bind(argument)) }
        let places = call.arguments.map(\.range)
        var type = arguments.first?.type ?? .bigint
        switch entry.function {
        case .percentRank, .cumulativeDistribution: type = .double
        case .tile:
            type = .bigint
            try checkCount(arguments[0], from: 1, name, at: places[0])
        case .lag, .lead:
            if arguments.count > 1 { try checkCount(arguments[1], from: 0, name, at: places[1]) }
            if arguments.count > 2 {
                let both = try unify(
                    [(arguments[0], places[0]), (arguments[2], places[2])],
                    "the values of \(name)")
                (arguments[0], arguments[2], type) = (
                    both.expressions[0], both.expressions[1], both.type
                )
            }
        case .nthValue: try checkCount(arguments[1], from: 1, name, at: places[1])
        default: break
        }
        return WindowCall(
            entry.function, of: arguments, ignoresNulls: call.ignoresNulls, type: type, at: range)
    }

    private func checkCount(
        _ argument: BoundExpression, from least: Int64, _ name: String, at range: SourceRange
    ) throws(QueryError) {
        guard case .bigint(let count)? = argument.constant, count >= least else {
            throw QueryError(
                .invalidArgument, "\(name) takes a whole constant from \(least) here", at: range)
        }
    }

    private mutating func aggregate(
        _ call: Syntax.Call, _ entry: AggregateEntry, at range: SourceRange
    ) throws(QueryError) -> WindowCall {
        let name = call.name.name.uppercased()
        guard !call.isDistinct, call.orderBy.isEmpty,
            WindowCall.aggregates.contains(entry.function)
        else {
            throw QueryError(
                .unsupported, "this call of \(name) is not supported with OVER", at: range,
                hint: "COUNT, SUM, AVG, MIN and MAX are, without DISTINCT")
        }
        guard !call.isStar || entry.function == .count else {
            throw QueryError(
                .invalidArgument, "\(name) takes an argument, only COUNT takes *", at: range)
        }
        let argument = call.isStar ? nil : try aggregateArgument(call, entry, at: range)
        let filter = try call.filter.map { (filter) throws(QueryError) in try condition(filter) }
        let made = try aggregateCall(entry, argument, isDistinct: false, filter: filter, at: range)
        return WindowCall(
            .aggregate(made.function), of: made.argument.map { [$0] } ?? [], filter: made.filter,
            ignoresNulls: false, type: made.type, at: range)
    }

    // MARK: - Frames

    private mutating func frame(
        _ frame: Syntax.Frame, _ order: [SortKey]
    ) throws(QueryError) -> WindowFrame {
        let isRange = frame.unit == .range
        let start = try bound(frame.start, isRange, order, at: frame.range)
        let end = try bound(frame.end, isRange, order, at: frame.range)
        if start == .unboundedFollowing || end == .unboundedPreceding {
            throw QueryError(
                .invalidArgument, "the frame ends before it begins", at: frame.range,
                hint: "for example ROWS BETWEEN 6 PRECEDING AND CURRENT ROW")
        }
        return WindowFrame(isRange: isRange, start: start, end: end)
    }

    private mutating func bound(
        _ bound: Syntax.Frame.Bound, _ isRange: Bool, _ order: [SortKey], at range: SourceRange
    ) throws(QueryError) -> WindowFrame.Bound {
        switch bound {
        case .unboundedPreceding: .unboundedPreceding
        case .unboundedFollowing: .unboundedFollowing
        case .currentRow: .currentRow
        case .preceding(let count): .preceding(try distance(count, isRange, order))
        case .following(let count): .following(try distance(count, isRange, order))
        }
    }

    private mutating func distance(
        _ count: Syntax.Expression, _ isRange: Bool, _ order: [SortKey]
    ) throws(QueryError) -> Int64 {
        guard isRange else { return try wholeDistance(count, 1) }
        guard order.count == 1 else {
            throw QueryError(
                .invalidArgument, "a distance in RANGE needs exactly one order key",
                at: count.range, hint: "ROWS counts rows")
        }
        switch order[0].expression.type {
        case .bigint: return try wholeDistance(count, 1)
        case .timestamp, .date:
            guard case .literal(.interval(let number, let unit)) = count.kind,
                let step = TimeStep(unit), step.months == 0, number >= 0
            else {
                throw QueryError(
                    .unsupported, "the distance of times is an interval of days or less",
                    at: count.range, hint: "for example INTERVAL '7' DAY PRECEDING")
            }
            let own = order[0].expression.type == .date ? CivilTime.microsecondsPerDay : 1
            let length = step.microseconds.multipliedReportingOverflow(by: number)
            guard !length.overflow, length.partialValue % own == 0 else {
                throw QueryError(
                    .invalidArgument, "the interval does not fit the order key", at: count.range)
            }
            return length.partialValue / own
        default:
            throw QueryError(
                .unsupported, "a distance in RANGE needs an order by BIGINT, TIMESTAMP or DATE",
                at: count.range, hint: "ROWS counts rows")
        }
    }

    private mutating func wholeDistance(
        _ count: Syntax.Expression, _ unit: Int64
    ) throws(QueryError) -> Int64 {
        guard case .bigint(let distance)? = try bind(count).constant, distance >= 0 else {
            throw QueryError(
                .invalidArgument, "the distance of a frame is a whole constant from 0",
                at: count.range)
        }
        return distance * unit
    }

    // MARK: - GROUPING

    /// `GROUPING(a, b)`: a bit for each argument, set where the row is not grouped by it.
    mutating func grouping(
        _ call: Syntax.Call, at range: SourceRange
    ) throws(QueryError) -> BoundExpression {
        guard clause.allowsAggregates, !isInsideAggregate, (1...31).contains(call.arguments.count),
            !call.isStar
        else {
            throw QueryError(
                .invalidArgument, "GROUPING stands in SELECT, HAVING and ORDER BY, over keys",
                at: range, hint: "GROUPING(key, ...)")
        }
        var keys: [BoundExpression] = []
        for argument in call.arguments { keys.append(try bind(argument)) }
        groupings.append(keys)
        return .column(index: Provisional.grouping + groupings.count - 1, type: .bigint)
    }
}

extension WindowCall {
    /// The aggregates that windows know.
    static let aggregates: Set<AggregateCall.Function> = [
        .count, .sum, .average, .minimum, .maximum, .anyValue,
    ]
}
