import Query
import Segments
import TestSupport
import Testing

/// Filters answer the same with code indexes or scans, JSON path columns or texts, in segments and
/// among live rows.
@Suite("Indexed filters")
struct IndexedFilterTests {
    private static let schema = TableSchema(
        id: TableID(1), name: "t",
        columns: [
            ColumnDefinition(id: 1, name: "time", type: .timestamp, isNullable: false),
            ColumnDefinition(id: 2, name: "merchant", type: .varchar),
            ColumnDefinition(id: 3, name: "method", type: .varchar),
            ColumnDefinition(id: 4, name: "flag", type: .boolean),
            ColumnDefinition(id: 5, name: "tags", type: .array(.varchar)),
            ColumnDefinition(id: 6, name: "attrs", type: .json),
            ColumnDefinition(id: 7, name: "amount", type: .bigint),
        ],
        timestampColumn: 0, granularity: .day, clusterColumns: [1])

    private static func row(_ number: Int, _ generator: inout SeededGenerator) -> [Value] {
        func skewed(_ count: Int) -> Int {
            let draw = Double.random(in: 0..<1, using: &generator)
            return Int(draw * draw * draw * Double(count))
        }
        func orNull(_ value: Value) -> Value {
            Int.random(in: 0..<40, using: &generator) == 0 ? .null : value
        }
        let tags = (0..<skewed(4)).map { _ in Value.varchar(Text("tag\(skewed(30))")) }
        let promo = skewed(9)
        let code =
            promo < 2 ? "" : promo == 2 ? ",\"promo\":null" : ",\"promo\":{\"code\":\"P\(promo)\"}"
        return [
            .timestamp(Int64(number) * 1_000_000),
            orNull(.varchar(Text("M\(skewed(700))"))),
            orNull(.varchar(Text("method \(skewed(12))"))),
            orNull(.boolean(skewed(400) == 300)), orNull(.array(tags)),
            orNull(.json(Text("{\"os\":\"os\(skewed(5))\",\"n\":\(skewed(20))\(code)}"))),
            orNull(.bigint(Int64(number % 1_000))),
        ]
    }

    private static let conditions = [
        "merchant = 'M300'", "merchant = 'none'", "'M12' = merchant", "merchant IS NULL",
        "merchant IN ('M1', 'M50', 'M699', 'none')", "merchant IN ('M400', NULL)",
        "merchant NOT IN ('M1', 'M2')", "NOT merchant = 'M300'",
        "merchant = 'M300' AND method = 'method 3'", "merchant = 'M300' OR method = 'method 11'",
        "merchant = 'M300' OR amount = 7", "method = 'method 11'", "method LIKE '%11'",
        "method LIKE 'method%'", "NOT (method LIKE '%0' OR method LIKE '%1')",
        "method = 'method 11' OR method IS NULL", "COALESCE(method, 'x') = 'x'",
        "method > 'method 8'", "flag", "flag = TRUE", "NOT flag", "flag IS FALSE", "flag IS NULL",
        "flag AND method = 'method 2'", "flag OR merchant = 'M650'",
        "ARRAY_CONTAINS(tags, 'tag29')", "ARRAY_CONTAINS(tags, 'none')",
        "ARRAY_CONTAINS(tags, 'tag28') AND merchant <> 'M0'",
        "NOT ARRAY_CONTAINS(tags, 'tag0')", "ARRAY_LENGTH(tags) = 2",
        "merchant = 'M300' AND time >= TIMESTAMP '1970-01-01 04:00:00'",
        "JSON_VALUE(attrs, '$.os') = 'os3'", "JSON_VALUE(attrs, '$.promo.code') IS NOT NULL",
        "JSON_VALUE(attrs, '$.promo') IS NULL", "JSON_VALUE(attrs, '$.n') = '7'",
        "JSON_VALUE(attrs, '$.n') = '19'", "JSON_VALUE(attrs, '$.n') IN ('18', '19', 'none')",
        "JSON_VALUE(attrs, '$.n') = '19' OR merchant = 'M650'",
        "CAST(JSON_VALUE(attrs, '$.n') AS BIGINT) > 15", "JSON_VALUE(attrs, '$.no.such') = 'x'",
        "JSON_VALUE(attrs, '$.os') = 'os1' AND merchant = 'M100'",
        "JSON_VALUE(attrs, '$.os') LIKE 'os%' AND JSON_VALUE(attrs, '$.promo.code') = 'P4'",
    ]

