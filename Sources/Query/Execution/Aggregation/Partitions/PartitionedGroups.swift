import Segments
import Synchronization

/// Groups of one partition, none of them twice.
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

/// What workers have put aside of one partition.
struct PartitionParts {
    /// Groups with their states.
    var pieces: [GroupPiece] = []
    /// Rows that wait for their groups.
    var chunks: [RowChunk] = []

    /// Whether there is nothing.
    var isEmpty: Bool { pieces.isEmpty && chunks.isEmpty }
}

/// What all workers of an aggregation share.
final class SharedGroups: Sendable {
    /// How groups and rows are put aside.
    struct Layout: Sendable {
        /// What the groups' keys are made of.
        let keys: GroupKeys
        /// What is kept of rows; `nil` where rows cannot wait for their groups.
        let rows: RowLayout?
    }

    /// For each key, what numbers the entries of its dictionaries.
    let entryNumbers: [EntryNumbers?]
    private let make: @Sendable () throws(QueryError) -> Layout
    private let state = Mutex<(layout: Layout?, heldBytes: Int)>((nil, 0))

    /// What workers share over the rows of a pipeline; made when the first worker has many groups.
    init(
        _ keys: [BoundExpression], _ calls: [AggregateCall], _ pipeline: Pipeline,
        _ context: QueryContext
    ) {
        entryNumbers = keys.map {
            KeySpaces(pipeline).entryNumbers(of: $0, in: context.snapshot)
        }
        make = { () throws(QueryError) in
            let spaces = KeySpaces(pipeline)
            var own: [KeySpace] = []
            for key in keys { own.append(try spaces.space(of: key)) }
            return Layout(
                keys: GroupKeys(own), rows: try RowLayout(calls, spaces))
        }
    }

    /// How groups and rows are put aside.
    func layout() throws(QueryError) -> Layout {
        try state.withLock { state throws(QueryError) in
            if let layout = state.layout { return layout }
            let layout = try make()
            state.layout = layout
            return layout
        }
    }

    /// Accounts for what the keys' spaces have learned.
    func account(_ context: QueryContext) throws(QueryError) {
        let more = state.withLock { state in
            let bytes = state.layout.map { $0.keys.memoryBytes + ($0.rows?.memoryBytes ?? 0) } ?? 0
            defer { state.heldBytes = bytes }
            return bytes - state.heldBytes
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
    private let groups: GroupPiece
    private let rowCounts: [[Int64]]
    /// How many groups there are.
    let count: Int

    /// Takes the groups of a partition; `filters` are the calls' filters by number.
    init(_ groups: GroupPiece, _ filters: [Int], _ keys: GroupKeys) {
        self.keys = keys
        self.filters = filters
        self.groups = groups
        rowCounts = groups.rowCounts.map(\.counts)
        count = groups.words.count / keys.wordCount
    }

    /// The groups in `range` of which a key is not NULL; `nil` for the results of a call.
    func validity(_ index: Int, _ range: Range<Int>) -> Bitmap? {
        index < keys.spaces.count ? keys.validity(index, of: groups.words, range) : nil
    }

    /// A key or the results of a call for the groups in `range`.
    func column(_ index: Int, _ range: Range<Int>) throws(QueryError) -> Column {
        if index < keys.spaces.count { return keys.column(index, of: groups.words, range) }
        let call = index - keys.spaces.count
        return try groups.states[call].finish(range, rowCounts: rowCounts[filters[call]])
    }

    /// A key of some groups; `nil` for the results of a call.
    func column(_ index: Int, _ groups: [Int]) -> Column? {
        index < keys.spaces.count ? keys.column(index, of: self.groups.words, groups) : nil
    }
}

/// Merges what workers have put aside, partition by partition, on all of the query's workers.
final class PartitionedGroups: Sendable {
    private let slots: [Slot]
    /// Of each call, the number of its filter.
    private let filters: [Int]
    private let layout: SharedGroups.Layout
    private let context: QueryContext
    private let cursor = Atomic<Int>(0)
    private let failure = Mutex<QueryError?>(nil)

    /// One partition: its parts, then its groups. An object of its own, because threads that write
    /// to elements of one array would race for the array.
    private final class Slot: @unchecked Sendable {
        // SAFETY: touched only by the thread that took the slot's number from the cursor, and by
        // the caller before any and after all threads run.
        var parts: PartitionParts
        var groups: GroupPartition?

        init(_ parts: PartitionParts) { self.parts = parts }
    }

    /// Parts to merge, `parts[p]` being those of partition `p`; each is freed as it merges.
    init(
        _ parts: [PartitionParts], _ filters: [Int], _ layout: SharedGroups.Layout,
        _ context: QueryContext
    ) {
        slots = parts.map { Slot($0) }
        self.filters = filters
        self.layout = layout
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
        if slot.parts.isEmpty { return true }
        do throws(QueryError) {
            let aggregation = PartitionAggregation(layout, context)
            while let piece = slot.parts.pieces.popLast() { try aggregation.add(piece) }
            while let chunk = slot.parts.chunks.popLast() { try aggregation.add(chunk) }
            slot.groups = GroupPartition(try aggregation.finish(), filters, layout.keys)
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

    func load(_ index: Int, rows: [Int32]) throws(QueryError) -> Column? {
        partition.column(index, rows.map { range.lowerBound + Int($0) })
    }

    func zone(_ index: Int) -> ValueRange? { nil }

    func validity(_ index: Int) -> Bitmap? { partition.validity(index, range) }
}
