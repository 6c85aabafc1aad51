import Segments
import TestSupport
import Testing

@testable import Ingest

/// A write path without threads on a simulated disk: every step happens in the test's own thread.
struct IngestFixture {
    let disk: SimulatedFileSystem
    let catalog: Catalog
    let ingestion: Ingestion
    let clock: ManualClock

    static let day: Int64 = 86_400_000_000
    static let start: Int64 = 1_767_225_600_000_000

    static func settings() -> IngestSettings {
        var settings = IngestSettings()
        settings.log.fileByteCount = 8_192
        settings.log.randomWord = { 0x0123_4567_89ab_cdef }
        return settings
    }

    init(
        _ disk: SimulatedFileSystem, clock: ManualClock = ManualClock(),
        settings: IngestSettings = settings()
    ) throws {
        self.disk = disk
        self.clock = clock
        catalog = try Catalog.open(disk)
        ingestion = try Ingestion(catalog: catalog, clock: clock, settings: settings)
    }

    static let schema = TableSchema(
        id: TableID(0), name: "payments",
        columns: [
            ColumnDefinition(id: 1, name: "id", type: .varchar, isNullable: false),
            ColumnDefinition(id: 2, name: "at", type: .timestamp, isNullable: false),
            ColumnDefinition(id: 3, name: "amount", type: .bigint),
            ColumnDefinition(id: 4, name: "tags", type: .array(.varchar)),
        ],
        timestampColumn: 1, granularity: .day, uniqueColumns: [0])

    /// The table, made if it is not there.
    func table() throws -> TableSchema {
        try catalog.snapshot.table(named: "payments")?.schema
            ?? ingestion.createTable(Self.schema).schema
    }

    /// A row as NDJSON; rows of one id are equal where their amounts are.
    static func line(_ id: String, amount: Int = 1, day: Int = 0) -> String {
        let milliseconds = (start + Int64(day) * Self.day) / 1_000
        return #"{"id":"\#(id)","at":\#(milliseconds),"amount":\#(amount),"tags":["a","é"]}"#
    }

    func request(
        _ lines: [String], onError: ErrorPolicy = .quarantine, id: String = "r"
    ) throws -> CommitRequest {
        let schema = try table()
        let events = try EventParser(schema: schema).parse(
            Array(lines.joined(separator: "\n").utf8), now: Self.start + 100 * Self.day)
        return CommitRequest(schema: schema, events: events, onError: onError, requestID: id)
    }

    @discardableResult
    func commit(
        _ lines: [String], onError: ErrorPolicy = .quarantine
    ) throws -> CommitOutcome {
        try ingestion.commit([request(lines, onError: onError)])[0].get()
    }

    /// All rows of a table that a query would see: live ones and published ones.
    func rows(_ name: String = "payments") throws -> [[Value]] {
        guard let table = catalog.snapshot.table(named: name) else { return [] }
        var rows: [[Value]] = []
        for batch in table.live {
            rows += (0..<batch.rows.rowCount).map { batch.rows.row(at: $0) }
        }
        for handle in table.segments {
            let reader = try SegmentReader(fileSystem: disk, entry: handle.entry, readMode: .pread)
            let indices = (0..<reader.rowCount).map { Int32($0) }
            let batch = try reader.rows(at: indices, columns: table.schema.columns)
            for row in 0..<batch.rowCount {
                rows.append(batch.row(at: row))
                guard
                    case .timestamp(let time) = batch.row(at: row)[
                        table.schema.timestampColumn ?? 0]
                else { continue }
                #expect(handle.entry.chunk.contains(time))
            }
        }
        return rows
    }

    /// The ids of all visible rows with their amounts, each once.
    func amounts() throws -> [String: Int64] {
        var amounts: [String: Int64] = [:]
        for row in try rows() {
            guard case .varchar(let id) = row[0], case .bigint(let amount) = row[2] else {
                Issue.record("a row without id or amount: \(row)")
                continue
            }
            #expect(amounts[id.string] == nil, "\(id) is there twice")
            amounts[id.string] = amount
        }
        return amounts
    }

    /// The next process on the same disk.
    func restarted() throws -> IngestFixture {
        catalog.close()
        return try IngestFixture(disk.afterKill(), clock: clock)
    }
}
