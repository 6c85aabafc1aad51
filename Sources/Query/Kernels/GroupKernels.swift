import Segments

/// The loops over rows with group numbers, one per aggregate.
enum GroupKernels {
    /// Adds 1 to the count of each row's group.
    static func count(_ groups: Span<UInt32>, _ counts: inout [Int64]) {
        var counts = counts.mutableSpan
        guard comesInRuns(groups) else {
            for row in 0..<groups.count { counts[Int(groups[row])] &+= 1 }
            return
        }
        var start = 0
        for row in 0..<groups.count where groups[row] != groups[start] {
            counts[Int(groups[start])] &+= Int64(row &- start)
            start = row
        }
        counts[Int(groups[start])] &+= Int64(groups.count &- start)
    }

    /// Adds each row's value to the sum of its group, without regard to overflow.
    static func sum(_ groups: Span<UInt32>, _ values: Span<Int64>, _ sums: inout [Int64]) {
        var sums = sums.mutableSpan
        precondition(values.count >= groups.count)
        guard comesInRuns(groups) else {
            for row in 0..<groups.count { sums[Int(groups[row])] &+= values[row] }
            return
        }
        var current = groups[0]
        var total: Int64 = 0
        for row in 0..<groups.count {
            let group = groups[row]
            if group != current {
                sums[Int(current)] &+= total
                total = 0
                current = group
            }
            total &+= values[row]
        }
        sums[Int(current)] &+= total
    }

    /// Rows of a sample, and how many of them at most begin another group where runs are long.
    private static let (sampleCount, runCount) = (128, 16)

    /// Whether rows of one group lie next to one another, as a sample from the middle has it: a
    /// cell that was just written is read slowly.
    private static func comesInRuns(_ groups: Span<UInt32>) -> Bool {
        guard groups.count >= sampleCount else { return false }
        let first = (groups.count - sampleCount) / 2
        var changes = 0
        for row in first &+ 1..<first &+ sampleCount where groups[row] != groups[row &- 1] {
            changes &+= 1
        }
        return changes < runCount
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

    /// The codes of rows from `start` on whose mark is 0, once each, in order of appearance; their
    /// marks become the greatest number there is.
    static func unmarked(
        _ codes: Span<UInt32>, from start: Int, _ marks: inout [UInt32]
    ) -> [UInt32] {
        var unmarked: [UInt32] = []
        var marks = marks.mutableSpan
        for row in start..<codes.count {
            let code = codes[row]
            if marks[Int(code)] == 0 {
                marks[Int(code)] = .max
                unmarked.append(code)
            }
        }
        return unmarked
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
