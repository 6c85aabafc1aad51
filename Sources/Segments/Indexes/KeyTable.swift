/// Says which rows may have a key, by the key's hash, and nearly always at once that none has.
///
/// ```
///  0  u32  row entries n        4  u32  distinct hashes k
///  8  u8   bits of a row index w     9  seven zero bytes
/// 16  buckets: marks of B = max(1, ⌈3k / 4⌉) runs of one bit each and one more for each key
///     u8 × k    fingerprints, zeros up to a multiple of 8
///     rows of the keys: k runs of n bits in all               (only where k < n)
///     w bits × n, least significant first, in words of 64; and one zero word more
/// ```
///
/// The upper 44 bits of the hash, taken as a fraction of 1 and multiplied by B, are the bucket and,
/// behind the point, the 8 bits of the fingerprint. Keys ascend by those bits, the rows of equal
/// ones ascend too. A bucket has 4/3 keys on average, so that a foreign key meets an equal
/// fingerprint once in 190 times, after one or two cache lines. This *is* the filter: buckets and
/// fingerprints take 10 bits a key, and a filter apart would only say the same again.
/// `docs/decisions/0004-key-index.md` has the figures and what else was measured.
struct KeyTable {
    private static let headerByteCount = 16
    /// Bits of the hash that are not used, so that sorting takes four passes.
    private static let unusedHashBits: UInt64 = 20
    private static let maximumRowWidth = 30

    /// How many rows have a key.
    let entryCount: Int
    /// How many of their hashes differ.
    let keyCount: Int
    private let rowWidth: Int
    private let buckets: RunBits
    private let fingerprintsOffset: Int
    /// The rows of each key; `nil` where every key has one.
    private let runs: RunBits?
    private let rowsOffset: Int

    /// Where a hash belongs among `bucketCount` buckets.
    @inline(__always)
    private static func place(
        of hash: UInt64, _ bucketCount: Int
    ) -> (bucket: Int, fingerprint: UInt8) {
        let product = (hash & ~0 << unusedHashBits)
            .multipliedFullWidth(by: UInt64(truncatingIfNeeded: bucketCount))
        return (
            Int(truncatingIfNeeded: product.high), UInt8(truncatingIfNeeded: product.low >> 56)
        )
    }

    private static func bucketCount(keyCount: Int) -> Int { max(1, (3 * keyCount + 3) / 4) }

    private static func padded(_ count: Int) -> Int { (count + 7) / 8 * 8 }

    /// The table in a payload; throws unless the payload is exactly as long as it says.
    init(_ payload: Span<UInt8>) throws(ByteError) {
        guard payload.count >= Self.headerByteCount else {
            throw .invalid("key table", byteOffset: 0)
        }
        entryCount = Int(Hashing.load32(payload, 0))
        keyCount = Int(Hashing.load32(payload, 4))
        let width = Hashing.load64(payload, 8)
        guard (1...UInt64(Self.maximumRowWidth)).contains(width),
            entryCount <= SegmentFormat.maximumRowCount, keyCount <= entryCount,
            keyCount > 0 || entryCount == 0
        else { throw .invalid("key table header", byteOffset: 0) }
        rowWidth = Int(width)
        let bucketCount = Self.bucketCount(keyCount: keyCount)
        buckets = RunBits(
            markCount: bucketCount, bitCount: bucketCount + keyCount,
            byteOffset: Self.headerByteCount)
        fingerprintsOffset = buckets.endOffset
        let next = fingerprintsOffset + Self.padded(keyCount)
        runs =
            keyCount == entryCount
            ? nil : RunBits(markCount: keyCount, bitCount: entryCount, byteOffset: next)
        rowsOffset = runs?.endOffset ?? next
        guard payload.count == rowsOffset + (entryCount * rowWidth + 63) / 64 * 8 + 8 else {
            throw .invalid("key table length", byteOffset: 0)
        }
    }

