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
            let lookup = RowLookup(snapshot)
            let found = try #require(snapshot.tables.first)
            for column in [2, 3] {
                let keys = Array(Set(table.rows.map { $0[column] }).filter { !$0.isNull })
                let wanted = table.rows.filter { !$0[column].isNull }
                var rows: [[Value]] = []
                var cursor: Int? = 0
                while let start = cursor {
                    let page = try lookup.rows(
                        in: found, column: column, keys: keys, limit: 37, cursor: start)
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

    @Test("A column without key index is refused")
    func refused() throws {
        var generator = TestSupport.SeededGenerator(seed: 1)
        let table = RandomTable(rowCount: 3, using: &generator)
        let snapshot = table.snapshot(live: table.live(batchSize: 3))
        let found = try #require(snapshot.tables.first)
        #expect(throws: QueryError.self) {
            try RowLookup(snapshot).rows(in: found, column: 5, keys: [.double(1)])
        }
    }
}
