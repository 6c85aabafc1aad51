import Segments

/// What the committer knows about one table's rows that are in the log but not in a segment.
///
/// Generations: rows arrive in the last one. Sealing closes it and opens another; when the
/// segments of a generation are published its ids can be found there, and it is forgotten. Ids are
/// looked up in all generations.
struct LiveTable {
    /// Rows that are sealed together.
    struct Generation {
        let number: Int
        /// Batches whose ids are in `ids`; none for a table without unique ids.
        var batches: [RowBatch] = []
        var ids = IDTable()
        /// As many ids as the generation before had are likely to come.
        let expectedIDCount: Int
        var rowCount = 0
        var memoryBytes = 0
        /// When the first row came, on the steady clock in nanoseconds.
        var openedAt: UInt64?

        init(number: Int, expectedIDCount: Int = 0) {
            self.number = number
            self.expectedIDCount = expectedIDCount
        }

        /// Makes room for the ids of `batch`, with the first one for all that are expected: growing
        /// step by step clears and fills twice as much memory.
        mutating func reserveIDs(of batch: RowBatch) {
            ids.reserve(max(batch.rowCount, ids.count == 0 ? expectedIDCount : 0))
        }
    }

    /// The column of the unique id, if the table has one.
    let idColumn: Int?
    /// Seeds the hashes of ids, so that nobody can choose ids that collide.
    private let seed: UInt64
    private(set) var generations = [Generation(number: 1)]

    init(_ schema: TableSchema, seed: UInt64) {
        idColumn = schema.uniqueColumns.first
        self.seed = seed
    }

    /// The generation that rows arrive in.
    var open: Generation { generations[generations.count - 1] }

    /// Bytes of the tables that hold ids.
    var idMemoryBytes: Int {
        idColumn == nil ? 0 : generations.reduce(0) { $0 + $1.ids.memoryBytes }
    }

    /// The ids of closed generations.
    func ids(through number: Int) -> [IDTable] {
        generations.filter { $0.number <= number && $0.ids.count > 0 }.map(\.ids)
    }

    /// Rows and bytes of all generations.
    var memoryBytes: Int { generations.reduce(0) { $0 + $1.memoryBytes } }
    /// See `memoryBytes`.
    var rowCount: Int { generations.reduce(0) { $0 + $1.rowCount } }

    // MARK: Ids

    /// What a row's id is to the rows here.
    enum Standing {
        case new, duplicate, conflict
    }

    /// Slots of ids that were added for a request and can still be taken back.
    struct Addition {
        var slots: [Int] = []
    }

    /// The hash of every row's id; none for a table without.
    func hashes(of batch: RowBatch) -> [UInt64] {
        idColumn.map { IDHash.hashes(of: batch.columns[$0], seed: seed) } ?? []
    }

    /// Stands every row of a batch against the ids here and before it in the batch, and adds the
    /// ids of new ones.
    ///
    /// - Parameters:
    ///   - hashes: Those of `hashes(of: batch)`.
    ///   - standings: One a row; only rows that are `new` so far are looked at.
    mutating func decide(
        _ batch: RowBatch, hashes: [UInt64], standings: inout [Standing]
    ) -> Addition {
        guard idColumn != nil else { return Addition() }
        let last = generations.count - 1
        for index in 0..<last {
            for row in generations[index].ids.present(hashes) where standings[row] == .new {
                standings[row] =
                    standing(hashes[row], batch, row, in: generations[index]) ?? .new
            }
        }
        var addition = Addition()
        addition.slots.reserveCapacity(batch.rowCount)
        generations[last].reserveIDs(of: batch)
        generations[last].batches.append(batch)
        let number = generations[last].batches.count - 1
        var row = 0
        var end = 0
        while row < batch.rowCount {
            guard standings[row] == .new else {
                row += 1
                continue
            }
            end = max(end, row)
            while end < batch.rowCount, standings[end] == .new { end += 1 }
            row = generations[last].ids.insert(
                hashes, rows: row..<end, batch: number, added: &addition.slots)
            guard row < end else { continue }
            if let standing = standing(hashes[row], batch, row, in: generations[last]) {
                standings[row] = standing
            } else {
                let place = IDTable.Place(batch: number, row: row)
                addition.slots.append(generations[last].ids.insert(hashes[row], place))
            }
            row += 1
        }
        return addition
    }

    /// What a row is to the rows of one generation; `nil` where its id is not among them.
    private func standing(
        _ hash: UInt64, _ batch: RowBatch, _ row: Int, in generation: Generation
    ) -> Standing? {
        guard let idColumn else { return nil }
        let found = generation.ids.find(hash) { place in
            RowEquality.areEqual(
                generation.batches[place.batch].columns[idColumn], place.row,
                batch.columns[idColumn], row)
        }
        guard let found else { return nil }
        let isSame = RowEquality.areEqual(
            generation.batches[found.batch], found.row, batch, row)
        return isSame ? .duplicate : .conflict
    }

    /// Takes back what `decide` added last.
    mutating func revert(_ addition: Addition) {
        guard idColumn != nil else { return }
        let last = generations.count - 1
        generations[last].ids.removeLast(addition.slots)
        generations[last].batches.removeLast()
    }

    /// Replaces the batch that `decide` was last given by the rows of it that were new.
    mutating func narrow(_ addition: Addition, to kept: RowBatch) {
        guard idColumn != nil else { return }
        let last = generations.count - 1
        let number = generations[last].batches.count - 1
        generations[last].batches[number] = kept
        for (row, slot) in addition.slots.enumerated() {
            generations[last].ids.move(slot, to: IDTable.Place(batch: number, row: row))
        }
    }

    /// Forgets the batches behind the first `count` of the open generation, with their ids.
    mutating func truncate(batchCount count: Int) {
        guard idColumn != nil else { return }
        let last = generations.count - 1
        guard generations[last].batches.count > count else { return }
        let kept = Array(generations[last].batches[..<count])
        generations[last].batches = []
        generations[last].ids = IDTable()
        for batch in kept { addIDs(of: batch) }
    }

    private mutating func addIDs(of batch: RowBatch) {
        guard idColumn != nil else { return }
        let last = generations.count - 1
        generations[last].reserveIDs(of: batch)
        generations[last].batches.append(batch)
        let number = generations[last].batches.count - 1
        for (row, hash) in hashes(of: batch).enumerated() {
            _ = generations[last].ids.insert(hash, IDTable.Place(batch: number, row: row))
        }
    }

    // MARK: Rows

    /// Counts rows that are durable now, and whose ids `decide` has added.
    mutating func count(_ rows: RowBatch, at steadyNanoseconds: UInt64) {
        let last = generations.count - 1
        generations[last].rowCount += rows.rowCount
        generations[last].memoryBytes += rows.memoryBytes
        generations[last].openedAt = generations[last].openedAt ?? steadyNanoseconds
    }

    /// Adds rows as a log record has them: decided, not to be decided again.
    mutating func replay(_ rows: RowBatch, at steadyNanoseconds: UInt64) {
        addIDs(of: rows)
        count(rows, at: steadyNanoseconds)
    }

    /// Closes the open generation and opens another.
    ///
    /// - Returns: The number up to which rows are closed.
    mutating func freeze() -> Int {
        if open.rowCount > 0 {
            generations.append(
                Generation(number: open.number + 1, expectedIDCount: open.ids.count))
        }
        return open.number - 1
    }

    /// Forgets the generations up to a number: their rows are in segments.
    mutating func forget(through number: Int) { generations.removeAll { $0.number <= number } }
}
