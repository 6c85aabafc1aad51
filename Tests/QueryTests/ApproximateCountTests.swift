import Segments
import TestSupport
import Testing

@testable import Query

@Suite("APPROX_COUNT_DISTINCT")
struct ApproximateCountTests {
    /// The estimate of one set of values for itself.
    private func estimate(_ values: [Int64]) -> Value {
        let alone = ApproximateCountAccumulator()
        alone.grow(to: 1)
        alone.add(Self.vector(values), .single(0), count: values.count)
        return alone.finish(0..<1, rowCounts: [Int64(values.count)]).value(at: 0)
    }

    private static func vector(_ values: [Int64]) -> Vector {
        .column(Column(type: .bigint, values: .integers(values)))
    }

    @Test("A group's estimate is that of its values, whether groups are few, many or become many")
    func groups() {
        for (seed, groupCounts) in [[40, 40], [40, 600], [600, 700], [256, 257]].enumerated() {
            var generator = TestSupport.SeededGenerator(seed: UInt64(seed))
            let total = groupCounts[1]
            var values = [[Int64]](repeating: [], count: total)
            let workers = groupCounts.map { groupCount in
                let worker = ApproximateCountAccumulator()
                for step in 1...3 {
                    let known = max(1, groupCount * step / 3)
                    worker.grow(to: known)
                    let groups = (0..<9_000).map { _ in
                        UInt32.random(in: 0..<UInt32(known), using: &generator)
                    }
                    let batch = groups.map { _ in
                        Int64.random(in: 0..<100_000, using: &generator)
                    }
                    for (group, value) in zip(groups, batch) { values[Int(group)].append(value) }
                    worker.add(Self.vector(batch), .rows(groups), count: batch.count)
                }
                return worker
            }
            let same = (0..<UInt32(groupCounts[0])).map { $0 }
            workers[1].grow(to: total)
            workers[1].take(workers[0], same)
            let found = workers[1].finish(0..<total, rowCounts: values.map { Int64($0.count) })
            for group in values.indices {
                #expect(found.value(at: group) == estimate(values[group]), "seed \(seed)")
            }
        }
    }
}
