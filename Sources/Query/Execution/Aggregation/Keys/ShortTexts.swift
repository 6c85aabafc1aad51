import Segments

/// Texts of at most eight ASCII bytes as integers of 56 bits: 7 bits a byte, the first byte's the
/// lowest, 127 behind the end.
///
/// A text with the byte 127 has no such code. That leaves the codes that begin with 127 and go on
/// otherwise: they are the escapes.
///
/// ```
/// code    := byte × 8                                     7 bits each
/// escape  := 127 payload 0                                 7, 33, 16 bits
/// ```
enum ShortTexts {
    /// Bits of a code.
    static let bitCount = 56
    /// The most bytes of a text.
    static let maximumByteCount = 8

    private static let end: UInt64 = 127
    private static let ends: UInt64 = 0x7f7f_7f7f_7f7f_7f7f
    private static let payloadMask: UInt64 = 1 << 33 - 1

    /// The code of a text; `nil` where it has none.
    static func code(of text: Span<UInt8>) -> UInt64? {
        guard text.count <= maximumByteCount else { return nil }
        var word = ends
        for index in 0..<text.count {
            let shift = UInt64(index) &* 8
            word = word & ~(0xff << shift) | UInt64(text[index]) << shift
            if text[index] >= 127 { return nil }
        }
        return packed(word)
    }

    /// The codes of all texts; `nil` where one has none.
    static func codes(of texts: StringVector) -> [UInt64]? {
        let count = texts.count
        let step = UInt32(maximumByteCount)
        var isFull = true
        let offsets = texts.offsets
        let ends = offsets.span
        for row in 0..<count { isFull = isFull && ends[row &+ 1] &- ends[row] == step }
        return isFull ? fullCodes(of: texts) : anyCodes(of: texts)
    }

    private static func anyCodes(of texts: StringVector) -> [UInt64]? {
        var codes: [UInt64] = []
        codes.reserveCapacity(texts.count)
        for row in 0..<texts.count {
            guard let code = code(of: texts.span(at: row)) else { return nil }
            codes.append(code)
        }
        return codes
    }

    /// The codes of texts of eight bytes each.
    private static func fullCodes(of texts: StringVector) -> [UInt64]? {
        let first = Int(texts.offsets[0])
        let all = texts.bytes
        let bytes = all.span
        let count = texts.count
        precondition(first >= 0 && first + count * maximumByteCount <= bytes.count)
        var wrong: UInt64 = 0
        var codes: [UInt64] = []
        codes.append(addingCapacity: count) { output in
            for row in 0..<count {
                let word = word(bytes, first &+ row &* maximumByteCount)
                wrong |= word | (word &+ 0x0101_0101_0101_0101)
                output.append(packed(word))
            }
        }
        return wrong & 0x8080_8080_8080_8080 == 0 ? codes : nil
    }

    @inline(__always)
    private static func word(_ bytes: Span<UInt8>, _ start: Int) -> UInt64 {
        let part = bytes.extracting(start..<start &+ maximumByteCount)
        let low =
            UInt64(part[0]) | UInt64(part[1]) << 8 | UInt64(part[2]) << 16 | UInt64(part[3]) << 24
        let high =
            UInt64(part[4]) | UInt64(part[5]) << 8 | UInt64(part[6]) << 16 | UInt64(part[7]) << 24
        return low | high << 32
    }

    /// The code of a NULL or a number.
    static func escape(_ payload: UInt64) -> UInt64 {
        assert(payload <= payloadMask, "a payload has 33 bits")
        return end | payload << 7
    }

    /// The payload of an escape; `nil` for the code of a text.
    static func escaped(_ code: UInt64) -> UInt64? {
        guard code & end == end, code >> 40 == 0 else { return nil }
        return code >> 7 & payloadMask
    }

    /// Appends the text of a code.
    static func append(_ code: UInt64, to texts: inout StringVector) {
        var rest = code
        for _ in 0..<maximumByteCount {
            if rest & end == end { break }
            texts.append(byte: UInt8(truncatingIfNeeded: rest & end))
            rest >>= 7
        }
        texts.finishString()
    }

    /// Eight bytes of 7 bits, from 8 bits apart to 7: pairs, then pairs of pairs, then all.
    @inline(__always)
    private static func packed(_ word: UInt64) -> UInt64 {
        var word = word
        word = word & 0x007f_007f_007f_007f | (word & 0x7f00_7f00_7f00_7f00) >> 1
        word = word & 0x0000_3fff_0000_3fff | (word & 0x3fff_0000_3fff_0000) >> 2
        return word & 0x0fff_ffff | (word & 0x0fff_ffff_0000_0000) >> 4
    }
}
