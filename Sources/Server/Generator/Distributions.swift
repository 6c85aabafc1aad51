/// Draws an index by weight in constant time: Vose's form of Walker's alias method.
///
/// Entry `i` holds a threshold (upper 32 bits) and an alias (lower 32 bits): a draw picks an entry,
/// then either the entry itself or its alias.
struct WeightedChoice {
    private let entries: [UInt64]

    /// - Precondition: `weights` is not empty, none is negative, their sum is positive.
    init(_ weights: [Double]) {
        let count = weights.count
        let total = weights.reduce(0, +)
        precondition(count > 0 && count <= 1 << 31 && total > 0)
        var scaled = weights.map { $0 * Double(count) / total }
        var small: [Int] = []
        var large: [Int] = []
        for index in 0..<count {
            if scaled[index] < 1 { small.append(index) } else { large.append(index) }
        }
        var entries = (0..<count).map { UInt64(UInt32.max) << 32 | UInt64($0) }
        while let poor = small.last, let rich = large.last {
            small.removeLast()
            entries[poor] = UInt64(scaled[poor] * 0x1p32) << 32 | UInt64(rich)
            scaled[rich] -= 1 - scaled[poor]
            if scaled[rich] < 1 {
                large.removeLast()
                small.append(rich)
            }
        }
        self.entries = entries
    }

    /// Weights that fall as 1 / (rank + offset)^exponent: few are large, many are small.
    init(zipf count: Int, exponent: Double, offset: Double) {
        self.init(
            (0..<count).map { PortableMath.exp(-exponent * PortableMath.ln(Double($0) + offset)) })
    }

    /// An index; O(1).
    @inline(__always)
    func draw(_ random: inout RandomStream) -> Int {
        let bits = random.next()
        let index = Int(truncatingIfNeeded: ((bits >> 32) &* UInt64(entries.count)) >> 32)
        let entry = entries[index]
        return (bits & 0xFFFF_FFFF) < (entry >> 32)
            ? index : Int(truncatingIfNeeded: entry & 0xFFFF_FFFF)
    }
}

/// Waiting times of events that happen at random: short mostly, long sometimes, never above
/// 9.1 times the mean, so that what is still to come stays bounded.
struct WaitingTimes {
    /// The quantiles -ln(1 - i / 4096); the last one would be infinite.
    private let quantiles: [Double]

    init() {
        quantiles =
            (0..<4096).map { -PortableMath.ln(1 - Double($0) / 4096) } + [9.1]
    }

    /// A waiting time with about that mean, in the unit of the mean.
    @inline(__always)
    func draw(mean: Int64, _ random: inout RandomStream) -> Int64 {
        let bits = random.next()
        let index = Int(truncatingIfNeeded: bits >> 52)
        let part = Double((bits >> 20) & 0xFFFF_FFFF) * 0x1p-32
        let low = quantiles[index]
        return Int64((low + (quantiles[index + 1] - low) * part) * Double(mean))
    }
}

/// Amounts of money: many small, few large (log-normal, median 28,000, sigma 1.1), in tens from
/// 100 to 50,000,000.
///
/// The number of ones among 64 random bits is nearly normal, mean 32 and deviation 4; a second draw
/// moves the amount between two neighbours.
struct AmountDistribution {
    private let medians: [Int64]

    init() {
        medians = (0...65).map { ones in
            let deviations = (Double(ones) - 32.5) / 4
            let amount = 28_000 * PortableMath.exp(1.1 * deviations)
            return Int64(max(100, min(amount, 50_000_000)))
        }
    }

    /// An amount; O(1).
    @inline(__always)
    func draw(_ random: inout RandomStream) -> Int64 {
        let ones = random.next().nonzeroBitCount
        let low = medians[ones]
        let amount = low + random.below(medians[ones + 1] - low + 1)
        return max(100, amount / 10 * 10)
    }
}
