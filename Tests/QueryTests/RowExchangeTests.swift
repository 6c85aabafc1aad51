import Segments
import TestSupport
import Testing

@testable import Query

/// Groups that meet in partitions, as rows or as states, against groups in one table.
@Suite("Rows that wait for their groups")
struct RowExchangeTests {
    private static let schema = TableSchema(
        id: TableID(1), name: "t",
        columns: [
            ColumnDefinition(id: 1, name: "time", type: .timestamp, isNullable: false),
            ColumnDefinition(id: 2, name: "paid", type: .varchar),
            ColumnDefinition(id: 3, name: "long", type: .varchar),
            ColumnDefinition(id: 4, name: "short", type: .varchar),
            ColumnDefinition(id: 5, name: "kind", type: .varchar),
            ColumnDefinition(id: 6, name: "amount", type: .bigint),
            ColumnDefinition(id: 7, name: "rate", type: .double),
            ColumnDefinition(id: 8, name: "flag", type: .boolean),
            ColumnDefinition(id: 9, name: "fee", type: .decimal(precision: 30, scale: 2)),
        ])
    private static let base32 = Array("0123456789ABCDEFGHJKMNPQRSTVWXYZ".utf8)
    private static let partRowCount = 1_200

    private static func id(_ head: String, _ number: Int, _ count: Int) -> Value {
        var rest = number &* 2_654_435_761
        var bytes = Array(head.utf8)
        for _ in 0..<count {
            bytes.append(base32[rest & 31])
            rest = rest >> 5 ^ number
        }
        return .varchar(Text(bytes: bytes))
    }

    /// A row of part `part`, each of which has other patterns and other amounts.
    private static func row(_ part: Int, _ generator: inout TestSupport.SeededGenerator) -> [Value]
    {
        let order = Int.random(in: 0..<900, using: &generator)
        let isOdd = part == 2 && order % 50 == 0
        let amount = Int64.random(in: 0...(part == 1 ? 1 << 40 : 100), using: &generator)
        func orNull(_ value: Value, _ share: Int) -> Value {
            Int.random(in: 0..<share, using: &generator) == 0 ? .null : value
        }
        let day = ["01", "02", "17", "17"][part % 4]
        return [
            .timestamp(1_700_000_000_000_000 + Int64(part * 7_200 + order) * 1_000_000),
            orNull(isOdd ? .varchar("odd") : id("ORD-\(day)-", order % 700, 6), 20),
            id("pay_", order, 20),
            orNull(.varchar(Text("C\(order % 300)")), 15),
            orNull(.varchar(Text(["A", "B", "", "라"][order % 4])), 10),
            orNull(.bigint(part == 3 ? -amount : amount), 12),
            orNull(.double([0, -0.0, .nan, 1.5][order % 4]), 9),
            orNull(.boolean(order % 3 == 0), 8),
            .decimal(Decimal(unscaled: Int128(order), scale: 2)),
        ]
    }

    /// All rows live, sealed, and half and half.
    private static func snapshots(
        _ rows: [[Value]]
    ) throws -> (live: Snapshot, others: [Snapshot]) {
        let files = SimulatedFileSystem()
        try files.createDirectory("seg")
        var handles: [SegmentHandle] = []
        var live: [LiveBatch] = []
        for (index, start) in stride(from: 0, to: rows.count, by: partRowCount).enumerated() {
            let part = Array(rows[start..<min(rows.count, start + partRowCount)])
            let batch = RowBatch(schema, rows: part)
            let entry = try SegmentWriter(fileSystem: files).write(
                batch, schema: schema,
                as: SegmentDescription(
                    id: SegmentID(UInt64(index + 1)), chunk: .everything, level: 0, firstLSN: 1,
                    lastLSN: 1))
            handles.append(SegmentHandle(try SegmentReader(fileSystem: files, entry: entry)))
            live.append(LiveBatch(batch, schema: schema, firstLSN: 1, lastLSN: 1))
        }
        func snapshot(_ segments: [SegmentHandle], _ live: [LiveBatch]) -> Snapshot {
            let table = TableSnapshot(
                schema: schema, segments: segments, live: live, flushedLSN: 0)
            return Snapshot(version: 1, manifestVersion: 1, tables: [table])
        }
        let half = handles.count / 2
        return (
            snapshot([], live),
            [
                snapshot(handles, []), snapshot([], live),
                snapshot(Array(handles.prefix(half)), Array(live.dropFirst(half))),
            ]
        )
    }

