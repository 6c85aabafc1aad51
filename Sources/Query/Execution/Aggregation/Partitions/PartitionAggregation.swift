import Segments

/// The groups of one partition and the states of their aggregates; belongs to one thread.
final class PartitionAggregation {
    private let shared: SharedGroups.Layout
    private let context: QueryContext
    private var table: GroupWordTable
    private var accumulators: [any Accumulator] = []
    private var rowCounts: [RowCountAccumulator] = []
    /// Of each group, the flags of its rows.
    private var flags: [UInt64] = []
    private var heldBytes = 0

    /// No groups.
    init(_ shared: SharedGroups.Layout, _ context: QueryContext) {
        self.shared = shared
        self.context = context
        table = GroupWordTable(shared.keys)
    }

    /// Takes groups that were put aside, and gives back their memory.
    func add(_ piece: GroupPiece) throws(QueryError) {
        try context.check()
        let map = table.numbers(of: piece.words)
        if accumulators.isEmpty, rowCounts.isEmpty {
            accumulators = piece.states
            rowCounts = piece.rowCounts
        } else {
            grow()
            for (counts, other) in zip(rowCounts, piece.rowCounts) {
                counts.merge(other, map, context)
            }
            for (accumulator, other) in zip(accumulators, piece.states) {
                try accumulator.merge(other, map, context)
            }
        }
        try account(-piece.memoryBytes)
    }

    /// Takes rows that were put aside, and gives back their memory.
    func add(_ chunk: RowChunk) throws(QueryError) {
        guard let rows = shared.rows else { preconditionFailure("rows have a layout") }
        try context.check()
        if rowCounts.isEmpty, !rows.calls.isEmpty {
            rowCounts = [RowCountAccumulator()]
            accumulators = rows.calls.map { AggregateState.accumulator($0.call) }
        }
        let numbers = table.numbers(of: chunk.words)
        let groups = GroupNumbers.rows(numbers)
        grow()
        if !rows.flags.isEmpty {
            flags.grow(to: table.count, 0)
            let own = chunk.parts[rows.parts.count].integers
            RowFlags.join(own.span, numbers.span, into: &flags)
        }
        for counts in rowCounts { counts.add(nil, groups, count: chunk.count) }
        let columns = rows.parts.indices.map { index in
            let part = chunk.parts[index]
            return Vector.column(rows.column(index, part.integers, part.validity))
        }
        for (index, call) in rows.calls.enumerated() where call.flag == nil {
            let argument = call.argument.map { columns[$0] }
            if let key = call.key, let argument,
                let chosen = accumulators[index] as? ArgumentExtremeAccumulator
            {
                chosen.add(argument, by: columns[key], groups, count: chunk.count)
            } else {
                accumulators[index].add(argument, groups, count: chunk.count)
            }
        }
        try account(-chunk.memoryBytes)
    }

    private func grow() {
        for counts in rowCounts { counts.grow(to: table.count) }
        for accumulator in accumulators { accumulator.grow(to: table.count) }
    }

    private func account(_ change: Int) throws(QueryError) {
        let bytes =
            table.memoryBytes + flags.count * 8 + rowCounts.reduce(0) { $0 + $1.memoryBytes }
            + accumulators.reduce(0) { $0 + $1.memoryBytes }
        defer { heldBytes = bytes }
        try context.hold(bytes - heldBytes + change)
    }

    /// The groups, whose memory stays accounted for; nothing can be added afterwards.
    func finish() throws(QueryError) -> GroupPiece {
        for (index, call) in (shared.rows?.calls ?? []).enumerated() {
            guard let bit = call.flag, let flag = accumulators[index] as? FlagAccumulator
            else { continue }
            flag.add(bit: bit, of: flags)
        }
        flags = []
        let piece = GroupPiece(
            words: table.freeze(), rowCounts: rowCounts, states: accumulators)
        try context.hold(piece.memoryBytes - heldBytes)
        heldBytes = piece.memoryBytes
        return piece
    }
}
