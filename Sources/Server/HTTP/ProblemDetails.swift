import Ingest

/// An error as a client reads it: RFC 9457, media type `application/problem+json`.
///
/// Members that do not apply are left out. `code` comes from a closed list (docs/errors.md) and is
/// what programs look at; `detail` is for people.
public struct ProblemDetails: Equatable, Sendable {
    /// The media type of the body.
    public static let mediaType = "application/problem+json"

    /// A place in a statement: lines and columns count characters from 1.
    public struct Position: Equatable, Sendable {
        /// The line.
        public var line: Int
        /// The place in the line.
        public var column: Int
        /// The place in the whole statement, in bytes from 0.
        public var byteOffset: Int

        /// A place.
        public init(line: Int, column: Int, byteOffset: Int) {
            self.line = line
            self.column = column
            self.byteOffset = byteOffset
        }
    }

    /// The HTTP status, repeated in the body.
    public var status: Int
    /// A word programs can rely on, such as `body_too_large`.
    public var code: String
    /// The kind of problem in a few words, the same for every occurrence.
    public var title: String
    /// What happened here, what was expected, what to do.
    public var detail: String
    /// Where in the statement.
    public var position: Position?
    /// The line in question with a caret below it.
    public var excerpt: String?
    /// A guess at what was meant.
    public var hint: String?
    /// Whether the same request may succeed later.
    public var retryable: Bool
    /// For writes: whether anything of the request was made durable; nil when it is no write.
    public var applied: Bool?
    /// For 412: the tag of the row that is there, if one is.
    public var currentTag: String?
    /// The rows that were refused, as many as are listed.
    public var rejections: [Rejection] = []

    /// A problem without place or hint.
    public init(status: Int, code: String, title: String, detail: String, retryable: Bool = false) {
        self.status = status
        self.code = code
        self.title = title
        self.detail = detail
        self.retryable = retryable
    }

    /// The body.
    public func json() -> [UInt8] {
        var json = JSONWriter(reservedByteCount: 256)
        json.beginObject()
        write(into: &json)
        json.endObject()
        json.newline()
        return json.bytes
    }

    /// Writes the members into an object that is already open, so that a caller can add its own.
    public func write(into json: inout JSONWriter) {
        json.key("type")
        json.value("urn:daybook:problem:" + code)
        json.key("title")
        json.value(title)
        json.key("status")
        json.value(Int64(status))
        json.key("code")
        json.value(code)
        json.key("detail")
        json.value(detail)
        if let position {
            json.key("position")
            json.beginObject()
            for (name, figure) in [
                ("line", position.line), ("column", position.column),
                ("byte_offset", position.byteOffset),
            ] {
                json.key(name)
                json.value(Int64(figure))
            }
            json.endObject()
        }
        if let excerpt {
            json.key("excerpt")
            json.value(excerpt)
        }
        if let hint {
            json.key("hint")
            json.value(hint)
        }
        json.key("retryable")
        json.value(retryable)
        if let applied {
            json.key("applied")
            json.value(applied)
        }
        if let currentTag {
            json.key("current_etag")
            json.value(currentTag)
        }
        if !rejections.isEmpty {
            json.key("rejections")
            json.append(rejections: rejections)
        }
    }

    /// The answer that carries it.
    ///
    /// - Parameter retryAfterSeconds: For 429 and 503; becomes `Retry-After`.
    public func response(retryAfterSeconds: Int? = nil) -> HTTPResponse {
        var headers = HTTPHeaders()
        headers.add("Content-Type", ProblemDetails.mediaType)
        if let retryAfterSeconds { headers.add("Retry-After", String(retryAfterSeconds)) }
        if let currentTag { headers.add("ETag", "\"\(currentTag)\"") }
        return HTTPResponse(status: status, headers: headers, body: .bytes(json()))
    }
}
