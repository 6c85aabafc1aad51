import Ingest
import Query
import Segments

/// Sources: statements about them, and `sys.sources`.
extension Database {
    /// What sources may use, and where their events go.
    static func sourceSettings(_ configuration: Configuration, log: Log) -> SourceSettings {
        let variables = (try? Environment.current().variables) ?? [:]
        var settings = SourceSettings(
            secrets: SourceSecrets(
                directory: configuration.secretsDirectory, variable: { variables[$0] }),
            gunzip: { bytes, limit in
                do throws(FrameDecodingError) {
                    return try GzipDecoder.decode(
                        bytes,
                        limit: DecodedSizeLimit(
                            maximumByteCount: limit, maximumRatio: Int.max, ratioFreeByteCount: 0))
                } catch {
                    return nil
                }
            })
        settings.filesDirectory = configuration.filesDirectory
        settings.liveByteLimit = configuration.maximumLiveByteCount
        settings.rejectPercent = configuration.maximumRejectPercent
        settings.onEvent = { Self.write($0, to: log) }
        return settings
    }

    private static func write(_ event: SourceEvent, to log: Log) {
        switch event {
        case .failed(let source, let error):
            log.write(
                .warning, "source_failed",
                [
                    "source": .text(source), "code": .text(error.code),
                    "reason": .text("\(error)"),
                ])
        case .rests(let source, let error):
            log.write(
                .error, "source_stopped",
                [
                    "source": .text(source), "code": .text(error.code),
                    "reason": .text("\(error)"),
                ])
        case .pauseNotKept(let source, let error):
            log.write(
                .warning, "source_pause_not_kept",
                ["source": .text(source), "reason": .text("\(error)")])
        }
    }

    // MARK: Statements

    /// Declares a source and starts it.
    func createSource(
        _ definition: SourceDefinition, ifNotExists: Bool
    ) throws(StatementError) {
        let isThere = catalog.manifest.sources.contains { $0.name == definition.name }
        if isThere, ifNotExists { return }
        try change { () throws(SourceChangeError) in _ = try sources.create(definition) }
    }

    /// Ends and forgets a source.
    func dropSource(named name: String, ifExists: Bool) throws(StatementError) {
        let isThere = catalog.manifest.sources.contains { $0.name == name }
        if !isThere, ifExists { return }
        try change { () throws(SourceChangeError) in try sources.drop(named: name) }
    }

    /// Pauses, resumes or resets a source.
    func changeSource(named name: String, _ change: SourceChange) throws(StatementError) {
        try checkWritable()
        try self.change { () throws(SourceChangeError) in
            switch change {
            case .pause: try sources.pause(named: name)
            case .resume(let acceptsGap):
                try sources.resume(named: name, acceptsGap: acceptsGap)
            case .reset(let target): try sources.reset(named: name, to: target)
            }
        }
    }

    private func change(
        _ body: () throws(SourceChangeError) -> Void
    ) throws(StatementError) {
        do throws(SourceChangeError) { try body() } catch { throw .source(error) }
    }

    // MARK: System tables

    /// One row a source; what it does, and how far behind it is.
    func sourcesTable() -> SystemTable {
        SystemTable(
            schema: "sys", name: "sources",
            columns: [
                ResultField(name: "source", type: .varchar),
                ResultField(name: "datasource", type: .varchar),
                ResultField(name: "kind", type: .varchar),
                ResultField(name: "state", type: .varchar),
                ResultField(name: "partitions", type: .bigint),
                ResultField(name: "lag_rows", type: .bigint),
                ResultField(name: "lag_seconds", type: .double),
                ResultField(name: "rows_per_second", type: .double),
                ResultField(name: "messages", type: .bigint),
                ResultField(name: "accepted", type: .bigint),
                ResultField(name: "duplicate", type: .bigint),
                ResultField(name: "stale", type: .bigint),
                ResultField(name: "conflict", type: .bigint),
                ResultField(name: "rejected", type: .bigint),
                ResultField(name: "skipped", type: .bigint),
                ResultField(name: "repeated", type: .bigint),
                ResultField(name: "holes", type: .bigint),
                ResultField(name: "gaps", type: .bigint),
                ResultField(name: "error_code", type: .varchar),
                ResultField(name: "error", type: .varchar),
                ResultField(name: "error_time", type: .timestamp),
                ResultField(name: "create_source", type: .varchar),
            ]
        ) { [self] in sources.all.map(row) }
    }

