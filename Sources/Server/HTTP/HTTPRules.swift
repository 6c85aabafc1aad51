/// What the door itself refuses, before any handler sees a request: the rules of RFC 9110 and 9112
/// whose neglect lets requests be smuggled, and those against browsers that were tricked.
struct HTTPRules: Sendable {
    /// A head as the library parsed it.
    struct RawHead {
        var method: String
        var version: String
        var target: [UInt8]
        var headers: HTTPHeaders
        /// Bytes from the method to the empty line, as they were read.
        var headByteCount: Int
        /// Bytes that the parsed lines account for; nil when they cannot be accounted for.
        var accountedByteCount: Int?
        var peerAddress: String
    }

    private let allowsAnyHost: Bool
    private let hosts: Set<String>
    private let origins: Set<String>

    init(_ configuration: HTTPServerConfiguration) {
        allowsAnyHost = configuration.allowedHosts.contains("*")
        hosts = Set(
            (["localhost", "127.0.0.1", "[::1]"] + configuration.allowedHosts).map {
                $0.lowercased()
            })
        origins = Set(configuration.allowedOrigins.map { $0.lowercased() })
    }

    /// Turns a raw head into one that can be trusted to mean one thing, or says why not.
    func check(_ raw: RawHead) throws(Refusal) -> HTTPRequestHead {
        guard raw.version == "HTTP/1.1" else {
            throw Refusal(505, "http_version", "HTTP/1.1 is spoken here, not '\(raw.version)'.")
        }
        guard raw.headByteCount <= HTTPServerConfiguration.headByteLimit else {
            throw Refusal(431, "head_too_large", "The head is larger than 32 KiB.")
        }
        guard raw.target.count <= HTTPTarget.maximumByteCount else {
            throw Refusal(414, "target_too_long", "The target is longer than 8 KiB.")
        }
        // The library accepts bare LF, folded lines, zero bytes, empty names and runs of spaces,
        // and does not tell; but each leaves a head longer or shorter than what came out of it.
        guard raw.accountedByteCount == raw.headByteCount else {
            throw Refusal(400, "malformed_head", "The head is not made of whole lines with CR LF.")
        }
        try checkFields(raw.headers)
        let contentLength = try framing(raw.headers)
        let host = try checkHost(raw.headers)
        try checkOrigin(raw.headers, host: host)
        if let expect = raw.headers["Expect"], expect.lowercased() != "100-continue" {
            throw Refusal(417, "expectation", "Only 'Expect: 100-continue' is understood.")
        }
        guard let method = HTTPMethod(rawValue: raw.method) else {
            throw Refusal(501, "unknown_method", "The method is not known here.")
        }
        return HTTPRequestHead(
            method: method, rawTarget: String(decoding: raw.target, as: UTF8.self),
            target: try target(raw.target), headers: raw.headers, peerAddress: raw.peerAddress,
            contentLength: contentLength)
    }

    private func target(_ bytes: [UInt8]) throws(Refusal) -> HTTPTarget {
        do {
            return try HTTPTarget(bytes)
        } catch {
            switch error {
            case .tooLong:
                throw Refusal(414, "target_too_long", "The target is longer than 8 KiB.")
            case .malformed(let reason):
                throw Refusal(400, "malformed_target", "\(reason).")
            }
        }
    }

    private func checkFields(_ headers: HTTPHeaders) throws(Refusal) {
        guard headers.count <= HTTPServerConfiguration.headerFieldLimit else {
            throw Refusal(431, "too_many_fields", "The head has more than 100 fields.")
        }
        for field in headers.fields {
            guard HTTPHeaders.isToken(field.name), HTTPHeaders.isValue(field.value) else {
                throw Refusal(
                    400, "malformed_field", "A header field's name or value is malformed.")
            }
        }
    }

