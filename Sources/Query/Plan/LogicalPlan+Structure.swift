import Segments

extension LogicalPlan {
    /// The plans directly below, in order.
    var inputs: [LogicalPlan] {
        switch self {
        case .scan, .values: []
        case .filter(_, let input), .project(_, let input), .aggregate(_, _, let input),
            .distinct(let input), .sort(_, let input), .limit(_, _, let input),
            .unnest(_, _, let input):
            [input]
        }
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
        case .unnest(let array, _, let input): input.types + [array.type.elementType]
        }
    }

    /// The tables that the plan reads.
    var scans: [TableScan] {
        if case .scan(let scan) = self { return [scan] }
        return inputs.flatMap(\.scans)
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
