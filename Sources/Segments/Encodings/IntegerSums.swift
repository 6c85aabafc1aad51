/// Sums of sections without an array of their values, exact where the values are those of a writer:
/// no distance from the base is larger than 64 bits.
extension PackedSection {
    /// The sum of all values.
    func sum() -> Int128 {
        switch encoding {
        case .constant: return Int128(base) * Int128(count)
        case .plain: return IntegerSums.sum(values())
        default:
            let distances = BitPacking.sum(body, count: count, width: width)
            return Int128(base) * Int128(count)
                &+ Int128(truncatingIfNeeded: distances &* UInt128(step))
        }
    }
}

extension DirectSection {
    /// The sum of all values.
    func sum() -> Int128 {
        guard encoding == .patched else { return low.sum() }
        var missing: UInt128 = 0
        for excess in excesses.values() { missing &+= UInt128(UInt64(bitPattern: excess)) }
        missing = missing << UInt128(low.width) &* UInt128(low.step)
        return low.sum() &+ Int128(truncatingIfNeeded: missing)
    }
}

extension IntegerSection {
    /// The sum of all values.
    ///
    /// - Complexity: O(1) where constant, O(runs), O(values that are not the frequent one); packed
    ///   values are added as they lie.
    func sum() -> Int128 {
        switch encoding {
        case .sparse:
            Int128(base) * Int128(count - direct.count) &+ direct.sum()
        case .runs: sumOfRuns()
        case .delta, .deltaOfDelta: IntegerSums.sum(values())
        default: direct.sum()
        }
    }

    private func sumOfRuns() -> Int128 {
        let heads = direct.values()
        var sum: Int128 = 0
        var run = -1
        var start = 0
        for word in marks.indices {
            var bits = marks[word]
            while bits != 0 {
                let next = word &* 64 &+ bits.trailingZeroBitCount
                if run >= 0 { sum += Int128(heads[run]) * Int128(next - start) }
                run += 1
                start = next
                bits &= bits &- 1
            }
        }
        return sum + Int128(heads[run]) * Int128(count - start)
    }
}

/// Sums of plain values.
enum IntegerSums {
    /// The sum of fewer than 2^31 values, exact: upper and lower halves apart, so that both loops
    /// fill wide registers.
    static func sum(_ values: [Int64]) -> Int128 {
        var high: Int64 = 0
        var low: UInt64 = 0
        for value in values {
            high &+= value &>> 32
            low &+= UInt64(bitPattern: value) & 0xffff_ffff
        }
        return Int128(high) << 32 + Int128(low)
    }
}