    /// The body's declared length: nil when it is chunked.
    private func framing(_ headers: HTTPHeaders) throws(Refusal) -> Int? {
        let codings = headers.values("Transfer-Encoding")
        let lengths = headers.values("Content-Length")
        guard codings.isEmpty || lengths.isEmpty else {
            throw Refusal(
                400, "ambiguous_framing", "Content-Length and Transfer-Encoding exclude each other."
            )
        }
        if let coding = codings.first {
            guard codings.count == 1, coding.lowercased() == "chunked" else {
                throw Refusal(
                    501, "unknown_transfer_coding", "Only 'Transfer-Encoding: chunked' is known.")
            }
            return nil
        }
        guard let length = lengths.first else { return 0 }
        let isDigits = length.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")) ~= $0 }
        guard lengths.count == 1, isDigits, let count = Int(length) else {
            throw Refusal(400, "malformed_length", "Content-Length must be one number.")
        }
        return count
    }

    private func checkHost(_ headers: HTTPHeaders) throws(Refusal) -> String {
        guard headers.count(of: "Host") == 1, let host = headers["Host"]?.lowercased() else {
            throw Refusal(400, "malformed_host", "There must be one Host field.")
        }
        guard let name = HTTPRules.hostName(host) else {
            throw Refusal(400, "malformed_host", "Host must be a name and at most a port.")
        }
        guard allowsAnyHost || hosts.contains(name) else {
            throw Refusal(
                421, "unknown_host", "'\(name)' is not a name of this server (see allowed_hosts).")
        }
        return host
    }

    /// The name in front of an optional port.
    private static func hostName(_ host: String) -> String? {
        let end: String.Index
        if host.hasPrefix("[") {
            guard let bracket = host.firstIndex(of: "]") else { return nil }
            end = host.index(after: bracket)
        } else {
            end = host.firstIndex(of: ":") ?? host.endIndex
        }
        let name = host[..<end]
        let rest = host[end...]
        let isPort =
            rest.isEmpty
            || (rest.first == ":"
                && rest.dropFirst().utf8.allSatisfy {
                    (UInt8(ascii: "0")...UInt8(ascii: "9")) ~= $0
                })
        let isName = name.utf8.allSatisfy { byte in
            byte > 0x20 && byte < 0x7F && byte != UInt8(ascii: "/") && byte != UInt8(ascii: "@")
                && byte != UInt8(ascii: ",") && byte != UInt8(ascii: "?")
        }
        return !name.isEmpty && isPort && isName ? String(name) : nil
    }

    /// A browser names the page a request comes from; only our own pages and listed ones may ask.
    private func checkOrigin(_ headers: HTTPHeaders, host: String) throws(Refusal) {
        for origin in headers.values("Origin") {
            let name = origin.lowercased()
            if origins.contains(name) || name == "http://\(host)" || name == "https://\(host)" {
                continue
            }
            throw Refusal(
                403, "foreign_origin",
                "Requests from this Origin are not allowed (allowed_origins).")
        }
    }
}

/// A refusal of the door.
struct Refusal: Error, Equatable {
    var status: Int
    var code: String
    var detail: String

    init(_ status: Int, _ code: String, _ detail: String) {
        self.status = status
        self.code = code
        self.detail = detail
    }

    /// Overload: come back later.
    static let overloaded = Refusal(
        429, "body_budget", "Too many request bodies are being read at this moment.")
    /// The body passed its limit.
    static func bodyTooLarge(limit: Int) -> Refusal {
        Refusal(
            413, "body_too_large", "The body is larger than \(limit) bytes; send smaller parts.")
    }

    /// The answer.
    var response: HTTPResponse {
        let isOverload = status == 429 || status == 503
        return ProblemDetails(
            status: status, code: code, title: Refusal.title(status), detail: detail,
            retryable: isOverload
        ).response(retryAfterSeconds: isOverload ? Int.random(in: 1...5) : nil)
    }

    private static func title(_ status: Int) -> String {
        switch status {
        case 403: "Forbidden"
        case 413: "Body too large"
        case 414: "Target too long"
        case 417: "Expectation failed"
        case 421: "Misdirected request"
        case 429: "Overloaded"
        case 431: "Head too large"
        case 501: "Not implemented"
        case 503: "Stopping"
        case 505: "HTTP version not supported"
        default: "Bad request"
        }
    }
}
