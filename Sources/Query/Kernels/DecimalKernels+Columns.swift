import Segments

/// Sums, differences and products of whole columns, in plain loops.
///
/// Operands are raised to the result's scale, which is the larger one of theirs, or in products
/// their sum. Nothing can wrap around, because of how many digits the types have; where the
/// result's type has fewer digits than that, all results are compared with its bound at the end,
/// and a column with one beyond it is left to the loop that says which row it was.
extension DecimalKernels {
    /// The most digits of every number in 64 bits, and of two that can be added in 128.
    private static let (narrowDigits, wideDigits) = (18, 37)

    /// The column, or nil where a row does not fit, or the function is none of these.
    static func exact(
        _ function: ScalarFunction, _ one: Vector, _ other: Vector, type: LogicalType, count: Int,
        validity: Bitmap?
    ) -> Column? {
        guard case .decimal(let precision, let scale) = type, let left = digits(of: one.type),
            let right = digits(of: other.type)
        else { return nil }
        if function == .multiply {
            guard scale == left.scale + right.scale else { return nil }
            let digits = left.count + right.count
            if digits <= narrowDigits, type.layout == .integers {
                let values = Elementwise.zip(one.integers, other.integers, count: count, zero: 0) {
                    $0 &* $1
                }
                return narrow(values, type, validity, isCertain: precision >= digits)
            }
            guard let values = products(one, other, digits, count) else { return nil }
            return wide(values, type, validity, isCertain: precision >= digits)
        }
        guard function == .add || function == .subtract, scale == max(left.scale, right.scale)
        else { return nil }
        // Of the raised operands.
        let digits = max(left.count - left.scale, right.count - right.scale) + scale
        let factors = (
            Decimal.powersOfTen[scale - left.scale], Decimal.powersOfTen[scale - right.scale]
        )
        let isCertain = precision > digits
        if digits <= narrowDigits, type.layout == .integers {
            let (first, second) = (
                Int64(truncatingIfNeeded: factors.0), Int64(truncatingIfNeeded: factors.1)
            )
            // A difference is a sum with what is taken away turned round.
            let sign: Int64 = function == .add ? second : -second
            let values = Elementwise.zip(one.integers, other.integers, count: count, zero: 0) {
                $0 &* first &+ $1 &* sign
            }
            return narrow(values, type, validity, isCertain: isCertain)
        }
        guard digits <= wideDigits else { return nil }
        let sign = function == .add ? factors.1 : -factors.1
        let values = Elementwise.zip(
            one.wideIntegers, other.wideIntegers, count: count, zero: Int128(0)
        ) { $0 &* factors.0 &+ $1 &* sign }
        return wide(values, type, validity, isCertain: isCertain)
    }

    /// Products in 128 bits; nil where one does not fit them.
    private static func products(
        _ one: Vector, _ other: Vector, _ digits: Int, _ count: Int
    ) -> [Int128]? {
        if one.type.layout == .integers, other.type.layout == .integers {
            return Elementwise.zip(one.integers, other.integers, count: count, zero: Int128(0)) {
                Int128($0) &* Int128($1)
            }
        }
        var overflows = false
        let values = Elementwise.zip(
            one.wideIntegers, other.wideIntegers, count: count, zero: Int128(0)
        ) { (left: Int128, right: Int128) -> Int128 in
            let product = left.multipliedReportingOverflow(by: right)
            overflows = overflows || product.overflow
            return product.partialValue
        }
        return overflows ? nil : values
    }

    private static func narrow(
        _ values: [Int64], _ type: LogicalType, _ validity: Bitmap?, isCertain: Bool
    ) -> Column? {
        if !isCertain {
            let bound = Int64(truncatingIfNeeded: bound(of: type))
            let (least, greatest) = values.reduce((0, 0)) { (min($0.0, $1), max($0.1, $1)) }
            guard least > -bound, greatest < bound else { return nil }
        }
        return .integers(values, type, validity)
    }

    private static func wide(
        _ values: [Int128], _ type: LogicalType, _ validity: Bitmap?, isCertain: Bool
    ) -> Column? {
        if type.layout == .integers {
            let bound = bound(of: type)
            guard values.allSatisfy({ $0 > -bound && $0 < bound }) else { return nil }
            return .integers(values.map { Int64(truncatingIfNeeded: $0) }, type, validity)
        }
        if !isCertain {
            let bound = bound(of: type)
            guard values.allSatisfy({ $0 > -bound && $0 < bound }) else { return nil }
        }
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
