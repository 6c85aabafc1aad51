import Compaction
import Ingest
import Segments

/// `GET /metrics`.
extension APIHandler {
    func prometheus() -> HTTPResponse {
        let snapshot = database.catalog.snapshot
        let load = database.ingestion.load
        let compaction = database.compactor.status
        func perTable(
            _ name: String, _ help: String, _ figure: (TableSnapshot) -> Int
        ) -> Metrics.Gauge {
            Metrics.Gauge(
                name, help,
                snapshot.tables.map {
                    (labels: "table=\"\(Self.label($0.schema.name))\"", value: Double(figure($0)))
                })
        }
        func single(_ name: String, _ help: String, _ value: Int) -> Metrics.Gauge {
            Metrics.Gauge(name, help, [(labels: "", value: Double(value))])
        }
        func total(_ name: String, _ help: String, _ value: Int) -> Metrics.Gauge {
            Metrics.Gauge(name, help, kind: .counter, [(labels: "", value: Double(value))])
        }
        let gauges = [
            perTable("daybook_table_rows", "Visible rows.") { $0.rowCount },
            perTable("daybook_table_live_rows", "Rows not yet in a segment.") { table in
                table.live.reduce(0) { $0 + $1.rows.rowCount }
            },
            perTable("daybook_table_segments", "Published segments.") { $0.segments.count },
            perTable("daybook_table_bytes", "Bytes of published segments.") { table in
                table.segments.reduce(0) { $0 + $1.entry.byteCount }
            },
            single("daybook_version", "The newest readable version.", Int(snapshot.version)),
            single("daybook_live_bytes", "Bytes of live rows.", load.liveBytes),
            single("daybook_queue_bytes", "Bytes waiting for the log.", load.waitingBytes),
            single("daybook_queries_running", "Queries running.", database.running.entries.count),
            single(
                "daybook_garbage_held", "1 while removing files waits for an operator.",
                database.catalog.isGarbageCollectionHeld ? 1 : 0),
            single(
                "daybook_safe_mode", "1 while the server is read-only after failed starts.",
                database.safeModeReason == nil ? 0 : 1),
            single("daybook_sources_paused", "Senders paused.", database.breaker.pausedCount),
            total("daybook_compaction_passes_total", "Passes made.", compaction.passCount),
            total("daybook_compaction_merges_total", "Merges published.", compaction.mergeCount),
            total(
                "daybook_compaction_failures_total", "Merges that failed.",
                compaction.failureCount),
        ]
        return HTTPResponse(
            contentType: "text/plain; version=0.0.4; charset=utf-8",
            bytes: Array(database.metrics.prometheusText(gauges: gauges).utf8))
    }

    /// A name as a label's value: backslash, quote and line feed escaped.
    private static func label(_ name: String) -> String {
        name.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
            .replacing("\n", with: "\\n")
    }
}

/// Counts and times every answer, and logs those that failed on our side.
final class AccessObserver: HTTPAccessObserver {
    private let metrics: Metrics
    private let log: Log

    init(metrics: Metrics, log: Log) {
        self.metrics = metrics
        self.log = log
    }

    func observe(_ record: HTTPAccessRecord) {
        metrics.requests[min(5, max(1, record.status / 100))].add()
        metrics.requestDurations.record(nanoseconds: record.durationNanoseconds)
        let level = record.status >= 500 ? LogLevel.warning : .debug
        guard log.writes(level) else { return }
        log.write(
            level, "request",
            [
                "method": .text(record.method), "target": .text(record.target),
                "status": .number(record.status), "bytes_in": .number(record.requestByteCount),
                "bytes_out": .number(record.responseByteCount),
                "elapsed_us": .number(Int(record.durationNanoseconds / 1_000)),
                "outcome": .text(record.outcome.rawValue), "peer": .text(record.peerAddress),
            ])
    }
}
