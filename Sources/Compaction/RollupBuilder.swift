import Segments

/// Makes the rollups that published segments lack: those created after the segments were, and
/// those that could not be written with them.
///
/// Readers and writers are not disturbed: a segment answers itself until its rollup is published,
/// and a rollup whose segment is merged away meanwhile is left out of the manifest.
struct RollupBuilder {
    let catalog: Catalog
    let cancellation: Cancellation

    /// Files published together, so that a manifest is not written for each of them.
    static let batchCount = 32

    /// The segments that have no file of a rollup, in order, at most a batch of them.
    static func missing(
        _ rollup: RollupSnapshot, in table: TableSnapshot
    ) -> [SegmentHandle] {
        Array(
            table.segments.lazy.filter { rollup.files[$0.entry.id] == nil }.prefix(batchCount))
    }

    /// Writes and publishes a rollup of some segments of a table.
    func build(
        _ rollup: Rollup, of segments: [SegmentHandle], table: TableSchema
    ) throws(CompactionError) {
        var edit = ManifestEdit()
        do throws(CompactionError) {
            for segment in segments {
                if cancellation.isCancelled { throw .cancelled }
                edit.addedSegments.append(try write(rollup, of: segment, table))
            }
            do throws(CatalogError) { try catalog.publish(edit) } catch { throw .catalog(error) }
        } catch {
            if case .catalog(.unknownOutcome) = error { throw error }
            for entry in edit.addedSegments { catalog.removeUnpublished(entry.path) }
            throw error
        }
    }

    private func write(
        _ rollup: Rollup, of segment: SegmentHandle, _ table: TableSchema
    ) throws(CompactionError) -> SegmentEntry {
        let id = catalog.reserveSegmentID()
        do throws(SegmentError) {
            return try RollupWriter(fileSystem: catalog.fileSystem)
                .write(rollup, of: try segment.reader(), table: table, as: id)
        } catch {
            catalog.removeUnpublished(SegmentEntry.path(of: id))
            throw .segment(error)
        }
    }
}
