import Segments

/// Makes a directory whose log is damaged one that starts again, when its operator accepts the loss
/// (R-WAL-6).
///
/// What can be read of the log becomes segments; a fresh log goes on behind the last position that
/// anything mentions, so that no position is used twice; the old files are set aside. Until the
/// last step they are where they were, so a repair that is cut off can be made again.
public struct LogRepair {
    private let catalog: Catalog
    private let clock: any Clock
    private let settings: IngestSettings

    /// A repair of the log of an open catalog whose log has not been replayed.
    public init(catalog: Catalog, clock: any Clock, settings: IngestSettings = IngestSettings()) {
        self.catalog = catalog
        self.clock = clock
        self.settings = settings
    }

    /// Looks at the log and changes nothing.
    ///
    /// - Returns: What could be saved; `nil` where the log is sound.
    public func inspect() throws(IngestError) -> LogSalvage? {
        let recovery = LogRecovery(catalog: catalog, clock: clock, settings: settings)
        let reader = recovery.reader(stateLSN: try start().lsn)
        let problem: LogError
        do throws(LogError) {
            _ = try Checkpoints.load(catalog.fileSystem, databaseID: catalog.databaseID)
            _ = try reader.read { record throws(LogError) in _ = try LogPayload.read(record) }
            return nil
        } catch {
            problem = error
        }
        do throws(FileError) {
            return try LogSalvage(
                catalog.fileSystem, databaseID: catalog.databaseID,
                problem: "\(problem.facts)", flushedLSN: reader.flushedLSN,
                provenLSN: max(reader.provenLSN, catalog.snapshot.version))
        } catch {
            throw .log(.fileSystem(error))
        }
    }

    private func checkpoints() throws(IngestError) -> Checkpoints {
        do throws(LogError) {
            return try Checkpoints.load(
                catalog.fileSystem, databaseID: catalog.databaseID, needsLog: false
            ).checkpoints
        } catch {
            throw .log(error)
        }
    }

    /// The newest checkpoint that can be read, whether or not the log goes on from it.
    private func start() throws(IngestError) -> Checkpoints.Start {
        do throws(LogError) {
            return try Checkpoints.load(
                catalog.fileSystem, databaseID: catalog.databaseID, needsLog: false
            ).start
        } catch {
            throw .log(error)
        }
    }

    /// Saves what can be saved and sets the old files aside.
    ///
    /// - Returns: How many rows became segments, how many records could not be understood, and
    ///   where the old files are.
    public func run(
        _ salvage: LogSalvage, stamp: String
    ) throws(IngestError) -> (rows: Int, unreadable: Int, paths: [String]) {
        let recovery = LogRecovery(catalog: catalog, clock: clock, settings: settings)
        var replay = LogRecovery.Replay()
        replay.begin(with: try start())
        var unreadable = 0
        let seed = IDHash.seed(of: catalog.databaseID)
        for record in salvage.records {
            do throws(LogError) {
                try recovery.apply(record, to: &replay, seed: seed)
            } catch {
                unreadable += 1
            }
        }
        try makeSegments(salvage, replay, try recovery.rejectsTable(), seed: seed)
        do throws(CatalogError) {
            let paths = try catalog.setAside(salvage.paths, stamp: stamp)
            return (replay.rowCount, unreadable, paths)
        } catch {
            throw .catalog(error)
        }
    }

    private func makeSegments(
        _ salvage: LogSalvage, _ replay: LogRecovery.Replay, _ rejects: TableSchema, seed: UInt64
    ) throws(IngestError) {
        var contents = LogReader.Contents()
        contents.lastLSN = salvage.lastLSN
        contents.durableLSN = salvage.lastLSN
        contents.files = [
            LogWriter.OlderFile(number: salvage.lastNumber, lastLSN: salvage.lastLSN)
        ]
        let log: LogWriter
        do throws(LogError) {
            log = try LogWriter(
                catalog.fileSystem, databaseID: catalog.databaseID, after: contents,
                settings: settings.log)
        } catch {
            throw .log(error)
        }
        catalog.appendLive(version: salvage.lastLSN, [])
        let core = CommitCore(
            catalog: catalog, log: log, clock: clock, rejects: rejects, seed: seed,
            replay: replay, limits: settings.stateLimits)
        let committer = Committer(core: core, settings: settings)
        let sealer = Sealer(
            catalog: catalog, committer: committer, checkpoints: try checkpoints(), clock: clock,
            settings: settings)
        try sealer.sealNow()
        do throws(FileError) { try sealer.writeCheckpoint() } catch {
            throw .log(.fileSystem(error))
        }
        committer.stop()
        var edit = ManifestEdit()
        for table in catalog.manifest.tables where table.flushedLSN < salvage.lastLSN {
            edit.flushedLSN[table.schema.id] = salvage.lastLSN
        }
        do throws(CatalogError) { try catalog.publish(edit) } catch { throw .catalog(error) }
    }
}
