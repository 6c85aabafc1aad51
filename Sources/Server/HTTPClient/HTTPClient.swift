/// Why a request got no whole answer.
public enum HTTPClientError: Error, Equatable, Sendable {
    /// No connection: nobody listens, or the name is unknown.
    case cannotConnect(host: String, port: UInt16, errno: Int32)
    /// Nothing moved for the time-out.
    case timedOut
    /// The server closed before the answer was whole; `receivedByteCount` of its body had come.
    case connectionClosed(receivedByteCount: Int)
    /// The answer is not HTTP/1.1 as RFC 9112 has it.
    case malformedAnswer(reason: String)
    /// The answer's body passed the client's limit.
    case answerTooLarge(limit: Int)
    /// The request holds a line end or a control character where none may be.
    case malformedRequest(reason: String)
}

/// A whole answer.
public struct HTTPClientResponse: Sendable {
    /// The status.
    public var status: Int
    /// The header fields.
    public var headers: HTTPHeaders
    /// The body; empty when it was given to a sink.
    public var body: [UInt8]
    /// The fields after a chunked body.
    public var trailers: HTTPHeaders

    /// The body as text, invalid UTF-8 replaced.
    public var text: String { String(decoding: body, as: UTF8.self) }
}

/// A small blocking HTTP/1.1 client for the command line and the tests: one server, one connection
/// kept alive, plain TCP.
///
/// Not for two threads at a time. It follows no redirects, keeps no cookies and decodes no content
/// encodings.
public final class HTTPClient {
    private let host: String
    private let port: UInt16
    private let timeoutSeconds: Double
    private let bodyLimit: Int
    private var stream: HTTPClientStream?

    /// A client that connects at its first request.
    ///
    /// - Parameters:
    ///   - timeoutSeconds: The longest wait for one send or receive.
    ///   - bodyLimit: The most bytes of an answer kept in memory.
    public init(
        host: String = "127.0.0.1", port: UInt16, timeoutSeconds: Double = 60,
        bodyLimit: Int = 512 << 20
    ) {
        self.host = host
        self.port = port
        self.timeoutSeconds = timeoutSeconds
        self.bodyLimit = bodyLimit
    }

    /// Closes the connection; the next request opens another.
    public func close() { stream = nil }

    /// Sends a request and waits for the whole answer.
    ///
    /// A kept connection that turns out to be closed is replaced once, for methods that may be
    /// repeated; after a POST the caller must decide.
    ///
    /// - Parameters:
    ///   - target: Path and query, percent-encoded (`percentEncode`).
    ///   - body: Sent with its `Content-Length`.
    ///   - sink: Gets the body piece by piece instead of the answer's `body`.
    public func send(
        _ method: HTTPMethod, _ target: String, headers: HTTPHeaders = HTTPHeaders(),
        body: [UInt8]? = nil, sink: ((ArraySlice<UInt8>) -> Void)? = nil
    ) throws(HTTPClientError) -> HTTPClientResponse {
        let head = try requestHead(method, target, headers, body)
        let isReused = stream != nil
        do {
            return try exchange(method, head, body, sink)
        } catch {
            stream = nil
            let isRepeatable = method != .post && method != .patch
            guard isReused, isRepeatable, error == .connectionClosed(receivedByteCount: 0) else {
                throw error
            }
            return try exchange(method, head, body, sink)
        }
    }

    private func exchange(
        _ method: HTTPMethod, _ head: [UInt8], _ body: [UInt8]?,
        _ sink: ((ArraySlice<UInt8>) -> Void)?
    ) throws(HTTPClientError) -> HTTPClientResponse {
        let stream = try openStream()
        do {
            try stream.send(head)
            if let body { try stream.send(body) }
        } catch {
            // The server may have refused before it read everything; its answer says why.
            guard case .connectionClosed = error else { throw error }
        }
        var reader = HTTPClientReader(stream: stream, bodyLimit: bodyLimit)
        let response = try reader.read(isHead: method == .head, sink: sink)
        if reader.mustClose { self.stream = nil }
        return response
    }

    private func openStream() throws(HTTPClientError) -> HTTPClientStream {
        if let stream { return stream }
        switch Socket.connect(host: host, port: port, timeoutSeconds: timeoutSeconds) {
        case .success(let descriptor):
            let opened = HTTPClientStream(descriptor)
            stream = opened
            return opened
        case .failure(let error):
            throw .cannotConnect(host: host, port: port, errno: error.errno)
        }
    }

    private func requestHead(
        _ method: HTTPMethod, _ target: String, _ headers: HTTPHeaders, _ body: [UInt8]?
    ) throws(HTTPClientError) -> [UInt8] {
        guard target.utf8.first == UInt8(ascii: "/"),
            target.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F })
        else { throw .malformedRequest(reason: "the target must be a percent-encoded path") }
        var text = "\(method.rawValue) \(target) HTTP/1.1\r\n"
        if headers["Host"] == nil {
            text += "Host: \(host.contains(":") ? "[\(host)]" : host):\(port)\r\n"
        }
        for field in headers.fields {
            guard HTTPHeaders.isToken(field.name), HTTPHeaders.isValue(field.value) else {
                throw .malformedRequest(reason: "the field '\(field.name)' is malformed")
            }
            text += "\(field.name): \(field.value)\r\n"
        }
        if let body { text += "Content-Length: \(body.count)\r\n" }
        text += "\r\n"
        return Array(text.utf8)
    }

    /// `text` with everything but letters, digits and `-._~` percent-encoded: one path segment, or
    /// one name or value of a query.
    public static func percentEncode(_ text: String) -> String {
        var encoded = ""
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."),
                UInt8(ascii: "_"), UInt8(ascii: "~"):
                encoded.unicodeScalars.append(Unicode.Scalar(byte))
            default:
                let digits = String(byte, radix: 16, uppercase: true)
                encoded += digits.count == 1 ? "%0" + digits : "%" + digits
            }
        }
        return encoded
    }
}
