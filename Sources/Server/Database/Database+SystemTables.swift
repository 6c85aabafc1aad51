import Query
import Segments

/// The tables that the process answers from its own state.
extension Database {
    /// What a statement's names may mean at a snapshot.
    func view(of snapshot: Snapshot) -> CatalogView {
        CatalogView(
            tables: snapshot.tables.map(\.schema),
            systemTables: [
                segmentsTable(snapshot), columnsTable(snapshot), rollupsTable(snapshot),
                compactionsTable(), sourcesTable(), sourcePositionsTable(), ingestGapsTable(),
                settingsTable(), queriesTable(), metricsTable(), producersTable(snapshot),
                gapsTable(snapshot),
            ], rollups: snapshot.rollups.map(\.rollup), views: snapshot.views,
            endpoints: snapshot.endpoints)
    }

    private func rollupsTable(_ snapshot: Snapshot) -> SystemTable {
        SystemTable(
            schema: "sys", name: "rollups",
            columns: [
                ResultField(name: "rollup", type: .varchar),
                ResultField(name: "datasource", type: .varchar),
                ResultField(name: "segments", type: .bigint),
                ResultField(name: "segments_total", type: .bigint),
                ResultField(name: "num_rows", type: .bigint),
                ResultField(name: "source_rows", type: .bigint),
                ResultField(name: "size", type: .bigint),
            ]
        ) {
            snapshot.tables.flatMap { table in
                table.rollups.map { rollup in
                    let files = rollup.files.values.map(\.entry)
                    let sources = table.segments.filter { rollup.files[$0.entry.id] != nil }
                    func sum(_ parts: [SegmentEntry], _ figure: (SegmentEntry) -> Int) -> Value {
                        .bigint(Int64(parts.reduce(0) { $0 + figure($1) }))
                    }
                    return [
                        .varchar(Text(rollup.rollup.name)), .varchar(Text(table.schema.name)),
                        .bigint(Int64(sources.count)), .bigint(Int64(table.segments.count)),
                        sum(files, \.rowCount), sum(sources.map(\.entry), \.rowCount),
                        sum(files, \.byteCount),
                    ]
                }
            }
        }
    }

    private func settingsTable() -> SystemTable {
        SystemTable(
            schema: "sys", name: "settings",
            columns: [
                ResultField(name: "name", type: .varchar),
                ResultField(name: "value", type: .varchar),
                ResultField(name: "environment", type: .varchar),
                ResultField(name: "description", type: .varchar),
            ]
        ) { [configuration] in
            Setting.all.map { setting in
                [
                    .varchar(Text(setting.key)), .varchar(Text(setting.text(configuration))),
                    .varchar(Text(setting.environmentName)), .varchar(Text(setting.help)),
                ]
            }
        }
    }

    private func queriesTable() -> SystemTable {
        let entries = running.entries
        return SystemTable(
            schema: "sys", name: "queries",
            columns: [
                ResultField(name: "query_id", type: .varchar),
                ResultField(name: "started", type: .timestamp),
                ResultField(name: "sql", type: .varchar),
            ]
        ) {
            entries.map { entry in
                [
                    .varchar(Text(entry.id)), .timestamp(entry.startedMicroseconds),
                    .varchar(Text(entry.sql)),
                ]
            }
        }
    }
}
