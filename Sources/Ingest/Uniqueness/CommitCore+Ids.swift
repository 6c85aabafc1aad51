import Segments

/// Published ids.
extension CommitCore {
    /// What is known of a table's published ids; `nil` for one without, or where nobody keeps it
    /// up.
    func index(of id: TableID) -> IDIndex? {
        guard let indexes, let table = catalog.snapshot.table(id),
            !table.schema.uniqueColumns.isEmpty
        else { return nil }
        return indexes[id] ?? IDIndex()
    }

    /// Takes what is known from now on.
    ///
    /// - Returns: `false` where the table is gone.
    @discardableResult
    func install(_ index: IDIndex, of id: TableID) -> Bool {
        guard indexes != nil, catalog.snapshot.table(id) != nil else { return false }
        indexes?[id] = index
        return true
    }

    /// What ids cost now.
    var idMemory: IDMemory {
        let indexes = indexes.map { Array($0.values) } ?? []
        return IDMemory(
            liveByteCount: liveIDByteCount,
            idCount: indexes.reduce(0) { $0 + $1.idCount },
            runCount: indexes.reduce(0) { $0 + $1.runs.count },
            runByteCount: indexes.reduce(0) { $0 + $1.byteCount })
    }
}
