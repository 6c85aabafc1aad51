import Segments

/// Predicates on packed texts, answered from their codes: constants are packed once per vector, and
/// no text is spelled out.
enum PackedTextKernels {
    /// Compares two vectors of texts, at least one of them packed, without regard to NULL; `nil`
    /// where only their bytes can tell.
    static func compare(
        _ comparison: Comparison, _ one: Vector, _ other: Vector, count: Int
    ) -> [UInt8]? {
        switch (one, other) {
        case (.column(let column), .constant(.varchar(let text), _)):
            return compare(comparison, column, text)
        case (.constant(.varchar(let text), _), .column(let column)):
            return compare(comparison.mirrored, column, text)
        case (.column(let left), .column(let right)):
            switch (left.values, right.values) {
            case (.packedTexts(let ones, let pattern), .packedTexts(let others, let same))
            where pattern == same:
                return CompareKernels.compare(
                    comparison, .rows(ones), .rows(others), count: count)
            case (.widePackedTexts(let ones, let pattern), .widePackedTexts(let others, let same))
            where pattern == same:
                return CompareKernels.compare(
                    comparison, .rows(ones), .rows(others), count: count)
            default: return nil
            }
        default: return nil
        }
    }

    private static func compare(
        _ comparison: Comparison, _ column: Column, _ text: Text
    ) -> [UInt8]? {
        guard let pattern = column.textPattern else { return nil }
        let bound = pattern.bound(of: text.bytes.span)
        guard let (comparison, code) = onCodes(comparison, bound) else {
            let truth = holdsAlways(comparison, bound)
            return [UInt8](repeating: truth ? 1 : 0, count: column.count)
        }
        switch column.values {
        case .packedTexts(let codes, _):
            return CompareKernels.compare(
                comparison, .rows(codes), .constant(UInt64(truncatingIfNeeded: code)),
                count: codes.count)
        case .widePackedTexts(let codes, _):
            return CompareKernels.compare(
                comparison, .rows(codes), .constant(code), count: codes.count)
        default: return nil
        }
    }

    /// The comparison of codes that says the same; `nil` where it is the same for all codes.
    private static func onCodes(
        _ comparison: Comparison, _ bound: TextPattern.Bound
    ) -> (Comparison, UInt128)? {
        guard let code = bound.code else { return nil }
        if bound.isExact { return (comparison, code) }
        switch comparison {
        case .equal, .notDistinctFrom, .notEqual, .distinctFrom: return nil
        // No text is equal, and those below are those whose codes are.
        case .less, .lessOrEqual: return (.less, code)
        case .greater, .greaterOrEqual: return (.greaterOrEqual, code)
        }
    }

    /// Whether the comparison holds of every code where it does not depend on the code.
    private static func holdsAlways(
        _ comparison: Comparison, _ bound: TextPattern.Bound
    ) -> Bool {
        switch comparison {
        case .equal, .notDistinctFrom, .greater, .greaterOrEqual: false
        case .notEqual, .distinctFrom, .less, .lessOrEqual: true
        }
    }

    /// Which rows of a packed column are among `texts`; `nil` for other columns.
    ///
    /// - Parameter texts: Ascending by bytes.
    static func members(_ column: Column, of texts: StringVector) -> [UInt8]? {
        switch column.values {
        case .packedTexts(let codes, let pattern):
            var members: [UInt64] = []
            for index in 0..<texts.count {
                if let code = pattern.packNarrow(texts.span(at: index)) { members.append(code) }
            }
            return CodeSet(ascending: members).contains(codes)
        case .widePackedTexts(let codes, let pattern):
            var members: [UInt128] = []
            for index in 0..<texts.count {
                if let code = pattern.pack(texts.span(at: index)) { members.append(code) }
            }
            return CodeSet(ascending: members).contains(codes)
        default: return nil
        }
    }

    /// Which rows of a packed column match; `nil` for other columns, and for matchers that need the
    /// text.
    static func matches(_ column: Column, _ matcher: LikeMatcher) -> [UInt8]? {
        guard let pattern = column.textPattern, let windows = matcher.windows(in: pattern) else {
            return nil
        }
        switch column.values {
        case .packedTexts(let codes, _):
            return matches(
                codes.span, windows.map { ($0.mask.lowHalf, $0.value.lowHalf) })
        case .widePackedTexts(let codes, _):
            return matches(codes.span, windows.map { ($0.mask, $0.value) })
        default: return nil
        }
    }

    /// Rows of which the result stays in the first-level cache between windows.
    private static let stripRowCount = 1_024

    private static func matches<Code: FixedWidthInteger & UnsignedInteger>(
        _ codes: Span<Code>, _ windows: [(mask: Code, value: Code)]
    ) -> [UInt8] {
        var result = [UInt8](repeating: 0, count: codes.count)
        var output = result.mutableSpan
        var start = 0
        while start < codes.count {
            let end = min(start &+ stripRowCount, codes.count)
            for window in windows {
                let (mask, value) = window
                for row in start..<end {
                    output[row] |= codes[row] & mask == value ? 1 : 0
                }
            }
            start = end
        }
        return result
    }
}

extension UInt128 {
    fileprivate var lowHalf: UInt64 { UInt64(truncatingIfNeeded: self) }
}

/// A set of codes: a few are compared one by one; of many a bit table tells most strangers.
private struct CodeSet<Code: FixedWidthInteger & UnsignedInteger> {
    private let members: [Code]
    /// One bit for each value of a hash's top bits; the count of bits is a power of two.
    private var bits: [UInt64] = []
    private var shift: UInt64 = 0

    private static var comparedCount: Int { 4 }
    private static var bitsPerMember: Int { 16 }

    init(ascending members: [Code]) {
        self.members = members
        guard members.count > Self.comparedCount else { return }
        var width = 10
        while 1 << width < members.count * Self.bitsPerMember { width += 1 }
        shift = UInt64(64 - width)
        bits = [UInt64](repeating: 0, count: 1 << (width - 6))
        for member in members {
            let place = place(member)
            bits[place >> 6] |= 1 << UInt64(place & 63)
        }
    }

    @inline(__always)
    private func place(_ code: Code) -> Int {
        var word = UInt64(truncatingIfNeeded: code)
        if Code.bitWidth > 64 { word ^= UInt64(truncatingIfNeeded: code &>> 64) }
        return Int(truncatingIfNeeded: (word &* 0x9e37_79b9_7f4a_7c15) &>> shift)
    }

    @inline(__always)
    func contains(_ codes: [Code]) -> [UInt8] {
        var result = [UInt8](repeating: 0, count: codes.count)
        var output = result.mutableSpan
        let codes = codes.span
        guard members.count > Self.comparedCount else {
            for member in members {
                for row in codes.indices { output[row] |= codes[row] == member ? 1 : 0 }
            }
            return result
        }
        let bits = bits.span
        for row in codes.indices {
            let place = place(codes[row])
            if bits[place &>> 6] &>> UInt64(place & 63) & 1 == 1, holds(codes[row]) {
                output[row] = 1
            }
        }
        return result
    }

    private func holds(_ code: Code) -> Bool {
        var (low, high) = (0, members.count)
        while low < high {
            let middle = (low + high) / 2
            if members[middle] < code { low = middle + 1 } else { high = middle }
        }
        return low < members.count && members[low] == code
    }
}
