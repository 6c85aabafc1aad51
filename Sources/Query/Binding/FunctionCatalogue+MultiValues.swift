import Segments

extension FunctionCatalogue {
    /// Druid's names for what it does with columns of several texts, which are arrays here.
    static let multiValues: [FunctionEntry] = [
        FunctionEntry(
            "MV_TO_ARRAY", signature: "(column)", "The column as it is: an array.", [.any]
        ) { (call) throws(QueryError) in
            let column = call.arguments[0]
            guard case .column = column, try texts(call, argument: 0) else {
                throw QueryError(
                    .typeMismatch, "MV_TO_ARRAY takes a column of several texts",
                    at: call.places[0], hint: "an array needs no MV_TO_ARRAY")
            }
            return column
        },
        FunctionEntry(
            "MV_LENGTH", signature: "(array)", "How many elements.", [.any]
        ) { (call) throws(QueryError) in
            _ = try texts(call, argument: 0)
            return ConstantFolding.call(.arrayLength, call.arguments, type: .bigint, at: call.range)
        },
        FunctionEntry(
            "MV_CONTAINS", signature: "(array, element or array)",
            "Whether the element, or every element of the second array, is in the first.",
            [.any, .any]
        ) { (call) throws(QueryError) in
            _ = try texts(call, argument: 0)
            return try contains(call)
        },
        FunctionEntry(
            "MV_OVERLAP", signature: "(array, array)", "Whether the arrays share an element.",
            [.any, .any]
        ) { (call) throws(QueryError) in
            _ = (try texts(call, argument: 0), try texts(call, argument: 1))
            return ConstantFolding.call(
                .arrayOverlaps, call.arguments, type: .boolean, at: call.range)
        },
        FunctionEntry(
            "STRING_TO_MV", signature: "(text, separator)",
            "The parts of a constant text between separators.", [.constantText, .constantText]
        ) { (call) throws(QueryError) in
            let (text, separator) = (call.arguments[0].constantText, call.arguments[1].constantText)
            guard let text, let separator, !separator.bytes.isEmpty else {
                throw QueryError(
                    .invalidArgument, "the separator has no characters", at: call.places[1])
            }
            let parts = parts(of: text.bytes, between: separator.bytes)
            return .literal(.array(parts.map { .varchar(Text(bytes: $0)) }), .array(.varchar))
        },
    ]

    /// Whether an argument is an array of texts.
    ///
    /// - Throws: `type_mismatch` for anything else.
    private static func texts(
        _ call: FunctionEntry.Call, argument index: Int
    ) throws(QueryError) -> Bool {
        let argument = call.arguments[index]
        guard argument.type == .array(.varchar) || argument.isNullConstant else {
            throw QueryError(
                .typeMismatch, "\(call.name) takes an array of texts, this is \(argument.type)",
                at: call.places[index])
        }
        return true
    }

    private static func contains(
        _ call: FunctionEntry.Call
    ) throws(QueryError) -> BoundExpression {
        let wanted = call.arguments[1]
        var elements = [wanted]
        if case .array(let values)? = wanted.constant {
            elements = values.map { .literal($0, .varchar) }
        }
        var conditions: [BoundExpression] = []
        for element in elements {
            guard element.type == .varchar else {
                throw Coercion.mismatch(.varchar, element.type, at: call.places[1])
            }
            conditions.append(
                ConstantFolding.call(
                    .arrayContains, [call.arguments[0], element], type: .boolean, at: call.range))
        }
        return ConstantFolding.and(conditions)
    }

    /// The parts of `text` around each occurrence of `separator`, which is not empty.
    private static func parts(of text: [UInt8], between separator: [UInt8]) -> [[UInt8]] {
        var parts: [[UInt8]] = [[]]
        var offset = 0
        while offset < text.count {
            if text[offset...].starts(with: separator) {
                parts.append([])
                offset += separator.count
            } else {
                parts[parts.count - 1].append(text[offset])
                offset += 1
            }
        }
        return parts
    }
}
