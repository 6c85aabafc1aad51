import CLz4

/// Decodes lz4 frames (`lz4_Frame_format.md`, version 1.6) that came from outside.
///
/// One or more frames in a row; checksums are verified where the frame has them. The output is
/// bounded while it grows, and an input that ends early is an error.
public enum Lz4FrameDecoder {
    /// Decodes all of `input`.
    ///
    /// - Complexity: O(output), at most one step of 128 KiB beyond the limit.
    public static func decode(
        _ input: [UInt8], limit: DecodedSizeLimit = .requestBody
    ) throws(FrameDecodingError) -> [UInt8] {
        guard !input.isEmpty else { throw .truncated(inputByteCount: 0) }
        var handle: OpaquePointer?
        // SAFETY: the context is created here and freed on every way out of this function.
        let created = unsafe LZ4F_createDecompressionContext(&handle, UInt32(LZ4F_VERSION))
        guard LZ4F_isError(created) == 0, let context = unsafe handle else { throw .outOfMemory }
        defer { unsafe _ = LZ4F_freeDecompressionContext(context) }

        let ceiling = limit.ceiling(inputByteCount: input.count)
        var output: [UInt8] = []
        var step = [UInt8](repeating: 0, count: frameDecodingStepByteCount)
        var position = 0
        var insideFrame = true
        while true {
            let before = position
            let (produced, hint) = unsafe run(context, input, &position, &step)
            guard LZ4F_isError(hint) == 0 else { throw malformed(hint) }
            guard produced <= ceiling - output.count else { throw .tooLarge(limit: ceiling) }
            output.append(contentsOf: step[0..<produced])
            insideFrame = hint != 0
            if position == input.count && (!insideFrame || produced == 0) { break }
            guard position > before || produced > 0 else {
                throw .truncated(inputByteCount: input.count)
            }
        }
        guard !insideFrame else { throw .truncated(inputByteCount: input.count) }
        return output
    }

    /// One call of the library: how many bytes it produced, and its hint (0 at a frame's end).
    private static func run(
        _ context: OpaquePointer, _ input: [UInt8], _ position: inout Int, _ step: inout [UInt8]
    ) -> (produced: Int, hint: Int) {
        var produced = 0
        var hint = 0
        unsafe input.withUnsafeBytes { source in
            unsafe step.withUnsafeMutableBytes { target in
                guard let from = source.baseAddress, let to = target.baseAddress
                else { return }
                var consumed = source.count - position
                produced = target.count
                // SAFETY: `position ≤ source.count`, so the pointer and `consumed` stay inside the
                // buffer; the library lowers both counts to what it used.
                hint = unsafe LZ4F_decompress(
                    context, to, &produced, from + position, &consumed, nil)
                position += consumed
            }
        }
        return (LZ4F_isError(hint) == 0 ? produced : 0, hint)
    }

    private static func malformed(_ code: Int) -> FrameDecodingError {
        // SAFETY: the name is a static string of the library.
        .malformed(reason: unsafe String(cString: LZ4F_getErrorName(code)))
    }
}
