/// What becomes of rollups' files when a manifest is published.
extension CatalogState {
    /// Notes every segment that `next` does not list any more, or never did.
    ///
    /// - Returns: Those without a handle: rollups' files that were left out of the manifest, or of
    ///   the snapshot because they could not be read.
    mutating func retire(_ edit: ManifestEdit, _ next: Manifest) -> [SegmentID] {
        let leftOut = edit.addedSegments.map(\.id).filter { !next.lists($0) }
        var unread = leftOut
        for id in leftOut { retired[id] = next.version }
        let changes =
            !(edit.removedSegments.isEmpty && edit.droppedTables.isEmpty
            && edit.droppedRollups.isEmpty)
            || edit.addedSegments.contains { $0.sourceID != nil }
        guard changes else { return unread }
        for segment in manifest.segments where !next.lists(segment.id) {
            retired[segment.id] = next.version
            if let sourceID = segment.sourceID, !hasHandle(segment, of: sourceID) {
                unread.append(segment.id)
            }
        }
        return unread
    }

    private func hasHandle(_ entry: SegmentEntry, of sourceID: SegmentID) -> Bool {
        snapshot.tables.contains { table in
            table.rollups.contains { $0.files[sourceID]?.entry.id == entry.id }
        }
    }

    /// A table's rollups after the edit, over the manifest of now.
    func rollups(
        of table: TableEntry, _ before: [RollupSnapshot], _ edit: ManifestEdit,
        _ makeHandle: (SegmentEntry) -> SegmentHandle
    ) -> [RollupSnapshot] {
        manifest.rollups.filter { $0.tableID == table.schema.id }.map { rollup in
            let old = before.first { $0.rollup.id == rollup.id }
            var files = old?.files ?? [:]
            if !edit.removedSegments.isEmpty {
                files = files.filter { manifest.lists($0.value.entry.id) }
            }
            for entry in edit.addedSegments
            where entry.tableID == rollup.id && manifest.lists(entry.id) {
                if let sourceID = entry.sourceID { files[sourceID] = makeHandle(entry) }
            }
            // Its names are those of the table's columns.
            let isSame = old?.schema.version == table.schema.version
            return RollupSnapshot(
                rollup: rollup,
                schema: (isSame ? old?.schema : nil) ?? rollup.schema(of: table.schema),
                files: files)
        }
    }
}
