import Segments
import Synchronization

/// The whole write path of one data directory: the log, the committing thread, the sealing thread.
///
/// Opening it replays the log; from then on rows come in through `submit` and tables through
/// `createTable` and `dropTable`, so that every commit has a version.
public final class Ingestion: Sendable {
    /// Where everything becomes visible.
    public let catalog: Catalog
    /// Makes segments of live rows.
    public let sealer: Sealer
    let committer: Committer
    private let settings: IngestSettings

    /// Replays the log into a catalog that has just been opened, and gets ready.
    ///
    /// - Throws: `log` where acknowledged records are damaged; nothing is changed then.
    public init(
        catalog: Catalog, clock: any Clock, settings: IngestSettings = IngestSettings()
    ) throws(IngestError) {
        let recovered = try LogRecovery(catalog: catalog, clock: clock, settings: settings).run()
        self.catalog = catalog
        self.settings = settings
        committer = Committer(core: recovered.core, settings: settings)
        sealer = Sealer(
            catalog: catalog, committer: committer, checkpoints: recovered.checkpoints,
            clock: clock, settings: settings)
        try bringRejectsUp()
    }

    /// Gives the table of dead letters of an older build the columns that it lacks.
    private func bringRejectsUp() throws(IngestError) {
        let table = committer.core.withLock(\.rejects)
        guard !catalog.shouldBeSafe, let change = RejectsTable.change(of: table) else { return }
        _ = try sealer.change(change)
        guard let schema = catalog.snapshot.table(table.id)?.schema else { return }
        committer.core.withLock { $0.rejects = schema }
    }

    /// Starts the threads; until then nothing that is submitted returns.
    public func start() {
        committer.start()
        sealer.start()
    }

    /// Commits the rows of a request; returns when they are durable and visible.
    ///
    /// - Throws: see `IngestError`; all but `durabilityUnknown` mean that nothing was applied.
    public func submit(_ request: CommitRequest) throws(IngestError) -> CommitOutcome {
        try committer.submit(request)
    }

    /// Commits rows of a request that is recognised by nothing.
    ///
    /// - Throws: see `submit(_:)`.
    public func submit(
        schema: TableSchema, events: ParsedEvents, onError: ErrorPolicy, requestID: String,
        row: RowRequest? = nil
    ) throws(IngestError) -> CommitOutcome {
        try submit(
            CommitRequest(
                schema: schema, events: events, onError: onError, requestID: requestID, row: row))
    }

    /// Commits a group in the caller's thread, for simulations that start no threads.
    func commit(_ requests: [CommitRequest]) -> [Result<CommitOutcome, IngestError>] {
        committer.core.withLock { $0.commit(requests) }
    }

    /// What is known of a table's published ids.
    func index(of table: TableID) -> IDIndex? { committer.core.withLock { $0.index(of: table) } }

    /// Creates a table; it is there, with a version of its own, when this returns.
    public func createTable(
        _ schema: TableSchema
    ) throws(IngestError) -> (schema: TableSchema, version: UInt64) {
        try committer.core.withLock { core throws(IngestError) in
            guard !core.isClosed else { throw .closed("the log is closed") }
            let created: TableSchema
            do throws(CatalogError) { created = try catalog.createTable(schema) } catch {
                throw .catalog(error)
            }
            return (created, try core.version(ofChangeTo: created.id))
        }
    }

    /// Creates a table with rows: all of it is there when this returns, or nothing is.
    ///
    /// - Parameters:
    ///   - schema: Without UNIQUE columns.
    ///   - rows: In the order of its columns.
    /// - Returns: The version from which on it is there.
    public func createTable(
        _ schema: TableSchema, with rows: RowBatch
    ) throws(IngestError) -> UInt64 {
        guard rows.rowCount > 0 else { return try createTable(schema).version }
        return try sealer.create(schema, with: rows)
    }

    /// Drops a table with its segments and live rows; the table of dead letters stays.
    ///
    /// - Returns: The version from which on it is gone.
    public func dropTable(named name: String) throws(IngestError) -> UInt64 {
        guard name != RejectsTable.name else { throw .catalog(.unknownTable(name)) }
        return try committer.core.withLock { core throws(IngestError) in
            guard !core.isClosed else { throw .closed("the log is closed") }
            let dropped: TableID
            do throws(CatalogError) { dropped = try catalog.dropTable(named: name) } catch {
                throw .catalog(error)
            }
            core.drop(table: dropped)
            sealer.upkeep.removeFiles(of: dropped)
            return try core.version(ofChangeTo: dropped)
        }
    }

