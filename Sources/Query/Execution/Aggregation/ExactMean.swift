import Segments

/// AVG of exact numbers, from their sum.
enum ExactMean {
    /// The mean of `count` numbers of a scale whose unscaled sum is `sum`; 0 for none.
    ///
    /// Divides once, by scale and count together: equal numbers have the mean they all have,
    /// however many they are, as long as the sum has at most 53 bits.
    static func of(_ sum: Int128, count: some BinaryInteger, scale: Int) -> Double {
        guard count != 0 else { return 0 }
        return Double(sum) / (Double(Decimal.powersOfTen[scale]) * Double(count))
    }
}