    private static let statements = [
        "SELECT paid, COUNT(*), SUM(amount) FROM t GROUP BY paid ORDER BY paid",
        "SELECT long, COUNT(amount), MIN(amount), MAX(amount), AVG(amount) FROM t "
            + "GROUP BY long ORDER BY long",
        "SELECT short, paid, SUM(amount) AS total, COUNT(*) FROM t GROUP BY short, paid "
            + "ORDER BY total DESC, short, paid LIMIT 20",
        "SELECT TIME_FLOOR(time, 'PT1H') AS h, short, kind, SUM(amount), AVG(rate) FROM t "
            + "GROUP BY 1, 2, 3 ORDER BY 1, 2, 3",
        "SELECT time, kind, COUNT(*), MIN(flag), MAX(rate), MIN(kind), MAX(paid) FROM t "
            + "GROUP BY time, kind ORDER BY time, kind",
        "SELECT latest, COUNT(*) FROM (SELECT long, ARG_MAX(kind, time) AS latest FROM t "
            + "GROUP BY long) x GROUP BY latest ORDER BY latest",
        "SELECT SUM(a), SUM(a * b) FROM (SELECT paid, "
            + "MAX(CASE WHEN kind = 'A' THEN 1 ELSE 0 END) AS a, "
            + "MAX(CASE WHEN kind = 'B' THEN 1 ELSE 0 END) AS b FROM t GROUP BY paid) x",
        "SELECT paid, SUM(CASE WHEN kind = 'A' THEN amount ELSE 0 END) FROM t GROUP BY paid "
            + "ORDER BY paid",
        "SELECT TIME_FLOOR(time, 'PT1H') AS h, COUNT(DISTINCT short), SUM(DISTINCT short_length) "
            + "FROM (SELECT time, short, LENGTH(short) AS short_length FROM t) x GROUP BY 1 "
            + "ORDER BY 1",
        "SELECT TIME_FLOOR(time, 'PT1H') AS h, COUNT(DISTINCT paid) FROM t GROUP BY 1 ORDER BY 1",
        "SELECT COUNT(DISTINCT short), COUNT(DISTINCT paid), COUNT(*), SUM(DISTINCT amount), "
            + "COUNT(DISTINCT long) FILTER (WHERE kind = 'A'), AVG(DISTINCT amount), "
            + "COUNT(DISTINCT rate), COUNT(DISTINCT fee), MIN(DISTINCT paid) FROM t",
        "SELECT DISTINCT rate, flag, short FROM t ORDER BY rate, flag, short",
        "SELECT long, fee, COUNT(*) FILTER (WHERE flag), SUM(fee) FROM t GROUP BY long, fee "
            + "ORDER BY long, fee",
        "SELECT UPPER(long), amount, flag, time, COUNT(*) FROM t GROUP BY 1, 2, 3, 4 "
            + "ORDER BY 1, 2, 3, 4",
        "SELECT paid, COUNT(*) FROM t WHERE amount > 10 AND kind <> 'B' GROUP BY paid "
            + "HAVING COUNT(*) > 1 ORDER BY 2 DESC, 1 LIMIT 30",
    ]

