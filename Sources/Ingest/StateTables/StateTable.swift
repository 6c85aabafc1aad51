import Segments

/// The keys of one state table whose newest rows are live: in the log, not yet in a segment.
///
/// Generations, as those of `LiveTable`: rows arrive in the last one, a seal closes it, and once
/// its rows are in segments their keys are found there. A key's newest row is in the newest
/// generation that has the key; what older ones say of it is outdated.
struct StateTable {
    /// The rows that one request left.
    struct Batch {
        /// The log position of the request.
        let lsn: UInt64
        /// Winners and tombstones, as the log has them.
        let rows: RowBatch
        /// Of each row's key.
        let hashes: [UInt64]
    }

    private struct Generation {
        var batches: [Batch] = []
        /// Batch and row of each key's newest row.
        var keys = KeyMap()
    }

    /// A live row.
    struct Place: Hashable {
        /// Counts from the oldest.
        var generation: Int
        var batch: Int
        var row: Int
    }

    let schema: TableSchema
    private var generations = [Generation()]

    init(_ schema: TableSchema) { self.schema = schema }

    /// How many batches the last generation has, for `truncate`.
    var openBatchCount: Int { generations[generations.count - 1].batches.count }

    subscript(place: Place) -> Batch { generations[place.generation].batches[place.batch] }

    private static func packed(_ batch: Int, _ row: Int) -> UInt64 {
        UInt64(batch) << 32 | UInt64(row)
    }

    // MARK: Keys

    /// The newest row of a key; `nil` where it is not live.
    ///
    /// - Parameter columns: Those of the key, of which row `row` is meant.
    func place(of hash: UInt64, _ columns: [Column], row: Int) -> Place? {
        for number in generations.indices.reversed() {
            let generation = generations[number]
            if generation.keys.count == 0 { continue }
            let position = generation.keys.position(of: hash) { place in
                holds(place, generation, columns, row)
            }
            if let place = generation.keys.place(at: position) {
                return Place(
                    generation: number, batch: Int(place >> 32), row: Int(place & 0xffff_ffff))
            }
        }
        return nil
    }

    private func holds(
        _ place: UInt64, _ generation: Generation, _ columns: [Column], _ row: Int
    ) -> Bool {
        let rows = generation.batches[Int(place >> 32)].rows
        for (index, position) in schema.primaryKey.enumerated() {
            guard
                RowEquality.areEqual(
                    rows.columns[position], Int(place & 0xffff_ffff), columns[index], row)
            else { return false }
        }
        return true
    }

    // MARK: Rows

    /// Adds rows as they were decided: each is from now on the newest of its key.
    ///
    /// - Precondition: no key twice in `rows`; `lsn` ascends.
    mutating func add(_ rows: RowBatch, hashes: [UInt64], lsn: UInt64) {
        let last = generations.count - 1
        var open = generations[last]
        // Taken out, so that the map grows in place.
        generations[last] = Generation()
        open.batches.append(Batch(lsn: lsn, rows: rows, hashes: hashes))
        let number = open.batches.count - 1
        let columns = schema.primaryKey.map { rows.columns[$0] }
        open.keys.reserve(rows.rowCount)
        for row in 0..<rows.rowCount {
            let position = open.keys.position(of: hashes[row]) { place in
                holds(place, open, columns, row)
            }
            open.keys.set(position, hash: hashes[row], to: Self.packed(number, row))
        }
        generations[last] = open
    }

    /// Forgets the batches behind the first `count` of the last generation: they did not become
    /// durable.
    mutating func truncate(batchCount count: Int) {
        let last = generations.count - 1
        let batches = generations[last].batches
        guard batches.count > count else { return }
        generations[last] = Generation()
        for batch in batches[..<count] {
            add(batch.rows, hashes: batch.hashes, lsn: batch.lsn)
        }
    }

    /// Closes the last generation and opens another.
    mutating func freeze() {
        if openBatchCount > 0 { generations.append(Generation()) }
    }

    /// Forgets the generations whose rows are in segments: all up to that position.
    mutating func forget(flushedTo lsn: UInt64) {
        generations.removeAll { generation in
            generation.batches.last.map { $0.lsn <= lsn } ?? false
        }
        if generations.isEmpty { generations = [Generation()] }
    }
}
