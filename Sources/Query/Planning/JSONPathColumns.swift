import Segments

/// Turns `JSON_VALUE(column, path)` over a table's rows into an output column of the scan, so that
/// segments answer it from the path's own column where they have one.
///
/// The scan has more output columns than before then, behind the others: below a projection or an
/// aggregation, which name what they read, that is no matter; elsewhere a projection leaves them
/// out.
enum JSONPathColumns {
    /// The rewritten plan.
    static func attached(_ plan: LogicalPlan) -> LogicalPlan {
        switch plan {
        case .project(let expressions, let input):
            guard var reader = Reader(input) else { return .project(expressions, attached(input)) }
            let rewritten = expressions.map { reader.rewrite($0) }
            return .project(rewritten, reader.input)
        case .aggregate(let keys, let calls, let input):
            guard var reader = Reader(input) else {
                return .aggregate(keys: keys, calls: calls, attached(input))
            }
            let newKeys = keys.map { reader.rewrite($0) }
            let newCalls = calls.map { call in
                var call = call
                call.argument = call.argument.map { reader.rewrite($0) }
                call.filter = call.filter.map { reader.rewrite($0) }
                return call
            }
            return .aggregate(keys: newKeys, calls: newCalls, reader.input)
        case .scan, .filter, .sort, .limit:
            if let reader = Reader(plan) { return reader.hasPaths ? reader.output : plan }
            return deeper(plan)
        case .distinct(let input): return .distinct(attached(input))
        case .unnest(let array, let keepsEmpty, let input):
            return .unnest(array, keepsEmpty: keepsEmpty, attached(input))
        case .join(let join, let left, let right):
            return .join(join, attached(left), attached(right))
        case .union(let inputs): return .union(inputs.map(attached))
        case .window(let calls, let input): return .window(calls, attached(input))
        case .values: return plan
        }
    }

    private static func deeper(_ plan: LogicalPlan) -> LogicalPlan {
        switch plan {
        case .filter(let condition, let input): .filter(condition, attached(input))
        case .sort(let keys, let input): .sort(keys, attached(input))
        case .limit(let count, let offset, let input):
            .limit(count: count, offset: offset, attached(input))
        default: plan
        }
    }

    /// A scan below filters, sorts and limits, whose output is read by expressions that are
    /// rewritten one by one.
    private struct Reader {
        private var scan: TableScan
        /// From the scan upwards.
        private var steps: [Step] = []

        private enum Step {
            case filter(BoundExpression)
            case sort([SortKey])
            case limit(Int?, Int)
        }

        /// What the expressions read; `nil` where that is no scan.
        init?(_ plan: LogicalPlan) {
            var steps: [Step] = []
            var node = plan
            while true {
                switch node {
                case .filter(let condition, let input):
                    steps.append(.filter(condition))
                    node = input
                case .sort(let keys, let input):
                    steps.append(.sort(keys))
                    node = input
                case .limit(let count, let offset, let input):
                    steps.append(.limit(count, offset))
                    node = input
                case .scan(let scan):
                    self.scan = scan
                    self.steps = []
                    self.scan.filter = scan.filter.map { rewrite($0) }
                    self.steps = steps.reversed().map { rewrite($0) }
                    return
                default: return nil
                }
            }
        }

        private mutating func rewrite(_ step: Step) -> Step {
            switch step {
            case .filter(let condition): return .filter(rewrite(condition))
            case .sort(let keys):
                return .sort(
                    keys.map { key in
                        var key = key
                        key.expression = rewrite(key.expression)
                        return key
                    })
            case .limit: return step
            }
        }

        /// The expression over the scan's output with its paths.
        mutating func rewrite(_ expression: BoundExpression) -> BoundExpression {
            guard case .call(.jsonValue(let path), let operands, _, _) = expression,
                case .column(let index, .json) = operands[0], index < scan.columns.count
            else {
                return expression.rewritten { rewrite($0) }
            }
            let wanted = TableScan.PathColumn(column: scan.columns[index], path: path)
            let known = scan.paths.firstIndex(of: wanted)
            if known == nil { scan.paths.append(wanted) }
            let position = scan.columns.count + (known ?? scan.paths.count - 1)
            return .column(index: position, type: .varchar)
        }

        /// Whether anything has been rewritten.
        var hasPaths: Bool { !scan.paths.isEmpty }

        /// The rows as they were, without the paths.
        var output: LogicalPlan {
            let columns = scan.columns.indices.map { index in
                BoundExpression.column(
                    index: index, type: scan.table.columns[scan.columns[index]].type)
            }
            return .project(columns, input)
        }

        /// The plan that the rewritten expressions read.
        var input: LogicalPlan {
            steps.reduce(.scan(scan)) { input, step in
                switch step {
                case .filter(let condition): .filter(condition, input)
                case .sort(let keys): .sort(keys, input)
                case .limit(let count, let offset):
                    .limit(count: count, offset: offset, input)
                }
            }
        }
    }
}
