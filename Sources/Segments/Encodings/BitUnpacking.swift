/// The decoding half of the bit packing: a group of 256 values at a time.
extension BitPacking {
    /// All values as `base &+ distance &* step`.
    ///
    /// - Precondition: `bytes` has exactly `byteCount(count:width:)` bytes; `width` is 1 to 64, and
    ///   at most 32 where the step is not 1.
    /// - Complexity: O(`count`), one allocation.
    static func unpack(
        _ bytes: Span<UInt8>, count: Int, width: Int, base: Int64, step: UInt32 = 1
    ) -> [Int64] {
        precondition((1...64).contains(width) && (step == 1 || width <= 32))
        precondition(bytes.count == byteCount(count: count, width: width))
        // SAFETY: the source has `32 · width` bytes for each group, as just checked, the scratch
        // holds one group, and the target gets at most `count` values: exactly its capacity.
        return unsafe bytes.withUnsafeBytes { source in
            unsafe [Int64](unsafeUninitializedCapacity: count) { target, initialized in
                guard let from = source.baseAddress, let to = target.baseAddress else { return }
                if width <= 32 {
                    unsafe widen(from, to, count, width, base, step)
                } else {
                    unsafe unpackWide(from, to, count, width, base)
                }
                initialized = count
            }
        }
    }

    /// As `unpack`, without a sign.
    static func unpackUnsigned(
        _ bytes: Span<UInt8>, count: Int, width: Int, base: UInt64
    ) -> [UInt64] {
        precondition((1...64).contains(width))
        precondition(bytes.count == byteCount(count: count, width: width))
        // SAFETY: as in `unpack`; both types have the same size, and any bits are a value of both.
        return unsafe bytes.withUnsafeBytes { source in
            unsafe [UInt64](unsafeUninitializedCapacity: count) { target, initialized in
                guard let from = source.baseAddress, let start = target.baseAddress else { return }
                unsafe start.withMemoryRebound(to: Int64.self, capacity: count) { to in
                    if width <= 32 {
                        unsafe widen(from, to, count, width, Int64(bitPattern: base), 1)
                    } else {
                        unsafe unpackWide(from, to, count, width, Int64(bitPattern: base))
                    }
                }
                initialized = count
            }
        }
    }

    /// All values as `base &+ distance`, in 32 bits.
    ///
    /// - Precondition: `bytes` has exactly `byteCount(count:width:)` bytes; `width` is 1 to 32.
    /// - Complexity: O(`count`), one allocation.
    static func unpack32(
        _ bytes: Span<UInt8>, count: Int, width: Int, base: UInt32
    ) -> [UInt32] {
        precondition((1...32).contains(width))
        precondition(bytes.count == byteCount(count: count, width: width))
        // SAFETY: as in `unpack`; whole groups go straight to the target, the last one through the
        // scratch.
        return unsafe bytes.withUnsafeBytes { source in
            unsafe [UInt32](unsafeUninitializedCapacity: count) { target, initialized in
                guard var from = source.baseAddress, let to = target.baseAddress else { return }
                var start = 0
                while start &+ groupCount <= count {
                    unsafe unpackGroup(from, UnsafeMutableRawPointer(to + start), width)
                    unsafe from += 32 &* width
                    start &+= groupCount
                }
                if start < count {
                    unsafe withScratch { scratch in
                        unsafe unpackGroup(from, scratch, width)
                        unsafe UnsafeMutableRawPointer(to + start)
                            .copyMemory(from: scratch, byteCount: (count &- start) &* 4)
                    }
                }
                if base != 0 {
                    for index in 0..<count { unsafe to[index] &+= base }
                }
                initialized = count
            }
        }
    }

    private static func withScratch(_ body: (UnsafeMutableRawPointer) -> Void) {
        // SAFETY: one group of 32-bit values, gone when the body returns.
        unsafe withUnsafeTemporaryAllocation(byteCount: 4 * groupCount, alignment: 64) { scratch in
            guard let address = scratch.baseAddress else { return }
            unsafe body(address)
        }
    }

