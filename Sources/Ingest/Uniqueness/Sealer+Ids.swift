import Segments
import Synchronization

/// What a seal does for ids; see `IDIndexUpkeep`.
extension Sealer {
    /// A table's index with the rows of a seal that has just been published; `nil` where it stays
    /// as it is.
    func extendedIndex(
        by frozen: CommitCore.Frozen, published: [SegmentEntry]
    ) -> IDIndex? {
        let index = committer.core.withLock { $0.index(of: frozen.schema.id) }
        return index.flatMap { upkeep.extended($0, by: frozen, published: published) }
    }

    /// Writes and merges a table's id runs, while rows are committed.
    func tidyIDs(of id: TableID) {
        guard let index = committer.core.withLock({ $0.index(of: id) }),
            let table = catalog.snapshot.table(id),
            let tidied = upkeep.tidied(index, table)
        else { return }
        if committer.core.withLock({ $0.install(tidied.index, of: id) }) {
            upkeep.remove(tidied.obsolete.sorted())
        } else {
            upkeep.removeFiles(of: id)
        }
    }
}
