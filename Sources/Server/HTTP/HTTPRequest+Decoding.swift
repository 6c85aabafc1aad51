import Segments

/// Why a body could not be decoded, with the status it deserves.
public enum HTTPBodyDecodingError: Error, Equatable, Sendable {
    /// An encoding other than `identity`, `gzip`, `zstd`, `lz4`, or more than one: 415.
    case unsupportedEncoding(String)
    /// Not what its encoding says, or cut off: 400.
    case malformed(encoding: String, cause: FrameDecodingError)
    /// More than the limit after decoding: 413.
    case tooLarge(limit: Int)

    /// The problem to answer with.
    public var problem: ProblemDetails {
        switch self {
        case .unsupportedEncoding(let encoding):
            ProblemDetails(
                status: 415, code: "unsupported_encoding", title: "Unsupported content encoding",
                detail: "Content-Encoding '\(encoding)' is not one of gzip, zstd, lz4, identity.")
        case .malformed(let encoding, let cause):
            ProblemDetails(
                status: 400, code: "malformed_encoding", title: "Malformed compressed body",
                detail: "The body is not a whole \(encoding) stream: \(cause).")
        case .tooLarge(let limit):
            ProblemDetails(
                status: 413, code: "body_too_large", title: "Body too large",
                detail: "The body decodes to more than \(limit) bytes; send it in smaller parts.")
        }
    }
}

extension HTTPRequest {
    /// The body without its `Content-Encoding`.
    ///
    /// - Complexity: O(decoded bytes); no copy when the body is not encoded.
    public func decodedBody(
        limit: DecodedSizeLimit = .requestBody
    ) throws(HTTPBodyDecodingError) -> [UInt8] {
        guard let encoding = head.headers["Content-Encoding"]?.lowercased() else { return body }
        guard head.headers.count(of: "Content-Encoding") == 1 else {
            throw .unsupportedEncoding(
                head.headers.values("Content-Encoding").joined(separator: ", "))
        }
        let decode: (([UInt8], DecodedSizeLimit) throws(FrameDecodingError) -> [UInt8])
        switch encoding {
        case "identity", "": return body
        case "gzip", "x-gzip": decode = GzipDecoder.decode
        case "zstd": decode = ZstdFrameDecoder.decode
        case "lz4": decode = Lz4FrameDecoder.decode
        default: throw .unsupportedEncoding(encoding)
        }
        do {
            return try decode(body, limit)
        } catch {
            if case .tooLarge(let limit) = error { throw .tooLarge(limit: limit) }
            throw .malformed(encoding: encoding, cause: error)
        }
    }
}
