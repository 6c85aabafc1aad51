import Segments

/// MIN and MAX of what is kept in 64-bit words or less, doubles in SQL's order.
final class WordExtremeAccumulator: Accumulator {
    private let type: LogicalType
    private let isMaximum: Bool
    private var best: [Int64] = []
    private var nulls = NullCounts()

    init(_ type: LogicalType, isMaximum: Bool) {
        self.type = type
        self.isMaximum = isMaximum
    }

    var memoryBytes: Int { best.count * 8 + nulls.memoryBytes }
    var takesLeftOut: Bool { true }

    func grow(to count: Int) { best.grow(to: count, isMaximum ? .min : .max) }

    func add(_ argument: Vector?, _ groups: GroupNumbers, count: Int) {
        guard let argument else { return }
        nulls.add(argument, groups, count: count, groupCount: best.count)
        if argument.isNullConstant { return }
        let validity = argument.validity
        let words = Self.words(argument.column(count: count))
        switch groups {
        case .rows(let rows) where validity == nil:
            if isMaximum {
                GroupKernels.greatest(rows.span, words.span, &best)
            } else {
                GroupKernels.least(rows.span, words.span, &best)
            }
        case .coded(let rows) where validity == nil: add(words, rows)
        default: Self.add(&best, words, groups, validity, isMaximum)
        }
    }

    private func add(_ words: [Int64], _ rows: CodedRows) {
        if isMaximum {
            let cells = CodeKernels.greatest(rows.codes.span, words.span, size: rows.size)
            rows.forEachCell { cell, group in best[group] = max(best[group], cells[cell]) }
        } else {
            let cells = CodeKernels.least(rows.codes.span, words.span, size: rows.size)
            rows.forEachCell { cell, group in best[group] = min(best[group], cells[cell]) }
        }
    }

    /// Words of the same order as the values; those of NULL rows do not matter.
    static func words(_ column: Column) -> [Int64] {
        switch column.values {
        case .integers(let values): return values
        case .booleans(let values): return values.map { Int64($0) }
        case .doubles(let values): return values.map { OrderedDouble.key($0) }
        default: preconditionFailure("\(column.type) is no word")
        }
    }

    private static func add(
        _ best: inout [Int64], _ words: [Int64], _ groups: GroupNumbers, _ validity: Bitmap?,
        _ isMaximum: Bool
    ) {
        var best = best.mutableSpan
        let words = words.span
        GroupLoop.run(groups, count: words.count, validity: validity) { row, group in
            best[group] = isMaximum ? max(best[group], words[row]) : min(best[group], words[row])
        }
    }

    func merge(_ other: any Accumulator, _ map: [UInt32], _ context: QueryContext) {
        let other = sibling(other)
        nulls.merge(other.nulls, map, groupCount: best.count)
        for (group, value) in other.best.enumerated() {
            let target = Int(map[group])
            best[target] = isMaximum ? max(best[target], value) : min(best[target], value)
        }
    }

    func extract(_ groups: [Int32]) -> (any Accumulator)? {
        let part = WordExtremeAccumulator(type, isMaximum: isMaximum)
        part.best = groups.map { best[Int($0)] }
        part.nulls = nulls.extract(groups)
        return part
    }

    func finish(_ range: Range<Int>, rowCounts: [Int64]) -> Column {
        let validity = nulls.validity(range, rowCounts: rowCounts)
        switch type.layout {
        case .booleans:
            // Where there is no value at all there is neither 0 nor 1.
            return .booleans(range.map { best[$0] == 1 ? 1 : 0 }, validity)
        case .doubles:
            return .doubles(range.map { OrderedDouble.value(best[$0]) }, type, validity)
        default: return .integers(Array(best[range]), type, validity)
        }
    }
}

/// MIN and MAX of what is no 64-bit word, and ANY_VALUE of everything: one value per group.
final class ValueAccumulator: Accumulator {
    /// Which value of a group stays.
    enum Choice { case first, least, greatest }

    private let type: LogicalType
    private let choice: Choice
    private var best: [Value] = []
    private var heldBytes = 0

    init(_ type: LogicalType, _ choice: Choice) {
        self.type = type
        self.choice = choice
    }

    var memoryBytes: Int { best.count * MemoryLayout<Value>.stride + heldBytes }
    var takesLeftOut: Bool { true }

    func grow(to count: Int) { best.grow(to: count, .null) }

    func add(_ argument: Vector?, _ groups: GroupNumbers, count: Int) {
        guard let argument, !argument.isNullConstant else { return }
        let column = argument.column(count: count)
        let texts = type.layout == .strings ? TextOperand(column) : nil
        GroupLoop.run(groups, count: count, validity: column.validity) { row, group in
            if let texts {
                guard isBetter(texts.span(at: row), than: best[group]) else { return }
                keep(column.value(at: row), group)
            } else {
                let value = column.value(at: row)
                if isBetter(value, than: best[group]) { keep(value, group) }
            }
        }
    }

    private func keep(_ value: Value, _ group: Int) {
        heldBytes += Self.byteCount(value) - Self.byteCount(best[group])
        best[group] = value
    }

    private static func byteCount(_ value: Value) -> Int {
        switch value {
        case .varchar(let text), .json(let text): text.bytes.count
        case .array(let elements): elements.reduce(elements.count * 16) { $0 + byteCount($1) }
        default: 0
        }
    }

    private func isBetter(_ text: Span<UInt8>, than value: Value) -> Bool {
        switch value {
        case .varchar(let best), .json(let best):
            switch choice {
            case .first: false
            case .least: ByteStrings.compare(text, best.bytes.span) < 0
            case .greatest: ByteStrings.compare(text, best.bytes.span) > 0
            }
        default: true
        }
    }

    private func isBetter(_ value: Value, than best: Value) -> Bool {
        if best.isNull { return true }
        switch choice {
        case .first: return false
        case .least: return ValueOrder.compare(value, best) < 0
        case .greatest: return ValueOrder.compare(value, best) > 0
        }
    }

    func merge(_ other: any Accumulator, _ map: [UInt32], _ context: QueryContext) {
        let other = sibling(other)
        for (group, value) in other.best.enumerated() where !value.isNull {
            if isBetter(value, than: best[Int(map[group])]) { keep(value, Int(map[group])) }
        }
    }

    func extract(_ groups: [Int32]) -> (any Accumulator)? {
        let part = ValueAccumulator(type, choice)
        part.best = groups.map { best[Int($0)] }
        part.heldBytes = part.best.reduce(0) { $0 + Self.byteCount($1) }
        return part
    }

    func finish(_ range: Range<Int>, rowCounts: [Int64]) -> Column {
        let builder = ColumnBuilder(type: type)
        for group in range { builder.append(best[group]) }
        return builder.finish()
    }
}

extension OrderedDouble {
    /// The double behind a key.
    static func value(_ key: Int64) -> Double {
        if key == .max { return .nan }
        return Double(bitPattern: UInt64(bitPattern: key ^ ((key >> 63) & .max)))
    }
}
