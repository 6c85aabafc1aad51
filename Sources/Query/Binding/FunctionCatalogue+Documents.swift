import Segments

extension FunctionCatalogue {
    /// Functions that read and write JSON whole.
    static let documents: [FunctionEntry] = [
        FunctionEntry(
            "JSON_KEYS", signature: "(json[, path])",
            "The names of an object's members; NULL where there is no object.",
            [.any, .constantText], optional: 1
        ) { (call) throws(QueryError) in
            var path: [Text] = []
            if let text = call.arguments.count > 1 ? call.arguments[1].constantText : nil,
                text.string != "$"
            {
                guard let names = jsonPath(text.string) else {
                    throw QueryError(
                        .invalidArgument, "'\(text)' is no path of members", at: call.places[1],
                        hint: "for example '$.customer'")
                }
                path = names
            }
            return ConstantFolding.call(
                .jsonKeys(path: path), [try json(call)], type: .array(.varchar), at: call.range)
        },
        FunctionEntry(
            "JSON_PATHS", signature: "(json)", "The paths to all values that are no objects.",
            [.any]
        ) { (call) throws(QueryError) in
            ConstantFolding.call(
                .jsonPaths, [try json(call)], type: .array(.varchar), at: call.range)
        },
        FunctionEntry(
            "JSON_OBJECT", signature: "(key, value, ...)",
            "An object; also `JSON_OBJECT(KEY key VALUE value, ...)`.", [.any], isVariadic: true,
            bind: object),
        FunctionEntry(
            "TO_JSON_STRING", "TO_JSON", signature: "(value)", "The value as JSON, in a text.",
            [.any]
        ) { (call) throws(QueryError) in
            ConstantFolding.call(.toJSON, call.arguments, type: .varchar, at: call.range)
        },
        FunctionEntry(
            "PARSE_JSON", signature: "(text)", "The text as JSON; an error where it is none.",
            [.text]
        ) { (call) throws(QueryError) in
            ConstantFolding.call(
                .parseJSON(isStrict: true), call.arguments, type: .json, at: call.range)
        },
        FunctionEntry(
            "TRY_PARSE_JSON", signature: "(text)", "The text as JSON; NULL where it is none.",
            [.text]
        ) { (call) throws(QueryError) in
            ConstantFolding.call(
                .parseJSON(isStrict: false), call.arguments, type: .json, at: call.range)
        },
    ]

    private static func json(_ call: FunctionEntry.Call) throws(QueryError) -> BoundExpression {
        let json = call.arguments[0]
        guard json.type == .json || json.type == .varchar else {
            throw QueryError(
                .typeMismatch, "\(call.name) takes a JSON, this is \(json.type)",
                at: call.places[0])
        }
        return try Coercion.convert(json, to: .json, at: call.places[0])
    }

    private static let object:
        @Sendable (FunctionEntry.Call) throws(QueryError) -> BoundExpression = {
            (call) throws(QueryError) in
            guard call.arguments.count % 2 == 0 else {
                throw QueryError(
                    .unknownFunction, "JSON_OBJECT takes a value for each key", at: call.range,
                    hint: "JSON_OBJECT(KEY 'a' VALUE x)")
            }
            var keys: [Text] = []
            var values: [BoundExpression] = []
            for index in stride(from: 0, to: call.arguments.count, by: 2) {
                guard let key = call.arguments[index].constantText else {
                    throw QueryError(
                        .invalidArgument, "a key is a constant text", at: call.places[index])
                }
                keys.append(key)
                values.append(call.arguments[index + 1])
            }
            return ConstantFolding.call(
                .jsonObject(keys: keys), values, type: .json, at: call.range)
        }
}
