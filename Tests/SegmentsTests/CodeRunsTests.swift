import Testing

@testable import Segments

/// Columns read as runs of rows, and values picked from blocks, against whole blocks.
@Suite("Runs of codes")
struct CodeRunsTests {
    private static let schema = TableSchema(
        id: TableID(1), name: "t",
        columns: [
            ColumnDefinition(id: 1, name: "runs", type: .varchar, isNullable: false),
            ColumnDefinition(id: 2, name: "holes", type: .varchar),
            ColumnDefinition(id: 3, name: "mixed", type: .varchar, isNullable: false),
            ColumnDefinition(id: 4, name: "one", type: .varchar, isNullable: false),
            ColumnDefinition(id: 5, name: "number", type: .bigint, isNullable: false),
        ])

    /// Rows in runs of up to `length`, over two blocks.
    private static func rows(_ length: Int, _ draw: inout Draw) -> [[Value]] {
        var rows: [[Value]] = []
        var run = 0
        while rows.count < 20_000 {
            run += 1 + draw.below(3)
            for _ in 0..<1 + draw.below(length) {
                rows.append([
                    .varchar(Text("run \(100_000 + run)")),
                    run % 9 == 0 ? .null : .varchar(Text("run \(100_000 + run)")),
                    .varchar(Text("m\(draw.below(7))")), .varchar("one"), .bigint(Int64(run)),
                ])
            }
        }
        return rows
    }

    /// Every row with a chance of one in `step`.
    private static func picked(_ count: Int, _ step: Int, _ draw: inout Draw) -> [Int32] {
        (0..<Int32(count)).filter { _ in draw.below(step) == 0 }
    }

    private static func expanded(_ runs: CodeRuns) -> [UInt32] {
        var codes: [UInt32] = []
        for (code, end) in zip(runs.codes, runs.ends) {
            codes += Array(repeating: code, count: Int(end) - codes.count)
        }
        return codes
    }

    @Test("Runs are the codes of the rows, and stay so when rows are left out", arguments: 0..<4)
    func runs(seed: Int) throws {
        var draw = Draw(seed: UInt64(seed))
        let rows = RowBatch(Self.schema, rows: Self.rows([12, 30, 100, 200][seed], &draw))
        let (reader, _, _) = try SegmentFixture.segment(rows, schema: Self.schema)
        for block in 0..<reader.blockCount {
            for column in [0, 3] {
                let definition = Self.schema.columns[column]
                let runs = try #require(try reader.runs(of: definition, block: block))
                let whole = try reader.column(definition, block: block)
                guard case .codes(let codes, let dictionary) = whole.values else {
                    Issue.record("seed \(seed): the column has a dictionary")
                    return
                }
                #expect(runs.dictionary === dictionary)
                #expect(runs.rowCount == whole.count && Self.expanded(runs) == codes)
                for step in [1, 2, 100, 1_000_000] {
                    let kept = Self.picked(whole.count, step, &draw)
                    let wanted = kept.map { codes[Int($0)] }
                    #expect(Self.expanded(runs.keeping(kept)) == wanted, "seed \(seed) \(step)")
                }
            }
            // NULLs, another encoding, no dictionary.
            for column in [1, 2, 4] {
                let found = try reader.runs(of: Self.schema.columns[column], block: block)
                #expect(found == nil, "seed \(seed), column \(column)")
            }
        }
        let absent = ColumnDefinition(id: 9, name: "absent", type: .varchar)
        #expect(try reader.runs(of: absent, block: 0) == nil)
    }

    private static let shapes: [String: @Sendable (Int, inout Draw) -> Int64] = [
        "constant": { _, _ in -7 },
        "packed": { _, draw in Int64(draw.below(100_000)) },
        "stepped": { _, draw in Int64(draw.below(100_000)) * 1_000 },
        "patched": { row, draw in Int64(draw.below(row % 90 == 0 ? 1 << 40 : 1 << 9)) - 50 },
        "sparse": { row, draw in row % 6 == 0 ? Int64(draw.below(1 << 30)) : 8 },
        "runs": { row, _ in Int64(row / 17 * 77_777 % 1_000_003) },
        "delta": { row, draw in Int64(row) * 100_000 + Int64(draw.below(9)) },
        "plain": { _, draw in Int64(bitPattern: draw.next()) },
    ]

    @Test("Few rows or many are picked from every encoding", arguments: shapes.keys.sorted())
    func picks(shape: String) throws {
        let value = try #require(Self.shapes[shape])
        let schema = TableSchema(
            id: TableID(1), name: "t",
            columns: [ColumnDefinition(id: 1, name: "c", type: .bigint, isNullable: false)])
        var draw = Draw(seed: 3)
        let values = (0..<20_000).map { value($0, &draw) }
        let rows = RowBatch(
            rowCount: values.count, columns: [Column(type: .bigint, values: .integers(values))])
        let (reader, _, _) = try SegmentFixture.segment(rows, schema: schema)
        for step in [1, 3, 30, 40, 300, 1_000, 2_000, 5_000] {
            var picked = Self.picked(values.count, step, &draw)
            for _ in 0..<2 {
                let found = try reader.rows(at: picked, columns: schema.columns)
                guard case .integers(let integers) = found.columns[0].values else {
                    Issue.record("\(shape): integers are picked")
                    return
                }
                #expect(integers == picked.map { values[Int($0)] }, "\(shape), 1 of \(step)")
                // In one block, and in no order.
                picked = picked.filter { $0 < 16_384 }.reversed()
            }
        }
    }
}
