import Glibc
import Query
import Segments
import TestSupport
import Testing

@Suite("The executor against the reference")
struct DifferentialTests {
    /// What a plan gave: rows, or the reason why not.
    enum Outcome {
        case rows([[Value]])
        case failure(QueryError.Code)
    }

    static func outcome(
        _ body: () throws(QueryError) -> [[Value]]
    ) -> Outcome {
        do { return .rows(try body()) } catch { return .failure(error.code) }
    }

    /// NaN equals itself here, zero negative zero, and doubles whose first eleven digits are the
    /// same: the executor's sums lose less than the reference's.
    static func comparable(_ row: [Value]) -> [Value] {
        row.map { value in
            guard case .double(let double) = value else { return value }
            if double.isNaN { return .varchar("NaN") }
            guard double != 0, double.isFinite else { return double == 0 ? .double(0) : value }
            let unit = pow(10, floor(log10(abs(double))) - 10)
            return .double((double / unit).rounded() * unit)
        }
    }

    static func counted(_ rows: [[Value]]) -> [[Value]: Int] {
        rows.reduce(into: [:]) { $0[comparable($1), default: 0] += 1 }
    }

    /// Checks one plan; errors of evaluation may be missed by the executor where it reads less.
    ///
    /// - Returns: whether the plan has rows to compare.
    @discardableResult
    static func check(
        _ plan: LogicalPlan, isOrdered: Bool, _ executors: [QueryExecutor],
        _ reference: ReferenceEngine, _ note: String
    ) -> Bool {
        let expected = outcome { () throws(QueryError) in try reference.run(plan) }
        for executor in executors {
            let found = outcome { () throws(QueryError) in
                try executor.run(BoundQuery(plan: plan, fields: [])).rows
            }
            switch (expected, found) {
            case (.failure, _): continue
            case (.rows, .failure(let code)):
                Issue.record("\(note): the executor fails with \(code)\n\(plan)")
            case (.rows(let wanted), .rows(let rows)):
                let isSame =
                    isOrdered
                    ? wanted.map(comparable) == rows.map(comparable)
                    : counted(wanted) == counted(rows)
                if !isSame {
                    let text = PlanPrinter.lines(of: plan).joined(separator: "\n")
                    Issue.record(
                        """
                        \(note): \(wanted.count) rows, not \(rows.count)
                        \(text)
                        wanted \(wanted.prefix(5))
                        found \(rows.prefix(5))
                        """)
                }
            }
        }
        if case .rows(let rows) = expected { return !rows.isEmpty }
        return false
    }

    /// Checks unordered plans over small random tables, a table for each seed: its rows live with
    /// one worker, and in three segments with three.
    ///
    /// - Returns: how many plans had rows to compare.
    static func checkRandomTables(
        seeds: Range<UInt64>, planCount: Int,
        _ plan: (inout RandomPlans, TableSchema) -> LogicalPlan
    ) throws -> Int {
        let alone = WorkerPool(helperCount: 0)
        let many = WorkerPool(helperCount: 2)
        defer { many.stop() }
        var comparedCount = 0
        for seed in seeds {
            var generator = TestSupport.SeededGenerator(seed: seed)
            let count = [0, 1, 12, 40].randomElement(using: &generator) ?? 0
            let table = RandomTable(rowCount: count, using: &generator)
            let reference = ReferenceEngine(tables: [table.schema.id: table.rows])
            let segments = try table.segments(of: 0..<count, partCount: 3)
            let executors = [
                QueryExecutor(
                    snapshot: table.snapshot(live: table.live(batchSize: 7)), workers: alone),
                QueryExecutor(
                    snapshot: table.snapshot(live: [], segments: segments), workers: many),
            ]
            var plans = RandomPlans(seed: seed)
            for _ in 0..<planCount {
                let hasRows = check(
                    plan(&plans, table.schema), isOrdered: false, executors, reference,
                    "seed \(seed)")
                comparedCount += hasRows ? 1 : 0
            }
        }
        return comparedCount
    }

