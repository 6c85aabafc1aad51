import Segments

extension ConstantFolding {
    /// The value of a call on constants, none of them NULL unless the function takes NULL; nil for
    /// what is left to execution, errors among it.
    static func evaluate(
        _ function: ScalarFunction, _ values: [Value], _ operands: [BoundExpression],
        _ type: LogicalType
    ) -> Value? {
        switch function {
        case .add, .subtract, .multiply, .divide, .modulo, .negate, .absolute:
            arithmetic(function, values, type)
        case .lower, .upper, .concatenate, .length: text(function, values)
        case .coalesce: values.first { !$0.isNull } ?? .null
        case .nullIf:
            values.count == 2
                ? order(values[0], values[1]).map { $0 == 0 ? .null : values[0] }
                : nil
        default: computed(function, values, operands, type)
        }
    }

    private static func arithmetic(
        _ function: ScalarFunction, _ values: [Value], _ type: LogicalType
    ) -> Value? {
        switch (values.first, values.last) {
        case (.bigint(let left)?, .bigint(let right)?): integer(function, left, right)
        case (.double(let left)?, .double(let right)?): double(function, left, right)
        case (.decimal(let left)?, .decimal(let right)?):
            decimal(function, left, right).flatMap {
                Value.decimal($0).converted(to: type)
            }
        default: nil
        }
    }

    private static func integer(_ function: ScalarFunction, _ left: Int64, _ right: Int64) -> Value?
    {
        let result: (partialValue: Int64, overflow: Bool)
        switch function {
        case .add: result = left.addingReportingOverflow(right)
        case .subtract: result = left.subtractingReportingOverflow(right)
        case .multiply: result = left.multipliedReportingOverflow(by: right)
        case .divide: result = left.dividedReportingOverflow(by: right)
        case .modulo: result = left.remainderReportingOverflow(dividingBy: right)
        case .negate: result = Int64(0).subtractingReportingOverflow(left)
        case .absolute: return left == .min ? nil : .bigint(abs(left))
        default: return nil
        }
        return result.overflow ? nil : .bigint(result.partialValue)
    }

    private static func double(_ function: ScalarFunction, _ left: Double, _ right: Double)
        -> Value?
    {
        let result: Double
        switch function {
        case .add: result = left + right
        case .subtract: result = left - right
        case .multiply: result = left * right
        case .negate: result = -left
        case .absolute: result = abs(left)
        default: return nil
        }
        return result.isFinite ? .double(result) : nil
    }

    private static func decimal(
        _ function: ScalarFunction, _ left: Decimal, _ right: Decimal
    ) -> Decimal? {
        let result: (partialValue: Int128, overflow: Bool)
        var scale = left.scale
        switch function {
        case .add where left.scale == right.scale:
            result = left.unscaled.addingReportingOverflow(right.unscaled)
        case .subtract where left.scale == right.scale:
            result = left.unscaled.subtractingReportingOverflow(right.unscaled)
        case .multiply:
            result = left.unscaled.multipliedReportingOverflow(by: right.unscaled)
            scale = left.scale + right.scale
        case .negate: result = (-left.unscaled, false)
        case .absolute: result = (left.unscaled < 0 ? -left.unscaled : left.unscaled, false)
        default: return nil
        }
        guard !result.overflow, scale <= LogicalType.maximumDecimalPrecision else { return nil }
        return Decimal(unscaled: result.partialValue, scale: scale)
    }

    private static func text(_ function: ScalarFunction, _ values: [Value]) -> Value? {
        var texts: [Text] = []
        for value in values {
            guard case .varchar(let text) = value else { return nil }
            texts.append(text)
        }
        if function == .concatenate { return .varchar(Text(bytes: texts.flatMap(\.bytes))) }
        guard let scalars = texts.first?.string.unicodeScalars else { return nil }
        switch function {
        case .lower: return .varchar(Text(scalars.map(\.properties.lowercaseMapping).joined()))
        case .upper: return .varchar(Text(scalars.map(\.properties.uppercaseMapping).joined()))
        case .length: return .bigint(Int64(scalars.count))
        default: return nil
        }
    }

    /// What execution gives for one row; nil where that is an error, or could be a text of any
    /// length.
    private static func computed(
        _ function: ScalarFunction, _ values: [Value], _ operands: [BoundExpression],
        _ type: LogicalType
    ) -> Value? {
        switch function {
        case .repeated, .padLeft, .padRight: return nil
        default: break
        }
        let call = FunctionCall(
            function: function,
            operands: zip(values, operands).map { .constant($0, $1.type) }, type: type,
            range: SourceRange(0, 0), count: 1)
        return try? call.evaluate().column(count: 1).value(at: 0)
    }
}