    /// The keys of a bucket, as positions among the fingerprints.
    private func keys(
        inBucket bucket: Int, _ payload: Span<UInt8>
    ) throws(ByteError) -> Range<Int> {
        try keys(inBucket: bucket, sample: buckets.sample(before: bucket, payload), payload)
    }

    private func keys(
        inBucket bucket: Int, sample: Int, _ payload: Span<UInt8>
    ) throws(ByteError) -> Range<Int> {
        let bits = try buckets.range(of: bucket, sample: sample, payload)
        // Every bucket up to this one has put its mark before these keys.
        let first = bits.lowerBound - bucket
        let end = bits.upperBound - bucket - 1
        guard first >= 0, end >= first, end <= keyCount else {
            throw .invalid("key table bucket", byteOffset: Self.headerByteCount)
        }
        return first..<end
    }

    /// Whether a row may have a key of that hash: `false` is certain.
    ///
    /// - Precondition: `payload` is the one the table was made from.
    func mayContain(_ hash: UInt64, _ payload: Span<UInt8>) throws(ByteError) -> Bool {
        let (bucket, wanted) = Self.place(of: hash, buckets.markCount)
        for key in try keys(inBucket: bucket, payload)
        where payload[fingerprintsOffset + key] == wanted {
            return true
        }
        return false
    }

    /// The rows that may have a key of that hash, ascending.
    ///
    /// - Precondition: `payload` is the one the table was made from.
    /// - Throws: Where something in the table is out of range.
    func rows(of hash: UInt64, _ payload: Span<UInt8>, rowCount: Int) throws(ByteError) -> [Int] {
        let (bucket, wanted) = Self.place(of: hash, buckets.markCount)
        var found: [Int] = []
        for key in try keys(inBucket: bucket, payload)
        where payload[fingerprintsOffset + key] == wanted {
            for entry in try runs?.range(of: key, payload) ?? key..<key + 1 {
                found.append(try row(at: entry, payload, rowCount: rowCount))
            }
        }
        // Rows of one key ascend; another key of the same fingerprint brings its own.
        if found.count > 1 { found.sort() }
        return found
    }

    /// The rows that may have a key of one of those hashes, hash by hash.
    ///
    /// In steps over all hashes, each of which loads what the next one needs: the memory answers
    /// many of a step's loads at one time, where hash by hash each would wait for the one before.
    ///
    /// - Precondition: `payload` is the one the table was made from.
    /// - Throws: As `rows(of:)`.
    func rows(
        ofAll hashes: [UInt64], _ payload: Span<UInt8>, rowCount: Int
    ) throws(ByteError) -> [Int] {
        try candidates(ofAll: hashes, payload, rowCount: rowCount).map { Int($0.row) }
    }

    /// A row that may have a key, and which of the hashes that were asked for led to it.
    struct Candidate {
        let row: Int32
        let hash: Int32
    }

    /// As `rows(ofAll:)`, each row with the position of its hash.
    func candidates(
        ofAll hashes: [UInt64], _ payload: Span<UInt8>, rowCount: Int
    ) throws(ByteError) -> [Candidate] {
        var samples: [Int] = []
        samples.reserveCapacity(hashes.count)
        for hash in hashes {
            let bucket = Self.place(of: hash, buckets.markCount).bucket
            samples.append(buckets.sample(before: bucket, payload))
        }
        // What is loaded here counts for nothing but that it is in the cache then.
        var touched: UInt64 = 0
        for sample in samples { touched |= buckets.firstWord(from: sample, payload) }
        guard touched != 0 || hashes.isEmpty || keyCount == 0 else {
            throw .invalid("key table bucket", byteOffset: Self.headerByteCount)
        }
        var ranges: [Range<Int>] = []
        ranges.reserveCapacity(hashes.count)
        for (index, hash) in hashes.enumerated() {
            let bucket = Self.place(of: hash, buckets.markCount).bucket
            ranges.append(try keys(inBucket: bucket, sample: samples[index], payload))
        }
        var found: [Candidate] = []
        for (index, hash) in hashes.enumerated() where !ranges[index].isEmpty {
            let wanted = Self.place(of: hash, buckets.markCount).fingerprint
            for key in ranges[index] where payload[fingerprintsOffset + key] == wanted {
                for entry in try runs?.range(of: key, payload) ?? key..<key + 1 {
                    let row = try row(at: entry, payload, rowCount: rowCount)
                    found.append(
                        Candidate(
                            row: Int32(truncatingIfNeeded: row),
                            hash: Int32(truncatingIfNeeded: index)))
                }
            }
        }
        return found
    }

