import Testing

@testable import Segments

/// Columns of every type in every shape survive a segment.
@Suite("Encodings")
struct EncodingPropertyTests {
    private static let types: [LogicalType] = [
        .boolean, .bigint, .double, .decimal(precision: 9, scale: 2),
        .decimal(precision: 38, scale: 10), .varchar, .timestamp, .date, .json, .array(.varchar),
        .array(.bigint),
    ]

    private static let shapes = [
        "null", "equal", "ascending", "random", "extreme", "few", "mixed", "stretches", "empty",
    ]

    @Test("Every type in every shape reads back as it was", arguments: types, shapes)
    func roundTrip(type: LogicalType, shape: String) throws {
        for count in [1, 2, 257, 1_500] {
            for seed in 0..<3 {
                var draw = Draw(seed: UInt64(seed * 1_000 + count))
                let values = (0..<count).map { Self.value(type, shape, $0, &draw) }
                let schema = TableSchema(
                    id: TableID(1), name: "t",
                    columns: [ColumnDefinition(id: 1, name: "c", type: type)])
                let rows = RowBatch(schema, rows: values.map { [$0] })
                let (reader, entry, files) = try SegmentFixture.segment(rows, schema: schema)
                let found = try SegmentFixture.values(reader).map { $0[0] }
                #expect(found.elementsEqual(values, by: Self.same), "seed \(seed), \(count) rows")
                let findings = SegmentCheck.findings(fileSystem: files, entry: entry)
                    .filter { !$0.message.contains("time chunk") }
                #expect(findings.isEmpty, "seed \(seed), \(count) rows")
                for pickCount in [1, 9, count] {
                    let picked = (0..<pickCount).map { _ in Int32(draw.below(count)) }
                    for picked in [picked, picked.sorted()] {
                        let part = try reader.rows(at: picked, columns: schema.columns)
                        let wanted = picked.map { values[Int($0)] }
                        #expect(
                            part.rowCount == pickCount
                                && (0..<pickCount).allSatisfy {
                                    Self.same(part.row(at: $0)[0], wanted[$0])
                                }, "seed \(seed), \(picked) of \(count) rows")
                    }
                }
            }
        }
    }

    /// Equality to the bit: NaN is itself, and the zeros differ.
    private static func same(_ one: Value, _ other: Value) -> Bool {
        if case (.double(let left), .double(let right)) = (one, other) {
            return left.bitPattern == right.bitPattern
        }
        return one == other
    }

    private static func value(
        _ type: LogicalType, _ shape: String, _ row: Int, _ draw: inout Draw
    ) -> Value {
        switch shape {
        case "null": return .null
        case "mixed" where draw.below(3) == 0: return .null
        case "stretches" where row / 200 % 2 == 0: return .null
        default: break
        }
        let number: Int64 =
            switch shape {
            case "equal": 42
            case "ascending": Int64(row) * 1_000
            case "extreme": [Int64.min, .max, 0, -1, 1][draw.below(5)]
            case "few": Int64(draw.below(4))
            case "empty": 0
            default: Int64(bitPattern: draw.next()) >> Int64(draw.below(64))
            }
        return value(type, number, shape)
    }

    private static func value(_ type: LogicalType, _ number: Int64, _ shape: String) -> Value {
        let text =
            shape == "empty"
            ? ""
            : (shape == "extreme" ? String(repeating: "é\u{0}", count: 300) : "") + "v\(number)"
        switch type {
        case .boolean: return .boolean(number & 1 == 1)
        case .bigint: return .bigint(number)
        case .double:
            if shape == "extreme" {
                let doubles = [Double.nan, -0.0, .infinity, .leastNonzeroMagnitude]
                return .double(doubles[Int(number.magnitude % 4)])
            }
            return .double(Double(number) / (shape == "random" ? 3 : 100))
        case .decimal(let precision, let scale):
            let bound = Decimal.powersOfTen[precision] - 1
            let wide = Int128(number) * (precision > 18 ? Int128(1) << 60 : 1)
            return .decimal(Decimal(unscaled: wide % bound, scale: scale))
        case .varchar: return .varchar(Text(text))
        case .timestamp: return .timestamp(number)
        case .date: return .date(number)
        case .json: return .json(Text("{\"a\":\"\(text)\"}"))
        case .array(.varchar):
            return .array((0..<Int(number.magnitude % 4)).map { _ in .varchar(Text(text)) })
        case .array(.bigint):
            return .array((0..<Int(number.magnitude % 4)).map { _ in .bigint(number) })
        }
    }

    @Test("Every bit width packs and unpacks, all at once and one by one", arguments: 1...64)
    func bitPacking(width: Int) {
        var draw = Draw(seed: UInt64(width))
        let mask: UInt64 = width == 64 ? .max : 1 << UInt64(width) - 1
        for count in [1, 7, 255, 256, 257, 600] {
            let base = Int64(bitPattern: draw.next())
            let values = (0..<count).map { _ in base &+ Int64(bitPattern: draw.next() & mask) }
            var bytes: [UInt8] = []
            BitPacking.pack(values.span, base: base, width: width, into: &bytes)
            #expect(bytes.count == BitPacking.byteCount(count: count, width: width))
            #expect(
                BitPacking.unpack(bytes.span, count: count, width: width, base: base) == values)
            for index in [0, count / 2, count - 1] {
                let distance = BitPacking.distance(at: index, in: bytes.span, width: width)
                #expect(base &+ Int64(bitPattern: distance) == values[index])
            }
            if width <= 32 {
                let narrow = values.map { UInt32(truncatingIfNeeded: $0 &- base) }
                #expect(
                    BitPacking.unpack32(bytes.span, count: count, width: width, base: 0) == narrow)
            }
        }
    }

    @Test("Segment order is that of a plain comparison of values", arguments: 0..<5)
    func rowOrder(seed: Int) {
        let schema = SegmentFixture.schema
        let parts = (0..<3).map { SegmentFixture.rows(400, seed: UInt64(seed * 10 + $0)) }
        let rows = parts.flatMap { SegmentFixture.values($0) }
        let expected = rows.enumerated().sorted { one, other in
            let left = one.element[3].description
            let right = other.element[3].description
            if one.element[3].isNull != other.element[3].isNull { return one.element[3].isNull }
            if left != right { return Text(left) < Text(right) }
            guard
                case (.timestamp(let time), .timestamp(let otherTime)) =
                    (one.element[1], other.element[1])
            else { return false }
            return time == otherTime ? one.offset < other.offset : time < otherTime
        }.map { $0.element }
        #expect(SegmentFixture.values(RowOrder.sorted(parts, schema: schema)) == expected)
    }
}
