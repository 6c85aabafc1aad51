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

    /// Whether only numbers can be aggregated.
    var takesNumbers: Bool { function == .sum || function == .average }

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
        case .anyValue: return type
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
            names: ["ANY_VALUE"], signature: "(value)", summary: "Some value of the group.",
            function: .anyValue),
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
    var operands: [BoundExpression] { [argument, filter].compactMap { $0 } }

    /// The same call with every expression it reads its input by replaced.
    func mapping(_ change: (BoundExpression) -> BoundExpression) -> AggregateCall {
        var call = self
        call.argument = argument.map(change)
        call.filter = filter.map(change)
        return call
    }

    /// The same call with all places alike.
    var withoutPlaces: AggregateCall {
        AggregateCall(
            function, of: argument?.withoutPlaces, isDistinct: isDistinct,
            filter: filter?.withoutPlaces, type: type, at: SourceRange(0, 0))
    }
}
