import Segments

/// A table of every type with random rows, many of them NULL, some of them extreme.
public struct RandomTable {
    /// The table as declared.
    public let schema: TableSchema
    /// Rows in column order.
    public let rows: [[Value]]

    /// The types that the table has a column of, in order; the first is the time.
    public static let types: [LogicalType] = [
        .timestamp, .varchar, .varchar, .bigint, .bigint, .double, .boolean,
        .decimal(precision: 10, scale: 2), .decimal(precision: 30, scale: 4), .date, .json,
        .array(.varchar), .array(.bigint),
    ]

    /// `rowCount` rows from `generator`.
    public init(rowCount: Int, using generator: inout SeededGenerator) {
        schema = TableSchema(
            id: TableID(1), name: "t",
            columns: Self.types.enumerated().map { index, type in
                ColumnDefinition(
                    id: UInt32(index + 1), name: "c\(index)", type: type, isNullable: index > 0)
            }, timestampColumn: 0, granularity: .day, lookupColumns: [2, 3])
        let nullShare = [0, 5, 50, 100].randomElement(using: &generator) ?? 0
        rows = (0..<rowCount).map { _ in
            Self.types.indices.map { index in
                if index > 0, Int.random(in: 0..<100, using: &generator) < nullShare {
                    return .null
                }
                // The second text and number columns have many values.
                return Self.value(
                    of: Self.types[index], isWide: index == 2 || index == 3, &generator)
            }
        }
    }

    /// The rows as live batches of at most `batchSize` rows.
    public func live(batchSize: Int) -> [LiveBatch] {
        stride(from: 0, to: rows.count, by: batchSize).map { start in
            let part = Array(rows[start..<min(rows.count, start + batchSize)])
            return LiveBatch(
                RowBatch(schema, rows: part), schema: schema, firstLSN: UInt64(start + 1),
                lastLSN: UInt64(start + 1))
        }
    }

    /// A snapshot of the table with these live rows.
    public func snapshot(
        live: [LiveBatch], segments: [SegmentHandle] = []
    ) -> Snapshot {
        Snapshot(
            version: 1, manifestVersion: 1,
            tables: [
                TableSnapshot(schema: schema, segments: segments, live: live, flushedLSN: 0)
            ])
    }

    private static let words: [Text] = [
        "", "CARD", "CASH", "card", "Ca_d", "서울", "부산 서울", "é", "e\u{301}", "a%b", "  pad ",
        "0", "17", "-3.50", "2026-03-01", "true", "straße", "x\u{0}y",
    ]

    /// A random value of a type, never NULL. Doubles are multiples of a quarter, so that sums are
    /// exact in any order.
    public static func value(
        of type: LogicalType, isWide: Bool = false, _ generator: inout SeededGenerator
    ) -> Value {
        switch type {
        case .boolean: return .boolean(Bool.random(using: &generator))
        case .bigint:
            if isWide, Int.random(in: 0..<400, using: &generator) == 0 {
                return .bigint(Bool.random(using: &generator) ? .min : .max)
            }
            return .bigint(Int64.random(in: isWide ? -5_000...5_000 : -4...4, using: &generator))
        case .double:
            return .double(Double(Int.random(in: -40...40, using: &generator)) / 4)
        case .decimal(let precision, let scale):
            let bound: Int64 = precision > 18 ? 1 << 40 : 99_999
            return .decimal(
                Decimal(
                    unscaled: Int128(Int64.random(in: -bound...bound, using: &generator)),
                    scale: scale))
        case .varchar:
            if isWide { return .varchar(Text("id-\(Int.random(in: 0..<900, using: &generator))")) }
            return .varchar(words.randomElement(using: &generator) ?? "")
        case .timestamp:
            let day = Int64.random(in: 20_500..<20_540, using: &generator)
            let ofDay = Int64.random(in: 0..<86_400, using: &generator) * 1_000_000
            let rest = Bool.random(using: &generator) ? 0 : Int64(123_456)
            return .timestamp(day * CivilTime.microsecondsPerDay + ofDay + rest)
        case .date: return .date(Int64.random(in: -400..<20_540, using: &generator))
        case .json: return .json(json(&generator))
        case .array(let element):
            let type: LogicalType = element == .varchar ? .varchar : .bigint
            return .array(
                (0..<Int.random(in: 0...3, using: &generator)).map { _ in
                    value(of: type, &generator)
                })
        }
    }

    private static func json(_ generator: inout SeededGenerator) -> Text {
        [
            #"{"a":1,"b":"x"}"#, #"{"a":{"b":"deep \u00e9\n"},"c":[1,{"b":2}]}"#, "{}", "null",
            #"{"b":null,"a":true}"#, "[1,2]", #""text""#, #"{"a":-1.5e3,"b":{"a":"\ud83d\ude00"}}"#,
        ].randomElement(using: &generator) ?? "{}"
    }
}
