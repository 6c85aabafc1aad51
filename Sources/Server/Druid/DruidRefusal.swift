import Query

/// A failure as clients of Druid read it.
///
/// ```
/// {"error":"Plan validation failed","errorCode":"invalidInput","persona":"USER",
///  "category":"INVALID_INPUT","errorMessage":"there is no column \"dim4\" (line [1], column [8])",
///  "context":{"sourceType":"sql","line":"1","column":"8","endLine":"1","endColumn":"11"}}
/// ```
///
/// `error` holds the words of Druid's older errors: Grafana's plug-in shows nothing else, and sends
/// a query again whose word it does not know. What ends a running query has the older form whole,
/// with `errorClass` and `host`.
struct DruidRefusal {
    /// The kinds of failure, each with its status.
    enum Category: String {
        case invalidInput = "INVALID_INPUT"
        case notFound = "NOT_FOUND"
        case conflict = "CONFLICT"
        case capacityExceeded = "CAPACITY_EXCEEDED"
        case runtimeFailure = "RUNTIME_FAILURE"
        case canceled = "CANCELED"
        case unsupported = "UNSUPPORTED"
        case serviceUnavailable = "SERVICE_UNAVAILABLE"
        case timeout = "TIMEOUT"

        var status: Int {
            switch self {
            case .invalidInput: 400
            case .notFound: 404
            case .conflict: 409
            case .capacityExceeded: 429
            case .runtimeFailure, .canceled: 500
            case .unsupported: 501
            case .serviceUnavailable: 503
            case .timeout: 504
            }
        }
    }

    /// The older word for it.
    var word: String
    var category: Category
    var message: String
    /// Whom the message is for: `USER`, or `OPERATOR` of the server.
    var persona = "USER"
    /// The class of an error of the older form.
    var errorClass: String?
    /// The place in the statement, as Druid names its parts.
    var place: [(name: String, figure: Int)] = []

    init(_ word: String, _ category: Category, _ message: String) {
        self.word = word
        self.category = category
        self.message = message
    }

    /// The body; Druid ends it without a line feed.
    ///
    /// - Parameter host: The server's name and port, for errors of the older form.
    func json(host: String) -> [UInt8] {
        var json = JSONWriter(reservedByteCount: 256)
        json.beginObject()
        json.member("error", word)
        if let errorClass {
            json.member("errorClass", errorClass)
            json.member("host", host)
        }
        json.member("errorCode", errorClass == nil ? code : "legacyQueryException")
        json.member("persona", persona)
        json.member("category", category.rawValue)
        json.member("errorMessage", message)
        json.key("context")
        json.beginObject()
        if let errorClass {
            json.member("host", host)
            json.member("errorClass", errorClass)
            json.member("legacyErrorCode", word)
        } else if !place.isEmpty {
            json.member("sourceType", "sql")
            for (name, figure) in place { json.member(name, String(figure)) }
        }
        json.endObject()
        json.endObject()
        return json.bytes
    }

    private var code: String {
        category == .invalidInput || category == .notFound ? "invalidInput" : "general"
    }
}

extension JSONWriter {
    /// Writes a member that is a text.
    fileprivate mutating func member(_ name: String, _ text: String) {
        key(name)
        value(text)
    }
}

// MARK: - Failures of statements

extension DruidRefusal {
    /// A statement's failure; `sql` gives the place.
    init(_ error: StatementError, sql: String) {
        switch error {
        case .query(let error): self.init(error, sql: sql)
        case .overloaded:
            self.init(
                "Query capacity exceeded", .capacityExceeded,
                "Too many concurrent queries, total query capacity exceeded. "
                    + "Please try your query again later.")
            persona = "OPERATOR"
            errorClass = "org.apache.druid.query.QueryCapacityExceededException"
        case .ingest, .source, .tableExists, .unknownTable, .safeMode, .incomplete:
            let problem = ProblemDetails(error, sql: sql)
            let category: Category =
                switch problem.status {
                case 404: .notFound
                case 409: .conflict
                case 429: .capacityExceeded
                case 503: .serviceUnavailable
                case 500...: .runtimeFailure
                default: .invalidInput
                }
            let isRefused = category == .invalidInput || category == .notFound
            self.init(
                isRefused || category == .conflict ? "Plan validation failed" : "Unknown exception",
                category, problem.detail)
        }
    }

    /// A query's failure.
    init(_ error: QueryError, sql: String) {
        let (word, category) = Self.form(of: error.code)
        self.init(word, category, error.message)
        if let range = error.range {
            let place = SQLExcerpt(of: range, in: sql)
            message += " (line [\(place.line)], column [\(place.column)])"
            self.place = [
                ("line", place.line), ("column", place.column), ("endLine", place.endLine),
                ("endColumn", place.endColumn),
            ]
        }
        if let hint = error.hint { message += "; \(hint)" }
        switch error.code {
        case .timeout: endsQuery("org.apache.druid.query.QueryTimeoutException")
        case .cancelled: endsQuery("org.apache.druid.query.QueryInterruptedException")
        case .damagedSegment: persona = "OPERATOR"
        default: break
        }
    }

    private mutating func endsQuery(_ name: String) {
        persona = "OPERATOR"
        errorClass = name
    }

    /// Limits say that planning failed: asking again would not help.
    private static func form(of code: QueryError.Code) -> (word: String, category: Category) {
        switch code {
        case .syntax: ("SQL parse failed", .invalidInput)
        case .unknownTable, .unknownColumn, .unknownFunction, .ambiguous, .typeMismatch,
            .invalidArgument, .parameter, .limit, .memory, .resultLimit:
            ("Plan validation failed", .invalidInput)
        case .unsupported: ("Unsupported operation", .unsupported)
        case .overflow, .divisionByZero, .invalidCast, .damagedSegment:
            ("Unknown exception", .runtimeFailure)
        case .timeout: ("Query timeout", .timeout)
        case .cancelled: ("Query cancelled", .canceled)
        }
    }
}
