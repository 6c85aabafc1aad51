/// The rows of every key, found by hash: buckets by the hash's top bits, in each bucket ascending
/// 16-bit fingerprints with their row indices.
///
/// ```
/// 0  u32  entry count n         4  u8  bucket bits b      5  u8  bytes of a row index w
/// 6  u16  0                     8  u32 × (2^b + 1)        first entry of each bucket, and n
///    zeros up to a multiple of 8    u16 × n               fingerprints
///    zeros up to a multiple of 8    w bytes × n           row indices
///    zeros up to a multiple of 8
/// ```
///
/// The fingerprint is the 16 bits of the hash behind the bucket's. About eight entries share a
/// bucket, so that a look-up reads two or three cache lines and one foreign row in 8,000 passes.
struct KeyTable {
    private static let bucketTarget = 8
    private static let maximumBucketBits = 30

    let entryCount: Int
    private let bucketBits: Int
    private let rowByteCount: Int

    /// The payload for the hashes of `rows`, and how many hashes differ.
    static func build(
        _ hashes: [UInt64], rows: [UInt32], rowCount: Int
    ) -> (payload: [UInt8], distinctCount: Int) {
        let order = RadixOrder.positions(ordering: hashes)
        var bits = 0
        while bits < maximumBucketBits, bucketTarget << bits < hashes.count { bits += 1 }
        let rowByteCount = max(1, (BitPacking.width(of: UInt64(max(0, rowCount - 1))) + 7) / 8)

        var starts = [UInt32](repeating: 0, count: 1 << bits + 1)
        var fingerprints: [UInt16] = []
        fingerprints.reserveCapacity(hashes.count)
        var rowBytes: [UInt8] = []
        rowBytes.reserveCapacity(hashes.count * rowByteCount + 8)
        var distinctCount = 0
        var previous: UInt64?
        for position in order {
            let hash = hashes[Int(position)]
            if previous != hash { distinctCount += 1 }
            previous = hash
            starts[Self.bucket(of: hash, bits) + 1] += 1
            fingerprints.append(Self.fingerprint(of: hash, bits))
            var row = rows[Int(position)]
            for _ in 0..<rowByteCount {
                rowBytes.append(UInt8(truncatingIfNeeded: row))
                row >>= 8
            }
        }
        for bucket in 1..<starts.count { starts[bucket] += starts[bucket - 1] }
        var bytes: [UInt8] = []
        bytes.append(littleEndian: [UInt32(hashes.count)].span)
        bytes.append(contentsOf: [UInt8(bits), UInt8(rowByteCount), 0, 0])
        bytes.append(littleEndian: starts.span)
        bytes.pad()
        bytes.append(littleEndian: fingerprints.span)
        bytes.pad()
        bytes.append(contentsOf: rowBytes)
        bytes.pad()
        return (bytes, distinctCount)
    }

    private static func bucket(of hash: UInt64, _ bits: Int) -> Int {
        bits == 0 ? 0 : Int(truncatingIfNeeded: hash >> UInt64(64 - bits))
    }

    private static func fingerprint(of hash: UInt64, _ bits: Int) -> UInt16 {
        UInt16(truncatingIfNeeded: (hash << UInt64(bits)) >> 48)
    }

    /// The table in a payload; throws unless the payload is exactly as long as it says.
    init(_ payload: Span<UInt8>) throws(ByteError) {
        guard payload.count >= 16 else { throw .invalid("key table", byteOffset: 0) }
        entryCount = Int(Hashing.load32(payload, 0))
        bucketBits = Int(payload[4])
        rowByteCount = Int(payload[5])
        guard bucketBits <= Self.maximumBucketBits, (1...4).contains(rowByteCount),
            payload[6] == 0, payload[7] == 0
        else { throw .invalid("key table header", byteOffset: 4) }
        guard payload.count == rowsOffset + Self.padded(entryCount * rowByteCount) else {
            throw .invalid("key table length", byteOffset: 0)
        }
    }

    private static func padded(_ count: Int) -> Int { (count + 7) / 8 * 8 }
    private var fingerprintsOffset: Int { 8 + Self.padded((1 << bucketBits + 1) * 4) }
    private var rowsOffset: Int { fingerprintsOffset + Self.padded(entryCount * 2) }

    /// The rows that may have a key of that hash, ascending.
    ///
    /// - Precondition: `payload` is the one the table was made from.
    /// - Throws: Where a bucket or a row is out of range.
    func rows(of hash: UInt64, _ payload: Span<UInt8>, rowCount: Int) throws(ByteError) -> [Int] {
        let range = try bucketRange(Self.bucket(of: hash, bucketBits), payload)
        let wanted = Self.fingerprint(of: hash, bucketBits)
        var low = range.lowerBound
        var high = range.upperBound
        while low < high {
            let middle = (low + high) / 2
            if fingerprint(at: middle, payload) < wanted { low = middle + 1 } else { high = middle }
        }
        var found: [Int] = []
        while low < range.upperBound, fingerprint(at: low, payload) == wanted {
            found.append(try row(at: low, payload, rowCount: rowCount))
            low += 1
        }
        found.sort()
        return found
    }

    /// The entries of one bucket.
    func bucketRange(_ bucket: Int, _ payload: Span<UInt8>) throws(ByteError) -> Range<Int> {
        let start = Int(Hashing.load32(payload, 8 + bucket * 4))
        let end = Int(Hashing.load32(payload, 12 + bucket * 4))
        guard start <= end, end <= entryCount else {
            throw .invalid("key table bucket", byteOffset: 8 + bucket * 4)
        }
        return start..<end
    }

    private func fingerprint(at entry: Int, _ payload: Span<UInt8>) -> UInt16 {
        let at = fingerprintsOffset + entry * 2
        return UInt16(payload[at]) | UInt16(payload[at + 1]) << 8
    }

    private func row(
        at entry: Int, _ payload: Span<UInt8>, rowCount: Int
    ) throws(ByteError) -> Int {
        let at = rowsOffset + entry * rowByteCount
        var row = 0
        for byte in 0..<rowByteCount { row |= Int(payload[at + byte]) << (8 * byte) }
        guard row < rowCount else { throw .invalid("row of a key", byteOffset: at) }
        return row
    }
}
