import TestSupport
import Testing

@testable import Segments

@Suite("Rollups of segments")
struct RollupAggregationTests {
    static let types: [LogicalType] = [
        .timestamp, .varchar, .varchar, .bigint, .decimal(precision: 20, scale: 2), .boolean,
        .date, .decimal(precision: 10, scale: 1),
    ]

    static let table = TableSchema(
        id: TableID(1), name: "t",
        columns: types.enumerated().map { index, type in
            ColumnDefinition(
                id: UInt32(index + 1), name: "c\(index)", type: type, isNullable: index > 0)
        }, timestampColumn: 0, granularity: .day, clusterColumns: [1])

    static func rows(_ count: Int, _ generator: inout SeededGenerator) -> [[Value]] {
        (0..<count).map { _ in
            types.enumerated().map { index, type in
                if index > 0, Int.random(in: 0..<8, using: &generator) == 0 { return .null }
                if index == 0 {
                    return .timestamp(Int64.random(in: 0..<86_400, using: &generator) * 1_000_003)
                }
                return RandomTable.value(of: type, isWide: index == 3, &generator)
            }
        }
    }

    static func rollup(_ generator: inout SeededGenerator) -> Rollup {
        var dimensions: [Rollup.Dimension] = [2, 3, 6, 7, 8].filter { _ in
            Bool.random(using: &generator)
        }.map { .column($0) }
        if dimensions.isEmpty || Bool.random(using: &generator) {
            let steps: [Int64] = [60_000_000, 3_600_000_000, 86_400_000_000]
            dimensions.append(
                .time(stepMicroseconds: steps.randomElement(using: &generator) ?? 60_000_000))
        }
        dimensions.shuffle(using: &generator)
        var measures: [Rollup.Measure] = []
        for column in [UInt32(4), 5] where Bool.random(using: &generator) {
            for function in Rollup.Function.allCases {
                measures.append(Rollup.Measure(function, of: column))
            }
        }
        if Bool.random(using: &generator) {
            measures += [Rollup.Measure(.maximum, of: 1), Rollup.Measure(.count, of: 2)]
        }
        return Rollup(
            id: TableID(9), name: "r", tableID: table.id, dimensions: dimensions,
            measures: measures,
            clusterDimensions: Bool.random(using: &generator) ? [dimensions.count - 1] : [])
    }

    /// The plainest way: a dictionary of groups.
    static func expected(_ rollup: Rollup, _ rows: [[Value]]) -> [[Value]: [Value]] {
        var groups: [[Value]: [[Value]]] = [:]
        for row in rows {
            let key = rollup.dimensions.map { dimension -> Value in
                switch dimension {
                case .column(let id): return row[Int(id) - 1]
                case .time(let step):
                    guard case .timestamp(let time) = row[0] else { return .null }
                    return .timestamp(time / step * step)
                }
            }
            groups[key, default: []].append(row)
        }
        return groups.mapValues { rows in
            [.bigint(Int64(rows.count))]
                + rollup.measures.map { measure in
                    let values = rows.map { $0[Int(measure.columnID) - 1] }.filter { !$0.isNull }
                    return value(measure, values)
                }
        }
    }

    private static func value(_ measure: Rollup.Measure, _ values: [Value]) -> Value {
        if measure.function == .count { return .bigint(Int64(values.count)) }
        guard let first = values.first else { return .null }
        let type = types[Int(measure.columnID) - 1]
        switch measure.function {
        case .sum:
            let sum = values.reduce(Int128(0)) { $0 + unscaled($1) }
            return type == .bigint
                ? .bigint(Int64(truncatingIfNeeded: sum))
                : .decimal(Decimal(unscaled: sum, scale: type.scale))
        case .minimum:
            return values.reduce(first) { unscaled($1) < unscaled($0) ? $1 : $0 }
        default: return values.reduce(first) { unscaled($1) > unscaled($0) ? $1 : $0 }
        }
    }

    private static func unscaled(_ value: Value) -> Int128 {
        switch value {
        case .bigint(let value), .timestamp(let value), .date(let value): Int128(value)
        case .decimal(let decimal): decimal.unscaled
        default: 0
        }
    }

