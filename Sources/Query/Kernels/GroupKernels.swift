import Segments

/// The loops over rows with group numbers, one per aggregate.
enum GroupKernels {
    /// Adds 1 to the count of each row's group.
    static func count(_ groups: Span<UInt32>, _ counts: inout [Int64]) {
        var counts = counts.mutableSpan
        for row in 0..<groups.count { counts[Int(groups[row])] &+= 1 }
    }

    /// Adds each row's value to the sum of its group, without regard to overflow.
    static func sum(_ groups: Span<UInt32>, _ values: Span<Int64>, _ sums: inout [Int64]) {
        var sums = sums.mutableSpan
        precondition(values.count >= groups.count)
        for row in 0..<groups.count { sums[Int(groups[row])] &+= values[row] }
    }

    /// Replaces codes from row `start` on by what `marks` holds for them, less one.
    ///
    /// - Returns: the first row whose mark is 0, its code and all behind it left; `nil` for none.
    static func translate(
        _ codes: inout [UInt32], from start: Int, _ marks: Span<UInt32>, offset: Int
    ) -> Int? {
        var codes = codes.mutableSpan
        for row in start..<codes.count {
            let mark = marks[offset &+ Int(codes[row])]
            if mark == 0 { return row }
            codes[row] = mark &- 1
        }
        return nil
    }

    /// The sum, without regard to overflow.
    static func sum(_ values: Span<Int64>) -> Int64 {
        var total: Int64 = 0
        for row in 0..<values.count { total &+= values[row] }
        return total
    }

    /// A power of two that no value's magnitude exceeds, or `nil` beyond 2^62.
    static func bound(_ values: Span<Int64>) -> UInt64? {
        var bits: Int64 = 0
        // Inverting a negative value loses one, which the next power of two makes up for.
        for row in 0..<values.count { bits |= values[row] ^ (values[row] &>> 63) }
        let width = 64 - bits.leadingZeroBitCount
        return width > 62 ? nil : 1 << UInt64(width)
    }

    /// Keeps the lesser of each row's value and its group's best.
    static func least(_ groups: Span<UInt32>, _ values: Span<Int64>, _ best: inout [Int64]) {
        var best = best.mutableSpan
        precondition(values.count >= groups.count)
        for row in 0..<groups.count {
            let group = Int(groups[row])
            best[group] = min(best[group], values[row])
        }
    }

    /// Keeps the greater of each row's value and its group's best.
    static func greatest(_ groups: Span<UInt32>, _ values: Span<Int64>, _ best: inout [Int64]) {
        var best = best.mutableSpan
        precondition(values.count >= groups.count)
        for row in 0..<groups.count {
            let group = Int(groups[row])
            best[group] = max(best[group], values[row])
        }
    }
}
