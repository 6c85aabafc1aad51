import Segments
import TestSupport
import Testing

@testable import Ingest

/// State tables on a simulated disk, without threads.
struct StateFixture {
    let base: IngestFixture
    let schema: TableSchema

    /// The columns of the tables: a key of two columns, a version, a time, and three fields.
    static func schema(isVersioned: Bool = true, isMerge: Bool = false) -> TableSchema {
        var schema = TableSchema(
            id: TableID(0), name: "drafts",
            columns: [
                ColumnDefinition(id: 1, name: "owner", type: .varchar, isNullable: false),
                ColumnDefinition(id: 2, name: "number", type: .bigint, isNullable: false),
                ColumnDefinition(
                    id: 3, name: "version", type: .bigint, isNullable: isMerge && !isVersioned),
                ColumnDefinition(id: 4, name: "at", type: .timestamp, isNullable: false),
                ColumnDefinition(id: 5, name: "a", type: .bigint),
                ColumnDefinition(id: 6, name: "b", type: .varchar),
                ColumnDefinition(
                    id: 7, name: "c", type: .bigint, isNullable: false, defaultValue: .bigint(7),
                    initialValue: .bigint(7)),
            ],
            timestampColumn: 3, granularity: .day)
        schema.primaryKey = [0, 1]
        schema.versionColumn = isVersioned ? 2 : nil
        schema.isMerge = isMerge
        schema.addStateColumns()
        return schema
    }

    init(_ base: IngestFixture, _ schema: TableSchema) throws {
        self.base = base
        self.schema =
            try base.catalog.snapshot.table(named: schema.name)?.schema
            ?? base.ingestion.createTable(schema).schema
    }

    init(_ schema: TableSchema = StateFixture.schema()) throws {
        try self.init(try IngestFixture(SimulatedFileSystem()), schema)
    }

    func restarted() throws -> StateFixture { try StateFixture(base.restarted(), schema) }

    /// An event: fields that are `nil` are missing.
    static func line(
        _ number: Int, _ version: Int, day: Int? = 0, a: Int? = nil, b: String? = nil,
        c: Int? = nil, isDeletion: Bool = false
    ) -> String {
        var text = #"{"owner":"m","number":\#(number),"version":\#(version)"#
        if let day {
            text += #","at":\#((IngestFixture.start + Int64(day) * IngestFixture.day) / 1_000)"#
        }
        if let a { text += #","a":\#(a)"# }
        if let b { text += #","b":"\#(b)""# }
        if let c { text += #","c":\#(c)"# }
        return text + (isDeletion ? #","__deleted":true}"# : "}")
    }

    func request(_ lines: [String], row: RowRequest? = nil) throws -> CommitRequest {
        let events = try EventParser(schema: schema).parse(
            Array(lines.joined(separator: "\n").utf8),
            now: IngestFixture.start + 100 * IngestFixture.day)
        return CommitRequest(
            schema: schema, events: events, onError: .quarantine, requestID: "r", row: row)
    }

    @discardableResult
    func commit(_ lines: [String], row: RowRequest? = nil) throws -> CommitOutcome {
        try base.ingestion.commit([request(lines, row: row)])[0].get()
    }

    func seal() throws { try base.ingestion.sealer.sealNow() }

    /// What a reader sees of a row: its fields after the key.
    struct Row: Hashable {
        var version: Int64
        var day: Int64
        var a: Int64?
        var b: String?
        var c: Int64?
    }

    /// The visible rows by number, each key once.
    func rows() throws -> [Int: Row] {
        let table = try #require(base.catalog.snapshot.table(schema.id))
        var rows: [Int: Row] = [:]
        func add(_ batch: RowBatch, _ dead: DeadRows?) {
            for row in 0..<batch.rowCount where !(dead?.contains(row) ?? false) {
                let values = batch.row(at: row)
                guard case .bigint(let number) = values[1], case .bigint(let version) = values[2],
                    case .timestamp(let time) = values[3]
                else {
                    Issue.record("a row without key, version or time: \(values)")
                    continue
                }
                var found = Row(
                    version: version, day: (time - IngestFixture.start) / IngestFixture.day)
                if case .bigint(let a) = values[4] { found.a = a }
                if case .varchar(let b) = values[5] { found.b = b.string }
                if case .bigint(let c) = values[6] { found.c = c }
                #expect(rows[Int(number)] == nil, "\(number) is there twice")
                #expect(values[7] == .boolean(false), "a tombstone of \(number) is visible")
                rows[Int(number)] = found
            }
        }
        for batch in table.live { add(batch.rows, batch.dead) }
        for handle in table.segments {
            let reader = try handle.reader()
            let all = (0..<reader.rowCount).map { Int32($0) }
            let batch = try reader.rows(at: all, columns: schema.columns)
            for row in 0..<batch.rowCount {
                guard case .timestamp(let time) = batch.columns[3].value(at: row) else { continue }
                #expect(handle.entry.chunk.contains(time))
            }
            add(batch, table.dead[handle.entry.id])
        }
        return rows
    }
}
