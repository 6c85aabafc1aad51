import Segments

/// The rows that slots are made of.
struct JoinRows: Sendable {
    let keys: [JoinKeyColumn]
    /// One per row.
    let hashes: [UInt64]
    /// The rows to be found; nil for all.
    let validity: Bitmap?
    /// Runs of rows by the partition of their hashes, each with its first row, from which its
    /// positions count; nil for one partition of all rows as they come.
    let order: [(start: Int, positions: PartitionedPositions)]?
}

/// Where the rows of a join's table are found by their hashes.
///
/// ```
/// slots: a range for each partition of the hashes (their highest bits), in each open addressing,
///          about half full at most; a search begins at the next bits of the hash, and ends within
///          the range
///          tag (low half of the hash) << 32 | row + 1;   0 is empty
/// next:  the next row of the same keys + 1; 0 at the end; empty where no two rows are the same
/// ```
///
/// Equal tags are followed by a comparison of the keys. Immutable once made.
struct JoinSlots: Sendable {
    private let slots: [UInt64]
    private let next: [UInt32]
    private let shift: UInt64
    /// Slots of a partition, less one: a power of two, less one.
    private let rangeMask: Int

    /// Of no rows.
    init() { (slots, next, shift, rangeMask) = ([], [], 0, 0) }

    private init(_ slots: [UInt64], _ next: [UInt32], shift: UInt64, rangeMask: Int) {
        (self.slots, self.next, self.shift, self.rangeMask) = (slots, next, shift, rangeMask)
    }

    /// Bytes held.
    var memoryBytes: Int { slots.count * 8 + next.count * 4 }

    /// Whether rows may have the same keys.
    var hasDuplicates: Bool { !next.isEmpty }

    /// The row after `row` (both plus one) with the same keys; 0 for none.
    @inline(__always)
    func row(after row: UInt32) -> UInt32 { next.isEmpty ? 0 : next[Int(row) - 1] }

    // MARK: - Making

    /// What a partition could not know of others: for rows with a like one before them, that one.
    private typealias Links = [(row: Int, next: UInt32)]

    /// Slots of `rows`, partitions on all workers.
    static func made(of rows: JoinRows, _ context: QueryContext) throws(QueryError) -> JoinSlots {
        let rowCount = rows.hashes.count
        let partitionBits = rows.order == nil ? 0 : RadixPartitions.bitCount
        var bits = partitionBits + 4
        while 1 << bits < rowCount * 2 { bits += 1 }
        while true {
            let rangeBits = bits - partitionBits
            let ranges = (0..<1 << Int(partitionBits)).map {
                $0 << Int(rangeBits)..<($0 + 1) << Int(rangeBits)
            }
            let shift = 64 - bits
            let (slots, links) = try ParallelFill.array(ranges, 0, context) {
                (partition, output: inout MutableSpan<UInt64>) -> Links? in
                Self.fill(&output, rows, partition, shift)
            }
            // Hashes are spread evenly, but nothing says that they must be.
            guard !links.contains(where: { $0 == nil }) else {
                bits += 1
                continue
            }
            return JoinSlots(
                slots, chained(links, rowCount), shift: shift, rangeMask: 1 << Int(rangeBits) - 1)
        }
    }

    private static func chained(_ links: [Links?], _ rowCount: Int) -> [UInt32] {
        guard links.contains(where: { !($0 ?? []).isEmpty }) else { return [] }
        var next = [UInt32](repeating: 0, count: rowCount)
        for case let links? in links {
            for link in links { next[link.row] = link.next }
        }
        return next
    }

    /// Puts the rows of a partition in; `nil` where they do not leave a slot empty.
    private static func fill(
        _ slots: inout MutableSpan<UInt64>, _ rows: JoinRows, _ partition: Int, _ shift: UInt64
    ) -> Links? {
        var links: Links = []
        var free = slots.count - 1
        let all = rows.hashes
        let hashes = all.span
        guard let order = rows.order else {
            for row in 0..<hashes.count where rows.validity?[row] ?? true {
                insert(row, hashes[row], rows.keys, shift, &slots, &links, &free)
                if free < 0 { return nil }
            }
            return links
        }
        for (start, run) in order {
            let positions = run.positions
            let places = positions.span
            for index in run.range(of: partition) {
                let row = start &+ Int(places[index])
                guard rows.validity?[row] ?? true else { continue }
                insert(row, hashes[row], rows.keys, shift, &slots, &links, &free)
                if free < 0 { return nil }
            }
        }
        return links
    }

    /// Puts a row in; `free`, below zero afterwards, says that there was no slot for it.
    @inline(__always)
    private static func insert(
        _ row: Int, _ hash: UInt64, _ keys: [JoinKeyColumn], _ shift: UInt64,
        _ slots: inout MutableSpan<UInt64>, _ links: inout Links, _ free: inout Int
    ) {
        let mask = slots.count &- 1
        var index = Int(truncatingIfNeeded: hash >> shift) & mask
        let entry = UInt64(UInt32(truncatingIfNeeded: hash)) << 32 | UInt64(row &+ 1)
        while true {
            let slot = slots[index]
            if slot == 0 {
                free &-= 1
                if free >= 0 { slots[index] = entry }
                return
            }
            if slot >> 32 == entry >> 32, isSame(row, slot, keys) {
                links.append((row, UInt32(truncatingIfNeeded: slot)))
                slots[index] = entry
                return
            }
            index = (index &+ 1) & mask
        }
    }

    @inline(never)
    private static func isSame(_ row: Int, _ slot: UInt64, _ keys: [JoinKeyColumn]) -> Bool {
        let other = Int(slot & 0xffff_ffff) - 1
        return keys.allSatisfy { $0.equals(row, $0, other) }
    }

    // MARK: - Search

    /// For each row of a batch the first row here with the same keys, plus one; 0 for none.
    ///
    /// All slots are loaded before the first key is compared, so that misses of the caches overlap.
    ///
    /// - Parameters:
    ///   - hashes: One per row of the batch.
    ///   - candidates: Rows to look for; nil for all.
    ///   - isEqual: Whether the keys of a row here equal those of a row of the batch.
    @inline(__always)
    func firstRows(
        _ hashes: [UInt64], _ candidates: Bitmap?, _ isEqual: (_ row: Int, _ other: Int) -> Bool
    ) -> [UInt32] {
        var found = [UInt32](repeating: 0, count: hashes.count)
        let heads = heads(hashes)
        let table = slots
        let slots = table.span
        let hashes = hashes.span
        let firsts = heads.span
        var output = found.mutableSpan
        for other in 0..<hashes.count {
            var slot = firsts[other]
            guard slot != 0, candidates?[other] ?? true else { continue }
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
                index = index & ~rangeMask | (index &+ 1) & rangeMask
                slot = slots[index]
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
}
