import Segments
import TestSupport
import Testing

@testable import Query

@Suite("The column __version")
struct VersionColumnTests {
    private let schema = Fixture.schema("payments", id: 1)

    /// Three requests: two in a segment, one live.
    private func snapshot() throws -> Snapshot {
        let files = SimulatedFileSystem()
        try files.createDirectory("seg")
        let sealed = [3, 5].enumerated().map { index, lsn in
            Fixture.live(schema, lsn: UInt64(lsn), first: index * 10, count: 10)
        }
        let entry = try SegmentWriter(fileSystem: files).write(
            RowBatch(joining: sealed.map(\.stored)), schema: schema.stored,
            as: SegmentDescription(
                id: SegmentID(1), chunk: .everything, level: 0, firstLSN: 3, lastLSN: 5))
        let table = TableSnapshot(
            schema: schema,
            segments: [SegmentHandle(try SegmentReader(fileSystem: files, entry: entry))],
            live: [Fixture.live(schema, lsn: 8, first: 20, count: 10)], flushedLSN: 5)
        return Snapshot(version: 8, manifestVersion: 1, tables: [table])
    }

    private func rows(_ sql: String) throws -> [[Value]] {
        let query = try QueryFixture.bind(sql, over: schema)
        return try QueryExecutor(snapshot: snapshot(), workers: WorkerPool(helperCount: 1))
            .run(query).rows
    }

    @Test("It can be selected, filtered and grouped by, in segments and live rows")
    func read() throws {
        #expect(
            try rows("SELECT __version, COUNT(*) FROM payments GROUP BY 1 ORDER BY 1") == [
                [.bigint(3), .bigint(10)], [.bigint(5), .bigint(10)], [.bigint(8), .bigint(10)],
            ])
        #expect(
            try rows("SELECT COUNT(*), MIN(p.__version) FROM payments p WHERE __VERSION > 3")
                == [[.bigint(20), .bigint(5)]])
        #expect(
            try rows("SELECT event_id FROM payments WHERE __version = 8 AND amount = 24")
                == [[.varchar(Text("e24"))]])
    }

    @Test("SELECT *, EXCEPT, NATURAL JOIN and the hints of errors know nothing of it")
    func hidden() throws {
        #expect(try QueryFixture.bind("SELECT * FROM payments", over: schema).fields.count == 3)
        let plain = "SELECT p.* FROM payments p NATURAL JOIN payments q"
        #expect(try QueryFixture.bind(plain, over: schema).fields.count == 3)
        // Each row meets itself alone, whatever request brought it.
        #expect(
            try rows("SELECT COUNT(*) FROM payments p NATURAL JOIN payments q")
                == [[.bigint(25)]])
        let error = #expect(throws: QueryError.self) {
            try QueryFixture.bind("SELECT nothing_like_it FROM payments", over: schema)
        }
        #expect(error?.hint?.contains("__version") == false)
    }

    @Test("No column can be declared or renamed to it")
    func reserved() throws {
        for sql in [
            "CREATE TABLE t (__version BIGINT)",
            "ALTER TABLE payments RENAME COLUMN amount TO __Version",
            "ALTER TABLE payments ADD COLUMN __version BIGINT",
        ] {
            let error = #expect(throws: QueryError.self) {
                _ = try ParsedStatement(parsing: sql).bound(
                    to: CatalogView(tables: [schema]), options: BindOptions(now: 0))
            }
            #expect(error?.message.hasPrefix("__version already names every table's") == true)
        }
    }
}
