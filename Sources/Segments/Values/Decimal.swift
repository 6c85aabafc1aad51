/// An exact decimal number: `unscaled / 10^scale`, at most 38 digits.
public struct Decimal: Hashable, Sendable {
    /// The number without its point; |unscaled| < 10^38.
    public var unscaled: Int128
    /// Digits after the point, 0 to 38.
    public var scale: Int

    /// - Precondition: `scale` is 0 to 38.
    public init(unscaled: Int128, scale: Int) {
        precondition((0...LogicalType.maximumDecimalPrecision).contains(scale))
        self.unscaled = unscaled
        self.scale = scale
    }

    /// 10^0 to 10^38, all of which fit 127 bits.
    public static let powersOfTen: [Int128] = {
        var powers: [Int128] = [1]
        for _ in 1...LogicalType.maximumDecimalPrecision { powers.append((powers.last ?? 1) * 10) }
        return powers
    }()

    /// The same number with `scale` digits after the point.
    ///
    /// - Returns: `nil` where a non-zero digit would be lost or 38 digits are not enough.
    public func rescaled(to scale: Int) -> Decimal? {
        guard scale != self.scale else { return self }
        if scale > self.scale {
            let product = unscaled.multipliedReportingOverflow(
                by: Self.powersOfTen[scale - self.scale])
            guard !product.overflow, product.partialValue.magnitude < Self.bound else { return nil }
            return Decimal(unscaled: product.partialValue, scale: scale)
        }
        let (quotient, remainder) = unscaled.quotientAndRemainder(
            dividingBy: Self.powersOfTen[self.scale - scale])
        return remainder == 0 ? Decimal(unscaled: quotient, scale: scale) : nil
    }

    /// The number with `scale` digits after the point, rounded half away from zero.
    ///
    /// - Returns: `nil` where 38 digits are not enough.
    public func rounded(to scale: Int) -> Decimal? {
        guard scale < self.scale else { return rescaled(to: scale) }
        let divisor = Self.powersOfTen[self.scale - scale]
        let (quotient, remainder) = unscaled.quotientAndRemainder(dividingBy: divisor)
        let roundsAway = remainder.magnitude >= (divisor / 2).magnitude
        return Decimal(
            unscaled: quotient + (roundsAway ? (unscaled < 0 ? -1 : 1) : 0), scale: scale)
    }

    /// Whether the number has at most `precision` digits.
    public func fits(precision: Int) -> Bool {
        unscaled.magnitude < Self.powersOfTen[precision].magnitude
    }

    /// The nearest double.
    public var double: Double { Double(unscaled) / Double(Self.powersOfTen[scale]) }

    private static let bound = powersOfTen[LogicalType.maximumDecimalPrecision].magnitude
}

extension Decimal: CustomStringConvertible {
    /// The digits with exactly `scale` of them after the point: `-0.50`.
    public var description: String {
        var digits = String(unscaled.magnitude)
        if digits.count <= scale {
            digits = String(repeating: "0", count: scale - digits.count + 1) + digits
        }
        if scale > 0 { digits.insert(".", at: digits.index(digits.endIndex, offsetBy: -scale)) }
        return unscaled < 0 ? "-" + digits : digits
    }
}

extension Decimal: Comparable {
    /// Orders by value, whatever the scales.
    public static func < (one: Decimal, other: Decimal) -> Bool { one.compare(other) < 0 }

    /// -1, 0 or 1 as the number is below, equal to or above `other` in value.
    ///
    /// `==` compares the representation; this compares the number (1.0 and 1.00 give 0).
    public func compare(_ other: Decimal) -> Int {
        let scale = max(self.scale, other.scale)
        // Split into whole and fraction, so that no product can overflow.
        let (whole, fraction) = split(fractionScale: scale)
        let (otherWhole, otherFraction) = other.split(fractionScale: scale)
        if whole != otherWhole { return whole < otherWhole ? -1 : 1 }
        return fraction == otherFraction ? 0 : (fraction < otherFraction ? -1 : 1)
    }

    private func split(fractionScale: Int) -> (whole: Int128, fraction: Int128) {
        let (whole, fraction) = unscaled.quotientAndRemainder(dividingBy: Self.powersOfTen[scale])
        return (whole, fraction &* Self.powersOfTen[fractionScale - scale])
    }
}

extension Decimal {
    /// Reads `[+-]digits[.digits]` exactly, with the scale of the text; no exponent, no blanks.
    ///
    /// - Returns: `nil` where the text is not of that form or has more than 38 digits.
    public init?(parsing text: some Collection<UInt8>) {
        var unscaled: Int128 = 0
        var scale = 0
        var digitCount = 0
        var sawPoint = false
        var iterator = text.makeIterator()
        var next = iterator.next()
        let isNegative = next == UInt8(ascii: "-")
        if isNegative || next == UInt8(ascii: "+") { next = iterator.next() }
        while let byte = next {
            if byte == UInt8(ascii: "."), !sawPoint {
                sawPoint = true
            } else if (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) {
                digitCount += 1
                let product = unscaled.multipliedReportingOverflow(by: 10)
                guard !product.overflow else { return nil }
                unscaled = product.partialValue + Int128(byte - UInt8(ascii: "0"))
                guard unscaled.magnitude < Self.bound else { return nil }
                if sawPoint { scale += 1 }
            } else {
                return nil
            }
            next = iterator.next()
        }
        guard digitCount > 0, scale <= LogicalType.maximumDecimalPrecision else { return nil }
        self.init(unscaled: isNegative ? -unscaled : unscaled, scale: scale)
    }
}
