import Segments

/// An aggregate taken apart: what to take of a rollup's rows, what of the table's rows, how two
/// such results become one, and how the result comes out.
struct RollupCall {
    /// One partial result.
    struct Part {
        /// Over the rollup's rows.
        var overRollup: AggregateCall
        /// Over the scan's rows.
        var overRows: AggregateCall
        /// What makes one of several.
        var combining: AggregateCall.Function
        /// The type of the partial result.
        var type: LogicalType
    }

    /// What becomes of the combined parts.
    enum Result {
        /// The only part as it is.
        case value
        /// The only part, 0 where there were no rows.
        case count
        /// The first part by the second.
        case average(scale: Int)
    }

    let parts: [Part]
    let result: Result

    /// - Throws: `RollupMiss` where the rollup does not have what it takes.
    init(_ call: AggregateCall, _ rewriting: RollupRewriting) throws(RollupMiss) {
        let changesNothing = call.function == .minimum || call.function == .maximum
        guard !call.isDistinct || changesNothing else {
            throw RollupMiss(reason: "\(call.function.rawValue)(DISTINCT ...) does not add up")
        }
        var filter: BoundExpression?
        if let condition = call.filter { filter = try rewriting.rewritten(condition) }
        switch call.function {
        case .count:
            parts = [try Self.count(call, filter, rewriting)]
            result = .count
        case .sum:
            parts = [try Self.sum(call, filter, rewriting)]
            result = .value
        case .average:
            var counting = call
            counting.function = .count
            parts = [
                try Self.sum(call, filter, rewriting), try Self.count(counting, filter, rewriting),
            ]
            result = .average(scale: call.argument?.type.scale ?? 0)
        case .minimum, .maximum, .anyValue:
            parts = [try Self.extreme(call, filter, rewriting)]
            result = .value
        case .approximateCount, .quantile, .continuousQuantile, .approximateQuantile,
            .argumentOfMaximum, .argumentOfMinimum, .populationVariance, .sampleVariance,
            .populationDeviation, .sampleDeviation, .bitAnd, .bitOr, .bitXor, .textList,
            .arrayList:
            throw RollupMiss(reason: "\(call.function.rawValue) needs the rows themselves")
        }
    }

    private static func count(
        _ call: AggregateCall, _ filter: BoundExpression?, _ rewriting: RollupRewriting
    ) throws(RollupMiss) -> Part {
        var overRows = call
        overRows.type = .bigint
        var conditions = [filter].compactMap { $0 }
        var counted = rewriting.rowCount
        if let argument = call.argument {
            if case .column(let index, _) = argument,
                let count = rewriting.measure(.count, of: index)
            {
                counted = count
            } else {
                // Of a dimension, all rows of a group have a value, or none has.
                conditions.append(.not(.isNull(try rewriting.rewritten(argument))))
            }
        }
        let overRollup = AggregateCall(
            .sum, of: counted, filter: .conjunction(conditions), type: .bigint, at: call.range)
        return Part(overRollup: overRollup, overRows: overRows, combining: .sum, type: .bigint)
    }

    private static func sum(
        _ call: AggregateCall, _ filter: BoundExpression?, _ rewriting: RollupRewriting
    ) throws(RollupMiss) -> Part {
        guard let argument = call.argument, argument.type.isExactNumeric else {
            throw RollupMiss(reason: "sums of DOUBLE do not add up exactly")
        }
        let type = LogicalType.decimal(
            precision: LogicalType.maximumDecimalPrecision, scale: argument.type.scale)
        var overRows = call
        overRows.function = .sum
        overRows.type = type
        let overRollup = AggregateCall(
            .sum,
            of: try rewriting.summand(argument, Rollup.Function.sum.type(over: argument.type)),
            filter: filter, type: type, at: call.range)
        return Part(overRollup: overRollup, overRows: overRows, combining: .sum, type: type)
    }

    private static func extreme(
        _ call: AggregateCall, _ filter: BoundExpression?, _ rewriting: RollupRewriting
    ) throws(RollupMiss) -> Part {
        guard let argument = call.argument else {
            throw RollupMiss(reason: "\(call.function.rawValue) has no argument")
        }
        var overRollup = call
        overRollup.filter = filter
        overRollup.isDistinct = false
        let function: Rollup.Function? =
            switch call.function {
            case .minimum: .minimum
            case .maximum: .maximum
            default: nil
            }
        if let function, case .column(let index, _) = argument,
            let kept = rewriting.measure(function, of: index)
        {
            overRollup.argument = kept
        } else if case .column(let index, _) = argument, let function {
            do throws(RollupMiss) { overRollup.argument = try rewriting.rewritten(argument) } catch
            {
                let name = rewriting.definition(index).name
                throw RollupMiss(reason: "it has no \(function.name)(\(name))")
            }
        } else {
            overRollup.argument = try rewriting.rewritten(argument)
        }
        return Part(
            overRollup: overRollup, overRows: call, combining: call.function, type: call.type)
    }
}

extension RollupRewriting {
    /// How many rows became one.
    var rowCount: BoundExpression { column(rowsPosition) }

    /// What a row of the rollup adds to a sum of `argument` over the table's rows, as `type`: a
    /// measure, or a choice among measures, 0, 1 and NULL by conditions on dimensions.
    func summand(
        _ argument: BoundExpression, _ type: LogicalType
    ) throws(RollupMiss) -> BoundExpression {
        switch argument {
        case .column(let index, _):
            if let sum = measure(.sum, of: index) { return sum }
            throw RollupMiss(reason: "it has no SUM(\(definition(index).name))")
        case .literal(.null, _): return .literal(.null, type)
        case .literal(.bigint(0), _) where type == .bigint: return argument
        case .literal(.bigint(0), _),
            .literal(.decimal(Decimal(unscaled: 0, scale: type.scale)), _):
            return .literal(.decimal(Decimal(unscaled: 0, scale: type.scale)), type)
        case .literal(.bigint(1), _) where type == .bigint: return rowCount
        case .caseWhen(let branches, let otherwise, _):
            var moved: [CaseBranch] = []
            for branch in branches {
                moved.append(
                    CaseBranch(
                        condition: try rewritten(branch.condition),
                        result: try summand(branch.result, type)))
            }
            return .caseWhen(moved, otherwise: try summand(otherwise, type), type: type)
        default: throw RollupMiss(reason: "it keeps sums of columns, not of expressions")
        }
    }
}
