import Compaction
import Query
import Segments
import TestSupport
import Testing

@testable import Ingest

/// One process on a data directory, without threads: catalog, ingestion, compaction and queries,
/// opened as the server opens them.
final class SimulatedDatabase {
    let catalog: Catalog
    let ingestion: Ingestion
    let compactor: Compactor
    let clock: ManualClock
    private let workers = WorkerPool(helperCount: 0)

    init(_ fileSystem: SimulatedFileSystem, clock: ManualClock) throws {
        var options = CatalogOptions()
        options.newDatabaseID = 0x5eed
        options.canRecoverFrom = { Ingestion.canRecover(fileSystem, from: $0) }
        catalog = try Catalog.open(fileSystem, options: options)
        self.clock = clock
        var settings = IngestSettings()
        settings.log.fileByteCount = 8_192
        settings.log.randomWord = { 0x0123_4567_89ab_cdef }
        do {
            ingestion = try Ingestion(catalog: catalog, clock: clock, settings: settings)
            try catalog.sweepOrphans()
        } catch {
            catalog.close()
            throw error
        }
        compactor = Compactor(catalog: catalog, policy: CompactionPolicy(), clock: clock)
    }

    /// Gives the directory to the next process; nothing is written.
    func close() {
        ingestion.stop()
        catalog.close()
    }

    /// Reads a statement against what is visible now.
    func bound(_ sql: String) throws -> BoundStatement {
        try ParsedStatement(parsing: sql).bound(
            to: CatalogView(
                tables: catalog.snapshot.tables.map(\.schema),
                rollups: catalog.snapshot.rollups.map(\.rollup)),
            options: BindOptions(now: clock.wallMicroseconds()))
    }

    /// The rows of a query.
    func rows(_ sql: String) throws -> [[Value]] {
        guard case .query(let query) = try bound(sql) else { return [] }
        return try QueryExecutor(snapshot: catalog.snapshot, workers: workers, clock: clock)
            .run(query).rows
    }

    /// Makes a table from its statement.
    func create(_ sql: String) throws(IngestError) -> UInt64? {
        guard let statement = try? bound(sql), case .createTable(let schema, _) = statement else {
            return nil
        }
        return try ingestion.createTable(schema).version
    }

    /// Alters a table; `nil` where the statement does not fit it.
    func alter(_ sql: String) throws(IngestError) -> UInt64? {
        guard let statement = try? bound(sql), case .alterTable(let change) = statement else {
            return nil
        }
        return try ingestion.changeTable(change)
    }

    /// Makes a rollup from its statement; `nil` where it is there already.
    func createRollup(_ sql: String) throws(IngestError) -> UInt64? {
        guard let statement = try? bound(sql), case .createRollup(let rollup, _) = statement,
            !catalog.snapshot.rollups.contains(where: { $0.rollup.name == rollup.name })
        else { return nil }
        return try ingestion.createRollup(rollup)
    }

    /// A request as the server would hand it over.
    func request(_ request: LedgerModel.Request) throws -> CommitRequest? {
        guard let schema = catalog.snapshot.table(named: request.table)?.schema else { return nil }
        let body = Array(request.lines.map(\.text).joined(separator: "\n").utf8)
        let events = try EventParser(schema: schema).parse(body, now: clock.wallMicroseconds())
        return CommitRequest(
            schema: schema, events: events, onError: request.isAllOrNothing ? .abort : .quarantine,
            requestID: request.id)
    }

    /// Commits a group in this thread.
    func commit(_ requests: [CommitRequest]) -> [Result<CommitOutcome, IngestError>] {
        ingestion.commit(requests)
    }
}
