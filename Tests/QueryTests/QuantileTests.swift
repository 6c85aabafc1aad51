import Segments
import TestSupport
import Testing

@testable import Query

/// Selection of the values at given places, against sorting.
@Suite("Quantiles")
struct QuantileTests {
    /// How the values of a case are spread.
    enum Spread: CaseIterable, Sendable {
        case equal, few, money, wide, ends
    }

    private static let fractions = [0, 0.25, 0.5, 0.95, 0.999, 1].flatMap {
        [
            QuantileFraction(fraction: $0, isContinuous: false),
            QuantileFraction(fraction: $0, isContinuous: true),
        ]
    }

    private static func value(_ spread: Spread, _ generator: inout TestSupport.SeededGenerator)
        -> Int64
    {
        switch spread {
        case .equal: return -7
        case .few: return .random(in: 0..<5, using: &generator) * 1_000
        case .money:
            let bits = Int64.random(in: 4...34, using: &generator)
            return .random(in: -100...1 << bits, using: &generator)
        case .wide: return .random(in: .min ... .max, using: &generator)
        case .ends: return Bool.random(using: &generator) ? .min : .max
        }
    }

    private static func context(helperCount: Int) -> (QueryContext, WorkerPool) {
        let workers = WorkerPool(helperCount: helperCount)
        let context = QueryContext(
            snapshot: Snapshot(version: 1, manifestVersion: 1, tables: []), limits: QueryLimits(),
            workers: workers,
            tuning: ExecutionTuning(), clock: SystemClock(), cancellation: Cancellation())
        return (context, workers)
    }

    @Test(
        "Selected values are those that sorting finds", arguments: Spread.allCases,
        [1, 3, 256, 900])
    func selected(spread: Spread, groupCount: Int) throws {
        let seed = UInt64(groupCount) &* 31 &+ 20_261_121
        var generator = TestSupport.SeededGenerator(seed: seed)
        var sorted = [[Int64]](repeating: [], count: groupCount)
        var pieces: [QuantilePiece] = []
        // Groups of every third number stay empty; pieces of a second worker number them backwards.
        let map = (0..<UInt32(groupCount)).map { UInt32(groupCount) - 1 - $0 }
        for index in 0..<70 {
            let count = Int.random(in: 1...400, using: &generator)
            let values = (0..<count).map { _ in Self.value(spread, &generator) }
            let groups = (0..<count).map { _ -> UInt32 in
                let group = UInt32.random(in: 0..<UInt32(groupCount), using: &generator)
                return groupCount > 2 && group % 3 == 2 ? 0 : group
            }
            for (value, group) in zip(values, groups) { sorted[Int(group)].append(value) }
            if index % 2 == 0 {
                pieces.append(QuantilePiece(values, .rows(groups)))
            } else {
                let theirs = GroupNumbers.rows(groups.map { map[Int($0)] })
                pieces.append(QuantilePiece(values, theirs).mapped(map))
            }
        }
        let single = (0..<50).map { _ in Self.value(spread, &generator) }
        pieces.append(QuantilePiece(single, .single(0)))
        sorted[0] += single
        for group in sorted.indices { sorted[group].sort() }
        let (context, workers) = Self.context(helperCount: 1)
        defer { workers.stop() }
        var results = [
            try GroupedSelection.select(
                Self.fractions, of: pieces, groupCount: groupCount, context)
        ]
        if groupCount <= RadixSelection.maximumGroupCount {
            results.append(
                try RadixSelection.select(
                    Self.fractions, of: pieces, groupCount: groupCount, context))
        }
        for result in results {
            #expect(result.counts == sorted.map(\.count), "seed \(seed)")
            #expect(result.words == Self.words(sorted), "seed \(seed)")
        }
        try context.hold(QueryLimits().memoryBytes)
    }

    private static func words(_ sorted: [[Int64]]) -> [Int64] {
        sorted.flatMap { values in
            fractions.flatMap { fraction -> [Int64] in
                guard !values.isEmpty else { return [0, 0] }
                let place = fraction.place(among: values.count)
                return [values[place.low], values[place.high]]
            }
        }
    }

    @Test("Over no values every count is zero", arguments: [1, 900])
    func empty(groupCount: Int) throws {
        let (context, workers) = Self.context(helperCount: 0)
        defer { workers.stop() }
        let result =
            groupCount == 1
            ? try RadixSelection.select(Self.fractions, of: [], groupCount: 1, context)
            : try GroupedSelection.select(
                Self.fractions, of: [], groupCount: groupCount, context)
        #expect(result.counts == [Int](repeating: 0, count: groupCount))
    }
}
