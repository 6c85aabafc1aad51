import Segments
import Synchronization

/// Groups that a worker has put aside, all of one partition, none of them twice.
struct GroupPiece {
    /// The words of their keys, as `GroupKeys` says.
    let words: [UInt64]
    /// Of each filter, how many rows each group has.
    let rowCounts: [RowCountAccumulator]
    /// Of each call.
    let states: [any Accumulator]

    /// Bytes held.
    var memoryBytes: Int {
        words.count * 8 + rowCounts.reduce(0) { $0 + $1.memoryBytes }
            + states.reduce(0) { $0 + $1.memoryBytes }
    }
}

/// What all workers of an aggregation share.
final class SharedGroups: Sendable {
    /// What the groups' keys are made of.
    let keys: GroupKeys
    private let heldBytes = Mutex(0)

    init(_ types: [LogicalType], seed: UInt64) { keys = GroupKeys(types, seed: seed) }

    /// Accounts for the keys' texts.
    func account(_ context: QueryContext) throws(QueryError) {
        let bytes = keys.memoryBytes
        let more = heldBytes.withLock { held in
            defer { held = bytes }
            return bytes - held
        }
        try context.hold(more)
    }
}

/// The finished groups of one partition; read from several threads, changed by none.
final class GroupPartition: @unchecked Sendable {
    // SAFETY: filled by the one thread that merges the partition before anybody else sees it.
    private let keys: GroupKeys
    /// Of each call, the number of its filter.
    private let filters: [Int]
    private let table: GroupWordTable
    private let accumulators: [any Accumulator]
    private let rowCounts: [[Int64]]

    /// Merges pieces into one set of groups; `filters` are the calls' filters by number.
    init(
        _ pieces: [GroupPiece], _ filters: [Int], _ keys: GroupKeys,
        _ context: QueryContext
    ) throws(QueryError) {
        self.keys = keys
        self.filters = filters
        var table = GroupWordTable(keys)
        var accumulators: [any Accumulator] = []
        var rowCounts: [RowCountAccumulator] = []
        var heldBytes = 0
        for (index, piece) in pieces.enumerated() {
            try context.check()
            let map = table.numbers(of: piece.words)
            if index == 0 {
                accumulators = piece.states
                rowCounts = piece.rowCounts
            } else {
                for (counts, other) in zip(rowCounts, piece.rowCounts) {
                    counts.grow(to: table.count)
                    counts.merge(other, map, context)
                }
                for (accumulator, other) in zip(accumulators, piece.states) {
                    accumulator.grow(to: table.count)
                    try accumulator.merge(other, map, context)
                }
                try context.hold(-piece.memoryBytes)
            }
            let bytes =
                table.memoryBytes
                + (index == 0 ? 0 : accumulators.reduce(0) { $0 + $1.memoryBytes })
            try context.hold(bytes - heldBytes)
            heldBytes = bytes
        }
        self.table = table
        self.accumulators = accumulators
        self.rowCounts = rowCounts.map(\.counts)
    }

    /// How many groups there are.
    var count: Int { table.count }

    /// The groups in `range` of which a key is not NULL; `nil` for the results of a call.
    func validity(_ index: Int, _ range: Range<Int>) -> Bitmap? {
        index < keys.types.count ? keys.validity(index, of: table.words, range) : nil
    }

    /// A key or the results of a call for the groups in `range`.
    func column(_ index: Int, _ range: Range<Int>) throws(QueryError) -> Column {
        if index < keys.types.count { return keys.column(index, of: table.words, range) }
        let call = index - keys.types.count
        return try accumulators[call].finish(range, rowCounts: rowCounts[filters[call]])
    }
}

/// Merges what workers have put aside, partition by partition, on all of the query's workers.
final class PartitionedGroups: Sendable {
    private let slots: [Slot]
    /// Of each call, the number of its filter.
    private let filters: [Int]
    private let keys: GroupKeys
    private let context: QueryContext
    private let cursor = Atomic<Int>(0)
    private let failure = Mutex<QueryError?>(nil)

    /// One partition: its pieces, then its groups. An object of its own, because threads that write
    /// to elements of one array would race for the array.
    private final class Slot: @unchecked Sendable {
        // SAFETY: touched only by the thread that took the slot's number from the cursor, and by
        // the caller before any and after all threads run.
        var pieces: [GroupPiece]
        var groups: GroupPartition?

        init(_ pieces: [GroupPiece]) { self.pieces = pieces }
    }

    /// Pieces to merge, `pieces[p]` being those of partition `p`; each is freed as it merges.
    init(
        _ pieces: [[GroupPiece]], _ filters: [Int], _ keys: GroupKeys,
        _ context: QueryContext
    ) {
        slots = pieces.map { Slot($0) }
        self.filters = filters
        self.keys = keys
        self.context = context
    }

    /// The partitions of all pieces.
    func merged() throws(QueryError) -> [GroupPartition] {
        context.workers.run(slotCount: context.workers.helperCount + 1) { [self] _ in step() }
        if let error = failure.withLock({ $0 }) { throw error }
        return slots.compactMap(\.groups)
    }

    private func step() -> Bool {
        let partition = cursor.add(1, ordering: .relaxed).oldValue
        guard partition < slots.count else { return false }
        let slot = slots[partition]
        do throws(QueryError) {
            let pieces = slot.pieces
            slot.pieces = []
            slot.groups = try GroupPartition(pieces, filters, keys, context)
            return true
        } catch {
            failure.withLock { if $0 == nil { $0 = error } }
            cursor.store(slots.count, ordering: .relaxed)
            return false
        }
    }
}

/// Finished groups as the source of the next pipeline: columns are made when they are asked for.
struct GroupSource: UnitSource {
    private let units: [(partition: GroupPartition, range: Range<Int>)]
    private let columnCount: Int

    /// The groups of all partitions, with so many keys and calls.
    init(_ partitions: [GroupPartition], columnCount: Int) {
        self.columnCount = columnCount
        units = partitions.flatMap { partition in
            stride(from: 0, to: partition.count, by: Block.rowCount).map { start in
                (partition, start..<min(partition.count, start + Block.rowCount))
            }
        }
    }

    var unitCount: Int { units.count }

    func batch(_ unit: Int) -> Batch {
        Batch(
            rowCount: units[unit].range.count, columnCount: columnCount,
            source: PartitionSource(partition: units[unit].partition, range: units[unit].range))
    }
}

private struct PartitionSource: BatchSource {
    let partition: GroupPartition
    let range: Range<Int>

    func load(_ index: Int) throws(QueryError) -> Column { try partition.column(index, range) }

    func zone(_ index: Int) -> ValueRange? { nil }

    func validity(_ index: Int) -> Bitmap? { partition.validity(index, range) }
}
