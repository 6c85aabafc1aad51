/// The numbers of the segment file format; `docs/segment-format.md` draws it.
///
/// ```
/// | header | block | block | ... | footer block | trailer |      every | at a multiple of 64 bytes
/// ```
public enum SegmentFormat {
    /// The version this build writes, and the only one it reads.
    public static let version: UInt32 = 1

    /// Rows of a column in one block; the last block of a column may have fewer.
    public static let blockRowCount = 16_384

    /// The most rows of one segment, so that a row index fits 32 bits with room.
    public static let maximumRowCount = 1 << 30

    /// The most array elements in one block; bounds what a reader allocates for it.
    public static let maximumBlockElementCount = 1 << 24

    /// The most entries of a dictionary.
    public static let maximumDictionaryCount = 1 << 20

    /// The most bytes of all entries of a dictionary.
    public static let maximumDictionaryByteCount = 256 << 20

    /// The same for the texts of a JSON column, which a query reads as a whole.
    static let maximumJSONDictionaryByteCount = 32 << 20

    /// The most JSON paths of one column that have a column of their own.
    static let maximumPathCount = JSONShredder.maximumPathCount

    /// The most bytes of a block's payload.
    public static let maximumPayloadByteCount = Int(Int32.max)

    /// Everything starts at a multiple of this many bytes.
    static let alignment = 64
    static let headerByteCount = 64
    static let blockHeaderByteCount = 32
    static let trailerByteCount = 64

    /// `DAYBKSEG`, read as a little-endian integer.
    static let headerMagic: UInt64 = 0x4745_534b_4259_4144
    /// `DAYBKEND`, read as a little-endian integer.
    static let trailerMagic: UInt64 = 0x444e_454b_4259_4144

    /// How many blocks a column of `rowCount` rows has.
    static func blockCount(rowCount: Int) -> Int { (rowCount + blockRowCount - 1) / blockRowCount }

    /// `byteCount` rounded up to the alignment.
    static func aligned(_ byteCount: Int) -> Int {
        (byteCount + alignment - 1) / alignment * alignment
    }
}

/// How values become bytes. The codes are part of the format and are never reused.
public enum BlockEncoding: UInt8, Hashable, Sendable, CaseIterable {
    /// Opaque bytes with a layout of their own: footer and indexes.
    case opaque = 0
    /// One value, stored once.
    case constant = 1
    /// Distances from the smallest value, bit-packed.
    case packed = 2
    /// Distances between neighbours, in a form of their own.
    case delta = 3
    /// Values as they lie in memory.
    case plain = 4
    /// One bit a value.
    case bits = 5
    /// Lengths, then the bytes of the strings in pages.
    case text = 6
    /// Lengths, then the elements as a column of their own.
    case arrays = 7
    /// Doubles that are integers divided by a power of ten, and the few that are not.
    case scaled = 8
    /// Distances from the smallest value, divided by their common step, bit-packed.
    case stepped = 10
    /// The same, with the upper bits of a few of them kept apart.
    case patched = 11
    /// One frequent value, and the others behind a bit a row.
    case sparse = 12
    /// One value for each run of equal ones, behind a bit a row.
    case runs = 13
    /// Distances between the distances between neighbours, in a form of their own.
    case deltaOfDelta = 14
    /// Doubles in two halves: exponent with sign, and mantissa.
    case split = 15
    /// 128-bit integers as distances from the smallest one.
    case wide = 16
    /// Sorted strings as what each adds to the one before.
    case frontCoded = 17
    /// Texts as codes of a pattern: distances from the smallest, bit-packed.
    case packedText = 9
    /// For each row the place of its text among the block's distinct ones, then these, packed.
    case repeatedText = 18
}

/// How bytes become fewer. The codes are part of the format and are never reused.
public enum BlockCodec: UInt8, Hashable, Sendable, CaseIterable {
    case none = 0
    case lz4 = 1
    case zstd = 2
}

/// What a block holds. The codes are part of the format and are never reused.
enum BlockKind: UInt8, Hashable, Sendable {
    case column = 1
    case dictionary = 2
    case keys = 4
    case footer = 5
    case codeIndex = 6
}
