/// Ascending integers in little more than the bits that they must take: Elias and Fano's code.
///
/// ```
/// u32  count m           u8  low bits l           u8 0, u16 0           u64  universe U
/// u32 × ⌈zeros / 512⌉    bit of every 512th zero of the upper bits
///      zeros up to a multiple of 8
/// u64 × ⌈(m + zeros) / 64⌉   upper bits: for the i-th integer v, bit (v >> l) + i is set
///      lower bits: v mod 2^l of each, bit-packed (`BitPacking`); nothing where l is 0
/// ```
///
/// Every v is below U; there are (U >> l) + 1 zeros. With l = log2(U / m) an integer takes about
/// l + 2 bits, and the first one that is not below a bound is found in constant time. See Vigna,
/// "Quasi-succinct indices", 2013.
struct AscendingList {
    private static let zerosPerSample = 512
    /// Integers are below this.
    static let maximumUniverse: UInt64 = 1 << 56

    let count: Int
    private let universe: UInt64
    private let lowWidth: Int
    private let samplesOffset: Int
    private let highOffset: Int
    private let lowOffset: Int
    private let highBitCount: Int

    private static func lowWidth(count: Int, universe: UInt64) -> Int {
        guard count > 0 else { return 0 }
        return max(0, 63 - (universe / UInt64(count)).leadingZeroBitCount)
    }

    /// Bytes that `count` integers below `universe` take.
    static func byteCount(count: Int, universe: UInt64) -> Int {
        let width = lowWidth(count: count, universe: universe)
        let zeros = Int(universe >> UInt64(width)) + 1
        return lowOffset(count: count, zeros: zeros)
            + (width == 0 ? 0 : BitPacking.byteCount(count: count, width: width))
    }

    private static func highOffset(zeros: Int) -> Int {
        16 + ((zeros + zerosPerSample - 1) / zerosPerSample * 4 + 7) / 8 * 8
    }

    private static func lowOffset(count: Int, zeros: Int) -> Int {
        highOffset(zeros: zeros) + (count + zeros + 63) / 64 * 8
    }

    /// The bytes of `values`, each above the one before and below `universe`.
    static func encode(_ values: [UInt64], universe: UInt64) -> [UInt8] {
        precondition(universe <= maximumUniverse)
        let width = lowWidth(count: values.count, universe: universe)
        let zeros = Int(universe >> UInt64(width)) + 1
        var high = [UInt64](repeating: 0, count: (values.count + zeros + 63) / 64)
        var low: [Int64] = []
        low.reserveCapacity(width == 0 ? 0 : values.count)
        let mask: UInt64 = 1 << UInt64(width) - 1
        for (index, value) in values.enumerated() {
            let bit = Int(value >> UInt64(width)) + index
            high[bit >> 6] |= 1 << UInt64(bit & 63)
            if width > 0 { low.append(Int64(value & mask)) }
        }
        var bytes: [UInt8] = []
        bytes.append(littleEndian: [UInt32(values.count), UInt32(width)].span)
        bytes.append(littleEndian: [universe].span)
        bytes.append(littleEndian: samples(high, zeros: zeros).span)
        bytes.pad()
        bytes.append(littleEndian: high.span)
        if width > 0 { BitPacking.pack(low.span, base: 0, width: width, into: &bytes) }
        return bytes
    }

    private static func samples(_ high: [UInt64], zeros: Int) -> [UInt32] {
        var samples: [UInt32] = []
        var seen = 0
        for bit in 0..<high.count * 64 where seen < zeros {
            guard high[bit >> 6] >> UInt64(bit & 63) & 1 == 0 else { continue }
            if seen % zerosPerSample == 0 { samples.append(UInt32(bit)) }
            seen += 1
        }
        return samples
    }

    /// The list in a payload; throws unless the payload is exactly as long as it says.
    init(_ payload: Span<UInt8>) throws(ByteError) {
        guard payload.count >= 16 else { throw .invalid("ascending list", byteOffset: 0) }
        count = Int(Hashing.load32(payload, 0))
        lowWidth = Int(Hashing.load32(payload, 4))
        universe = Hashing.load64(payload, 8)
        guard universe <= Self.maximumUniverse,
            lowWidth == Self.lowWidth(count: count, universe: universe)
        else { throw .invalid("header of an ascending list", byteOffset: 4) }
        let zeros = universe >> UInt64(lowWidth) + 1
        guard zeros <= UInt64(payload.count) * 8,
            payload.count == Self.byteCount(count: count, universe: universe)
        else { throw .invalid("length of an ascending list", byteOffset: 0) }
        samplesOffset = 16
        highOffset = Self.highOffset(zeros: Int(zeros))
        lowOffset = Self.lowOffset(count: count, zeros: Int(zeros))
        highBitCount = (lowOffset - highOffset) * 8
    }

    /// Hands over the integers within `range`, ascending, until `body` throws.
    ///
    /// - Precondition: `payload` is the one the list was made from.
    /// - Throws: Where the upper bits end too early.
    /// - Complexity: O(1) and O(integers in the range).
    func forEach(
        in range: Range<UInt64>, _ payload: Span<UInt8>, _ body: (UInt64) throws(ByteError) -> Void
    ) throws(ByteError) {
        guard !range.isEmpty, range.lowerBound < universe else { return }
        var bucket = range.lowerBound >> UInt64(lowWidth)
        var bit = try start(ofBucket: Int(bucket), payload)
        var index = bit - Int(bucket)
        while index < count {
            guard bit < highBitCount else { throw .invalid("upper bits", byteOffset: highOffset) }
            var word = Hashing.load64(payload, highOffset + bit >> 6 * 8) >> UInt64(bit & 63)
            let end = min(highBitCount, (bit | 63) + 1)
            while bit < end, index < count {
                if word & 1 == 0 {
                    bucket += 1
                } else {
                    let value = bucket << UInt64(lowWidth) | low(at: index, payload)
                    if value >= range.upperBound { return }
                    if value >= range.lowerBound { try body(value) }
                    index += 1
                }
                word >>= 1
                bit += 1
            }
            if bucket << UInt64(lowWidth) >= range.upperBound { return }
        }
    }

    private func low(at index: Int, _ payload: Span<UInt8>) -> UInt64 {
        let packed = payload.extracting(lowOffset..<payload.count)
        return BitPacking.distance(at: index, in: packed, width: lowWidth)
    }

    /// The upper bit behind the zero that closes the bucket before `bucket`.
    private func start(ofBucket bucket: Int, _ payload: Span<UInt8>) throws(ByteError) -> Int {
        guard bucket > 0 else { return 0 }
        let wanted = bucket - 1
        let sample = wanted / Self.zerosPerSample
        var bit = Int(Hashing.load32(payload, samplesOffset + sample * 4))
        // How many zeros are still to come, the one at `bit` included.
        var left = wanted - sample * Self.zerosPerSample + 1
        while bit < highBitCount {
            let word = ~Hashing.load64(payload, highOffset + bit >> 6 * 8) >> UInt64(bit & 63)
            let zeros = word & (~0 >> UInt64(bit & 63))
            let zeroCount = zeros.nonzeroBitCount
            if zeroCount >= left {
                var rest = zeros
                for _ in 1..<left { rest &= rest &- 1 }
                let found = bit + rest.trailingZeroBitCount + 1
                guard found - bucket >= 0, found - bucket <= count else { break }
                return found
            }
            left -= zeroCount
            bit = (bit | 63) + 1
        }
        throw .invalid("upper bits", byteOffset: highOffset)
    }
}
