import Compaction
import Ingest
import Segments

/// What the process counts, with what there is at this moment.
extension Database {
    /// The text exposition format of Prometheus.
    func metricsText() -> String {
        let snapshot = catalog.snapshot
        let load = ingestion.load
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
            Self.single("daybook_version", "The newest readable version.", Int(snapshot.version)),
            Self.single("daybook_live_bytes", "Bytes of live rows.", load.liveBytes),
            Self.single("daybook_queue_bytes", "Bytes waiting for the log.", load.waitingBytes),
            Self.single("daybook_queries_running", "Queries running.", running.entries.count),
            Self.single(
                "daybook_garbage_held", "1 while removing files waits for an operator.",
                catalog.isGarbageCollectionHeld ? 1 : 0),
            Self.single(
                "daybook_safe_mode", "1 while the server is read-only after failed starts.",
                safeModeReason == nil ? 0 : 1),
            Self.single("daybook_sources_paused", "Senders paused.", breaker.pausedCount),
            total("daybook_compaction_passes_total", "Passes made.", compaction.passCount),
            total("daybook_compaction_merges_total", "Merges published.", compaction.mergeCount),
            total(
                "daybook_compaction_failures_total", "Merges that failed.",
                compaction.failureCount),
        ]
        return metrics.prometheusText(gauges: gauges + idGauges() + sourceGauges())
    }

    private static func single(_ name: String, _ help: String, _ value: Int) -> Metrics.Gauge {
        Metrics.Gauge(name, help, [(labels: "", value: Double(value))])
    }

    /// What known ids cost.
    private func idGauges() -> [Metrics.Gauge] {
        let ids = ingestion.idMemory
        return [
            Self.single(
                "daybook_live_id_bytes", "Bytes of the tables of live ids.", ids.liveByteCount),
            Self.single("daybook_id_index_ids", "Ids in runs.", ids.idCount),
            Self.single("daybook_id_index_runs", "Runs of ids.", ids.runCount),
            Self.single(
                "daybook_id_index_bytes", "Bytes of runs of ids, mapped files.", ids.runByteCount),
        ]
    }

    /// How each source is doing.
    private func sourceGauges() -> [Metrics.Gauge] {
        let sources = sources.all
        let now = clock.wallMicroseconds()
        func perSource(
            _ name: String, _ help: String, kind: Metrics.Gauge.Kind = .gauge,
            _ figure: (SourceStatus) -> Double
        ) -> Metrics.Gauge {
            Metrics.Gauge(
                name, help, kind: kind,
                sources.map {
                    (
                        labels: "source=\"\(Self.label($0.definition.name))\"",
                        value: figure($0.status)
                    )
                })
        }
        return [
            perSource("daybook_source_running", "1 while the source reads.") {
                $0.state == .running ? 1 : 0
            },
            perSource("daybook_source_lag_rows", "Positions not read yet.") { Double($0.lag) },
            perSource("daybook_source_lag_seconds", "Age of the newest message taken in.") {
                $0.lagSeconds(now: now)
            },
            perSource(
                "daybook_source_messages_total", "Messages read.", kind: .counter
            ) { Double($0.messageCount) },
            perSource(
                "daybook_source_rejected_total", "Rows that went to the dead letters.",
                kind: .counter
            ) { Double($0.counts.rejected + $0.counts.conflict) },
        ]
    }

    /// A name as a label's value: backslash, quote and line feed escaped.
    private static func label(_ name: String) -> String {
        name.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
            .replacing("\n", with: "\\n")
    }
}
