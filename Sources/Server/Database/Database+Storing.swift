import Ingest
import Query
import Segments

/// INSERT ... SELECT and CREATE TABLE ... AS: results that become rows.
extension Database {
    /// Commits a query's rows as one request: all of them or none.
    func insert(
        _ result: QueryResult, into schema: TableSchema, _ style: ResultStyle
    ) throws(StatementError) -> StatementResult {
        guard let rows = try Self.rows(of: result, schema) else {
            return Self.answer(
                IngestCounts(), schema, version: catalog.snapshot.version, result, style)
        }
        do throws(IngestError) {
            let outcome = try ingestion.submit(
                schema: schema, events: ParsedEvents(rows), onError: .abort, requestID: "sql")
            metrics.rowsAccepted.add(outcome.counts.accepted)
            metrics.rowsDuplicate.add(outcome.counts.duplicate)
            metrics.rowsStale.add(outcome.counts.stale)
            return Self.answer(
                outcome.counts, schema, version: outcome.version, result, style)
        } catch {
            throw .ingest(error)
        }
    }

    /// Creates a table with a query's rows, in one step.
    func create(
        _ schema: TableSchema, with result: QueryResult, _ style: ResultStyle
    ) throws(StatementError) -> StatementResult {
        let rows = try Self.rows(of: result, schema) ?? .empty(schema)
        do throws(IngestError) {
            let version = try ingestion.createTable(schema, with: rows)
            metrics.rowsAccepted.add(rows.rowCount)
            return Self.answer(
                IngestCounts(accepted: rows.rowCount), schema, version: version, result, style)
        } catch {
            if case .catalog(.tableExists) = error { throw .tableExists(schema.name) }
            throw .ingest(error)
        }
    }

    /// Refuses a name that is taken, before a query is run for it.
    func checkIsFree(_ name: String, in snapshot: Snapshot) throws(StatementError) {
        let isTaken =
            snapshot.table(named: name) != nil || snapshot.views.contains { $0.name == name }
            || snapshot.rollups.contains { $0.rollup.name == name }
        if isTaken { throw .tableExists(name) }
    }

    /// A result as one batch of a table's rows; `nil` where there are none.
    private static func rows(
        of result: QueryResult, _ schema: TableSchema
    ) throws(StatementError) -> RowBatch? {
        guard !result.batches.isEmpty else { return nil }
        let rows = RowBatch(joining: result.batches)
        for (column, definition) in zip(rows.columns, schema.columns) where !definition.isNullable {
            guard let validity = column.validity, validity.setCount < validity.count else {
                continue
            }
            throw .query(
                QueryError(
                    .invalidArgument,
                    "column \"\(definition.name)\" is NOT NULL, the query gives it a NULL",
                    hint: "leave such rows out with WHERE, or write COALESCE(x, ...)"))
        }
        return rows
    }

    /// What became of the rows, as the statement's answer.
    private static func answer(
        _ counts: IngestCounts, _ schema: TableSchema, version: UInt64, _ result: QueryResult,
        _ style: ResultStyle
    ) -> StatementResult {
        var figures = [("accepted", counts.accepted), ("duplicate", counts.duplicate)]
        if schema.isStateTable {
            figures += [("updated", counts.updated), ("stale", counts.stale)]
        }
        let columns = figures.map {
            Column(type: .bigint, values: .integers([Int64($0.1)]), validity: nil)
        }
        var statistics = result.statistics
        statistics.resultRows = 1
        return StatementResult(
            version: version,
            result: QueryResult(
                fields: figures.map { ResultField(name: $0.0, type: .bigint) },
                batches: [RowBatch(rowCount: 1, columns: columns)], statistics: statistics),
            style: style)
    }
}
