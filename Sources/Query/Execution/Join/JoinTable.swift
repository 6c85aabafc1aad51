import Segments

/// The rows of one side of a join, found by their keys.
///
/// ```
/// slots: open addressing, at most half full; a search begins at the highest bits of the hash
///          tag (low half of the hash) << 32 | row + 1;   0 is empty
/// next:  the next row of the same keys + 1; 0 at the end
/// ```
///
/// Rows are put in by ascending partition of their hashes, so that what is written at one time is a
/// part of the slots that caches hold. Equal tags are followed by a comparison of the keys.
/// Immutable once built, shared by all workers.
final class JoinTable: Sendable {
    /// The columns of the side.
    let columns: [Column]
    /// How many rows there are to find.
    let rowCount: Int
    /// How many rows the side has, those with a NULL among their keys included.
    let totalCount: Int
    /// Whether some row has a NULL among its keys.
    let hasNullKey: Bool
    private let keys: [JoinKeyColumn]
    private let slots: [UInt64]
    private let next: [UInt32]
    private let shift: UInt64

    /// Fewer rows than this are put in as they come.
    private static let partitionedCount = 1 << 15

    /// A table over `columns`; without keys every row matches every other.
    ///
    /// - Parameters:
    ///   - hashes: One per row, of its keys; empty without keys.
    ///   - validity: The rows without NULL among their keys; nil for all.
    init(
        columns: [Column], keys: [JoinKeyColumn], hashes: [UInt64], validity: Bitmap?,
        rowCount: Int, totalCount: Int
    ) {
        precondition(rowCount < Int(UInt32.max), "a side of a join has too many rows")
        self.columns = columns
        self.keys = keys
        self.rowCount = rowCount
        self.totalCount = totalCount
        hasNullKey = totalCount > rowCount || (validity.map { $0.setCount < rowCount } ?? false)
        guard !keys.isEmpty else {
            (slots, next, shift) = ([], [], 0)
            return
        }
        var bits: UInt64 = 4
        while 1 << bits < rowCount * 2 { bits += 1 }
        shift = 64 - bits
        var slots = [UInt64](repeating: 0, count: 1 << Int(bits))
        var next = [UInt32](repeating: 0, count: rowCount)
        if rowCount < Self.partitionedCount {
            for row in 0..<rowCount where validity?[row] ?? true {
                Self.insert(row, hashes[row], shift, keys, &slots, &next)
            }
        } else {
            let order = PartitionedPositions(hashes).positions
            for row in order where validity?[Int(row)] ?? true {
                Self.insert(Int(row), hashes[Int(row)], shift, keys, &slots, &next)
            }
        }
        self.slots = slots
        self.next = next
    }

    @inline(__always)
    private static func insert(
        _ row: Int, _ hash: UInt64, _ shift: UInt64, _ keys: [JoinKeyColumn],
        _ slots: inout [UInt64], _ next: inout [UInt32]
    ) {
        let mask = slots.count &- 1
        var index = Int(truncatingIfNeeded: hash >> shift)
        let entry = UInt64(UInt32(truncatingIfNeeded: hash)) << 32 | UInt64(row + 1)
        while true {
            let slot = slots[index]
            if slot == 0 {
                slots[index] = entry
                return
            }
            if slot >> 32 == entry >> 32 {
                let other = Int(slot & 0xffff_ffff) - 1
                if keys.allSatisfy({ $0.equals(row, $0, other) }) {
                    next[row] = UInt32(truncatingIfNeeded: slot)
                    slots[index] = entry
                    return
                }
            }
            index = (index &+ 1) & mask
        }
    }

    /// Bytes held besides those of the columns.
    var memoryBytes: Int { slots.count * 8 + next.count * 4 }

    /// The row after `row` (both plus one) with the same keys; 0 for none.
    @inline(__always)
    func row(after row: UInt32) -> UInt32 { next[Int(row) - 1] }

    // MARK: - Search

    /// For each row of a batch the first row here with the same keys, plus one; 0 for none.
    ///
    /// All slots are loaded before the first key is compared, so that misses of the caches overlap.
    func firstRows(
        _ hashes: [UInt64], _ validity: Bitmap?, _ others: [JoinKeyColumn]
    ) -> [UInt32] {
        var found = [UInt32](repeating: 0, count: hashes.count)
        guard rowCount > 0 else { return found }
        let heads = self.heads(hashes)
        switch (keys.count, keys[0], others[0]) {
        case (1, .words(let words), .words(let wanted)):
            search(hashes, heads, validity, &found) { words[$0] == wanted[$1] }
        case (1, .texts(let texts, _), .texts(let wanted, _)):
            search(hashes, heads, validity, &found) {
                ByteStrings.equal(texts.span(at: $0), wanted.span(at: $1))
            }
        default:
            let keys = self.keys
            search(hashes, heads, validity, &found) { row, other in
                for index in keys.indices where !keys[index].equals(row, others[index], other) {
                    return false
                }
                return true
            }
        }
        return found
    }

    private func heads(_ hashes: [UInt64]) -> [UInt64] {
        var heads = [UInt64](repeating: 0, count: hashes.count)
        var output = heads.mutableSpan
        // A local array, for the span to borrow.
        let table = slots
        let slots = table.span
        let hashes = hashes.span
        for row in 0..<hashes.count {
            output[row] = slots[Int(truncatingIfNeeded: hashes[row] >> shift)]
        }
        return heads
    }

    @inline(__always)
    private func search(
        _ hashes: [UInt64], _ heads: [UInt64], _ validity: Bitmap?, _ found: inout [UInt32],
        _ isEqual: (_ row: Int, _ other: Int) -> Bool
    ) {
        let table = slots
        let slots = table.span
        let hashes = hashes.span
        let heads = heads.span
        var output = found.mutableSpan
        let mask = table.count &- 1
        for other in 0..<hashes.count {
            var slot = heads[other]
            guard slot != 0, validity?[other] ?? true else { continue }
            let tag = UInt64(UInt32(truncatingIfNeeded: hashes[other]))
            var index = Int(truncatingIfNeeded: hashes[other] >> shift)
            while slot != 0 {
                if slot >> 32 == tag {
                    let row = UInt32(truncatingIfNeeded: slot)
                    if isEqual(Int(row) &- 1, other) {
                        output[other] = row
                        break
                    }
                }
                index = (index &+ 1) & mask
                slot = slots[index]
            }
        }
    }
}
