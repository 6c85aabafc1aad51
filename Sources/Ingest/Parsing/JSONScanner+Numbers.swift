import Segments

/// Numbers: the grammar here, the meaning in `NumberToken`.
extension JSONScanner {
    /// Passes a number; `position` stands on its first byte.
    mutating func scanNumber() throws(JSONFault) -> NumberToken {
        let text = self.text
        let start = position
        var at = start
        let isNegative = text[at] == UInt8(ascii: "-")
        if isNegative { at &+= 1 }
        var mantissa: UInt64 = 0
        let firstDigit = at
        at = Self.scanDigits(text, at, into: &mantissa)
        guard at > firstDigit else { throw badNumber(at) }
        guard at == firstDigit &+ 1 || text[firstDigit] != UInt8(ascii: "0") else {
            throw JSONFault(.invalidJSON, at: firstDigit, "a number has a leading zero")
        }
        var digitCount = at &- firstDigit
        var exponent = 0
        var isInteger = true
        if at < text.count, text[at] == UInt8(ascii: ".") {
            isInteger = false
            let firstFraction = at &+ 1
            at = Self.scanDigits(text, firstFraction, into: &mantissa)
            guard at > firstFraction else { throw badNumber(at) }
            exponent = firstFraction &- at
            digitCount &+= at &- firstFraction
        }
        if at < text.count, text[at] | 0x20 == UInt8(ascii: "e") {
            isInteger = false
            at = try scanExponent(at &+ 1, adding: &exponent)
        }
        position = at
        return NumberToken(
            range: start..<at, isNegative: isNegative, isInteger: isInteger, mantissa: mantissa,
            digitCount: digitCount, exponent: exponent)
    }

    private func badNumber(_ at: Int) -> JSONFault {
        JSONFault(.invalidJSON, at: min(at, text.count), "a digit was expected")
    }

    @inline(__always)
    private static func scanDigits(
        _ text: Span<UInt8>, _ start: Int, into mantissa: inout UInt64
    ) -> Int {
        var at = start
        while at < text.count {
            let digit = text[at] &- UInt8(ascii: "0")
            guard digit < 10 else { break }
            mantissa = mantissa &* 10 &+ UInt64(digit)
            at &+= 1
        }
        return at
    }

    private func scanExponent(
        _ start: Int, adding exponent: inout Int
    ) throws(JSONFault) -> Int {
        var at = start
        let isNegative = at < text.count && text[at] == UInt8(ascii: "-")
        if isNegative || (at < text.count && text[at] == UInt8(ascii: "+")) { at &+= 1 }
        let firstDigit = at
        var magnitude = 0
        while at < text.count {
            let digit = text[at] &- UInt8(ascii: "0")
            guard digit < 10 else { break }
            magnitude = min(magnitude &* 10 &+ Int(digit), NumberToken.exponentBound)
            at &+= 1
        }
        guard at > firstDigit else { throw badNumber(at) }
        exponent &+= isNegative ? -magnitude : magnitude
        return at
    }
}

/// A number as written: `(-)mantissa × 10^exponent`.
struct NumberToken {
    let range: Range<Int>
    let isNegative: Bool
    /// Whether it has neither point nor exponent.
    let isInteger: Bool
    /// All digits as one number; meaningless beyond 19 of them.
    let mantissa: UInt64
    /// Digits before the exponent, leading zeros included.
    let digitCount: Int
    let exponent: Int

    /// Exponents beyond this are all the same to us: nothing that we store reaches so far.
    static let exponentBound = 1 << 30

    /// Whether `mantissa` holds all digits.
    var isExact: Bool { digitCount <= 19 }

    /// What became of a conversion.
    enum Outcome<Number> {
        case value(Number)
        /// Digits would be lost after the point.
        case tooFine
        /// The number has more digits than the type keeps.
        case tooLarge
    }

    /// The number as an integer; 1.0 and 1e3 are integers.
    func integer(in text: Span<UInt8>) -> Outcome<Int64> {
        if isInteger, digitCount <= 18 {
            let value = Int64(truncatingIfNeeded: mantissa)
            return .value(isNegative ? -value : value)
        }
        switch unscaled(scale: 0, in: text) {
        case .value(let wide):
            guard let value = Int64(exactly: wide) else { return .tooLarge }
            return .value(value)
        case .tooFine: return .tooFine
        case .tooLarge: return .tooLarge
        }
    }

    /// The number times 10^scale, exactly; at most 38 digits.
    func unscaled(scale: Int, in text: Span<UInt8>) -> Outcome<Int128> {
        var digits: UInt128 = UInt128(mantissa)
        var power = exponent &+ scale
        if !isExact {
            guard let wide = Self.significantDigits(text.extracting(range)) else {
                return .tooLarge
            }
            digits = wide.digits
            power = exponent &+ wide.droppedZeros &+ scale
        }
        if digits == 0 { return .value(0) }
        while power < 0 {
            let (quotient, remainder) = digits.quotientAndRemainder(dividingBy: 10)
            guard remainder == 0 else { return .tooFine }
            digits = quotient
            power &+= 1
        }
        let bound = UInt128(Decimal.powersOfTen[LogicalType.maximumDecimalPrecision])
        while power > 0, digits < bound {
            digits = digits &* 10
            power &-= 1
        }
        guard digits < bound else { return .tooLarge }
        let value = Int128(digits)
        return .value(isNegative ? -value : value)
    }

    /// The digits of a number of any length without the zeros at its end, which are counted; `nil`
    /// where more than 38 are left.
    private static func significantDigits(
        _ number: Span<UInt8>
    ) -> (digits: UInt128, droppedZeros: Int)? {
        var digits: UInt128 = 0
        var zeros = 0
        var count = 0
        for index in number.indices {
            let byte = number[index]
            if byte | 0x20 == UInt8(ascii: "e") { break }
            let digit = byte &- UInt8(ascii: "0")
            guard digit < 10 else { continue }
            if digit == 0 {
                if digits != 0 { zeros += 1 }
                continue
            }
            count += zeros + 1
            guard count <= LogicalType.maximumDecimalPrecision else { return nil }
            for _ in 0...zeros { digits = digits &* 10 }
            digits &+= UInt128(digit)
            zeros = 0
        }
        return (digits, zeros)
    }

    /// The nearest double; `nil` where that is infinite.
    ///
    /// Up to 2^53 and 10^22 both mantissa and power are doubles themselves, so that one correctly
    /// rounded operation gives the correctly rounded result (Clinger 1990); anything else is read
    /// from its text by the standard library.
    func double(in text: Span<UInt8>) -> Double? {
        if isExact, mantissa <= 1 << 53, exponent.magnitude <= 22 {
            let digits = Double(mantissa)
            let power = Self.powers[Int(exponent.magnitude)]
            let value = exponent < 0 ? digits / power : digits * power
            return isNegative ? -value : value
        }
        let number = String(decoding: [UInt8](copying: text.extracting(range)), as: UTF8.self)
        guard let value = Double(number), value.isFinite else { return nil }
        return value
    }

    /// The powers of ten that are doubles themselves.
    static let powers: [Double] = [
        1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
        1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
    ]
}
