import Segments
import TestSupport
import Testing

@testable import Query

/// Numbers, tuples and steps of time against the plain way to find them.
@Suite("Groups")
struct GroupTableTests {
    @Test("The code of a bucket is the quotient rounded down, for any step")
    func buckets() {
        var generator = TestSupport.SeededGenerator(seed: 11)
        for _ in 0..<400 {
            let step = Int64.random(in: 1...2_000_000_000, using: &generator)
            let first = Int64.random(in: -1_000_000...1_000_000, using: &generator) * 1_000
            let span = min(step * Int64.random(in: 1...70, using: &generator), 1 << 31 - 1)
            var values = (0..<200).map { _ in
                first + Int64.random(in: 0...span, using: &generator)
            }
            // The edges of steps, where a rounding error would show.
            values += (0...min(70, span / step)).map { first + $0 * step }
            values += (1...70).map { first + $0 * step - 1 }.filter { $0 <= first + span }
            let codes = BucketKernels.codes(
                values.span, first: first, last: first + span, step: step)
            #expect(codes == values.map { UInt32(($0 - first) / step) }, "step \(step)")
        }
    }

    @Test("Tuples are numbered by first appearance in arrays and in tables of both widths")
    func tuples() {
        for seed in UInt64(0)..<60 {
            var generator = TestSupport.SeededGenerator(seed: seed)
            let positionCount = Int.random(in: 1...4, using: &generator)
            let limits: [UInt32] = [0, 4, 20]
            var numbers = PackedNumbers(
                positionCount: positionCount, directBits: limits[Int(seed % 3)])
            var expected: [[UInt32]: UInt32] = [:]
            var tuples: [[UInt32]] = []
            for batch in UInt32(0)..<6 {
                let bound: UInt32 = seed % 5 == 0 ? 1 << 31 : 4 << batch
                var places = [[UInt32]](repeating: [], count: positionCount)
                var wanted: [UInt32] = []
                for _ in 0..<90 {
                    var tuple: [UInt32] = []
                    for place in 0..<positionCount {
                        tuple.append(UInt32.random(in: 0..<bound, using: &generator))
                        places[place].append(tuple[place])
                    }
                    if expected[tuple] == nil {
                        expected[tuple] = UInt32(tuples.count)
                        tuples.append(tuple)
                    }
                    wanted.append(expected[tuple] ?? 0)
                }
                let found = numbers.numbers(
                    of: places.map { GroupNumbers.rows($0) },
                    counts: Array(repeating: Int(bound), count: positionCount), count: 90)
                guard case .rows(let groups) = found else {
                    Issue.record("seed \(seed): rows have one number each")
                    return
                }
                #expect(groups == wanted, "seed \(seed)")
            }
            for (number, tuple) in tuples.enumerated() {
                let back = (0..<positionCount).map { numbers.number(at: $0, of: number) }
                #expect(back == tuple, "seed \(seed)")
            }
        }
    }

    @Test("Integers near and far, NULLs and constants are numbered alike")
    func integers() throws {
        for seed in UInt64(0)..<60 {
            var generator = TestSupport.SeededGenerator(seed: seed)
            var numbering = KeyNumbering(.bigint)
            var expected: [Value: UInt32] = [:]
            var values: [Value] = []
            for _ in 0..<8 {
                let reach = [Int64(3), 100, 40_000, .max].randomElement(using: &generator) ?? 3
                let hasNulls = Bool.random(using: &generator)
                let batch = (0..<60).map { _ -> Value in
                    if hasNulls, Int.random(in: 0..<5, using: &generator) == 0 { return .null }
                    return .bigint(Int64.random(in: -reach...reach, using: &generator))
                }
                let builder = ColumnBuilder(type: .bigint)
                for value in batch { builder.append(value) }
                let found = try numbering.numbers(
                    of: .vector(.column(builder.finish())), count: batch.count)
                guard case .rows(let numbers) = found.expanded else { continue }
                for (value, number) in zip(batch, numbers) {
                    if expected[value] == nil {
                        expected[value] = number
                        #expect(!values.contains(value))
                        values.append(value)
                    }
                    #expect(expected[value] == number, "seed \(seed)")
                }
            }
            let column = numbering.column(
                (0..<numbering.count).map { UInt32($0) })
            #expect(numbering.count == expected.count)
            for (value, number) in expected { #expect(column.value(at: Int(number)) == value) }
        }
    }

    @Test("Tables of one to nine keys merge to the groups of all rows", arguments: 1...9)
    func merge(keyCount: Int) throws {
        var generator = TestSupport.SeededGenerator(seed: UInt64(keyCount))
        let types = (0..<keyCount).map { [LogicalType.bigint, .varchar, .boolean][$0 % 3] }
        var all: Set<[Value]> = []
        var tables: [GroupTable] = []
        for directBits in [UInt32(0), 6, 20] {
            var table = GroupTable(types, directBits: directBits)
            for _ in 0..<4 {
                let rows = (0..<50).map { _ -> [Value] in
                    types.map { type -> Value in
                        if Int.random(in: 0..<9, using: &generator) == 0 { return .null }
                        return RandomTable.value(of: type, &generator)
                    }
                }
                all.formUnion(rows)
                let columns = types.indices.map { index -> KeyVector in
                    let builder = ColumnBuilder(type: types[index])
                    for row in rows { builder.append(row[index]) }
                    return .vector(.column(builder.finish()))
                }
                _ = try table.groups(columns, count: rows.count)
            }
            tables.append(table)
        }
        for other in tables.dropFirst() { _ = try tables[0].merge(other) }
        let columns = tables[0].columns(0..<tables[0].count)
        let groups = (0..<tables[0].count).map { row in columns.map { $0.value(at: row) } }
        #expect(Set(groups) == all)
        #expect(groups.count == all.count)
    }
}
