import Segments

/// Functions of one DOUBLE.
public enum MathFunction: String, Hashable, Sendable, CaseIterable {
    case sine = "SIN"
    case cosine = "COS"
    case tangent = "TAN"
    case cotangent = "COT"
    case arcSine = "ASIN"
    case arcCosine = "ACOS"
    case arcTangent = "ATAN"
    case hyperbolicSine = "SINH"
    case hyperbolicCosine = "COSH"
    case hyperbolicTangent = "TANH"
    case cubeRoot = "CBRT"
    case logarithm2 = "LOG2"
    case degrees = "DEGREES"
    case radians = "RADIANS"
}

/// Functions of the bits of BIGINTs.
public enum BitFunction: Hashable, Sendable {
    case and, or, exclusiveOr, complement
    /// By the second operand modulo 64; to the right the sign stays.
    case shiftLeft, shiftRight
    /// A DOUBLE's bits as a BIGINT, and back.
    case ofDouble, toDouble
}

/// Numbers with a unit that people read.
public enum ReadableUnit: Hashable, Sendable {
    /// `1.00 KiB`, `1.00 KB`, `1.00 K`.
    case binaryBytes, decimalBytes, decimal

    var base: Double { self == .binaryBytes ? 1_024 : 1_000 }

    var names: [String] {
        switch self {
        case .binaryBytes: ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"]
        case .decimalBytes: ["B", "KB", "MB", "GB", "TB", "PB", "EB"]
        case .decimal: ["", "K", "M", "G", "T", "P", "E"]
        }
    }

    /// The number in the largest unit of which it is one at least.
    func text(_ value: Int64, digits: Int) -> String {
        var (number, unit) = (Double(value.magnitude), 0)
        guard number >= base else {
            return unit < 1 && self == .decimal ? "\(value)" : "\(value) B"
        }
        while unit + 1 < names.count, Self.fixed(number, digits).rounded >= base {
            number /= base
            unit += 1
        }
        return (value < 0 ? "-" : "") + Self.fixed(number, digits).text + " " + names[unit]
    }

    /// A number below 2^53 with so many digits after the point, half away from zero.
    private static func fixed(_ number: Double, _ digits: Int) -> (rounded: Double, text: String) {
        var power: Int64 = 1
        for _ in 0..<digits { power *= 10 }
        let scaled = (number * Double(power)).rounded(.toNearestOrAwayFromZero)
        guard let whole = Int64(exactly: scaled) else { return (number, "\(number)") }
        if digits == 0 { return (scaled, "\(whole)") }
        let rest = String(whole % power)
        let zeros = String(repeating: "0", count: digits - rest.utf8.count)
        return (scaled / Double(power), "\(whole / power).\(zeros)\(rest)")
    }
}
