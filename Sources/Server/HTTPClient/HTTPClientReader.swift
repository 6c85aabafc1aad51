/// Reads one answer from a stream, strictly: what RFC 9112 calls an error is an error here.
struct HTTPClientReader {
    /// Bytes of a head's line and of all of its lines, and how many fields.
    private static let lineLimit = 16 << 10
    private static let fieldLimit = 200
    /// Interim answers (1xx) before the final one.
    private static let interimLimit = 8

    private let stream: HTTPClientStream
    private let bodyLimit: Int
    /// Whether the connection cannot be used again.
    private(set) var mustClose = false
    private var body: [UInt8] = []
    private var bodyByteCount = 0

    init(stream: HTTPClientStream, bodyLimit: Int) {
        self.stream = stream
        self.bodyLimit = bodyLimit
    }

    /// Reads the answer to its end.
    mutating func read(
        isHead: Bool, sink: ((ArraySlice<UInt8>) -> Void)?
    ) throws(HTTPClientError) -> HTTPClientResponse {
        var status = 0
        var headers = HTTPHeaders()
        var interimCount = 0
        repeat {
            status = try statusLine()
            headers = try fields()
            interimCount += 1
            guard interimCount <= HTTPClientReader.interimLimit else {
                throw .malformedAnswer(reason: "too many interim answers")
            }
        } while status < 200
        if let connection = headers["Connection"], connection.lowercased() == "close" {
            mustClose = true
        }
        var trailers = HTTPHeaders()
        if !isHead && status != 204 && status != 304 {
            trailers = try readBody(headers, sink)
        }
        return HTTPClientResponse(status: status, headers: headers, body: body, trailers: trailers)
    }

    private func statusLine() throws(HTTPClientError) -> Int {
        let line = try stream.line(limit: HTTPClientReader.lineLimit)
        let parts = line.split(separator: " ", maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count >= 2, parts[0] == "HTTP/1.1", parts[1].utf8.count == 3,
            let status = Int(parts[1]), (100...599).contains(status)
        else { throw .malformedAnswer(reason: "the status line is '\(line.prefix(80))'") }
        return status
    }

    private func fields() throws(HTTPClientError) -> HTTPHeaders {
        var headers = HTTPHeaders()
        while true {
            let line = try stream.line(limit: HTTPClientReader.lineLimit)
            if line.isEmpty { return headers }
            guard headers.count < HTTPClientReader.fieldLimit else {
                throw .malformedAnswer(reason: "too many header fields")
            }
            guard let colon = line.utf8.firstIndex(of: UInt8(ascii: ":")) else {
                throw .malformedAnswer(reason: "a header field without a colon")
            }
            let name = String(line[..<colon])
            var value = line[line.utf8.index(after: colon)...]
            while value.first == " " || value.first == "\t" { value.removeFirst() }
            while value.last == " " || value.last == "\t" { value.removeLast() }
            guard HTTPHeaders.isToken(name), HTTPHeaders.isValue(String(value)) else {
                throw .malformedAnswer(reason: "a malformed header field")
            }
            headers.add(name, String(value))
        }
    }

    /// Reads the body by whichever framing the head names; gives the trailers.
    private mutating func readBody(
        _ headers: HTTPHeaders, _ sink: ((ArraySlice<UInt8>) -> Void)?
    ) throws(HTTPClientError) -> HTTPHeaders {
        let codings = headers.values("Transfer-Encoding")
        let lengths = headers.values("Content-Length")
        guard codings.count + lengths.count <= 1 else {
            throw .malformedAnswer(reason: "more than one framing of the body")
        }
        if let coding = codings.first {
            guard coding.lowercased() == "chunked" else {
                throw .malformedAnswer(reason: "an unknown transfer coding")
            }
            return try readChunks(sink)
        }
        if let length = lengths.first {
            guard length.utf8.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }), let count = Int(length)
            else { throw .malformedAnswer(reason: "Content-Length is '\(length.prefix(40))'") }
            try readExactly(count, sink)
            return HTTPHeaders()
        }
        mustClose = true
        while true {
            let piece = try stream.bytes(limit: 64 << 10)
            if piece.isEmpty { return HTTPHeaders() }
            try accept(piece, sink)
        }
    }

    private mutating func readChunks(
        _ sink: ((ArraySlice<UInt8>) -> Void)?
    ) throws(HTTPClientError) -> HTTPHeaders {
        while true {
            let line = try stream.line(limit: 256)
            let digits = line.prefix { $0 != ";" && $0 != " " }
            guard (1...16).contains(digits.utf8.count), !digits.hasPrefix("+"),
                let count = Int(digits, radix: 16), count >= 0
            else { throw .malformedAnswer(reason: "a chunk size is '\(line.prefix(40))'") }
            if count == 0 { return try fields() }
            try readExactly(count, sink)
            guard try stream.line(limit: 2).isEmpty else {
                throw .malformedAnswer(reason: "a chunk is longer than its size")
            }
        }
    }

    private mutating func readExactly(
        _ count: Int, _ sink: ((ArraySlice<UInt8>) -> Void)?
    ) throws(HTTPClientError) {
        var left = count
        while left > 0 {
            let piece = try stream.bytes(limit: left)
            guard !piece.isEmpty else { throw .connectionClosed(receivedByteCount: bodyByteCount) }
            left -= piece.count
            try accept(piece, sink)
        }
    }

    private mutating func accept(
        _ piece: ArraySlice<UInt8>, _ sink: ((ArraySlice<UInt8>) -> Void)?
    ) throws(HTTPClientError) {
        bodyByteCount += piece.count
        if let sink {
            sink(piece)
            return
        }
        guard bodyByteCount <= bodyLimit else { throw .answerTooLarge(limit: bodyLimit) }
        body.append(contentsOf: piece)
    }
}
