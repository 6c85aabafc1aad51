/// Rollups in a manifest, and what an edit makes of them; pure.
extension Manifest {
    /// The rollup of that number. O(rollups).
    func rollup(_ id: TableID) -> Rollup? { rollups.first { $0.id == id } }

    /// Whether a table, a rollup or a view has that name.
    func isTaken(_ name: String) -> Bool {
        tables.contains { $0.schema.name == name } || rollups.contains { $0.name == name }
            || views.contains { $0.name == name }
    }

    /// The listed segment of that number. O(log segments).
    func segment(_ id: SegmentID) -> SegmentEntry? {
        let index = segments.partitioningIndex { $0.id >= id }
        return index < segments.count && segments[index].id == id ? segments[index] : nil
    }

    /// Whether what a segment is of is there: its table, or its rollup and the segment it sums up,
    /// or the segment whose dead rows it lists.
    func hasPlace(for segment: SegmentEntry) -> Bool {
        guard let sourceID = segment.sourceID else { return tableIndex(segment.tableID) != nil }
        if segment.tableID == DeadRowFile.tableID {
            return self.segment(sourceID).map { $0.sourceID == nil } ?? false
        }
        guard let rollup = rollup(segment.tableID), let source = self.segment(sourceID) else {
            return false
        }
        return source.tableID == rollup.tableID && source.sourceID == nil
    }

    mutating func dropRollups(_ dropped: [TableID]) throws(CatalogError) {
        for id in dropped {
            guard let index = rollups.firstIndex(where: { $0.id == id }) else {
                throw .unknownTableID(id)
            }
            rollups.remove(at: index)
        }
    }

    mutating func addRollups(_ added: [Rollup]) throws(CatalogError) {
        for rollup in added {
            guard let index = tableIndex(rollup.tableID) else {
                throw .unknownTableID(rollup.tableID)
            }
            do throws(SchemaError) {
                try rollup.validate(for: tables[index].schema)
                guard rollups.count(where: { $0.tableID == rollup.tableID }) < Rollup.maximumCount
                else {
                    throw SchemaError("a table has at most \(Rollup.maximumCount) rollups")
                }
            } catch {
                throw .schema(error)
            }
            guard !isTaken(rollup.name) else { throw .tableExists(rollup.name) }
            precondition(rollup.id.rawValue >= nextTableID, "numbers are never reused")
            rollups.append(rollup)
            nextTableID = rollup.id.rawValue + 1
        }
    }

    /// Lists the added files of rollups and of dead rows, each in place of an older one of the same
    /// segment, and forgets those whose rollup or segment is gone.
    ///
    /// - Complexity: O(segments log segments), or O(1) where the edit cannot change any.
    mutating func placeRollups(_ edit: ManifestEdit) {
        if !edit.droppedTables.isEmpty {
            rollups.removeAll { edit.droppedTables.contains($0.tableID) }
        }
        let added = edit.addedSegments.filter {
            $0.sourceID != nil && hasPlace(for: $0) && !lists($0.id)
        }
        let removes =
            !(edit.removedSegments.isEmpty && edit.droppedTables.isEmpty
            && edit.droppedRollups.isEmpty)
        guard removes || !added.isEmpty else { return }
        let replaced = Set(added.map(RollupPlace.init))
        let known = self
        segments.removeAll { entry in
            entry.sourceID != nil
                && (!known.hasPlace(for: entry) || replaced.contains(RollupPlace(entry)))
        }
        for entry in added {
            segments.insert(entry, at: segments.partitioningIndex { $0.id >= entry.id })
        }
    }
}

/// Which segment's rollup a file is.
private struct RollupPlace: Hashable {
    let rollup: TableID
    let source: SegmentID?

    init(_ entry: SegmentEntry) {
        rollup = entry.tableID
        source = entry.sourceID
    }
}
