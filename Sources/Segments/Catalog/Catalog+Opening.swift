/// How a catalog is opened; every part has a default that is right for tests.
public struct CatalogOptions: Sendable {
    /// The id of a database that has to be made.
    public var newDatabaseID = UInt128.random(in: 1 ... .max)
    /// Asked before an older manifest stands in for a damaged newest one: whether the log has every
    /// row since that manifest. Nobody knows by default.
    public var canRecoverFrom: @Sendable (Manifest) -> Bool = { _ in false }
    /// How segments are opened when a query wants them.
    public var readMode = SegmentReadMode.map
    /// Whether opening looks at the footer of every listed segment, besides its file's size.
    public var checksFooters = true
    /// Whether every listed segment must be there, with its size, for the catalog to open. Only a
    /// repair or a check, which name what is missing, goes on without.
    public var needsSegments = true
    /// Whether this start is one of a server, which is counted until it has proved itself.
    public var countsStarts = false
    /// Learns of what an operator may want to see in the log, in the thread that causes it.
    public var onEvent: @Sendable (CatalogEvent) -> Void = { _ in }

    /// The defaults.
    public init() {}
}

extension Catalog {
    /// The directories of a data directory.
    static let directories = ["wal", "manifest", "seg", IDRunFiles.directory, "tmp", "trash"]

    /// Opens a data directory, making it if it is new: takes its lock, finds the manifest that
    /// holds, looks for the file of each listed segment.
    ///
    /// Nothing is written where a database is there, except what is missing of the directories and
    /// the `UUID` file. The log is replayed by its owner through `appendLive`, after which
    /// `sweepOrphans()` may run.
    ///
    /// - Throws: what makes the directory unusable; nothing is changed then.
    public static func open(
        _ fileSystem: any FileSystem, options: CatalogOptions = CatalogOptions()
    ) throws(CatalogError) -> Catalog {
        let lock = try CatalogError.wrapping { () throws(FileError) in
            try fileSystem.lock("LOCK")
        }
        do throws(CatalogError) {
            return Catalog(opened: try OpenedCatalog(fileSystem, lock: lock, options: options))
        } catch {
            lock.release()
            throw error
        }
    }
}

/// Recovery up to the point where the log takes over (RELIABILITY calls these steps 1 to 4).
struct OpenedCatalog {
    let fileSystem: any FileSystem
    let directoryLock: any FileLock
    let onEvent: @Sendable (CatalogEvent) -> Void
    let released = ReleasedSegments()
    let openSegment: @Sendable (SegmentEntry) throws(SegmentError) -> SegmentReader
    let store: ManifestStore
    let state: CatalogState
    let garbage: Garbage
    let failedStartCount: Int

    /// Segments checked between two reports of progress.
    private static let progressStep = 1_000
    /// Table numbers passed over when a damaged manifest may have given some away.
    private static let tableNumberGap: UInt32 = 1_024

    init(
        _ fileSystem: any FileSystem, lock: any FileLock, options: CatalogOptions
    ) throws(CatalogError) {
        self.fileSystem = fileSystem
        directoryLock = lock
        onEvent = options.onEvent
        try Self.makeDirectories(fileSystem)
        failedStartCount =
            options.countsStarts ? try StartCount.begin(fileSystem, options.onEvent) : 0
        let identity = try DatabaseIdentity.load(fileSystem)
        let found = try ManifestStore.load(fileSystem, canRecoverFrom: options.canRecoverFrom)
        var store = found.store
        let loaded: ManifestStore.Loaded
        if let old = found.loaded {
            loaded = old
            try Self.makeDurable(fileSystem)
            try Self.checkIdentity(fileSystem, identity, old.manifest, options.onEvent)
        } else {
            let id = identity ?? options.newDatabaseID
            loaded = try Self.create(fileSystem, &store, id, isKnown: identity != nil)
            options.onEvent(.created)
        }
        let decoders = PageDecoders()
        let readMode = options.readMode
        let open: @Sendable (SegmentEntry) throws(SegmentError) -> SegmentReader = {
            entry throws(SegmentError) in
            try SegmentReader(
                fileSystem: fileSystem, entry: entry, readMode: readMode, decoders: decoders)
        }
        openSegment = open
        let unreadable = try Self.checkSegments(fileSystem, loaded.manifest, options, open)

        var manifest = loaded.manifest
        if let passedOver = loaded.passedOver {
            manifest.nextTableID += Self.tableNumberGap
            options.onEvent(
                .fellBack(
                    from: passedOver.path, problem: passedOver.problem, to: manifest.version))
        }
        let highest = try SegmentFiles.highestNumber(fileSystem)
        let nextSegmentID = max(manifest.nextSegmentID, highest + 1)
        let retired = Self.retired(loaded)
        for id in retired.keys { released.add(id) }
        let released = self.released
        let dead = try Self.deadRows(manifest, needsAll: options.needsSegments, open)
        let snapshot = Self.snapshot(manifest, without: unreadable, dead) {
            SegmentHandle($0, open: open) { released.add($0.id) }
        }
        state = CatalogState(
            manifest: manifest, manifestHash: loaded.hash, snapshot: snapshot,
            nextSegmentID: nextSegmentID, retired: retired, oldestRetained: store.oldestRetained)
        garbage = Garbage(
            isHeld: loaded.passedOver != nil, sweptBelow: nextSegmentID,
            sweptManifestsBelow: store.nextVersion)
        self.store = store
    }

