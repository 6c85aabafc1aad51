/// Logarithm and exponential from the four basic operations alone, which IEEE 754 defines to the
/// last bit: the C library's own differ between versions, and equal seeds must give equal bytes.
enum PortableMath {
    private static let ln2 = 0.693_147_180_559_945_309

    /// The natural logarithm, from the series of artanh. Relative error about 1e-15.
    ///
    /// - Precondition: `x` is positive and finite.
    static func ln(_ x: Double) -> Double {
        precondition(x > 0 && x.isFinite)
        var exponent = Double(x.exponent)
        var mantissa = x.significand
        if mantissa > 1.5 {
            mantissa /= 2
            exponent += 1
        }
        let s = (mantissa - 1) / (mantissa + 1)
        let square = s * s
        var sum = 0.0
        var term = s
        for k in 0..<20 {
            sum += term / Double(2 * k + 1)
            term *= square
        }
        return exponent * ln2 + 2 * sum
    }

    /// e to the power of `x`, from the Taylor series. Relative error about 1e-15.
    ///
    /// - Precondition: |`x`| is below 700.
    static func exp(_ x: Double) -> Double {
        precondition(x.magnitude < 700)
        let power = (x / ln2).rounded()
        let rest = x - power * ln2
        var sum = 1.0
        var term = 1.0
        for k in 1..<18 {
            term *= rest / Double(k)
            sum += term
        }
        return Double(sign: .plus, exponent: Int(power), significand: sum)
    }
}
