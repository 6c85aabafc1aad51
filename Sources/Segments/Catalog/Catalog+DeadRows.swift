import Synchronization

/// How dead rows become durable: with each publication that moves a table's flush position or its
/// rows, as files beside the segments (`DeadRowFile`).
///
/// What is listed is what was dead at the flush position. Deaths behind it are in the log, whose
/// records kill again when they are replayed.
extension Catalog {
    /// Writes the dead rows that the manifest made by an edit has to list, where it does not yet.
    ///
    /// - Parameter next: The manifest with the edit applied.
    /// - Returns: Entries to add to the edit. After an error none of their files is there.
    func writeDeadRows(
        _ edit: ManifestEdit, _ next: Manifest
    ) throws(CatalogError) -> [SegmentEntry] {
        let snapshot = state.withLock { $0.snapshot }
        guard edit.mayChangeDeadRows(of: snapshot) else { return [] }
        var listed: [SegmentID: Int] = [:]
        for file in next.segments where file.tableID == DeadRowFile.tableID {
            if let sourceID = file.sourceID { listed[sourceID] = file.rowCount }
        }
        let carried = edit.deadRowsOfOutputs(snapshot)
        var written: [SegmentEntry] = []
        do throws(SegmentError) {
            for source in next.segments where source.sourceID == nil {
                guard let index = next.tableIndex(source.tableID),
                    let dead = carried[source.id]
                        ?? snapshot.table(source.tableID)?.dead[source.id]
                else { continue }
                let flushedLSN = next.tables[index].flushedLSN
                guard let durable = dead.undone(after: flushedLSN) else {
                    preconditionFailure("deaths behind the flush position are remembered")
                }
                if durable.count <= listed[source.id] ?? 0 { continue }
                let id = reserveSegmentID()
                written.append(
                    try DeadRowFile.write(
                        durable, of: source, flushedLSN: flushedLSN, as: id, in: fileSystem))
            }
            return written
        } catch {
            for entry in written { removeUnpublished(entry.path) }
            throw .deadRowsNotWritten(error)
        }
    }
}

extension Catalog {
    /// Forgets when rows of a table died, for deaths up to a log position that no reader goes back
    /// behind any more; the rows stay dead. Positions behind the table's flush position are not
    /// forgotten.
    public func forgetDeaths(of table: TableID, upTo lsn: UInt64) {
        state.withLock { $0.forgetDeaths(of: table, upTo: lsn) }
    }
}

extension CatalogState {
    fileprivate mutating func forgetDeaths(of id: TableID, upTo lsn: UInt64) {
        let tables = snapshot.tables.map { table in
            guard table.schema.id == id, !table.dead.isEmpty else { return table }
            return TableSnapshot(
                schema: table.schema, segments: table.segments, live: table.live,
                flushedLSN: table.flushedLSN, rollups: table.rollups, keys: table.keys,
                dead: table.dead.mapValues { $0.forgotten(upTo: min(lsn, table.flushedLSN)) })
        }
        snapshot = Snapshot(
            version: snapshot.version, manifestVersion: snapshot.manifestVersion, tables: tables)
    }
}

extension [SegmentID: DeadRows] {
    /// A table remembers so many deaths, 128 MiB of them, whatever history it wants.
    private static let maximumRememberedCount = 1 << 23

    /// The same dead rows, forgetting when they died up to a flush position where that would be
    /// too much to remember.
    func bounded(forgettingUpTo flushedLSN: UInt64) -> [SegmentID: DeadRows] {
        let count = values.reduce(0) { $0 + $1.rememberedCount }
        guard count > Self.maximumRememberedCount else { return self }
        return mapValues { $0.forgotten(upTo: flushedLSN) }
    }
}

extension ManifestEdit {
    /// Whether the edit may change which dead rows a manifest lists.
    fileprivate func mayChangeDeadRows(of snapshot: Snapshot) -> Bool {
        guard !moves.isEmpty || !flushedLSN.isEmpty else { return false }
        return snapshot.tables.contains { table in
            !table.dead.isEmpty || table.live.contains { $0.dead != nil }
        }
    }

    /// The dead rows that the edit's new segments have at the moment of a snapshot.
    func deadRowsOfOutputs(_ snapshot: Snapshot) -> [SegmentID: DeadRows] {
        guard !moves.isEmpty else { return [:] }
        var segments: [SegmentID: DeadRows] = [:]
        var live: [TableID: [UInt64: DeadRows]] = [:]
        for table in snapshot.tables {
            segments.merge(table.dead) { one, _ in one }
            for batch in table.live {
                if let dead = batch.dead {
                    live[table.schema.id, default: [:]][batch.firstLSN] = dead
                }
            }
        }
        var carried: [SegmentID: DeadRows] = [:]
        for (table, moves) in moves {
            for move in moves {
                let outputs = move.carried { input in
                    switch input {
                    case .segment(let id): segments[id]
                    case .live(let firstLSN): live[table]?[firstLSN]
                    }
                }
                carried.merge(outputs) { _, new in new }
            }
        }
        return carried
    }
}

extension OpenedCatalog {
    /// The dead rows that a manifest lists, by segment.
    ///
    /// - Parameter needsAll: Refuse to go on without those that cannot be read.
    static func deadRows(
        _ manifest: Manifest, needsAll: Bool,
        _ open: (SegmentEntry) throws(SegmentError) -> SegmentReader
    ) throws(CatalogError) -> [SegmentID: DeadRows] {
        var dead: [SegmentID: DeadRows] = [:]
        for (file, source) in manifest.deadRowFiles {
            do throws(SegmentError) {
                dead[source.id] = try DeadRowFile.read(try open(file), of: source)
            } catch {
                if needsAll { throw .unreadableSegment(error) }
            }
        }
        return dead
    }
}

extension Manifest {
    /// The files of dead rows, each with the segment that they are in.
    public var deadRowFiles: [(file: SegmentEntry, source: SegmentEntry)] {
        segments.compactMap { file in
            guard file.tableID == DeadRowFile.tableID, let sourceID = file.sourceID,
                let source = segment(sourceID)
            else { return nil }
            return (file, source)
        }
    }
}
