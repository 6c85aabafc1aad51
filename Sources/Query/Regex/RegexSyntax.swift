/// A regular expression taken apart, as Java writes it, without what takes more than linear time:
/// no back-references, no look-around, no possessive or atomic groups.
indirect enum RegexSyntax {
    /// Nothing.
    case empty
    case scalars(ScalarSet)
    case assertion(RegexAssertion)
    case sequence([RegexSyntax])
    case alternatives([RegexSyntax])
    /// From `least` to `most` times (`nil`: any number), as often as it can unless it is lazy.
    case repeated(RegexSyntax, least: Int, most: Int?, isLazy: Bool)
    /// Group number `index`, from 1.
    case group(RegexSyntax, index: Int)
}

/// What holds between two characters.
enum RegexAssertion: Hashable, Sendable {
    case textStart, textEnd
    /// At the end, or before a line feed that is the end.
    case lastLineEnd
    case lineStart, lineEnd
    case wordBoundary, noWordBoundary
}

/// A set of Unicode scalars.
struct ScalarSet: Sendable {
    /// Scalars of a kind that is no list.
    enum Kind: Hashable {
        case letter, upper, lower, number, punctuation, symbol, separator, control
    }

    /// Inclusive ranges.
    private(set) var ranges: [ClosedRange<UInt32>] = []
    private(set) var kinds: [(kind: Kind, isNegated: Bool)] = []
    /// Sets that are wholly in, negated ones among them.
    private(set) var parts: [ScalarSet] = []
    /// Whether it is everything that the rest is not.
    var isNegated = false
    /// One bit for each ASCII character that is in, once made.
    private var ascii: (low: UInt64, high: UInt64)?

    init() {}

    init(_ ranges: ClosedRange<UInt32>...) { self.ranges = ranges }

    /// One scalar; both cases of an ASCII letter where case does not matter.
    init(_ scalar: UInt32, ignoringCase: Bool) {
        insert(scalar...scalar, ignoringCase: ignoringCase)
    }

    init(_ kind: Kind, isNegated: Bool) { kinds = [(kind, isNegated)] }

    mutating func insert(_ range: ClosedRange<UInt32>, ignoringCase: Bool) {
        ranges.append(range)
        guard ignoringCase else { return }
        for (letters, distance) in [(UInt32(0x41)...0x5a, Int64(32)), (0x61...0x7a, -32)] {
            let low = max(range.lowerBound, letters.lowerBound)
            let high = min(range.upperBound, letters.upperBound)
            guard low <= high else { continue }
            ranges.append(UInt32(Int64(low) + distance)...UInt32(Int64(high) + distance))
        }
    }

    mutating func insert(_ set: ScalarSet) { parts.append(set) }

    /// The complement.
    var inverted: ScalarSet {
        var set = self
        set.isNegated.toggle()
        set.ascii = nil
        return set
    }

    /// The same, quick to ask.
    var prepared: ScalarSet {
        var set = self
        var (low, high): (UInt64, UInt64) = (0, 0)
        for scalar in UInt32(0)..<128 where find(scalar) {
            if scalar < 64 { low |= 1 << UInt64(scalar) } else { high |= 1 << UInt64(scalar - 64) }
        }
        set.ascii = (low, high)
        return set
    }

    /// Whether a scalar is in.
    func contains(_ scalar: UInt32) -> Bool {
        if scalar < 128, let ascii {
            let word = scalar < 64 ? ascii.low : ascii.high
            return word >> UInt64(scalar & 63) & 1 != 0
        }
        return find(scalar)
    }

    private func find(_ scalar: UInt32) -> Bool {
        let isFound =
            ranges.contains { $0.contains(scalar) }
            || kinds.contains { Self.isOne(scalar, $0.kind) != $0.isNegated }
            || parts.contains { $0.find(scalar) }
        return isFound != isNegated
    }

    private static func isOne(_ value: UInt32, _ kind: Kind) -> Bool {
        guard let scalar = Unicode.Scalar(value) else { return false }
        return switch (kind, scalar.properties.generalCategory) {
        case (.letter, .uppercaseLetter), (.letter, .lowercaseLetter), (.letter, .titlecaseLetter),
            (.letter, .modifierLetter), (.letter, .otherLetter), (.upper, .uppercaseLetter),
            (.lower, .lowercaseLetter), (.number, .decimalNumber), (.number, .letterNumber),
            (.number, .otherNumber), (.punctuation, .connectorPunctuation),
            (.punctuation, .dashPunctuation), (.punctuation, .openPunctuation),
            (.punctuation, .closePunctuation), (.punctuation, .initialPunctuation),
            (.punctuation, .finalPunctuation), (.punctuation, .otherPunctuation),
            (.symbol, .mathSymbol), (.symbol, .currencySymbol), (.symbol, .modifierSymbol),
            (.symbol, .otherSymbol), (.separator, .spaceSeparator), (.separator, .lineSeparator),
            (.separator, .paragraphSeparator), (.control, .control), (.control, .format):
            true
        default: false
        }
    }

    static let digits = ScalarSet(0x30...0x39)
    static let spaces = ScalarSet(0x09...0x0d, 0x20...0x20)
    static let words = ScalarSet(0x30...0x39, 0x41...0x5a, 0x5f...0x5f, 0x61...0x7a)
    static let lineEnds = ScalarSet(0x0a...0x0a, 0x0d...0x0d, 0x85...0x85, 0x2028...0x2029)
    static let everything = ScalarSet(0...0x10ffff)
}
