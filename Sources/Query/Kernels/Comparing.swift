import Segments

/// Comparisons of vectors of any layout, NULLs included.
enum Comparing {
    /// The truth of the comparison in each of `count` rows.
    static func compare(
        _ comparison: Comparison, _ one: Vector, _ other: Vector, count: Int
    ) -> Truth {
        let isNullAware = comparison == .distinctFrom || comparison == .notDistinctFrom
        if one.isNullConstant || other.isNullConstant {
            guard isNullAware else { return .constant(Truth.unknown) }
            return compareWithNull(comparison, one.isNullConstant ? other : one)
        }
        let values = Truth.rows(compareValues(comparison, one, other, count: count))
        if !isNullAware {
            return values.withNulls(
                where: Bitmap.intersection(one.validity, other.validity))
        }
        guard one.validity != nil || other.validity != nil,
            case .rows(var truths) = values
        else { return values }
        for row in 0..<count {
            let isNull = !(one.validity.map { $0[row] } ?? true)
            let isOtherNull = !(other.validity.map { $0[row] } ?? true)
            guard isNull || isOtherNull else { continue }
            truths[row] = (isNull == isOtherNull) == (comparison == .notDistinctFrom) ? 1 : 0
        }
        return .rows(truths)
    }

    private static func compareWithNull(_ comparison: Comparison, _ vector: Vector) -> Truth {
        let ifNull = comparison == .notDistinctFrom ? Truth.yes : Truth.no
        switch vector {
        case .constant(let value, _): return .constant(value.isNull ? ifNull : 1 - ifNull)
        case .column(let column):
            return Truth.rows([UInt8](repeating: 1 - ifNull, count: column.count))
                .withNulls(where: column.validity)
                .mapped { $0 == Truth.unknown ? ifNull : $0 }
        }
    }

    private static func compareValues(
        _ comparison: Comparison, _ one: Vector, _ other: Vector, count: Int
    ) -> [UInt8] {
        switch (one.type.layout, other.type.layout) {
        case (.integers, .integers):
            return CompareKernels.compare(
                comparison, one.integers, other.integers, count: count)
        case (.wideIntegers, _), (_, .wideIntegers):
            return CompareKernels.compare(
                comparison, one.wideIntegers, other.wideIntegers, count: count)
        case (.doubles, _):
            return CompareKernels.compare(
                comparison, doubles: one.doubles, other.doubles, count: count)
        case (.booleans, _):
            return CompareKernels.compare(
                comparison, one.booleans, other.booleans, count: count)
        case (.strings, _):
            if let truths = PackedTextKernels.compare(comparison, one, other, count: count) {
                return truths
            }
            return CompareKernels.compare(comparison, texts: one.texts, other.texts, count: count)
        default:
            let (left, right) = (one.column(count: count), other.column(count: count))
            return (0..<count).map { row in
                let (one, other) = (left.value(at: row), right.value(at: row))
                guard !one.isNull, !other.isNull else { return 0 }
                let order = ValueOrder.compare(one, other)
                return CompareKernels.holds(comparison, order: order) ? 1 : 0
            }
        }
    }
}

/// The order of single values of one type, for the cold paths.
enum ValueOrder {
    /// -1, 0 or 1; NULL comes first, NaN last.
    static func compare(_ one: Value, _ other: Value) -> Int {
        switch (one, other) {
        case (.null, .null): return 0
        case (.null, _): return -1
        case (_, .null): return 1
        case (.boolean(let one), .boolean(let other)): return order(one ? 1 : 0, other ? 1 : 0)
        case (.double(let one), .double(let other)):
            return order(OrderedDouble.key(one), OrderedDouble.key(other))
        case (.varchar(let one), .varchar(let other)), (.json(let one), .json(let other)):
            return ByteStrings.compare(one.bytes.span, other.bytes.span)
        case (.array(let one), .array(let other)):
            for (left, right) in zip(one, other) {
                let result = compare(left, right)
                if result != 0 { return result }
            }
            return order(one.count, other.count)
        default:
            if let one = decimal(one), let other = decimal(other) { return one.compare(other) }
            preconditionFailure("values of two types are compared: \(one) and \(other)")
        }
    }

    private static func order<Item: Comparable>(_ one: Item, _ other: Item) -> Int {
        one < other ? -1 : (one == other ? 0 : 1)
    }

    private static func decimal(_ value: Value) -> Decimal? {
        switch value {
        case .bigint(let value), .timestamp(let value), .date(let value):
            Decimal(unscaled: Int128(value), scale: 0)
        case .decimal(let value): value
        default: nil
        }
    }
}
