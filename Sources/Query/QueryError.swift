/// A half-open range of UTF-8 byte offsets in a SQL text.
public struct SourceRange: Hashable, Sendable {
    /// The first byte.
    public var lowerBound: Int
    /// One past the last byte.
    public var upperBound: Int

    /// A range of the statement's bytes; `upperBound` is at least `lowerBound`.
    public init(_ lowerBound: Int, _ upperBound: Int) {
        precondition(lowerBound <= upperBound)
        self.lowerBound = lowerBound
        self.upperBound = upperBound
    }
}

/// Why a statement was refused or ended early.
///
/// Every case that concerns the text names the place; `hint` says what to do instead.
public struct QueryError: Error, Equatable, Sendable {
    /// The closed list of reasons, stable in the HTTP interface (`docs/errors.md`).
    public enum Code: String, Sendable, CaseIterable {
        case syntax = "sql_syntax"
        case unknownTable = "unknown_table"
        case unknownColumn = "unknown_column"
        case unknownFunction = "unknown_function"
        case ambiguous = "ambiguous_name"
        case typeMismatch = "type_mismatch"
        case invalidArgument = "invalid_argument"
        case unsupported = "unsupported_sql"
        case parameter = "invalid_parameter"
        case limit = "query_limit"
        case memory = "query_memory_limit"
        case resultLimit = "result_limit"
        case timeout = "query_timeout"
        case cancelled = "query_cancelled"
        case overflow = "numeric_overflow"
        case divisionByZero = "division_by_zero"
        case invalidCast = "invalid_cast"
        case damagedSegment = "segment_corrupt"
    }

    /// Which reason.
    public var code: Code
    /// One sentence for the person who wrote the statement.
    public var message: String
    /// Where in the statement, if the reason has a place.
    public var range: SourceRange?
    /// The way out, if one is known ("did you mean …").
    public var hint: String?

    /// A reason with its place and its way out.
    public init(_ code: Code, _ message: String, at range: SourceRange? = nil, hint: String? = nil)
    {
        self.code = code
        self.message = message
        self.range = range
        self.hint = hint
    }
}
