import Compaction
import Segments
import Testing

@Suite("Compaction policy")
struct CompactionPolicyTests {
    private func entry(_ id: UInt64, rows: Int, day: Int64 = 0) -> SegmentEntry {
        let start = day * CivilTime.microsecondsPerDay
        return SegmentEntry(
            id: SegmentID(id), tableID: TableID(1),
            chunk: TimeRange(start: start, end: start + CivilTime.microsecondsPerDay),
            byteCount: rows * 50, fileHash: Hash128(low: id, high: 0), minimumTime: start,
            maximumTime: start + 1,
            totals: ControlTotals(rowCount: rows, sums: [], rows: MultisetHash()), level: 0,
            firstLSN: id, lastLSN: id)
    }

    private func inputs(_ decision: CompactionDecision) -> [UInt64]? {
        guard case .merge(let inputs, _) = decision else { return nil }
        return inputs.map(\.id.rawValue)
    }

    @Test("A chunk with few fragments is left alone, with the reason")
    func leavesFew() {
        let policy = CompactionPolicy()
        #expect(policy.decide([]) == .leave("no fragments"))
        #expect(policy.decide([entry(1, rows: 10)]) == .leave("a single fragment"))
        #expect(
            policy.decide((1...3).map { entry($0, rows: 10) })
                == .leave("3 fragments of 3 tolerated"))
    }

    @Test("Many equal fragments are merged together")
    func mergesMany() {
        let decision = CompactionPolicy().decide((1...20).map { entry($0, rows: 1_000) })
        #expect(inputs(decision) == Array(1...20))
    }

    @Test("A large fragment is not rewritten for the sake of a few rows")
    func sparesLarge() {
        let small = (1...5).map { entry($0, rows: 100) }
        let decision = CompactionPolicy().decide(small + [entry(6, rows: 400_000)])
        #expect(inputs(decision) == [1, 2, 3, 4, 5])
    }

    @Test("A tiny fragment among large ones does not stop the large ones")
    func skipsTiny() {
        let decision = CompactionPolicy().decide(
            [entry(1, rows: 1)] + (2...6).map { entry($0, rows: 50_000) })
        #expect(inputs(decision) == [2, 3, 4, 5, 6])
    }

    @Test("Whole segments are never touched, forced or not")
    func leavesWhole() {
        let policy = CompactionPolicy()
        let whole = (1...9).map { entry($0, rows: policy.targetRowCount) }
        #expect(policy.decide(whole, isForced: true) == .leave("no fragments"))
    }

    @Test("Forced compaction merges two fragments of any size")
    func forced() {
        let decision = CompactionPolicy().decide(
            [entry(1, rows: 1), entry(2, rows: 300_000)], isForced: true)
        #expect(inputs(decision) == [1, 2])
    }

    @Test("A merge takes bounded rows and segments")
    func bounded() throws {
        let policy = CompactionPolicy()
        let rows = try #require(
            inputs(policy.decide((1...50).map { entry($0, rows: 100_000) })))
        #expect(rows.count * 100_000 <= policy.maximumInputRowCount)
        let many = try #require(inputs(policy.decide((1...5_000).map { entry($0, rows: 1) })))
        #expect(many.count == policy.maximumInputCount)
    }

    @Test("Tiny commits for ever leave few segments and rewrite each row few times")
    func converges() {
        let policy = CompactionPolicy()
        var segments: [SegmentEntry] = []
        var nextID: UInt64 = 1
        var rewritten = 0
        for _ in 0..<10_000 {
            segments.append(entry(nextID, rows: 10))
            nextID += 1
            guard nextID % 16 == 0, case .merge(let inputs, _) = policy.decide(segments) else {
                continue
            }
            let rows = inputs.reduce(0) { $0 + $1.rowCount }
            rewritten += rows
            segments.removeAll { inputs.contains($0) }
            segments.append(entry(nextID, rows: rows))
            nextID += 1
        }
        #expect(segments.reduce(0) { $0 + $1.rowCount } == 100_000)
        #expect(segments.count <= 40)
        #expect(rewritten <= 100_000 * 12, "each row was rewritten \(rewritten / 100_000) times")
    }

    @Test("Retention takes whole segments whose newest row is too old, and only with a TTL")
    func retention() {
        var schema = TableSchema(
            id: TableID(1), name: "t",
            columns: [
                ColumnDefinition(id: 1, name: "at", type: .timestamp, isNullable: false)
            ], timestampColumn: 0, granularity: .day)
        let handles = (0..<10).map { day in
            SegmentHandle(entry(UInt64(day + 1), rows: 1, day: Int64(day))) { _ in }
        }
        let now = 9 * CivilTime.microsecondsPerDay + 2
        var table = TableSnapshot(schema: schema, segments: handles, live: [], flushedLSN: 0)
        #expect(RetentionPolicy.expired(in: table, wallMicroseconds: now).isEmpty)
        schema.timeToLive = .days(4, column: schema.timestampColumn ?? 0)
        table = TableSnapshot(schema: schema, segments: handles, live: [], flushedLSN: 0)
        let expired = RetentionPolicy.expired(in: table, wallMicroseconds: now)
        #expect(expired.map(\.id.rawValue) == [1, 2, 3, 4, 5, 6])
    }
}
