import Query
import Segments

/// One aggregate of one group: keeps every value and looks at them at the end.
struct ReferenceAggregate {
    private let call: AggregateCall
    private var rowCount: Int64 = 0
    private var values: [Value] = []
    /// What each value is chosen by, for ARG_MAX and ARG_MIN.
    private var keys: [Value] = []

    init(_ call: AggregateCall) { self.call = call }

    mutating func add(_ row: [Value]) throws(QueryError) {
        if let filter = call.filter,
            try ReferenceExpression(row).value(of: filter) != .boolean(true)
        {
            return
        }
        rowCount += 1
        guard let argument = call.argument else { return }
        let value = try ReferenceExpression(row).value(of: argument)
        if let key = call.key {
            let key = try ReferenceExpression(row).value(of: key)
            if key.isNull || value.isNull { return }
            keys.append(key)
        }
        if !value.isNull { values.append(value) }
    }

    func result() throws(QueryError) -> Value {
        var values = values
        if call.isDistinct {
            var seen: Set<Value> = []
            values = values.filter { seen.insert(ReferenceEngine.canonical($0)).inserted }
        }
        switch call.function {
        case .count: return .bigint(call.argument == nil ? rowCount : Int64(values.count))
        case .minimum: return values.min { ReferenceEngine.compare($0, $1) < 0 } ?? .null
        case .maximum: return values.max { ReferenceEngine.compare($0, $1) < 0 } ?? .null
        case .anyValue: return values.first ?? .null
        case .argumentOfMaximum, .argumentOfMinimum: return chosen
        case .quantile: return quantile(values)
        case .continuousQuantile, .approximateQuantile, .approximateCount, .populationVariance,
            .sampleVariance, .populationDeviation, .sampleDeviation, .bitAnd, .bitOr, .bitXor,
            .textList, .arrayList:
            preconditionFailure("\(call.function) has tests of its own")
        case .sum: return values.isEmpty ? .null : try sum(values)
        case .average: return values.isEmpty ? .null : average(values)
        }
    }

    /// The value of the greatest (least) pair of key and value.
    private var chosen: Value {
        let sign = call.function == .argumentOfMaximum ? 1 : -1
        let best = zip(keys, values).max { one, other in
            let order = ReferenceEngine.compare(one.0, other.0)
            let tie = order == 0 ? ReferenceEngine.compare(one.1, other.1) : order
            return tie * sign < 0
        }
        return best?.1 ?? .null
    }

    private func quantile(_ values: [Value]) -> Value {
        let sorted = values.sorted { ReferenceEngine.compare($0, $1) < 0 }
        let rank = ((call.fraction ?? 0) * Double(sorted.count)).rounded(.up)
        return sorted.isEmpty ? .null : sorted[max(0, Int(rank) - 1)]
    }

    private func exactSum(_ values: [Value]) -> (sum: Int128, scale: Int)? {
        var sum: Int128 = 0
        var scale = 0
        for value in values {
            switch value {
            case .bigint(let integer): sum += Int128(integer)
            case .decimal(let decimal):
                scale = decimal.scale
                sum += decimal.unscaled
            default: return nil
            }
        }
        return (sum, scale)
    }

    private func doubleSum(_ values: [Value]) -> Double {
        values.reduce(0) { if case .double(let double) = $1 { $0 + double } else { $0 } }
    }

    private func sum(_ values: [Value]) throws(QueryError) -> Value {
        guard let exact = exactSum(values) else { return .double(doubleSum(values)) }
        switch call.type {
        case .bigint:
            guard let sum = Int64(exactly: exact.sum) else {
                throw QueryError(.overflow, "sum", at: call.range)
            }
            return .bigint(sum)
        case .decimal(let precision, _):
            let decimal = Decimal(unscaled: exact.sum, scale: exact.scale)
            guard decimal.fits(precision: precision) else {
                throw QueryError(.overflow, "sum", at: call.range)
            }
            return .decimal(decimal)
        default: return .double(Double(exact.sum))
        }
    }

    private func average(_ values: [Value]) -> Value {
        guard let exact = exactSum(values) else {
            return .double(doubleSum(values) / Double(values.count))
        }
        let scale = Double(Decimal.powersOfTen[exact.scale])
        return .double(Double(exact.sum) / (scale * Double(values.count)))
    }
}
