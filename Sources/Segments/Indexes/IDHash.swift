/// The hash under which ids are known in memory and in id runs.
///
/// Seeded by the database, so that nobody who does not know it can choose ids that collide. It only
/// says which ids are new for sure: whatever else it finds is compared in full.
public enum IDHash {
    /// So many of the upper bits are kept in id runs.
    static let keptBits = 40
    /// The lower bits, which whoever asks a run may use for something of his own.
    public static let freeBits = 64 - keptBits

    /// The seed of a database.
    public static func seed(of databaseID: UInt128) -> UInt64 { Hashing.hash(databaseID) }

    /// The hash of every row's id.
    ///
    /// - Precondition: a column of VARCHAR or BIGINT without NULLs.
    public static func hashes(of ids: Column, seed: UInt64) -> [UInt64] {
        var hashes: [UInt64] = []
        hashes.reserveCapacity(ids.count)
        switch ids.withoutPackedTexts.values {
        case .strings(let strings):
            for row in 0..<strings.count {
                hashes.append(Hashing.hash(strings.span(at: row), seed: seed))
            }
        case .codes(let codes, let dictionary):
            let words = dictionary.values
            for code in codes { hashes.append(Hashing.hash(words.span(at: Int(code)), seed: seed)) }
        case .integers(let values):
            for value in values {
                hashes.append(Hashing.mix(UInt64(bitPattern: value), seed: seed))
            }
        case .booleans, .wideIntegers, .doubles, .packedTexts, .widePackedTexts, .arrays:
            preconditionFailure("an id is a VARCHAR or a BIGINT")
        }
        return hashes
    }

    /// Puts hashes in an order in which id runs are best asked: ascending by their upper bits.
    public static func order(_ hashes: inout [UInt64]) {
        RadixOrder.sort(&hashes, fromBit: orderedFromBit)
    }

    /// Two passes; what they leave apart lies within a few thousand bytes of any run.
    private static let orderedFromBit = 42
}
