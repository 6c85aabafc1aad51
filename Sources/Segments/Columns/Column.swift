/// An immutable run of values of one type, in one of the layouts that kernels know.
///
/// Where a row is NULL its slot holds zero or the empty string, and its bit in `validity` is clear.
public struct Column: Sendable {
    /// What SQL calls the values.
    public let type: LogicalType
    /// The values, one slot per row.
    public let values: Values
    /// Bit `r` is set where row `r` has a value; `nil` where every row has one.
    public let validity: Bitmap?

    /// The layouts.
    public enum Values: Sendable {
        /// BOOLEAN: 0 or 1.
        case booleans([UInt8])
        /// BIGINT; TIMESTAMP in microseconds; DATE in days; DECIMAL up to 18 digits, unscaled.
        case integers([Int64])
        /// DECIMAL of 19 to 38 digits, unscaled.
        case wideIntegers([Int128])
        case doubles([Double])
        /// VARCHAR and JSON, each row its own bytes.
        case strings(StringVector)
        /// VARCHAR as codes of a dictionary.
        case codes([UInt32], StringDictionary)
        /// VARCHAR as codes of a pattern of at most 64 bits.
        case packedTexts([UInt64], TextPattern)
        /// VARCHAR as codes of a pattern of 65 to 128 bits.
        case widePackedTexts([UInt128], TextPattern)
        /// ARRAY: row `r` holds elements `offsets[r]..<offsets[r + 1]` of the element column.
        indirect case arrays(offsets: [UInt32], elements: Column)
    }

    /// A column of as many rows as `values` has slots.
    ///
    /// - Precondition: `validity`, where given, has one bit a row.
    public init(type: LogicalType, values: Values, validity: Bitmap? = nil) {
        precondition(validity.map { $0.count == values.count } ?? true)
        self.type = type
        self.values = values
        self.validity = validity
    }

    /// How many rows there are.
    public var count: Int { values.count }

    /// Whether row `row` is NULL.
    @inlinable
    public func isNull(_ row: Int) -> Bool { validity.map { !$0[row] } ?? false }

    /// How many rows are NULL. O(count / 64).
    public var nullCount: Int { validity.map { $0.count - $0.setCount } ?? 0 }
}

extension Column.Values {
    /// Whether the slots of NULL rows hold zero where they are numbers: sums add all slots.
    /// O(rows).
    public func areZero(whereNull validity: Bitmap?) -> Bool {
        guard let validity else { return true }
        func areZero<Number: Equatable & ExpressibleByIntegerLiteral>(_ numbers: [Number]) -> Bool {
            numbers.indices.allSatisfy { validity[$0] || numbers[$0] == 0 }
        }
        switch self {
        case .booleans(let values): return areZero(values)
        case .integers(let values): return areZero(values)
        case .wideIntegers(let values): return areZero(values)
        case .doubles(let values): return areZero(values)
        case .strings, .codes, .packedTexts, .widePackedTexts, .arrays: return true
        }
    }

    /// How many slots there are.
    public var count: Int {
        switch self {
        case .booleans(let values): values.count
        case .integers(let values): values.count
        case .wideIntegers(let values): values.count
        case .doubles(let values): values.count
        case .strings(let values): values.count
        case .codes(let codes, _): codes.count
        case .packedTexts(let codes, _): codes.count
        case .widePackedTexts(let codes, _): codes.count
        case .arrays(let offsets, _): offsets.count - 1
        }
    }
}

extension Column {
    /// The value of one row; for the cold paths.
    public func value(at row: Int) -> Value {
        if isNull(row) { return .null }
        switch values {
        case .booleans(let values): return .boolean(values[row] != 0)
        case .integers(let values): return Self.value(values[row], type)
        case .wideIntegers(let values):
            return .decimal(Decimal(unscaled: values[row], scale: type.scale))
        case .doubles(let values): return .double(values[row])
        case .strings(let values):
            return type == .json ? .json(values.text(at: row)) : .varchar(values.text(at: row))
        case .codes(let codes, let dictionary):
            let text = dictionary.values.text(at: Int(codes[row]))
            return type == .json ? .json(text) : .varchar(text)
        case .packedTexts(let codes, let pattern):
            return .varchar(pattern.text(UInt128(codes[row])))
        case .widePackedTexts(let codes, let pattern): return .varchar(pattern.text(codes[row]))
        case .arrays(let offsets, let elements):
            return .array(
                (Int(offsets[row])..<Int(offsets[row + 1])).map { elements.value(at: $0) })
        }
    }

    private static func value(_ integer: Int64, _ type: LogicalType) -> Value {
        switch type {
        case .timestamp: .timestamp(integer)
        case .date: .date(integer)
        case .decimal(_, let scale):
            .decimal(Decimal(unscaled: Int128(integer), scale: scale))
        default: .bigint(integer)
        }
    }

