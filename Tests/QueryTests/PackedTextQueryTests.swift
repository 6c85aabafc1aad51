import Query
import Segments
import TestSupport
import Testing

/// Predicates, groups, orders and joins of values over ids: packed in segments, plain in live rows.
@Suite("Queries over packed texts")
struct PackedTextQueryTests {
    private static let schema = TableSchema(
        id: TableID(1), name: "t",
        columns: [
            ColumnDefinition(id: 1, name: "number", type: .bigint),
            ColumnDefinition(id: 2, name: "short", type: .varchar),
            ColumnDefinition(id: 3, name: "long", type: .varchar),
            ColumnDefinition(id: 4, name: "named", type: .varchar),
            ColumnDefinition(id: 5, name: "mixed", type: .varchar),
        ])
    private static let columns = ["short", "long", "named", "mixed"]
    private static let base32 = Array("0123456789ABCDEFGHJKMNPQRSTVWXYZ".utf8)

    private static func id(
        _ prefix: String, _ count: Int, _ generator: inout SeededGenerator
    ) -> Text {
        var bytes = Array(prefix.utf8)
        for _ in 0..<count {
            // Few symbols, so that parts occur in many ids.
            bytes.append(base32[Int.random(in: 0..<12, using: &generator)])
        }
        return Text(bytes: bytes)
    }

    private static func row(_ number: Int, _ generator: inout SeededGenerator) -> [Value] {
        let day = ["01", "02", "15"][number % 3]
        let isNull = Int.random(in: 0..<9, using: &generator) == 0
        // Some segments hold nothing but ids, one has a text of another length.
        let mixed = number == 700 ? Text("") : id("C", 7, &generator)
        return [
            .bigint(Int64(number)),
            isNull ? .null : .varchar(id("ORD-202609\(day)-", 8, &generator)),
            .varchar(id("01M1C5B", 19, &generator)),
            isNull ? .null : .varchar(id("주문-", 9, &generator)),
            .varchar(mixed),
        ]
    }

    /// The same rows in live batches, in segments, and half in each.
    private static func snapshots(
        _ rows: [[Value]]
    ) throws -> (live: Snapshot, sealed: [Snapshot]) {
        let files = SimulatedFileSystem()
        try files.createDirectory("seg")
        var handles: [SegmentHandle] = []
        for (index, start) in stride(from: 0, to: rows.count, by: 1_000).enumerated() {
            let part = Array(rows[start..<min(rows.count, start + 1_000)])
            let entry = try SegmentWriter(fileSystem: files).write(
                RowBatch(schema, rows: part), schema: schema,
                as: SegmentDescription(
                    id: SegmentID(UInt64(index + 1)), chunk: .everything, level: 0, firstLSN: 1,
                    lastLSN: 1))
            let reader = try SegmentReader(fileSystem: files, entry: entry)
            handles.append(SegmentHandle(reader))
            for column in schema.columns.dropFirst() where part.count == 1_000 {
                let isMixed = column.name == "mixed" && part.contains { $0[4] == .varchar("") }
                #expect((reader.textPattern(columnID: column.id) == nil) == isMixed)
            }
        }
        func snapshot(_ segments: [SegmentHandle], _ rows: [[Value]]) -> Snapshot {
            var live: [LiveBatch] = []
            if !rows.isEmpty {
                let batch = RowBatch(schema, rows: rows)
                live.append(LiveBatch(batch, schema: schema, firstLSN: 1, lastLSN: 1))
            }
            let table = TableSnapshot(
                schema: schema, segments: segments, live: live, flushedLSN: 0)
            return Snapshot(version: 1, manifestVersion: 1, tables: [table])
        }
        return (
            snapshot([], rows),
            [snapshot(handles, []), snapshot([handles[0]], Array(rows.dropFirst(1_000)))]
        )
    }

    /// A constant that is an id, nearly one, or a part of one, as SQL text.
    private static func constant(
        _ rows: [[Value]], _ column: Int, _ generator: inout SeededGenerator
    ) -> String {
        guard
            case .varchar(let text) = rows[Int.random(in: 0..<rows.count, using: &generator)][
                column]
        else { return "'ORD'" }
        var characters = Array(String(decoding: text.bytes, as: UTF8.self))
        switch Int.random(in: 0..<6, using: &generator) {
        case 0 where !characters.isEmpty:
            characters[characters.count - 1] = "주*~09az".randomElement(using: &generator) ?? "0"
        case 1 where !characters.isEmpty: characters.removeLast()
        case 2: characters.append("0")
        case 3 where !characters.isEmpty:
            characters[Int.random(in: 0..<characters.count, using: &generator)] = "I"
        default: break
        }
        return "'" + String(characters) + "'"
    }