    @Test("A rollup of a segment is what grouping its rows one by one gives, in the rollup's order")
    func againstReference() throws {
        var tooLarge = 0
        for seed in UInt64(0)..<150 {
            var generator = SeededGenerator(seed: seed)
            let rows = Self.rows(Int.random(in: 1...400, using: &generator), &generator)
            let rollup = Self.rollup(&generator)
            try rollup.validate(for: Self.table)
            let disk = SimulatedFileSystem()
            try disk.createDirectory("seg")
            let source = try SegmentWriter(fileSystem: disk).write(
                RowOrder.sorted([RowBatch(Self.table, rows: rows)], schema: Self.table),
                schema: Self.table,
                as: SegmentDescription(
                    id: SegmentID(1), chunk: Self.table.chunk(containing: 0), level: 0,
                    firstLSN: 1, lastLSN: 1))
            let reader = try SegmentReader(fileSystem: disk, entry: source)
            let entry: SegmentEntry
            do throws(SegmentError) {
                entry = try RollupWriter(fileSystem: disk)
                    .write(rollup, of: reader, table: Self.table, as: SegmentID(2))
            } catch {
                guard case .limit = error else { throw error }
                tooLarge += 1
                continue
            }
            #expect(entry.sourceID == source.id)
            #expect(SegmentCheck.findings(fileSystem: disk, entry: entry).isEmpty, "seed \(seed)")
            #expect(
                RollupCheck.findings(
                    fileSystem: disk, entry: entry, of: source, rollup: rollup, table: Self.table
                ).isEmpty, "seed \(seed)")
            let file = try SegmentReader(fileSystem: disk, entry: entry)
            let columns = try file.schema.columns.map { try file.column($0, block: 0) }
            var found: [[Value]: [Value]] = [:]
            for row in 0..<file.rowCount {
                let values = columns.map { $0.value(at: row) }
                found[Array(values[..<rollup.rowsColumn])] = Array(values[rollup.rowsColumn...])
            }
            #expect(found.count == file.rowCount, "seed \(seed): a group twice")
            #expect(found == Self.expected(rollup, rows), "seed \(seed)")
        }
        #expect(tooLarge < 50, "\(tooLarge) of 150 have a sum beyond 64 bits")
    }

    @Test("A rollup of other rows than the segment's is found")
    func checkFindsOthers() throws {
        var generator = SeededGenerator(seed: 5)
        let disk = SimulatedFileSystem()
        try disk.createDirectory("seg")
        func segment(_ id: UInt64) throws -> SegmentEntry {
            try SegmentWriter(fileSystem: disk).write(
                RowOrder.sorted(
                    [RowBatch(Self.table, rows: Self.rows(50, &generator))], schema: Self.table),
                schema: Self.table,
                as: SegmentDescription(
                    id: SegmentID(id), chunk: Self.table.chunk(containing: 0), level: 0,
                    firstLSN: 1, lastLSN: 1))
        }
        let (one, other) = (try segment(1), try segment(2))
        let rollup = Rollup(
            id: TableID(9), name: "r", tableID: Self.table.id, dimensions: [.column(2)],
            measures: [])
        let entry = try RollupWriter(fileSystem: disk).write(
            rollup, of: SegmentReader(fileSystem: disk, entry: one), table: Self.table,
            as: SegmentID(3))
        func findings(of source: SegmentEntry) -> [SegmentFinding] {
            RollupCheck.findings(
                fileSystem: disk, entry: entry, of: source, rollup: rollup, table: Self.table)
        }
        #expect(findings(of: one).isEmpty)
        #expect(findings(of: other).count == 1)
    }

    @Test("What a rollup cannot keep exactly is refused")
    func refusals() {
        func isRefused(
            _ dimensions: [Rollup.Dimension], _ measures: [Rollup.Measure] = [],
            cluster: [Int] = []
        ) -> Bool {
            let rollup = Rollup(
                id: TableID(9), name: "r", tableID: Self.table.id, dimensions: dimensions,
                measures: measures, clusterDimensions: cluster)
            do throws(SchemaError) { try rollup.validate(for: Self.table) } catch { return true }
            return false
        }
        let sum = Rollup.Measure(.sum, of: 4)
        let count = Rollup.Measure(.count, of: 4)
        #expect(!isRefused([.column(2)], [sum, count]))
        #expect(isRefused([]))
        #expect(isRefused([.column(2), .column(2)]))
        #expect(isRefused([.column(99)]))
        #expect(isRefused([.column(1)]), "a time without a step")
        #expect(isRefused([.time(stepMicroseconds: 7_000_000)]))
        #expect(isRefused([.time(stepMicroseconds: 500_000)]))
        #expect(isRefused([.time(stepMicroseconds: 0)]))
        #expect(isRefused([.column(2)], [sum]), "a sum without its count")
        #expect(isRefused([.column(2)], [Rollup.Measure(.sum, of: 2)]))
        #expect(isRefused([.column(2)], [Rollup.Measure(.minimum, of: 2)]))
        #expect(isRefused([.column(2)], cluster: [1]))
        #expect(isRefused([.column(2)], cluster: [0, 0]))
    }
}