    /// Widths up to 32: groups of 32-bit distances in the first-level cache, widened from there.
    private static func widen(
        _ source: UnsafeRawPointer, _ target: UnsafeMutablePointer<Int64>, _ count: Int,
        _ width: Int, _ base: Int64, _ step: UInt32
    ) {
        unsafe withScratch { scratch in
            // SAFETY: the scratch holds `groupCount` words; `source` and `target` move on by a
            // group at a time and stop at `count`.
            let distances = unsafe scratch.bindMemory(to: UInt32.self, capacity: groupCount)
            var from = unsafe source
            var start = 0
            while start < count {
                unsafe unpackGroup(from, scratch, width)
                let filled = min(groupCount, count &- start)
                let to = unsafe target + start
                if step == 1 {
                    for index in 0..<filled {
                        unsafe to[index] = base &+ Int64(distances[index])
                    }
                } else {
                    // Both factors have 32 bits: one multiplication of a wide register's lanes.
                    for index in 0..<filled {
                        let distance = unsafe UInt64(distances[index]) &* UInt64(step)
                        unsafe to[index] = base &+ Int64(bitPattern: distance)
                    }
                }
                unsafe from += 32 &* width
                start &+= groupCount
            }
        }
    }

    /// Widths above 32: four lanes of 64-bit words.
    private static func unpackWide(
        _ source: UnsafeRawPointer, _ target: UnsafeMutablePointer<Int64>, _ count: Int,
        _ width: Int, _ base: Int64
    ) {
        let mask = SIMD4(repeating: width == 64 ? UInt64.max : (1 &<< UInt64(width)) &- 1)
        let bases = SIMD4(repeating: UInt64(bitPattern: base))
        var start = 0
        while start < count {
            let place = start % groupCount
            let bit = (place >> 2) &* width
            let shift = UInt64(bit & 63)
            // SAFETY: the word is one of the group's `width`, and so is the next one where a value
            // reaches into it.
            let group = (start / groupCount) &* 32 &* width
            let at = unsafe source.advanced(by: group &+ (bit >> 6) &* 32)
            var values = unsafe at.loadUnaligned(as: SIMD4<UInt64>.self) &>> SIMD4(repeating: shift)
            if Int(shift) &+ width > 64 {
                let next = unsafe at.loadUnaligned(fromByteOffset: 32, as: SIMD4<UInt64>.self)
                values |= next &<< SIMD4(repeating: 64 &- shift)
            }
            values = (values & mask) &+ bases
            if start &+ 4 <= count {
                // SAFETY: four values fit from here.
                unsafe UnsafeMutableRawPointer(target + start)
                    .storeBytes(of: values, as: SIMD4<UInt64>.self)
            } else {
                for lane in 0..<count &- start {
                    unsafe target[start &+ lane] = Int64(bitPattern: values[lane])
                }
            }
            start &+= 4
        }
    }

