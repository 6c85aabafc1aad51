import Segments

/// MIN and MAX of what is kept in 64-bit words or less, doubles in SQL's order.
final class WordExtremeAccumulator: Accumulator {
    private let type: LogicalType
    private let isMaximum: Bool
    private var best: [Int64] = []
    private var known: [Bool] = []

    init(_ type: LogicalType, isMaximum: Bool) {
        self.type = type
        self.isMaximum = isMaximum
    }

    var memoryBytes: Int { best.count * 9 }

    func grow(to count: Int) {
        best.grow(to: count, isMaximum ? .min : .max)
        known.grow(to: count, false)
    }

    func add(_ argument: Vector?, _ groups: GroupNumbers, count: Int) {
        guard let argument, !argument.isNullConstant else { return }
        let validity = argument.validity
        switch argument.column(count: count).values {
        case .integers(let values): add(values, groups, validity) { $0 }
        case .booleans(let values): add(values, groups, validity) { Int64($0) }
        case .doubles(let values): add(values, groups, validity) { OrderedDouble.key($0) }
        default: preconditionFailure("\(type) is no word")
        }
    }

    @inline(__always)
    private func add<Element>(
        _ values: [Element], _ groups: GroupNumbers, _ validity: Bitmap?,
        _ word: (Element) -> Int64
    ) {
        Self.add(&best, &known, values, groups, validity, isMaximum, word)
    }

    @inline(__always)
    private static func add<Element>(
        _ best: inout [Int64], _ known: inout [Bool], _ values: [Element],
        _ groups: GroupNumbers, _ validity: Bitmap?, _ isMaximum: Bool,
        _ word: (Element) -> Int64
    ) {
        var best = best.mutableSpan
        var known = known.mutableSpan
        if isMaximum {
            GroupLoop.run(groups, count: values.count, validity: validity) { row, group in
                best[group] = max(best[group], word(values[row]))
                known[group] = true
            }
        } else {
            GroupLoop.run(groups, count: values.count, validity: validity) { row, group in
                best[group] = min(best[group], word(values[row]))
                known[group] = true
            }
        }
    }

    func merge(_ other: any Accumulator, _ map: [UInt32], _ context: QueryContext) {
        let other = sibling(other)
        for group in other.best.indices where other.known[group] {
            let target = Int(map[group])
            let value = other.best[group]
            best[target] = isMaximum ? max(best[target], value) : min(best[target], value)
            known[target] = true
        }
    }

    func finish(_ range: Range<Int>) -> Column {
        var validity = Bitmap(count: 0)
        for group in range { validity.append(known[group]) }
        switch type.layout {
        case .booleans:
            return .booleans(
                range.map { known[$0] ? UInt8(truncatingIfNeeded: best[$0]) : 0 }, validity)
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

    func finish(_ range: Range<Int>) -> Column {
        let builder = ColumnBuilder(type: type)
        for group in range { builder.append(best[group]) }
        return builder.finish()
    }
}

/// An aggregate over distinct arguments: collects the pairs of group and value, and aggregates
/// each once at the end.
final class DistinctAccumulator: Accumulator {
    private let argumentType: LogicalType
    private let make: () -> any Accumulator
    private var values: KeyInterner
    private var pairs = PairTable()

    /// Distinct values of `argument` for the accumulator that `make` makes.
    init(_ argument: LogicalType, _ make: @escaping () -> any Accumulator) {
        argumentType = argument
        self.make = make
        values = KeyInterner(argument)
    }

    var memoryBytes: Int { values.memoryBytes + pairs.memoryBytes }

    func grow(to count: Int) {}

    func add(_ argument: Vector?, _ groups: GroupNumbers, count: Int) {
        guard let argument, !argument.isNullConstant else { return }
        let validity = argument.validity
        switch values.numbers(of: argument, count: count) {
        case .single(let number):
            GroupLoop.run(groups, count: count, validity: validity) { _, group in
                _ = pairs.number(of: UInt32(truncatingIfNeeded: group), number)
            }
        case .rows(let numbers):
            Self.add(&pairs, numbers, groups, validity)
        }
    }

    private static func add(
        _ pairs: inout PairTable, _ numbers: [UInt32], _ groups: GroupNumbers,
        _ validity: Bitmap?
    ) {
        GroupLoop.run(groups, count: numbers.count, validity: validity) { row, group in
            _ = pairs.number(of: UInt32(truncatingIfNeeded: group), numbers[row])
        }
    }

    func merge(_ other: any Accumulator, _ map: [UInt32], _ context: QueryContext) {
        let other = sibling(other)
        let numbers = values.merge(other.values)
        for pair in 0..<other.pairs.count {
            let (group, number) = other.pairs.pair(pair)
            _ = pairs.number(of: map[Int(group)], numbers[Int(number)])
        }
    }

    private var finished: (any Accumulator)?

    func finish(_ range: Range<Int>) throws(QueryError) -> Column {
        if let finished {
            finished.grow(to: range.upperBound)
            return try finished.finish(range)
        }
        let inner = make()
        var (groups, numbers): ([UInt32], [UInt32]) = ([], [])
        for pair in 0..<pairs.count {
            let (group, number) = pairs.pair(pair)
            groups.append(group)
            numbers.append(number)
        }
        inner.grow(to: max(range.upperBound, Int(groups.max() ?? 0) + 1))
        if !numbers.isEmpty {
            inner.add(.column(values.column(numbers)), .rows(groups), count: numbers.count)
        }
        inner.grow(to: range.upperBound)
        finished = inner
        return try inner.finish(range)
    }
}

extension OrderedDouble {
    /// The double behind a key.
    static func value(_ key: Int64) -> Double {
        if key == .max { return .nan }
        return Double(bitPattern: UInt64(bitPattern: key ^ ((key >> 63) & .max)))
    }
}
