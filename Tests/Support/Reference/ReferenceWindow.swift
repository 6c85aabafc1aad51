import Query
import Segments

/// Window functions by their definition: for each row, its partition, its frame, its value.
struct ReferenceWindow {
    private let call: WindowCall
    /// Rows of the partition in order, as numbers of the input.
    private var partition: [Int] = []
    private let input: [[Value]]
    private var orders: [[Value]] = []

    init(_ call: WindowCall, _ input: [[Value]]) {
        self.call = call
        self.input = input
    }

    /// One value per row of the input.
    mutating func values() throws(QueryError) -> [Value] {
        var groups: [[Value]: [Int]] = [:]
        for (index, row) in input.enumerated() {
            var key: [Value] = []
            for expression in call.partition {
                key.append(
                    ReferenceEngine.canonical(try ReferenceExpression(row).value(of: expression)))
            }
            groups[key, default: []].append(index)
            var order: [Value] = []
            for key in call.order {
                order.append(try ReferenceExpression(row).value(of: key.expression))
            }
            orders.append(order)
        }
        var result = [Value](repeating: .null, count: input.count)
        for group in groups.values {
            partition = group.sorted { one, other in
                let order = compare(one, other)
                return order == 0 ? one < other : order < 0
            }
            for position in partition.indices {
                result[partition[position]] = try value(position)
            }
        }
        return result
    }

    /// By the order keys; 0 for peers.
    private func compare(_ one: Int, _ other: Int) -> Int {
        for (index, key) in call.order.enumerated() {
            let (left, right) = (orders[one][index], orders[other][index])
            if left.isNull || right.isNull {
                if left.isNull && right.isNull { continue }
                return left.isNull == key.nullsFirst ? -1 : 1
            }
            let order = ReferenceEngine.compare(left, right)
            if order != 0 { return key.isAscending ? order : -order }
        }
        return 0
    }

    private func value(_ position: Int) throws(QueryError) -> Value {
        let before = partition.indices.filter { compare(partition[$0], partition[position]) < 0 }
        let upTo = partition.indices.filter { compare(partition[$0], partition[position]) <= 0 }
        switch call.function {
        case .rowNumber: return .bigint(Int64(position + 1))
        case .rank: return .bigint(Int64(before.count + 1))
        case .denseRank:
            let starts = before.filter { $0 == 0 || compare(partition[$0 - 1], partition[$0]) != 0 }
            return .bigint(Int64(starts.count + 1))
        case .percentRank:
            let count = partition.count
            return .double(count > 1 ? Double(before.count) / Double(count - 1) : 0)
        case .cumulativeDistribution:
            return .double(Double(upTo.count) / Double(partition.count))
        case .tile:
            guard case .bigint(let count) = try argument(0, at: 0) else { return .null }
            let sizes = (0..<Int(count)).map { part in
                partition.count / Int(count) + (part < partition.count % Int(count) ? 1 : 0)
            }
            var end = 0
            for (part, size) in sizes.enumerated() {
                end += size
                if position < end { return .bigint(Int64(part + 1)) }
            }
            return .null
        case .lag, .lead: return try shifted(position)
        case .firstValue, .lastValue, .nthValue: return try picked(frame(position))
        case .aggregate(let function):
            let aggregate = AggregateCall(
                function, of: call.arguments.first, filter: call.filter, type: call.type,
                at: call.range)
            var state = ReferenceAggregate(aggregate)
            for index in frame(position) { try state.add(input[partition[index]]) }
            return try state.result()
        }
    }

    private func argument(_ index: Int, at position: Int) throws(QueryError) -> Value {
        try ReferenceExpression(input[partition[position]]).value(of: call.arguments[index])
    }

    private func shifted(_ position: Int) throws(QueryError) -> Value {
        var distance = 1
        if call.arguments.count > 1, case .bigint(let count) = try argument(1, at: position) {
            distance = Int(count)
        }
        let step = call.function == .lag ? -1 : 1
        var found = position
        while distance > 0 {
            found += step
            guard partition.indices.contains(found) else {
                return call.arguments.count > 2 ? try argument(2, at: position) : .null
            }
            let isNull = try argument(0, at: found).isNull
            if !call.ignoresNulls || !isNull { distance -= 1 }
        }
        return try argument(0, at: found)
    }

    private func picked(_ frame: [Int]) throws(QueryError) -> Value {
        var values: [Value] = []
        for index in frame { values.append(try argument(0, at: index)) }
        if call.ignoresNulls { values.removeAll(where: \.isNull) }
        if call.function == .lastValue { return values.last ?? .null }
        var position = 1
        if call.function == .nthValue, case .bigint(let nth)? = call.arguments[1].literal {
            position = Int(nth)
        }
        return position <= values.count ? values[position - 1] : .null
    }

    /// Positions of the frame.
    private func frame(_ position: Int) -> [Int] {
        partition.indices.filter { index in
            isAtOrBehind(index, call.frame.start, position)
                && isAtOrBefore(index, call.frame.end, position)
        }
    }

    private func isAtOrBehind(
        _ index: Int, _ bound: WindowFrame.Bound, _ position: Int
    ) -> Bool {
        switch bound {
        case .unboundedPreceding: true
        case .unboundedFollowing: false
        case .currentRow:
            call.frame.isRange
                ? compare(partition[index], partition[position]) >= 0 : index >= position
        case .preceding(let count): isBehind(index, position, -count)
        case .following(let count): isBehind(index, position, count)
        }
    }

    private func isAtOrBefore(
        _ index: Int, _ bound: WindowFrame.Bound, _ position: Int
    ) -> Bool {
        switch bound {
        case .unboundedPreceding: false
        case .unboundedFollowing: true
        case .currentRow:
            call.frame.isRange
                ? compare(partition[index], partition[position]) <= 0 : index <= position
        case .preceding(let count): isBefore(index, position, -count)
        case .following(let count): isBefore(index, position, count)
        }
    }

    private func isBehind(_ index: Int, _ position: Int, _ distance: Int64) -> Bool {
        guard call.frame.isRange else { return index >= position + Int(distance) }
        guard let (one, other) = numbers(index, position) else {
            return compare(partition[index], partition[position]) >= 0
        }
        return one >= other + Int128(distance)
    }

    private func isBefore(_ index: Int, _ position: Int, _ distance: Int64) -> Bool {
        guard call.frame.isRange else { return index <= position + Int(distance) }
        guard let (one, other) = numbers(index, position) else {
            return compare(partition[index], partition[position]) <= 0
        }
        return one <= other + Int128(distance)
    }

    /// The order values of two positions, made to ascend; nil where one is NULL.
    private func numbers(_ index: Int, _ position: Int) -> (Int128, Int128)? {
        func number(_ position: Int) -> Int128? {
            let sign: Int128 = call.order[0].isAscending ? 1 : -1
            switch orders[partition[position]][0] {
            case .bigint(let value), .timestamp(let value), .date(let value):
                return sign * Int128(value)
            default: return nil
            }
        }
        guard let one = number(index), let other = number(position) else { return nil }
        return (one, other)
    }
}

extension BoundExpression {
    /// The value of a constant.
    fileprivate var literal: Value? { if case .literal(let value, _) = self { value } else { nil } }
}
