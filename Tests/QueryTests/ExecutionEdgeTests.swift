import Query
import Segments
import TestSupport
import Testing

@Suite("The executor at the edges")
struct ExecutionEdgeTests {
    private static let nowhere = SourceRange(3, 9)
    private static let amount = BoundExpression.column(index: 2, type: .bigint)
    private static let pool = WorkerPool(helperCount: 0)

    private static func snapshot(_ amounts: [Value], batchSize: Int = 100) -> Snapshot {
        let schema = Fixture.schema("t", id: 1)
        let rows = amounts.enumerated().map { index, amount in
            [Value.varchar(Text("e\(index)")), .timestamp(Int64(index) * 1_000_000), amount]
        }
        let live = stride(from: 0, to: rows.count, by: batchSize).map { start in
            LiveBatch(
                RowBatch(schema, rows: Array(rows[start..<min(rows.count, start + batchSize)])),
                schema: schema, firstLSN: 1, lastLSN: 1)
        }
        return Snapshot(
            version: 1, manifestVersion: 1,
            tables: [TableSnapshot(schema: schema, segments: [], live: live, flushedLSN: 0)])
    }

    private static var scan: LogicalPlan {
        .scan(TableScan(table: Fixture.schema("t", id: 1), columns: [0, 1, 2]))
    }

    private static func run(
        _ plan: LogicalPlan, _ snapshot: Snapshot, limits: QueryLimits = QueryLimits(),
        cancellation: Cancellation = Cancellation()
    ) throws(QueryError) -> [[Value]] {
        try QueryExecutor(snapshot: snapshot, limits: limits, workers: pool)
            .run(BoundQuery(plan: plan, fields: []), cancellation: cancellation).rows
    }

    private static func aggregate(
        _ function: AggregateCall.Function, type: LogicalType = .bigint
    ) -> LogicalPlan {
        .aggregate(
            keys: [], calls: [AggregateCall(function, of: amount, type: type, at: nowhere)], scan)
    }

    @Test("An aggregate without keys over no rows is one row, with keys none")
    func emptyTable() throws {
        let empty = Self.snapshot([])
        #expect(try Self.run(Self.aggregate(.count), empty) == [[.bigint(0)]])
        #expect(try Self.run(Self.aggregate(.sum), empty) == [[.null]])
        let grouped = LogicalPlan.aggregate(keys: [Self.amount], calls: [], Self.scan)
        #expect(try Self.run(grouped, empty).isEmpty)
    }

    @Test("Aggregates over NULLs alone are NULL, and their count is zero")
    func allNull() throws {
        let nulls = Self.snapshot([.null, .null, .null])
        #expect(try Self.run(Self.aggregate(.count), nulls) == [[.bigint(0)]])
        for function in [AggregateCall.Function.sum, .minimum, .maximum] {
            #expect(try Self.run(Self.aggregate(function), nulls) == [[.null]])
        }
        #expect(try Self.run(Self.aggregate(.average, type: .double), nulls) == [[.null]])
    }

