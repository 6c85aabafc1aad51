/// An answer: status, header fields, body.
///
/// `Content-Length`, `Transfer-Encoding`, `Connection` and `Date` are the door's business; a
/// handler's fields of these names are dropped.
public struct HTTPResponse: Sendable {
    /// The three kinds of body.
    public enum Body: Sendable {
        /// No content.
        case none
        /// A body that is ready.
        case bytes([UInt8])
        /// A body written while it is sent, chunked, on a worker thread. Its return value becomes
        /// the trailer fields. If it throws, the connection is cut before the last chunk, so the
        /// client can tell that the answer is not whole.
        case stream(@Sendable (HTTPBodyWriter) throws -> HTTPHeaders)
    }

    /// 200 to 599.
    public var status: Int
    /// The header fields.
    public var headers: HTTPHeaders
    /// The body.
    public var body: Body

    /// An answer.
    public init(status: Int, headers: HTTPHeaders = HTTPHeaders(), body: Body = .none) {
        precondition((200...599).contains(status))
        self.status = status
        self.headers = headers
        self.body = body
    }

    /// An answer with a body of one media type.
    public init(status: Int = 200, contentType: String, bytes: [UInt8]) {
        self.init(
            status: status, headers: HTTPHeaders([("Content-Type", contentType)]),
            body: .bytes(bytes))
    }

    /// An answer of plain text.
    public static func text(_ text: String, status: Int = 200) -> HTTPResponse {
        HTTPResponse(
            status: status, contentType: "text/plain; charset=utf-8", bytes: Array(text.utf8))
    }
}
