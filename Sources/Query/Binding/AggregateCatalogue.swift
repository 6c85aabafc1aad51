import Segments

/// One aggregate: its names, its result and its line in the docs.
struct AggregateEntry: Sendable {
    /// Spellings in capitals; the first is the one of the docs.
    var names: [String]
    /// Behind the name in errors and docs.
    var signature: String
    /// One sentence for the docs.
    var summary: String
    /// Which one.
    var function: AggregateCall.Function
    /// What stands behind the first argument.
    var form = Form.plain
    /// So many constants may follow that say how sketches are built elsewhere; they mean nothing.
    var extraCount = 0

    /// What the arguments are.
    enum Form: Sendable {
        /// A value, with a key or a fraction where the function takes one.
        case plain
        /// A value; the key is the table's time.
        case overTime
        /// A BOOLEAN.
        case boolean
        /// A BOOLEAN; rows where it is true count.
        case condition
        /// A value; the fraction is one half.
        case median
        /// A value and a separator, which may be left out or must be there, and a size.
        case texts(needsSeparator: Bool)
        /// A value and a size.
        case array
    }

    /// Whether the argument is a BOOLEAN.
    var takesCondition: Bool {
        switch form {
        case .boolean, .condition: true
        default: false
        }
    }

    /// Whether rows that satisfy the argument are counted.
    var isConditional: Bool { if case .condition = form { true } else { false } }

    /// Whether ORDER BY may stand behind the arguments.
    var takesOrder: Bool { function == .textList || function == .arrayList }

    /// Whether a size in bytes may follow, which Druid keeps texts up to; here they are whole.
    var takesSize: Bool { takesKey || function == .anyValue }

    /// How many arguments there may be.
    var count: ClosedRange<Int> {
        switch form {
        case .plain:
            let least = takesKey || takesFraction ? 2 : 1
            return least...least + extraCount
        case .overTime: return 1...2
        case .boolean, .condition, .median: return 1...1
        case .texts(let needsSeparator): return (needsSeparator ? 2 : 1)...3
        case .array: return 1...2
        }
    }

    /// Whether values are kept in 64-bit words or less, and order as those do.
    static func isWord(_ type: LogicalType) -> Bool {
        switch type.layout {
        case .integers, .doubles, .booleans: true
        case .wideIntegers, .strings, .arrays: false
        }
    }

    /// Whether only numbers can be aggregated.
    var takesNumbers: Bool { function == .sum || function == .average || isVariance }

    /// Whether it is a variance, or the root of one.
    var isVariance: Bool {
        [.populationVariance, .sampleVariance, .populationDeviation, .sampleDeviation]
            .contains(function)
    }

    /// Whether a second argument, a constant from 0 to 1, says which quantile.
    var takesFraction: Bool {
        [.quantile, .continuousQuantile, .approximateQuantile].contains(function)
    }

    /// Whether a second argument decides which row's argument is taken.
    var takesKey: Bool { function == .argumentOfMaximum || function == .argumentOfMinimum }

    /// The type of the result over `argument`; nil if it cannot be aggregated so.
    func resultType(_ argument: BoundExpression) -> LogicalType? {
        let type =
            takesNumbers && argument.isNullConstant && !argument.type.isNumeric
            ? LogicalType.bigint : argument.type
        switch function {
        case .count: return .bigint
        case .sum:
            guard case .decimal(_, let scale) = type else { return type.isNumeric ? type : nil }
            return .decimal(precision: LogicalType.maximumDecimalPrecision, scale: scale)
        case .average: return type.isNumeric ? .double : nil
        case .minimum, .maximum:
            return type.isComparable ? type : nil
        case .anyValue, .argumentOfMaximum, .argumentOfMinimum: return type
        case .approximateCount: return type.isComparable ? .bigint : nil
        case .quantile: return Self.isWord(type) ? type : nil
        case .continuousQuantile: return Self.isWord(type) && type.isNumeric ? .double : nil
        case .approximateQuantile: return Self.isWord(type) && type.isNumeric ? type : nil
        case .populationVariance, .sampleVariance, .populationDeviation, .sampleDeviation:
            return type.isNumeric ? .double : nil
        case .bitAnd, .bitOr, .bitXor:
            return type == .bigint || argument.isNullConstant ? .bigint : nil
        case .textList: return .varchar
        case .arrayList:
            if argument.isNullConstant { return .array(.varchar) }
            return type == .bigint ? .array(.bigint) : type == .varchar ? .array(.varchar) : nil
        }
    }
}

