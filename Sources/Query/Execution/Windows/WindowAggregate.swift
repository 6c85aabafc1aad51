import Segments

/// An aggregate over the frame of every row.
///
/// A segment tree over the rows in order: a node holds what its half-open run of rows gives, so
/// that any frame is put together from O(log rows) nodes, whatever moves at either end.
struct WindowAggregate {
    private let call: WindowCall
    private let function: AggregateCall.Function
    private let rows: WindowRows
    private let frames: [Range<Int>]
    private let values: Column?
    private let keys: StringVector
    private var counts: [Int64]
    private var sums: [Int128] = []
    private var doubles: [Double] = []
    /// The row of the least or greatest value of a node; -1 for none.
    private var best: [Int32] = []
    private let leafCount: Int

    /// The aggregate `function` of `call` over `batch`.
    init(
        _ call: WindowCall, _ function: AggregateCall.Function, _ rows: WindowRows, _ batch: Batch
    ) throws(QueryError) {
        self.call = call
        self.function = function
        self.rows = rows
        frames = try rows.frames(call.frame, batch, call.order)
        let count = rows.rows.count
        leafCount = count
        var truth = Truth.constant(Truth.yes)
        if let filter = call.filter { truth = try Evaluator(filter).truth(batch) }
        values = try call.arguments.first.map { (argument) throws(QueryError) in
            try Evaluator(argument).evaluate(batch).column(count: batch.rowCount)
        }
        let isExtreme = function == .minimum || function == .maximum || function == .anyValue
        if isExtreme, function != .anyValue, let values {
            let key = SortKey(.column(index: 0, type: values.type), nullsFirst: true)
            keys = SortKeyEncoder([key]).encode([values], count: count)
        } else {
            keys = StringVector()
        }
        counts = Array(repeating: 0, count: 2 * count)
        if function == .sum || function == .average {
            if values?.type == .double {
                doubles = Array(repeating: 0, count: 2 * count)
            } else {
                sums = Array(repeating: 0, count: 2 * count)
            }
        }
        if isExtreme { best = Array(repeating: -1, count: 2 * count) }
        fill(truth)
        for node in stride(from: count - 1, to: 0, by: -1) { combine(2 * node, 2 * node + 1, node) }
    }

    private mutating func fill(_ truth: Truth) {
        let wide = sums.isEmpty ? nil : values.map { Vector.column($0).wideIntegers }
        for position in 0..<leafCount {
            let row = Int(rows.rows[position])
            if case .rows(let truths) = truth, truths[row] != Truth.yes { continue }
            if case .constant(let truth) = truth, truth != Truth.yes { continue }
            if let values, values.isNull(row) { continue }
            counts[leafCount + position] = 1
            if let wide { sums[leafCount + position] = wide.value(at: row) }
            if !doubles.isEmpty, case .doubles(let numbers)? = values?.values {
                doubles[leafCount + position] = numbers[row]
            }
            if !best.isEmpty { best[leafCount + position] = Int32(truncatingIfNeeded: row) }
        }
    }

    private mutating func combine(_ left: Int, _ right: Int, _ node: Int) {
        counts[node] = counts[left] + counts[right]
        if !sums.isEmpty { sums[node] = sums[left] &+ sums[right] }
        if !doubles.isEmpty { doubles[node] = doubles[left] + doubles[right] }
        if !best.isEmpty { best[node] = better(best[left], best[right]) }
    }

    private func better(_ one: Int32, _ other: Int32) -> Int32 {
        guard one >= 0, other >= 0 else { return max(one, other) }
        if function == .anyValue { return one }
        let order = ByteStrings.compare(keys.span(at: Int(one)), keys.span(at: Int(other)))
        return (function == .minimum ? order <= 0 : order >= 0) ? one : other
    }

    // MARK: - Results

    /// What a frame gives.
    private struct Total {
        var count: Int64 = 0
        var sum: Int128 = 0
        var double = 0.0
        var best: Int32 = -1
    }

    /// One result per row of the input.
    func column() throws(QueryError) -> Column {
        var totals = [Total](repeating: Total(), count: leafCount)
        var last: (frame: Range<Int>, total: Total)?
        for position in 0..<leafCount {
            let frame = frames[position]
            if last?.frame != frame { last = (frame, total(frame)) }
            totals[Int(rows.rows[position])] = last?.total ?? Total()
        }
        switch function {
        case .minimum, .maximum, .anyValue:
            guard let values else { preconditionFailure("an extreme has an argument") }
            return values.gather(orNull: totals.map(\.best))
        case .count:
            return Column(type: .bigint, values: .integers(totals.map(\.count)))
        default:
            let builder = ColumnBuilder(type: call.type)
            for total in totals { builder.append(try value(total)) }
            return builder.finish()
        }
    }

    private func total(_ frame: Range<Int>) -> Total {
        var total = Total()
        // Nodes of the right end are met from right to left.
        var rightNodes: [Int] = []
        var (low, high) = (frame.lowerBound + leafCount, frame.upperBound + leafCount)
        while low < high {
            if low & 1 == 1 {
                add(low, to: &total)
                low += 1
            }
            if high & 1 == 1 {
                high -= 1
                rightNodes.append(high)
            }
            low >>= 1
            high >>= 1
        }
        for node in rightNodes.reversed() { add(node, to: &total) }
        return total
    }

    private func add(_ node: Int, to total: inout Total) {
        total.count += counts[node]
        if !sums.isEmpty { total.sum &+= sums[node] }
        if !doubles.isEmpty { total.double += doubles[node] }
        if !best.isEmpty { total.best = better(total.best, best[node]) }
    }

    private func value(_ total: Total) throws(QueryError) -> Value {
        guard total.count > 0 else { return .null }
        if function == .average {
            guard doubles.isEmpty else { return .double(total.double / Double(total.count)) }
            return .double(
                ExactMean.of(total.sum, count: total.count, scale: values?.type.scale ?? 0))
        }
        if !doubles.isEmpty { return .double(total.double) }
        if case .decimal(let precision, let scale) = call.type {
            let sum = Decimal(unscaled: total.sum, scale: scale)
            guard sum.fits(precision: precision) else { throw overflow() }
            return .decimal(sum)
        }
        guard let sum = Int64(exactly: total.sum) else { throw overflow() }
        return .bigint(sum)
    }

    private func overflow() -> QueryError {
        QueryError(.overflow, "the sum does not fit \(call.type)", at: call.range)
    }
}
