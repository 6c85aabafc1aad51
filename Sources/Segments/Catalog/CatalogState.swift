/// What the catalog's innermost lock guards. No file call happens here.
struct CatalogState: Sendable {
    var manifest: Manifest
    var manifestHash: Hash128
    var snapshot: Snapshot
    var live: [TableID: LiveRows] = [:]
    /// The number the next segment gets; above every number ever seen.
    var nextSegmentID: UInt64
    /// Segments that some manifest still listed, by the version that did not list them any more.
    var retired: [SegmentID: UInt64] = [:]
    var coverage = LogCoverage()
    /// The oldest manifest that stays.
    var oldestRetained: UInt64

    /// How far the segments of the newest manifests cover the log.
    struct LogCoverage: Sendable {
        private var newest: UInt64 = 0
        private(set) var releaseLSN: UInt64 = 0

        /// Notes what a manifest that has just become durable covers.
        mutating func advance(to lsn: UInt64) {
            releaseLSN = newest
            newest = max(newest, lsn)
        }
    }

    // MARK: Publishing

    /// Checks an edit against numbers and live rows, and keeps its flush positions between batches
    /// from here on.
    mutating func prepare(_ edit: ManifestEdit) throws(CatalogError) {
        for entry in edit.addedSegments where entry.id.rawValue >= nextSegmentID {
            throw .segmentNotReserved(entry.id)
        }
        for (table, lsn) in edit.flushedLSN {
            guard lsn <= snapshot.version else {
                throw .flushPosition(
                    table, lsn: lsn, reason: "the log is visible up to \(snapshot.version) only")
            }
            if let batch = live[table]?.straddling(lsn) {
                throw .flushPosition(
                    table, lsn: lsn,
                    reason: "a live batch goes from \(batch.firstLSN) to \(batch.lastLSN)")
            }
        }
        for (table, lsn) in edit.flushedLSN { live[table]?.freeze(upTo: lsn) }
    }

    /// Makes a durable manifest visible.
    ///
    /// - Parameter carried: The dead rows of the edit's new segments.
    /// - Returns: The old snapshot too, so that it is released outside the lock, and the retired
    ///   segments that nobody can have open.
    mutating func swap(
        _ published: ManifestStore.Published, _ edit: ManifestEdit,
        _ carried: [SegmentID: DeadRows], oldestRetained: UInt64,
        makeHandle: (SegmentEntry) -> SegmentHandle
    ) -> (old: Snapshot, new: Snapshot, unread: [SegmentID]) {
        let old = snapshot
        for id in edit.droppedTables { live[id] = nil }
        for (table, lsn) in edit.flushedLSN {
            precondition(
                edit.moves[table] != nil
                    || live[table]?.batches.allSatisfy { $0.lastLSN > lsn || $0.dead == nil }
                        ?? true,
                "dead rows would come back")
            live[table]?.drop(upTo: lsn)
        }
        let unread = retire(edit, published.manifest)
        manifest = published.manifest
        manifestHash = published.hash
        self.oldestRetained = oldestRetained
        let touched = Touched(edit)
        let tables = manifest.tables.map { entry in
            let before = old.table(entry.schema.id)
            let segments = touched.segments(of: entry, before?.segments ?? [], makeHandle)
            return TableSnapshot(
                schema: entry.schema, segments: segments ?? before?.segments ?? [],
                live: live[entry.schema.id]?.batches ?? [], flushedLSN: entry.flushedLSN,
                rollups: rollups(of: entry, before?.rollups ?? [], edit, makeHandle),
                keys: segments == nil && before?.schema == entry.schema ? before?.keys : nil,
                dead: dead(of: before, touched, carried)
                    .bounded(forgettingUpTo: entry.flushedLSN))
        }
        snapshot = Snapshot(
            version: old.version, manifestVersion: manifest.version, tables: tables,
            views: manifest.views, endpoints: manifest.endpoints)
        coverage.advance(to: coveredLSN)
        return (old, snapshot, unread)
    }

    /// The dead rows of a table's segments after an edit.
    private func dead(
        of before: TableSnapshot?, _ touched: Touched, _ carried: [SegmentID: DeadRows]
    ) -> [SegmentID: DeadRows] {
        guard let before else { return [:] }
        var dead = before.dead
        if !dead.isEmpty { for id in touched.removed { dead[id] = nil } }
        for entry in touched.added[before.schema.id] ?? [] { dead[entry.id] = carried[entry.id] }
        return dead
    }

    /// The segments that an edit adds and removes.
    private struct Touched {
        let added: [TableID: [SegmentEntry]]
        let removed: Set<SegmentID>

        init(_ edit: ManifestEdit) {
            added = Dictionary(
                grouping: edit.addedSegments.filter { $0.sourceID == nil }, by: \.tableID)
            removed = Set(edit.removedSegments)
        }

        /// A table's handles after the edit; `nil` where nothing changes.
        func segments(
            of table: TableEntry, _ before: [SegmentHandle],
            _ makeHandle: (SegmentEntry) -> SegmentHandle
        ) -> [SegmentHandle]? {
            let new = added[table.schema.id] ?? []
            guard !removed.isEmpty || !new.isEmpty else { return nil }
            var handles = before.filter { !removed.contains($0.entry.id) }
            if handles.count == before.count && new.isEmpty { return nil }
            handles += new.map(makeHandle)
            handles.sort { SegmentEntry.precedes($0.entry, $1.entry) }
            return handles
        }
    }

    /// Every row up to here is in a segment.
    private var coveredLSN: UInt64 {
        let firstLive = live.values.compactMap { $0.batches.first?.firstLSN }.min()
        return firstLive.map { $0 - 1 } ?? snapshot.version
    }

    // MARK: Live rows

    /// The snapshot with the live rows of now at a log position.
    ///
    /// - Complexity: O(tables + segments with dead rows); segment arrays are shared.
    mutating func showLive(
        _ changed: Set<TableID>, _ deaths: [TableID: TableDeaths], version: UInt64
    ) -> Snapshot {
        let old = snapshot
        let tables = old.tables.map { table in
            let id = table.schema.id
            guard changed.contains(id) || deaths[id] != nil else { return table }
            return TableSnapshot(
                schema: table.schema, segments: table.segments,
                live: live[id]?.batches ?? [], flushedLSN: table.flushedLSN,
                rollups: table.rollups, keys: table.keys,
                dead: table.dead(killing: deaths[id]?.segments ?? [:]))
        }
        snapshot = Snapshot(
            version: version, manifestVersion: old.manifestVersion, tables: tables,
            views: old.views, endpoints: old.endpoints)
        return old
    }
}

extension SegmentEntry {
    /// The order of segments in a snapshot: by chunk start, then number.
    static func precedes(_ one: SegmentEntry, _ other: SegmentEntry) -> Bool {
        (one.chunk.start, one.id) < (other.chunk.start, other.id)
    }
}
