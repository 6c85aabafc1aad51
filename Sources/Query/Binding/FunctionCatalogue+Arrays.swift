import Segments

extension FunctionCatalogue {
    /// Functions of arrays and JSON.
    static let arraysAndJSON: [FunctionEntry] = [
        FunctionEntry(
            "ARRAY_LENGTH", signature: "(array)", "How many elements.", [.any]
        ) { (call) throws(QueryError) in
            _ = try element(call, argument: 0)
            return ConstantFolding.call(.arrayLength, call.arguments, type: .bigint, at: call.range)
        },
        FunctionEntry(
            "ARRAY_CONTAINS", "LIST_CONTAINS", "ARRAY_HAS", "LIST_HAS", "HAS",
            signature: "(array, element)", "Whether the element is in the array.",
            [.any, .any]
        ) { (call) throws(QueryError) in
            let element = try element(call, argument: 0)
            let wanted = call.arguments[1]
            guard wanted.type == element || wanted.isNullConstant || wanted.constantText != nil
            else {
                throw Coercion.mismatch(element, wanted.type, at: call.places[1])
            }
            let value = try Coercion.convert(wanted, to: element, at: call.places[1])
            return ConstantFolding.call(
                .arrayContains, [call.arguments[0], value], type: .boolean, at: call.range)
        },
        FunctionEntry(
            "ARRAY_OVERLAP", signature: "(array, array)",
            "Whether the arrays share an element.",
            [.any, .any]
        ) { (call) throws(QueryError) in
            let (one, other) = (try element(call, argument: 0), try element(call, argument: 1))
            guard one == other || call.arguments.contains(where: \.isNullConstant) else {
                throw Coercion.mismatch(
                    call.arguments[0].type, call.arguments[1].type, at: call.range)
            }
            return ConstantFolding.call(
                .arrayOverlaps, call.arguments, type: .boolean, at: call.range)
        },
        FunctionEntry(
            "JSON_VALUE", signature: "(json, path)",
            "The scalar at a path such as '$.a.b', as VARCHAR; NULL where there is none.",
            [.any, .constantText]
        ) { (call) throws(QueryError) in
            let (json, path) = try member(call)
            return ConstantFolding.call(
                .jsonValue(path: path), [json], type: .varchar, at: call.range)
        },
        FunctionEntry(
            "JSON_QUERY", signature: "(json, path)",
            "What lies at a path such as '$.a.b', as JSON; NULL where there is nothing.",
            [.any, .constantText]
        ) { (call) throws(QueryError) in
            let (json, path) = try member(call)
            return ConstantFolding.call(
                .jsonQuery(path: path), [json], type: .json, at: call.range)
        },
    ]

    /// The JSON and the path of its member, both checked.
    private static func member(
        _ call: FunctionEntry.Call
    ) throws(QueryError) -> (json: BoundExpression, path: [Text]) {
        let json = call.arguments[0]
        guard json.type == .json || json.type == .varchar else {
            throw QueryError(
                .typeMismatch, "\(call.name) takes a JSON, this is \(json.type)",
                at: call.places[0])
        }
        let text = call.arguments[1].constantText?.string ?? ""
        guard let path = jsonPath(text) else {
            throw QueryError(
                .invalidArgument, "'\(text)' is no path of members", at: call.places[1],
                hint: "for example '$.customer.name' or '$.\"odd name\"'")
        }
        return (try Coercion.convert(json, to: .json, at: call.places[0]), path)
    }

    private static func element(
        _ call: FunctionEntry.Call, argument index: Int
    ) throws(QueryError) -> LogicalType {
        switch call.arguments[index].type {
        case .array(.varchar): return .varchar
        case .array(.bigint): return .bigint
        case let type:
            if call.arguments[index].isNullConstant { return .varchar }
            throw QueryError(
                .typeMismatch, "\(call.name) takes an array, this is \(type)",
                at: call.places[index])
        }
    }

    /// `$.a."b c".d` or `$['a']` as member names; nil for anything else, array subscripts included.
    static func jsonPath(_ text: String) -> [Text]? {
        var rest = Array(text.unicodeScalars)[...]
        guard rest.popFirst() == "$" else { return nil }
        var names: [Text] = []
        while let first = rest.popFirst() {
            var name = String.UnicodeScalarView()
            if first == ".", let quote = rest.first, quote == "\"" {
                rest.removeFirst()
                while let scalar = rest.first, scalar != quote { name.append(rest.removeFirst()) }
                guard rest.popFirst() == quote else { return nil }
            } else if first == "." {
                while let scalar = rest.first, scalar != ".", scalar != "[" {
                    name.append(rest.removeFirst())
                }
            } else if first == "[", let quote = rest.popFirst(), quote == "'" || quote == "\"" {
                while let scalar = rest.first, scalar != quote { name.append(rest.removeFirst()) }
                guard rest.popFirst() == quote, rest.popFirst() == "]" else { return nil }
            } else {
                return nil
            }
            guard !name.isEmpty else { return nil }
            names.append(Text(String(name)))
        }
        return names.isEmpty ? nil : names
    }
}
