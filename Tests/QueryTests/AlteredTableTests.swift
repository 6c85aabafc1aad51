import Segments
import TestSupport
import Testing

@testable import Query

/// Segments of several versions of a schema answer as if all had been written under the last one.
@Suite struct AlteredTableTests {
    private static let wide = LogicalType.decimal(precision: 38, scale: 2)

    private static let old: TableSchema = {
        let columns: [(String, LogicalType)] = [
            ("id", .bigint), ("gone", .varchar), ("n", .bigint),
            ("fee", .decimal(precision: 18, scale: 2)), ("small", .decimal(precision: 5, scale: 2)),
        ]
        return TableSchema(
            id: TableID(1), name: "t",
            columns: columns.enumerated().map {
                ColumnDefinition(id: UInt32($0 + 1), name: $1.0, type: $1.1)
            })
    }()

    /// Without `gone`, with wider numbers and columns of every kind of initial value.
    private static let new: TableSchema = {
        var schema = old
        schema.columns.remove(at: 1)
        schema.columns[1].type = .decimal(precision: 19, scale: 0)
        schema.columns[2].type = wide
        schema.columns[3].type = .decimal(precision: 18, scale: 2)
        schema.columns[0].name = "key"
        func add(_ name: String, _ type: LogicalType, _ initial: Value, _ now: Value) {
            schema.columns.append(
                ColumnDefinition(
                    id: UInt32(schema.columns.count + 7), name: name, type: type,
                    defaultValue: now, initialValue: initial))
        }
        add("gone", .bigint, .bigint(5), .bigint(6))
        add(
            "note", .varchar, .varchar(Text("a text too long to be a number of eight bytes")), .null
        )
        add("nothing", .varchar, .null, .varchar(Text("later")))
        add("flag", .boolean, .boolean(true), .boolean(false))
        add("tags", .array(.varchar), .array([.varchar(Text("x"))]), .null)
        add("body", .json, .json(Text("{\"a\":1}")), .null)
        add("ratio", .double, .double(0.5), .null)
        schema.version = 2
        return schema
    }()

    private static func oldRow(_ number: Int) -> [Value] {
        [
            .bigint(Int64(number)), .varchar(Text("gone \(number % 3)")),
            number % 5 == 0 ? .null : .bigint(Int64(number % 4) * 1_000),
            .decimal(Decimal(unscaled: Int128(number % 6) * 25, scale: 2)),
            .decimal(Decimal(unscaled: Int128(number % 7), scale: 2)),
        ]
    }

    /// What an old row is under the new schema.
    private static func seen(_ row: [Value]) -> [Value] {
        var seen = [row[0], row[2], row[3], row[4]]
        if case .bigint(let n) = row[2] {
            seen[1] = .decimal(Decimal(unscaled: Int128(n), scale: 0))
        }
        return seen + new.columns[4...].map(\.initialValue)
    }

    private static func newRow(_ number: Int) -> [Value] {
        var row = seen(oldRow(number))
        row[2] = .decimal(Decimal(unscaled: Int128(1) << 80, scale: 2))
        return row[..<4] + [
            .bigint(Int64(number % 3)), .varchar(Text("n\(number % 2)")),
            .varchar(Text("later")), .boolean(number % 2 == 0), .null,
            .json(Text("{\"a\":\(number % 3)}")), .double(Double(number % 4)),
        ]
    }

    /// Segments and live rows, each under its own schema.
    private static func snapshot(
        _ sealed: [(TableSchema, [[Value]])], live: [[Value]]
    ) throws -> Snapshot {
        let files = SimulatedFileSystem()
        try files.createDirectory("seg")
        var segments: [SegmentHandle] = []
        for (index, (schema, rows)) in sealed.enumerated() {
            let entry = try SegmentWriter(fileSystem: files).write(
                RowBatch(schema, rows: rows), schema: schema,
                as: SegmentDescription(
                    id: SegmentID(UInt64(index + 1)), chunk: .everything, level: 0, firstLSN: 1,
                    lastLSN: 1))
            segments.append(SegmentHandle(try SegmentReader(fileSystem: files, entry: entry)))
        }
        let batches = [RowBatch(new, rows: live)].filter { $0.rowCount > 0 }
        return Snapshot(
            version: 1, manifestVersion: 1,
            tables: [
                TableSnapshot(
                    schema: new, segments: segments,
                    live: batches.map {
                        LiveBatch($0, schema: new, firstLSN: 2, lastLSN: 2)
                    }, flushedLSN: 1)
            ])
    }

