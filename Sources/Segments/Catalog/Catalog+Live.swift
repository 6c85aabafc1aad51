import Synchronization

/// Live rows: in by the log, out by sealing.
extension Catalog {
    /// Makes rows visible that have just become durable in the log, at the log's new position, and
    /// in the same step lets those go that they replace: no reader sees both, or neither.
    ///
    /// Called by one thread at a time, the log's, in order of positions; a call that brings no rows
    /// moves the version on. Rows of a table that was dropped meanwhile are passed over. All rows
    /// of one log position come in one call.
    ///
    /// - Parameter deaths: Rows that leave, of segments and live ones; those of `batches` may be
    ///   among them. Whoever has looked up where they are holds `keepingRowsInPlace` since.
    /// - Precondition: `version` does not go back; batches of a table ascend and lie behind its
    ///   flush position; rows that die are where `deaths` says.
    /// - Complexity: O(tables + live batches) under the lock. Joining small batches, outside of it,
    ///   copies a row O(log rows) times in all.
    @discardableResult
    public func appendLive(
        version: UInt64, _ batches: [(table: TableID, rows: LiveBatch)],
        deaths: [TableID: TableDeaths] = [:]
    ) -> Snapshot {
        let added = Dictionary(grouping: batches, by: \.table).mapValues { $0.map(\.rows) }
        let open = state.withLock { state in
            added.keys.reduce(into: [:]) { $0[$1] = state.live[$1]?.open ?? [] }
        }
        var joined: [TableID: [LiveBatch]] = [:]
        for (table, rows) in added { joined[table] = LiveRows.joined(open[table] ?? [], rows) }
        let swap = state.withLock { state -> (old: Snapshot, new: Snapshot) in
            precondition(version >= state.snapshot.version, "a version never goes back")
            for (table, rows) in added {
                guard let index = state.manifest.tableIndex(table), let first = rows.first else {
                    continue
                }
                precondition(first.firstLSN > state.manifest.tables[index].flushedLSN)
                state.live[table, default: LiveRows()].append(
                    rows, joined: joined[table] ?? rows, from: open[table] ?? [])
            }
            for (table, deaths) in deaths where state.manifest.tableIndex(table) != nil {
                if !deaths.live.isEmpty { state.live[table]?.kill(deaths.live) }
            }
            let old = state.showLive(Set(added.keys), deaths, version: version)
            return (old, state.snapshot)
        }
        return swap.new
    }

    /// Runs `body` while rows stay where they are: no publication moves live rows into segments, or
    /// rows of segments into others.
    ///
    /// The log's thread holds this from looking up which rows a request replaces until `appendLive`
    /// has let them go. Publications wait only with their last step, the swap of the snapshot.
    ///
    /// - Precondition: `body` publishes nothing.
    public func keepingRowsInPlace<Result, Failure: Error>(
        _ body: () throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try rowPlaces.withLock { _ throws(Failure) in try body() }
    }

    /// All live batches of a table, which from now on are not joined with later rows.
    ///
    /// Their rows go into segments; `publish` with the last batch's `lastLSN` as the table's flush
    /// position then drops exactly them. Until then they stay visible, and calling this again
    /// gives them again, with whatever has come since.
    public func freezeLive(_ table: TableID) -> [LiveBatch] {
        state.withLock { state in
            state.live[table]?.freeze()
            return state.live[table]?.batches ?? []
        }
    }
}
