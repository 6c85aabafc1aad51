/// The file of an id run, `idx/<table>-<after>-<through>.run`: sorted hashes in Elias-Fano code.
///
/// ```
///   0  8 bytes  "DAYBKIDS"
///   8  u32  format version, 1          12  u32  table
///  16  u128 database
///  32  u64  after                      40  u64  through: of rows at positions (after, through]
///  48  u64  hashes n                   56  u64  room for so many hashes, c ≥ n
///  64  u128 prefix of the smallest id  80  u128 prefix of the largest id
///  96  u32  bits of a bucket b        100  u32  zero
/// 104  u32 × 3  CRC-32C of each part  116  u32 × 2  zeros
/// 124  u32  CRC-32C of bytes 0 to 123
/// 128  part 1: u32 × ⌈2^b / 128⌉  where mark 0, 128, 256 ... is, in bits; zeros up to 8 bytes
///      part 2: u64 × ⌈(2^b + c) / 64⌉  buckets: a mark each, and a zero for every hash in it
///      part 3: u64 × ⌈c (40 - b) / 64⌉ + 1  the other bits of each hash, one behind the other
/// ```
///
/// A hash has 40 bits; the upper b are its bucket. Hashes are spread evenly, so that b = log2 c,
/// cut off, leaves one or two in a bucket: a hash takes 1.5 to 2 bits of part 2 and 40 - b of part
/// 3, in all 2.8 bytes at a million, 2.4 at ten million, 2.0 at a hundred million. Parts 1 and 2
/// are `RunBits`. The file grows at two places at a time, each front to back; c is known before, n
/// in the end: equal hashes are kept once.
struct IDRunLayout: Hashable {
    static let magic: UInt64 = 0x5344_494b_4259_4144
    static let version: UInt32 = 1
    static let headerByteCount = 128
    /// Positions of bits are kept in 32 bits.
    static let maximumCount = 1 << 30

    /// Room for so many hashes.
    let capacity: Int
    /// How many of a hash's bits say its bucket.
    let bucketBits: Int

    init(capacity: Int) {
        precondition(capacity >= 0 && capacity <= Self.maximumCount)
        self.capacity = capacity
        bucketBits = max(1, capacity).bitWidth - 1 - max(1, capacity).leadingZeroBitCount
    }

    var bucketCount: Int { 1 << bucketBits }
    /// How many of a hash's bits are in part 3.
    var lowBits: Int { IDHash.keptBits - bucketBits }
    var sampleCount: Int { (bucketCount + RunBits.sampleStep - 1) / RunBits.sampleStep }
    var upperOffset: Int { Self.headerByteCount + (sampleCount + 1) / 2 * 8 }
    var upperWordCount: Int { (bucketCount + capacity + 63) / 64 }
    var lowerOffset: Int { upperOffset + upperWordCount * 8 }
    var lowerWordCount: Int { (capacity * lowBits + 63) / 64 + 1 }
    var byteCount: Int { lowerOffset + lowerWordCount * 8 }

    /// The three parts.
    var parts: [Range<Int>] {
        [Self.headerByteCount..<upperOffset, upperOffset..<lowerOffset, lowerOffset..<byteCount]
    }
}

/// What an id run is of, besides its hashes.
public struct IDRunFacts: Hashable, Sendable {
    /// The database whose seed the hashes have.
    public var databaseID: UInt128
    /// Whose ids they are.
    public var tableID: TableID
    /// The ids are those of all rows behind this log position
    public var afterLSN: UInt64
    /// and up to this one; perhaps more.
    public var throughLSN: UInt64
    /// What the ids lie between.
    public var bounds: KeyBounds

    /// Facts; see the properties.
    public init(
        databaseID: UInt128, tableID: TableID, afterLSN: UInt64, throughLSN: UInt64,
        bounds: KeyBounds
    ) {
        self.databaseID = databaseID
        self.tableID = tableID
        self.afterLSN = afterLSN
        self.throughLSN = throughLSN
        self.bounds = bounds
    }

