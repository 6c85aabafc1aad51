/// Arrays of integers as bytes and back, in one copy each.
///
/// The log's byte order is little-endian, which is that of every machine we run on.
enum RawBytes {
    /// Appends the values' bytes.
    static func append<Integer: FixedWidthInteger & BitwiseCopyable>(
        _ values: [Integer], to bytes: inout [UInt8]
    ) {
        assert(1.littleEndian == 1, "a little-endian machine")
        // SAFETY: the buffer is read during the call only; integers have no padding.
        unsafe values.withUnsafeBytes { unsafe bytes.append(contentsOf: $0) }
    }

    /// The first `count` values that lie in `bytes`.
    ///
    /// - Precondition: `bytes` has at least that many.
    static func read<Integer: FixedWidthInteger & BitwiseCopyable>(
        _: Integer.Type, count: Int, from bytes: [UInt8]
    ) -> [Integer] {
        let byteCount = count * (Integer.bitWidth / 8)
        precondition(byteCount <= bytes.count)
        // SAFETY: source and destination hold `byteCount` bytes, as checked; any bits are an
        // integer.
        return unsafe [Integer](unsafeUninitializedCapacity: count) { buffer, filled in
            unsafe bytes.withUnsafeBytes { source in
                unsafe UnsafeMutableRawBufferPointer(buffer)
                    .copyMemory(from: UnsafeRawBufferPointer(rebasing: source[0..<byteCount]))
            }
            filled = count
        }
    }
}