    private static func makeDirectories(_ fileSystem: any FileSystem) throws(CatalogError) {
        try CatalogError.wrapping { () throws(FileError) in
            for directory in Catalog.directories { try fileSystem.createDirectory(directory) }
            try fileSystem.sync(directory: "")
        }
    }

    /// Makes sure that what was found will be found again. Where the process before ended because
    /// nobody knew whether a manifest is durable, this start sees it all the same, and rows that
    /// are committed under it must not outlive it.
    private static func makeDurable(_ fileSystem: any FileSystem) throws(CatalogError) {
        try CatalogError.wrapping { () throws(FileError) in
            for directory in ["seg", ManifestStore.directory] {
                try fileSystem.sync(directory: directory)
            }
        }
    }

    /// The first manifest of a new database. Refused where segments or log files speak against it.
    private static func create(
        _ fileSystem: any FileSystem, _ store: inout ManifestStore, _ id: UInt128, isKnown: Bool
    ) throws(CatalogError) -> ManifestStore.Loaded {
        for directory in ["seg", "wal"] {
            let names = try CatalogError.wrapping { () throws(FileError) in
                try fileSystem.list(directory)
            }
            if let name = names.min() {
                throw .missingManifest(evidence: "\(directory)/\(name) is there")
            }
        }
        if !isKnown { try writeIdentity(fileSystem, id) }
        let published = try store.publish(Manifest(databaseID: id))
        return ManifestStore.Loaded(
            manifest: published.manifest, hash: published.hash, older: [])
    }

    /// The `UUID` file says what the manifest says. A lost or damaged one is written anew.
    private static func checkIdentity(
        _ fileSystem: any FileSystem, _ identity: UInt128?, _ manifest: Manifest,
        _ onEvent: (CatalogEvent) -> Void
    ) throws(CatalogError) {
        let id = manifest.databaseID
        if let identity {
            guard identity == id else {
                throw .foreignManifest(
                    path: ManifestStore.path(of: manifest.version),
                    expected: DatabaseIdentity.hex(identity), found: DatabaseIdentity.hex(id))
            }
            return
        }
        try writeIdentity(fileSystem, id)
        onEvent(.identityRestored)
    }

    private static func writeIdentity(
        _ fileSystem: any FileSystem, _ id: UInt128
    ) throws(CatalogError) {
        try CatalogError.wrapping { () throws(FileError) in
            try fileSystem.durableReplace(
                DatabaseIdentity.path, with: DatabaseIdentity.encoded(id))
        }
    }

    /// Every listed segment has its file, of the right size, with a footer that its reader accepts.
    ///
    /// - Returns: Rollups for which that is not so; nothing depends on them.
    private static func checkSegments(
        _ fileSystem: any FileSystem, _ manifest: Manifest, _ options: CatalogOptions,
        _ open: (SegmentEntry) throws(SegmentError) -> SegmentReader
    ) throws(CatalogError) -> Set<SegmentID> {
        var unreadable: Set<SegmentID> = []
        guard options.needsSegments else { return unreadable }
        for (index, entry) in manifest.segments.enumerated() {
            if index % progressStep == 0 {
                options.onEvent(.checking(segments: index, of: manifest.segments.count))
            }
            do throws(CatalogError) {
                try entry.checkFile(in: fileSystem)
                guard options.checksFooters else { continue }
                do throws(SegmentError) { _ = try open(entry) } catch {
                    throw .unreadableSegment(error)
                }
            } catch {
                guard entry.sourceID != nil, entry.tableID != DeadRowFile.tableID else {
                    throw error
                }
                unreadable.insert(entry.id)
                options.onEvent(.rollupUnreadable(path: entry.path, reason: error.description))
            }
        }
        return unreadable
    }

    /// Segments that older manifests list and the newest does not, by the version that dropped
    /// them. Nobody reads them, but their files stay as long as those manifests.
    private static func retired(_ loaded: ManifestStore.Loaded) -> [SegmentID: UInt64] {
        var retired: [SegmentID: UInt64] = [:]
        var newer = loaded.manifest
        for older in loaded.older {
            for segment in older.segments
            where !loaded.manifest.lists(segment.id) && retired[segment.id] == nil {
                retired[segment.id] = newer.version
            }
            newer = older
        }
        return retired
    }

    private static func snapshot(
        _ manifest: Manifest, without unreadable: Set<SegmentID>,
        _ dead: [SegmentID: DeadRows], _ makeHandle: (SegmentEntry) -> SegmentHandle
    ) -> Snapshot {
        let segments = Dictionary(grouping: manifest.segments, by: \.tableID)
        let tables = manifest.tables.map { table in
            let entries = (segments[table.schema.id] ?? []).sorted(by: SegmentEntry.precedes)
            return TableSnapshot(
                schema: table.schema, segments: entries.map(makeHandle), live: [],
                flushedLSN: table.flushedLSN,
                rollups: manifest.rollups.filter { $0.tableID == table.schema.id }.map { rollup in
                    var files: [SegmentID: SegmentHandle] = [:]
                    for entry in segments[rollup.id] ?? [] where !unreadable.contains(entry.id) {
                        if let sourceID = entry.sourceID { files[sourceID] = makeHandle(entry) }
                    }
                    return RollupSnapshot(
                        rollup: rollup, schema: rollup.schema(of: table.schema), files: files)
                },
                dead: dead.isEmpty
                    ? dead : entries.reduce(into: [:]) { $0[$1.id] = dead[$1.id] })
        }
        return Snapshot(
            version: manifest.tables.map(\.flushedLSN).max() ?? 0,
            manifestVersion: manifest.version, tables: tables, views: manifest.views,
            endpoints: manifest.endpoints)
    }
}
