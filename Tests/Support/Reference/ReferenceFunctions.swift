import Glibc
import Query
import Segments

/// Why a function has no value.
struct ReferenceFailure: Error {
    let code: QueryError.Code
}

/// The scalar functions over values none of which is NULL.
enum ReferenceFunctions {
    static func apply(
        _ function: ScalarFunction, _ values: [Value], _ type: LogicalType
    ) throws(ReferenceFailure) -> Value {
        if let value = try ReferenceArithmetic.apply(function, values, type) { return value }
        if let value = ReferenceTexts.apply(function, values) { return value }
        if let value = try ReferenceTimes.apply(function, values) { return value }
        switch (function, values[0], values.count > 1 ? values[1] : .null) {
        case (.arrayContains, .array(let elements), let element):
            return .boolean(elements.contains { $0 == element })
        case (.arrayLength, .array(let elements), _): return .bigint(Int64(elements.count))
        case (.arrayOverlaps, .array(let one), .array(let other)):
            return .boolean(one.contains { !$0.isNull && other.contains($0) })
        case (.jsonValue(let path), .json(let text), _),
            (.jsonValue(let path), .varchar(let text), _):
            return ReferenceJSON.scalar(text, path)
        case (.jsonQuery(let path), .json(let text), _): return ReferenceJSON.query(text, path)
        default: preconditionFailure("\(function) of \(values)")
        }
    }
}

/// Arithmetic, one row at a time.
enum ReferenceArithmetic {
    static func apply(
        _ function: ScalarFunction, _ values: [Value], _ type: LogicalType
    ) throws(ReferenceFailure) -> Value? {
        switch values.first {
        case .double(let one)?:
            if values.count > 1, case .double(let other) = values[1] {
                return binary(function, one, other)
            }
            return unary(function, one)
        case .bigint(let one)?:
            if case .bigint = type {} else { break }
            if values.count > 1, case .bigint(let other) = values[1] {
                return try binary(function, one, other)
            }
            return try unary(function, one)
        default: break
        }
        guard case .decimal(let precision, let scale) = type else { return nil }
        var operands: [Decimal] = []
        for value in values {
            switch value {
            case .decimal(let decimal): operands.append(decimal)
            case .bigint(let integer):
                operands.append(Decimal(unscaled: Int128(integer), scale: 0))
            default: return nil
            }
        }
        guard let exact = try decimal(function, operands, scale: scale) else { return nil }
        guard let exact else { return .null }
        guard let result = exact.rounded(to: scale), result.fits(precision: precision) else {
            throw ReferenceFailure(code: .overflow)
        }
        return .decimal(result)
    }

    private static func binary(_ function: ScalarFunction, _ one: Double, _ other: Double) -> Value?
    {
        switch function {
        case .add: .double(one + other)
        case .subtract: .double(one - other)
        case .multiply: .double(one * other)
        case .divide: .double(one / other)
        case .modulo: .double(one.truncatingRemainder(dividingBy: other))
        case .power: .double(pow(one, other))
        case .safeDivide: other == 0 ? .null : .double(one / other)
        default: nil
        }
    }

    private static func unary(_ function: ScalarFunction, _ one: Double) -> Value? {
        switch function {
        case .negate: .double(-one)
        case .absolute: .double(abs(one))
        case .sign: .double(one > 0 ? 1 : (one < 0 ? -1 : 0))
        case .floor: .double(one.rounded(.down))
        case .ceiling: .double(one.rounded(.up))
        case .squareRoot: .double(one.squareRoot())
        case .naturalLogarithm: .double(log(one))
        case .logarithm10: .double(log10(one))
        case .exponential: .double(exp(one))
        case .round(let digits): .double(kept(one, digits, .toNearestOrAwayFromZero))
        case .truncate(let digits): .double(kept(one, digits, .towardZero))
        default: nil
        }
    }

    private static func kept(
        _ value: Double, _ digits: Int, _ rule: FloatingPointRoundingRule
    ) -> Double {
        let factor = pow(10, Double(abs(digits)))
        let scaled = digits >= 0 ? value * factor : value / factor
        guard scaled.isFinite, factor.isFinite else { return digits >= 0 ? value : 0 }
        return digits >= 0 ? scaled.rounded(rule) / factor : scaled.rounded(rule) * factor
    }

    private static func binary(
        _ function: ScalarFunction, _ one: Int64, _ other: Int64
    ) throws(ReferenceFailure) -> Value? {
        let result: Int128
        switch function {
        case .add: result = Int128(one) + Int128(other)
        case .subtract: result = Int128(one) - Int128(other)
        case .multiply: result = Int128(one) * Int128(other)
        case .divide, .modulo, .safeDivide:
            if other == 0, function == .safeDivide { return .null }
            guard other != 0 else { throw ReferenceFailure(code: .divisionByZero) }
            result =
                function == .modulo
                ? Int128(one) % Int128(other) : Int128(one) / Int128(other)
        default: return nil
        }
        return try fitted(result)
    }

