import Segments

/// `COPY table FROM 'path'`: what a client is to send to a table. Servers refuse it.
public struct CopyStatement: Hashable, Sendable {
    /// The table, as written.
    public let table: String
    /// The file, where the client is.
    public let path: String
    /// Whether rows that do not fit refuse their batch (`abort`) or are kept apart (`quarantine`).
    public let onError: String

    /// Reads the statement that `parsed` is, if it is one.
    ///
    /// - Throws: `invalid_argument` for an option that there is not.
    public init?(_ parsed: ParsedStatement) throws(QueryError) {
        guard case .copy(let copy) = parsed.script.statement else { return nil }
        var onError = "abort"
        for option in copy.options {
            guard option.key.name.lowercased() == "on_error" else {
                let meant = Spelling.nearest(to: option.key.name, among: ["on_error"])
                throw QueryError(
                    .invalidArgument, "there is no option \(option.key.name)",
                    at: option.key.range,
                    hint: meant.map { "did you mean \($0)?" } ?? "options: on_error")
            }
            guard case .string(let text) = option.value, ["abort", "quarantine"].contains(text)
            else {
                throw QueryError(
                    .invalidArgument, "on_error is 'abort' or 'quarantine'",
                    at: option.valueRange)
            }
            onError = text
        }
        table = copy.table.name.name
        path = copy.path
        self.onError = onError
    }
}
