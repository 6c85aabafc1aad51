import Query
import Segments
import TestSupport
import Testing

@Suite("Look-ups by key")
struct LookupTests {
    @Test("A look-up finds exactly the rows that a scan finds, in segments and live")
    func sameAsScan() throws {
        for seed in UInt64(0)..<20 {
            var generator = TestSupport.SeededGenerator(seed: seed)
            let table = RandomTable(rowCount: 400, using: &generator)
            let live = Array(table.live(batchSize: 64).dropFirst(3))
            let snapshot = table.snapshot(
                live: live, segments: try table.segments(of: 0..<192, partCount: 4))
            let found = try #require(snapshot.tables.first)
            for column in [2, 3] {
                let lookup = try RowLookup(found, column: column, now: 0)
                let keys = Array(Set(table.rows.map { $0[column] }).filter { !$0.isNull })
                let wanted = table.rows.filter { !$0[column].isNull }
                var rows: [[Value]] = []
                var cursor: Int? = 0
                while let start = cursor {
                    let page = try lookup.rows(keys, limit: 37, cursor: start)
                    #expect(
                        page.keys.enumerated().allSatisfy { row, key in
                            page.rows.columns[column].value(at: row) == keys[key]
                        }, "seed \(seed)")
                    rows += (0..<page.rows.rowCount).map { page.rows.row(at: $0) }
                    cursor = page.next
                }
                #expect(Set(rows) == Set(wanted), "seed \(seed)")
                #expect(rows.count == wanted.count, "seed \(seed)")
                let times = rows.map { row in
                    if case .timestamp(let time) = row[0] { time } else { Int64(0) }
                }
                #expect(times == times.sorted(), "seed \(seed)")
            }
        }
    }

    @Test("A quick look-up says what the other says, once what it needs has been read")
    func quick() throws {
        var (answered, refused) = (0, 0)
        for seed in UInt64(0)..<10 {
            var generator = TestSupport.SeededGenerator(seed: seed)
            let table = RandomTable(rowCount: 300, using: &generator)
            let live = Array(table.live(batchSize: 100).dropFirst(2))
            let snapshot = table.snapshot(
                live: live, segments: try table.segments(of: 0..<200, partCount: 5))
            let found = try #require(snapshot.tables.first)
            let columns = [found.schema.columns[12], found.schema.columns[3]]
            for column in [2, 3] {
                let lookup = try RowLookup(found, column: column, now: 0)
                let keys = Array(Set(table.rows.map { $0[column] }).filter { !$0.isNull })
                guard let first = keys.first else { continue }
                #expect(try lookup.quickRows(first, limit: 9) == nil, "nothing has been read yet")
                for key in keys + [.varchar(Text("nobody has it")), .bigint(.min)] {
                    let page = try lookup.rows([key], columns: columns, limit: 9)
                    // Reading everything once touches whatever a quick look-up may want.
                    _ = try lookup.rows([key])
                    guard let quick = try lookup.quickRows(key, columns: columns, limit: 9) else {
                        // Too many rows, or a stranger of the same hash, whom nobody has read.
                        if try lookup.rows([key]).rows.rowCount <= 16 { refused += 1 }
                        continue
                    }
                    answered += 1
                    #expect(quick.next == page.next)
                    let rows = (0..<page.rows.rowCount).map { page.rows.row(at: $0) }
                    #expect(
                        rows == (0..<quick.rows.rowCount).map { quick.rows.row(at: $0) },
                        "seed \(seed), key \(key)")
                    #expect(quick.rows.columns.map(\.type) == columns.map(\.type))
                }
            }
        }
        #expect(refused * 20 < answered, "\(refused) refused, \(answered) answered")
    }

    @Test("A column without key index is refused")
    func refused() throws {
        var generator = TestSupport.SeededGenerator(seed: 1)
        let table = RandomTable(rowCount: 3, using: &generator)
        let snapshot = table.snapshot(live: table.live(batchSize: 3))
        let found = try #require(snapshot.tables.first)
        #expect(throws: QueryError.self) {
            try RowLookup(found, column: 5, now: 0)
        }
    }
}