    private func row(
        at entry: Int, _ payload: Span<UInt8>, rowCount: Int
    ) throws(ByteError) -> Int {
        let bit = entry * rowWidth
        let word = Hashing.load64(payload, rowsOffset + bit >> 3) >> UInt64(bit & 7)
        let row = Int(truncatingIfNeeded: word & (1 << UInt64(rowWidth) - 1))
        guard row < rowCount else {
            throw .invalid("row of a key", byteOffset: rowsOffset + bit >> 3)
        }
        return row
    }
}

/// Making a table.
extension KeyTable {
    /// The payload for the hashes of `rows`, which ascend below `rowCount`.
    ///
    /// The same hashes and rows give the same bytes. Never fails, whatever the hashes are.
    ///
    /// - Complexity: four passes over the hashes.
    static func build(_ hashes: [UInt64], rows: [UInt32], rowCount: Int) -> [UInt8] {
        let (keys, order) = RadixOrder.sorted(hashes.map { $0 >> unusedHashBits })
        var starts: [UInt32] = []
        starts.reserveCapacity(order.count)
        for index in keys.indices where index == 0 || keys[index] != keys[index - 1] {
            starts.append(UInt32(truncatingIfNeeded: index))
        }
        let bucketCount = bucketCount(keyCount: starts.count)
        var marks: [UInt32] = []
        marks.reserveCapacity(bucketCount)
        var fingerprints: [UInt8] = []
        fingerprints.reserveCapacity(starts.count)
        for (key, start) in starts.enumerated() {
            let place = place(of: keys[Int(start)] << unusedHashBits, bucketCount)
            while marks.count <= place.bucket {
                marks.append(UInt32(truncatingIfNeeded: marks.count + key))
            }
            fingerprints.append(place.fingerprint)
        }
        while marks.count < bucketCount {
            marks.append(UInt32(truncatingIfNeeded: marks.count + starts.count))
        }
        let rowWidth = max(1, BitPacking.width(of: UInt64(max(0, rowCount - 1))))
        var bytes: [UInt8] = []
        bytes.append(littleEndian: [UInt32(order.count), UInt32(starts.count)].span)
        bytes.append(littleEndian: [UInt64(rowWidth)].span)
        RunBits.append(marks, bitCount: bucketCount + starts.count, to: &bytes)
        bytes.append(contentsOf: fingerprints)
        bytes.pad()
        if starts.count < order.count {
            RunBits.append(starts, bitCount: order.count, to: &bytes)
        }
        append(order, rows, width: rowWidth, to: &bytes)
        return bytes
    }

    /// Appends the rows in that order, bit by bit, and a zero word.
    private static func append(
        _ order: [UInt32], _ rows: [UInt32], width: Int, to bytes: inout [UInt8]
    ) {
        var words = [UInt64](repeating: 0, count: (order.count * width + 63) / 64 + 1)
        var bit = 0
        for position in order {
            let row = UInt64(rows[Int(position)])
            let shift = UInt64(bit & 63)
            words[bit >> 6] |= row << shift
            if Int(shift) + width > 64 { words[bit >> 6 + 1] |= row >> (64 - shift) }
            bit += width
        }
        bytes.append(littleEndian: words.span)
    }
}