    @Test("A sum passes through values beyond 64 bits, and fails only if it ends there")
    func sums() throws {
        let back = Self.snapshot([.bigint(.max), .bigint(.max), .bigint(.min), .bigint(.min)])
        #expect(try Self.run(Self.aggregate(.sum), back) == [[.bigint(-2)]])
        let beyond = Self.snapshot([.bigint(.max), .bigint(1)])
        let error = #expect(throws: QueryError.self) {
            try Self.run(Self.aggregate(.sum), beyond)
        }
        #expect(error?.code == .overflow)
        #expect(error?.range == Self.nowhere)
        let least = Self.snapshot([.bigint(.min)])
        #expect(try Self.run(Self.aggregate(.sum), least) == [[.bigint(.min)]])
    }

    @Test("Overflow and division by zero are errors that point into the statement")
    func arithmetic() throws {
        let one = Self.snapshot([.bigint(.max), .null, .bigint(0)])
        let cases: [(ScalarFunction, Int64, QueryError.Code)] = [
            (.add, 1, .overflow), (.multiply, 2, .overflow), (.divide, 0, .divisionByZero),
            (.modulo, 0, .divisionByZero),
        ]
        for (function, operand, code) in cases {
            let call = BoundExpression.call(
                function, [Self.amount, .literal(.bigint(operand), .bigint)], type: .bigint,
                at: Self.nowhere)
            let error = #expect(throws: QueryError.self) {
                try Self.run(.project([call], Self.scan), one)
            }
            #expect(error?.code == code)
            #expect(error?.range == Self.nowhere)
        }
    }

    @Test("CASE evaluates a branch for the rows that reach it, and for no other")
    func guarded() throws {
        let rows = Self.snapshot([.bigint(0), .bigint(4), .null])
        let zero = BoundExpression.literal(.bigint(0), .bigint)
        let quotient = BoundExpression.call(
            .divide, [.literal(.bigint(8), .bigint), Self.amount], type: .bigint,
            at: Self.nowhere)
        let guarded = BoundExpression.caseWhen(
            [CaseBranch(condition: .compare(.notEqual, Self.amount, zero), result: quotient)],
            otherwise: .literal(.null, .bigint), type: .bigint)
        let result = try Self.run(.project([guarded], Self.scan), rows)
        #expect(result == [[.null], [.bigint(2)], [.null]])
        let both = BoundExpression.and([
            .compare(.notEqual, Self.amount, zero),
            .compare(.greater, quotient, zero),
        ])
        #expect(
            try Self.run(.project([both], Self.scan), rows).map { $0[0] } == [
                .boolean(false), .boolean(true), .null,
            ])
    }

    @Test("A cancelled query ends, and limits are errors of their own")
    func limits() throws {
        let rows = Self.snapshot((0..<3_000).map { .bigint($0) })
        let cancelled = Cancellation()
        cancelled.cancel()
        func code(_ body: () throws -> Void) -> QueryError.Code? {
            (#expect(throws: QueryError.self) { try body() })?.code
        }
        #expect(code { _ = try Self.run(Self.scan, rows, cancellation: cancelled) } == .cancelled)
        var few = QueryLimits()
        few.resultRowCount = 100
        #expect(code { _ = try Self.run(Self.scan, rows, limits: few) } == .resultLimit)
        var small = QueryLimits()
        small.memoryBytes = 10_000
        let grouped = LogicalPlan.aggregate(keys: [Self.amount], calls: [], Self.scan)
        #expect(code { _ = try Self.run(grouped, rows, limits: small) } == .memory)
        var short = QueryLimits()
        short.nanoseconds = 0
        #expect(code { _ = try Self.run(Self.scan, rows, limits: short) } == .timeout)
    }

    @Test("LIMIT without order reads no more than it must")
    func earlyOut() throws {
        let rows = Self.snapshot((0..<2_000).map { .bigint($0) }, batchSize: 10)
        let result = try QueryExecutor(snapshot: rows, workers: Self.pool).run(
            BoundQuery(plan: .limit(count: 5, offset: 2, Self.scan), fields: []))
        #expect(result.rows.map { $0[2] } == (2..<7).map { .bigint($0) })
        #expect(result.statistics.rowsRead == 10)
    }

    @Test("Top-N over many batches gives the same as sorting everything")
    func topN() throws {
        var generator = TestSupport.SeededGenerator(seed: 5)
        let amounts = (0..<30_000).map { _ in Int64.random(in: 0..<1_000_000, using: &generator) }
        let rows = Self.snapshot(amounts.map { .bigint($0) }, batchSize: 1_000)
        let key = SortKey(Self.amount, isAscending: false, nullsFirst: false)
        let plan = LogicalPlan.limit(count: 50, offset: 10, .sort([key], Self.scan))
        let wanted = amounts.sorted(by: >)[10..<60].map { Value.bigint($0) }
        #expect(try Self.run(plan, rows).map { $0[2] } == wanted)
    }

    @Test("A damaged segment ends the query and names the file")
    func damage() throws {
        var generator = TestSupport.SeededGenerator(seed: 1)
        let table = RandomTable(rowCount: 10, using: &generator)
        let entry = try #require(try table.segments(of: 0..<10, partCount: 1).first).entry
        let lost = SegmentHandle(entry, onRelease: { _ in })
        let scan = LogicalPlan.scan(TableScan(table: table.schema, columns: [0]))
        let error = #expect(throws: QueryError.self) {
            try Self.run(scan, table.snapshot(live: [], segments: [lost]))
        }
        #expect(error?.code == .damagedSegment)
        #expect(error?.message.contains(entry.path) == true)
    }
}
