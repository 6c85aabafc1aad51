import Segments
import Server
import Testing

/// 1,000 bytes of one sentence, as three tools compressed them (gzip -9, zstd --check, lz4).
private let sentence = "daybook keeps every event once; "
private let plain = Array(String(repeating: sentence, count: 40).utf8.prefix(1000))
private let gzipped = bytes(
    "1f8b08000000000002034b49ac4ccacfcf56c84e4d2d2856482d4b2daa049179250af979c9a9d60a29a3f2a3f2a3f24"
        + "35e1e008d8afad6e8030000")
private let zstandard = bytes(
    "28b52ffd64e802350100e0646179626f6f6b206b656570732065766572796e74206f6e63653b200200c587aa335609"
        + "03d5c1beff")
private let lz4 = bytes(
    "04224d186440a72d000000f004646179626f6f6b206b6565707320657665727906009f6e74206f6e63653b202000ffff"
        + "ffb350626f6f6b2000000000d30f8758")

private func bytes(_ hex: String) -> [UInt8] {
    let digits = hex.utf8.map { $0 < 0x61 ? $0 - 0x30 : $0 - 0x57 }
    return stride(from: 0, to: digits.count, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
}

private func zeros(_ count: Int) -> [UInt8] { [UInt8](repeating: 0, count: count) }

typealias BodyDecoder = @Sendable ([UInt8], DecodedSizeLimit) throws(FrameDecodingError) -> [UInt8]

struct BodyEncoding: Sendable, CustomTestStringConvertible {
    var name: String
    var sample: [UInt8]
    /// A few kilobytes at most that decode to 2 MiB or more of zeros.
    var bomb: [UInt8]
    var decode: BodyDecoder
    var testDescription: String { name }

    static let all = [
        BodyEncoding(
            name: "gzip", sample: gzipped,
            bomb: bytes("1f8b0800000000000203edc13101000000c2a0f54f6d0c1fa0") + zeros(2032)
                + bytes("be067e87898d00002000"),
            decode: { (input, limit) throws(FrameDecodingError) in
                try GzipDecoder.decode(input, limit: limit)
            }),
        BodyEncoding(
            name: "zstd", sample: zstandard,
            // A frame of run-length blocks of 128 KiB, four bytes each.
            bomb: bytes("28b52ffd0058") + Array(repeatElement([2, 0, 16, 0], count: 16).joined())
                + bytes("010000"),
            decode: { (input, limit) throws(FrameDecodingError) in
                try ZstdFrameDecoder.decode(input, limit: limit)
            }),
        BodyEncoding(
            name: "lz4", sample: lz4,
            // A frame of one block: a literal, a match of itself, 2 MiB long, five literals.
            bomb: {
                let match = [0x1F, 0, 1, 0] + [UInt8](repeating: 255, count: 8300) + [0]
                let block = match + [0x50, 0, 0, 0, 0, 0]
                let size = (0..<4).map { UInt8(truncatingIfNeeded: block.count >> (8 * $0)) }
                return bytes("04224d18607073") + size + block + zeros(4)
            }(),
            decode: { (input, limit) throws(FrameDecodingError) in
                try Lz4FrameDecoder.decode(input, limit: limit)
            }),
    ]
}

@Suite("Compressed request bodies")
struct HTTPBodyDecodingTests {
    @Test("What a tool compressed reads back", arguments: BodyEncoding.all)
    func roundTrip(_ encoding: BodyEncoding) throws {
        #expect(try encoding.decode(encoding.sample, .requestBody) == plain)
        #expect(
            try encoding.decode(encoding.sample + encoding.sample, .requestBody) == plain + plain)
    }

    @Test("Every truncation is an error", arguments: BodyEncoding.all)
    func truncation(_ encoding: BodyEncoding) {
        for count in 0..<encoding.sample.count {
            #expect(throws: FrameDecodingError.self, "cut after \(count) bytes") {
                try encoding.decode(Array(encoding.sample.prefix(count)), .requestBody)
            }
        }
    }

    @Test("A flipped bit never passes as the same whole body", arguments: BodyEncoding.all)
    func bitFlips(_ encoding: BodyEncoding) {
        for bit in 0..<(encoding.sample.count * 8) {
            var damaged = encoding.sample
            damaged[bit / 8] ^= 1 << (bit % 8)
            do throws(FrameDecodingError) {
                // Bits of a time stamp or a name mean nothing to the content.
                let decoded = try encoding.decode(damaged, .requestBody)
                #expect(decoded == plain, "bit \(bit)")
            } catch {
                continue
            }
        }
    }

    @Test("Garbage after the last frame is an error", arguments: BodyEncoding.all)
    func garbage(_ encoding: BodyEncoding) {
        #expect(throws: FrameDecodingError.self) {
            try encoding.decode(encoding.sample + Array("garbage!".utf8), .requestBody)
        }
    }

    @Test(
        "A bomb is refused at the ratio, and decodes when the limits allow",
        arguments: BodyEncoding.all)
    func bomb(_ encoding: BodyEncoding) throws {
        let ceiling = DecodedSizeLimit.requestBody.ceiling(inputByteCount: encoding.bomb.count)
        #expect(throws: FrameDecodingError.tooLarge(limit: ceiling)) {
            try encoding.decode(encoding.bomb, .requestBody)
        }
        let generous = DecodedSizeLimit(
            maximumByteCount: 4 << 20, maximumRatio: 1 << 20, ratioFreeByteCount: 0)
        let decoded = try encoding.decode(encoding.bomb, generous)
        #expect(decoded.count >= 2 << 20 && decoded.allSatisfy { $0 == 0 })
    }

    @Test(
        "The output may be exactly as large as the limit, and not a byte larger",
        arguments: BodyEncoding.all)
    func exactLimit(_ encoding: BodyEncoding) throws {
        var limit = DecodedSizeLimit(
            maximumByteCount: 1000, maximumRatio: 50, ratioFreeByteCount: 1 << 20)
        #expect(try encoding.decode(encoding.sample, limit) == plain)
        limit.maximumByteCount = 999
        #expect(throws: FrameDecodingError.tooLarge(limit: 999)) {
            try encoding.decode(encoding.sample, limit)
        }
    }

    @Test("A request's Content-Encoding picks the decoder; others are 415, damage 400, bombs 413")
    func contentEncoding() throws {
        #expect(try request("gzip", gzipped).decodedBody() == plain)
        #expect(try request("ZSTD", zstandard).decodedBody() == plain)
        #expect(try request("lz4", lz4).decodedBody() == plain)
        #expect(try request("identity", plain).decodedBody() == plain)
        #expect(try request(nil, plain).decodedBody() == plain)
        let cases: [(String, [UInt8], Int)] = [
            ("br", plain, 415), ("gzip, zstd", gzipped, 415), ("zstd", gzipped, 400),
            ("gzip", BodyEncoding.all[0].bomb, 413),
        ]
        for (encoding, body, status) in cases {
            let made = try request(encoding, body)
            do throws(HTTPBodyDecodingError) {
                _ = try made.decodedBody()
                Issue.record("\(encoding) was decoded")
            } catch {
                #expect(error.problem.status == status)
            }
        }
    }

    private func request(_ encoding: String?, _ body: [UInt8]) throws -> HTTPRequest {
        var headers = HTTPHeaders()
        if let encoding { headers.add("Content-Encoding", encoding) }
        let head = HTTPRequestHead(
            method: .post, rawTarget: "/", target: try HTTPTarget(Array("/".utf8)),
            headers: headers, peerAddress: "127.0.0.1", contentLength: body.count)
        return HTTPRequest(head: head, body: body)
    }
}
