import Segments

/// Comparisons of two vectors of one layout, without regard to NULL.
enum CompareKernels {
    /// Compares numbers or other ordered values, element by element.
    @inline(__always)
    static func compare<Element: Comparable>(
        _ comparison: Comparison, _ one: Operand<Element>, _ other: Operand<Element>, count: Int
    ) -> [UInt8] {
        switch comparison {
        case .equal, .notDistinctFrom:
            Elementwise.zip(one, other, count: count, zero: 0) { $0 == $1 ? 1 : 0 }
        case .notEqual, .distinctFrom:
            Elementwise.zip(one, other, count: count, zero: 0) { $0 != $1 ? 1 : 0 }
        case .less: Elementwise.zip(one, other, count: count, zero: 0) { $0 < $1 ? 1 : 0 }
        case .lessOrEqual: Elementwise.zip(one, other, count: count, zero: 0) { $0 <= $1 ? 1 : 0 }
        case .greater: Elementwise.zip(one, other, count: count, zero: 0) { $0 > $1 ? 1 : 0 }
        case .greaterOrEqual:
            Elementwise.zip(one, other, count: count, zero: 0) { $0 >= $1 ? 1 : 0 }
        }
    }

    /// Compares doubles in SQL's total order: NaN equals itself and is above all numbers.
    static func compare(
        _ comparison: Comparison, doubles one: Operand<Double>, _ other: Operand<Double>, count: Int
    ) -> [UInt8] {
        compare(comparison, ordered(one), ordered(other), count: count)
    }

    private static func ordered(_ operand: Operand<Double>) -> Operand<Int64> {
        switch operand {
        case .constant(let value): .constant(OrderedDouble.key(value))
        case .rows(let values):
            .rows(
                Elementwise.map(operand, count: values.count, zero: 0) { OrderedDouble.key($0) })
        }
    }

    /// Compares strings by bytes.
    static func compare(
        _ comparison: Comparison, texts one: TextOperand, _ other: TextOperand, count: Int
    ) -> [UInt8] {
        var result = [UInt8](repeating: 0, count: count)
        switch comparison {
        case .equal, .notDistinctFrom, .notEqual, .distinctFrom:
            let wanted = comparison == .equal || comparison == .notDistinctFrom
            for row in 0..<count {
                let isEqual = ByteStrings.equal(one.span(at: row), other.span(at: row))
                result[row] = isEqual == wanted ? 1 : 0
            }
        default:
            for row in 0..<count {
                let order = ByteStrings.compare(one.span(at: row), other.span(at: row))
                result[row] = holds(comparison, order: order) ? 1 : 0
            }
        }
        return result
    }

    /// Whether a comparison holds of two values in that order (-1, 0, 1).
    static func holds(_ comparison: Comparison, order: Int) -> Bool {
        switch comparison {
        case .equal, .notDistinctFrom: order == 0
        case .notEqual, .distinctFrom: order != 0
        case .less: order < 0
        case .lessOrEqual: order <= 0
        case .greater: order > 0
        case .greaterOrEqual: order >= 0
        }
    }
}

/// Doubles as integers of the same order: zeros equal, NaN equal to itself and above all.
enum OrderedDouble {
    /// ∀ a, b: `key(a) < key(b)` exactly if a comes before b.
    @inline(__always)
    static func key(_ value: Double) -> Int64 {
        if value.isNaN { return .max }
        let bits = Int64(bitPattern: (value + 0).bitPattern)
        return bits ^ ((bits >> 63) & .max)
    }
}
