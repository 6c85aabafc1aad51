/// The smallest and largest of some keys, as prefixes of 16 bytes in the order of keys: what rules
/// them out at once where keys ascend with time.
///
/// ∀ key: `lowest ≤ KeyProbe.prefix(of: key) ≤ highest`.
public struct KeyBounds: Hashable, Sendable {
    /// Nothing is below.
    public var lowest: UInt128
    /// Nothing is above.
    public var highest: UInt128

    /// Bounds as given.
    public init(lowest: UInt128, highest: UInt128) {
        self.lowest = lowest
        self.highest = highest
    }

    /// The bounds of no key, to which others are added.
    public static let none = KeyBounds(lowest: .max, highest: 0)

    /// The bounds of keys with these prefixes. O(prefixes).
    public init(of prefixes: [UInt128]) {
        self = .none
        for prefix in prefixes {
            if prefix < lowest { lowest = prefix }
            if prefix > highest { highest = prefix }
        }
    }

    /// The bounds that a zone map says; of everything where it says nothing.
    public init(_ zone: ZoneMap) {
        switch zone.bounds {
        case .integers(let minimum, let maximum):
            self.init(
                lowest: KeyProbe.prefix(of: minimum), highest: KeyProbe.prefix(of: maximum))
        case .strings(let lower, let upper):
            self.init(
                lowest: KeyProbe.prefix(of: lower.span),
                highest: upper.map { KeyProbe.prefix(of: $0.span) } ?? .max)
        default: self.init(lowest: 0, highest: .max)
        }
    }

    /// Whether a key with that prefix may be among them.
    @inlinable
    public func contains(_ prefix: UInt128) -> Bool { lowest <= prefix && prefix <= highest }

    /// Whether a key may be in both.
    public func overlaps(_ other: KeyBounds) -> Bool {
        lowest <= other.highest && other.lowest <= highest
    }

    /// Adds the keys of `other`.
    public mutating func add(_ other: KeyBounds) {
        lowest = min(lowest, other.lowest)
        highest = max(highest, other.highest)
    }
}

extension KeyProbe {
    /// The prefix of every row of a key column. O(rows).
    ///
    /// - Precondition: VARCHAR or BIGINT without NULLs.
    public static func prefixes(of keys: Column) -> [UInt128] {
        var prefixes: [UInt128] = []
        prefixes.reserveCapacity(keys.count)
        switch keys.withoutPackedTexts.values {
        case .integers(let values):
            for value in values { prefixes.append(prefix(of: value)) }
        case .strings(let strings):
            for row in 0..<strings.count { prefixes.append(prefix(of: strings.span(at: row))) }
        case .codes(let codes, let dictionary):
            let entries = dictionary.values
            for code in codes { prefixes.append(prefix(of: entries.span(at: Int(code)))) }
        case .booleans, .wideIntegers, .doubles, .packedTexts, .widePackedTexts, .arrays:
            preconditionFailure("keys are VARCHAR or BIGINT")
        }
        return prefixes
    }
}
