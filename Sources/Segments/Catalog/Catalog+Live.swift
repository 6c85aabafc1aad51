import Synchronization

/// Live rows: in by the log, out by sealing.
extension Catalog {
    /// Makes rows visible that have just become durable in the log, at the log's new position.
    ///
    /// Called by one thread at a time, the log's, in order of positions; a call that brings no rows
    /// moves the version on. Rows of a table that was dropped meanwhile are passed over. All rows
    /// of one log position come in one call.
    ///
    /// - Precondition: `version` does not go back; batches of a table ascend and lie behind its
    ///   flush position.
    /// - Complexity: O(tables + live batches) under the lock. Joining small batches, outside of it,
    ///   copies a row O(log rows) times in all.
    @discardableResult
    public func appendLive(
        version: UInt64, _ batches: [(table: TableID, rows: LiveBatch)]
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
            let old = state.showLive(Set(added.keys), version: version)
            return (old, state.snapshot)
        }
        return swap.new
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
