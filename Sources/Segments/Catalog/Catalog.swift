import Synchronization

/// The owner of everything published: the manifest, the live rows and the current snapshot.
///
/// Readers take `snapshot` and keep it as long as they read; one short lock, no copying. Two kinds
/// of writers swap in a new one: the log appends live rows (`appendLive`), and sealing, compaction,
/// retention and DDL publish edits (`publish`). An edit is durable before it is visible, and live
/// rows leave in the same swap in which their segment arrives.
///
/// Locks, in the order in which they may be taken: garbage collection, publishing, places of rows,
/// state. Publications call files under the first two only, so a slow disk never makes a query wait
/// for a snapshot.
public final class Catalog: Sendable {
    /// Where everything lies.
    public let fileSystem: any FileSystem
    /// Which database this directory is.
    public let databaseID: UInt128
    /// Starts in a row before this one that have come to nothing; 0 where they are not counted.
    public let failedStartCount: Int

    let state: Mutex<CatalogState>
    let publishing: Mutex<Publishing>
    let garbage: Mutex<Garbage>
    /// Held while rows must stay where they are (`keepingRowsInPlace`).
    let rowPlaces = Mutex<Void>(())
    let released: ReleasedSegments
    private let openSegment: @Sendable (SegmentEntry) throws(SegmentError) -> SegmentReader
    let onEvent: @Sendable (CatalogEvent) -> Void
    private let directoryLock: any FileLock

    /// What only the one publisher of the moment touches.
    struct Publishing {
        var store: ManifestStore
        /// Set when nobody can say any more what is durable.
        var failure: CatalogError?
    }

    init(opened: OpenedCatalog) {
        fileSystem = opened.fileSystem
        databaseID = opened.state.manifest.databaseID
        state = Mutex(opened.state)
        publishing = Mutex(Publishing(store: opened.store))
        garbage = Mutex(opened.garbage)
        released = opened.released
        failedStartCount = opened.failedStartCount
        openSegment = opened.openSegment
        onEvent = opened.onEvent
        directoryLock = opened.directoryLock
    }

    /// Gives the data directory back to other processes. Nothing may be published afterwards.
    public func close() { directoryLock.release() }

    // MARK: Reading

    /// What a query reads, now. O(1).
    public var snapshot: Snapshot { state.withLock { $0.snapshot } }

    /// The manifest that the snapshot stands on. O(1).
    public var manifest: Manifest { state.withLock { $0.manifest } }

    /// Every row up to this log position is in a segment according to the manifest and to the one
    /// before it, so that log files up to here are not needed, even if the newest manifest is lost.
    /// 0 until two manifests have been published since the start.
    public var logReleaseLSN: UInt64 { state.withLock { $0.coverage.releaseLSN } }

    /// Why nothing is published any more: nobody knows what is durable, and the process has to
    /// stop. `nil` while all is well.
    public var failure: CatalogError? { publishing.withLock { $0.failure } }

    // MARK: Publishing

    /// A number for a new segment, never given twice, across restarts included.
    ///
    /// It becomes durable with the next publication; after a crash before that, the file that has
    /// it tells the next start to go on behind it.
    public func reserveSegmentID() -> SegmentID {
        state.withLock { state in
            defer { state.nextSegmentID += 1 }
            return SegmentID(state.nextSegmentID)
        }
    }

    /// Makes an edit durable, then visible, whole or not at all.
    ///
    /// Files of added segments are written and synced already; their names are made durable here. A
    /// table's live batches up to its new
    /// flush position leave the snapshot in the same step.
    ///
    /// - Throws: `segmentGone`, `unknownTableID` and the like when the edit does not fit what is
    ///   published now; `notPublished` when the old state stands; `unknownOutcome`, from then on
    ///   always, when nobody knows and the process has to stop.
    /// - Complexity: O(tables + segments), and a handful of file calls.
    @discardableResult
    public func publish(_ edit: ManifestEdit) throws(CatalogError) -> Snapshot {
        try publish { _ throws(CatalogError) in edit }
    }

    /// Creates a table with the next number, whatever number `schema` carries.
    ///
    /// - Returns: The schema with its number.
    public func createTable(_ schema: TableSchema) throws(CatalogError) -> TableSchema {
        var numbered = schema
        try publish { manifest throws(CatalogError) in
            numbered.id = TableID(manifest.nextTableID)
            let nextColumnID = (schema.visibleColumns.map(\.id).max() ?? 0) + 1
            var edit = ManifestEdit()
            edit.addedTables = [
                // Nothing before this moment is a row of the table, so it needs no older log.
                TableEntry(
                    schema: numbered, flushedLSN: snapshot.version, nextColumnID: nextColumnID)
            ]
            return edit
        }
        return numbered
    }

    /// Creates a table together with segments of its rows, which carry its number already.
    ///
    /// - Throws: `tableNumberTaken` where the number is not the next one any more.
    public func createTable(
        _ schema: TableSchema, adding segments: [SegmentEntry]
    ) throws(CatalogError) {
        try publish { manifest throws(CatalogError) in
            guard schema.id.rawValue == manifest.nextTableID else {
                throw .tableNumberTaken(schema.id)
            }
            let last = segments.map(\.lastLSN).max() ?? 0
            let nextColumnID = (schema.columns.map(\.id).max() ?? 0) + 1
            var edit = ManifestEdit()
            edit.addedTables = [
                TableEntry(
                    schema: schema, flushedLSN: max(snapshot.version, last),
                    nextColumnID: nextColumnID)
            ]
            edit.addedSegments = segments
            return edit
        }
    }

