import Segments

/// The constants of an IN list, made ready to be looked for in a column of their layout.
struct MemberSet {
    private let integers: NumberSet
    private var wideIntegers: [Int128] = []
    private var texts = StringVector()
    private let values: Set<Value>

    /// A set of values of one type, none of them NULL.
    init(_ values: Set<Value>) {
        self.values = values
        var strings: [Text] = []
        var integers: [Int64] = []
        for value in values {
            switch value {
            case .boolean(let value): integers.append(value ? 1 : 0)
            case .bigint(let value), .timestamp(let value), .date(let value):
                integers.append(value)
                wideIntegers.append(Int128(value))
            case .double(let value): integers.append(OrderedDouble.key(value))
            case .decimal(let value):
                integers.append(Int64(clamping: value.unscaled))
                wideIntegers.append(value.unscaled)
            case .varchar(let text), .json(let text): strings.append(text)
            case .null, .array: break
            }
        }
        self.integers = NumberSet(integers)
        wideIntegers.sort()
        texts = StringVector(strings.sorted())
    }

    /// Whether each of `count` rows is in the set.
    func contains(_ vector: Vector, hasNull: Bool, count: Int) -> Truth {
        if vector.isNullConstant { return .constant(Truth.unknown) }
        let truth = Truth.rows(found(vector, count: count)).withNulls(where: vector.validity)
        return hasNull ? truth.mapped { $0 == Truth.no ? Truth.unknown : $0 } : truth
    }

    private func found(_ vector: Vector, count: Int) -> [UInt8] {
        switch vector.type.layout {
        case .integers: return integers.found(vector.integers, count: count)
        case .booleans:
            return Elementwise.map(vector.booleans, count: count, zero: 0) {
                integers.holds(Int64($0)) ? 1 : 0
            }
        case .doubles:
            return Elementwise.map(vector.doubles, count: count, zero: 0) {
                integers.holds(OrderedDouble.key($0)) ? 1 : 0
            }
        case .wideIntegers:
            return Elementwise.map(vector.wideIntegers, count: count, zero: 0) {
                holds($0) ? 1 : 0
            }
        case .strings:
            // Of fewer rows than members, spelling the rows takes less than packing the members.
            if case .column(let column) = vector, column.count >= texts.count,
                let truths = PackedTextKernels.members(column, of: texts)
            {
                return truths
            }
            let operand = vector.texts
            return (0..<count).map { holds(operand.span(at: $0)) ? 1 : 0 }
        case .arrays:
            let column = vector.column(count: count)
            return (0..<count).map { values.contains(column.value(at: $0)) ? 1 : 0 }
        }
    }

    private func holds(_ value: Int128) -> Bool {
        var (low, high) = (0, wideIntegers.count)
        while low < high {
            let middle = (low + high) / 2
            if wideIntegers[middle] < value { low = middle + 1 } else { high = middle }
        }
        return low < wideIntegers.count && wideIntegers[low] == value
    }

    private func holds(_ text: Span<UInt8>) -> Bool {
        var (low, high) = (0, texts.count)
        while low < high {
            let middle = (low + high) / 2
            if ByteStrings.compare(texts.span(at: middle), text) < 0 {
                low = middle + 1
            } else {
                high = middle
            }
        }
        return low < texts.count && ByteStrings.equal(texts.span(at: low), text)
    }
}
