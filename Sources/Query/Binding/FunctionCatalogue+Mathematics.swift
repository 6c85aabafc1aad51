import Segments

extension FunctionCatalogue {
    /// Functions of numbers beyond arithmetic.
    static let mathematics: [FunctionEntry] =
        MathFunction.allCases.map { function in
            FunctionEntry(
                names: [function.rawValue], signature: "(number)", summary: function.summary,
                arguments: [.double]
            ) { (call) throws(QueryError) in
                ConstantFolding.call(
                    .math(function), call.arguments, type: .double, at: call.range)
            }
        }
        + [
            FunctionEntry(
                "ATAN2", signature: "(y, x)", "The angle of a point, from -π to π.",
                [.double, .double], gives: .double, .arcTangent2),
            FunctionEntry(
                "LOG", signature: "([base, ]number)", "The logarithm to `base` (10).",
                [.double, .double], optional: 1
            ) { (call) throws(QueryError) in
                ConstantFolding.call(
                    call.arguments.count == 1 ? .logarithm10 : .logarithm, call.arguments,
                    type: .double, at: call.range)
            },
            FunctionEntry("PI", signature: "()", "The ratio of a circle to its diameter.", []) {
                (call) throws(QueryError) in .literal(.double(.pi), .double)
            },
            FunctionEntry(
                "DIV", signature: "(number, divisor)",
                "The whole part of the quotient, as BIGINT.", [.number, .number],
                bind: wholeQuotient),
        ] + bitFunctions + readable

    /// BIGINTs are divided as they are; of others the quotient is cut.
    private static let wholeQuotient:
        @Sendable (FunctionEntry.Call) throws(QueryError) -> BoundExpression = {
            (call) throws(QueryError) in
            let quotient = try call.binder.arithmetic(
                .divide, (call.arguments[0], call.places[0]), (call.arguments[1], call.places[1]),
                at: call.range)
            guard quotient.type != .bigint else { return quotient }
            let whole = ConstantFolding.call(
                .truncate(digits: 0), [quotient], type: quotient.type, at: call.range)
            return try Coercion.convert(whole, to: .bigint, at: call.range, isExplicit: true)
        }

    private static let bitFunctions: [FunctionEntry] = [
        FunctionEntry(
            "BITWISE_AND", signature: "(integer, integer)", "The bits set in both.",
            [.integer, .integer], gives: .bigint, .bits(.and)),
        FunctionEntry(
            "BITWISE_OR", signature: "(integer, integer)", "The bits set in one or both.",
            [.integer, .integer], gives: .bigint, .bits(.or)),
        FunctionEntry(
            "BITWISE_XOR", signature: "(integer, integer)", "The bits set in one only.",
            [.integer, .integer], gives: .bigint, .bits(.exclusiveOr)),
        FunctionEntry(
            "BITWISE_COMPLEMENT", signature: "(integer)", "The bits that are not set.", [.integer],
            gives: .bigint, .bits(.complement)),
        FunctionEntry(
            "BITWISE_SHIFT_LEFT", signature: "(integer, count)",
            "The bits moved by `count` modulo 64.", [.integer, .integer], gives: .bigint,
            .bits(.shiftLeft)),
        FunctionEntry(
            "BITWISE_SHIFT_RIGHT", signature: "(integer, count)",
            "The bits moved by `count` modulo 64, the sign kept.", [.integer, .integer],
            gives: .bigint, .bits(.shiftRight)),
        FunctionEntry(
            "BITWISE_CONVERT_DOUBLE_TO_LONG_BITS", signature: "(number)",
            "The bits of a DOUBLE as BIGINT.", [.double], gives: .bigint, .bits(.ofDouble)),
        FunctionEntry(
            "BITWISE_CONVERT_LONG_BITS_TO_DOUBLE", signature: "(integer)",
            "The DOUBLE of these bits.", [.integer], gives: .double, .bits(.toDouble)),
    ]

    private static let readable: [FunctionEntry] = [
        readable("HUMAN_READABLE_BINARY_BYTE_FORMAT", .binaryBytes, "`1.00 KiB` for 1024."),
        readable("HUMAN_READABLE_DECIMAL_BYTE_FORMAT", .decimalBytes, "`1.00 KB` for 1000."),
        readable("HUMAN_READABLE_DECIMAL_FORMAT", .decimal, "`1.00 K` for 1000."),
    ]

    private static func readable(
        _ name: String, _ unit: ReadableUnit, _ summary: String
    ) -> FunctionEntry {
        FunctionEntry(
            names: [name], signature: "(integer[, digits])", summary: summary,
            arguments: [.integer, .integer], optional: 1
        ) { (call) throws(QueryError) in
            var digits: Int64 = 2
            if call.arguments.count == 2 {
                guard case .bigint(let count)? = call.arguments[1].constant, (0...3).contains(count)
                else {
                    throw QueryError(
                        .invalidArgument, "the digits of \(call.name) are a constant from 0 to 3",
                        at: call.places[1])
                }
                digits = count
            }
            return ConstantFolding.call(
                .readable(unit, digits: Int(digits)), [call.arguments[0]], type: .varchar,
                at: call.range)
        }
    }
}

extension MathFunction {
    /// For the docs.
    fileprivate var summary: String {
        switch self {
        case .sine: "The sine of an angle in radians."
        case .cosine: "The cosine of an angle in radians."
        case .tangent: "The tangent of an angle in radians."
        case .cotangent: "The cotangent of an angle in radians."
        case .arcSine: "The angle with that sine."
        case .arcCosine: "The angle with that cosine."
        case .arcTangent: "The angle with that tangent."
        case .hyperbolicSine: "The hyperbolic sine."
        case .hyperbolicCosine: "The hyperbolic cosine."
        case .hyperbolicTangent: "The hyperbolic tangent."
        case .cubeRoot: "The cube root."
        case .logarithm2: "The logarithm to base 2."
        case .degrees: "Radians as degrees."
        case .radians: "Degrees as radians."
        }
    }
}
