import Segments

/// Turns integers that lie in few steps of equal length into small codes, without a division.
enum BucketKernels {
    /// The least and the greatest of some integers; `nil` for none.
    static func bounds(_ values: Span<Int64>) -> ClosedRange<Int64>? {
        guard values.count > 0 else { return nil }
        var (low, high) = (values[0], values[0])
        for row in 0..<values.count {
            low = min(low, values[row])
            high = max(high, values[row])
        }
        return low...high
    }

    /// `(value - first) / step` of each value, rounded down.
    ///
    /// A step is `odd · 2^k`, so that a distance shifted by `k` and divided by `odd` has the same
    /// quotient. A shifted distance below 2^31 is divided by a multiplication: with `s` the bits of
    /// `odd` and `m = ⌈2^(31 + s) / odd⌉`, `x · m >> (31 + s)` is exact because
    /// `m · odd - 2^(31 + s) < odd ≤ 2^s`.
    ///
    /// - Precondition: `first <= value <= last` for all; `step` is above 0.
    /// - Returns: `nil` where distances are too long for that.
    static func codes(
        _ values: Span<Int64>, first: Int64, last: Int64, step: Int64
    ) -> [UInt32]? {
        let distance = last.subtractingReportingOverflow(first)
        let shift = UInt64(step.trailingZeroBitCount)
        guard !distance.overflow, distance.partialValue >= 0,
            distance.partialValue >> shift <= Int64(Int32.max), step >> shift <= Int64(Int32.max)
        else { return nil }
        let odd = UInt64(step >> shift)
        var result = [UInt32](repeating: 0, count: values.count)
        if odd == 1 {
            shifted(values, first, shift, &result)
        } else {
            let scale = 31 + UInt64(64 - odd.leadingZeroBitCount)
            let factor = ((UInt64(1) << scale) + odd - 1) / odd
            divided(values, first, shift, UInt32(factor), scale, &result)
        }
        return result
    }

    private static func shifted(
        _ values: Span<Int64>, _ first: Int64, _ shift: UInt64, _ result: inout [UInt32]
    ) {
        var output = result.mutableSpan
        for row in 0..<values.count {
            let distance = UInt64(bitPattern: values[row] &- first) &>> shift
            output[row] = UInt32(truncatingIfNeeded: distance)
        }
    }

    private static func divided(
        _ values: Span<Int64>, _ first: Int64, _ shift: UInt64, _ factor: UInt32,
        _ scale: UInt64, _ result: inout [UInt32]
    ) {
        var output = result.mutableSpan
        for row in 0..<values.count {
            let distance = UInt64(bitPattern: values[row] &- first) &>> shift
            let product = UInt64(UInt32(truncatingIfNeeded: distance)) &* UInt64(factor)
            output[row] = UInt32(truncatingIfNeeded: product &>> scale)
        }
    }

    /// The sum of the values whose code is `code`, without regard to overflow.
    @inline(never)
    static func sum(_ values: Span<Int64>, _ codes: Span<UInt32>, of code: UInt32) -> Int64 {
        precondition(values.count >= codes.count)
        var total: Int64 = 0
        // A mask and not a choice: a value that is read in one case only is read behind a branch.
        for row in 0..<codes.count {
            let mask: Int64 = codes[row] == code ? -1 : 0
            total &+= values[row] & mask
        }
        return total
    }
}
