/// Patterns found in texts, and patterns of patterns.
extension TextPattern {
    /// The narrowest pattern of all texts in rows `range` that have a bit in `validity`, which
    /// counts from the range's first; `nil` where there is none, or no text at all.
    ///
    /// - Complexity: O(bytes), one store each.
    static func covering(
        _ strings: StringVector, _ range: Range<Int>, _ validity: Bitmap?
    ) -> TextPattern? {
        var byteCount = -1
        var seen: [UInt8] = []
        for row in range {
            if let validity, !validity[row &- range.lowerBound] { continue }
            let text = strings.span(at: row)
            if byteCount < 0 {
                guard text.count <= maximumByteCount else { return nil }
                byteCount = text.count
                seen = [UInt8](repeating: 0, count: byteCount << 8)
            }
            guard text.count == byteCount else { return nil }
            var target = seen.mutableSpan
            for offset in 0..<text.count { target[offset &<< 8 | Int(text[offset])] = 1 }
        }
        guard byteCount >= 0 else { return nil }
        var positions: [Position] = []
        for offset in 0..<byteCount {
            let bytes = (0..<256).filter { seen[offset << 8 | $0] != 0 }
            if bytes.count == 1 {
                positions.append(.constant(UInt8(bytes[0])))
                continue
            }
            guard bytes.allSatisfy({ $0 < 128 }) else { return nil }
            let set = bytes.reduce(UInt128(0)) { $0 | 1 << UInt128($1) }
            positions.append(.symbol(TextAlphabet.smallest(holding: set)))
        }
        return TextPattern(positions)
    }

    /// The narrowest pattern that both sides' texts fit; `nil` where lengths differ, bytes beyond
    /// ASCII differ, or 128 bits are not enough.
    ///
    /// Commutative and associative; one of the two where that holds the other.
    public func union(_ other: TextPattern) -> TextPattern? {
        if self == other { return self }
        guard byteCount == other.byteCount else { return nil }
        var positions: [Position] = []
        for (one, two) in zip(self.positions, other.positions) {
            if one == two {
                positions.append(one)
                continue
            }
            guard let set = one.set, let otherSet = two.set else { return nil }
            positions.append(.symbol(TextAlphabet.smallest(holding: set | otherSet)))
        }
        if positions == self.positions { return self }
        return positions == other.positions ? other : TextPattern(positions)
    }

    /// Whether every text of `other` fits here.
    public func contains(_ other: TextPattern) -> Bool {
        if self == other { return true }
        guard byteCount == other.byteCount else { return false }
        return zip(positions, other.positions).allSatisfy { mine, its in
            if mine == its { return true }
            guard case .symbol = mine, let set = mine.set, let part = its.set else { return false }
            return part & ~set == 0
        }
    }
}

extension TextPattern.Position {
    /// The bytes that may stand here; `nil` for a constant beyond ASCII.
    fileprivate var set: UInt128? {
        switch self {
        case .constant(let byte): byte < 128 ? 1 << UInt128(byte) : nil
        case .symbol(let alphabet): alphabet.set
        }
    }
}
