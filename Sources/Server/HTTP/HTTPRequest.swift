/// The methods this server knows; any other is 501 at the door.
public enum HTTPMethod: String, Sendable, CaseIterable {
    /// Reads.
    case get = "GET"
    /// Reads the head alone.
    case head = "HEAD"
    /// Does something with the body.
    case post = "POST"
    /// Replaces.
    case put = "PUT"
    /// Changes.
    case patch = "PATCH"
    /// Removes.
    case delete = "DELETE"
    /// Asks what is allowed.
    case options = "OPTIONS"
}

/// Everything of a request but its body: what can be judged before the body is read.
public struct HTTPRequestHead: Sendable {
    /// The method.
    public var method: HTTPMethod
    /// The target as it was sent, undecoded: for logs.
    public var rawTarget: String
    /// The target taken apart.
    public var target: HTTPTarget
    /// The header fields.
    public var headers: HTTPHeaders
    /// The client's address without its port, `127.0.0.1` or `::1`.
    public var peerAddress: String
    /// The declared body length; nil for a chunked body; 0 when there is no body.
    public var contentLength: Int?

    /// The decoded path segments.
    public var path: [String] { target.segments }
    /// The query items in order.
    public var query: [HTTPTarget.QueryItem] { target.query }

    /// A head; tests and handlers' tests make them by hand.
    public init(
        method: HTTPMethod, rawTarget: String, target: HTTPTarget, headers: HTTPHeaders,
        peerAddress: String, contentLength: Int?
    ) {
        self.method = method
        self.rawTarget = rawTarget
        self.target = target
        self.headers = headers
        self.peerAddress = peerAddress
        self.contentLength = contentLength
    }
}

/// A whole request. The body is as it was sent; `decodedBody` undoes its `Content-Encoding`.
public struct HTTPRequest: Sendable {
    /// Method, target, headers.
    public var head: HTTPRequestHead
    /// The body's bytes, still compressed if they came so.
    public var body: [UInt8]

    /// A request; tests make them by hand.
    public init(head: HTTPRequestHead, body: [UInt8]) {
        self.head = head
        self.body = body
    }
}
