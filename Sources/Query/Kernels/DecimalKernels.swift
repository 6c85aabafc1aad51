import Segments

/// Exact decimal arithmetic in 128 bits, one row at a time.
///
/// Operands are unscaled integers with a scale each; the result is rounded half away from zero to
/// the scale of its type and must fit its precision.
struct DecimalKernels {
    /// Why there is no result.
    enum Failure: Error { case overflow, byZero }

    /// Digits after the point of the first operand.
    let scale: Int
    /// Digits after the point of the second operand.
    let otherScale: Int
    /// Digits after the point of the result.
    let resultScale: Int
    /// The smallest magnitude that does not fit the result.
    let bound: Int128

    /// Kernels for operands and a result of these types.
    init(_ one: LogicalType, _ other: LogicalType, result: LogicalType) {
        scale = one.scale
        otherScale = other.scale
        resultScale = result.scale
        bound = Self.bound(of: result)
    }

    /// The smallest magnitude that does not fit `type`.
    static func bound(of type: LogicalType) -> Int128 {
        if case .decimal(let precision, _) = type { return Decimal.powersOfTen[precision] }
        return Decimal.powersOfTen[LogicalType.maximumDecimalPrecision]
    }

    func add(_ one: Int128, _ other: Int128) throws(Failure) -> Int128 {
        let common = max(scale, otherScale)
        let sum = try raised(one, by: common - scale)
            .addingReportingOverflow(try raised(other, by: common - otherScale))
        return try finish(sum, scale: common)
    }

    func subtract(_ one: Int128, _ other: Int128) throws(Failure) -> Int128 {
        try add(one, 0 &- other)
    }

    func multiply(_ one: Int128, _ other: Int128) throws(Failure) -> Int128 {
        try finish(one.multipliedReportingOverflow(by: other), scale: scale + otherScale)
    }

    func divide(_ one: Int128, _ other: Int128) throws(Failure) -> Int128 {
        guard other != 0 else { throw .byZero }
        let shift = resultScale + otherScale - scale
        let dividend = try raised(one, by: max(0, shift))
        let divisor = try raised(other, by: max(0, -shift))
        return try fitted(Self.rounded(dividend, divisor))
    }

    func remainder(_ one: Int128, _ other: Int128) throws(Failure) -> Int128 {
        guard other != 0 else { throw .byZero }
        let common = max(scale, otherScale)
        let dividend = try raised(one, by: common - scale)
        return try finish(
            (dividend % (try raised(other, by: common - otherScale)), false), scale: common)
    }

    /// Keeps `digits` digits after the point.
    func round(_ one: Int128, digits: Int, cutting: Bool) throws(Failure) -> Int128 {
        let dropped = scale - digits
        guard dropped > 0 else { return try finish((one, false), scale: scale) }
        guard dropped <= LogicalType.maximumDecimalPrecision else { return 0 }
        let power = Decimal.powersOfTen[dropped]
        let kept = cutting ? one / power : Self.rounded(one, power)
        return try finish(kept.multipliedReportingOverflow(by: power), scale: scale)
    }

    /// The whole number below (`up`: above) or at the value.
    func whole(_ one: Int128, up: Bool) throws(Failure) -> Int128 {
        let (quotient, rest) = one.quotientAndRemainder(dividingBy: Decimal.powersOfTen[scale])
        let step: Int128 = up ? (rest > 0 ? 1 : 0) : (rest < 0 ? -1 : 0)
        return try finish((quotient + step, false), scale: 0)
    }

    /// A value of the first operand's scale in the result's.
    func finish(_ value: Int128) throws(Failure) -> Int128 {
        try finish((value, false), scale: scale)
    }

    private func finish(
        _ value: (partialValue: Int128, overflow: Bool), scale: Int
    ) throws(Failure) -> Int128 {
        guard !value.overflow, scale <= LogicalType.maximumDecimalPrecision else {
            throw .overflow
        }
        if scale <= resultScale {
            return try fitted(try raised(value.partialValue, by: resultScale - scale))
        }
        return try fitted(
            Self.rounded(value.partialValue, Decimal.powersOfTen[scale - resultScale]))
    }

    private func raised(_ value: Int128, by digits: Int) throws(Failure) -> Int128 {
        guard digits <= LogicalType.maximumDecimalPrecision else { throw .overflow }
        let product = value.multipliedReportingOverflow(by: Decimal.powersOfTen[digits])
        guard !product.overflow else { throw .overflow }
        return product.partialValue
    }

    private func fitted(_ value: Int128) throws(Failure) -> Int128 {
        guard value.magnitude < bound.magnitude else { throw .overflow }
        return value
    }

    /// The quotient rounded half away from zero.
    static func rounded(_ dividend: Int128, _ divisor: Int128) -> Int128 {
        let (quotient, rest) = dividend.quotientAndRemainder(dividingBy: divisor)
        guard rest.magnitude >= divisor.magnitude - rest.magnitude else { return quotient }
        return quotient + ((dividend < 0) == (divisor < 0) ? 1 : -1)
    }
}
