/// Integers of 0 to 64 bits without gaps, laid out so that wide registers unpack them.
///
/// Values come in groups of 256; a group of width `w` takes `32 · w` bytes, the last group is
/// filled up with zeros. Within a group the values are dealt to lanes like cards, and each lane is
/// a stream of bits of its own; the lanes' words lie side by side:
///
/// ```
/// width 1 to 32:   8 lanes of 32-bit words    value i → lane i % 8, bits (i / 8) · w ...
/// width 33 to 64:  4 lanes of 64-bit words    value i → lane i % 4, bits (i / 4) · w ...
/// word k of lane l at word k · lanes + l
/// ```
///
/// One register load brings the same word of every lane, one shift and one mask bring out as many
/// consecutive values as there are lanes. The idea is that of SIMD-BP128 (Lemire and Boytsov,
/// "Decoding billions of integers per second through vectorization", 2015).
enum BitPacking {
    /// Values in a group.
    static let groupCount = 256

    /// The bytes that `count` values of `width` bits take.
    static func byteCount(count: Int, width: Int) -> Int {
        (count + groupCount - 1) / groupCount * 32 * width
    }

    /// The bits that `value` needs.
    static func width(of value: UInt64) -> Int { 64 - value.leadingZeroBitCount }

    /// Appends `value &- base` of every value, in `width` bits.
    ///
    /// - Precondition: every distance fits; `width` is 1 to 64.
    static func pack(
        _ values: Span<Int64>, base: Int64, width: Int, into bytes: inout [UInt8]
    ) {
        precondition((1...64).contains(width))
        bytes.reserveCapacity(bytes.count + byteCount(count: values.count, width: width))
        var words = GroupWords(width: width)
        var start = 0
        while start &+ groupCount <= values.count {
            words.pack(values.extracting(start..<start &+ groupCount), base, into: &bytes)
            start &+= groupCount
        }
        guard start < values.count else { return }
        var rest = [Int64](repeating: base, count: groupCount)
        for index in start..<values.count { rest[index &- start] = values[index] }
        words.pack(rest.span, base, into: &bytes)
    }

    /// The distance at `index`; O(1).
    ///
    /// - Precondition: `bytes` has `byteCount(count:width:)` bytes for some count above `index`.
    static func distance(at index: Int, in bytes: Span<UInt8>, width: Int) -> UInt64 {
        guard width > 0 else { return 0 }
        let group = (index / groupCount) &* 32 &* width
        let place = index % groupCount
        let mask: UInt64 = width == 64 ? ~0 : (1 &<< UInt64(width)) &- 1
        if width <= 32 {
            let bit = (place >> 3) &* width
            let shift = bit & 31
            let at = group &+ ((bit >> 5) &* 8 &+ place & 7) &* 4
            var word = Hashing.load32(bytes, at)
            if shift &+ width > 32 { word |= Hashing.load32(bytes, at &+ 32) &<< 32 }
            return (word &>> UInt64(shift)) & mask
        }
        let bit = (place >> 2) &* width
        let shift = bit & 63
        let at = group &+ ((bit >> 6) &* 4 &+ place & 3) &* 8
        var value = Hashing.load64(bytes, at) &>> UInt64(shift)
        if shift &+ width > 64 {
            value |= Hashing.load64(bytes, at &+ 32) &<< UInt64(64 &- shift)
        }
        return value & mask
    }
}

/// The words of one group while it is packed, one register a row.
private struct GroupWords {
    private let width: Int
    private var narrow: [SIMD8<UInt32>]
    private var wide: [SIMD4<UInt64>]

    init(width: Int) {
        self.width = width
        narrow = Array(repeating: .zero, count: width <= 32 ? width : 0)
        wide = Array(repeating: .zero, count: width <= 32 ? 0 : width)
    }

    /// Appends a whole group.
    mutating func pack(_ group: Span<Int64>, _ base: Int64, into bytes: inout [UInt8]) {
        // SAFETY: reads the words' own bytes during the call; Linux x86-64 and arm64 are
        // little-endian, as the format is.
        if width <= 32 {
            Self.pack(group, base, width, &narrow)
            unsafe narrow.withUnsafeBytes { unsafe bytes.append(contentsOf: $0) }
        } else {
            Self.pack(group, base, width, &wide)
            unsafe wide.withUnsafeBytes { unsafe bytes.append(contentsOf: $0) }
        }
    }

    /// Eight values at a time, into `width` rows of eight words.
    private static func pack(
        _ group: Span<Int64>, _ base: Int64, _ width: Int, _ words: inout [SIMD8<UInt32>]
    ) {
        var row = SIMD8<UInt32>.zero
        var filled = 0
        var at = 0
        for first in stride(from: 0, to: BitPacking.groupCount, by: 8) {
            var lanes = SIMD8<UInt32>.zero
            for lane in 0..<8 {
                lanes[lane] = UInt32(truncatingIfNeeded: group[first &+ lane] &- base)
            }
            row |= lanes &<< SIMD8(repeating: UInt32(truncatingIfNeeded: filled))
            filled &+= width
            guard filled >= 32 else { continue }
            words[at] = row
            at &+= 1
            filled &-= 32
            // What did not fit; a shift by all bits would be one by none.
            let rest = SIMD8(repeating: UInt32(truncatingIfNeeded: width &- filled))
            row = filled == 0 ? .zero : lanes &>> rest
        }
    }

    /// Four values at a time, into `width` rows of four words.
    private static func pack(
        _ group: Span<Int64>, _ base: Int64, _ width: Int, _ words: inout [SIMD4<UInt64>]
    ) {
        var row = SIMD4<UInt64>.zero
        var filled = 0
        var at = 0
        for first in stride(from: 0, to: BitPacking.groupCount, by: 4) {
            var lanes = SIMD4<UInt64>.zero
            for lane in 0..<4 { lanes[lane] = UInt64(bitPattern: group[first &+ lane] &- base) }
            row |= lanes &<< SIMD4(repeating: UInt64(truncatingIfNeeded: filled))
            filled &+= width
            guard filled >= 64 else { continue }
            words[at] = row
            at &+= 1
            filled &-= 64
            let rest = SIMD4(repeating: UInt64(truncatingIfNeeded: width &- filled))
            row = filled == 0 ? .zero : lanes &>> rest
        }
    }
}
