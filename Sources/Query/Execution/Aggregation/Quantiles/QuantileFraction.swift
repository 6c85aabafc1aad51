/// One quantile asked for of every group.
struct QuantileFraction: Hashable, Sendable {
    /// From 0 to 1.
    let fraction: Double
    /// Whether to interpolate between values; else the result is one of them: the first whose share
    /// of values up to it reaches the fraction.
    let isContinuous: Bool

    /// Where the quantile of `count` values in order lies: at `low`, or `part` of the way to
    /// `high`, which is the next one or the same.
    ///
    /// - Precondition: there is a value.
    func place(among count: Int) -> (low: Int, high: Int, part: Double) {
        precondition(count > 0, "nothing has no quantile")
        guard isContinuous else {
            let rank = max(0, Int((fraction * Double(count)).rounded(.up)) - 1)
            return (rank, rank, 0)
        }
        let place = fraction * Double(count - 1)
        let low = Int(place)
        return (low, Double(low) < place ? low + 1 : low, place - Double(low))
    }
}

/// Of every group, how many values it has, and those asked for.
struct SelectedWords: Sendable {
    /// By group.
    var counts: [Int]
    /// By group, and in a group by fraction: the words at `low` and at `high`.
    var words: [Int64]

    /// For groups without a value so far.
    init(groupCount: Int, fractionCount: Int) {
        counts = Array(repeating: 0, count: groupCount)
        words = Array(repeating: 0, count: groupCount * fractionCount * 2)
    }
}