    private static func unary(
        _ function: ScalarFunction, _ one: Int64
    ) throws(ReferenceFailure) -> Value? {
        switch function {
        case .negate: return try fitted(-Int128(one))
        case .absolute: return try fitted(Int128(one.magnitude))
        case .sign: return .bigint(one.signum())
        case .floor, .ceiling: return .bigint(one)
        case .round(let digits), .truncate(let digits):
            guard digits < 0 else { return .bigint(one) }
            guard digits >= -38 else { return .bigint(0) }
            let power = Decimal.powersOfTen[-digits]
            let rest = Int128(one) % power
            var result = Int128(one) - rest
            if case .round = function, rest.magnitude * 2 >= power.magnitude {
                result += one < 0 ? -power : power
            }
            return try fitted(result)
        default: return nil
        }
    }

    private static func fitted(_ value: Int128) throws(ReferenceFailure) -> Value {
        guard let integer = Int64(exactly: value) else { throw ReferenceFailure(code: .overflow) }
        return .bigint(integer)
    }

    /// The result, `.some(nil)` for NULL, `nil` where the function is no arithmetic.
    private static func decimal(
        _ function: ScalarFunction, _ operands: [Decimal], scale: Int
    ) throws(ReferenceFailure) -> Decimal?? {
        let one = operands[0]
        let other = operands.count > 1 ? operands[1] : one
        let common = max(one.scale, other.scale)
        func checked(_ result: (partialValue: Int128, overflow: Bool)) throws(ReferenceFailure)
            -> Int128
        {
            guard !result.overflow else { throw ReferenceFailure(code: .overflow) }
            return result.partialValue
        }
        func aligned(_ decimal: Decimal) throws(ReferenceFailure) -> Int128 {
            guard let result = decimal.rescaled(to: common) else {
                throw ReferenceFailure(code: .overflow)
            }
            return result.unscaled
        }
        func made(_ unscaled: Int128, _ scale: Int) -> Decimal?? {
            .some(Decimal(unscaled: unscaled, scale: scale))
        }
        switch function {
        case .add:
            return made(
                try checked(try aligned(one).addingReportingOverflow(try aligned(other))), common)
        case .subtract:
            return made(
                try checked(try aligned(one).subtractingReportingOverflow(try aligned(other))),
                common)
        case .multiply:
            let product = try checked(
                one.unscaled.multipliedReportingOverflow(by: other.unscaled))
            guard one.scale + other.scale <= 38 else { throw ReferenceFailure(code: .overflow) }
            return made(product, one.scale + other.scale)
        case .divide, .safeDivide:
            if other.unscaled == 0 {
                if function == .safeDivide { return .some(nil) }
                throw ReferenceFailure(code: .divisionByZero)
            }
            let shift = scale + other.scale - one.scale
            var (dividend, divisor) = (one.unscaled, other.unscaled)
            if shift > 38 || shift < -38 { throw ReferenceFailure(code: .overflow) }
            if shift >= 0 {
                dividend = try checked(
                    dividend.multipliedReportingOverflow(by: Decimal.powersOfTen[shift]))
            } else {
                divisor = try checked(
                    divisor.multipliedReportingOverflow(by: Decimal.powersOfTen[-shift]))
            }
            var quotient = dividend / divisor
            let rest = dividend % divisor
            if rest.magnitude >= divisor.magnitude - rest.magnitude {
                quotient += (dividend < 0) == (divisor < 0) ? 1 : -1
            }
            return made(quotient, scale)
        case .modulo:
            guard other.unscaled != 0 else { throw ReferenceFailure(code: .divisionByZero) }
            return made(try aligned(one) % aligned(other), common)
        default: return try decimal(function, one)
        }
    }

    /// Functions of one operand.
    private static func decimal(
        _ function: ScalarFunction, _ one: Decimal
    ) throws(ReferenceFailure) -> Decimal?? {
        func made(_ unscaled: Int128, _ scale: Int) -> Decimal?? {
            .some(Decimal(unscaled: unscaled, scale: scale))
        }
        switch function {
        case .negate: return made(-one.unscaled, one.scale)
        case .absolute: return made(abs(one.unscaled), one.scale)
        case .sign: return made(one.unscaled.signum(), 0)
        case .floor, .ceiling:
            let power = Decimal.powersOfTen[one.scale]
            var whole = one.unscaled / power
            let rest = one.unscaled % power
            if function == .floor, rest < 0 { whole -= 1 }
            if function == .ceiling, rest > 0 { whole += 1 }
            return made(whole, 0)
        case .round(let digits), .truncate(let digits):
            let dropped = one.scale - digits
            guard dropped > 0 else { return .some(one) }
            guard dropped <= 38 else { return made(0, 0) }
            let power = Decimal.powersOfTen[dropped]
            let rest = one.unscaled % power
            var kept = one.unscaled - rest
            if case .round = function, rest.magnitude >= power.magnitude - rest.magnitude {
                kept += one.unscaled < 0 ? -power : power
            }
            return made(kept, one.scale)
        default: return nil
        }
    }
}
