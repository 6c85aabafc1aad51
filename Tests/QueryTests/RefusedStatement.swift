import Query
import Testing

/// One refused text: where the caret stands (marked in the text by `«` and `»`), and what is said.
struct RefusedStatement: Sendable, CustomTestStringConvertible {
    let marked: String
    let code: QueryError.Code
    let message: String
    let hint: String?

    init(
        _ marked: String, _ message: String, hint: String? = nil, _ code: QueryError.Code = .syntax
    ) {
        self.marked = marked
        self.code = code
        self.message = message
        self.hint = hint
    }

    var testDescription: String { marked }

    /// The text without marks.
    var sql: String { String(marked.filter { $0 != "«" && $0 != "»" }) }

    /// The bytes between the marks.
    var range: SourceRange {
        let parts = marked.split(separator: "«", maxSplits: 1, omittingEmptySubsequences: false)
        let start = parts[0].utf8.count
        let inside = parts[1].split(separator: "»", maxSplits: 1, omittingEmptySubsequences: false)[
            0]
        return SourceRange(start, start + inside.utf8.count)
    }
}
