/// What an edit makes of a manifest; pure.
extension Manifest {
    /// The manifest with the edit applied, at the same version.
    ///
    /// - Complexity: O(tables + segments).
    func applying(_ edit: ManifestEdit) throws(CatalogError) -> Manifest {
        var next = self
        try next.dropTables(edit.droppedTables)
        try next.dropRollups(edit.droppedRollups)
        try next.dropViews(edit.droppedViews)
        try next.addTables(edit.addedTables)
        try next.changeTables(edit.changedTables)
        try next.addRollups(edit.addedRollups)
        try next.addViews(edit.addedViews)
        try next.dropEndpoints(edit.droppedEndpoints)
        try next.addEndpoints(edit.addedEndpoints)
        try next.removeSegments(edit.removedSegments, droppedTables: edit.droppedTables)
        try next.addSegments(edit.addedSegments)
        next.placeRollups(edit)
        try next.placeSources(edit)
        for (table, lsn) in edit.flushedLSN {
            guard let index = next.tableIndex(table) else { throw .unknownTableID(table) }
            guard lsn >= next.tables[index].flushedLSN else {
                throw .flushPosition(
                    table, lsn: lsn, reason: "it is at \(next.tables[index].flushedLSN) already")
            }
            next.tables[index].flushedLSN = lsn
        }
        return next
    }

    /// The position in `tables` of the table with that number. O(log tables).
    func tableIndex(_ id: TableID) -> Int? {
        let index = tables.partitioningIndex { $0.schema.id >= id }
        return index < tables.count && tables[index].schema.id == id ? index : nil
    }

    /// Whether a segment is listed. O(log segments).
    func lists(_ id: SegmentID) -> Bool {
        let index = segments.partitioningIndex { $0.id >= id }
        return index < segments.count && segments[index].id == id
    }

    private mutating func dropTables(_ dropped: [TableID]) throws(CatalogError) {
        for id in dropped {
            guard let index = tableIndex(id) else { throw .unknownTableID(id) }
            tables.remove(at: index)
        }
    }

    private mutating func addTables(_ added: [TableEntry]) throws(CatalogError) {
        for entry in added {
            do throws(SchemaError) { try entry.schema.validate() } catch { throw .schema(error) }
            guard !isTaken(entry.schema.name) else { throw .tableExists(entry.schema.name) }
            precondition(entry.schema.id.rawValue >= nextTableID, "table numbers are never reused")
            tables.append(entry)
            nextTableID = entry.schema.id.rawValue + 1
        }
    }

    private mutating func removeSegments(
        _ removed: [SegmentID], droppedTables: [TableID]
    ) throws(CatalogError) {
        guard !removed.isEmpty || !droppedTables.isEmpty else { return }
        var gone: Set<SegmentID> = []
        for id in removed {
            guard lists(id), gone.insert(id).inserted else { throw .segmentGone(id) }
        }
        segments.removeAll { gone.contains($0.id) || droppedTables.contains($0.tableID) }
    }

    private mutating func addSegments(_ added: [SegmentEntry]) throws(CatalogError) {
        for entry in added where entry.sourceID == nil {
            guard tableIndex(entry.tableID) != nil else { throw .unknownTableID(entry.tableID) }
            let index = segments.partitioningIndex { $0.id >= entry.id }
            guard index == segments.count || segments[index].id != entry.id else {
                throw .segmentNotReserved(entry.id)
            }
            segments.insert(entry, at: index)
        }
    }
}

extension Array {
    /// The first position whose element, like all behind it, satisfies `belongsBehind`.
    func partitioningIndex(where belongsBehind: (Element) -> Bool) -> Int {
        var low = 0
        var high = count
        while low < high {
            let middle = low + (high - low) / 2
            if belongsBehind(self[middle]) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
