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

    /// The number that eight digits say, the first one least significant in the word; `nil` where
    /// one of them is no digit.
    ///
    /// Digits are joined two, then four, then eight at a time, all pairs in one multiplication.
    @inline(__always)
    static func eightDigits(_ word: UInt64) -> UInt64? {
        // High halves must be 3, and stay so when 6 is added to the low ones.
        guard word & 0xf0f0_f0f0_f0f0_f0f0 == 0x3030_3030_3030_3030,
            (word &+ 0x0606_0606_0606_0606) & 0xf0f0_f0f0_f0f0_f0f0 == 0x3030_3030_3030_3030
        else { return nil }
        let digits = word & 0x0f0f_0f0f_0f0f_0f0f
        let pairs = (digits &* 10 &+ digits &>> 8) & 0x00ff_00ff_00ff_00ff
        let fours = (pairs &* 100 &+ pairs &>> 16) & 0x0000_ffff_0000_ffff
        return (fours &* 10_000 &+ fours &>> 32) & 0xffff_ffff
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
