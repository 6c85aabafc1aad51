/// A run of 64-bit integers in the smallest of four forms, its *section*:
///
/// ```
///  0  u8   encoding: constant, packed, delta, plain
///  1  u8   width in bits (packed, delta), else 0
///  2  u16  0
///  4  u32  byte count of the body
///  8  i64  base: the value (constant), the smallest value (packed),
///          the smallest distance (delta), 0 (plain)
/// 16       body: nothing | packed | i64 first value, packed distances | i64 values
/// ```
///
/// How many values there are is known from outside. All arithmetic wraps, so that every body
/// decodes to something; sense is checked by whoever knows what the integers mean.
enum IntegerEncoding {
    static let headerByteCount = 16

    /// Appends the section of `values`, by size: delta only where it is a quarter smaller, since
    /// the packed form can be read at any place.
    static func encode(
        _ values: Span<Int64>, allowsDelta: Bool = true, into bytes: inout [UInt8]
    ) -> BlockEncoding {
        guard let range = bounds(of: values), range.minimum != range.maximum else {
            append(
                .constant, width: 0, base: values.isEmpty ? 0 : values[0], bodyByteCount: 0, &bytes)
            return .constant
        }
        let spread = UInt64(bitPattern: range.maximum &- range.minimum)
        let width = BitPacking.width(of: spread)
        let packed = BitPacking.byteCount(count: values.count, width: width)
        let plain = values.count * 8
        if allowsDelta, let delta = distanceBounds(of: values) {
            let spread = UInt64(bitPattern: delta.maximum &- delta.minimum)
            let width = BitPacking.width(of: spread)
            let size = 8 + BitPacking.byteCount(count: values.count - 1, width: width)
            if size * 4 <= min(packed, plain) * 3 {
                encodeDelta(values, base: delta.minimum, width: width, &bytes)
                return .delta
            }
        }
        if packed <= plain {
            append(.packed, width: width, base: range.minimum, bodyByteCount: packed, &bytes)
            BitPacking.pack(values, base: range.minimum, width: width, into: &bytes)
            return .packed
        }
        append(.plain, width: 0, base: 0, bodyByteCount: plain, &bytes)
        bytes.append(littleEndian: values)
        return .plain
    }

    private static func encodeDelta(
        _ values: Span<Int64>, base: Int64, width: Int, _ bytes: inout [UInt8]
    ) {
        let size = 8 + BitPacking.byteCount(count: values.count - 1, width: width)
        append(.delta, width: width, base: base, bodyByteCount: size, &bytes)
        bytes.append(littleEndian: values.extracting(0..<1))
        guard width > 0 else { return }
        var distances: [Int64] = []
        distances.reserveCapacity(values.count - 1)
        for index in 1..<values.count { distances.append(values[index] &- values[index &- 1]) }
        BitPacking.pack(distances.span, base: base, width: width, into: &bytes)
    }

    private static func append(
        _ encoding: BlockEncoding, width: Int, base: Int64, bodyByteCount: Int,
        _ bytes: inout [UInt8]
    ) {
        bytes.appendSectionHeader(
            encoding, width: UInt8(width), bodyByteCount: bodyByteCount,
            base: UInt64(bitPattern: base))
    }

    private static func bounds(of values: Span<Int64>) -> (minimum: Int64, maximum: Int64)? {
        guard !values.isEmpty else { return nil }
        var minimum = values[0]
        var maximum = values[0]
        for index in values.indices {
            minimum = min(minimum, values[index])
            maximum = max(maximum, values[index])
        }
        return (minimum, maximum)
    }

    /// The smallest and largest distance between neighbours; `nil` where one does not fit.
    private static func distanceBounds(
        of values: Span<Int64>
    ) -> (minimum: Int64, maximum: Int64)? {
        guard values.count > 1 else { return nil }
        var minimum = Int64.max
        var maximum = Int64.min
        var overflowed = false
        for index in 1..<values.count {
            let distance = values[index].subtractingReportingOverflow(values[index &- 1])
            minimum = min(minimum, distance.partialValue)
            maximum = max(maximum, distance.partialValue)
            overflowed = overflowed || distance.overflow
        }
        return overflowed ? nil : (minimum, maximum)
    }
}

extension Array where Element == UInt8 {
    /// Appends the 16 bytes that open every section.
    mutating func appendSectionHeader(
        _ encoding: BlockEncoding, width: UInt8 = 0, bodyByteCount: Int, base: UInt64 = 0
    ) {
        append(encoding.rawValue)
        append(width)
        append(0)
        append(0)
        append(littleEndian: [Int32(truncatingIfNeeded: bodyByteCount)].span)
        append(littleEndian: [base].span)
    }
}
