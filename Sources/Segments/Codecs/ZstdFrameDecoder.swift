import CZstd

/// Decodes zstd frames (RFC 8878) that came from outside: bodies, files, never our own blocks.
///
/// One or more frames in a row, skippable ones among them, as the format allows. The output is
/// bounded while it grows, the window is at most 16 MiB, and an input that ends early is an error.
public enum ZstdFrameDecoder {
    /// Base-2 logarithm of the largest window accepted: what `zstd -19` writes and twice that.
    static let maximumWindowLog: Int32 = 24

    /// Decodes all of `input`.
    ///
    /// - Complexity: O(output), at most one step of 128 KiB beyond the limit.
    public static func decode(
        _ input: [UInt8], limit: DecodedSizeLimit = .requestBody
    ) throws(FrameDecodingError) -> [UInt8] {
        guard !input.isEmpty else { throw .truncated(inputByteCount: 0) }
        // SAFETY: the stream is created here and freed on every way out of this function.
        guard let stream = unsafe ZSTD_createDStream() else { throw .outOfMemory }
        defer { unsafe ZSTD_freeDStream(stream) }
        // SAFETY: the stream is live; a refused parameter is reported as an error code.
        let set = unsafe ZSTD_DCtx_setParameter(stream, ZSTD_d_windowLogMax, maximumWindowLog)
        guard ZSTD_isError(set) == 0 else { throw malformed(set) }

        let ceiling = limit.ceiling(inputByteCount: input.count)
        var output: [UInt8] = []
        var step = [UInt8](repeating: 0, count: frameDecodingStepByteCount)
        var position = 0
        var insideFrame = true
        while true {
            let before = position
            let (produced, hint) = unsafe run(stream, input, &position, &step)
            guard ZSTD_isError(hint) == 0 else { throw malformed(hint) }
            guard produced <= ceiling - output.count else { throw .tooLarge(limit: ceiling) }
            output.append(contentsOf: step[0..<produced])
            insideFrame = hint != 0
            if position == input.count && produced < step.count { break }
            // A frame that ends exactly with the step leaves nothing to flush.
            if position == input.count && !insideFrame { break }
            guard position > before || produced > 0 else {
                throw .truncated(inputByteCount: input.count)
            }
        }
        guard !insideFrame else { throw .truncated(inputByteCount: input.count) }
        return output
    }

    /// One call of the library: how many bytes it produced, and its hint (0 at a frame's end).
    private static func run(
        _ stream: OpaquePointer, _ input: [UInt8], _ position: inout Int, _ step: inout [UInt8]
    ) -> (produced: Int, hint: Int) {
        var produced = 0
        var hint = 0
        unsafe input.withUnsafeBytes { source in
            unsafe step.withUnsafeMutableBytes { target in
                // SAFETY: both buffers live for the call and the sizes are their own counts;
                // `position ≤ input.count` because the library only moves it within `size`.
                var from = unsafe ZSTD_inBuffer(
                    src: source.baseAddress, size: source.count, pos: position)
                var to = unsafe ZSTD_outBuffer(
                    dst: target.baseAddress, size: target.count, pos: 0)
                hint = unsafe ZSTD_decompressStream(stream, &to, &from)
                position = unsafe from.pos
                produced = unsafe to.pos
            }
        }
        return (produced, hint)
    }

    private static func malformed(_ code: Int) -> FrameDecodingError {
        // SAFETY: the name is a static string of the library.
        .malformed(reason: unsafe String(cString: ZSTD_getErrorName(code)))
    }
}
