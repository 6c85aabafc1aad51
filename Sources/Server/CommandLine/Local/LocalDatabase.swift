import Glibc
import Ingest
import Query
import Segments

/// Files as tables of a database that is there while the process is, and answers queries.
struct LocalDatabase: ~Copyable {
    private let snapshot: Snapshot
    private let workers: WorkerPool
    private let clock = SystemClock()
    private let timeZones = (try? PosixFileSystem(root: "/")).map { TimeZoneDatabase($0) }

    /// Reads all files.
    init(_ paths: [String], coreCount: Int) throws(CommandError) {
        var tables: [TableSnapshot] = []
        var position: UInt64 = 0
        for path in paths {
            let file = try LocalFile(path)
            let name = file.tableName
            guard !name.isEmpty else { throw .usage("\(path) has no name to call a table by") }
            guard !tables.contains(where: { $0.schema.name == name }) else {
                throw .usage("two files are called \(name)")
            }
            var schema = try file.schema(named: name)
            schema.id = TableID(UInt32(tables.count + 1))
            var live: [LiveBatch] = []
            for rows in try file.rows(of: schema) {
                position += 1
                live.append(
                    LiveBatch(rows, schema: schema, firstLSN: position, lastLSN: position))
            }
            tables.append(TableSnapshot(schema: schema, segments: [], live: live, flushedLSN: 0))
        }
        snapshot = Snapshot(version: position, manifestVersion: 0, tables: tables)
        workers = WorkerPool(helperCount: max(0, coreCount - 1))
    }

    deinit { workers.stop() }

    /// Runs one query and prints its result.
    func run(
        _ sql: String, as format: OutputFormat, showsFooter: Bool
    ) throws(CommandError) {
        do throws(QueryError) {
            let result = try answer(sql)
            var printer = RowPrinter(format)
            var stream = ResultStream()
            var style = ResultStyle()
            (style.format, style.hasHeader, style.hasSQLTypes) = (.arrayLines, true, true)
            var encoder = ResultEncoder(result.fields, style: style)
            encoder.begin()
            for batch in result.batches {
                encoder.append(batch.columns)
                stream.append(encoder.bytes[...], to: &printer)
                encoder.bytes = []
            }
            encoder.end()
            stream.append(encoder.bytes[...], to: &printer)
            stream.finish(&printer)
            guard showsFooter else { return }
            let statistics = APIHandler.text(of: result.statistics)
            Terminal.write(
                ResultFooter(statistics).text(
                    rowCount: result.statistics.resultRows, elapsedMicroseconds: 0) + "\n")
        } catch {
            let problem = ProblemDetails(error, sql: sql)
            throw ServerProblem(status: problem.status, body: problem.json())
                .commandError
        }
    }

    /// The result of one query.
    func answer(_ sql: String) throws(QueryError) -> QueryResult {
        let statement = try ParsedStatement(parsing: sql)
        let options = BindOptions(now: clock.wallMicroseconds(), timeZones: timeZones)
        let catalog = CatalogView(tables: snapshot.tables.map(\.schema))
        let executor = QueryExecutor(snapshot: snapshot, workers: workers, clock: clock)
        switch try statement.bound(to: catalog, options: options) {
        case .query(let query): return try executor.run(query)
        case .explain(let query, let analyze):
            return try executor.explain(query, analyze: analyze, cancellation: Cancellation())
        default:
            throw QueryError(
                .unsupported, "files are read, not changed: local runs queries only",
                hint: "daybook table infer FILE prints the table a server would need")
        }
    }
}