    /// Gives a table another schema, in the same step in which its last rows of the old one become
    /// segments.
    ///
    /// - Parameters:
    ///   - sealed: Segments of all its live rows, written and synced.
    ///   - moves: Where the live rows are in them.
    ///   - flushLSN: The log position up to which its rows are in segments then.
    /// - Returns: The schema as it is now.
    public func changeTable(
        _ change: TableChange, adding sealed: [SegmentEntry], _ moves: [RowMove] = [],
        flushedTo flushLSN: UInt64
    ) throws(CatalogError) -> TableSchema {
        var edit = ManifestEdit()
        edit.changedTables = [change]
        edit.addedSegments = sealed
        edit.moves[change.before.id] = moves
        edit.flushedLSN[change.before.id] = flushLSN
        guard let table = try publish(edit).table(change.before.id) else {
            throw .tableChanged(change.before.name)
        }
        return table.schema
    }

    /// Forgets a table, its segments and its live rows.
    ///
    /// - Returns: The number it had.
    @discardableResult
    public func dropTable(named name: String) throws(CatalogError) -> TableID {
        var dropped = TableID(0)
        try publish { manifest throws(CatalogError) in
            guard let entry = manifest.tables.first(where: { $0.schema.name == name }) else {
                throw .unknownTable(name)
            }
            dropped = entry.schema.id
            var edit = ManifestEdit()
            edit.droppedTables = [entry.schema.id]
            return edit
        }
        return dropped
    }

    /// Publishes the edit that `make` derives from the manifest of the moment.
    @discardableResult
    func publish(
        making make: (Manifest) throws(CatalogError) -> ManifestEdit
    ) throws(CatalogError) -> Snapshot {
        let (snapshot, pruneFailure) = try publishing.withLock {
            publishing throws(CatalogError) -> (Snapshot, FileError?) in
            if let failure = publishing.failure { throw failure }
            let (current, hash) = state.withLock { ($0.manifest, $0.manifestHash) }
            var edit = try make(current)
            let next = try current.applying(edit)
            try state.withLock { state throws(CatalogError) in try state.prepare(edit) }
            let deadRows = try writeDeadRows(edit, next)
            edit.addedSegments += deadRows
            let published: ManifestStore.Published
            do throws(CatalogError) {
                published = try publish(
                    deadRows.isEmpty ? next : current.applying(edit), after: hash, edit,
                    &publishing.store)
            } catch {
                if case .unknownOutcome = error {
                    publishing.failure = error
                } else {
                    for entry in deadRows { removeUnpublished(entry.path) }
                }
                throw error
            }
            let swap = swap(published, edit, oldestRetained: publishing.store.oldestRetained)
            for id in swap.unread { released.add(id) }
            return (swap.new, published.pruneFailure)
        }
        if let pruneFailure { onEvent(.notRemoved(pruneFailure)) }
        return snapshot
    }

    /// Makes a manifest durable, with the files that an edit adds to it.
    private func publish(
        _ next: Manifest, after hash: Hash128, _ edit: ManifestEdit, _ store: inout ManifestStore
    ) throws(CatalogError) -> ManifestStore.Published {
        try settleFiles(of: edit.addedSegments)
        var next = next
        next.previousHash = hash
        next.nextSegmentID = state.withLock { $0.nextSegmentID }
        return try store.publish(next)
    }

    /// Makes a durable manifest visible. Rows that died while the edit's segments were written are
    /// dead in them, too: none dies between looking for them and the swap.
    private func swap(
        _ published: ManifestStore.Published, _ edit: ManifestEdit, oldestRetained: UInt64
    ) -> (old: Snapshot, new: Snapshot, unread: [SegmentID]) {
        let released = self.released
        return rowPlaces.withLock { _ in
            let carried = edit.deadRowsOfOutputs(snapshot)
            return state.withLock { state in
                state.swap(published, edit, carried, oldestRetained: oldestRetained) {
                    SegmentHandle($0, open: openSegment) { released.add($0.id) }
                }
            }
        }
    }

    /// No manifest lists a file that is not there, or whose name a power cut could take back.
    private func settleFiles(of added: [SegmentEntry]) throws(CatalogError) {
        guard !added.isEmpty else { return }
        for entry in added { try entry.checkFile(in: fileSystem) }
        do throws(FileError) {
            try fileSystem.sync(directory: SegmentFiles.directory)
        } catch {
            // As with a file, a second sync could succeed without having saved anything.
            throw .unknownOutcome(error)
        }
    }
}

/// Numbers of segments whose last handle is gone, waiting for garbage collection.
///
/// Apart from the catalog, so that a handle released late, under any lock, only takes this one.
final class ReleasedSegments: Sendable {
    private let ids = Mutex<[SegmentID]>([])

    func add(_ id: SegmentID) { ids.withLock { $0.append(id) } }

    /// Takes what has come together.
    func drain() -> [SegmentID] {
        ids.withLock { ids in
            defer { ids = [] }
            return ids
        }
    }
}
