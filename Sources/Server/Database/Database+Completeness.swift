import Ingest
import Query
import Segments

/// What is missing: producers, gaps, and how complete tables are by their word.
extension Database {
    /// How complete all tables are; what is complete is in every snapshot taken after this.
    func completeness() -> [TableCompleteness] {
        ingestion.completeness(of: catalog.snapshot.tables.map(\.schema.id))
    }

    /// What of `known` concerns a query.
    ///
    /// - Throws: `incomplete` where the request demands more.
    func completeness(
        _ known: [TableCompleteness], of query: BoundQuery, _ request: SQLRequest,
        _ snapshot: Snapshot
    ) throws(StatementError) -> [NamedCompleteness] {
        let read = query.tableIDs
        var concerned: [NamedCompleteness] = []
        for facts in known where read.contains(facts.table) {
            guard let name = snapshot.table(facts.table)?.schema.name else { continue }
            let named = NamedCompleteness(table: name, facts: facts)
            if let time = request.minimumComplete, !facts.isComplete(through: time) {
                throw .incomplete(named)
            }
            concerned.append(named)
        }
        return concerned
    }

    private static func time(_ microseconds: Int64?) -> Value {
        microseconds.map { .timestamp($0) } ?? .null
    }

    /// `sys.producers`.
    func producersTable(_ snapshot: Snapshot) -> SystemTable {
        SystemTable(
            schema: "sys", name: "producers",
            columns: [
                ResultField(name: "datasource", type: .varchar),
                ResultField(name: "producer", type: .varchar),
                ResultField(name: "epoch", type: .bigint),
                ResultField(name: "next_sequence", type: .bigint),
                ResultField(name: "missing", type: .bigint),
                ResultField(name: "abandoned", type: .bigint),
                ResultField(name: "complete_through", type: .timestamp),
                ResultField(name: "last_time", type: .timestamp),
            ]
        ) { [ingestion] in
            ingestion.producers().map { producer -> [Value] in
                let missing = producer.gaps.reduce(0) { $0 + $1.count }
                let table = snapshot.table(producer.table)?.schema.name
                let datasource: Value = table.map { .varchar(Text($0)) } ?? .null
                return [
                    datasource, .varchar(Text(producer.name)),
                    .bigint(Int64(clamping: producer.epoch)),
                    .bigint(Int64(clamping: producer.nextSequence)), .bigint(Int64(missing)),
                    .bigint(Int64(clamping: producer.abandonedCount)),
                    Self.time(producer.completeThrough), .timestamp(producer.lastTime),
                ]
            }
        }
    }

    /// `sys.gaps`: those of producers; those of sources are in `sys.ingest_gaps`.
    func gapsTable(_ snapshot: Snapshot) -> SystemTable {
        SystemTable(
            schema: "sys", name: "gaps",
            columns: [
                ResultField(name: "datasource", type: .varchar),
                ResultField(name: "producer", type: .varchar),
                ResultField(name: "first", type: .bigint),
                ResultField(name: "next", type: .bigint),
            ]
        ) { [ingestion] in
            var rows: [[Value]] = []
            for producer in ingestion.producers() {
                let table = snapshot.table(producer.table)?.schema.name
                let name: Value = table.map { .varchar(Text($0)) } ?? .null
                for gap in producer.gaps {
                    rows.append([
                        name, .varchar(Text(producer.name)),
                        .bigint(Int64(clamping: gap.lowerBound)),
                        .bigint(Int64(clamping: gap.upperBound)),
                    ])
                }
            }
            return rows
        }
    }
}

/// How complete a table is, with its name.
public struct NamedCompleteness: Hashable, Sendable {
    /// The table.
    public var table: String
    /// What is known.
    public var facts: TableCompleteness

    /// `payments=2026-05-31T00:00:00.000Z;missing=3;late=0`, `unknown` where nobody declares.
    public var text: String {
        let time = facts.completeThrough.map { CivilTime.iso8601(microseconds: $0) } ?? "unknown"
        return "\(table)=\(time);missing=\(facts.missingCount);late=\(facts.lateRowCount)"
    }
}
