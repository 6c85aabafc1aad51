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
    /// Fewer, better segments.
    public let compactor: Compactor
    /// What is counted.
    public let metrics = Metrics()
    /// Where events of the process are written.
    public let log: Log
    /// Queries that run now.
    public let running: RunningQueries

    let clock: any Clock
    let workers: WorkerPool
    private let detector: CompactionDetector

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
        catalog = try Self.openCatalog(fileSystem, log: log)
        do throws(IngestError) {
            ingestion = try Ingestion(
                catalog: catalog, clock: clock,
                settings: Self.ingestSettings(
                    configuration, catalog: catalog, log: log, onFailure: onFailure))
        } catch {
            catalog.close()
            throw .cannotOpen("\(error)")
        }
        do throws(CatalogError) {
            _ = try catalog.sweepOrphans()
        } catch {
            log.write(.warning, "orphans_not_swept", ["reason": .text("\(error)")])
        }
        let threads = configuration.scanThreads > 0 ? configuration.scanThreads : coreCount
        workers = WorkerPool(helperCount: max(0, threads - 1))
        var policy = CompactionPolicy()
        policy.targetRowCount = configuration.compactionTargetRowCount
        compactor = Compactor(catalog: catalog, policy: policy, clock: clock)
        ingestion.start()
        detector = CompactionDetector(
            compactor: compactor,
            intervalNanoseconds: UInt64(configuration.compactionIntervalSeconds) * 1_000_000_000
        ) { [catalog] report in
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

    /// Commits what waits, ends all threads and gives the directory back.
    public func close() {
        detector.stop()
        ingestion.stop()
        workers.stop()
        catalog.close()
    }

    /// Lets compaction look at once for what there is to do.
    func wakeCompaction() { detector.wake() }

    private static func openCatalog(
        _ fileSystem: any FileSystem, log: Log
    ) throws(ServerError) -> Catalog {
        var options = CatalogOptions()
        options.canRecoverFrom = { Ingestion.canRecover(fileSystem, from: $0) }
        options.onEvent = { log.write(.info, "catalog", ["event": .text("\($0)")]) }
        do throws(CatalogError) {
            return try Catalog.open(fileSystem, options: options)
        } catch {
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
        settings.onEvent = { event in
            switch event {
            case .logFailed(let reason):
                log.write(.error, "log_failed", ["reason": .text(reason)])
                onFailure(reason)
            case .sealed(let table, let rows, let segments, _):
                log.write(
                    .info, "sealed",
                    ["table": .text(table), "rows": .number(rows), "segments": .number(segments)])
            case .sealingFailed(let table, let reason):
                log.write(
                    .error, "sealing_failed", ["table": .text(table), "reason": .text(reason)])
                if let failure = catalog.failure { onFailure("\(failure)") }
            default: log.write(.info, "ingest", ["event": .text("\(event)")])
            }
        }
        return settings
    }

    private static func write(_ report: CompactionReport, to log: Log) {
        for merge in report.merges {
            if let failure = merge.failure {
                log.write(
                    .error, "compaction_failed",
                    ["table": .text(merge.table), "reason": .text("\(failure)")])
            } else {
                log.write(
                    .info, "compacted",
                    [
                        "table": .text(merge.table), "inputs": .number(merge.inputs.count),
                        "outputs": .number(merge.outputs.count), "rows": .number(merge.rowCount),
                        "reason": .text(merge.reason),
                    ])
            }
        }
        for build in report.rollups {
            if let failure = build.failure {
                log.write(
                    .error, "rollup_failed",
                    ["rollup": .text(build.rollup), "reason": .text("\(failure)")])
            } else {
                log.write(
                    .info, "rolled_up",
                    ["rollup": .text(build.rollup), "segments": .number(build.segmentCount)])
            }
        }
        for failure in report.failures {
            log.write(.error, "compaction_failed", ["reason": .text("\(failure)")])
        }
        if !report.expired.isEmpty {
            log.write(.info, "expired", ["segments": .number(report.expired.count)])
        }
    }
}
