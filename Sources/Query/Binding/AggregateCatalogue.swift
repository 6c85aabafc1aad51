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

    /// Whether values are kept in 64-bit words or less, and order as those do.
    static func isWord(_ type: LogicalType) -> Bool {
        switch type.layout {
        case .integers, .doubles, .booleans: true
        case .wideIntegers, .strings, .arrays: false
        }
    }

    /// Whether only numbers can be aggregated.
    var takesNumbers: Bool { function == .sum || function == .average }

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
            function: .anyValue),
        AggregateEntry(
            names: ["APPROX_COUNT_DISTINCT", "APPROX_COUNT_DISTINCT_DS_HLL"], signature: "(value)",
            summary: "How many different values, by a sketch: the standard error is 1.6 %.",
            function: .approximateCount),
        AggregateEntry(
            names: ["QUANTILE_DISC", "PERCENTILE_DISC"], signature: "(value, fraction)",
            summary: "The least value up to which so large a part of the values lies, exactly.",
            function: .quantile),
        AggregateEntry(
            names: ["QUANTILE_CONT", "PERCENTILE_CONT"], signature: "(number, fraction)",
            summary: "The same, interpolated between the two values around it, a DOUBLE.",
            function: .continuousQuantile),
        AggregateEntry(
            names: ["APPROX_QUANTILE", "APPROX_PERCENTILE"], signature: "(number, fraction)",
            summary: "A number near the quantile, by a sketch: the relative error is below 1/512.",
            function: .approximateQuantile),
        AggregateEntry(
            names: ["ARG_MAX", "MAX_BY", "LATEST_BY"], signature: "(value, key)",
            summary: "The value where the key is greatest, rows with a NULL passed over.",
            function: .argumentOfMaximum),
        AggregateEntry(
            names: ["ARG_MIN", "MIN_BY", "EARLIEST_BY"], signature: "(value, key)",
            summary: "The value where the key is least, rows with a NULL passed over.",
            function: .argumentOfMinimum),
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
    var operands: [BoundExpression] { [argument, key, filter].compactMap { $0 } }

    /// The same call with every expression it reads its input by replaced.
    func mapping(_ change: (BoundExpression) -> BoundExpression) -> AggregateCall {
        var call = self
        call.argument = argument.map(change)
        call.key = key.map(change)
        call.filter = filter.map(change)
        return call
    }

    /// The same call with all places alike.
    var withoutPlaces: AggregateCall {
        var call = mapping { $0.withoutPlaces }
        call.range = SourceRange(0, 0)
        return call
    }
}
