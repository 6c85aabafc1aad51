import Segments

/// STRING_AGG and ARRAY_AGG: all values of each group, in the order of keys if there are any.
///
/// Rows are kept as columns, with their group and their keys as one run of bytes
/// (`SortKeyEncoder`); at the end they are put in order once for all groups.
final class ListAccumulator: Accumulator {
    private let call: AggregateCall
    private let form: AggregateCall.List
    private let encoder: SortKeyEncoder
    private var values: ColumnAppender
    private var keys = StringVector()
    private var groups: [UInt32] = []
    private var groupCount = 0
    private var ordered: (rows: [Int32], starts: [Int], values: Column)?

    /// Values of `type`.
    init(_ call: AggregateCall, _ form: AggregateCall.List, _ type: LogicalType) {
        self.call = call
        self.form = form
        encoder = SortKeyEncoder(call.order)
        values = ColumnAppender(type)
    }

    var memoryBytes: Int {
        values.memoryBytes + keys.bytes.count + keys.count * 4 + groups.count * 4
    }

    func grow(to count: Int) { groupCount = max(groupCount, count) }

    func add(_ argument: Vector?, _ groups: GroupNumbers, count: Int) {
        preconditionFailure("a list takes keys with its values")
    }

    /// Adds rows with the keys of their order. Texts pass over NULLs, arrays hold them.
    func add(_ argument: Vector, by order: [Vector], _ groups: GroupNumbers, count: Int) {
        var column = argument.column(count: count)
        var orders = order.map { $0.column(count: count) }
        var own = [UInt32](repeating: 0, count: count)
        // A row that is left out of all groups keeps the mark.
        for row in own.indices { own[row] = .max }
        GroupLoop.run(groups, count: count, validity: nil) { row, group in
            own[row] = UInt32(truncatingIfNeeded: group)
        }
        let isText = form.separator != nil
        let kept = (0..<Int32(truncatingIfNeeded: count)).filter {
            own[Int($0)] != .max && !(isText && column.isNull(Int($0)))
        }
        if kept.count < count {
            column = column.gather(kept)
            orders = orders.map { $0.gather(kept) }
            own = GroupNumbers.pick(own.span, kept.span)
        }
        values.append(column)
        self.groups += own
        if !orders.isEmpty {
            keys.append(contentsOf: encoder.encode(orders, count: own.count))
        }
    }

    func merge(_ other: any Accumulator, _ map: [UInt32], _ context: QueryContext) {
        let other = sibling(other)
        values.append(other.values.finish())
        keys.append(contentsOf: other.keys)
        groups += other.groups.map { map[Int($0)] }
    }

    func finish(_ range: Range<Int>, rowCounts: [Int64]) throws(QueryError) -> Column {
        let (rows, starts, values) = order()
        return form.separator == nil
            ? try arrays(range, rows, starts, values) : try texts(range, rows, starts, values)
    }

    /// The rows by group, in order within it, equal values once where that is asked for.
    private func order() -> (rows: [Int32], starts: [Int], values: Column) {
        if let ordered { return ordered }
        let column = values.finish()
        let texts = column.type.layout == .strings ? TextOperand(column) : nil
        func compare(_ one: Int, _ other: Int) -> Int {
            switch (column.isNull(one), column.isNull(other)) {
            case (true, true): return 0
            case (true, false): return -1
            case (false, true): return 1
            default: break
            }
            if let texts { return ByteStrings.compare(texts.span(at: one), texts.span(at: other)) }
            return ValueOrder.compare(column.value(at: one), column.value(at: other))
        }
        var rows = (0..<Int32(truncatingIfNeeded: groups.count)).map { $0 }
        let hasKeys = !call.order.isEmpty
        let (keys, groups) = (keys, groups)
        rows.sort { left, right in
            let (one, other) = (Int(left), Int(right))
            if groups[one] != groups[other] { return groups[one] < groups[other] }
            if hasKeys {
                let order = ByteStrings.compare(keys.span(at: one), keys.span(at: other))
                if order != 0 { return order < 0 }
            }
            // Equal values lie together; and the division of work does not show.
            if call.isDistinct || hasKeys {
                let order = compare(one, other)
                if order != 0 { return order < 0 }
            }
            return one < other
        }
        if call.isDistinct {
            var kept: [Int32] = []
            for row in rows {
                if let last = kept.last, groups[Int(last)] == groups[Int(row)],
                    compare(Int(last), Int(row)) == 0
                {
                    continue
                }
                kept.append(row)
            }
            rows = kept
        }
        var starts = [Int](repeating: 0, count: groupCount + 1)
        for row in rows { starts[Int(groups[Int(row)]) + 1] += 1 }
        for group in 0..<groupCount { starts[group + 1] += starts[group] }
        ordered = (rows, starts, column)
        return (rows, starts, column)
    }

    private func arrays(
        _ range: Range<Int>, _ rows: [Int32], _ starts: [Int], _ values: Column
    ) throws(QueryError) -> Column {
        var offsets: [UInt32] = [0]
        var validity = Bitmap(count: 0)
        let base = starts[range.lowerBound]
        for group in range {
            // The bytes of texts are bounded by the query's memory; numbers take eight.
            let count = starts[group + 1] - starts[group]
            if count * 8 > form.maximumByteCount { throw tooLong() }
            offsets.append(UInt32(starts[group + 1] - base))
            validity.append(count > 0)
        }
        let picked = Array(rows[base..<starts[range.upperBound]])
        return Column(
            type: call.type, values: .arrays(offsets: offsets, elements: values.gather(picked)),
            validity: validity.unlessFull)
    }

    private func texts(
        _ range: Range<Int>, _ rows: [Int32], _ starts: [Int], _ values: Column
    ) throws(QueryError) -> Column {
        let separator = form.separator?.bytes ?? []
        let texts = TextOperand(values)
        var result = StringVector()
        var validity = Bitmap(count: 0)
        for group in range {
            let before = result.bytes.count
            for index in starts[group]..<starts[group + 1] {
                if index > starts[group] { for byte in separator { result.append(byte: byte) } }
                let text = texts.span(at: Int(rows[index]))
                TextKernels.append(text, 0..<text.count, to: &result)
            }
            guard result.bytes.count - before <= form.maximumByteCount,
                result.bytes.count <= StringVector.maximumByteCount / 2
            else { throw tooLong() }
            result.finishString()
            validity.append(starts[group + 1] > starts[group])
        }
        return Column(type: call.type, values: .strings(result), validity: validity.unlessFull)
    }

    private func tooLong() -> QueryError {
        QueryError(
            .limit,
            "a value of \(call.function.rawValue) has more than \(form.maximumByteCount) bytes",
            at: call.range, hint: "group by more, filter more, or name a larger size")
    }
}
