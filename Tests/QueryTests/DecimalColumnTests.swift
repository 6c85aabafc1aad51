import Query
import Segments
import TestSupport
import Testing

/// Exact arithmetic on columns against the same on single numbers, up to the ends of the types.
@Suite("Decimals in columns")
struct DecimalColumnTests {
    /// Kept in 64 bits: `a`, `b`, `n`; in 128: `w`.
    private static let types: [(name: String, type: LogicalType)] = [
        ("a", .decimal(precision: 8, scale: 2)), ("b", .decimal(precision: 9, scale: 4)),
        ("w", .decimal(precision: 20, scale: 3)), ("n", .bigint),
    ]
    private static let schema = TableSchema(
        id: TableID(1), name: "t",
        columns: types.enumerated().map { index, column in
            ColumnDefinition(id: UInt32(index + 1), name: column.name, type: column.type)
        })

    private static func value(
        _ type: LogicalType, _ random: inout SeededGenerator
    ) -> Value {
        if Int.random(in: 0..<8, using: &random) == 0 { return .null }
        guard case .decimal(let precision, let scale) = type else {
            let numbers: [Int64] = [1 << 56, -(1 << 56), 0, 7, -3]
            return .bigint(numbers[Int.random(in: 0..<numbers.count, using: &random)])
        }
        let greatest = Decimal.powersOfTen[precision] - 1
        let ends: [Int128] = [greatest, -greatest, 0, 1]
        let unscaled: Int128 =
            Bool.random(using: &random)
            ? ends[Int.random(in: 0..<ends.count, using: &random)]
            : Int128.random(in: -greatest...greatest, using: &random)
        return .decimal(Decimal(unscaled: unscaled, scale: scale))
    }

    /// A number as its unscaled value with `scale` digits.
    private static func unscaled(_ value: Value, scale: Int) -> Int128? {
        switch value {
        case .bigint(let number): Int128(number) * Decimal.powersOfTen[scale]
        case .decimal(let number): number.unscaled * Decimal.powersOfTen[scale - number.scale]
        default: nil
        }
    }

    private static func scale(_ value: Value) -> Int {
        if case .decimal(let number) = value { number.scale } else { 0 }
    }

    @Test("Sums, differences and products are those of single numbers", arguments: 0..<20)
    func arithmetic(_ seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let rows = (0..<200).map { _ in Self.types.map { Self.value($0.type, &random) } }
        let snapshot = try QueryFixture.snapshot(
            [Array(rows[..<120]), Array(rows[120...])], of: Self.schema, isSealed: { $0 == 0 })
        let executor = QueryExecutor(snapshot: snapshot, workers: WorkerPool(helperCount: 0))
        for one in Self.types.map(\.name) {
            for other in Self.types.map(\.name) where one != other {
                let query = try QueryFixture.bind(
                    "SELECT \(one), \(other), \(one) + \(other), \(one) - \(other), "
                        + "\(one) * \(other), 1.5 - \(one), CAST(\(one) AS DECIMAL(38, 6)), "
                        + "CAST(\(one) AS DOUBLE) FROM t", over: Self.schema)
                for row in try executor.run(query).rows { try check(row, "seed \(seed)") }
            }
        }
    }

    @Test(
        "A result beyond its type is an error, where no row has one it is none",
        arguments: [("w + v", 5), ("w - v", -5), ("w * v", 1), ("v * 20", 1), ("m + m", 5)])
    func beyond(_ expression: String, _ sign: Int) throws {
        let schema = TableSchema(
            id: TableID(1), name: "t",
            columns: [
                ColumnDefinition(id: 1, name: "w", type: .decimal(precision: 38, scale: 0)),
                ColumnDefinition(id: 2, name: "v", type: .decimal(precision: 38, scale: 0)),
                ColumnDefinition(id: 3, name: "m", type: .decimal(precision: 37, scale: 30)),
            ])
        let large = Decimal(unscaled: 5 * Decimal.powersOfTen[37], scale: 0)
        let other = Decimal(unscaled: Int128(sign) * Decimal.powersOfTen[37], scale: 0)
        let small = Value.decimal(Decimal(unscaled: 7, scale: 0))
        let mixed = Value.decimal(Decimal(unscaled: 9 * Decimal.powersOfTen[36], scale: 30))
        let rows: [[Value]] = [[small, small, mixed], [.decimal(large), .decimal(other), mixed]]
        let snapshot = try QueryFixture.snapshot([rows], of: schema, isSealed: { _ in false })
        let executor = QueryExecutor(snapshot: snapshot, workers: WorkerPool(helperCount: 0))
        let all = try QueryFixture.bind("SELECT \(expression) FROM t", over: schema)
        if expression == "m + m" {
            #expect(try executor.run(all).rows.count == 2)
        } else {
            #expect(throws: QueryError.self) { try executor.run(all) }
        }
        let some = try QueryFixture.bind("SELECT \(expression) FROM t WHERE w < 9", over: schema)
        #expect(try executor.run(some).rows.count == 1)
    }

    private func check(_ row: [Value], _ seed: String) throws {
        let scales = (Self.scale(row[0]), Self.scale(row[1]))
        let common = max(scales.0, scales.1)
        let (left, right) = (
            Self.unscaled(row[0], scale: common), Self.unscaled(row[1], scale: common)
        )
        let both = left.flatMap { left in right.map { (left, $0) } }
        #expect(Self.unscaled(row[2], scale: common) == both.map { $0 + $1 }, "\(seed): \(row)")
        #expect(Self.unscaled(row[3], scale: common) == both.map { $0 - $1 }, "\(seed): \(row)")
        let product = both.map { _ in
            (Self.unscaled(row[0], scale: scales.0) ?? 0)
                * (Self.unscaled(row[1], scale: scales.1) ?? 0)
        }
        #expect(
            Self.unscaled(row[4], scale: scales.0 + scales.1) == product, "\(seed): \(row)")
        let own = Self.unscaled(row[0], scale: 6)
        #expect(Self.unscaled(row[5], scale: 6) == own.map { 1_500_000 - $0 }, "\(seed): \(row)")
        #expect(Self.unscaled(row[6], scale: 6) == own, "\(seed): \(row)")
        let double = Self.unscaled(row[0], scale: scales.0).map {
            Double($0) / Double(Decimal.powersOfTen[scales.0])
        }
        #expect(row[7] == double.map { .double($0) } ?? .null, "\(seed): \(row)")
    }
}
