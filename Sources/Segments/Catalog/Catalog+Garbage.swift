import Synchronization

/// How files that nobody needs leave the data directory: first to `trash/`, then for good.
///
/// A retired segment's file is moved when its last handle is gone and no manifest that stays lists
/// it; a stray file when recovery is over and no manifest lists it. Whatever cannot be looked up
/// stays where it is.
struct Garbage: Sendable {
    /// Set after an older manifest stood in for a damaged one, until an operator looks.
    var isHeld: Bool
    /// Only files with a lower number can be strays: they were there when the catalog opened.
    let sweptBelow: UInt64
    /// Only unfinished manifests below this version can be strays.
    let sweptManifestsBelow: UInt64
    /// Retired segments without a handle, by the steady time at which that was noticed.
    var waiting: [SegmentID: UInt64] = [:]
    /// Files in `trash/`, by the steady time at which they were first seen there.
    var trashed: [String: UInt64] = [:]
}

/// What one pass of garbage collection did.
public struct GarbageCollection: Hashable, Sendable {
    /// Segment files moved to `trash/`.
    public var movedCount = 0
    /// Files removed for good.
    public var purgedCount = 0
    /// Retired segments without a reader whose files still wait for older manifests to go.
    public var waitingCount = 0

    /// Nothing done.
    public init() {}
}

extension Catalog {
    /// How long files stay in `trash/`, in nanoseconds, where nothing else is said: ten minutes.
    public static let trashGraceNanoseconds: UInt64 = 600_000_000_000

    /// Whether garbage collection waits for an operator, because an older manifest had to stand in
    /// for a damaged one and nobody knows what that one listed.
    public var isGarbageCollectionHeld: Bool { garbage.withLock { $0.isHeld } }

    /// Lets garbage collection run again, on the operator's word.
    public func releaseGarbageCollection() { garbage.withLock { $0.isHeld = false } }

    /// Moves the files of retired segments that nobody reads to `trash/`, and removes for good what
    /// has been there for the grace, by the steady clock of this process.
    ///
    /// A failing file call is reported as an event and tried again next time. Segments that wait
    /// for older manifests longer than the grace make this publish empty edits until they may go.
    public func collectGarbage(
        clock: any Clock, graceNanoseconds: UInt64 = trashGraceNanoseconds
    ) -> GarbageCollection {
        let now = clock.steadyNanoseconds()
        let isDue: Bool
        var result: GarbageCollection
        (result, isDue) = garbage.withLock { garbage in
            for id in released.drain() { garbage.waiting[id] = now }
            guard !garbage.isHeld else { return (GarbageCollection(), false) }
            var result = GarbageCollection()
            result.movedCount = moveRetired(&garbage, now)
            result.purgedCount = purge(&garbage, now, graceNanoseconds)
            result.waitingCount = garbage.waiting.count
            let oldest = garbage.waiting.values.min()
            return (result, oldest.map { now - $0 >= graceNanoseconds } ?? false)
        }
        if isDue {
            retireOldManifests()
            result.movedCount += garbage.withLock { moveRetired(&$0, now) }
            result.waitingCount = garbage.withLock { $0.waiting.count }
        }
        return result
    }

    /// Moves files that no manifest lists to `trash/`: what a crash left of seals, compactions and
    /// publications. Called once, after the log has been replayed.
    ///
    /// Only names of the engine's own pattern that were there when the catalog opened.
    ///
    /// - Returns: How many files were moved.
    @discardableResult
    public func sweepOrphans() throws(CatalogError) -> Int {
        let count = try garbage.withLock { garbage throws(CatalogError) -> Int in
            guard !garbage.isHeld, !publishing.withLock({ $0.store.hasDamaged }) else { return 0 }
            let (manifest, retired) = state.withLock { ($0.manifest, $0.retired) }
            return try CatalogError.wrapping { () throws(FileError) in
                var count = 0
                for directory in [SegmentFiles.directory, "tmp"] {
                    let orphans = try fileSystem.list(directory).filter { name in
                        guard let id = SegmentFiles.id(ofFileNamed: name),
                            id.rawValue < garbage.sweptBelow
                        else { return false }
                        let isNeeded = manifest.lists(id) || retired[id] != nil
                        let isFinal = directory + "/" + name == SegmentEntry.path(of: id)
                        return !(isFinal && isNeeded)
                    }
                    try fileSystem.durableMove(orphans, from: directory, to: "trash")
                    count += orphans.count
                }
                let partial = try fileSystem.list(ManifestStore.directory).filter { name in
                    let version = SegmentFiles.manifestVersion(ofTemporaryNamed: name)
                    return version.map { $0 < garbage.sweptManifestsBelow } ?? false
                }
                try fileSystem.durableMove(partial, from: ManifestStore.directory, to: "trash")
                return count + partial.count
            }
        }
        if count > 0 { onEvent(.orphansMoved(count: count)) }
        return count
    }

    /// Moves what may go, as far as the file system lets it.
    private func moveRetired(_ garbage: inout Garbage, _ now: UInt64) -> Int {
        guard !publishing.withLock({ $0.store.hasDamaged }) else { return 0 }
        let free = state.withLock { state in
            garbage.waiting.keys.filter { id in
                state.retired[id].map { $0 <= state.oldestRetained } ?? false
            }
        }.sorted()
        var moved: [SegmentID] = []
        do throws(FileError) {
            for id in free where try fileSystem.byteCount(of: SegmentEntry.path(of: id)) != nil {
                moved.append(id)
            }
            try fileSystem.durableMove(
                moved.map(SegmentFiles.name(of:)), from: SegmentFiles.directory, to: "trash")
        } catch {
            onEvent(.notRemoved(error))
            return 0
        }
        for id in free { garbage.waiting[id] = nil }
        for id in moved { garbage.trashed[SegmentFiles.name(of: id)] = now }
        state.withLock { state in for id in free { state.retired[id] = nil } }
        if !moved.isEmpty { onEvent(.retiredMoved(count: moved.count)) }
        return moved.count
    }

    /// Removes own files that have been in `trash/` long enough.
    private func purge(_ garbage: inout Garbage, _ now: UInt64, _ grace: UInt64) -> Int {
        var count = 0
        do throws(FileError) {
            let names = try fileSystem.list("trash").filter(SegmentFiles.isOwn)
            var seen: [String: UInt64] = [:]
            for name in names { seen[name] = garbage.trashed[name] ?? now }
            garbage.trashed = seen
            for (name, since) in seen.sorted(by: { $0.key < $1.key }) where now - since >= grace {
                try fileSystem.remove("trash/" + name)
                garbage.trashed[name] = nil
                count += 1
            }
        } catch {
            onEvent(.notRemoved(error))
        }
        if count > 0 { onEvent(.purged(count: count)) }
        return count
    }

    /// Publishes empty edits until no manifest that stays lists a retired segment.
    private func retireOldManifests() {
        for _ in 1..<ManifestStore.retainedCount {
            do throws(CatalogError) {
                try publish(ManifestEdit())
            } catch {
                // The next publication of somebody else reports the same failure.
                return
            }
        }
    }
}

extension Catalog {
    /// Removes a file that nothing refers to. Where that fails, the orphan sweep of the next start
    /// takes it, so the reason of the failure before is the one that is reported.
    public func removeUnpublished(_ path: String) {
        do throws(FileError) {
            if try fileSystem.byteCount(of: path) != nil { try fileSystem.remove(path) }
        } catch {
            return
        }
    }
}