    private func row(of source: SourceSet.Source) -> [Value] {
        let (definition, status) = (source.definition, source.status)
        let table = catalog.snapshot.table(definition.tableID)?.schema.name
        func number(_ value: Int) -> Value { .bigint(Int64(value)) }
        func text(_ value: String?) -> Value { value.map { .varchar(Text($0)) } ?? .null }
        return [
            text(definition.name), text(table), text(definition.kind.keyword.lowercased()),
            text(status.state.rawValue), number(status.partitions.count),
            .bigint(Int64(clamping: status.lag)),
            .double(status.lagSeconds(now: clock.wallMicroseconds())),
            .double(status.rowsPerSecond), number(status.messageCount),
            number(status.counts.accepted), number(status.counts.duplicate),
            number(status.counts.stale), number(status.counts.conflict),
            number(status.counts.rejected),
            number(status.skippedCount), number(status.repeatedCount),
            .bigint(Int64(clamping: status.holeCount)),
            number(ingestion.streamGaps(of: definition.id.rawValue).count),
            text(status.error?.code ?? definition.pause),
            text(status.error.map { "\($0)" }),
            status.errorTime.map { .timestamp($0) } ?? .null,
            text(table.map { SourcePrinter.createSource(definition, of: $0) }),
        ]
    }

    /// One row a partition of a source: where reading goes on, and where it ends.
    func sourcePositionsTable() -> SystemTable {
        SystemTable(
            schema: "sys", name: "source_positions",
            columns: [
                ResultField(name: "source", type: .varchar),
                ResultField(name: "stream_partition", type: .bigint),
                ResultField(name: "next_offset", type: .bigint),
                ResultField(name: "end_offset", type: .bigint),
                ResultField(name: "lag_rows", type: .bigint),
            ]
        ) { [self] in
            sources.all.flatMap { source in
                positions(of: source).map { partition in
                    [
                        .varchar(Text(source.definition.name)), .bigint(Int64(partition.number)),
                        .bigint(Int64(clamping: partition.next)),
                        partition.end.map { .bigint(Int64(clamping: $0)) } ?? .null,
                        partition.lag.map { .bigint(Int64(clamping: $0)) } ?? .null,
                    ]
                }
            }
        }
    }

    /// One row a jump that an operator made over positions that nobody read.
    func ingestGapsTable() -> SystemTable {
        SystemTable(
            schema: "sys", name: "ingest_gaps",
            columns: [
                ResultField(name: "source", type: .varchar),
                ResultField(name: "stream_partition", type: .bigint),
                ResultField(name: "first_offset", type: .bigint),
                ResultField(name: "next_offset", type: .bigint),
                ResultField(name: "time", type: .timestamp),
            ]
        ) { [self] in
            catalog.manifest.sources.flatMap { source in
                ingestion.streamGaps(of: source.id.rawValue).map { gap in
                    [
                        .varchar(Text(source.name)), .bigint(Int64(gap.partition)),
                        .bigint(Int64(clamping: gap.from)), .bigint(Int64(clamping: gap.next)),
                        .timestamp(gap.time),
                    ]
                }
            }
        }
    }

    /// A source's partitions: those of its thread, or while it rests those of the log.
    func positions(of source: SourceSet.Source) -> [SourceStatus.Partition] {
        if !source.status.partitions.isEmpty { return source.status.partitions }
        return ingestion.streamPositions(of: source.definition.id.rawValue)
            .map { SourceStatus.Partition(number: $0.key, next: $0.value) }
            .sorted { $0.number < $1.number }
    }
}
