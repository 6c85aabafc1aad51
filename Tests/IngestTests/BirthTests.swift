import Segments
import TestSupport
import Testing

@testable import Ingest

@Suite("The version that brought a row")
struct BirthTests {
    /// Each visible id's version.
    private func births(_ fixture: IngestFixture) throws -> [String: Int64] {
        let table = try #require(fixture.catalog.snapshot.table(named: "payments"))
        var births: [String: Int64] = [:]
        func note(_ id: Value, _ birth: Value) {
            guard case .varchar(let id) = id, case .bigint(let version) = birth else {
                Issue.record("no id or version: \(id) \(birth)")
                return
            }
            births[id.string] = version
        }
        for batch in table.live {
            for row in 0..<batch.rows.rowCount {
                let values = batch.stored.row(at: row)
                note(values[0], values[values.count - 1])
            }
        }
        for handle in table.segments {
            let reader = try SegmentReader(
                fileSystem: fixture.disk, entry: handle.entry, readMode: .pread)
            #expect(SegmentCheck.findings(fileSystem: fixture.disk, entry: handle.entry).isEmpty)
            let batch = try reader.rows(
                at: (0..<reader.rowCount).map { Int32($0) },
                columns: [table.schema.columns[0], TableSchema.birthColumn])
            for row in 0..<batch.rowCount {
                note(batch.columns[0].value(at: row), batch.columns[1].value(at: row))
            }
        }
        return births
    }

    @Test("It is the version that the request was answered with: live, replayed and sealed")
    func requests() throws {
        let first = try IngestFixture(SimulatedFileSystem())
        var expected: [String: Int64] = [:]
        func commit(_ fixture: IngestFixture, _ ids: [String], day: Int) throws {
            let outcome = try fixture.commit(ids.map { IngestFixture.line($0, day: day) })
            for id in ids { expected[id] = Int64(outcome.version) }
        }
        try commit(first, ["a", "b"], day: 0)
        try commit(first, ["c"], day: 1)
        #expect(try births(first) == expected)
        try first.ingestion.sealer.sealNow()
        try commit(first, ["d", "e"], day: 0)
        // A duplicate keeps the version of the first.
        try first.commit([IngestFixture.line("a"), IngestFixture.line("d")])
        #expect(try births(first) == expected)
        let second = try first.restarted()
        #expect(try births(second) == expected)
        try second.ingestion.sealer.sealNow()
        #expect(try births(second) == expected)
        #expect(Set(expected.values).count == 3)
        second.catalog.close()
    }
}