    private static let selections = [
        "COUNT(*) FROM t WHERE %",
        "COUNT(*), SUM(amount), MIN(merchant), MAX(time) FROM t WHERE %",
        "JSON_VALUE(attrs, '$.promo.code') AS code, COUNT(*), SUM(amount) FROM t WHERE % "
            + "GROUP BY 1 ORDER BY 1",
        "time, method, JSON_VALUE(attrs, '$.os') FROM t WHERE % ORDER BY time DESC LIMIT 20",
    ]

    private static func snapshot(
        live: ArraySlice<[Value]>, segments: [SegmentHandle]
    ) -> Snapshot {
        var batches: [LiveBatch] = []
        if !live.isEmpty {
            batches.append(
                LiveBatch(
                    RowBatch(schema, rows: Array(live)), schema: schema, firstLSN: 9, lastLSN: 9))
        }
        let table = TableSnapshot(
            schema: schema, segments: segments, live: batches, flushedLSN: 8)
        return Snapshot(version: 1, manifestVersion: 1, tables: [table])
    }

    private static func segment(
        _ rows: ArraySlice<[Value]>, id: UInt64, _ files: SimulatedFileSystem
    ) throws -> SegmentHandle {
        let batch = RowOrder.sorted([RowBatch(schema, rows: Array(rows))], schema: schema)
        let entry = try SegmentWriter(fileSystem: files).write(
            batch, schema: schema,
            as: SegmentDescription(
                id: SegmentID(id), chunk: .everything, level: 0, firstLSN: 1, lastLSN: 1))
        return SegmentHandle(try SegmentReader(fileSystem: files, entry: entry))
    }

    @Test("Index or scan, segments or live rows: the same answer")
    func agree() throws {
        var generator = SeededGenerator(seed: 20_261_122)
        let rows = (0..<30_000).map { Self.row($0, &generator) }
        let files = SimulatedFileSystem()
        try files.createDirectory("seg")
        let segments = [
            try Self.segment(rows[..<18_000], id: 1, files),
            try Self.segment(rows[18_000..<29_000], id: 2, files),
        ]
        let pool = WorkerPool(helperCount: 2)
        defer { pool.stop() }
        let mixed = Self.snapshot(live: rows[29_000...], segments: segments)
        let live = Self.snapshot(live: rows[...], segments: [])
        var scanning = QueryLimits()
        scanning.usesCodeIndexes = false
        let indexed = QueryExecutor(snapshot: mixed, workers: pool)
        let scanned = QueryExecutor(snapshot: mixed, limits: scanning, workers: pool)
        let reference = QueryExecutor(snapshot: live, workers: pool)
        var codedCount = 0
        var pathCount = 0
        for condition in Self.conditions {
            for selection in Self.selections {
                let sql =
                    "SELECT " + selection.split(separator: "%").joined(separator: condition)
                    + (selection.hasSuffix("%") ? condition : "")
                let query = try QueryFixture.bind(sql, over: Self.schema)
                let wanted = try reference.run(query).rows
                #expect(try indexed.run(query).rows == wanted, "\(sql)")
                #expect(try scanned.run(query).rows == wanted, "\(sql)")
                let plan = try indexed.explain(query, analyze: false).rows.map { "\($0)" }
                codedCount += plan.contains { $0.contains("by the codes of") } ? 1 : 0
                pathCount += plan.contains { $0.contains("attrs.n") } ? 1 : 0
            }
        }
        #expect(codedCount > 40, "\(codedCount) of the statements found rows by codes")
        #expect(pathCount >= 12, "\(pathCount) of them by the codes of a path")
    }
}
