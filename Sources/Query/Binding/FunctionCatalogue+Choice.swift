import Segments

extension FunctionCatalogue {
    /// Functions that choose among their arguments.
    static let choice: [FunctionEntry] = [
        FunctionEntry(
            "COALESCE", signature: "(value, ...)", "The first value that is not NULL.", [.any],
            isVariadic: true, bind: coalesce),
        FunctionEntry(
            "NVL", "IFNULL", signature: "(value, otherwise)", "`value`, or `otherwise` for NULL.",
            [.any, .any], bind: coalesce),
        FunctionEntry(
            "NULLIF", signature: "(value, other)", "NULL if both are equal, else `value`.",
            [.any, .any]
        ) { (call) throws(QueryError) in
            let value = call.arguments[0]
            let (one, other) = try call.binder.comparable(
                (value, call.places[0]), (call.arguments[1], call.places[1]), at: call.range)
            if one.isNullConstant { return value }
            return ConstantFolding.call(.nullIf, [one, other], type: one.type, at: call.range)
        },
        FunctionEntry(
            "IF", signature: "(condition, value, otherwise)",
            "`value` where the condition is true, else `otherwise`.", [.any, .any, .any]
        ) { (call) throws(QueryError) in
            let condition = call.arguments[0]
            guard condition.type == .boolean || condition.isNullConstant else {
                throw QueryError(
                    .typeMismatch, "a condition must be BOOLEAN, this is \(condition.type)",
                    at: call.places[0])
            }
            let results = try call.binder.unify(
                [(call.arguments[1], call.places[1]), (call.arguments[2], call.places[2])],
                "the results of IF")
            if let constant = condition.constant {
                return results.expressions[constant == .boolean(true) ? 0 : 1]
            }
            return .caseWhen(
                [CaseBranch(condition: condition, result: results.expressions[0])],
                otherwise: results.expressions[1], type: results.type)
        },
    ]

    private static let coalesce:
        @Sendable (FunctionEntry.Call) throws(QueryError) -> BoundExpression = {
            (call) throws(QueryError) in
            let values = try call.binder.unify(
                Array(zip(call.arguments, call.places)), "the arguments of \(call.name)")
            // NULL constants are never chosen, and nothing behind another constant is.
            var rest: [BoundExpression] = []
            for value in values.expressions where !value.isNullConstant {
                rest.append(value)
                if value.constant != nil { break }
            }
            if rest.isEmpty { return .literal(.null, values.type) }
            return rest.count == 1
                ? rest[0] : .call(.coalesce, rest, type: values.type, at: call.range)
        }
}
