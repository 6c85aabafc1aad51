import Glibc
import Segments

extension FunctionCall {
    /// Functions of numbers that are no arithmetic; `nil` for all others.
    func mathematics() throws(QueryError) -> Column? {
        switch function {
        case .math(let function): return mapped(Self.body(function))
        case .arcTangent2: return zipped { atan2($0, $1) }
        case .logarithm: return zipped { log($1) / log($0) }
        case .bits(let function): return bits(function)
        case .readable(let unit, let digits):
            let numbers = operands[0].integers
            return try texts { row, result in
                for byte in unit.text(numbers.value(at: row), digits: digits).utf8 {
                    result.append(byte: byte)
                }
            }
        default: return nil
        }
    }

    private func mapped(_ body: (Double) -> Double) -> Column {
        .doubles(
            Elementwise.map(operands[0].doubles, count: count, zero: 0, body), type, validity)
    }

    private func zipped(_ body: (Double, Double) -> Double) -> Column {
        .doubles(
            Elementwise.zip(
                operands[0].doubles, operands[1].doubles, count: count, zero: 0, body), type,
            validity)
    }

    private static func body(_ function: MathFunction) -> (Double) -> Double {
        switch function {
        case .sine: { sin($0) }
        case .cosine: { cos($0) }
        case .tangent: { tan($0) }
        case .cotangent: { 1 / tan($0) }
        case .arcSine: { asin($0) }
        case .arcCosine: { acos($0) }
        case .arcTangent: { atan($0) }
        case .hyperbolicSine: { sinh($0) }
        case .hyperbolicCosine: { cosh($0) }
        case .hyperbolicTangent: { tanh($0) }
        case .cubeRoot: { cbrt($0) }
        case .logarithm2: { log2($0) }
        case .degrees: { $0 * 180 / .pi }
        case .radians: { $0 * .pi / 180 }
        }
    }

    private func bits(_ function: BitFunction) -> Column {
        func integers(_ body: (Int64, Int64) -> Int64) -> Column {
            let other = operands.count > 1 ? operands[1].integers : .constant(0)
            return .integers(
                Elementwise.zip(operands[0].integers, other, count: count, zero: 0, body), type,
                validity)
        }
        switch function {
        case .and: return integers { $0 & $1 }
        case .or: return integers { $0 | $1 }
        case .exclusiveOr: return integers { $0 ^ $1 }
        case .complement: return integers { value, _ in ~value }
        case .shiftLeft: return integers { $0 &<< $1 }
        case .shiftRight: return integers { $0 &>> $1 }
        case .ofDouble:
            let bits = Elementwise.map(operands[0].doubles, count: count, zero: 0) {
                Int64(bitPattern: $0.bitPattern)
            }
            return .integers(bits, type, validity)
        case .toDouble:
            let values = Elementwise.map(operands[0].integers, count: count, zero: 0) {
                Double(bitPattern: UInt64(bitPattern: $0))
            }
            return .doubles(values, type, validity)
        }
    }
}