/// All aggregates. `docs/sql.md` lists the same ones; a test compares them.
enum AggregateCatalogue {
    /// In the order of the docs.
    static let entries: [AggregateEntry] = [
        AggregateEntry(
            names: ["COUNT"], signature: "(* | [DISTINCT] value)",
            summary:
                "How many rows; with an argument, how many (different) values that are not NULL.",
            function: .count),
        AggregateEntry(
            names: ["SUM"], signature: "([DISTINCT] number)",
            summary: "The sum, exact for BIGINT and DECIMAL; NULL over no values.", function: .sum),
        AggregateEntry(
            names: ["MIN"], signature: "(value)", summary: "The least value; NULL over no values.",
            function: .minimum),
        AggregateEntry(
            names: ["MAX"], signature: "(value)",
            summary: "The greatest value; NULL over no values.",
            function: .maximum),
        AggregateEntry(
            names: ["AVG"], signature: "([DISTINCT] number)",
            summary: "The mean of the values that are not NULL, a DOUBLE.", function: .average),
        AggregateEntry(
            names: ["ANY_VALUE"], signature: "(value[, bytes])",
            summary: "Some value of the group.",
            function: .anyValue, extraCount: 1),
        AggregateEntry(
            names: [
                "APPROX_COUNT_DISTINCT", "APPROX_COUNT_DISTINCT_DS_HLL",
                "APPROX_COUNT_DISTINCT_DS_THETA", "APPROX_COUNT_DISTINCT_BUILTIN",
            ], signature: "(value)",
            summary: "How many different values, by a sketch: the standard error is 1.6 %.",
            function: .approximateCount, extraCount: 2),
        AggregateEntry(
            names: ["QUANTILE_DISC", "PERCENTILE_DISC"], signature: "(value, fraction)",
            summary: "The least value up to which so large a part of the values lies, exactly.",
            function: .quantile),
        AggregateEntry(
            names: ["QUANTILE_CONT", "PERCENTILE_CONT"], signature: "(number, fraction)",
            summary: "The same, interpolated between the two values around it, a DOUBLE.",
            function: .continuousQuantile),
        AggregateEntry(
            names: [
                "APPROX_QUANTILE", "APPROX_PERCENTILE", "APPROX_QUANTILE_DS",
                "APPROX_QUANTILE_FIXED_BUCKETS",
            ], signature: "(number, fraction)",
            summary: "A number near the quantile, by a sketch: the relative error is below 1/512.",
            function: .approximateQuantile, extraCount: 4),
        AggregateEntry(
            names: ["MEDIAN"], signature: "(number)", summary: "`QUANTILE_CONT(number, 0.5)`.",
            function: .continuousQuantile, form: .median),
        AggregateEntry(
            names: ["ARG_MAX", "MAX_BY", "LATEST_BY"], signature: "(value, key)",
            summary: "The value where the key is greatest, rows with a NULL passed over.",
            function: .argumentOfMaximum, extraCount: 1),
        AggregateEntry(
            names: ["ARG_MIN", "MIN_BY", "EARLIEST_BY"], signature: "(value, key)",
            summary: "The value where the key is least, rows with a NULL passed over.",
            function: .argumentOfMinimum, extraCount: 1),
        AggregateEntry(
            names: ["LATEST"], signature: "(value)", summary: "`ARG_MAX(value, __time)`.",
            function: .argumentOfMaximum, form: .overTime),
        AggregateEntry(
            names: ["EARLIEST"], signature: "(value)", summary: "`ARG_MIN(value, __time)`.",
            function: .argumentOfMinimum, form: .overTime),
        AggregateEntry(
            names: ["VAR_SAMP", "VARIANCE"], signature: "(number)",
            summary: "The variance of a sample, a DOUBLE; NULL for less than two values.",
            function: .sampleVariance),
        AggregateEntry(
            names: ["VAR_POP"], signature: "(number)",
            summary: "The variance of all values, a DOUBLE.", function: .populationVariance),
        AggregateEntry(
            names: ["STDDEV_SAMP", "STDDEV"], signature: "(number)",
            summary: "The root of VAR_SAMP.", function: .sampleDeviation),
        AggregateEntry(
            names: ["STDDEV_POP"], signature: "(number)", summary: "The root of VAR_POP.",
            function: .populationDeviation),
        AggregateEntry(
            names: ["BOOL_AND", "EVERY"], signature: "(condition)",
            summary: "Whether all values are true.", function: .minimum, form: .boolean),
        AggregateEntry(
            names: ["BOOL_OR"], signature: "(condition)", summary: "Whether a value is true.",
            function: .maximum, form: .boolean),
        AggregateEntry(
            names: ["COUNT_IF", "COUNTIF"], signature: "(condition)",
            summary: "How many rows satisfy the condition.", function: .count, form: .condition),
        AggregateEntry(
            names: ["BIT_AND"], signature: "(integer)", summary: "The bits set in all values.",
            function: .bitAnd),
        AggregateEntry(
            names: ["BIT_OR"], signature: "(integer)", summary: "The bits set in any value.",
            function: .bitOr),
        AggregateEntry(
            names: ["BIT_XOR"], signature: "([DISTINCT] integer)",
            summary: "The bits set in an odd number of values.", function: .bitXor),
        AggregateEntry(
            names: ["STRING_AGG"],
            signature: "([DISTINCT] value, separator[, size] [ORDER BY key, ...])",
            summary: "All values as one text of at most `size` bytes; NULL over no values.",
            function: .textList, form: .texts(needsSeparator: true)),
        AggregateEntry(
            names: ["LISTAGG"],
            signature: "([DISTINCT] value[, separator[, size]] [ORDER BY key, ...])",
            summary: "The same; also with `WITHIN GROUP (ORDER BY key)` behind it.",
            function: .textList, form: .texts(needsSeparator: false)),
        AggregateEntry(
            names: ["ARRAY_AGG"], signature: "([DISTINCT] value[, size] [ORDER BY key, ...])",
            summary:
                "All values of a VARCHAR or BIGINT as an array, NULLs too; at most `size` bytes.",
            function: .arrayList, form: .array),
    ]

    /// Every spelling.
    static let allNames = entries.flatMap(\.names)

    /// The aggregate called `name`, in any case.
    static func entry(named name: String) -> AggregateEntry? {
        let upper = name.uppercased()
        return entries.first { $0.names.contains(upper) }
    }
}

extension AggregateCall {
    /// The expressions it reads its input by.
    var operands: [BoundExpression] {
        [argument, key, filter].compactMap { $0 } + order.map(\.expression)
    }

    /// The same call with every expression it reads its input by replaced.
    func mapping(_ change: (BoundExpression) -> BoundExpression) -> AggregateCall {
        var call = self
        call.argument = argument.map(change)
        call.key = key.map(change)
        call.filter = filter.map(change)
        for index in order.indices {
            call.order[index].expression = change(order[index].expression)
        }
        return call
    }
}
