/// Eight bytes at a time: the one file of the parser that reads memory as words.
enum Words {
    private static let ones: UInt64 = 0x0101_0101_0101_0101
    private static let highs: UInt64 = 0x8080_8080_8080_8080

    /// The eight bytes at `byteOffset`, the first one least significant.
    ///
    /// - Precondition: eight bytes lie there.
    @inline(__always)
    static func load(_ bytes: Span<UInt8>, _ byteOffset: Int) -> UInt64 {
        precondition(byteOffset >= 0 && byteOffset &+ 8 <= bytes.count)
        // SAFETY: the eight bytes lie within the span, as just checked; any bits are a UInt64.
        return unsafe UInt64(
            littleEndian: bytes.bytes.unsafeLoadUnaligned(
                fromUncheckedByteOffset: byteOffset, as: UInt64.self))
    }

    /// Marks, in the high bit of its byte, the first byte that ends a plain run of a JSON string:
    /// a quote, a backslash, a control character or a byte of a multi-byte character.
    ///
    /// Bits above the lowest one set mean nothing: a borrow may have put them there.
    @inline(__always)
    static func stringStops(_ word: UInt64) -> UInt64 {
        let quotes = word ^ (ones &* UInt64(UInt8(ascii: "\"")))
        let backslashes = word ^ (ones &* UInt64(UInt8(ascii: "\\")))
        let isQuote = (quotes &- ones) & ~quotes
        let isBackslash = (backslashes &- ones) & ~backslashes
        let isControl = (word &- ones &* 0x20) & ~word
        return (isQuote | isBackslash | isControl | word) & highs
    }

    /// Whether one of a word's eight bytes is 0x20 or less.
    ///
    /// A byte below 0x21 borrows from its high bit when 0x21 is taken away; bytes of 0x80 and more
    /// are masked out. A borrow may mark the byte above a true one, never without a true one.
    @inline(__always)
    static func holdsBlank(_ word: UInt64) -> Bool {
        (word &- 0x2121_2121_2121_2121) & ~word & 0x8080_8080_8080_8080 != 0
    }
}
