import Compaction
import Ingest
import Segments

/// What the process counts, with what there is at this moment.
extension Database {
    /// The text exposition format of Prometheus.
    func metricsText() -> String {
        let snapshot = catalog.snapshot
        let load = ingestion.load
        let ids = ingestion.idMemory
        let compaction = compactor.status
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
            single(
                "daybook_live_id_bytes", "Bytes of the tables of live ids.", ids.liveByteCount),
            single("daybook_id_index_ids", "Ids in runs.", ids.idCount),
            single("daybook_id_index_runs", "Runs of ids.", ids.runCount),
            single(
                "daybook_id_index_bytes", "Bytes of runs of ids, mapped files.", ids.runByteCount),
            single("daybook_queries_running", "Queries running.", running.entries.count),
            single(
                "daybook_garbage_held", "1 while removing files waits for an operator.",
                catalog.isGarbageCollectionHeld ? 1 : 0),
            single(
                "daybook_safe_mode", "1 while the server is read-only after failed starts.",
                safeModeReason == nil ? 0 : 1),
            single("daybook_sources_paused", "Senders paused.", breaker.pausedCount),
            total("daybook_compaction_passes_total", "Passes made.", compaction.passCount),
            total("daybook_compaction_merges_total", "Merges published.", compaction.mergeCount),
            total(
                "daybook_compaction_failures_total", "Merges that failed.",
                compaction.failureCount),
        ]
        return metrics.prometheusText(gauges: gauges)
    }

    /// A name as a label's value: backslash, quote and line feed escaped.
    private static func label(_ name: String) -> String {
        name.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
            .replacing("\n", with: "\\n")
    }
}
