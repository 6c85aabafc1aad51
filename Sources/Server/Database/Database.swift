import Compaction
import Ingest
import Query
import Segments

/// One open data directory with everything that works on it: the catalog, ingestion, queries,
/// compaction.
///
/// The only place that knows all modules. Requests come in through its extensions, one for each
/// kind of work; they are safe from any thread.
public final class Database: Sendable {
    /// What can be set.
    public let configuration: Configuration
    /// What is published and live.
    public let catalog: Catalog
    /// The way in for rows and tables.
    public let ingestion: Ingestion
    /// What rows come in from by themselves.
    public let sources: SourceSet
    /// Fewer, better segments.
    public let compactor: Compactor
    /// What is counted.
    public let metrics = Metrics()
    /// Where events of the process are written.
    public let log: Log
    /// Queries that run now.
    public let running: RunningQueries
    /// Statements that were bound before.
    let statements = StatementCache()

    /// Why nothing is taken in or changed, where too many starts before this one came to nothing.
    public let safeModeReason: String?

    /// The system's time zones; none where not even its root can be read.
    let timeZones: TimeZoneDatabase?
    let breaker: RejectBreaker
    let clock: any Clock
    let workers: WorkerPool
    private let detector: CompactionDetector?
    private let probation: StartProbation

    /// Opens a data directory: recovers what was acknowledged and starts the threads.
    ///
    /// - Parameters:
    ///   - coreCount: How many cores there are to use.
    ///   - onFailure: Called once, from an engine thread, when the log failed and the process has
    ///     to stop.
    /// - Throws: `ServerError.cannotOpen` with what is wrong and what to do about it.
    public init(
        configuration: Configuration, fileSystem: any FileSystem, clock: any Clock, log: Log,
        coreCount: Int, onFailure: @escaping @Sendable (String) -> Void
    ) throws(ServerError) {
        self.configuration = configuration
        self.clock = clock
        self.log = log
        let slots = configuration.querySlots > 0 ? configuration.querySlots : coreCount * 2
        running = RunningQueries(slots: slots)
        timeZones = (try? PosixFileSystem(root: "/")).map { TimeZoneDatabase($0) }
        breaker = RejectBreaker(percent: configuration.maximumRejectPercent, clock: clock)
        let catalog = try Self.openCatalog(fileSystem, log: log)
        self.catalog = catalog
        do throws(IngestError) {
            ingestion = try Ingestion(
                catalog: catalog, clock: clock,
                settings: Self.ingestSettings(
                    configuration, catalog: catalog, log: log, onFailure: onFailure))
        } catch {
            catalog.close()
            throw .cannotOpen("\(error)")
        }
        sources = SourceSet(
            ingestion: ingestion, clock: clock,
            settings: Self.sourceSettings(configuration, log: log))
        do throws(CatalogError) {
            if !catalog.shouldBeSafe { _ = try catalog.sweepOrphans() }
        } catch {
            log.write(.warning, "orphans_not_swept", ["reason": .text("\(error)")])
        }
        let threads = configuration.scanThreads > 0 ? configuration.scanThreads : coreCount
        workers = WorkerPool(helperCount: max(0, threads - 1))
        var policy = CompactionPolicy()
        policy.targetRowCount = configuration.compactionTargetRowCount
        compactor = Compactor(catalog: catalog, policy: policy, clock: clock)
        probation = StartProbation(catalog)
        guard !catalog.shouldBeSafe else {
            let reason = "the last \(catalog.failedStartCount) starts came to nothing"
            log.write(.error, "safe_mode", ["reason": .text(reason)])
            safeModeReason = reason
            detector = nil
            return
        }
        safeModeReason = nil
        ingestion.start()
        sources.start()
        detector = CompactionDetector(
            compactor: compactor,
            intervalNanoseconds: UInt64(configuration.compactionIntervalSeconds) * 1_000_000_000
        ) { report in
            Self.write(report, to: log)
            if let failure = catalog.failure { onFailure("\(failure)") }
        }
    }

    /// Why nothing durable can be promised any more, if that is so; then the process has to stop,
    /// and its next start finds out what is there.
    public var failure: String? {
        if let failure = catalog.failure { return "\(failure)" }
        return ingestion.isFailed ? "the write-ahead log failed" : nil
    }

    /// Refuses what would change something while nothing may be changed.
    func checkWritable() throws(StatementError) {
        if let safeModeReason { throw .safeMode(safeModeReason) }
    }

    /// Merges what can be merged of a table now, and logs it as the detector does.
    func compact(table: TableID) -> CompactionReport {
        let report = compactor.run(table: table, isForced: true)
        Self.write(report, to: log)
        return report
    }

    /// Lets garbage collection run again after an older manifest had to stand in for a damaged one.
    ///
    /// - Returns: Whether it was held.
    func releaseGarbage() -> Bool {
        let wasHeld = catalog.isGarbageCollectionHeld
        catalog.releaseGarbageCollection()
        if wasHeld { log.write(.warning, "garbage_released") }
        return wasHeld
    }

    /// Commits what waits, ends all threads and gives the directory back.
    ///
    /// - Parameter sealSeconds: Live rows become segments, so that the next start has nothing to
    ///   replay, as far as that can be begun in this time; the others stay in the log.
    public func close(sealSeconds: Int = 0) {
        probation.stop()
        detector?.stop()
        sources.stop()
        let seconds = safeModeReason == nil ? UInt64(max(0, sealSeconds)) : 0
        ingestion.stop(sealingNanoseconds: seconds * 1_000_000_000)
        workers.stop()
        // A stop in good order is somebody's doing, or shows that this start came to something.
        if catalog.failure == nil { catalog.forgetFailedStarts() }
        catalog.close()
    }

    /// Lets compaction look at once for what there is to do.
    func wakeCompaction() { detector?.wake() }

    private static func openCatalog(
        _ fileSystem: any FileSystem, log: Log
    ) throws(ServerError) -> Catalog {
        var options = CatalogOptions()
        options.canRecoverFrom = { Ingestion.canRecover(fileSystem, from: $0) }
        options.countsStarts = true
        options.onEvent = { Self.write($0, to: log) }
        do throws(CatalogError) {
            return try Catalog.open(fileSystem, options: options)
        } catch {
            // The system's refusals, a held lock among them, say nothing about the data.
            if case .file = error { throw .refused("\(error)") }
            throw .cannotOpen("\(error)")
        }
    }

    private static func ingestSettings(
        _ configuration: Configuration, catalog: Catalog, log: Log,
        onFailure: @escaping @Sendable (String) -> Void
    ) -> IngestSettings {
        var settings = IngestSettings()
        settings.sealRowCount = configuration.sealRowCount
        settings.sealByteCount = configuration.sealByteCount
        settings.sealAgeSeconds = Double(configuration.sealAgeSeconds)
        settings.liveByteLimit = configuration.maximumLiveByteCount
        settings.onEvent = { Self.write($0, to: log, catalog: catalog, onFailure: onFailure) }
        return settings
    }
}
