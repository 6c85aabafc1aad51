import Segments

/// Computes window functions over all rows of their input, which are in memory.
///
/// Calls of one partition and order share the sorted rows. Results go back to the place of their
/// row: the output has the order of the input.
struct WindowRunner {
    private let batch: Batch
    private let context: QueryContext
    private var ordered: [Shape: WindowRows] = [:]

    /// What rows are sorted by.
    private struct Shape: Hashable {
        var partition: [BoundExpression]
        var order: [SortKey]
    }

    /// A runner over the rows of `columns`.
    init(rowCount: Int, columns: [Column], _ context: QueryContext) {
        batch = Batch(rowCount: rowCount, columns: columns)
        self.context = context
    }

    /// The result of a call, one value per row of the input.
    mutating func result(of call: WindowCall) throws(QueryError) -> Column {
        try context.check()
        let rows = try self.rows(call)
        switch call.function {
        case .rowNumber: return numbers(rows) { Int64($0 - Int(rows.starts[$0]) + 1) }
        case .rank: return numbers(rows) { Int64(rows.peerStarts[$0] - rows.starts[$0] + 1) }
        case .denseRank: return denseRanks(rows)
        case .percentRank:
            return shares(rows) { position in
                let count = rows.ends[position] - rows.starts[position]
                let before = rows.peerStarts[position] - rows.starts[position]
                return count > 1 ? Double(before) / Double(count - 1) : 0
            }
        case .cumulativeDistribution:
            return shares(rows) { position in
                Double(rows.peerEnds[position] - rows.starts[position])
                    / Double(rows.ends[position] - rows.starts[position])
            }
        case .tile:
            let count = try constant(call.arguments[0])
            return numbers(rows) { position in
                Self.tile(
                    position - Int(rows.starts[position]), of: count,
                    rowCount: Int(rows.ends[position] - rows.starts[position]))
            }
        case .lag, .lead: return try shifted(call, rows)
        case .firstValue, .lastValue, .nthValue: return try picked(call, rows)
        case .aggregate(let function):
            return try WindowAggregate(call, function, rows, batch).column()
        }
    }

    private mutating func rows(_ call: WindowCall) throws(QueryError) -> WindowRows {
        let shape = Shape(partition: call.partition, order: call.order)
        if let known = ordered[shape] { return known }
        let bytes = batch.rowCount * 64
        try context.hold(bytes, hint: "filter the rows that the window function sees")
        let rows = try WindowRows(batch, partition: call.partition, order: call.order)
        ordered[shape] = rows
        return rows
    }

    // MARK: - Positions

    private func numbers(_ rows: WindowRows, _ number: (Int) -> Int64) -> Column {
        var values = [Int64](repeating: 0, count: rows.rows.count)
        for position in rows.rows.indices { values[Int(rows.rows[position])] = number(position) }
        return Column(type: .bigint, values: .integers(values))
    }

    private func shares(_ rows: WindowRows, _ share: (Int) -> Double) -> Column {
        var values = [Double](repeating: 0, count: rows.rows.count)
        for position in rows.rows.indices { values[Int(rows.rows[position])] = share(position) }
        return Column(type: .double, values: .doubles(values))
    }

    private func denseRanks(_ rows: WindowRows) -> Column {
        var rank: Int64 = 0
        return numbers(rows) { position in
            if Int(rows.starts[position]) == position {
                rank = 1
            } else if Int(rows.peerStarts[position]) == position {
                rank += 1
            }
            return rank
        }
    }

    /// The first parts have one row more where the rows do not divide evenly.
    private static func tile(_ index: Int, of count: Int64, rowCount: Int) -> Int64 {
        let parts = Int(clamping: count)
        let (size, larger) = rowCount.quotientAndRemainder(dividingBy: parts)
        let boundary = larger * (size + 1)
        if index < boundary { return Int64(index / (size + 1) + 1) }
        return Int64(larger + (index - boundary) / max(size, 1) + 1)
    }

    private func constant(_ argument: BoundExpression) throws(QueryError) -> Int64 {
        guard case .bigint(let value)? = argument.constant else {
            preconditionFailure("the binder lets constants through only")
        }
        return value
    }

    // MARK: - Values of other rows

    private func argument(_ call: WindowCall, _ index: Int) throws(QueryError) -> Column {
        try Evaluator(call.arguments[index]).evaluate(batch).column(count: batch.rowCount)
    }

    private func shifted(_ call: WindowCall, _ rows: WindowRows) throws(QueryError) -> Column {
        let values = try argument(call, 0)
        let distance = Int(
            clamping: call.arguments.count > 1 ? try constant(call.arguments[1]) : 1)
        let step = call.function == .lag ? -1 : 1
        var sources = [Int32](repeating: -1, count: rows.rows.count)
        for position in rows.rows.indices {
            let partition = Int(rows.starts[position])..<Int(rows.ends[position])
            var found = position
            if call.ignoresNulls {
                var left = distance
                while left > 0, partition.contains(found + step) {
                    found += step
                    if !values.isNull(Int(rows.rows[found])) { left -= 1 }
                }
                if left > 0 { found = -1 }
            } else {
                let moved = position.addingReportingOverflow(step * distance)
                found = moved.overflow ? -1 : moved.partialValue
            }
            guard partition.contains(found) else { continue }
            sources[Int(rows.rows[position])] = rows.rows[found]
        }
        guard call.arguments.count > 2 else { return values.gather(orNull: sources) }
        let others = try argument(call, 2)
        let builder = ColumnBuilder(type: call.type)
        for (row, source) in sources.enumerated() {
            builder.append(source < 0 ? others.value(at: row) : values.value(at: Int(source)))
        }
        return builder.finish()
    }

    private func picked(_ call: WindowCall, _ rows: WindowRows) throws(QueryError) -> Column {
        let values = try argument(call, 0)
        let frames = try rows.frames(call.frame, batch, call.order)
        let nth = call.function == .nthValue ? try constant(call.arguments[1]) : 1
        var sources = [Int32](repeating: -1, count: rows.rows.count)
        for position in rows.rows.indices {
            let frame = frames[position]
            let found: Int?
            if call.ignoresNulls {
                let kept = { (position: Int) in !values.isNull(Int(rows.rows[position])) }
                if call.function == .lastValue {
                    found = frame.last(where: kept)
                } else {
                    found = frame.lazy.filter(kept).dropFirst(Int(clamping: nth - 1)).first
                }
            } else if call.function == .lastValue {
                found = frame.last
            } else {
                found = nth <= frame.count ? frame.lowerBound + Int(nth) - 1 : nil
            }
            if let found { sources[Int(rows.rows[position])] = rows.rows[found] }
        }
        return values.gather(orNull: sources)
    }
}