    /// The facts of runs that follow each other, as one.
    ///
    /// - Precondition: at least one, of one table.
    init(joining runs: [IDRun]) {
        self = runs[0].facts
        for run in runs {
            precondition(run.facts.databaseID == databaseID && run.facts.tableID == tableID)
            bounds.add(run.facts.bounds)
            afterLSN = min(afterLSN, run.facts.afterLSN)
            throughLSN = max(throughLSN, run.facts.throughLSN)
        }
    }
}

/// Why an id run cannot be used; whoever meets it makes the run anew from the segments.
public enum IDRunError: Error, Hashable, Sendable {
    /// The file could not be read or written.
    case file(FileError)
    /// The file is not what was written; `what` says of which part.
    case damaged(path: String, what: String)
    /// The file is of another database, table or range of positions than its name or place says.
    case foreign(path: String, what: String)
}

extension IDRunError: CustomStringConvertible {
    /// One sentence.
    public var description: String {
        switch self {
        case .file(let error): error.description
        case .damaged(let path, let what): "\(path) is damaged: \(what)"
        case .foreign(let path, let what): "\(path) does not belong here: \(what)"
        }
    }
}

extension IDRunLayout {
    /// The header's bytes.
    func header(_ facts: IDRunFacts, count: Int, checksums: [UInt32]) -> [UInt8] {
        var writer = ByteWriter(capacity: Self.headerByteCount)
        writer.append(Self.magic)
        writer.append(Self.version)
        writer.append(facts.tableID.rawValue)
        writer.append(facts.databaseID)
        writer.append(facts.afterLSN)
        writer.append(facts.throughLSN)
        writer.append(UInt64(count))
        writer.append(UInt64(capacity))
        writer.append(facts.bounds.lowest)
        writer.append(facts.bounds.highest)
        writer.append(UInt32(bucketBits))
        writer.append(UInt32(0))
        for checksum in checksums { writer.append(checksum) }
        writer.append(UInt64(0))
        writer.append(Checksum.crc32c(writer.bytes))
        return writer.bytes
    }

    /// What a header says.
    struct Header {
        let layout: IDRunLayout
        let facts: IDRunFacts
        let count: Int
        let checksums: [UInt32]
    }

    /// Reads a header; throws a word for what is wrong with it.
    static func header(_ bytes: [UInt8]) throws(ByteError) -> Header {
        guard bytes.count == headerByteCount else {
            throw .truncated(byteOffset: 0, needed: headerByteCount, available: bytes.count)
        }
        var reader = ByteReader(bytes)
        guard try reader.readUInt64() == magic else { throw .invalid("magic", byteOffset: 0) }
        guard Checksum.crc32c(Array(bytes[..<124])) == UInt32(littleEndianBytes: bytes[124...])
        else { throw .invalid("header checksum", byteOffset: 124) }
        guard try reader.readUInt32() == version else { throw .invalid("version", byteOffset: 8) }
        let table = TableID(try reader.readUInt32())
        let database = UInt128(truncatingIfNeeded: try reader.readInt128())
        let after = try reader.readUInt64()
        let through = try reader.readUInt64()
        let count = try reader.readUInt64()
        let capacity = try reader.readUInt64()
        let bounds = KeyBounds(
            lowest: UInt128(truncatingIfNeeded: try reader.readInt128()),
            highest: UInt128(truncatingIfNeeded: try reader.readInt128()))
        let bucketBits = try reader.readUInt32()
        _ = try reader.readUInt32()
        let checksums = [
            try reader.readUInt32(), try reader.readUInt32(), try reader.readUInt32(),
        ]
        guard count <= capacity, capacity <= UInt64(maximumCount), after <= through else {
            throw .invalid("counts", byteOffset: 32)
        }
        let layout = IDRunLayout(capacity: Int(capacity))
        guard layout.bucketBits == Int(bucketBits) else {
            throw .invalid("bucket bits", byteOffset: 96)
        }
        return Header(
            layout: layout,
            facts: IDRunFacts(
                databaseID: database, tableID: table, afterLSN: after, throughLSN: through,
                bounds: bounds),
            count: Int(count), checksums: checksums)
    }
}

extension UInt32 {
    /// Four bytes, the least significant first.
    fileprivate init(littleEndianBytes bytes: ArraySlice<UInt8>) {
        self = bytes.reversed().reduce(0) { $0 << 8 | UInt32($1) }
    }
}
