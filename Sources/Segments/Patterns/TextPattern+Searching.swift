/// Where texts that need not fit stand among the codes, and where a part of a text can stand.
extension TextPattern {
    /// A text's place among the codes.
    public struct Bound: Hashable, Sendable {
        /// ∀ code: its text is below the one asked for exactly if the code is below this; `nil`
        /// where every text of the pattern is below.
        public let code: UInt128?
        /// Whether the text fits, so that `code` is its own.
        public let isExact: Bool
    }

    /// The place of `text` among the codes. O(bytes).
    public func bound(of text: Span<UInt8>) -> Bound {
        var prefix: UInt128 = 0
        var rest = bitCount
        var offset = 0
        for position in positions {
            guard offset < text.count else { return bound(prefix, 0, rest) }
            let byte = text[offset]
            switch position {
            case .constant(let constant):
                if byte != constant { return bound(prefix, byte < constant ? 0 : 1, rest) }
            case .symbol(let alphabet):
                let number = AlphabetTables.numbers[Int(alphabet.rawValue) << 8 | Int(byte)]
                prefix = prefix << UInt128(alphabet.bitCount)
                rest -= alphabet.bitCount
                if number == AlphabetTables.absent {
                    let below = alphabet.bytes.count { $0 < byte }
                    return bound(prefix, UInt128(below), rest)
                }
                prefix |= UInt128(number)
            }
            offset += 1
        }
        if offset < text.count { return bound(prefix, 1, rest) }
        return Bound(code: prefix, isExact: true)
    }

    /// `prefix + step` in the high bits, zeros in the `rest` low ones, if that is a number below
    /// 2^`bitCount`.
    private func bound(_ prefix: UInt128, _ step: UInt128, _ rest: Int) -> Bound {
        let used = bitCount - rest
        let (sum, overflows) = prefix.addingReportingOverflow(step)
        if overflows || (used < 128 && sum >> UInt128(used) != 0) {
            return Bound(code: nil, isExact: false)
        }
        return Bound(code: rest == 128 ? 0 : sum << UInt128(rest), isExact: false)
    }

    /// What codes have in common whose texts hold certain bytes at certain places.
    public struct Window: Hashable, Sendable {
        /// The bits that say something; zero where constants alone spell the part.
        public var mask: UInt128
        /// Their values.
        public var value: UInt128

        /// A window.
        public init(mask: UInt128, value: UInt128) {
            self.mask = mask
            self.value = value
        }
    }

    /// The codes whose text holds `part` from `byteOffset` on; `nil` where none can.
    public func window(of part: Span<UInt8>, at byteOffset: Int) -> Window? {
        guard byteOffset >= 0, byteOffset + part.count <= byteCount else { return nil }
        var window = Window(mask: 0, value: 0)
        for index in part.indices
        where constantMask[byteOffset + index] != 0
            && template[byteOffset + index] != part[index]
        {
            return nil
        }
        let end = byteOffset + part.count
        for field in fields {
            let offset = Int(field.byteOffset)
            guard offset >= byteOffset, offset < end else { continue }
            let number = AlphabetTables.numbers[
                Int(field.alphabet) << 8 | Int(part[offset - byteOffset])]
            guard number != AlphabetTables.absent else { return nil }
            window.mask |= (1 << UInt128(field.bitCount) - 1) << UInt128(field.shift)
            window.value |= UInt128(number) << UInt128(field.shift)
        }
        return window
    }

    /// Whether every byte of every text is a character of its own.
    public var isASCII: Bool { !template.contains { $0 >= 0x80 } }
}
