import Segments

extension FunctionCatalogue {
    /// Functions of numbers.
    static let numbers: [FunctionEntry] = [
        FunctionEntry(
            "ABS", signature: "(number)", "The number without its sign.", [.number],
            bind: sameType(.absolute)),
        FunctionEntry(
            "SIGN", signature: "(number)", "-1, 0 or 1, in the type of the number.", [.number],
            bind: sameType(.sign)),
        FunctionEntry(
            "CEIL", "CEILING", signature: "(number)",
            "The next whole number up, in the type of the number; for times `CEIL(t TO unit)`.",
            [.any, .unit], optional: 1, bind: rounding(.ceiling) { .timeCeiling($0) }),
        FunctionEntry(
            "FLOOR", signature: "(number)",
            "The next whole number down, in the type of the number; for times `FLOOR(t TO unit)`.",
            [.any, .unit], optional: 1, bind: rounding(.floor) { .timeFloor($0) }),
        FunctionEntry(
            "ROUND", signature: "(number[, digits])",
            "Half away from zero, to `digits` (0) digits after the point, a constant.",
            [.number, .integer], optional: 1, bind: digits { .round(digits: $0) }),
        FunctionEntry(
            "TRUNC", "TRUNCATE", signature: "(number[, digits])",
            "Towards zero, to `digits` (0) digits after the point, a constant.",
            [.number, .integer], optional: 1, bind: digits { .truncate(digits: $0) }),
        FunctionEntry(
            "SQRT", signature: "(number)", "The square root.", [.double], gives: .double,
            .squareRoot),
        FunctionEntry(
            "POWER", "POW", signature: "(base, exponent)", "`base` to the power of `exponent`.",
            [.double, .double], gives: .double, .power),
        FunctionEntry(
            "LN", signature: "(number)", "The natural logarithm.", [.double], gives: .double,
            .naturalLogarithm),
        FunctionEntry(
            "LOG10", signature: "(number)", "The logarithm to base 10.", [.double], gives: .double,
            .logarithm10),
        FunctionEntry(
            "EXP", signature: "(number)", "e to the power of the number.", [.double],
            gives: .double,
            .exponential),
        FunctionEntry(
            "MOD", signature: "(number, divisor)",
            "The remainder, with the sign of the number; as the operator `%`.", [.number, .number]
        ) { (call) throws(QueryError) in try operation(.remainder, call) },
        FunctionEntry(
            "SAFE_DIVIDE", signature: "(number, divisor)",
            "The quotient, NULL where the divisor is zero.", [.number, .number]
        ) { (call) throws(QueryError) in
            let quotient = try operation(.divide, call)
            guard case .call(_, let operands, let type, let range) = quotient else {
                return quotient
            }
            if isZero(operands[1].constant) { return .literal(.null, type) }
            return .call(.safeDivide, operands, type: type, at: range)
        },
        FunctionEntry(
            "GREATEST", signature: "(value, ...)", "The greatest value that is not NULL.", [.any],
            isVariadic: true, bind: extreme(.greatest, "GREATEST")),
        FunctionEntry(
            "LEAST", signature: "(value, ...)", "The least value that is not NULL.", [.any],
            isVariadic: true, bind: extreme(.least, "LEAST")),
    ]

    private static func isZero(_ value: Value?) -> Bool {
        switch value {
        case .bigint(let integer)?: integer == 0
        case .double(let double)?: double == 0
        case .decimal(let decimal)?: decimal.unscaled == 0
        default: false
        }
    }

    private static func operation(
        _ symbol: Syntax.BinaryOperator, _ call: FunctionEntry.Call
    ) throws(QueryError) -> BoundExpression {
        try call.binder.arithmetic(
            symbol, (call.arguments[0], call.places[0]), (call.arguments[1], call.places[1]),
            at: call.range)
    }

    private static func sameType(
        _ function: ScalarFunction
    ) -> @Sendable (FunctionEntry.Call) throws(QueryError) -> BoundExpression {
        { (call) throws(QueryError) in
            ConstantFolding.call(
                function, call.arguments, type: call.arguments[0].type, at: call.range)
        }
    }

    /// FLOOR and CEIL of a number, or of a time to a unit.
    private static func rounding(
        _ function: ScalarFunction, _ ofTime: @escaping @Sendable (TimeStep) -> ScalarFunction
    ) -> @Sendable (FunctionEntry.Call) throws(QueryError) -> BoundExpression {
        { (call) throws(QueryError) in
            let value = call.arguments[0]
            if call.arguments.count == 2 {
                let step = try step(call, argument: 1, in: call.binder.options.timeZone)
                let instant = try call.binder.timestamp(value, at: call.places[0])
                return ConstantFolding.call(
                    ofTime(step), [instant], type: .timestamp, at: call.range)
            }
            guard value.type.isNumeric || value.isNullConstant else {
                let isTime = value.type == .timestamp || value.type == .date
                throw QueryError(
                    .typeMismatch, "\(call.name) takes a number, this is \(value.type)",
                    at: call.places[0],
                    hint: isTime ? "name the unit: \(call.name)(t TO DAY)" : nil)
            }
            if value.type == .bigint || value.isNullConstant { return value }
            return ConstantFolding.call(function, [value], type: value.type, at: call.range)
        }
    }

    private static func digits(
        _ function: @escaping @Sendable (Int) -> ScalarFunction
    ) -> @Sendable (FunctionEntry.Call) throws(QueryError) -> BoundExpression {
        { (call) throws(QueryError) in
            var count: Int64 = 0
            if call.arguments.count == 2 {
                guard case .bigint(let constant)? = call.arguments[1].constant,
                    (-18...38).contains(constant)
                else {
                    throw QueryError(
                        .invalidArgument,
                        "the digits of \(call.name) are a constant from -18 to 38",
                        at: call.places[1])
                }
                count = constant
            }
            let value = call.arguments[0]
            // BIGINT has no digits after the point to lose.
            if value.type == .bigint, count >= 0 { return value }
            return ConstantFolding.call(
                function(Int(count)), [value], type: value.type, at: call.range)
        }
    }

    private static func extreme(
        _ function: ScalarFunction, _ name: String
    ) -> @Sendable (FunctionEntry.Call) throws(QueryError) -> BoundExpression {
        { (call) throws(QueryError) in
            let values = try call.binder.unify(
                Array(zip(call.arguments, call.places)), "the arguments of \(name)")
            guard values.type.isComparable else {
                throw QueryError(
                    .typeMismatch, "values of type \(values.type) cannot be compared",
                    at: call.range)
            }
            return ConstantFolding.call(
                function, values.expressions, type: values.type, at: call.range)
        }
    }
}
