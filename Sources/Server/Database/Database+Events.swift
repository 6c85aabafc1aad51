import Compaction
import Ingest
import Segments

/// What happens in the engine, as lines of the process's log.
extension Database {
    /// Writes what opening and clean-up did.
    static func write(_ event: CatalogEvent, to log: Log) {
        let level: LogLevel =
            switch event {
            case .fellBack, .identityRestored, .rollupUnreadable, .startNotCounted, .notRemoved:
                .warning
            case .created, .checking, .orphansMoved, .retiredMoved, .purged: .info
            }
        log.write(level, "catalog", ["event": .text("\(event)")])
    }

    /// Writes what ingestion did; a failure of the log or the catalog goes to `onFailure`.
    static func write(
        _ event: IngestEvent, to log: Log, catalog: Catalog,
        onFailure: @Sendable (String) -> Void
    ) {
        switch event {
        case .logFailed(let reason):
            log.write(.error, "log_failed", ["reason": .text(reason)])
            onFailure(reason)
        case .sealed(let table, let rows, let segments, _):
            log.write(
                .info, "sealed",
                ["table": .text(table), "rows": .number(rows), "segments": .number(segments)])
        case .sealingFailed(let table, let reason):
            log.write(.error, "sealing_failed", ["table": .text(table), "reason": .text(reason)])
            if let failure = catalog.failure { onFailure("\(failure)") }
        case .idRunNotMade, .idRunUnusable:
            log.write(.warning, "ingest", ["event": .text("\(event)")])
        default: log.write(.info, "ingest", ["event": .text("\(event)")])
        }
    }

    /// Writes what a pass of compaction did.
    static func write(_ report: CompactionReport, to log: Log) {
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
