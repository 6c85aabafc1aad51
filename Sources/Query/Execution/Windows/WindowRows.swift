import Segments

/// The rows of a window function's input in order of its partitions, and inside of them in its own.
///
/// Positions count in that order; `rows[position]` is the row of the input.
struct WindowRows {
    /// Rows of the input by position.
    let rows: [Int32]
    /// For each position where its partition begins, and where it ends.
    let starts: [Int32]
    let ends: [Int32]
    /// For each position where the rows equal to it in order begin, and where they end.
    let peerStarts: [Int32]
    let peerEnds: [Int32]

    /// Orders the rows of a batch.
    init(
        _ batch: Batch, partition: [BoundExpression], order: [SortKey]
    ) throws(QueryError) {
        let partitionKeys = partition.map { SortKey($0, nullsFirst: true) }
        let first = try Self.encoded(batch, partitionKeys)
        let second = try Self.encoded(batch, order)
        let count = batch.rowCount
        let firstPrefixes = (0..<count).map { SortKeyEncoder.prefix(first.span(at: $0)) }
        let secondPrefixes = (0..<count).map { SortKeyEncoder.prefix(second.span(at: $0)) }
        func compare(_ one: Int, _ other: Int, _ keys: StringVector, _ prefixes: [UInt64]) -> Int {
            if prefixes[one] != prefixes[other] { return prefixes[one] < prefixes[other] ? -1 : 1 }
            return ByteStrings.compare(keys.span(at: one), keys.span(at: other))
        }
        rows = (0..<Int32(truncatingIfNeeded: count)).sorted { left, right in
            let (one, other) = (Int(left), Int(right))
            var result = compare(one, other, first, firstPrefixes)
            if result == 0 { result = compare(one, other, second, secondPrefixes) }
            return result == 0 ? left < right : result < 0
        }
        var isStart = [Bool](repeating: false, count: count)
        var isPeerStart = isStart
        for position in 0..<count {
            guard position > 0 else {
                (isStart[0], isPeerStart[0]) = (true, true)
                continue
            }
            let (one, other) = (Int(rows[position - 1]), Int(rows[position]))
            isStart[position] = compare(one, other, first, firstPrefixes) != 0
            isPeerStart[position] =
                isStart[position] || compare(one, other, second, secondPrefixes) != 0
        }
        (starts, ends) = Self.runs(isStart)
        (peerStarts, peerEnds) = Self.runs(isPeerStart)
    }

    private static func encoded(
        _ batch: Batch, _ keys: [SortKey]
    ) throws(QueryError) -> StringVector {
        var columns: [Column] = []
        for key in keys {
            columns.append(
                try Evaluator(key.expression).evaluate(batch).column(count: batch.rowCount))
        }
        return SortKeyEncoder(keys).encode(columns, count: batch.rowCount)
    }

    /// For each position the first and one past the last of its run.
    private static func runs(_ isStart: [Bool]) -> (starts: [Int32], ends: [Int32]) {
        var starts = [Int32](repeating: 0, count: isStart.count)
        var ends = starts
        var start = 0
        for position in 0...isStart.count {
            guard position == isStart.count || (isStart[position] && position > 0) else { continue }
            for inside in start..<position {
                starts[inside] = Int32(truncatingIfNeeded: start)
                ends[inside] = Int32(truncatingIfNeeded: position)
            }
            start = position
        }
        return (starts, ends)
    }
}

// MARK: - Frames

extension WindowRows {
    /// For each position the first and one past the last of its frame; equal where it is empty.
    func frames(
        _ frame: WindowFrame, _ batch: Batch, _ order: [SortKey]
    ) throws(QueryError) -> [Range<Int>] {
        let needsValues = [frame.start, frame.end].contains { bound in
            switch bound {
            case .preceding, .following: frame.isRange
            default: false
            }
        }
        let values = needsValues ? try RangeValues(batch, order[0], self) : nil
        return rows.indices.map { position in
            let partition = Int(starts[position])..<Int(ends[position])
            let start = self.start(frame, position, partition, values)
            let end = self.end(frame, position, partition, values)
            let low = min(max(start, partition.lowerBound), partition.upperBound)
            return low..<max(low, min(end, partition.upperBound))
        }
    }