    private static let queries = [
        "SELECT * FROM t",
        "SELECT key, gone, note FROM t WHERE gone = 5", "SELECT key FROM t WHERE gone < 2",
        "SELECT key FROM t WHERE gone IN (0, 5) AND n >= 1000",
        "SELECT COUNT(*), COUNT(gone), COUNT(nothing), SUM(n), MIN(n), MAX(n) FROM t",
        "SELECT SUM(fee), MIN(fee), MAX(fee), AVG(fee), SUM(small), MAX(small) FROM t",
        "SELECT n, COUNT(*), SUM(fee) FROM t GROUP BY n",
        "SELECT gone, SUM(n) FROM t GROUP BY gone",
        "SELECT fee, gone, COUNT(*) FROM t GROUP BY 1, 2",
        "SELECT note, COUNT(*) FROM t GROUP BY note",
        "SELECT nothing, flag, COUNT(*) FROM t GROUP BY 1, 2",
        "SELECT note, nothing, gone, COUNT(*), SUM(ratio) FROM t GROUP BY 1, 2, 3",
        "SELECT COUNT(DISTINCT note), COUNT(DISTINCT n), COUNT(DISTINCT gone) FROM t",
        "SELECT key FROM t WHERE n = 2000 OR note LIKE '%long%'",
        "SELECT key FROM t WHERE NOT flag",
        "SELECT key FROM t WHERE nothing IS NULL", "SELECT key FROM t WHERE n IS NULL",
        "SELECT key FROM t WHERE fee > 1.00 AND small < 0.05",
        "SELECT JSON_VALUE(body, '$.a'), COUNT(*) FROM t GROUP BY 1",
        "SELECT key FROM t WHERE ARRAY_CONTAINS(tags, 'x')",
        "SELECT tag, COUNT(*) FROM t CROSS JOIN UNNEST(tags) AS u (tag) GROUP BY 1",
        "SELECT key, n FROM t ORDER BY n DESC NULLS LAST, key LIMIT 7",
        "SELECT key, note FROM t ORDER BY note, key LIMIT 7",
        "SELECT a.key FROM t AS a JOIN t AS b ON a.n = b.n AND a.gone = b.gone WHERE b.key < 40",
        "SELECT key, SUM(n) OVER (PARTITION BY gone ORDER BY key) FROM t WHERE key < 300",
    ]

    @Test("Every query answers as if all rows had been written under the last schema")
    func answers() throws {
        let older = (0..<9_000).map(Self.oldRow)
        let newer = (9_000..<9_400).map(Self.newRow)
        let live = (9_400..<9_500).map(Self.newRow)
        let mixed = try Self.snapshot([(Self.old, older), (Self.new, newer)], live: live)
        let whole = try Self.snapshot(
            [(Self.new, older.map(Self.seen)), (Self.new, newer)], live: live)
        let workers = WorkerPool(helperCount: 0)
        defer { workers.stop() }
        for sql in Self.queries {
            let query = try QueryFixture.bind(sql, over: Self.new)
            var answers: [[[Value]]] = []
            for snapshot in [mixed, whole] {
                answers.append(
                    try QueryExecutor(snapshot: snapshot, workers: workers, clock: ManualClock())
                        .run(query).rows)
            }
            let isOrdered = sql.contains("LIMIT")
            func form(_ rows: [[Value]]) -> [String] {
                let texts = rows.map { "\($0)" }
                return isOrdered ? texts : texts.sorted()
            }
            #expect(!answers[1].isEmpty, "\(sql)")
            #expect(form(answers[0]) == form(answers[1]), "\(sql)")
        }
    }

    @Test("Old rows alone answer new columns, too")
    func oldOnly() throws {
        let snapshot = try Self.snapshot([(Self.old, (0..<50).map(Self.oldRow))], live: [])
        let workers = WorkerPool(helperCount: 0)
        defer { workers.stop() }
        func rows(_ sql: String) throws -> [[Value]] {
            try QueryExecutor(snapshot: snapshot, workers: workers, clock: ManualClock())
                .run(try QueryFixture.bind(sql, over: Self.new)).rows
        }
        #expect(
            try rows("SELECT MIN(gone), MAX(gone), COUNT(nothing) FROM t") == [
                [.bigint(5), .bigint(5), .bigint(0)]
            ])
        #expect(try rows("SELECT COUNT(*) FROM t WHERE gone <> 5") == [[.bigint(0)]])
        #expect(try rows("SELECT gone, COUNT(*) FROM t GROUP BY 1") == [[.bigint(5), .bigint(50)]])
    }
}