    /// Gives a table another schema, under which rows are taken from then on. Rows that are there
    /// stay as they were written, and are read as the new schema says.
    ///
    /// - Returns: The version from which on it is so.
    /// - Throws: `tableChanged` where the table is not as the change was made of any more.
    public func changeTable(_ change: TableChange) throws(IngestError) -> UInt64 {
        guard change.before.name != RejectsTable.name else {
            throw .catalog(.unknownTable(change.before.name))
        }
        do throws(IngestError) { return try sealer.change(change) } catch {
            if case .catalog(.tableChanged(let name)) = error { throw .tableChanged(name) }
            throw error
        }
    }

    /// Creates a rollup; segments from here on are written with it, older ones get it later.
    ///
    /// - Returns: The version from which on it is there.
    public func createRollup(_ rollup: Rollup) throws(IngestError) -> UInt64 {
        try changeCatalog { () throws(CatalogError) in try catalog.createRollup(rollup).id }
    }

    /// Drops a rollup with its files.
    ///
    /// - Returns: The version from which on it is gone.
    public func dropRollup(named name: String) throws(IngestError) -> UInt64 {
        try changeCatalog { () throws(CatalogError) in try catalog.dropRollup(named: name).id }
    }

    /// Creates a view.
    ///
    /// - Parameter isReplacing: Whether a view of that name goes in the same step.
    /// - Returns: The version from which on it is there.
    public func createView(_ view: View, isReplacing: Bool) throws(IngestError) -> UInt64 {
        try changeCatalog { () throws(CatalogError) in
            try catalog.createView(view, isReplacing: isReplacing).id
        }
    }

    /// Drops a view.
    ///
    /// - Returns: The version from which on it is gone.
    public func dropView(named name: String) throws(IngestError) -> UInt64 {
        try changeCatalog { () throws(CatalogError) in try catalog.dropView(named: name).id }
    }

    /// Creates an endpoint.
    ///
    /// - Parameter isReplacing: Whether an endpoint of that name goes in the same step.
    /// - Returns: The version from which on it is there.
    public func createEndpoint(
        _ endpoint: Endpoint, isReplacing: Bool
    ) throws(IngestError) -> UInt64 {
        try changeCatalog { () throws(CatalogError) in
            try catalog.createEndpoint(endpoint, isReplacing: isReplacing).id
        }
    }

    /// Drops an endpoint.
    ///
    /// - Returns: The version from which on it is gone.
    public func dropEndpoint(named name: String) throws(IngestError) -> UInt64 {
        try changeCatalog { () throws(CatalogError) in try catalog.dropEndpoint(named: name).id }
    }

    /// Carries out a change that concerns no rows.
    private func changeCatalog(
        _ change: () throws(CatalogError) -> TableID
    ) throws(IngestError) -> UInt64 {
        try committer.core.withLock { core throws(IngestError) in
            guard !core.isClosed else { throw .closed("the log is closed") }
            let id: TableID
            do throws(CatalogError) { id = try change() } catch { throw .catalog(error) }
            return try core.version(ofChangeTo: id)
        }
    }

    /// Bytes that wait for the log, and bytes of live rows.
    public var load: (waitingBytes: Int, liveBytes: Int) { committer.load }

    /// What the ids of tables cost in memory and mapped files.
    public var idMemory: IDMemory { committer.core.withLock { $0.idMemory } }

    /// Whether the log has failed or was closed, so that nothing is taken any more.
    public var isFailed: Bool { committer.core.withLock { $0.isClosed } }

    /// Commits what waits, takes nothing more, ends the threads.
    ///
    /// - Parameter sealingNanoseconds: Tables whose sealing can begin within this time are sealed,
    ///   so that the next start need not replay them, and what is known of requests goes into a
    ///   checkpoint. The others' rows stay in the log, as do all after the log has failed.
    public func stop(sealingNanoseconds: UInt64 = 0) {
        sealer.stop()
        let mayKeep = !isFailed
        committer.stop()
        guard mayKeep, sealingNanoseconds > 0 else { return }
        sealer.sealRest(within: sealingNanoseconds)
        do throws(FileError) { try sealer.writeCheckpoint() } catch {
            settings.onEvent(.checkpointFailed(error))
        }
    }

    /// Whether the log could bring a catalog from an older manifest to the present: it still has
    /// every position that the manifest is not flushed to, and no table was made or dropped since.
    /// For `CatalogOptions.canRecoverFrom`; reads the whole log.
    public static func canRecover(_ fileSystem: any FileSystem, from manifest: Manifest) -> Bool {
        LogReader.covers(manifest, fileSystem)
    }
}