    private static func pattern(
        _ rows: [[Value]], _ column: Int, _ generator: inout SeededGenerator
    ) -> String {
        var text = constant(rows, column, &generator).dropFirst().dropLast()[...]
        func cut(_ generator: inout SeededGenerator) -> Substring {
            let count = Int.random(in: 0...min(4, text.count), using: &generator)
            let part = text.prefix(count)
            text = text.dropFirst(count + Int.random(in: 0...2, using: &generator))
            return part
        }
        switch Int.random(in: 0..<8, using: &generator) {
        case 0: return "\(text.prefix(Int.random(in: 0...14, using: &generator)))%"
        case 1: return "%\(text.suffix(Int.random(in: 0...3, using: &generator)))"
        case 2:
            return "\(cut(&generator))%\(cut(&generator))%\(cut(&generator))%\(cut(&generator))%"
        case 3: return "\(cut(&generator))%\(text.suffix(1))"
        case 4: return "%\(cut(&generator))_\(cut(&generator))%"
        case 5: return String(repeating: "_", count: [12, 21, 26][column % 3])
        default:
            text = text.dropFirst(Int.random(in: 0...text.count, using: &generator))
            return "%\(text.prefix(Int.random(in: 1...3, using: &generator)))%"
        }
    }

    private static func predicate(
        _ rows: [[Value]], _ generator: inout SeededGenerator
    ) -> String {
        let index = Int.random(in: 0..<columns.count, using: &generator)
        let name = columns[index]
        let one = constant(rows, index + 1, &generator)
        let other = constant(rows, index + 1, &generator)
        switch Int.random(in: 0..<7, using: &generator) {
        case 0: return "\(name) = \(one)"
        case 1:
            let sign = ["<", "<=", ">", ">=", "<>"].randomElement(using: &generator) ?? "<"
            return Bool.random(using: &generator)
                ? "\(name) \(sign) \(one)" : "\(one) \(sign) \(name)"
        case 2: return "\(name) BETWEEN \(one) AND \(other)"
        case 3:
            let count = [1, 3, 9, 200].randomElement(using: &generator) ?? 1
            let list = (0..<count).map { _ in constant(rows, index + 1, &generator) }
            return "\(name) IN (\(list.joined(separator: ", ")))"
        case 4: return "\(name) IS NOT DISTINCT FROM \(one)"
        case 5: return "\(name) NOT LIKE '\(pattern(rows, index + 1, &generator))'"
        default: return "\(name) LIKE '\(pattern(rows, index + 1, &generator))'"
        }
    }

    @Test("Predicates on packed texts keep the rows that they keep on plain ones", arguments: 0..<4)
    func predicates(part: Int) throws {
        var generator = SeededGenerator(seed: UInt64(20_261_121 + part))
        let rows = (0..<2_500).map { Self.row($0, &generator) }
        let (live, sealed) = try Self.snapshots(rows)
        let pool = WorkerPool(helperCount: 1)
        defer { pool.stop() }
        var matched = 0
        for _ in 0..<400 {
            let predicate = Self.predicate(rows, &generator)
            let query = try QueryFixture.bind(
                "SELECT number FROM t WHERE \(predicate) ORDER BY number", over: Self.schema)
            let wanted = try QueryExecutor(snapshot: live, workers: pool).run(query).rows
            matched += wanted.isEmpty || wanted.count == rows.count ? 0 : 1
            for snapshot in sealed {
                let found = try QueryExecutor(snapshot: snapshot, workers: pool).run(query).rows
                #expect(found == wanted, "seed part \(part): \(predicate)")
            }
        }
        #expect(matched > 200)
    }

    @Test("Groups, distinct values, orders and functions of packed texts are those of plain ones")
    func shapes() throws {
        var generator = SeededGenerator(seed: 7)
        let rows = (0..<1_000).map { Self.row($0 % 600, &generator) }
        let (live, sealed) = try Self.snapshots(rows + rows.prefix(300))
        let pool = WorkerPool(helperCount: 1)
        defer { pool.stop() }
        var statements: [String] = []
        for name in Self.columns {
            statements += [
                "SELECT \(name), COUNT(*) FROM t GROUP BY \(name) ORDER BY \(name) NULLS FIRST",
                "SELECT COUNT(DISTINCT \(name)), MIN(\(name)), MAX(\(name)) FROM t",
                "SELECT \(name), number FROM t ORDER BY \(name) DESC NULLS LAST, number LIMIT 50",
                "SELECT UPPER(\(name)), LENGTH(\(name)), \(name) || 'x' FROM t ORDER BY number, 1",
                "SELECT COALESCE(\(name), long), CASE WHEN number > 500 THEN \(name) ELSE short END"
                    + " FROM t ORDER BY number, 1, 2",
                "SELECT COUNT(*) FROM t WHERE \(name) = long OR \(name) < short",
                "SELECT COUNT(*) FROM t WHERE \(name) IS NOT DISTINCT FROM short",
            ]
        }
        for sql in statements {
            let query = try QueryFixture.bind(sql, over: Self.schema)
            let wanted = try QueryExecutor(snapshot: live, workers: pool).run(query).rows
            for snapshot in sealed {
                let found = try QueryExecutor(snapshot: snapshot, workers: pool).run(query).rows
                #expect(found == wanted, "\(sql)")
            }
        }
    }
}
