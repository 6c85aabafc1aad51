import Query
import Segments
import TestSupport
import Testing

/// IN lists of numbers: close together, far apart, at the ends of the type.
@Suite("Sets of numbers")
struct NumberSetTests {
    private static let schema = TableSchema(
        id: TableID(1), name: "t",
        columns: [
            ColumnDefinition(id: 1, name: "n", type: .bigint),
            ColumnDefinition(id: 2, name: "d", type: .double),
        ])

    /// Members of a list as a seed chooses them.
    private static func members(_ random: inout SeededGenerator) -> Set<Int64> {
        let count = Int.random(in: 1...300, using: &random)
        let (center, spread): (Int64, Int64) =
            [(0, 5), (-1_000, 1_000), (1 << 40, 1 << 19), (7, 1 << 30), (0, .max / 2)]
            .randomElement(using: &random) ?? (0, 1)
        var members = Set(
            (0..<count).map { _ in center + Int64.random(in: -spread...spread, using: &random) })
        if Bool.random(using: &random) { members.formUnion([.max, .min + 1]) }
        return members
    }

    @Test("A number is in a list if and only if it is one of its members", arguments: 0..<40)
    func random(_ seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let members = Self.members(&random)
        var values = Set(members)
        for member in members { values.formUnion([member &- 1, member &+ 1, member &+ 64]) }
        values.formUnion([0, -1, .max - 1, .min + 2])
        let numbers = values.sorted()
        let rows = numbers.map { [Value.bigint($0), .double(Double($0))] } + [[.null, .null]]
        let half = rows.count / 2
        let snapshot = try QueryFixture.snapshot(
            [Array(rows[..<half]), Array(rows[half...])], of: Self.schema, isSealed: { $0 == 0 })
        let executor = QueryExecutor(snapshot: snapshot, workers: WorkerPool(helperCount: 0))
        let list = members.map { "\($0)" }.joined(separator: ", ")
        let query = try QueryFixture.bind(
            "SELECT n FROM t WHERE n IN (\(list), NULL) ORDER BY 1", over: Self.schema)
        let found = try executor.run(query).rows
        #expect(found == members.sorted().map { [.bigint($0)] }, "seed \(seed)")

        let doubles = Set(members.map(Double.init))
        let texts = doubles.map { "\($0)" }.joined(separator: ", ")
        let counted = try QueryFixture.bind(
            "SELECT COUNT(*) FROM t WHERE d IN (\(texts))", over: Self.schema)
        let expected = numbers.count { doubles.contains(Double($0)) }
        #expect(
            try executor.run(counted).rows == [[.bigint(Int64(expected))]], "seed \(seed)")
    }
}
