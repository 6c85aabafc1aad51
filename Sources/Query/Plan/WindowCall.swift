import Segments

/// A function of a row and the rows around it.
public struct WindowCall: Hashable, Sendable {
    /// Which function.
    public enum Function: Hashable, Sendable {
        /// The position in the partition, from 1.
        case rowNumber
        /// The position of the first of the rows that are equal in order; with and without gaps.
        case rank, denseRank
        /// `(rank - 1) / (rows - 1)`, and the share of rows up to the last equal one.
        case percentRank, cumulativeDistribution
        /// `(count)`: the part, from 1, of so many parts of almost equal size.
        case tile
        /// `(value, distance, otherwise)`: the value so many rows before or behind.
        case lag, lead
        /// `(value)` of the first or last row of the frame.
        case firstValue, lastValue
        /// `(value, position)` of the frame, from 1.
        case nthValue
        /// `(value?)` over the rows of the frame; COUNT without value counts rows.
        case aggregate(AggregateCall.Function)
    }

    /// Which function.
    public var function: Function
    /// What it takes.
    public var arguments: [BoundExpression]
    /// Rows that count for an aggregate; nil for all.
    public var filter: BoundExpression?
    /// Rows that are equal in all of these see one another.
    public var partition: [BoundExpression]
    /// Their order.
    public var order: [SortKey]
    /// Which of them, around the row.
    public var frame: WindowFrame
    /// Whether rows whose value is NULL are passed over.
    public var ignoresNulls: Bool
    /// The result's type.
    public var type: LogicalType
    /// Where an error of evaluation points.
    public var range: SourceRange

    /// A call.
    public init(
        _ function: Function, of arguments: [BoundExpression] = [],
        filter: BoundExpression? = nil, partition: [BoundExpression] = [], order: [SortKey] = [],
        frame: WindowFrame = .partition, ignoresNulls: Bool = false, type: LogicalType,
        at range: SourceRange
    ) {
        self.function = function
        self.arguments = arguments
        self.filter = filter
        self.partition = partition
        self.order = order
        self.frame = frame
        self.ignoresNulls = ignoresNulls
        self.type = type
        self.range = range
    }

    /// The call over an input whose column `positions[index]` was column `index` before.
    func moved(to positions: [Int: Int]) -> WindowCall {
        var call = self
        call.arguments = arguments.map { $0.moved(to: positions) }
        call.filter = filter?.moved(to: positions)
        call.partition = partition.map { $0.moved(to: positions) }
        call.order = order.map { key in
            SortKey(
                key.expression.moved(to: positions), isAscending: key.isAscending,
                nullsFirst: key.nullsFirst)
        }
        return call
    }

    /// The expressions it reads its input by.
    var operands: [BoundExpression] {
        arguments + (filter.map { [$0] } ?? []) + partition + order.map(\.expression)
    }

    /// The same call with every expression it reads its input by replaced.
    func mapping(
        _ change: (BoundExpression) throws(QueryError) -> BoundExpression
    ) throws(QueryError) -> WindowCall {
        var call = self
        call.arguments = []
        for argument in arguments { call.arguments.append(try change(argument)) }
        call.partition = []
        for key in partition { call.partition.append(try change(key)) }
        call.order = []
        for key in order {
            call.order.append(
                SortKey(
                    try change(key.expression), isAscending: key.isAscending,
                    nullsFirst: key.nullsFirst))
        }
        if let filter { call.filter = try change(filter) }
        return call
    }
}

/// Which rows of a partition a row's frame holds.
public struct WindowFrame: Hashable, Sendable {
    /// One end, from the row.
    public enum Bound: Hashable, Sendable {
        case unboundedPreceding
        /// Rows, or the distance in the value of the only order key: a whole number in its own unit
        /// (microseconds, days, units of a BIGINT).
        case preceding(Int64)
        case currentRow
        case following(Int64)
        case unboundedFollowing
    }

    /// Whether bounds are distances in the order's value, rows of equal value going together.
    public var isRange: Bool
    /// The first row.
    public var start: Bound
    /// The last row.
    public var end: Bound

    /// A frame.
    public init(isRange: Bool, start: Bound, end: Bound) {
        self.isRange = isRange
        self.start = start
        self.end = end
    }

    /// All rows of the partition.
    public static let partition = WindowFrame(
        isRange: true, start: .unboundedPreceding, end: .unboundedFollowing)
    /// From the partition's first row to the last that is equal in order.
    public static let upToPeers = WindowFrame(
        isRange: true, start: .unboundedPreceding, end: .currentRow)
}