    @Test("Rows and states in partitions make the groups that one table makes", arguments: 0..<2)
    func agree(seed: UInt64) throws {
        var generator = TestSupport.SeededGenerator(seed: seed)
        let rows = (0..<6).flatMap { part in
            (0..<Self.partRowCount).map { _ in Self.row(part, &generator) }
        }
        let (live, others) = try Self.snapshots(rows)
        let alone = WorkerPool(helperCount: 0)
        let many = WorkerPool(helperCount: 3)
        defer { many.stop() }
        for sql in Self.statements {
            let query = try QueryFixture.bind(sql, over: Self.schema)
            var reference = QueryExecutor(snapshot: live, workers: alone)
            reference.tuning.spillGroupCount = .max
            let wanted = try reference.run(query).rows.map(DifferentialTests.comparable)
            for (index, snapshot) in others.enumerated() {
                for (exchanged, bytes) in [(0, 0), (Int.max, 1), (Int.max, 1 << 14), (3, 1 << 20)] {
                    var executor = QueryExecutor(
                        snapshot: snapshot, workers: index == 0 ? alone : many)
                    executor.tuning.spillGroupCount = 40
                    executor.tuning.exchangedRowsPerGroup = exchanged
                    executor.tuning.exchangeBytes = bytes
                    let found = try executor.run(query).rows.map(DifferentialTests.comparable)
                    #expect(
                        found == wanted, "seed \(seed), snapshot \(index), \(exchanged): \(sql)")
                }
            }
        }
    }

    @Test("Flags are the maxima that they stand for, NULL conditions and empty groups included")
    func flags() throws {
        var generator = TestSupport.SeededGenerator(seed: 17)
        let rows = (0..<4).flatMap { part in
            (0..<Self.partRowCount).map { _ in Self.row(part, &generator) }
        }
        let (_, others) = try Self.snapshots(rows)
        let pool = WorkerPool(helperCount: 2)
        defer { pool.stop() }
        let conditions = ["kind = 'A'", "amount > 50", "flag", "kind IS NULL", "FALSE", "1 = 1"]
        func select(_ value: Int) -> String {
            conditions.map { "MAX(CASE WHEN \($0) THEN \(value) ELSE 0 END)" }
                .joined(separator: ", ")
        }
        for (keys, order) in [("", ""), (" GROUP BY paid", " ORDER BY paid")] {
            for condition in ["amount >= 0", "FALSE"] {
                for (index, snapshot) in others.enumerated() {
                    for exchanged in [0, Int.max] {
                        var executor = QueryExecutor(snapshot: snapshot, workers: pool)
                        executor.tuning.spillGroupCount = 40
                        executor.tuning.exchangedRowsPerGroup = exchanged
                        executor.tuning.exchangeBytes = 1 << 14
                        let found = try [1, 2].map { value in
                            try executor.run(
                                QueryFixture.bind(
                                    "SELECT \(select(value)) FROM t WHERE \(condition)"
                                        + keys + order, over: Self.schema)
                            ).rows
                        }
                        let doubled = found[0].map { row in
                            row.map { value -> Value in
                                if case .bigint(let flag) = value { return .bigint(2 * flag) }
                                return value
                            }
                        }
                        #expect(doubled == found[1], "snapshot \(index), \(exchanged)\(keys)")
                    }
                }
            }
        }
    }

    @Test("Rows that wait are part of the query's memory")
    func limited() throws {
        var generator = TestSupport.SeededGenerator(seed: 9)
        let rows = (0..<12_000).map { Self.row($0 % 5, &generator) }
        let pool = WorkerPool(helperCount: 1)
        defer { pool.stop() }
        let (live, _) = try Self.snapshots(rows)
        var limits = QueryLimits()
        limits.memoryBytes = 1 << 17
        var executor = QueryExecutor(snapshot: live, limits: limits, workers: pool)
        executor.tuning.spillGroupCount = 40
        executor.tuning.exchangedRowsPerGroup = .max
        let query = try QueryFixture.bind(
            "SELECT long, time, SUM(amount) FROM t GROUP BY long, time", over: Self.schema)
        do throws(QueryError) {
            _ = try executor.run(query)
            Issue.record("128 KiB held 12,000 rows of 40 bytes")
        } catch {
            #expect(error.code == .memory)
        }
    }
}
