import Segments

extension LogicalPlan {
    /// The plans directly below, in order.
    var inputs: [LogicalPlan] {
        switch self {
        case .scan, .values: []
        case .filter(_, let input), .project(_, let input), .aggregate(_, _, let input),
            .distinct(let input), .sort(_, let input), .limit(_, _, let input),
            .unnest(_, _, let input), .window(_, let input):
            [input]
        case .join(_, let left, let right): [left, right]
        case .union(let inputs): inputs
        }
    }

    /// The same node over changed inputs.
    func mapInputs(
        _ change: (LogicalPlan) throws(QueryError) -> LogicalPlan
    ) throws(QueryError) -> LogicalPlan {
        switch self {
        case .scan, .values: self
        case .filter(let condition, let input): .filter(condition, try change(input))
        case .project(let expressions, let input): .project(expressions, try change(input))
        case .aggregate(let keys, let calls, let input):
            .aggregate(keys: keys, calls: calls, try change(input))
        case .distinct(let input): .distinct(try change(input))
        case .sort(let keys, let input): .sort(keys, try change(input))
        case .limit(let count, let offset, let input):
            .limit(count: count, offset: offset, try change(input))
        case .unnest(let array, let keepsEmpty, let input):
            .unnest(array, keepsEmpty: keepsEmpty, try change(input))
        case .join(let join, let left, let right):
            .join(join, try change(left), try change(right))
        case .union(let inputs): .union(try Self.changed(inputs, change))
        case .window(let calls, let input): .window(calls, try change(input))
        }
    }

    private static func changed(
        _ inputs: [LogicalPlan], _ change: (LogicalPlan) throws(QueryError) -> LogicalPlan
    ) throws(QueryError) -> [LogicalPlan] {
        var changed: [LogicalPlan] = []
        for input in inputs { changed.append(try change(input)) }
        return changed
    }

    /// The types of the output columns, in order.
    public var types: [LogicalType] {
        switch self {
        case .scan(let scan):
            scan.columns.map { scan.table.columns[$0].type } + scan.paths.map { _ in .varchar }
        case .values(_, let types): types
        case .filter(_, let input), .distinct(let input), .sort(_, let input),
            .limit(_, _, let input):
            input.types
        case .project(let expressions, _): expressions.map(\.type)
        case .aggregate(let keys, let calls, _): keys.map(\.type) + calls.map(\.type)
        case .union(let inputs): inputs.first?.types ?? []
        case .window(let calls, let input): input.types + calls.map(\.type)
        case .unnest(let array, _, let input): input.types + [array.type.elementType]
        case .join(let join, let left, let right):
            left.types + (join.kind == .mark ? [.boolean] : join.showsRight ? right.types : [])
        }
    }

    /// The tables that the plan reads.
    var scans: [TableScan] {
        if case .scan(let scan) = self { return [scan] }
        return inputs.flatMap(\.scans)
    }

    /// Whether there is a join in it.
    var hasJoins: Bool {
        if case .join = self { true } else { inputs.contains(where: \.hasJoins) }
    }

    /// How many nodes there are; counting ends behind `limit`.
    func nodeCount(upTo limit: Int) -> Int {
        var count = 1
        for input in inputs where count <= limit {
            count += input.nodeCount(upTo: limit - count)
        }
        return count
    }
}

extension LogicalType {
    /// The type of an array's elements; the type itself for anything else.
    var elementType: LogicalType {
        switch self {
        case .array(.varchar): .varchar
        case .array(.bigint): .bigint
        default: self
        }
    }
}

extension BoundQuery {
    /// The tables that it reads.
    public var tableIDs: Set<TableID> { Set(plan.scans.map(\.table.id)) }
}