    private func start(
        _ frame: WindowFrame, _ position: Int, _ partition: Range<Int>, _ values: RangeValues?
    ) -> Int {
        switch frame.start {
        case .unboundedPreceding: return partition.lowerBound
        case .unboundedFollowing: return partition.upperBound
        case .currentRow: return frame.isRange ? Int(peerStarts[position]) : position
        case .preceding(let distance):
            if let values { return values.first(position, -distance, partition, self) }
            return position.subtractingClamping(distance)
        case .following(let distance):
            if let values { return values.first(position, distance, partition, self) }
            return position.addingClamping(Int(distance))
        }
    }

    private func end(
        _ frame: WindowFrame, _ position: Int, _ partition: Range<Int>, _ values: RangeValues?
    ) -> Int {
        switch frame.end {
        case .unboundedPreceding: return partition.lowerBound
        case .unboundedFollowing: return partition.upperBound
        case .currentRow: return frame.isRange ? Int(peerEnds[position]) : position + 1
        case .preceding(let distance):
            if let values { return values.last(position, -distance, partition, self) }
            return position.subtractingClamping(distance).addingClamping(1)
        case .following(let distance):
            if let values { return values.last(position, distance, partition, self) }
            return position.addingClamping(Int(distance)).addingClamping(1)
        }
    }
}

/// The values of the only order key, by position, made to ascend.
private struct RangeValues {
    private var values: [Int64] = []
    private var isNull: [Bool] = []

    init(_ batch: Batch, _ key: SortKey, _ rows: WindowRows) throws(QueryError) {
        let column = try Evaluator(key.expression).evaluate(batch).column(count: batch.rowCount)
        guard case .integers(let integers) = column.values else {
            preconditionFailure("a distance is taken over \(column.type)")
        }
        for row in rows.rows {
            let value = integers[Int(row)]
            // ~x falls where x rises, and never overflows.
            values.append(key.isAscending ? value : ~value)
            isNull.append(column.isNull(Int(row)))
        }
    }

    /// The first position whose value is at least the row's plus `distance`; rows that are NULL
    /// see their like.
    func first(
        _ position: Int, _ distance: Int64, _ partition: Range<Int>, _ rows: WindowRows
    ) -> Int {
        if isNull[position] { return Int(rows.peerStarts[position]) }
        let wanted = values[position].addingClamping(distance)
        return search(partition) { values[$0] >= wanted }
    }

    /// One past the last position whose value is at most the row's plus `distance`.
    func last(
        _ position: Int, _ distance: Int64, _ partition: Range<Int>, _ rows: WindowRows
    ) -> Int {
        if isNull[position] { return Int(rows.peerEnds[position]) }
        let wanted = values[position].addingClamping(distance)
        return search(partition) { values[$0] > wanted }
    }

    /// The first position among the rows with values for which `isBehind`; NULLs lie at one end.
    private func search(_ partition: Range<Int>, _ isBehind: (Int) -> Bool) -> Int {
        var low = partition.lowerBound
        var high = partition.upperBound
        if low < high, isNull[low] { while low < high, isNull[low] { low += 1 } }
        while high > low, isNull[high - 1] { high -= 1 }
        while low < high {
            let middle = (low + high) / 2
            if isBehind(middle) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}

extension Int {
    fileprivate func subtractingClamping(_ other: Int64) -> Int {
        let difference = subtractingReportingOverflow(Int(other))
        return difference.overflow ? .min : difference.partialValue
    }
}

extension Int64 {
    fileprivate func addingClamping(_ other: Int64) -> Int64 {
        let sum = addingReportingOverflow(other)
        return sum.overflow ? (other < 0 ? .min : .max) : sum.partialValue
    }
}
