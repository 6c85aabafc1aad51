import Compaction
import Query
import Segments

/// `sys.compactions` and `sys.metrics`: what the process did.
extension Database {
    private static let compactionFields = [
        ResultField(name: "started", type: .timestamp),
        ResultField(name: "datasource", type: .varchar),
        ResultField(name: "start", type: .timestamp),
        ResultField(name: "end", type: .timestamp),
        ResultField(name: "reason", type: .varchar),
        ResultField(name: "inputs", type: .bigint),
        ResultField(name: "outputs", type: .bigint),
        ResultField(name: "num_rows", type: .bigint),
        ResultField(name: "elapsed_us", type: .bigint),
        ResultField(name: "failure", type: .varchar),
    ]

    private static let metricFields = [
        ResultField(name: "name", type: .varchar),
        ResultField(name: "labels", type: .varchar),
        ResultField(name: "value", type: .double),
        ResultField(name: "description", type: .varchar),
    ]

    /// The merges of the last passes, the oldest first.
    func compactionsTable() -> SystemTable {
        SystemTable(
            schema: "sys", name: "compactions", columns: Self.compactionFields
        ) { [compactor] in
            compactor.status.reports.flatMap { report in
                report.merges.map { merge in
                    [
                        .timestamp(report.startedMicroseconds), .varchar(Text(merge.table)),
                        .timestamp(merge.chunk.start), .timestamp(merge.chunk.end),
                        .varchar(Text(merge.reason)), .bigint(Int64(merge.inputs.count)),
                        .bigint(Int64(merge.outputs.count)), .bigint(Int64(merge.rowCount)),
                        .bigint(Int64(clamping: merge.elapsedNanoseconds / 1_000)),
                        merge.failure.map { .varchar(Text("\($0)")) } ?? .null,
                    ]
                }
            }
        }
    }

    /// What `/metrics` says, one row per number.
    func metricsTable() -> SystemTable {
        SystemTable(schema: "sys", name: "metrics", columns: Self.metricFields) { [self] in
            var rows: [[Value]] = []
            var help = ""
            for line in metricsText().split(separator: "\n") {
                if line.hasPrefix("# HELP ") {
                    help = line.split(separator: " ", maxSplits: 3).last.map(String.init) ?? ""
                }
                guard !line.hasPrefix("#"), let end = line.lastIndex(of: " ") else { continue }
                let series = line[..<end]
                let name = series.prefix { $0 != "{" }
                let labels = series.dropFirst(name.count + 1).dropLast()
                rows.append([
                    .varchar(Text(String(name))),
                    labels.isEmpty ? .null : .varchar(Text(String(labels))),
                    Double(line[line.index(after: end)...]).map { .double($0) } ?? .null,
                    .varchar(Text(help)),
                ])
            }
            return rows
        }
    }
}
