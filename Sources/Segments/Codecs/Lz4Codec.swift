import CLz4

/// LZ4 blocks, for pages that must come back fast.
enum Lz4Codec {
    /// The compressed form; `nil` where the library cannot make it smaller than `limit` bytes.
    static func compress(_ source: Span<UInt8>, limit: Int) -> [UInt8]? {
        guard let size = Int32(exactly: source.count), limit > 0 else { return nil }
        // SAFETY: the library reads `size` bytes of the source and writes at most `limit` bytes of
        // the target, both alive for the call.
        let bytes = unsafe source.withUnsafeBytes { from in
            unsafe [UInt8](unsafeUninitializedCapacity: limit) { target, count in
                let written = unsafe LZ4_compress_default(
                    from.baseAddress, target.baseAddress, size,
                    Int32(clamping: target.count))
                count = max(0, Int(written))
            }
        }
        return bytes.isEmpty ? nil : bytes
    }

    /// Fills `target[range]`; throws unless the source is exactly that many bytes, well formed.
    static func decompress(
        _ source: Span<UInt8>, into target: inout [UInt8], at range: Range<Int>
    ) throws(ByteError) {
        precondition(range.lowerBound >= 0 && range.upperBound <= target.count)
        // SAFETY: the library never reads past the source nor writes past the range, which lies in
        // the target as just checked.
        let written = unsafe source.withUnsafeBytes { from in
            unsafe target.withUnsafeMutableBytes { to in
                let part = unsafe UnsafeMutableRawBufferPointer(rebasing: to[range])
                return unsafe LZ4_decompress_safe(
                    from.baseAddress, part.baseAddress, Int32(clamping: from.count),
                    Int32(clamping: part.count))
            }
        }
        guard Int(written) == range.count else { throw .invalid("LZ4 page", byteOffset: 0) }
    }
}
