import CZstd

/// A zstd compressor that is used for one page after the other, by one thread at a time.
@safe
final class ZstdCompressor {
    /// Level 1: decoding speed hardly depends on the level, and sealing must keep up.
    private static let level: Int32 = 1
    private let context: OpaquePointer?

    init() {
        // SAFETY: owned by this object, freed in `deinit`; `nil` where memory is short.
        unsafe context = ZSTD_createCCtx()
    }

    deinit {
        // SAFETY: created in `init`, used by nobody else.
        unsafe ZSTD_freeCCtx(context)
    }

    /// The compressed form; `nil` where it would not be smaller than `limit` bytes.
    func compress(_ source: Span<UInt8>, limit: Int) -> [UInt8]? {
        // SAFETY: the library reads the source's own count of bytes and writes at most `limit`
        // bytes of the target, both alive for the call.
        guard let context = unsafe context, limit > 0 else { return nil }
        let bytes = unsafe source.withUnsafeBytes { from in
            unsafe [UInt8](unsafeUninitializedCapacity: limit) { target, count in
                let written = unsafe ZSTD_compressCCtx(
                    context, target.baseAddress, target.count, from.baseAddress, from.count,
                    Self.level)
                count = ZSTD_isError(written) == 0 ? written : 0
            }
        }
        return bytes.isEmpty ? nil : bytes
    }
}

/// A zstd decompressor that is used for one page after the other, by one thread at a time.
@safe
final class ZstdDecompressor {
    private let context: OpaquePointer?

    init() {
        // SAFETY: owned by this object, freed in `deinit`; `nil` where memory is short.
        unsafe context = ZSTD_createDCtx()
    }

    deinit {
        // SAFETY: created in `init`, used by nobody else.
        unsafe ZSTD_freeDCtx(context)
    }

    /// Fills `target[range]`; throws unless the source is exactly that many bytes, well formed.
    func decompress(
        _ source: Span<UInt8>, into target: inout [UInt8], at range: Range<Int>
    ) throws(ByteError) {
        precondition(range.lowerBound >= 0 && range.upperBound <= target.count)
        // SAFETY: the library never reads past the source nor writes past the range, which lies in
        // the target as just checked; a missing context is its own error.
        let written = unsafe source.withUnsafeBytes { from in
            unsafe target.withUnsafeMutableBytes { to in
                let part = unsafe UnsafeMutableRawBufferPointer(rebasing: to[range])
                guard let context = unsafe context else { return -1 }
                let written = unsafe ZSTD_decompressDCtx(
                    context, part.baseAddress, part.count, from.baseAddress, from.count)
                return ZSTD_isError(written) == 0 ? Int(clamping: written) : -1
            }
        }
        guard written == range.count else { throw .invalid("zstd page", byteOffset: 0) }
    }
}
