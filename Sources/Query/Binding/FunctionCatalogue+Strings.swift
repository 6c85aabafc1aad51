import Segments

extension FunctionCatalogue {
    /// Functions of texts. Positions and lengths count code points, from 1.
    static let strings: [FunctionEntry] = [
        FunctionEntry(
            "LOWER", signature: "(text)", "The text in small letters.", [.text], gives: .varchar,
            .lower),
        FunctionEntry(
            "UPPER", signature: "(text)", "The text in capitals.", [.text],
            gives: .varchar, .upper),
        FunctionEntry(
            "LENGTH", "CHAR_LENGTH", "CHARACTER_LENGTH", "STRLEN", signature: "(text)",
            "How many characters.", [.text], gives: .bigint, .length),
        FunctionEntry(
            "SUBSTRING", "SUBSTR", signature: "(text, start[, count])",
            "`count` characters from `start`, or all; also `SUBSTRING(text FROM start FOR count)`.",
            [.text, .integer, .integer], optional: 1
        ) { (call) throws(QueryError) in
            let part = ConstantFolding.call(
                .substring, call.arguments, type: .varchar, at: call.range)
            guard call.binder.options.dialect == .druid else { return part }
            // Druid has no empty SUBSTRING.
            return ConstantFolding.call(
                .nullIf, [part, .literal(.varchar(""), .varchar)], type: .varchar, at: call.range)
        },
        FunctionEntry(
            "LEFT", signature: "(text, count)", "The first `count` characters.", [.text, .integer],
            gives: .varchar, .left),
        FunctionEntry(
            "RIGHT", signature: "(text, count)", "The last `count` characters.", [.text, .integer],
            gives: .varchar, .right),
        FunctionEntry(
            "TRIM", "BTRIM", signature: "(text[, characters])",
            "Without these characters (blanks) at both ends; also `TRIM(BOTH x FROM text)`.",
            [.text, .text], optional: 1, bind: trim(.trim)),
        FunctionEntry(
            "LTRIM", signature: "(text[, characters])",
            "Without these characters (blanks) in front; also `TRIM(LEADING ...)`.",
            [.text, .text],
            optional: 1, bind: trim(.trimLeading)),
        FunctionEntry(
            "RTRIM", signature: "(text[, characters])",
            "Without these characters (blanks) at the end; also `TRIM(TRAILING ...)`.",
            [.text, .text], optional: 1, bind: trim(.trimTrailing)),
        FunctionEntry(
            "REPLACE", signature: "(text, part, replacement)", "Every `part` replaced.",
            [.text, .text, .text], gives: .varchar, .replace),
        FunctionEntry(
            "CONCAT", signature: "(value, ...)",
            "All values as one text; NULL if one is NULL. The operator `||` does the same.", [.any],
            isVariadic: true
        ) { (call) throws(QueryError) in
            var texts: [BoundExpression] = []
            for (argument, place) in zip(call.arguments, call.places) {
                texts.append(
                    try Coercion.convert(
                        argument, to: .varchar, at: place, in: call.binder.options.timeZone))
            }
            return ConstantFolding.call(.concatenate, texts, type: .varchar, at: call.range)
        },
        FunctionEntry(
            "STRPOS", signature: "(text, part)", "Where `part` first occurs, or 0.",
            [.text, .text],
            gives: .bigint, .position),
        FunctionEntry(
            "POSITION", signature: "(part IN text)", "Where `part` first occurs, or 0.",
            [.text, .text]
        ) { (call) throws(QueryError) in
            ConstantFolding.call(
                .position, call.arguments.reversed(), type: .bigint, at: call.range)
        },
        FunctionEntry(
            "LPAD", signature: "(text, count[, fill])",
            "Filled in front, or cut, to `count` characters.", [.text, .integer, .text],
            optional: 1, bind: pad(.padLeft)),
        FunctionEntry(
            "RPAD", signature: "(text, count[, fill])",
            "Filled at the end, or cut, to `count` characters.", [.text, .integer, .text],
            optional: 1, bind: pad(.padRight)),
        FunctionEntry(
            "REVERSE", signature: "(text)", "The characters from last to first.", [.text],
            gives: .varchar, .reverse),
        FunctionEntry(
            "REPEAT", signature: "(text, count)", "The text `count` times.", [.text, .integer],
            gives: .varchar, .repeated),
        FunctionEntry(
            "STARTS_WITH", signature: "(text, part)", "Whether the text begins with `part`.",
            [.text, .text], gives: .boolean, .startsWith),
        FunctionEntry(
            "ENDS_WITH", signature: "(text, part)", "Whether the text ends with `part`.",
            [.text, .text], gives: .boolean, .endsWith),
        FunctionEntry(
            "CONTAINS_STRING", signature: "(text, part)", "Whether `part` occurs in the text.",
            [.text, .text], gives: .boolean, .contains),
    ]

    private static func withBlank(_ call: FunctionEntry.Call, argument count: Int)
        -> [BoundExpression]
    {
        call.arguments.count == count
            ? call.arguments : call.arguments + [.literal(.varchar(" "), .varchar)]
    }

    private static func trim(
        _ function: ScalarFunction
    ) -> @Sendable (FunctionEntry.Call) throws(QueryError) -> BoundExpression {
        { (call) throws(QueryError) in
            ConstantFolding.call(
                function, withBlank(call, argument: 2), type: .varchar, at: call.range)
        }
    }

    private static func pad(
        _ function: ScalarFunction
    ) -> @Sendable (FunctionEntry.Call) throws(QueryError) -> BoundExpression {
        { (call) throws(QueryError) in
            ConstantFolding.call(
                function, withBlank(call, argument: 3), type: .varchar, at: call.range)
        }
    }
}
