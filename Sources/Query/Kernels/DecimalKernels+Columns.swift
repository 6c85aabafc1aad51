import Segments

/// Sums, differences and products of whole columns whose result's type holds whatever the operands'
/// types hold: without a check per row, in 64 bits where all three are kept in them.
///
/// ```
/// + -   precision ≥ max(p1 - s1, p2 - s2) + 1 + scale,  scale = max(s1, s2)
/// *     precision ≥ p1 + p2,                            scale = s1 + s2
/// ```
extension DecimalKernels {
    /// The column, or nil where a row might not fit, or the function is none of these.
    static func exact(
        _ function: ScalarFunction, _ one: Vector, _ other: Vector, type: LogicalType, count: Int,
        validity: Bitmap?
    ) -> Column? {
        guard case .decimal(let precision, let scale) = type, let left = digits(of: one.type),
            let right = digits(of: other.type)
        else { return nil }
        let factors: (one: Int128, other: Int128)
        switch function {
        case .add, .subtract:
            let whole = max(left.count - left.scale, right.count - right.scale)
            guard scale == max(left.scale, right.scale), precision > whole + scale else {
                return nil
            }
            factors = (
                Decimal.powersOfTen[scale - left.scale], Decimal.powersOfTen[scale - right.scale]
            )
        case .multiply:
            guard scale == left.scale + right.scale, precision >= left.count + right.count else {
                return nil
            }
            factors = (1, 1)
        default: return nil
        }
        let isNarrow = one.type.layout == .integers && other.type.layout == .integers
        if isNarrow, type.layout == .integers {
            let values = narrow(
                function, one.integers, other.integers,
                (Int64(truncatingIfNeeded: factors.one), Int64(truncatingIfNeeded: factors.other)),
                count)
            return .integers(values, type, validity)
        }
        let values =
            isNarrow && function == .multiply
            ? Elementwise.zip(one.integers, other.integers, count: count, zero: Int128(0)) {
                Int128($0) &* Int128($1)
            }
            : wide(function, one.wideIntegers, other.wideIntegers, factors, count)
        return Column.made(values, zero: 0, type: type, validity: validity) { .wideIntegers($0) }
    }

    /// The most digits of values of a type, and how many of them stand after the point.
    private static func digits(of type: LogicalType) -> (count: Int, scale: Int)? {
        switch type {
        case .decimal(let precision, let scale): (precision, scale)
        case .bigint: (19, 0)
        default: nil
        }
    }

    private static func narrow(
        _ function: ScalarFunction, _ one: Operand<Int64>, _ other: Operand<Int64>,
        _ factors: (one: Int64, other: Int64), _ count: Int
    ) -> [Int64] {
        switch function {
        case .multiply: Elementwise.zip(one, other, count: count, zero: 0) { $0 &* $1 }
        case .add where factors == (1, 1):
            Elementwise.zip(one, other, count: count, zero: 0) { $0 &+ $1 }
        case .add:
            Elementwise.zip(one, other, count: count, zero: 0) {
                $0 &* factors.one &+ $1 &* factors.other
            }
        default:
            Elementwise.zip(one, other, count: count, zero: 0) {
                $0 &* factors.one &- $1 &* factors.other
            }
        }
    }

    private static func wide(
        _ function: ScalarFunction, _ one: Operand<Int128>, _ other: Operand<Int128>,
        _ factors: (one: Int128, other: Int128), _ count: Int
    ) -> [Int128] {
        switch function {
        case .multiply: Elementwise.zip(one, other, count: count, zero: 0) { $0 &* $1 }
        case .add where factors == (1, 1):
            Elementwise.zip(one, other, count: count, zero: 0) { $0 &+ $1 }
        case .subtract where factors == (1, 1):
            Elementwise.zip(one, other, count: count, zero: 0) { $0 &- $1 }
        case .add:
            Elementwise.zip(one, other, count: count, zero: 0) {
                $0 &* factors.one &+ $1 &* factors.other
            }
        default:
            Elementwise.zip(one, other, count: count, zero: 0) {
                $0 &* factors.one &- $1 &* factors.other
            }
        }
    }

    /// A decimal or whole column as another decimal type that holds whatever the column's type
    /// holds; nil for others.
    static func widened(_ column: Column, to type: LogicalType) -> Column? {
        guard case .decimal(let precision, let scale) = type, let own = digits(of: column.type),
            scale >= own.scale, precision - scale >= own.count - own.scale
        else { return nil }
        let factor = Decimal.powersOfTen[scale - own.scale]
        switch column.values {
        case .integers(let values) where type.layout == .integers:
            let narrow = Int64(truncatingIfNeeded: factor)
            let scaled = factor == 1 ? values : values.map { $0 &* narrow }
            return Column(type: type, values: .integers(scaled), validity: column.validity)
        case .integers(let values):
            let scaled = values.map { Int128($0) &* factor }
            return Column(type: type, values: .wideIntegers(scaled), validity: column.validity)
        case .wideIntegers(let values):
            let scaled = factor == 1 ? values : values.map { $0 &* factor }
            return Column(type: type, values: .wideIntegers(scaled), validity: column.validity)
        default: return nil
        }
    }
}