    /// A copy of the rows in `range`; dictionaries are shared.
    public func slice(_ range: Range<Int>) -> Column {
        if range == 0..<count { return self }
        let sliced: Values =
            switch values {
            case .booleans(let values): .booleans(Array(values[range]))
            case .integers(let values): .integers(Array(values[range]))
            case .wideIntegers(let values): .wideIntegers(Array(values[range]))
            case .doubles(let values): .doubles(Array(values[range]))
            case .strings(let values): .strings(values.slice(range))
            case .codes(let codes, let dictionary): .codes(Array(codes[range]), dictionary)
            case .packedTexts(let codes, let pattern):
                .packedTexts(Array(codes[range]), pattern)
            case .widePackedTexts(let codes, let pattern):
                .widePackedTexts(Array(codes[range]), pattern)
            case .arrays(let offsets, let elements):
                .arrays(
                    offsets: offsets[range.lowerBound...range.upperBound].map {
                        $0 &- offsets[range.lowerBound]
                    },
                    elements: elements.slice(
                        Int(offsets[range.lowerBound])..<Int(offsets[range.upperBound])))
            }
        return Column(type: type, values: sliced, validity: validity?.slice(range))
    }

    /// A copy of the rows at `rows`, in that order, repetition allowed; dictionaries are shared.
    ///
    /// - Precondition: every row is below `count`.
    public func gather(_ rows: [Int32]) -> Column {
        let gathered: Values =
            switch values {
            case .booleans(let values): .booleans(Self.pick(values, rows))
            case .integers(let values): .integers(Self.pick(values, rows))
            case .wideIntegers(let values): .wideIntegers(Self.pick(values, rows))
            case .doubles(let values): .doubles(Self.pick(values, rows))
            case .strings(let values): .strings(values.gather(rows.span))
            case .codes(let codes, let dictionary): .codes(Self.pick(codes, rows), dictionary)
            case .packedTexts(let codes, let pattern):
                .packedTexts(Self.pick(codes, rows), pattern)
            case .widePackedTexts(let codes, let pattern):
                .widePackedTexts(Self.pick(codes, rows), pattern)
            case .arrays(let offsets, let elements): Self.pick(offsets, elements, rows)
            }
        var bits: Bitmap?
        if let validity {
            let picked = validity.gather(rows.span)
            bits = picked.setCount == rows.count ? nil : picked
        }
        return Column(type: type, values: gathered, validity: bits)
    }

    private static func pick<Element>(_ values: [Element], _ rows: [Int32]) -> [Element] {
        let (source, rows) = (values.span, rows.span)
        return [Element](capacity: rows.count) { picked in
            for index in 0..<rows.count { picked.append(source[Int(rows[index])]) }
        }
    }

    private static func pick(_ offsets: [UInt32], _ elements: Column, _ rows: [Int32]) -> Values {
        let (source, from) = (offsets.span, rows.span)
        var total = 0
        let ends = [UInt32](capacity: rows.count + 1) { ends in
            ends.append(0)
            for index in 0..<from.count {
                let row = Int(from[index])
                total &+= Int(source[row &+ 1]) &- Int(source[row])
                ends.append(UInt32(truncatingIfNeeded: total))
            }
        }
        let places = ends.span
        var picked = Column.rows(ofElements: places, count: total)
        for element in picked.indices {
            let index = Int(picked[element])
            let distance = element &- Int(places[index])
            picked[element] = Int32(truncatingIfNeeded: Int(source[Int(from[index])]) &+ distance)
        }
        return .arrays(offsets: ends, elements: elements.gather(picked))
    }

    /// The row of each of `count` elements of arrays, where row `r` has the elements from
    /// `offsets[r]` up to `offsets[r + 1]`. O(rows + elements), without a branch for either.
    ///
    /// Each row's number is written where its elements begin; of several rows that begin there, all
    /// but the last have none. What follows up to the next beginning belongs to the same row.
    ///
    /// - Precondition: offsets ascend from 0 to `count`.
    public static func rows(ofElements offsets: Span<UInt32>, count: Int) -> [Int32] {
        var rows = [Int32](repeating: 0, count: count + 1)
        var output = rows.mutableSpan
        for row in 0..<offsets.count &- 1 {
            output[Int(offsets[row])] = Int32(truncatingIfNeeded: row)
        }
        var row: Int32 = 0
        for element in 0..<output.count {
            row = max(row, output[element])
            output[element] = row
        }
        rows.removeLast()
        return rows
    }

    /// The same rows, with every packed text as its own bytes; other layouts as they are.
    ///
    /// - Complexity: O(bytes) for packed texts.
    public var withoutPackedTexts: Column {
        switch values {
        case .packedTexts(let codes, let pattern):
            Column(
                type: type, values: .strings(pattern.unpack(codes, validity)), validity: validity)
        case .widePackedTexts(let codes, let pattern):
            Column(
                type: type, values: .strings(pattern.unpack(codes, validity)), validity: validity)
        default: self
        }
    }

    /// The pattern of packed texts; `nil` in other layouts.
    public var textPattern: TextPattern? {
        switch values {
        case .packedTexts(_, let pattern), .widePackedTexts(_, let pattern): pattern
        default: nil
        }
    }

    /// A column of `count` NULLs.
    public static func nulls(of type: LogicalType, count: Int) -> Column {
        repeating(.null, of: type, count: count)
    }

    /// A column that holds `value` in each of `count` rows.
    public static func repeating(_ value: Value, of type: LogicalType, count: Int) -> Column {
        let builder = ColumnBuilder(type: type)
        for _ in 0..<count { builder.append(value) }
        return builder.finish()
    }
}
