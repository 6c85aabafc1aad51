import Ingest
import Query
import Segments

/// The one place where errors become answers.
extension ProblemDetails {
    /// A bad request of some kind; `detail` is for people.
    static func badRequest(_ code: String, _ detail: String) -> ProblemDetails {
        ProblemDetails(status: 400, code: code, title: "Bad request", detail: detail)
    }

    /// A query parameter that is not offered; `known` are those that are.
    static func unknownParameter(_ name: String, known: [String]) -> ProblemDetails {
        var problem = ProblemDetails.badRequest(
            "unknown_parameter",
            known.isEmpty
                ? "this path takes no parameters, and so not '\(name)'"
                : "there is no parameter '\(name)' here; \(known.joined(separator: ", ")) is known")
        problem.hint = Spelling.nearest(to: name, among: known).map { "did you mean '\($0)'?" }
        return problem
    }

    /// Something named in the path or the statement is not there.
    static func notFound(_ code: String, _ detail: String) -> ProblemDetails {
        ProblemDetails(status: 404, code: code, title: "Not found", detail: detail)
    }

    /// The process has enough to do.
    static func overloaded(_ detail: String) -> ProblemDetails {
        var problem = ProblemDetails(
            status: 429, code: "overloaded", title: "Too many requests", detail: detail,
            retryable: true)
        problem.applied = false
        return problem
    }

    /// A statement's failure; `sql` gives the excerpt.
    init(_ error: StatementError, sql: String) {
        switch error {
        case .query(let error): self.init(error, sql: sql)
        case .ingest(let error): self.init(error)
        case .tableExists(let name):
            self.init(
                status: 409, code: "table_exists", title: "Conflict",
                detail: "'\(name)' is there already")
            hint = "write IF NOT EXISTS where that is fine"
        case .unknownTable(let name):
            self = .notFound("unknown_table", "there is no table '\(name)'")
        case .source(let error): self.init(error)
        case .overloaded:
            self = .overloaded("too many queries run already")
        case .incomplete(let table):
            self.init(
                status: 503, code: "incomplete", title: "Not complete yet",
                detail: "\(table.text)", retryable: true)
            hint = "SELECT * FROM sys.gaps shows what is missing, sys.producers who has to say more"
        case .safeMode(let reason):
            self.init(
                status: 503, code: "safe_mode", title: "Read-only",
                detail: "\(reason), so nothing is taken in or changed", retryable: true)
            applied = false
            hint = "see the messages of the failed starts; a restart in good order leaves this mode"
        }
    }

    /// Why a source could not be made or changed.
    init(_ error: SourceChangeError) {
        switch error {
        case .unknown(let name):
            self = .notFound("unknown_source", "there is no source '\(name)'")
        case .source(.unavailable(let reason)):
            self.init(
                status: 503, code: "source_unavailable", title: "The source does not answer",
                detail: reason, retryable: true)
            applied = false
        case .source(.option(let name, let reason)):
            self = .badRequest("invalid_option", "\(name): \(reason)")
        case .source(.unsupported(let reason)):
            self = .badRequest("unsupported_source", reason)
        case .source(.ingest(let error)): self.init(error)
        case .source(let error):
            self.init(
                status: 409, code: "source_conflict", title: "Conflict", detail: "\(error)")
        case .ingest(let error): self.init(error)
        case .catalog(.sourceExists(let name)):
            self.init(
                status: 409, code: "source_exists", title: "Conflict",
                detail: "there is a source '\(name)' already")
            hint = "write IF NOT EXISTS where that is fine"
        case .catalog(let error): self.init(IngestError.catalog(error))
        }
    }

    /// A query's failure.
    init(_ error: QueryError, sql: String) {
        let (status, title, retryable) = Self.form(of: error.code)
        self.init(
            status: status, code: error.code.rawValue, title: title, detail: error.message,
            retryable: retryable)
        hint = error.hint
        if let range = error.range {
            let place = SQLExcerpt(of: range, in: sql)
            position = Position(
                line: place.line, column: place.column, byteOffset: range.lowerBound)
            excerpt = place.excerpt + "\n" + place.caret
        }
    }

    private static func form(
        of code: QueryError.Code
    ) -> (status: Int, title: String, retryable: Bool) {
        switch code {
        case .syntax, .unknownColumn, .unknownFunction, .ambiguous, .typeMismatch,
            .invalidArgument, .unsupported, .parameter:
            (400, "The statement cannot be run", false)
        case .unknownTable: (404, "Not found", false)
        case .limit, .memory, .resultLimit: (422, "A limit was reached", false)
        case .overflow, .divisionByZero, .invalidCast: (422, "The statement failed", false)
        case .timeout: (504, "Time is up", true)
        case .cancelled: (499, "Cancelled", true)
        case .damagedSegment: (500, "Data is damaged", false)
        }
    }

    /// A failure to take rows or to change tables.
    init(_ error: IngestError) {
        switch error {
        case .limitExceeded(let limit, let value):
            self.init(
                status: 413, code: "limit_exceeded", title: "Too large",
                detail: "a request has at most \(value) \(limit)")
        case .malformedBody(let rejection):
            self = .badRequest(
                rejection.code.rawValue, "line \(rejection.line): \(rejection.message)")
        case .aborted(let rejections):
            self.init(
                status: 422, code: "rows_rejected", title: "Rows were rejected",
                detail: "\(rejections.count) rows cannot be taken; nothing of the request was")
            hint = "send ?on_error=quarantine to take the others and keep these as dead letters"
        case .conditionFailed(let current):
            self.init(
                status: 412, code: "precondition_failed", title: "Precondition failed",
                detail: current == nil
                    ? "there is no row of the key" : "the row of the key is another one")
            currentTag = current
            hint = "GET the row, decide again, and send its ETag in If-Match"
        case .rowNotFound:
            self = .notFound("row_not_found", "there is no row of the key")
        case .tableChanged(let name):
            self.init(
                status: 409, code: "table_changed", title: "Conflict",
                detail: "the table '\(name)' changed while the request was read", retryable: true)
        case .overloaded(let what, let limit):
            self = .overloaded("\(what) reached the limit of \(limit)")
        case .diskFull(let cause):
            self.init(
                status: 503, code: "disk_full", title: "The disk is full", detail: "\(cause)",
                retryable: true)
        case .notAppended(let cause):
            self.init(
                status: 503, code: "log_unavailable", title: "The log could not be written",
                detail: "\(cause)", retryable: true)
        case .durabilityUnknown(let cause):
            self.init(
                status: 503, code: "durability_unknown", title: "The outcome is unknown",
                detail: "\(cause); send the same request again", retryable: true)
        case .closed(let reason):
            self.init(
                status: 503, code: "shutting_down", title: "Not taking rows", detail: reason,
                retryable: true)
        case .segment(let error):
            self.init(
                status: 500, code: "segment_corrupt", title: "Data is damaged",
                detail: "\(error)")
        case .log(let error):
            self.init(
                status: 500, code: "log_failed", title: "The log failed", detail: "\(error)")
        case .catalog(.schema(let error)):
            self.init(
                status: 409, code: "table_changed", title: "Conflict",
                detail: "the table or its rollups changed meanwhile: \(error.message)",
                retryable: true)
        case .origin(let refusal): self.init(refusal)
        case .catalog(let error):
            self.init(
                status: 500, code: "catalog_failed", title: "The catalog failed",
                detail: "\(error)")
        }
        if case .durabilityUnknown = error { return }
        applied = false
    }
}
