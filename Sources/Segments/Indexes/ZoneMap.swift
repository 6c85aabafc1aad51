/// What is known about a run of rows of a column without reading them.
///
/// ∀ row with a value: `bounds.minimum ≤ value ≤ bounds.maximum`. Exact for numbers, times and
/// booleans; for strings a lower and an upper bound of at most 32 bytes each, not necessarily
/// attained.
public struct ZoneMap: Hashable, Sendable {
    /// How many rows.
    public var rowCount: Int
    /// How many of them are NULL.
    public var nullCount: Int
    /// `nil` where nothing is known, or no row has a value (`isAllNull`).
    public var bounds: ZoneBounds?

    /// A zone as given.
    public init(rowCount: Int, nullCount: Int, bounds: ZoneBounds?) {
        self.rowCount = rowCount
        self.nullCount = nullCount
        self.bounds = bounds
    }

    /// Whether no row has a value.
    public var isAllNull: Bool { nullCount == rowCount }

    /// The zone of these rows and more.
    public mutating func merge(_ other: ZoneMap) {
        if isAllNull {
            bounds = other.bounds
        } else if !other.isAllNull {
            bounds = bounds.flatMap { mine in other.bounds.flatMap { mine.union($0) } }
        }
        rowCount += other.rowCount
        nullCount += other.nullCount
    }
}

/// The smallest and largest value of a run of rows, both inclusive.
public enum ZoneBounds: Hashable, Sendable {
    /// BOOLEAN as 0 and 1; BIGINT; TIMESTAMP; DATE; DECIMAL up to 18 digits, unscaled.
    case integers(minimum: Int64, maximum: Int64)
    /// DECIMAL of 19 to 38 digits, unscaled.
    case wideIntegers(minimum: Int128, maximum: Int128)
    /// None of the values is NaN.
    case doubles(minimum: Double, maximum: Double)
    /// Bytes, perhaps cut inside a character; `upper` is `nil` where nothing short is above.
    case strings(lower: [UInt8], upper: [UInt8]?)

    /// The most bytes of a string's bound.
    public static let maximumStringByteCount = 32

    /// The bounds of both.
    func union(_ other: ZoneBounds) -> ZoneBounds? {
        switch (self, other) {
        case (.integers(let low, let high), .integers(let otherLow, let otherHigh)):
            return .integers(minimum: min(low, otherLow), maximum: max(high, otherHigh))
        case (.wideIntegers(let low, let high), .wideIntegers(let otherLow, let otherHigh)):
            return .wideIntegers(minimum: min(low, otherLow), maximum: max(high, otherHigh))
        case (.doubles(let low, let high), .doubles(let otherLow, let otherHigh)):
            return .doubles(minimum: min(low, otherLow), maximum: max(high, otherHigh))
        case (.strings(let low, let high), .strings(let otherLow, let otherHigh)):
            let lower = otherLow.lexicographicallyPrecedes(low) ? otherLow : low
            guard let high, let otherHigh else { return .strings(lower: lower, upper: nil) }
            return .strings(
                lower: lower,
                upper: high.lexicographicallyPrecedes(otherHigh) ? otherHigh : high)
        default: return nil
        }
    }

    /// Bounds of strings from the smallest and the largest one.
    static func strings(smallest: Span<UInt8>, largest: Span<UInt8>) -> ZoneBounds {
        let limit = maximumStringByteCount
        let lower = [UInt8](copying: smallest.extracting(first: min(limit, smallest.count)))
        var upper = [UInt8](copying: largest.extracting(first: min(limit, largest.count)))
        if largest.count > limit {
            // The next string of at most `limit` bytes behind everything with this prefix.
            while upper.last == 0xff { upper.removeLast() }
            guard let last = upper.popLast() else { return .strings(lower: lower, upper: nil) }
            upper.append(last + 1)
        }
        return .strings(lower: lower, upper: upper)
    }
}