    @Test("Random plans over live rows give what the reference gives", arguments: 0..<8)
    func live(_ part: Int) {
        let pool = WorkerPool(helperCount: 2)
        defer { pool.stop() }
        var comparedCount = 0
        for seed in UInt64(part * 1_000)..<UInt64(part * 1_000 + 300) {
            var generator = TestSupport.SeededGenerator(seed: seed)
            let count = [0, 1, 30, 100, 200, 300].randomElement(using: &generator) ?? 0
            let table = RandomTable(rowCount: count, using: &generator)
            let snapshot = table.snapshot(
                live: table.live(batchSize: Int.random(in: 1...100, using: &generator)))
            let executor = QueryExecutor(snapshot: snapshot, workers: pool)
            var plans = RandomPlans(seed: seed)
            for _ in 0..<2 {
                let (plan, isOrdered) = plans.plan(over: table.schema)
                let hasRows = Self.check(
                    plan, isOrdered: isOrdered, [executor], ReferenceEngine(live: snapshot),
                    "seed \(seed)")
                comparedCount += hasRows ? 1 : 0
            }
        }
        #expect(comparedCount > 200, "too few of 600 plans have rows to compare")
    }

    @Test("Segments, live rows and both, few or many, with one worker or four, answer the same")
    func segments() throws {
        let alone = WorkerPool(helperCount: 0)
        let many = WorkerPool(helperCount: 3)
        defer { many.stop() }
        for seed in UInt64(20_000)..<20_120 {
            var generator = TestSupport.SeededGenerator(seed: seed)
            let count = [1, 40, 200, 400].randomElement(using: &generator) ?? 1
            let table = RandomTable(rowCount: count, using: &generator)
            let reference = ReferenceEngine(tables: [table.schema.id: table.rows])
            let live = table.live(batchSize: 64)
            let half = min(count, (count + 1) / 2 / 64 * 64)
            let one = try table.segments(of: 0..<count, partCount: 1)
            let twenty = try table.segments(of: 0..<count, partCount: 20)
            let mixed = try table.segments(of: 0..<half, partCount: 3)
            let executors = [
                QueryExecutor(snapshot: table.snapshot(live: [], segments: one), workers: alone),
                QueryExecutor(snapshot: table.snapshot(live: [], segments: twenty), workers: alone),
                QueryExecutor(snapshot: table.snapshot(live: [], segments: twenty), workers: many),
                QueryExecutor(
                    snapshot: table.snapshot(
                        live: Array(live.dropFirst(half / 64)), segments: mixed), workers: many),
            ]
            var plans = RandomPlans(seed: seed)
            for _ in 0..<6 {
                let (plan, isOrdered) = plans.plan(over: table.schema)
                Self.check(plan, isOrdered: isOrdered, executors, reference, "seed \(seed)")
            }
        }
    }

    @Test("A condition, its negation and its NULLs partition the rows")
    func partition() throws {
        let pool = WorkerPool(helperCount: 0)
        for seed in UInt64(0)..<400 {
            var generator = TestSupport.SeededGenerator(seed: seed)
            let table = RandomTable(rowCount: 50, using: &generator)
            let executor = QueryExecutor(
                snapshot: table.snapshot(live: table.live(batchSize: 50)), workers: pool)
            var plans = RandomPlans(seed: seed)
            for _ in 0..<5 {
                let condition = plans.condition(over: table.schema)
                let scan = LogicalPlan.scan(
                    TableScan(table: table.schema, columns: Array(table.schema.columns.indices)))
                var all: [[Value]] = []
                do throws(QueryError) {
                    for part: BoundExpression in [condition, .not(condition), .isNull(condition)] {
                        all += try executor.run(BoundQuery(plan: .filter(part, scan), fields: []))
                            .rows
                    }
                } catch {
                    continue
                }
                #expect(Self.counted(all) == Self.counted(table.rows), "seed \(seed)")
            }
        }
    }
}