    /// One group of `width` 1 to 32 into 256 words; one branch a group.
    private static func unpackGroup(
        _ source: UnsafeRawPointer, _ target: UnsafeMutableRawPointer, _ width: Int
    ) {
        // SAFETY: the caller gives `32 · width` bytes to read and 1,024 to write.
        switch width {
        case 1: unsafe Lanes<1>.unpack(source, target)
        case 2: unsafe Lanes<2>.unpack(source, target)
        case 3: unsafe Lanes<3>.unpack(source, target)
        case 4: unsafe Lanes<4>.unpack(source, target)
        case 5: unsafe Lanes<5>.unpack(source, target)
        case 6: unsafe Lanes<6>.unpack(source, target)
        case 7: unsafe Lanes<7>.unpack(source, target)
        case 8: unsafe Lanes<8>.unpack(source, target)
        case 9: unsafe Lanes<9>.unpack(source, target)
        case 10: unsafe Lanes<10>.unpack(source, target)
        case 11: unsafe Lanes<11>.unpack(source, target)
        case 12: unsafe Lanes<12>.unpack(source, target)
        case 13: unsafe Lanes<13>.unpack(source, target)
        case 14: unsafe Lanes<14>.unpack(source, target)
        case 15: unsafe Lanes<15>.unpack(source, target)
        case 16: unsafe Lanes<16>.unpack(source, target)
        case 17: unsafe Lanes<17>.unpack(source, target)
        case 18: unsafe Lanes<18>.unpack(source, target)
        case 19: unsafe Lanes<19>.unpack(source, target)
        case 20: unsafe Lanes<20>.unpack(source, target)
        case 21: unsafe Lanes<21>.unpack(source, target)
        case 22: unsafe Lanes<22>.unpack(source, target)
        case 23: unsafe Lanes<23>.unpack(source, target)
        case 24: unsafe Lanes<24>.unpack(source, target)
        case 25: unsafe Lanes<25>.unpack(source, target)
        case 26: unsafe Lanes<26>.unpack(source, target)
        case 27: unsafe Lanes<27>.unpack(source, target)
        case 28: unsafe Lanes<28>.unpack(source, target)
        case 29: unsafe Lanes<29>.unpack(source, target)
        case 30: unsafe Lanes<30>.unpack(source, target)
        case 31: unsafe Lanes<31>.unpack(source, target)
        default: unsafe Lanes<32>.unpack(source, target)
        }
    }
}

/// The unpacking of one width, written out so that every shift is a constant.
private enum Lanes<let width: Int> {
    /// Unpacks 256 values: `32 · width` bytes of source, 1,024 bytes of target.
    @inline(never)
    static func unpack(_ source: UnsafeRawPointer, _ target: UnsafeMutableRawPointer) {
        // SAFETY: the eight quads read and write what the caller gives for one group.
        unsafe quad(source, target, 0)
        unsafe quad(source, target, 4)
        unsafe quad(source, target, 8)
        unsafe quad(source, target, 12)
        unsafe quad(source, target, 16)
        unsafe quad(source, target, 20)
        unsafe quad(source, target, 24)
        unsafe quad(source, target, 28)
    }

    @inline(__always)
    private static func quad(
        _ source: UnsafeRawPointer, _ target: UnsafeMutableRawPointer, _ slot: Int
    ) {
        // SAFETY: four of the group's 32 slots.
        unsafe step(source, target, slot)
        unsafe step(source, target, slot &+ 1)
        unsafe step(source, target, slot &+ 2)
        unsafe step(source, target, slot &+ 3)
    }

    /// Eight values: one word of each lane, and the next one where the values reach into it.
    @inline(__always)
    private static func step(
        _ source: UnsafeRawPointer, _ target: UnsafeMutableRawPointer, _ slot: Int
    ) {
        let bit = slot &* width
        let word = bit >> 5
        let shift = bit & 31
        // SAFETY: `word < width`, and `word + 1 < width` where a value reaches into the next word,
        // because `32 · width` bits are exactly `width` words; `slot < 32` words of 32 bytes.
        var values = unsafe source.loadUnaligned(
            fromByteOffset: word &* 32, as: SIMD8<UInt32>.self)
        values = values &>> SIMD8(repeating: UInt32(truncatingIfNeeded: shift))
        if shift &+ width > 32 {
            let next = unsafe source.loadUnaligned(
                fromByteOffset: (word &+ 1) &* 32, as: SIMD8<UInt32>.self)
            values |= next &<< SIMD8(repeating: UInt32(truncatingIfNeeded: 32 &- shift))
        }
        if width < 32 {
            values &= SIMD8(repeating: UInt32(truncatingIfNeeded: (1 &<< width) &- 1))
        }
        unsafe target.storeBytes(
            of: values, toByteOffset: slot &* 32, as: SIMD8<UInt32>.self)
    }
}
