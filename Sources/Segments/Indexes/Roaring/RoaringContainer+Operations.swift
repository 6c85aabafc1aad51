/// Set operations of two containers; `nil` where nothing is left.
///
/// Small arrays are merged or probed value by value; everything else is done in loops over words,
/// which compile to wide registers.
extension RoaringContainer {
    /// An operation on sets, and on the words of bitmaps.
    enum Operation {
        case and, or, andNot, xor

        /// Whether a value stays that is in the first set only.
        var keepsFirst: Bool { self != .and }
        /// Whether a value stays that is in the second set only.
        var keepsSecond: Bool { self == .or || self == .xor }
        /// Whether a value stays that is in both.
        var keepsBoth: Bool { self == .and || self == .or }
    }

    static func combine(
        _ operation: Operation, _ one: RoaringContainer, _ other: RoaringContainer
    ) -> RoaringContainer? {
        switch (one, other) {
        case (.array(let left), .array(let right)):
            return RoaringContainer(ascending: merge(operation, left, right))
        case (.array(let values), _) where operation == .and:
            return RoaringContainer(ascending: values.filter { other.contains($0) })
        case (.array(let values), _) where operation == .andNot:
            return RoaringContainer(ascending: values.filter { !other.contains($0) })
        case (_, .array(let values)) where operation == .and:
            return RoaringContainer(ascending: values.filter { one.contains($0) })
        default:
            var words = one.words
            combine(operation, &words, other.words)
            return RoaringContainer(words: words)
        }
    }

    private static func combine(
        _ operation: Operation, _ words: inout [UInt64], _ other: [UInt64]
    ) {
        var target = words.mutableSpan
        let source = other.span
        switch operation {
        case .and: for index in 0..<wordCount { target[index] &= source[index] }
        case .or: for index in 0..<wordCount { target[index] |= source[index] }
        case .andNot: for index in 0..<wordCount { target[index] &= ~source[index] }
        case .xor: for index in 0..<wordCount { target[index] ^= source[index] }
        }
    }

    private static func merge(
        _ operation: Operation, _ left: [UInt16], _ right: [UInt16]
    ) -> [UInt16] {
        var merged: [UInt16] = []
        merged.reserveCapacity(operation.keepsSecond ? left.count + right.count : left.count)
        var (first, second) = (0, 0)
        while first < left.count, second < right.count {
            let (one, other) = (left[first], right[second])
            if one < other {
                if operation.keepsFirst { merged.append(one) }
                first += 1
            } else if other < one {
                if operation.keepsSecond { merged.append(other) }
                second += 1
            } else {
                if operation.keepsBoth { merged.append(one) }
                first += 1
                second += 1
            }
        }
        if operation.keepsFirst { merged.append(contentsOf: left[first...]) }
        if operation.keepsSecond { merged.append(contentsOf: right[second...]) }
        return merged
    }

    /// The values of `range` that are not in it; `nil` for none.
    func complement(in range: Range<Int>) -> RoaringContainer? {
        guard !range.isEmpty else { return nil }
        var words = [UInt64](repeating: 0, count: Self.wordCount)
        Self.fill(range, &words)
        Self.combine(.andNot, &words, self.words)
        return RoaringContainer(words: words)
    }
}
