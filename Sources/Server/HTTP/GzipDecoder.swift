import CZlib
import Segments

/// Decodes gzip bodies (RFC 1952): one or more members, checksums verified, output bounded.
public enum GzipDecoder {
    /// zlib's largest window, and its mark for "gzip header and trailer".
    static let windowBits: Int32 = 15 + 16
    /// Bytes produced per step.
    static let stepByteCount = 128 << 10

    /// Decodes all of `input`.
    ///
    /// - Complexity: O(output), at most one step of 128 KiB beyond the limit.
    public static func decode(
        _ input: [UInt8], limit: DecodedSizeLimit = .requestBody
    ) throws(FrameDecodingError) -> [UInt8] {
        guard !input.isEmpty, input.count <= Int(UInt32.max) else {
            throw .truncated(inputByteCount: input.count)
        }
        // SAFETY: zlib keeps the stream's address, so it lives on the heap until `inflateEnd`.
        let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
        unsafe stream.initialize(to: z_stream())
        defer { unsafe stream.deallocate() }
        // SAFETY: the stream is initialised; version and size are those of the header we were built
        // with.
        let started = unsafe inflateInit2_(
            stream, windowBits, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
        guard started == Z_OK else { throw .outOfMemory }
        defer { unsafe _ = inflateEnd(stream) }

        let ceiling = limit.ceiling(inputByteCount: input.count)
        var output: [UInt8] = []
        var step = [UInt8](repeating: 0, count: stepByteCount)
        var position = 0
        while true {
            let (produced, code) = unsafe run(stream, input, &position, &step)
            guard produced <= ceiling - output.count else { throw .tooLarge(limit: ceiling) }
            output.append(contentsOf: step[0..<produced])
            switch code {
            case Z_STREAM_END:
                if position == input.count { return output }
                // SAFETY: the stream is live; the next member starts where this one ended.
                guard unsafe inflateReset(stream) == Z_OK else { throw .outOfMemory }
            case Z_OK:
                continue
            case Z_BUF_ERROR:
                throw .truncated(inputByteCount: input.count)
            case Z_MEM_ERROR:
                throw .outOfMemory
            default:
                throw .malformed(reason: "zlib error \(code)")
            }
        }
    }

    /// One call of zlib: how many bytes it produced, and its code.
    private static func run(
        _ stream: UnsafeMutablePointer<z_stream>, _ input: [UInt8], _ position: inout Int,
        _ step: inout [UInt8]
    ) -> (produced: Int, code: Int32) {
        var code = Z_OK
        var produced = 0
        unsafe input.withUnsafeBytes { source in
            unsafe step.withUnsafeMutableBytes { target in
                // SAFETY: `position ≤ source.count ≤ UInt32.max`, so pointer and count stay inside
                // the buffers, which live for the call; zlib does not write through `next_in`.
                let from = unsafe source.baseAddress?.assumingMemoryBound(to: UInt8.self)
                let available = source.count - position
                unsafe stream.pointee.next_in = UnsafeMutablePointer(
                    mutating: from.map { unsafe $0 + position })
                unsafe stream.pointee.avail_in = UInt32(available)
                unsafe stream.pointee.next_out = target.baseAddress?.assumingMemoryBound(
                    to: UInt8.self)
                unsafe stream.pointee.avail_out = UInt32(target.count)
                code = unsafe inflate(stream, Z_NO_FLUSH)
                position += available - Int(unsafe stream.pointee.avail_in)
                produced = target.count - Int(unsafe stream.pointee.avail_out)
            }
        }
        return (produced, code)
    }
}
