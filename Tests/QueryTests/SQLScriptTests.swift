import Query
import Segments
import TestSupport
import Testing

/// SQL against SQL's own answers: every script of `Tests/SQL`, by the executor and the reference.
@Suite("SQL scripts")
struct SQLScriptTests {
    @Test(
        "Every query of a script gives the rows written below it",
        arguments: [
            "from.slt", "unnest.slt", "joins.slt", "subqueries.slt", "sets.slt", "groups.slt",
            "windows.slt", "joinorder.slt",
        ])
    func script(_ name: String) throws {
        let script = try SQLScript(named: name)
        var tables = SQLScriptTables()
        let alone = WorkerPool(helperCount: 0)
        let many = WorkerPool(helperCount: 2)
        defer { many.stop() }
        var checkedCount = 0
        for block in script.blocks {
            let place = "\(name):\(block.line)"
            switch block.kind {
            case "statement": try tables.run(block.sql)
            case "error":
                let error = #expect(throws: QueryError.self, "\(place)") {
                    let query = try tables.query(block.sql)
                    _ = try QueryExecutor(snapshot: tables.snapshot(batchSize: 3), workers: alone)
                        .run(query)
                }
                let text = (error?.message ?? "") + "; " + (error?.hint ?? "")
                #expect(text.contains(block.expected.joined()), "\(place)")
            case "query", "ordered":
                let query: BoundQuery
                do {
                    query = try tables.query(block.sql)
                } catch {
                    Issue.record("\(place): \(error)")
                    continue
                }
                #expect(query.plan.types == query.fields.map(\.type), "\(place)")
                let isOrdered = block.kind == "ordered"
                func rows(_ rows: [[Value]]) -> [String] {
                    let texts = rows.map(SQLScriptTables.text)
                    return isOrdered ? texts : texts.sorted()
                }
                let expected = isOrdered ? block.expected : block.expected.sorted()
                #expect(rows(try tables.reference.run(query.plan)) == expected, "\(place)")
                for (batchSize, pool) in [(100, alone), (2, alone), (3, many)] {
                    let snapshot = tables.snapshot(batchSize: batchSize)
                    let executor = QueryExecutor(snapshot: snapshot, workers: pool)
                    #expect(rows(try executor.run(query).rows) == expected, "\(place)")
                    let remembered = try tables.remembered(block.sql, snapshot)
                    #expect(rows(try executor.run(remembered).rows) == expected, "\(place)")
                }
                checkedCount += 1
            default: Issue.record("\(place): a block is no \(block.kind)")
            }
        }
        #expect(checkedCount > 0)
    }
}
