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
        var start = 0
        var words = [UInt64](repeating: 0, count: 4 * width)
        while start < values.count {
            let end = min(start &+ groupCount, values.count)
            for index in words.indices { words[index] = 0 }
            for index in start..<end {
                let distance = UInt64(bitPattern: values[index] &- base)
                if width <= 32 {
                    place32(distance, index &- start, width, &words)
                } else {
                    place64(distance, index &- start, width, &words)
                }
            }
            // SAFETY: reads the words' own bytes during the call; Linux x86-64 and arm64 are
            // little-endian, as the format is.
            unsafe words.withUnsafeBytes { unsafe bytes.append(contentsOf: $0) }
            start = end
        }
    }

    /// Two 32-bit words share a 64-bit one: word `8 · k + lane` is half of
    /// `words[4 · k + lane / 2]`.
    @inline(__always)
    private static func place32(
        _ value: UInt64, _ index: Int, _ width: Int, _ words: inout [UInt64]
    ) {
        let lane = index & 7
        let bit = (index >> 3) &* width
        let shift = bit & 31
        let half = UInt64((lane & 1) &* 32)
        let at = (bit >> 5) &* 4 &+ lane >> 1
        let shifted = value &<< UInt64(shift)
        words[at] |= (shifted & 0xffff_ffff) &<< half
        if shift &+ width > 32 { words[at &+ 4] |= (shifted &>> 32) &<< half }
    }

    @inline(__always)
    private static func place64(
        _ value: UInt64, _ index: Int, _ width: Int, _ words: inout [UInt64]
    ) {
        let lane = index & 3
        let bit = (index >> 2) &* width
        let shift = bit & 63
        let at = (bit >> 6) &* 4 &+ lane
        words[at] |= value &<< UInt64(shift)
        if shift &+ width > 64 { words[at &+ 4] |= value &>> UInt64(64 &- shift) }
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
