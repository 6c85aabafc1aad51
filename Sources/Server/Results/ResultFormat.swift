import Segments

/// The five shapes of a result, as Druid's SQL API names them.
public enum ResultFormat: String, CaseIterable, Sendable {
    /// One JSON array of objects.
    case object
    /// One JSON array of arrays.
    case array
    /// One JSON object a line; an empty line ends a whole answer.
    case objectLines
    /// One JSON array a line; an empty line ends a whole answer.
    case arrayLines
    /// Comma-separated values; an empty line ends a whole answer.
    case csv

    /// The format of that name, whatever the case of its letters.
    public init?(named name: String) {
        let found = Self.allCases.first { $0.rawValue.lowercased() == name.lowercased() }
        guard let found else { return nil }
        self = found
    }
}

/// How a result is to be written.
public struct ResultStyle: Equatable, Sendable {
    /// The shape.
    public var format = ResultFormat.object
    /// Whether a header comes before the rows.
    public var hasHeader = false
    /// Whether the header also names runtime types (`LONG`, `STRING`).
    public var hasTypes = false
    /// Whether the header also names SQL types (`BIGINT`, `VARCHAR`).
    public var hasSQLTypes = false
    /// Whether arrays are JSON texts in a string, as Druid writes them.
    public var stringifiesArrays = true
    /// Whether decimals are strings rather than numbers; exact either way.
    public var stringifiesDecimals = false
    /// Whether values are written as Druid's server does: times with three digits behind the
    /// second, doubles as Java shows them. A backslash is `\u005c`: pydruid finds the ends of
    /// strings by the backslash in front of a quote.
    public var isDruid = false

    /// On whose clock times are written, with its offset.
    public var timeZone = TimeZone.utc

    /// Whether JSON columns are nested as what they are, rather than written into a string.
    public var nestsJSON = false

    /// Objects without a header.
    public init() {}
}
