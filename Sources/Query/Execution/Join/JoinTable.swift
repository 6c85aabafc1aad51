import Segments

/// The rows of one side of a join, found by their keys; without keys every row matches every other.
///
/// Immutable once built, shared by all workers.
final class JoinTable: Sendable {
    /// The columns of the side; nil for those that nobody asks for.
    let columns: [Column?]
    /// For each key of texts, the integers they became; nil where keys are as they were.
    let textKeys: [JoinTextKeys?]
    /// The values of each key where rows are few; else empty.
    let keySamples: [Column]
    /// How many rows there are to find.
    let rowCount: Int
    /// How many rows the side has, those with a NULL among their keys included.
    let totalCount: Int
    /// Whether some row has a NULL among its keys.
    let hasNullKey: Bool
    /// What rows are found by.
    let slots: JoinSlots
    /// The keys of all rows.
    let keys: [JoinKeyColumn]

    /// A table over `columns`.
    init(
        columns: [Column?], keys: [JoinKeyColumn], textKeys: [JoinTextKeys?], keySamples: [Column],
        slots: JoinSlots, rowCount: Int, hasNullKey: Bool, totalCount: Int
    ) {
        self.columns = columns
        self.keys = keys
        self.textKeys = textKeys
        self.keySamples = keySamples
        self.slots = slots
        self.rowCount = rowCount
        self.hasNullKey = hasNullKey
        self.totalCount = totalCount
    }

    /// Bytes held.
    var memoryBytes: Int {
        var bytes = slots.memoryBytes
        for column in columns { bytes += column?.byteCount ?? 0 }
        for column in keySamples { bytes += column.byteCount }
        for key in keys { bytes += key.memoryBytes }
        for texts in textKeys { bytes += texts?.memoryBytes ?? 0 }
        return bytes
    }

    /// For each row of a batch the first row here with the same keys, plus one; 0 for none.
    ///
    /// - Parameters:
    ///   - candidates: Rows to look for; nil for all.
    ///   - others: The keys of the batch's rows.
    /// - Precondition: there are keys, and rows.
    func firstRows(
        _ hashes: [UInt64], _ candidates: Bitmap?, _ others: [JoinKeyColumn]
    ) -> [UInt32] {
        switch (keys.count, keys[0], others[0]) {
        case (1, .words(let words), .words(let wanted)):
            return slots.firstRows(hashes, candidates) { words[$0] == wanted[$1] }
        case (1, .wide(let words), .wide(let wanted)):
            return slots.firstRows(hashes, candidates) { words[$0] == wanted[$1] }
        case (1, .texts(let texts, _), .texts(let wanted, _)):
            return slots.firstRows(hashes, candidates) {
                ByteStrings.equal(texts.span(at: $0), wanted.span(at: $1))
            }
        default:
            let keys = keys
            return slots.firstRows(hashes, candidates) { row, other in
                for index in keys.indices where !keys[index].equals(row, others[index], other) {
                    return false
                }
                return true
            }
        }
    }
}
