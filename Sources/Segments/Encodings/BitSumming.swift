/// Sums of packed values as they lie, a group of 256 at a time.
extension BitPacking {
    /// Up to this width the 32 values of a lane add up in 32 bits.
    private static let narrowWidth = 27

    /// The sum of the distances.
    ///
    /// - Precondition: `bytes` has exactly `byteCount(count:width:)` bytes; `width` is 1 to 64.
    ///   Zeros fill the last group up.
    /// - Complexity: O(`count`); up to width 27 no value is written anywhere.
    static func sum(_ bytes: Span<UInt8>, count: Int, width: Int) -> UInt128 {
        precondition((1...64).contains(width))
        precondition(bytes.count == byteCount(count: count, width: width))
        guard width <= narrowWidth else {
            return sum(unpack(bytes, count: count, width: width, base: 0))
        }
        let groupByteCount = 32 &* width
        var total: UInt64 = 0
        var start = 0
        while start < bytes.count {
            total &+= sumNarrow(bytes.extracting(start..<start &+ groupByteCount), width)
            start &+= groupByteCount
        }
        return UInt128(total)
    }

    private static func sum(_ distances: [Int64]) -> UInt128 {
        var high: UInt64 = 0
        var low: UInt64 = 0
        for distance in distances {
            high &+= UInt64(bitPattern: distance) &>> 32
            low &+= UInt64(bitPattern: distance) & 0xffff_ffff
        }
        return UInt128(high) << 32 + UInt128(low)
    }

    /// One group of `width` 1 to 27; one branch a group.
    private static func sumNarrow(_ group: Span<UInt8>, _ width: Int) -> UInt64 {
        switch width {
        case 1: LaneSum<1>.sum(group)
        case 2: LaneSum<2>.sum(group)
        case 3: LaneSum<3>.sum(group)
        case 4: LaneSum<4>.sum(group)
        case 5: LaneSum<5>.sum(group)
        case 6: LaneSum<6>.sum(group)
        case 7: LaneSum<7>.sum(group)
        case 8: LaneSum<8>.sum(group)
        case 9: LaneSum<9>.sum(group)
        case 10: LaneSum<10>.sum(group)
        case 11: LaneSum<11>.sum(group)
        case 12: LaneSum<12>.sum(group)
        case 13: LaneSum<13>.sum(group)
        case 14: LaneSum<14>.sum(group)
        case 15: LaneSum<15>.sum(group)
        case 16: LaneSum<16>.sum(group)
        case 17: LaneSum<17>.sum(group)
        case 18: LaneSum<18>.sum(group)
        case 19: LaneSum<19>.sum(group)
        case 20: LaneSum<20>.sum(group)
        case 21: LaneSum<21>.sum(group)
        case 22: LaneSum<22>.sum(group)
        case 23: LaneSum<23>.sum(group)
        case 24: LaneSum<24>.sum(group)
        case 25: LaneSum<25>.sum(group)
        case 26: LaneSum<26>.sum(group)
        default: LaneSum<27>.sum(group)
        }
    }
}

/// The sum of one width, written out so that every shift is a constant.
private enum LaneSum<let width: Int> {
    private typealias Words = SIMD8<UInt32>

    /// The sum of 256 values.
    ///
    /// - Precondition: `group` has `32 · width` bytes.
    @inline(never)
    static func sum(_ group: Span<UInt8>) -> UInt64 {
        precondition(group.count == 32 * width)
        var sums = Words(repeating: 0)
        quad(group, 0, &sums)
        quad(group, 4, &sums)
        quad(group, 8, &sums)
        quad(group, 12, &sums)
        quad(group, 16, &sums)
        quad(group, 20, &sums)
        quad(group, 24, &sums)
        quad(group, 28, &sums)
        var total: UInt64 = 0
        for lane in 0..<8 { total &+= UInt64(sums[lane]) }
        return total
    }

    @inline(__always)
    private static func quad(_ group: Span<UInt8>, _ slot: Int, _ sums: inout Words) {
        sums &+= values(group, slot)
        sums &+= values(group, slot &+ 1)
        sums &+= values(group, slot &+ 2)
        sums &+= values(group, slot &+ 3)
    }

    /// Eight values: one word of each lane, and the next one where the values reach into it.
    @inline(__always)
    private static func values(_ group: Span<UInt8>, _ slot: Int) -> Words {
        let bit = slot &* width
        let word = bit >> 5
        let shift = bit & 31
        // SAFETY: `word < width`, and `word + 1 < width` where a value reaches into the next word,
        // because `32 · width` bits are exactly `width` words of 32 bytes, which the group has.
        var values = unsafe group.bytes.unsafeLoadUnaligned(
            fromUncheckedByteOffset: word &* 32, as: Words.self)
        values = values &>> Words(repeating: UInt32(truncatingIfNeeded: shift))
        if shift &+ width > 32 {
            let next = unsafe group.bytes.unsafeLoadUnaligned(
                fromUncheckedByteOffset: (word &+ 1) &* 32, as: Words.self)
            values |= next &<< Words(repeating: UInt32(truncatingIfNeeded: 32 &- shift))
        }
        return values & Words(repeating: UInt32(truncatingIfNeeded: (1 &<< width) &- 1))
    }
}
