/// A dense run of bits: bit `i` lies in word `i / 64` at position `i % 64`.
///
/// Bits past `count` in the last word are zero, always.
public struct Bitmap: Hashable, Sendable {
    /// The words, least significant bit first.
    public private(set) var words: [UInt64]
    /// How many bits there are.
    public private(set) var count: Int

    /// `count` equal bits.
    public init(repeating bit: Bool = false, count: Int) {
        self.count = count
        words = Array(repeating: bit ? ~0 : 0, count: (count + 63) / 64)
        clearTail()
    }

    /// Takes words; bits past `count` are cleared.
    ///
    /// - Precondition: exactly the words that `count` bits need.
    public init(words: [UInt64], count: Int) {
        precondition(words.count == (count + 63) / 64)
        self.words = words
        self.count = count
        clearTail()
    }

    /// The bit at `index`.
    @inlinable
    public subscript(index: Int) -> Bool {
        words[index >> 6] >> UInt64(index & 63) & 1 == 1
    }

    /// Sets one bit.
    public mutating func set(_ index: Int, to bit: Bool) {
        let mask: UInt64 = 1 << UInt64(index & 63)
        if bit { words[index >> 6] |= mask } else { words[index >> 6] &= ~mask }
    }

    /// Adds one bit at the end.
    public mutating func append(_ bit: Bool) {
        if count & 63 == 0 { words.append(0) }
        if bit { words[count >> 6] |= 1 << UInt64(count & 63) }
        count += 1
    }

    /// How many bits are set. O(count / 64).
    public var setCount: Int {
        var total = 0
        for word in words { total &+= word.nonzeroBitCount }
        return total
    }

    /// A copy of the bits in `range`. O(range.count / 64).
    public func slice(_ range: Range<Int>) -> Bitmap {
        precondition(range.lowerBound >= 0 && range.upperBound <= count)
        let shift = UInt64(range.lowerBound & 63)
        let first = range.lowerBound >> 6
        var slice = [UInt64](repeating: 0, count: (range.count + 63) / 64)
        for index in slice.indices {
            let low = words[first + index] >> shift
            let hasNext = shift > 0 && first + index + 1 < words.count
            slice[index] = hasNext ? low | words[first + index + 1] << (64 - shift) : low
        }
        return Bitmap(words: slice, count: range.count)
    }

    /// The bits at `rows`, in that order. O(`rows.count`).
    ///
    /// - Precondition: every row is below `count`.
    public func gather(_ rows: Span<Int32>) -> Bitmap {
        var gathered = [UInt64](repeating: 0, count: (rows.count + 63) / 64)
        let source = words.span
        for index in gathered.indices {
            let part = rows.extracting(index &* 64..<min(index &* 64 &+ 64, rows.count))
            var word: UInt64 = 0
            for bit in 0..<part.count {
                let row = Int(part[bit])
                word |= (source[row >> 6] &>> UInt64(row & 63) & 1) &<< UInt64(bit)
            }
            gathered[index] = word
        }
        return Bitmap(words: gathered, count: rows.count)
    }

    private mutating func clearTail() {
        if count & 63 != 0, !words.isEmpty {
            words[words.count - 1] &= ~0 >> UInt64(64 - count & 63)
        }
    }
}
