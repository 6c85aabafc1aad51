import Ingest

/// Where a server listens.
struct ServerURL: Equatable, Sendable, CustomStringConvertible {
    var host: String
    var port: UInt16

    /// Where clients look unless told otherwise.
    static let standard = ServerURL(host: "127.0.0.1", port: 8_420)
    /// The option of every client command.
    static let option = CommandOption(
        "url", "URL", "the server (default: $DAYBOOK_URL, or \(ServerURL.standard))")

    init(host: String, port: UInt16) {
        self.host = host
        self.port = port
    }

    /// Reads `http://HOST[:PORT][/]`; an IPv6 address stands in brackets.
    init(_ text: String) throws(CommandError) {
        let wanted = CommandError.usage(
            "'\(text)' is no server; expected http://HOST:PORT, such as \(ServerURL.standard)")
        guard !text.hasPrefix("https://") else {
            throw .usage("'\(text)': this client speaks plain http only, on this machine")
        }
        guard text.hasPrefix("http://") else { throw wanted }
        var rest = text.dropFirst("http://".count)
        if rest.last == "/" { rest.removeLast() }
        if rest.first == "[" {
            guard let closing = rest.firstIndex(of: "]") else { throw wanted }
            host = String(rest[rest.index(after: rest.startIndex)..<closing])
            rest = rest[rest.index(after: closing)...]
        } else {
            host = String(rest.prefix { $0 != ":" })
            rest = rest.dropFirst(host.count)
        }
        guard !host.isEmpty, !host.contains("/") else { throw wanted }
        if rest.isEmpty {
            port = 80
        } else {
            guard rest.first == ":", let number = UInt16(rest.dropFirst()), number > 0 else {
                throw wanted
            }
            port = number
        }
    }

    /// The server a client command means: `--url`, else `DAYBOOK_URL`, else the standard one.
    init(_ arguments: Arguments) throws(CommandError) {
        if let text = arguments.value("url") {
            self = try ServerURL(text)
        } else if let text = try Environment.current()["DAYBOOK_URL"], !text.isEmpty {
            self = try ServerURL(text)
        } else {
            self = .standard
        }
    }

    var description: String { "http://\(host.contains(":") ? "[\(host)]" : host):\(port)" }
}

/// A command's line to a server: one kept connection, errors in the words of the command line.
///
/// Not for two threads at a time.
final class ServerConnection {
    /// The other end.
    let url: ServerURL
    private let client: HTTPClient

    /// The longest wait for an answer to move; longer than any query may take.
    private static let timeoutSeconds = 600.0

    init(_ url: ServerURL) {
        self.url = url
        client = HTTPClient(host: url.host, port: url.port, timeoutSeconds: Self.timeoutSeconds)
    }

    /// Sends a request; any answer is a result, whatever its status.
    ///
    /// - Parameter sink: Gets the body piece by piece instead of the answer's `body`.
    func exchange(
        _ method: HTTPMethod, _ target: String, headers: [(String, String)] = [],
        body: [UInt8]? = nil, sink: ((ArraySlice<UInt8>) -> Void)? = nil
    ) throws(CommandError) -> HTTPClientResponse {
        do throws(HTTPClientError) {
            return try client.send(
                method, target, headers: HTTPHeaders(headers), body: body, sink: sink)
        } catch {
            throw Self.commandError(error, url)
        }
    }

    /// Sends a request and reads the answer as JSON; a refusal is an error.
    func json(
        _ method: HTTPMethod, _ target: String, body: [UInt8]? = nil
    ) throws(CommandError) -> JSONValue {
        let headers = body == nil ? [] : [("Content-Type", "application/json")]
        let response = try exchange(method, target, headers: headers, body: body)
        guard response.status < 300 else { throw ServerProblem(response).commandError }
        return try Self.parse(response.body)
    }

    /// Reads an answer's body.
    static func parse(_ body: [UInt8]) throws(CommandError) -> JSONValue {
        do throws(JSONValue.SyntaxError) {
            return try JSONValue(parsing: body)
        } catch {
            throw CommandError(
                "the server's answer is no JSON: \(error.reason) at byte \(error.byteOffset)")
        }
    }

    /// A transport failure in the words of the command line.
    static func commandError(_ error: HTTPClientError, _ url: ServerURL) -> CommandError {
        switch error {
        case .cannotConnect(_, _, let code):
            CommandError(
                "no server answers at \(url)"
                    + (code == 0 ? "" : " (\(SystemError.text(code)))")
                    + "; start one with 'daybook serve', or name another with --url",
                .noConnection)
        case .timedOut:
            CommandError("\(url) did not answer in time", .noConnection)
        case .connectionClosed(let count):
            CommandError(
                "\(url) closed the connection after \(count) bytes of its answer", .noConnection)
        case .malformedAnswer(let reason):
            CommandError("\(url) does not speak HTTP/1.1: \(reason)", .noConnection)
        case .answerTooLarge(let limit):
            CommandError("the answer has more than \(limit) bytes")
        case .malformedRequest(let reason): .usage(reason)
        }
    }
}

/// A server's refusal: what of its problem document a person or program needs.
struct ServerProblem: Equatable {
    let status: Int
    /// Empty where the answer was no problem document.
    let code: String
    let detail: String
    let excerpt: String?
    let hint: String?
    /// What `Retry-After` asks for.
    let retryAfterSeconds: Double?
    /// Refused lines, where the request was one to ingest.
    let rejections: [IngestReceipt.Rejection]

    /// Reads an answer with a status of 400 and more.
    init(_ response: HTTPClientResponse) {
        self.init(
            status: response.status, body: response.body,
            retryAfter: response.headers["Retry-After"])
    }

    init(status: Int, body: [UInt8], retryAfter: String? = nil) {
        self.status = status
        let document = try? JSONValue(parsing: body)
        code = document?["code"]?.string ?? ""
        let text = String(decoding: body.prefix(500), as: UTF8.self)
        detail = document?["detail"]?.string ?? "HTTP status \(status): \(text)"
        excerpt = document?["excerpt"]?.string
        hint = document?["hint"]?.string
        retryAfterSeconds = retryAfter.flatMap { Double($0) }
        rejections = IngestReceipt.rejections(document?["rejections"])
    }

    /// Whether the same request can succeed in a while.
    var isBusy: Bool { status == 429 || status == 503 }

    /// What, where, and what to do.
    var text: String {
        var text = detail
        if let excerpt { text += "\n" + excerpt }
        if let hint { text += "\nhint: " + hint }
        return code.isEmpty ? text : text + "\n(\(code))"
    }

    /// As the end of a command.
    var commandError: CommandError {
        CommandError(text, code == "rows_rejected" ? .rejectedRows : .failure)
    }
}
