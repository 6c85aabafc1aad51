/// One row that was not taken, and why.
public struct Rejection: Hashable, Sendable {
    /// The closed list of reasons, stable in the HTTP interface and in `sys.rejects`.
    public enum Code: String, Hashable, Sendable, CaseIterable {
        case invalidJSON = "invalid_json"
        case invalidCSV = "invalid_csv"
        case invalidUTF8 = "invalid_utf8"
        case typeMismatch = "type_mismatch"
        case missingField = "missing_field"
        case unknownField = "unknown_field"
        case numberOutOfRange = "number_out_of_range"
        case invalidTimestamp = "invalid_timestamp"
        case futureTimestamp = "future_timestamp"
        case duplicateField = "duplicate_field"
        case tooDeep = "too_deep"
        case rowTooLarge = "row_too_large"
        case stringTooLong = "string_too_long"
        /// The id is taken by a row of other content; given by the committer, not by the parser.
        case conflict
    }

    /// Which reason.
    public var code: Code
    /// The line of an NDJSON body or the element of an array, counted from 1.
    public var line: Int
    /// Where in the body the reason lies, counted from 0.
    public var byteOffset: Int
    /// Where in the row it lies, in bytes, counted from 1.
    public var column: Int
    /// The field concerned, if one is.
    public var field: String?
    /// One sentence for the sender.
    public var message: String
    /// The row as sent, cut at `ParseLimit.keptRawByteCount` bytes; not necessarily UTF-8.
    public var raw: [UInt8]

    /// A refused row.
    public init(
        code: Code, line: Int, byteOffset: Int, column: Int, field: String? = nil,
        message: String, raw: [UInt8]
    ) {
        self.code = code
        self.line = line
        self.byteOffset = byteOffset
        self.column = column
        self.field = field
        self.message = message
        self.raw = raw
    }
}
