import Segments

extension FunctionCatalogue {
    /// Functions that take arrays apart and put them together. Those of Druid's multi-value strings
    /// are the same ones.
    static let lists: [FunctionEntry] = [
        FunctionEntry(
            "ARRAY_OFFSET", "MV_OFFSET", signature: "(array, index)",
            "The element at an index from 0; NULL beyond the ends.", [.any, .integer],
            bind: element(first: 0)),
        FunctionEntry(
            "ARRAY_ORDINAL", "MV_ORDINAL", signature: "(array, index)",
            "The element at an index from 1; NULL beyond the ends.", [.any, .integer],
            bind: element(first: 1)),
        FunctionEntry(
            "ARRAY_OFFSET_OF", "MV_OFFSET_OF", signature: "(array, element)",
            "The first index of the element, from 0; NULL where it is not in the array.",
            [.any, .any], bind: position(first: 0)),
        FunctionEntry(
            "ARRAY_ORDINAL_OF", "MV_ORDINAL_OF", signature: "(array, element)",
            "The first index of the element, from 1; NULL where it is not in the array.",
            [.any, .any], bind: position(first: 1)),
        FunctionEntry(
            "ARRAY_SLICE", "MV_SLICE", signature: "(array, start[, end])",
            "The elements from index `start`, counted from 0, up to `end`, not included.",
            [.any, .integer, .integer], optional: 1
        ) { (call) throws(QueryError) in
            let array = try array(call.arguments[0], call, 0)
            return ConstantFolding.call(
                .arraySlice, [array] + call.arguments.dropFirst(), type: array.type, at: call.range)
        },
        FunctionEntry(
            "ARRAY_APPEND", "MV_APPEND", signature: "(array, element)",
            "The array with an element behind its last.", [.any, .any]
        ) { (call) throws(QueryError) in
            let array = try array(call.arguments[0], call, 0)
            return concatenation(array, try single(call, 1, of: array.type), call)
        },
        FunctionEntry(
            "ARRAY_PREPEND", "MV_PREPEND", signature: "(element, array)",
            "The array with an element before its first.", [.any, .any]
        ) { (call) throws(QueryError) in
            let array = try array(call.arguments[1], call, 1)
            return concatenation(try single(call, 0, of: array.type), array, call)
        },
        FunctionEntry(
            "ARRAY_CONCAT", "MV_CONCAT", signature: "(array, array)",
            "The elements of both arrays.", [.any, .any]
        ) { (call) throws(QueryError) in
            let one = try array(call.arguments[0], call, 0)
            let other = try array(call.arguments[1], call, 1)
            guard one.type == other.type else {
                throw Coercion.mismatch(one.type, other.type, at: call.range)
            }
            return concatenation(one, other, call)
        },
        FunctionEntry(
            "ARRAY_TO_STRING", "MV_TO_STRING", signature: "(array, separator)",
            "The elements as one text, without NULLs.", [.any, .text]
        ) { (call) throws(QueryError) in
            let array = try array(call.arguments[0], call, 0)
            return ConstantFolding.call(
                .arrayToText, [array, call.arguments[1]], type: .varchar, at: call.range)
        },
        FunctionEntry(
            "STRING_TO_ARRAY", signature: "(text, separator)",
            "The parts of the text between separators.", [.text, .text],
            gives: .array(.varchar), .textToArray),
    ]

    /// An argument that is an array; NULL is one of VARCHAR.
    private static func array(
        _ argument: BoundExpression, _ call: FunctionEntry.Call, _ index: Int
    ) throws(QueryError) -> BoundExpression {
        if case .array = argument.type { return argument }
        if argument.isNullConstant { return .literal(.null, .array(.varchar)) }
        throw QueryError(
            .typeMismatch, "\(call.name) takes an array, this is \(argument.type)",
            at: call.places[index], hint: "an array is written ARRAY['a', 'b']")
    }

    private static func elementType(_ type: LogicalType) -> LogicalType {
        type == .array(.bigint) ? .bigint : .varchar
    }

    /// An argument as an element of arrays of `type`.
    private static func value(
        _ call: FunctionEntry.Call, _ index: Int, of type: LogicalType
    ) throws(QueryError) -> BoundExpression {
        let (value, wanted) = (call.arguments[index], elementType(type))
        guard value.type == wanted || value.isNullConstant || value.constantText != nil else {
            throw Coercion.mismatch(wanted, value.type, at: call.places[index])
        }
        return try Coercion.convert(value, to: wanted, at: call.places[index])
    }

    private static func single(
        _ call: FunctionEntry.Call, _ index: Int, of type: LogicalType
    ) throws(QueryError) -> BoundExpression {
        ConstantFolding.call(
            .arrayOf, [try value(call, index, of: type)], type: type, at: call.range)
    }

    private static func concatenation(
        _ one: BoundExpression, _ other: BoundExpression, _ call: FunctionEntry.Call
    ) -> BoundExpression {
        ConstantFolding.call(.arrayConcatenate, [one, other], type: one.type, at: call.range)
    }

    private static func element(
        first: Int64
    ) -> @Sendable (FunctionEntry.Call) throws(QueryError) -> BoundExpression {
        { (call) throws(QueryError) in
            let array = try array(call.arguments[0], call, 0)
            return ConstantFolding.call(
                .arrayElement(first: first), [array, call.arguments[1]],
                type: elementType(array.type), at: call.range)
        }
    }

    private static func position(
        first: Int64
    ) -> @Sendable (FunctionEntry.Call) throws(QueryError) -> BoundExpression {
        { (call) throws(QueryError) in
            let array = try array(call.arguments[0], call, 0)
            return ConstantFolding.call(
                .arrayPosition(first: first), [array, try value(call, 1, of: array.type)],
                type: .bigint, at: call.range)
        }
    }
}
